"""Axes: round steps, and numbers written as the product writes them."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import altair as alt

from api.render.charts.palette import RULE
from crm.settings import Language
from tools.format import money_scale

_PLAIN_UNITS = {"%", "points", "ratio", "times", "days", "hours", "count", "accounts", "people",
                "score", "year"}  # fmt: skip
_STEPS = (1, 2, 2.5, 5, 10)
_LOG_FROM = 30
"""How many times the median the largest may be before an axis counts in powers of ten."""


@dataclass(frozen=True)
class Scale:
    """An axis from `low` to `high` over so many pixels; `log` counts in powers of ten."""

    low: float
    high: float
    ticks: tuple[float, ...]
    pixels: int
    log: bool = False

    def pixel(self, value: float) -> float:
        """How far from the low end a value is."""
        low, high, at = (self._place(v) for v in (self.low, self.high, value))
        return (at - low) / (high - low) * self.pixels

    def value(self, pixel: float) -> float:
        """The value at so many pixels from the low end."""
        low, high = self._place(self.low), self._place(self.high)
        at = low + pixel / self.pixels * (high - low)
        return 10**at if self.log else at

    def _place(self, value: float) -> float:
        return math.log10(value) if self.log else value

    def described(self, **more: Any) -> alt.Scale:
        look: dict[str, Any] = {"type": "log", **more} if self.log else more
        return alt.Scale(domain=[self.low, self.high], nice=False, **look)


def linear(
    values: Sequence[float],
    pixels: int,
    *,
    zero: bool = True,
    room: float = 0,
    whole: bool = False,
) -> Scale:
    """Round steps around the values, of whole numbers when they count.

    `room` is the share of the span left free at both ends.
    """
    low, high = (min([*values, 0]), max([*values, 0])) if zero else (min(values), max(values))
    span = (high - low) or abs(high) or 1
    below, above = low - room * span, high + room * span
    low = below if low < 0 else low if zero else max(below, 0)
    high = above if high > 0 else min(above, 0)
    if low == high:
        high = low + span
    step = _step((high - low) / 5)
    step = float(math.ceil(step)) if whole else step
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(round(n * step, 10) for n in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], ticks, pixels)


def counts(unit: str) -> bool:
    """Whether a unit has whole numbers only."""
    return unit in ("count", "accounts", "people")


def skewed(values: Sequence[float]) -> bool:
    """Whether a few of the values are so large that the others would lie in one heap."""
    if len(values) < 5 or min(values) <= 0:
        return False
    return max(values) > _LOG_FROM * sorted(values)[len(values) // 2]


def logarithmic(values: Sequence[float], pixels: int) -> Scale:
    """From below the smallest to above the largest of positive values, marked at 1 and 3."""
    low, high = min(values) / 1.3, max(values) * 1.3
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    few = len(powers) > 4
    marks = [m * 10.0**p for p in powers for m in ((1,) if few else (1, 3))]
    ticks = tuple(m for m in marks if low <= m <= high)
    return Scale(low, high, ticks, pixels, log=True)


def _step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in _STEPS if step * power >= rough * 0.999)


def axis(scale: Scale, unit: str, language: Language, title: str | None, **more: Any) -> alt.Axis:
    """The axis of a unit; its numbers are written by a constant expression."""
    look: dict[str, Any] = {"gridColor": RULE, "domain": False, "tickColor": RULE} | more
    return alt.Axis(
        title=title, values=list(scale.ticks), labelExpr=_written(scale, unit, language), **look
    )


def _written(scale: Scale, unit: str, language: Language) -> str:
    """A Vega expression of constants only; no text from data is in it."""
    sign = "(datum.value < 0 ? '-' : '')"
    if unit in ("%", "points"):
        mark = "%" if language == "ja" else " %"
        return f"{sign} + format(abs(datum.value) * 100, ',~f') + {_quoted(mark)}"
    if unit in _PLAIN_UNITS:
        return f"{sign} + format(abs(datum.value), ',~f')"
    largest = Decimal(str(max(map(abs, scale.ticks), default=0)))
    divisor, before, after = money_scale(largest, unit, language)
    number = f"format(abs(datum.value) / {divisor}, ',~f')"
    return f"datum.value == 0 ? '0' : {sign} + {_quoted(before)} + {number} + {_quoted(after)}"


def _quoted(constant: str) -> str:
    """A text of the product's own as a string in a Vega expression."""
    return json.dumps(constant, ensure_ascii=False)
