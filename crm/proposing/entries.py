"""What a mapping has to say of a column beside its heading is told by the values below it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from crm.cells import Cells
from crm.mapping import ColumnMapping
from crm.proposing import values as kinds
from crm.proposing.fitting import SURE_ENOUGH, Fit, Match
from crm.proposing.keys import BY_NAME, Chosen, has_key, overlap
from crm.proposing.proposal import Entry, Remark, ValueEntry
from crm.proposing.synonyms import meanings, own_key, values_called
from crm.proposing.values import LOOKED_AT, Values, known_value
from crm.refused import Refused
from crm.schema import Column
from crm.settings import Company
from crm.units import scale_of
from crm.values import digits

MOST_VALUES = 60
"""Values of a column that are listed one by one at the most."""
_SAMPLES, _EXAMPLES = 3, 3
_LONGEST_VALUE = 100
"""Characters of a value that is listed: escaped, it has to stay a key of YAML (1,024)."""
_ENDS = frozenset(("expected_close", "contract_end", "next_step_due", "left_on"))
"""Dates that stand for the end of a month or period where only that is written."""
_SMALL_REVENUE = 20_000


def entry(match: Match, fit: Fit, chosen: Chosen, currency: str) -> Entry:
    """The entry of a column that was found."""
    column, values = match.column, fit.sheet.values(match.heading)
    found = Entry(
        column,
        match.heading,
        match.confidence,
        active=match.is_sure,
        samples=() if _is_private(column, values) else values.texts[:_SAMPLES],
    )
    found = replace(found, values=_placeholders(fit, column, values))
    if column.type == "date":
        found = _date(found, values)
    elif column.type == "ratio":
        found = _ratio(found, values)
    elif column.name == "annual_revenue" and scale_of(found.heading) is None:
        found = _revenue(found, values)
    elif column.name == "corporate_number":
        wrong = sum(1 for text in values.texts if kinds.has_wrong_check_digit(text))
        found = _remarked(found, *[Remark.on("check_digit", n=f"{wrong:,}")] * bool(wrong))
    elif column.ref:
        found = _reference(found, fit, chosen, values)
    if values_called(fit.table.name, column.name):
        found = with_values(found, fit.table.name, values)
    if fit.table.key == (column.name,) and values.repeated:
        found = _remarked(found, Remark.on("repeats", n=f"{values.repeated:,}"))
    return _with_refusals(found, values, currency)


def _is_private(column: Column, values: Values) -> bool:
    """Whether no value is shown: what reaches a person or says anything stays out of a mapping."""
    return column.personal or column.free or values.share(kinds.is_mail) > 0


def _remarked(found: Entry, *remarks: Remark) -> Entry:
    return replace(found, remarks=(*found.remarks, *remarks))


def _placeholders(fit: Fit, column: Column, values: Values) -> tuple[ValueEntry, ...]:
    if column.name == "name" or column.name in own_key(fit.table):
        return ()
    known = values_called(fit.table.name, column.name)
    return tuple(ValueEntry(text, None) for text in values.placeholders if text not in known)


# ------------------------------------------------------------------ dates and shares


def _date(found: Entry, values: Values) -> Entry:
    orders = kinds.date_orders(values)
    if orders == {"mdy"} or orders == {"dmy"}:
        order: Literal["mdy", "dmy"] = "mdy" if orders == {"mdy"} else "dmy"
        found = _remarked(replace(found, date_order=order), Remark.on(f"order_{order}"))
    elif orders:
        example = next(text for text in values.texts if kinds.is_ordered(text))
        code = "order_mixed" if orders == {""} else "order_unknown"
        found = _remarked(found, Remark.on(code, example=example))
    if kinds.has_labels(values):
        period: Literal["start", "end"] = "end" if found.column.name in _ENDS else "start"
        found = _remarked(replace(found, period=period), Remark.on(f"period_{period}"))
    return found


def _ratio(found: Entry, values: Values) -> Entry:
    if kinds.above_one(values) and scale_of(found.heading) is None:
        found = _remarked(replace(found, multiply=Decimal("0.01")), Remark.on("hundredths"))
    ranks = [text for text in values.texts[:MOST_VALUES] if kinds.is_rank(text)]
    if ranks:
        filled = tuple(ValueEntry(text, None, sure=False) for text in sorted(ranks))
        found = replace(found, values=(*found.values, *filled))
        found = _remarked(found, Remark.on("ranks"))
    return found


def _revenue(found: Entry, values: Values) -> Entry:
    """Some thousands are no revenue of a company: it is asked whether they are millions."""
    amounts = sorted(kinds.amounts(values))
    if amounts and amounts[len(amounts) // 2] < _SMALL_REVENUE:
        return _remarked(found, Remark.on("small"))
    return found


# ------------------------------------------------------------------ references


def _reference(found: Entry, fit: Fit, chosen: Chosen, values: Values) -> Entry:
    """By name where the values are names in the table referred to, and not its keys."""
    target = chosen.get(found.column.ref or "")
    if target is None or not has_key(target):
        return found if target or not _may_be_theirs(found, fit) else _asked_whose(found)
    shared, label = overlap(values, target), target.sheet.label
    if not shared.best and shared.known and values.texts:
        return _remarked(replace(found, active=False), Remark.on("not_found", file=label))
    named = shared.names > shared.keys
    if named and target.table.name in BY_NAME:
        found = _remarked(replace(found, by_name=True), Remark.on("by_name", file=label))
    elif named:
        return _remarked(replace(found, active=False), Remark.on("only_by_id", file=label))
    if shared.known and shared.best < 1:
        share = f"{int(shared.best * 100)}"
        found = _remarked(found, Remark.on("partly_found", percent=share, file=label))
    return found


def _may_be_theirs(found: Entry, fit: Fit) -> bool:
    """Whether the person of an account may be the customer's: whose address is there too."""
    is_person = meanings(found.heading).get(("contacts", "name"), 0.0) > SURE_ENOUGH
    return (
        fit.table.name == "accounts"
        and is_person
        and any(
            meanings(other).get(("contacts", column), 0.0) > SURE_ENOUGH
            for other in fit.sheet.headings
            for column in ("email", "department")
            if other != found.heading
        )
    )


def _asked_whose(found: Entry) -> Entry:
    return _remarked(replace(found, active=False), Remark.on("whose_person"))


# ------------------------------------------------------------------ lists of values


def with_values(found: Entry, table: str, values: Values) -> Entry:
    """The entry with what each of its values becomes."""
    listed = [text for text in values.texts if len(text) <= _LONGEST_VALUE]
    entries = [one for text in listed if (one := _value(table, found.column, text))]
    more = len(entries) - MOST_VALUES
    found = replace(found, values=(*found.values, *entries[:MOST_VALUES]))
    if any(one.unknown for one in entries):
        allowed = ", ".join(found.column.values)
        found = _remarked(found, Remark.on("unknown_values", allowed=allowed))
    if any(not one.sure and not one.unknown for one in entries):
        found = _remarked(found, Remark.on("unsure_values"))
    return _remarked(found, Remark.on("more_values", n=more)) if more > 0 else found


def _value(table: str, column: Column, text: str) -> ValueEntry | None:
    known = known_value(table, column.name, text)
    if known is not None:
        new, sure = known
        if not column.values and not sure:
            return None
        return None if new == text else ValueEntry(text, new, sure)
    if not column.values:
        return None
    if (table, column.name) == ("opportunities", "status"):
        return ValueEntry(text, "open", sure=False)
    return ValueEntry(text, None, sure=False, unknown=True)


# ------------------------------------------------------------------ what would be refused


def _with_refusals(found: Entry, values: Values, currency: str) -> Entry:
    """Says which values could not be read as things stand, so that nobody has to find out later."""
    refused = list(_refused(found, values, currency))
    if not refused:
        return found
    examples = " / ".join(_short(text) for text in refused[:_EXAMPLES])
    n = sum(values.counts[text] for text in refused)
    return _remarked(found, Remark.on("refused", n=f"{n:,}", examples=examples))


def _refused(found: Entry, values: Values, currency: str) -> Iterator[str]:
    """The texts that an import would refuse by the mapping as it is proposed."""
    column = found.column
    if column.type != "date" and digits(column) is None:
        return
    mapping = ColumnMapping(
        column=found.heading,
        multiply=found.multiply,
        date_order=found.date_order or "ymd",
        period=found.period or "",
    )
    read = Cells(column, mapping, Company(currency=currency)).read
    translated = {one.old for one in found.values}
    asked = column.type == "date" and not found.date_order
    for text in values.texts[:LOOKED_AT]:
        if text not in translated and not (asked and kinds.is_ordered(text)):
            try:
                read(text)
            except Refused:
                yield text


def _short(text: str) -> str:
    return text if len(text) <= 24 else text[:23] + "…"
