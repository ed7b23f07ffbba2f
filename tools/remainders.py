"""A whole amount is divided by the largest remainder: the parts add up to it to the last unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Units = NDArray[Any]
"""Whole units: 64 bits each, or Python's integers where one is larger."""

_WORD = 1 << 64
_SAFE = 1 << 62


def largest_remainder(units: int, quantities: Units) -> Units:
    """`units` divided in proportion to `quantities`; those at or below zero take no share.

    Each part is the floor of its exact quota; the units left over go one each to the largest
    remainders, the earlier place first where they are equal. A negative amount is divided like
    the positive one with the sign turned. Raises ValueError when no quantity is above zero.
    """
    return Shares.of(quantities).divide(units)


@dataclass(frozen=True, eq=False)
class Shares:
    """Quantities that amounts are divided by, without a common factor, and their sum."""

    quantities: Units
    total: int

    @classmethod
    def of(cls, quantities: Units) -> Shares:
        taking = np.where(quantities > 0, quantities, 0)
        if not taking.any():
            raise ValueError("nothing to divide by: no quantity is above zero")
        taking = taking // np.gcd.reduce(taking)
        total = sum(taking.tolist())
        return cls(taking.astype(np.int64) if total < _SAFE else taking, total)

    def divide(self, units: int) -> Units:
        """The parts of an amount: see `largest_remainder`."""
        whole = abs(units)
        fits = (2 + (whole >> 50)) * self.total < _SAFE
        parts, rests = self._in_words(whole) if fits else self._in_integers(whole)
        _give(parts, rests, whole - int(parts.sum()))
        if int(parts.sum()) != whole:
            raise AssertionError(f"{whole} units were divided into {parts.sum()}")
        return parts if units >= 0 else -parts

    def _in_words(self, whole: int) -> tuple[Units, Units]:
        """Floors and remainders: an estimate in floats, mended by the exact rest modulo 2**64.

        The estimate is off by less than 2 + whole / 2**50, so the true rest fits into 63 bits.
        """
        parts = np.floor(self.quantities * (float(whole) / self.total)).astype(np.int64)
        products = self.quantities.astype(np.uint64) * np.uint64(whole % _WORD)
        rests = (products - parts.astype(np.uint64) * np.uint64(self.total)).astype(np.int64)
        off = rests // self.total
        return parts + off, rests - off * self.total

    def _in_integers(self, whole: int) -> tuple[Units, Units]:
        """The same in Python's integers, for amounts too large for words."""
        pairs = [divmod(whole * int(quantity), self.total) for quantity in self.quantities]
        parts = np.array([part for part, _rest in pairs], dtype=np.int64)
        return parts, np.array([rest for _part, rest in pairs], dtype=object)


def _give(parts: Units, rests: Units, left: int) -> None:
    """One unit more to each of the `left` largest remainders; more remainders than that are > 0."""
    if left == 0:
        return
    cut = np.partition(rests, len(rests) - left)[len(rests) - left]
    above = rests > cut
    parts[above] += 1
    equal = np.flatnonzero(rests == cut)
    parts[equal[: left - int(above.sum())]] += 1
