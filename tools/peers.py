"""A price is judged against peers by exact medians; an outlier is told by the median deviation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.remainders import Units

_Z = Fraction(6745, 10_000)
_FINE = 10**12
Places = NDArray[np.int64]
Integers = NDArray[Any]
"""Python's integers in an array: exact, and quick enough for 100,000 accounts."""


@dataclass(frozen=True)
class Usual:
    """What is usual among some peers: their number, the median rate, the median deviation."""

    name: str
    peers: int
    median: Fraction
    deviation: Fraction


@dataclass(frozen=True)
class Price:
    """An account's rate beside what is usual; `excess` is money above the median, never below 0.

    `z` is 0.6745 x (rate - median) / median deviation, unknown when nothing deviates; so is
    `outlier`, whether |z| is above the limit.
    """

    rate: Fraction
    usual: Usual
    excess: Decimal
    z: Fraction | None
    outlier: bool | None


@dataclass(frozen=True, eq=False)
class Prices:
    """Discounts and list sales of accounts, in units of 0.0001, each beside its peers' usual."""

    discounts: Units
    listed: Units
    group: Places
    usual: tuple[Usual, ...]
    limit: Fraction

    @cached_property
    def _scale(self) -> Integers:
        return self._each([usual.median.denominator for usual in self.usual])

    @cached_property
    def _over(self) -> Integers:
        """Discount above the median, in units of 0.0001 / the median's denominator."""
        median = self._each([usual.median.numerator for usual in self.usual])
        found: Integers = self.discounts.astype(object) * self._scale
        found -= self.listed.astype(object) * median
        return found

    @cached_property
    def _outlier(self) -> NDArray[np.bool_]:
        """Whether |z| is above the limit, compared without a division."""
        deviations = [usual.deviation for usual in self.usual]
        factor = _Z / self.limit
        left = self._each([d.denominator * factor.numerator for d in deviations])
        right = self._each([d.numerator * factor.denominator for d in deviations])
        beyond = abs(self._over) * left > self._scale * self.listed.astype(object) * right
        known = np.array([bool(d) for d in deviations], dtype=bool)[self.group]
        found: NDArray[np.bool_] = beyond.astype(bool) & known
        return found

    def _each(self, values: Sequence[Any]) -> Integers:
        """What stands for each usual, for each account."""
        return np.array(values, dtype=object)[self.group]

    @property
    def outliers(self) -> int:
        return int(self._outlier.sum())

    @property
    def excess(self) -> Decimal:
        """What the discounts above the median cost together, half-up to four decimals."""
        total = Fraction(0)
        for place, usual in enumerate(self.usual):
            over = self._over[self.group == place]
            total += Fraction(sum(over[over > 0]), usual.median.denominator)
        return _money(total)

    def by_excess(self) -> Places:
        """The places of the accounts, the largest excess first, equal ones as they stand."""
        fine = np.maximum(self._over, 0) * _FINE // self._scale
        return np.argsort(-fine, kind="stable")

    def __getitem__(self, place: int) -> Price:
        usual = self.usual[self.group[place]]
        rate = Fraction(int(self.discounts[place]), int(self.listed[place]))
        over = Fraction(max(self._over[place], 0), usual.median.denominator)
        if not usual.deviation:
            return Price(rate, usual, _money(over), None, None)
        z = _Z * (rate - usual.median) / usual.deviation
        return Price(rate, usual, _money(over), z, bool(self._outlier[place]))


def compare(
    discounts: Units,
    listed: Units,
    channels: Places,
    sizes: Places,
    *,
    minimum: int,
    limit: Fraction,
) -> Prices:
    """Each account beside its peers: of its size and channel, of its channel, or all.

    The first group of at least `minimum` accounts, itself included, is taken. `channels` and
    `sizes` are codes, -1 where unknown, which is nobody's like; `listed` are above zero.
    """
    both = np.where((channels < 0) | (sizes < 0), -1, channels * (sizes.max(initial=0) + 1) + sizes)
    group = np.zeros(len(listed), dtype=np.int64)
    found: list[Usual] = []
    left = np.ones(len(listed), dtype=bool)
    for name, codes in (("size_and_channel", both), ("channel", channels)):
        counts = np.bincount(codes[codes >= 0], minlength=1)
        taken = left & (codes >= 0) & (counts[codes] >= minimum)
        for code in np.unique(codes[taken]):
            peers = codes == code
            group[taken & peers] = len(found)
            found.append(_usual(name, discounts[peers], listed[peers]))
        left &= ~taken
    if left.any():
        group[left] = len(found)
        found.append(_usual("all", discounts, listed))
    return Prices(discounts, listed, group, tuple(found), limit)


def _usual(name: str, discounts: Units, listed: Units) -> Usual:
    rates = discounts / listed
    middle = [Fraction(int(discounts[i]), int(listed[i])) for i in _middle(rates)]
    median = sum(middle, Fraction(0)) / len(middle)
    away = [
        abs(Fraction(int(discounts[i]), int(listed[i])) - median)
        for i in _middle(np.abs(rates - float(median)))
    ]
    return Usual(name, len(rates), median, sum(away, Fraction(0)) / len(away))


def _middle(values: NDArray[np.float64]) -> list[int]:
    """The places of the middle value, or of the two in the middle."""
    order = np.argsort(values, kind="stable")
    return [int(place) for place in order[(len(order) - 1) // 2 : len(order) // 2 + 1]]


def _money(units: Fraction) -> Decimal:
    """Units of 0.0001 as money, half-up to four decimals; not below zero."""
    return Decimal(int(units + Fraction(1, 2))).scaleb(-4)
