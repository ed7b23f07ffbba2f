"""Empty means unknown: a canonical CSV is read as text, then typed, and never guessed at.

Money, quantities, minutes and probabilities become Decimal, dates datetime.date, small whole
numbers int, everything else str; unknown is None. Also here: the exact rounding and the
percentile that every oracle shares. Columns: docs/metrics.md, section 1.
"""

from __future__ import annotations

import csv
import importlib
import math
import weakref
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

pd: Any = importlib.import_module("pandas")

Row = dict[str, Any]
Frame = Any  # a pandas DataFrame of object columns
Tables = dict[str, Frame]
_READ: dict[int, tuple[Any, list[Row]]] = {}
"""The records of a frame by its id, with a weak reference that tells whether it is still that."""

DATES = {
    "contract_end", "created_on", "left_on", "expected_close", "closed_on", "next_step_due",
    "entered_on", "ordered_on", "occurred_on", "incurred_on", "viewed_at", "observed_on",
}  # fmt: skip
DECIMALS = {
    "annual_revenue", "objective_score", "hourly_cost", "list_price", "standard_cost", "amount",
    "probability", "quantity", "list_amount", "discount", "net_amount", "freight", "minutes",
    "spend", "our_share",
}  # fmt: skip
INTEGERS = {
    "employees", "founded_year", "influence", "attitude", "line_no", "seconds", "strength",
}  # fmt: skip


def cell(column: str, text: str | None) -> Any:
    """The typed value of one CSV cell; None when it is empty.

    A timestamp (viewed_at) keeps its local calendar day. A cell that cannot be read raises
    ValueError, it is never turned into unknown.
    """
    if text is None or text.strip() == "":
        return None
    text = text.strip()
    if column in DATES:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text).date()
    if column in DECIMALS:
        value = Decimal(text)
        if not value.is_finite():
            raise ValueError(f"{column}: {text!r} is not a finite number")
        return value
    if column in INTEGERS:
        number = Decimal(text)
        if number != int(number):
            raise ValueError(f"{column}: {text!r} is not a whole number")
        return int(number)
    return text


def frame(records: Sequence[Row], columns: Sequence[str] | None = None) -> Frame:
    """A DataFrame of object columns, so that None, Decimal and date stay what they are."""
    names = list(columns) if columns is not None else list(records[0] if records else [])
    return pd.DataFrame({n: pd.Series([r.get(n) for r in records], dtype=object) for n in names})


def load(folder: Path) -> Tables:
    """Every `<table>.csv` of a folder as a typed DataFrame; an absent table is an absent key."""
    tables: Tables = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            columns = list(reader.fieldnames or [])
            records = [{c: cell(c, raw.get(c)) for c in columns} for raw in reader]
        tables[path.stem] = frame(records, columns)
    return tables


def rows(tables: Tables, name: str) -> list[Row]:
    """The records of one table, unknown as None; [] when the table is absent.

    Read once for each frame: neither the frame nor its records may be changed afterwards.
    """
    table = tables.get(name)
    if table is None:
        return []
    of, records = _READ.get(id(table), (None, []))
    if of is None or of() is not table:
        records = _records(table)
        gone = partial(_forget, id(table))
        _READ[id(table)] = weakref.ref(table, gone), records
    return records


def _forget(key: int, _gone: object) -> None:
    _READ.pop(key, None)


def _records(table: Frame) -> list[Row]:
    names = list(table.columns)
    columns = [
        [None if v is pd.NaT or v != v else v for v in table[name].astype(object)] for name in names
    ]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def group(records: Iterable[Row], key: str) -> dict[Any, list[Row]]:
    """Records by the value of one column, in file order within each group."""
    out: dict[Any, list[Row]] = {}
    for record in records:
        out.setdefault(record.get(key), []).append(record)
    return out


def window(as_of: date, days: int, shift: int = 0) -> tuple[date, date]:
    """The `days` days that end on as_of (both ends included), moved `shift` days back."""
    end = as_of - timedelta(days=shift)
    return end - timedelta(days=days - 1), end


def within(day: date | None, start: date | None, end: date | None) -> bool:
    """Whether a known day lies between two ends, both included; None leaves an end open."""
    return day is not None and (start is None or start <= day) and (end is None or day <= end)


def half_up(value: Fraction | Decimal | float | int | None, places: int) -> Decimal | None:
    """Round half-up (ties away from zero) to a Decimal with `places` decimals."""
    if value is None:
        return None
    exact = Fraction(repr(value)) if isinstance(value, float) else Fraction(value)
    scaled = math.floor(abs(exact) * 10**places + Fraction(1, 2))
    return Decimal(scaled if exact >= 0 else -scaled).scaleb(-places)


def ratio6(value: Fraction | Decimal | float | int | None) -> Decimal | None:
    """A ratio as reported: half-up to 6 decimals."""
    return half_up(value, 6)


def days3(value: Fraction | Decimal | float | int | None) -> Decimal | None:
    """A number of days as reported: half-up to 3 decimals."""
    return half_up(value, 3)


def money(value: Fraction | Decimal | int | None) -> Decimal | None:
    """Money as Decimal: exact when it terminates, else to 28 significant digits."""
    if value is None:
        return None
    if isinstance(value, Decimal):
        return value
    exact = Fraction(value)
    return Decimal(exact.numerator) / Decimal(exact.denominator)


def divide(top: Any, bottom: Any) -> Fraction | None:
    """An exact quotient; None when either side is unknown or the divisor is zero."""
    if top is None or bottom is None or bottom == 0:
        return None
    return Fraction(top) / Fraction(bottom)


def mean(values: Sequence[Any]) -> Fraction | None:
    """The exact arithmetic mean; None of nothing."""
    return Fraction(sum(Fraction(v) for v in values)) / len(values) if values else None


def percentile(values: Sequence[Any], share: Fraction) -> Fraction | None:
    """The percentile by linear interpolation between order statistics (NumPy's default)."""
    if not values:
        return None
    ordered = sorted(Fraction(v) for v in values)
    place = (len(ordered) - 1) * share
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def wilson(won: int, total: int) -> tuple[Decimal | None, Decimal | None]:
    """Wilson's 95 % score interval, z = 1.959963984540054 (the 0.975 normal quantile)."""
    if total == 0:
        return None, None
    z = 1.959963984540054
    p = won / total
    centre = p + z * z / (2 * total)
    spread = z * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return ratio6(max(0.0, (centre - spread) / scale)), ratio6(min(1.0, (centre + spread) / scale))
