"""How much of each driver every account causes, over the days in which a pool of cost falls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis import _
from numpy.typing import NDArray

from crm.errors import InputError
from crm.periods import Period, parse_period
from crm.scope import ScopedTables
from tools.query import fetch
from tools.remainders import Units

ORDERS, LINES, QUANTITY, NET_SALES = "orders", "order_lines", "quantity", "net_sales"
VISITS, HOURS, RETURNS = "visits", "hours", "returns"
_OF_LINES = frozenset({ORDERS, LINES, QUANTITY, NET_SALES, RETURNS})
_OF_ACTIVITIES = frozenset({VISITS, HOURS})
_COUNTED = _OF_LINES | _OF_ACTIVITIES
_NUMBER = "decimal(38,4)"
_NOTHING = ibis.literal(0, _NUMBER)
_Sums = tuple[list[str], pa.Table]
"""The drivers, and a row for each span (its number) and account with their columns q0, q1 ..."""


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
        """Whether a period so written is this one, or lies within it and has begun by as_of."""
        if text == self.text:
            return True
        try:
            other = parse_period(text, self.as_of, self.start_month)
        except InputError:
            return False
        begun = self.whole.start <= other.start <= self.as_of
        return begun and other.end <= self.whole.end


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
    or lies within it. Returns are lines below zero in a span for which none are recorded there.
    """
    spans, asked = list(spans), set(drivers)
    if not spans:
        return Quantities(pa.array([], pa.string()), {})
    written = _periods(tables, asked - _COUNTED | asked & {RETURNS}, spans)
    with_returns = {number for driver, _text, number in written if driver == RETURNS}
    days = _days(tables, spans)
    found = [
        _of_lines(tables, days, asked & _OF_LINES, with_returns),
        _of_activities(tables, days, asked & _OF_ACTIVITIES),
        _recorded(tables, written),
    ]
    return _indexed([rows for rows in found if rows is not None], [span.text for span in spans])


def _days(tables: ScopedTables, spans: list[Span]) -> ibis.Table:
    """Each day that counts, with the number of every span it lies in."""
    pairs = [
        (span.days.start + timedelta(days=n), number)
        for number, span in enumerate(spans)
        for n in range(span.days.days)
    ]
    return tables.keep(("pool_days", *spans), lambda: _pairs("day", pa.date32(), pairs))


def _pairs(key: str, kind: pa.DataType, pairs: list[tuple[Any, int]]) -> pa.Table:
    schema = pa.schema({key: kind, "span": pa.int16()})
    keys, spans = [key for key, _span in pairs], [span for _key, span in pairs]
    return pa.table({key: keys, "span": spans}, schema=schema)


def _of_lines(
    tables: ScopedTables, days: ibis.Table, drivers: set[str], with_returns: set[int]
) -> _Sums | None:
    if not drivers or "order_lines" not in tables:
        return None
    lines = tables["order_lines"].inner_join(days, [("ordered_on", "day")])
    counted = ~_.span.isin(sorted(with_returns)) if with_returns else None
    sums = {
        ORDERS: _.order_id.nunique(),
        LINES: _.count(),
        QUANTITY: _.quantity.sum(),
        NET_SALES: _.net_amount.sum(),
        RETURNS: (_.net_amount < 0).sum(where=counted),
    }
    return _summed(lines, {driver: sums[driver] for driver in sorted(drivers)})


def _of_activities(tables: ScopedTables, days: ibis.Table, drivers: set[str]) -> _Sums | None:
    if not drivers or "activities" not in tables:
        return None
    acts = tables["activities"].inner_join(days, [("occurred_on", "day")])
    kinds = tables.settings.profitability.visit_kinds
    visit = _.kind.notnull() & _.kind.isin(kinds)  # a column also when no kind is a visit
    sums = {VISITS: visit.sum(), HOURS: _.minutes.sum()}
    return _summed(acts, {driver: sums[driver] for driver in sorted(drivers)})


def _periods(
    tables: ScopedTables, drivers: set[str], spans: list[Span]
) -> list[tuple[str, str, int]]:
    """Driver and period of account_drivers, with the number of each span that holds the period."""
    if not drivers or "account_drivers" not in tables:
        return []
    rows = tables["account_drivers"].filter(_.driver.isin(sorted(drivers)))
    pairs = fetch(rows.select("driver", "period").distinct().order_by("driver", "period"))
    return [
        (pair["driver"], pair["period"], number)
        for pair in pairs
        for number, span in enumerate(spans)
        if span.holds(pair["period"])
    ]


def _recorded(tables: ScopedTables, written: list[tuple[str, str, int]]) -> _Sums | None:
    """What account_drivers says of these drivers and periods."""
    if not written:
        return None
    pairs = sorted({(text, span) for _driver, text, span in written})
    within = tables.keep(("driver_periods", *pairs), lambda: _pairs("own", pa.string(), pairs))
    joined = tables["account_drivers"].inner_join(within, [("period", "own")])
    drivers = dict.fromkeys(driver for driver, _text, _span in written)
    return _summed(joined, {d: _.quantity.sum(where=_.driver == d) for d in drivers})


def _summed(rows: ibis.Table, sums: Mapping[str, ibis.Deferred]) -> _Sums:
    """A row for each span and account, with a decimal(38,4) column for each driver."""
    names = [f"q{n}" for n in range(len(sums))]
    found = rows.group_by("span", "account_id").agg(**dict(zip(names, sums.values(), strict=True)))
    known = {name: found[name].cast(_NUMBER).fill_null(_NOTHING) for name in names}
    return list(sums), found.select("span", "account_id", **known).to_pyarrow()


def _indexed(found: list[_Sums], spans: list[str]) -> Quantities:
    """The positive quantities of these tables, their accounts numbered in ascending order."""
    coded = [_coded(rows["account_id"]) for _drivers, rows in found]
    accounts = pc.unique(pa.chunked_array([ids for _codes, ids in coded], pa.string()))
    accounts = accounts.take(pc.array_sort_indices(accounts))
    cells: dict[tuple[str, str], tuple[NDArray[np.int64], Units]] = {}
    for (drivers, rows), (codes, ids) in zip(found, coded, strict=True):
        places = pc.index_in(ids, accounts).to_numpy()[codes]
        quantities = {driver: units_of(rows[f"q{n}"]) for n, driver in enumerate(drivers)}
        for number, mine in _by_span(rows["span"]):
            for driver, units in quantities.items():
                if (cell := _cell(places[mine], units[mine], len(accounts))) is not None:
                    cells[driver, spans[number]] = cell
    return Quantities(accounts, cells)


def _coded(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], pa.Array]:
    """A number for each value, and the distinct values in the order of these numbers."""
    found = column.combine_chunks().dictionary_encode()
    return found.indices.to_numpy().astype(np.int64), found.dictionary


def _by_span(column: pa.ChunkedArray) -> list[tuple[int, NDArray[np.int64]]]:
    """Each span's number with the places of its rows."""
    numbers = column.to_numpy()
    order = np.argsort(numbers, kind="stable")  # of 16 bits: sorted by counting
    found, begins = np.unique(numbers[order], return_index=True)
    return list(zip(found.tolist(), np.split(order, begins[1:]), strict=False))


def _cell(
    places: NDArray[np.int64], units: Units, accounts: int
) -> tuple[NDArray[np.int64], Units] | None:
    """The places that have a quantity above zero, ascending, and the quantities; None: nobody."""
    has = units > 0
    if not has.any():
        return None
    dense = np.zeros(accounts, dtype=units.dtype)
    dense[places[has]] = units[has]
    at = np.flatnonzero(dense)
    return at, dense[at]


def units_of(column: pa.ChunkedArray) -> Units:
    """A decimal(38,4) column in units of 0.0001: 64 bits, or Python's integers if one is larger."""
    if not len(column):
        return np.zeros(0, dtype=np.int64)
    chunk = pa.concat_arrays(column.chunks)  # decimals are two words of 64 bits each
    words = np.frombuffer(chunk.buffers()[1], dtype=np.int64).reshape(-1, 2)
    words = words[chunk.offset : chunk.offset + len(chunk)]
    if (words[:, 1] == words[:, 0] >> 63).all():
        return words[:, 0]
    return np.array([int(value.scaleb(4)) for value in chunk.to_pylist()], dtype=object)


def as_decimals(units: Units) -> pa.Array:
    """Units of 0.0001 as a decimal(38,4) column."""
    kind = pa.decimal128(38, 4)
    if units.dtype == object:
        return pa.array([Decimal(value).scaleb(-4) for value in units], kind)
    words = np.ascontiguousarray(np.stack([units, units >> 63], axis=1))
    return pa.Decimal128Array.from_buffers(kind, len(units), [None, pa.py_buffer(words)])
