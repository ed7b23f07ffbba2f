"""Exact arithmetic for facts: half-up rounding, and nothing divided by zero."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction


def round_to(value: Decimal, places: int) -> Decimal:
    """Half-up to `places` decimals, without trailing zeros."""
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return plain(rounded)


def round_money(value: Decimal) -> Decimal:
    """Money as the warehouse keeps it: four decimals."""
    return round_to(value, 4)


def plain(value: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent."""
    if value == value.to_integral_value():
        return value.quantize(Decimal(1))
    return value.normalize()


def ratio(part: Decimal | int | None, whole: Decimal | int | None) -> Decimal | None:
    """part / whole to six decimals; unknown when either is unknown or the whole is zero."""
    if part is None or whole is None or whole == 0:
        return None
    return round_to(Decimal(part) / Decimal(whole), 6)


def share(part: Decimal | int | None, whole: Decimal | int | None) -> Fraction | None:
    """part / whole exactly, to be compared with a threshold before anything is rounded."""
    if part is None or whole is None or whole == 0:
        return None
    return Fraction(part) / Fraction(whole)


def decimal(value: Fraction) -> Decimal:
    """A fraction as a Decimal of 28 digits."""
    return Decimal(value.numerator) / Decimal(value.denominator)


def change(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    """(now - before) / before; unknown unless `before` is above zero."""
    if now is None or before is None or before <= 0:
        return None
    return ratio(now - before, before)
