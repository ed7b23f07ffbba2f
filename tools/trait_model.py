"""A regularised logistic regression on attributes; it is judged on deals later than it has seen.

Source: docs/metrics.md (traits).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.trait_cases import Attribute, Cases

Floats = NDArray[np.float64]
_PLACES = 9
"""Chances that are equal to so many decimals are the same."""


@dataclass(frozen=True, eq=False)
class Trained:
    """A model: the weight of every value of each attribute, and the intercept."""

    attributes: tuple[Attribute, ...]
    weights: dict[Attribute, Floats]
    intercept: float

    def chances(self, cases: Cases) -> Floats:
        """The probability of winning each case; a value not seen in training adds nothing."""
        total = np.full(len(cases), self.intercept)
        for attribute in self.attributes:
            total += self.weights[attribute][cases.codes[attribute]]
        chances: Floats = np.round(1 / (1 + np.exp(-total)), _PLACES)
        return chances

    def reasons(self, cases: Cases, case: int, most: int = 2) -> list[Attribute]:
        """The attributes that speak most for a case; none that speaks against it."""
        weight = {a: self.weights[a][cases.codes[a][case]] for a in self.attributes}
        return sorted((a for a in weight if weight[a] > 0), key=lambda a: -weight[a])[:most]


@dataclass(frozen=True)
class Judged:
    """How well a model of the oldest cases tells the later ones: AUC (None: one class only)."""

    auc: float | None
    trained: int
    tested: int


def train(cases: Cases, chosen: NDArray[Any], won: NDArray[Any], c: float) -> Trained:
    """L2-regularised logistic regression on the one-hot attributes of the chosen cases.

    `chosen` holds places of cases, `won` tells of each of these; `c` is the inverse strength.
    Solver lbfgs, at most 1,000 iterations. Both classes must be there.
    """
    from sklearn.linear_model import LogisticRegression

    sizes = [len(values) for values in cases.values.values()]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    model = LogisticRegression(C=c, solver="lbfgs", max_iter=1000, tol=1e-6)
    model.fit(_one_hot([codes[chosen] for codes in cases.codes.values()], starts), won)
    weights = model.coef_[0]
    return Trained(
        attributes=tuple(cases.codes),
        weights={a: weights[starts[i] : starts[i + 1]] for i, a in enumerate(cases.codes)},
        intercept=float(model.intercept_[0]),
    )


def judge(
    cases: Cases, closed: NDArray[Any], won: NDArray[Any], c: float, share: Decimal
) -> Judged:
    """Train on the oldest share of the closed cases (in order), and rank the rest by chance."""
    from sklearn.metrics import roc_auc_score

    cut = int(len(closed) * share)
    tested = len(closed) - cut
    if _one_class(won[:cut]) or _one_class(won[cut:]):
        return Judged(None, cut, tested)
    model = train(cases, closed[:cut], won[:cut], c)
    return Judged(roc_auc_score(won[cut:], model.chances(cases)[closed[cut:]]), cut, tested)


def _one_class(won: NDArray[Any]) -> bool:
    return not won.any() or bool(won.all())


def _one_hot(columns: Sequence[NDArray[np.int64]], starts: NDArray[np.int64]) -> Any:
    """A sparse row for each case with a 1 at the value of each attribute."""
    from scipy.sparse import csr_matrix

    places = np.stack(
        [codes + start for codes, start in zip(columns, starts, strict=False)], axis=1
    )
    rows, width = places.shape
    ends = np.arange(0, rows * width + 1, width)
    return csr_matrix((np.ones(rows * width), places.ravel(), ends), shape=(rows, starts[-1]))
