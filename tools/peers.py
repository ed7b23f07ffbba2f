"""A price is judged against peers by exact medians; an outlier is told by the median deviation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from tools.remainders import Units

_Z = Fraction(6745, 10_000)


@dataclass(frozen=True)
class Usual:
    """What is usual among some peers: their number, the median rate, the median deviation."""

    name: str
    peers: int
    median: Fraction
    deviation: Fraction


@dataclass(frozen=True)
class Priced:
    """An account's discount and list sales, in units of 0.0001, beside what is usual."""

    discount: int
    listed: int
    usual: Usual

    @property
    def rate(self) -> Fraction:
        return Fraction(self.discount, self.listed)

    @property
    def over(self) -> int:
        """Discount above the median, in units of 0.0001 / the median's denominator."""
        median = self.usual.median
        return self.discount * median.denominator - median.numerator * self.listed

    @property
    def excess(self) -> Fraction:
        """Money above the median, in units of 0.0001; zero at or below it."""
        return Fraction(max(self.over, 0), self.usual.median.denominator)

    @property
    def place(self) -> int:
        """What the excess is sorted by: the same in units of 10**-16, rounded down."""
        return max(self.over, 0) * 10**12 // self.usual.median.denominator

    @property
    def z(self) -> Fraction | None:
        """0.6745 x (rate - median) / median deviation; unknown when nothing deviates."""
        if not self.usual.deviation:
            return None
        return _Z * (self.rate - self.usual.median) / self.usual.deviation

    def beyond(self, limit: Fraction) -> bool | None:
        """Whether |z| is above the limit; unknown when nothing deviates."""
        deviation, scale = self.usual.deviation, self.usual.median.denominator * self.listed
        if not deviation:
            return None
        z = abs(self.over) * _Z.numerator * deviation.denominator * limit.denominator
        return z > limit.numerator * _Z.denominator * deviation.numerator * scale


def compare(
    discounts: Units,
    listed: Units,
    channels: Sequence[str | None],
    sizes: Sequence[str | None],
    minimum: int,
) -> list[Priced]:
    """Each account beside its peers: of its size and channel, of its channel, or all.

    The first group of at least `minimum` accounts, itself included, is taken; an unknown size or
    channel is nobody's like. `listed` are above zero.
    """
    groups: dict[tuple[str, ...], list[int]] = {("all",): list(range(len(listed)))}
    for place, (channel, size) in enumerate(zip(channels, sizes, strict=True)):
        for key in _like(channel, size):
            groups.setdefault(key, []).append(place)
    known: dict[tuple[str, ...], Usual] = {}
    found = []
    for place, (channel, size) in enumerate(zip(channels, sizes, strict=True)):
        key = next((k for k in _like(channel, size) if len(groups[k]) >= minimum), ("all",))
        if key not in known:
            some = np.array(groups[key])
            known[key] = _usual(key[0], discounts[some], listed[some])
        found.append(Priced(int(discounts[place]), int(listed[place]), known[key]))
    return found


def _like(channel: str | None, size: str | None) -> list[tuple[str, ...]]:
    """The groups of peers an account may be compared in, the closest first."""
    if channel is None:
        return []
    if size is None:
        return [("channel", channel)]
    return [("size_and_channel", channel, size), ("channel", channel)]


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
    half = len(order) // 2
    return [
        int(i) for i in (order[half : half + 1] if len(order) % 2 else order[half - 1 : half + 1])
    ]


def excess_of(prices: Iterable[Priced]) -> Decimal:
    """What the discounts above the median cost together, half-up to four decimals."""
    sums: dict[int, int] = {}
    for price in prices:
        scale = price.usual.median.denominator
        sums[scale] = sums.get(scale, 0) + max(price.over, 0)
    return money(sum((Fraction(over, scale) for scale, over in sums.items()), Fraction(0)))


def money(units: Fraction) -> Decimal:
    """Units of 0.0001 as money, half-up to four decimals; not below zero."""
    return Decimal(int(units + Fraction(1, 2))).scaleb(-4)
