"""What no column holds as it is may follow from columns that are there; each such step is said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache

from crm.proposing.entries import with_values
from crm.proposing.fitting import Fit, Match
from crm.proposing.headings import forms
from crm.proposing.proposal import Entry, Remark
from crm.proposing.sheets import Sheet
from crm.proposing.synonyms import own_key, synonyms
from crm.proposing.values import known_value
from crm.schema import Column
from crm.text import is_japanese
from crm.values import name, quote

ORDERS = "order_lines"
_DEALS = "opportunities"


def with_computed(fit: Fit, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries with those that follow from others, in the order of the table's columns."""
    found = {entry.column.name: entry for entry in entries}
    for entry in _computed(fit, found):
        found[entry.column.name] = entry
    return tuple(found[column] for column in fit.table.names if column in found)


def _computed(fit: Fit, found: dict[str, Entry]) -> Iterator[Entry]:
    if full_name := _full_name(fit, found):
        yield full_name
    for key in own_key(fit.table):
        if not _is_there(found, key) and (from_name := _key_from_name(fit, key)):
            yield from_name
    if fit.table.name == _DEALS:
        status = _status(fit, found)
        yield from () if status is None else (status,)
        yield from _days_closed(fit, found, status or found.get("status"))
    if fit.table.name == ORDERS and not _is_there(found, "line_no"):
        yield from _line_no(fit)


def _is_there(found: dict[str, Entry], column: str) -> bool:
    return column in found and found[column].active


def _column(fit: Fit, column: str) -> Column:
    known = fit.table.column(column)
    if known is None:
        raise KeyError(f"{fit.table.name} has no column {column}")
    return known


# ------------------------------------------------------------------ names


def _full_name(fit: Fit, found: dict[str, Entry]) -> Entry | None:
    """First and last name as one, where no heading holds the whole."""
    if not fit.table.column("name") or _is_whole_name(found.get("name")):
        return None
    first, last = _named(fit.sheet, "first_name"), _named(fit.sheet, "last_name")
    if first is None or last is None:
        return None
    order = (last, first) if _is_japanese(fit.sheet, last) else (first, last)
    return Entry(
        _column(fit, "name"),
        confidence=0.9,
        samples=(),
        sql=f"concat_ws(' ', {name(order[0])}, {name(order[1])})",
        reads=order,
        remarks=(Remark.on("full_name", first=order[0], second=order[1]),),
    )


def _is_whole_name(entry: Entry | None) -> bool:
    parts = _headings("first_name") | _headings("last_name")
    return entry is not None and entry.active and not (forms(entry.heading).keys() & parts)


def _named(sheet: Sheet, what: str) -> str | None:
    known = _headings(what)
    return next((heading for heading in sheet.headings if forms(heading).keys() & known), None)


@cache
def _headings(what: str) -> frozenset[str]:
    listed = getattr(synonyms().headings, what)
    return frozenset(form for heading in listed for form in forms(heading))


def _is_japanese(sheet: Sheet, heading: str) -> bool:
    return is_japanese("".join(sheet.values(heading).texts[:50]))


def _key_from_name(fit: Fit, key: str) -> Entry | None:
    """The name as a key, where there is no other and every row has one of its own."""
    match = fit.match("name")
    if match is None or not match.is_sure or not fit.sheet.values(match.heading).is_key:
        return None
    values = fit.sheet.values(match.heading)
    remark = Remark.on("key_from_name", heading=match.heading, n=f"{values.rows:,}")
    confidence = min(match.confidence, 0.9)
    return Entry(
        _column(fit, key),
        match.heading,
        confidence,
        samples=values.texts[:3],
        remarks=(remark,),
    )


# ------------------------------------------------------------------ deals


def _status(fit: Fit, found: dict[str, Entry]) -> Entry | None:
    """The status that the stage tells, where no column of its own tells it better."""
    stage, own = fit.match("stage"), fit.match("status")
    if stage is None or not stage.is_sure or _tells(fit, own) >= max(_tells(fit, stage), 0.5):
        return None
    column = _column(fit, "status")
    confidence = round(stage.confidence * (0.7 + 0.29 * _tells(fit, stage)), 2)
    entry = Entry(column, stage.heading, confidence, samples=found["stage"].samples)
    entry = with_values(entry, fit.table.name, fit.sheet.values(stage.heading))
    return replace(entry, remarks=(Remark.on("stage_tells_status"), *entry.remarks))


def _tells(fit: Fit, match: Match | None) -> float:
    """The share of a column's different values that are known as open, won or lost."""
    texts = fit.sheet.values(match.heading).texts if match else ()
    known = [text for text in texts if known_value(_DEALS, "status", text)]
    return len(known) / len(texts) if texts else 0.0


def _days_closed(fit: Fit, found: dict[str, Entry], status: Entry | None) -> Iterator[Entry]:
    """A day that open deals have too is the day expected; of closed ones, the day they were closed.

    Many systems keep both in one column, and nothing but the rows tells which it is.
    """
    closed = found.get("closed_on")
    if closed is None or status is None or not status.heading or "expected_close" in found:
        return
    became = {one.old: one.new for one in status.values if not one.unknown}
    rows = list(_pairs(fit.sheet, status.heading, closed.heading))
    still_open = [day for state, day in rows if became.get(state, state) == "open"]
    if not still_open or sum(1 for day in still_open if day) * 2 < len(still_open):
        return
    yield replace(
        closed,
        column=_column(fit, "expected_close"),
        remarks=(*closed.remarks, Remark("both_days")),
    )
    ended = [one.old for one in status.values if one.new in ("won", "lost")] or ["won", "lost"]
    listed = ", ".join(quote(text) for text in ended)
    yield replace(
        closed,
        sql=f"CASE WHEN {name(status.heading)} IN ({listed}) THEN {name(closed.heading)} END",
        reads=(status.heading, closed.heading),
        heading="",
        remarks=(Remark("closed_only"),),
    )


def _pairs(sheet: Sheet, one: str, other: str) -> Iterator[tuple[str, str]]:
    places = [sheet.headings.index(heading) for heading in (one, other)]
    for row in sheet.peeked.rows_sampled:
        first, second = ((row[place] or "").strip() for place in places)
        yield first, second


# ------------------------------------------------------------------ order lines


def _line_no(fit: Fit) -> Iterator[Entry]:
    """1 where every order is a single row; else the rows of an order, counted as they stand."""
    order = fit.match("order_id")
    if order is None or not order.is_sure:
        return
    column = _column(fit, "line_no")
    if fit.sheet.values(order.heading).is_key and not fit.sheet.first_row:
        remark = Remark.on("one_line", heading=order.heading)
        yield Entry(column, constant="1", confidence=0.9, remarks=(remark,))
        return
    yield Entry(
        column,
        confidence=0.75,
        sql=f"row_number() OVER (PARTITION BY {name(order.heading)} ORDER BY _row)",
        reads=(order.heading,),
        remarks=(Remark.on("lines_counted", heading=order.heading),),
    )
