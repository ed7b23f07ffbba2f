"""A correlation is given with its p and its n, or not at all: never of a constant or of a few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from crm.errors import TagayasuError
from tools.format import how_many

Kind = Literal["pearson", "spearman"]
FEWEST = 3
Numbers = Sequence[float] | NDArray[np.float64]


class TooLittleError(TagayasuError):
    """Two columns that have no correlation: too few pairs, or one side never changes."""


@dataclass(frozen=True)
class Correlation:
    """A coefficient from -1 to 1 and the two-sided p of there being none."""

    r: float
    p: float


def correlation(kind: Kind, x: Numbers, y: Numbers, minimum: int = FEWEST) -> Correlation:
    """Pearson's r or Spearman's rho of two columns of equal length without gaps.

    Raises TooLittleError below `minimum` pairs, and when one side is constant.
    """
    from scipy import stats

    a, b = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if len(a) < max(minimum, FEWEST):
        raise TooLittleError(
            f"{how_many(len(a), 'pair is', 'pairs are')} too few for a correlation.", "Add data."
        )
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        raise TooLittleError("One side is the same everywhere.", "Compare something that differs.")
    found: Any = (stats.pearsonr if kind == "pearson" else stats.spearmanr)(a, b)
    return Correlation(float(found.statistic), float(found.pvalue))
