"""How much of each driver every account causes, over the days in which a pool of cost falls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis import _
from numpy.typing import NDArray

from crm.errors import InputError
from crm.periods import Period, parse_period
from crm.scope import ScopedTables
from tools.remainders import Units

ORDERS, LINES, QUANTITY, NET_SALES = "orders", "order_lines", "quantity", "net_sales"
VISITS, HOURS, RETURNS = "visits", "hours", "returns"
_OF_LINES = (ORDERS, LINES, QUANTITY, NET_SALES, RETURNS)
_OF_ACTIVITIES = (VISITS, HOURS)
_NUMBER = "decimal(38,4)"
_NOTHING = ibis.literal(0, _NUMBER)


@dataclass(frozen=True)
class Span:
    """The period of pools as it is written, and its days that count.

    `as_of` and `start_month` are what periods are read with.
    """

    text: str
    whole: Period
    days: Period
    as_of: date
    start_month: int

    def holds(self, text: str) -> bool:
        """Whether a period so written is this one or lies within it."""
        if text == self.text:
            return True
        try:
            other = parse_period(text, self.as_of, self.start_month)
        except InputError:
            return False
        return self.whole.start <= other.start and other.end <= self.whole.end


@dataclass(frozen=True)
class Quantities:
    """Quantities of drivers by account, in units of 0.0001.

    `accounts` are ids in ascending order; `of[driver, span text]` holds the places of those that
    have a quantity, and the quantities.
    """

    accounts: pa.Array
    of: Mapping[tuple[str, str], tuple[NDArray[np.int64], Units]]


def measure(tables: ScopedTables, spans: Iterable[Span], drivers: Iterable[str]) -> Quantities:
    """The quantity of each driver by account and span, over all that `tables` show.

    Orders are distinct order numbers, lines and visits are counted, quantity, net sales and hours
    (in minutes) summed; any other driver is the sum of account_drivers whose period is the span's
    or lies within it. Returns are lines below zero where account_drivers has no returns.
    """
    spans, asked = list(spans), set(drivers)
    recorded = asked - {*_OF_LINES, *_OF_ACTIVITIES} | (asked & {RETURNS})
    found: list[pa.Table] = []
    if recorded and spans and "account_drivers" in tables:
        rows = _recorded(tables, spans, sorted(recorded))
        found += [rows] if rows is not None else []
        if RETURNS in asked and _records_returns(tables):
            asked.remove(RETURNS)
    days = _days(tables, spans)
    if asked & set(_OF_LINES) and "order_lines" in tables and days is not None:
        found += _melted(_of_lines(tables, days), asked & set(_OF_LINES))
    if asked & set(_OF_ACTIVITIES) and "activities" in tables and days is not None:
        found += _melted(_of_activities(tables, days), asked & set(_OF_ACTIVITIES))
    return _indexed(found)


def _days(tables: ScopedTables, spans: list[Span]) -> ibis.Table | None:
    """Each day that counts, with the text of every span it lies in."""
    rows = [
        (span.days.start + timedelta(days=n), span.text)
        for span in spans
        for n in range(span.days.days)
    ]
    if not rows:
        return None
    schema = pa.schema({"day": pa.date32(), "span": pa.string()})
    columns = [[day for day, _text in rows], [text for _day, text in rows]]
    made = pa.table(dict(zip(schema.names, columns, strict=True)), schema=schema)
    return tables.keep(("pool_days", tuple(spans)), lambda: made)


def _of_lines(tables: ScopedTables, days: ibis.Table) -> ibis.Table:
    lines = tables["order_lines"].inner_join(days, [("ordered_on", "day")])
    return lines.group_by("span", "account_id").agg(
        orders=_.order_id.nunique(),
        order_lines=_.count(),
        quantity=_.quantity.sum(),
        net_sales=_.net_amount.sum(),
        returns=(_.net_amount < 0).sum(),
    )


def _of_activities(tables: ScopedTables, days: ibis.Table) -> ibis.Table:
    kinds = tables.settings.profitability.visit_kinds
    acts = tables["activities"].inner_join(days, [("occurred_on", "day")])
    return acts.group_by("span", "account_id").agg(
        visits=_.kind.isin(kinds).sum(), hours=_.minutes.sum()
    )


def _melted(rows: ibis.Table, drivers: set[str]) -> list[pa.Table]:
    """The columns of these drivers one below the other, as (account_id, span, driver, quantity)."""
    asked = sorted(drivers)
    known = {d: rows[d].cast(_NUMBER).fill_null(_NOTHING) for d in asked}
    wide = rows.select("account_id", "span", **known).to_pyarrow()
    return [
        pa.table(
            {
                "account_id": wide["account_id"],
                "span": wide["span"],
                "driver": pa.repeat(driver, wide.num_rows),
                "quantity": wide[driver],
            }
        )
        for driver in asked
    ]


def _records_returns(tables: ScopedTables) -> bool:
    rows = tables["account_drivers"]
    return tables.remember(
        ("records_returns",),
        lambda: bool(rows.filter(rows.driver == RETURNS).count().to_pyarrow().as_py()),
    )


def _recorded(tables: ScopedTables, spans: list[Span], drivers: list[str]) -> pa.Table | None:
    """What account_drivers says: rows of the span's own period, or of one that lies within it."""
    rows = tables["account_drivers"].filter(_.driver.isin(drivers))
    texts = rows.select("period").distinct().to_pyarrow()["period"].to_pylist()
    pairs = [(text, span.text) for text in sorted(texts) for span in spans if span.holds(text)]
    if not pairs:
        return None
    schema = pa.schema({"written": pa.string(), "span": pa.string()})
    columns = [[text for text, _span in pairs], [span for _text, span in pairs]]
    made = pa.table(dict(zip(schema.names, columns, strict=True)), schema=schema)
    within = tables.keep(("driver_periods", tuple(pairs)), lambda: made)
    summed = (
        rows.inner_join(within, [("period", "written")])
        .group_by("account_id", "span", "driver")
        .agg(quantity=_.quantity.sum())
    )
    quantity = summed.quantity.cast(_NUMBER)
    return summed.select("account_id", "span", "driver", quantity=quantity).to_pyarrow()


def _indexed(found: list[pa.Table]) -> Quantities:
    if not found:
        return Quantities(pa.array([], pa.string()), {})
    rows = pa.concat_tables(found)
    units = units_of(rows["quantity"])
    rows, units = rows.filter(pa.array(units > 0)), units[units > 0]
    accounts = pc.unique(rows["account_id"])
    accounts = accounts.take(pc.array_sort_indices(accounts))
    places = pc.index_in(rows["account_id"], accounts).to_numpy().astype(np.int64)
    return Quantities(accounts, _cells(rows, places, units) if len(units) else {})


def _cells(
    rows: pa.Table, places: NDArray[np.int64], units: Units
) -> dict[tuple[str, str], tuple[NDArray[np.int64], Units]]:
    """Places and units of each driver and span, the places ascending."""
    drivers, driver = _coded(rows["driver"])
    texts, span = _coded(rows["span"])
    cell = driver * len(texts) + span
    order = np.lexsort((places, cell))
    ends = np.flatnonzero(np.diff(cell[order], append=-1)) + 1
    cells = {}
    for start, end in zip([0, *ends[:-1]], ends, strict=True):
        some = order[start:end]
        which = divmod(int(cell[some[0]]), len(texts))
        cells[drivers[which[0]], texts[which[1]]] = (places[some], units[some])
    return cells


def _coded(column: pa.ChunkedArray) -> tuple[list[str], NDArray[np.int64]]:
    values = pc.unique(column)
    return values.to_pylist(), pc.index_in(column, values).to_numpy().astype(np.int64)


def units_of(column: pa.ChunkedArray) -> Units:
    """A decimal(38,4) column in units of 0.0001; OverflowError when one passes 63 bits."""
    if not len(column):
        return np.zeros(0, dtype=np.int64)
    chunk = pa.concat_arrays(column.chunks)
    words = np.frombuffer(chunk.buffers()[1], dtype=np.int64).reshape(-1, 2)
    words = words[chunk.offset : chunk.offset + len(chunk)]
    if (words[:, 1] != words[:, 0] >> 63).any():
        raise OverflowError("a quantity passes 63 bits")
    return words[:, 0]


def as_decimals(units: Units) -> pa.Array:
    """Units of 0.0001 as a decimal(38,4) column."""
    words = np.stack([units, units >> 63], axis=1).astype(np.int64)
    return pa.Decimal128Array.from_buffers(
        pa.decimal128(38, 4), len(units), [None, pa.py_buffer(np.ascontiguousarray(words))]
    )
