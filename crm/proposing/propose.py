"""A mapping for an unknown export is proposed; what is not known is asked, never guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from crm.errors import InputError
from crm.proposing.choosing import choose
from crm.proposing.computed import ORDERS, with_computed
from crm.proposing.currency import currency_of, language_of
from crm.proposing.entries import entry
from crm.proposing.fitting import Fit, fitted
from crm.proposing.keys import Chosen, proof
from crm.proposing.proposal import Entry, Proposal, Remark, TableProposal, Unused
from crm.proposing.sheets import Opened, Sheet, opener
from crm.proposing.synonyms import own_key
from crm.readers import Database, peek
from crm.schema import Column, tables

Progress = Callable[[str], None]


def propose(place: str, progress: Progress = lambda _: None) -> Proposal:
    """What a mapping may say of the export in a folder, or of the database at an address.

    Raises InputError when there is nothing to read, or nothing that fits a table.
    """
    if "://" in place:
        with Database(place) as database:
            progress(f"{database.place} ...")
            sheets = [Sheet(one, in_database=True) for one in peek(database)]
            found = proposed(database.place, sheets, opener(Path(), database), progress)
        return replace(found, address=_without_password(place))
    folder = Path(place)
    if not folder.is_dir():
        raise InputError(f"{place} is not a folder.", "Give the folder that holds the export.")
    progress(f"{place} ...")
    return proposed(place, [Sheet(one) for one in peek(folder)], opener(folder), progress)


def _without_password(address: str) -> str:
    """An address as it may be written down; "" where it cannot be told what in it is a password."""
    if address.startswith("sqlite:"):
        return address
    found = _ADDRESS.fullmatch(address)
    if found is None:
        return ""
    user = f"{found['user']}@" if found["user"] else ""
    return f"{found['kind']}://{user}{found['place']}"


_ADDRESS = re.compile(
    r"(?P<kind>\w+)://(?:(?P<user>[\w.%+-]+)(?::[^@/?#]*)?@)?(?P<place>[\w.:-]*(?:/[\w.-]*)*)(?:\?.*)?"
)


def proposed(
    place: str, sheets: Sequence[Sheet], opened: Opened, progress: Progress = lambda _: None
) -> Proposal:
    """What a mapping may say of what was looked at; `opened` gives the whole of a sheet."""
    problems = tuple((one.label, one.peeked.problem) for one in sheets if one.peeked.problem)
    sheets = [one for one in sheets if one.headings and not one.peeked.problem]
    chosen, others = choose(sheets)
    if not chosen:
        raise _nothing(place, sheets, problems)
    with ExitStack() as stack:
        for fit in chosen.values():
            if not fit.sheet.is_whole:
                progress(f"{fit.sheet.label} ...")
                fit.sheet.read_whole(opened, stack)
        known = _refitted(_refitted(chosen, chosen), chosen)
        language = language_of(sheets)
        currency, seen = currency_of(sheets, known.values(), language)
        made = tuple(
            _table(fit, known, currency, tuple(o.sheet.label for o in others.get(table, ())))
            for table, fit in known.items()
        )
    filled = tuple(one for one in made if one.active)
    if not filled:
        raise _nothing(place, sheets, problems)
    unused = tuple(_unused(sheets, filled))
    return Proposal(place, language, currency, seen, filled, unused, problems)


def _refitted(chosen: Chosen, first: Chosen) -> dict[str, Fit]:
    """Each table's columns again, now that it is known which sheets its references lead to."""
    return {
        table: fitted(fit.sheet, fit.table, proof(fit.sheet, fit, chosen)) or fit
        for table, fit in first.items()
    }


def _table(fit: Fit, chosen: Chosen, currency: str, others: tuple[str, ...]) -> TableProposal:
    given = (entry(match, fit, chosen, currency) for match in fit.matches)
    entries = with_computed(fit, given)
    used = {heading for one in entries for heading in (one.heading, *one.reads)}
    used.add(fit.sheet.first_row or "")
    there = {one.column.name for one in entries if one.active}
    missing = [column for column in fit.table.columns if column.required]
    return TableProposal(
        fit.table,
        fit.sheet.source,
        fit.sheet.label,
        _confidence(fit, entries),
        entries,
        tuple((column, _how(fit, column)) for column in missing if column.name not in there),
        tuple(heading for heading in fit.sheet.headings if heading not in used),
        others,
        fit.sheet.peeked.notes,
        None if fit.table.name == ORDERS else fit.sheet.first_row,
    )


def _confidence(fit: Fit, entries: Sequence[Entry]) -> float:
    """How sure it is that the sheet is the table: by its name, and by the columns a row needs."""
    sure = {one.column.name: one.confidence for one in entries if one.active}
    needed = [sure.get(column.name, 0.0) for column in fit.table.columns if column.required]
    named = fit.sheet.called.get(fit.table.name, 0.0)
    return round(0.25 * named + 0.75 * sum(needed) / len(needed), 2)


def _how(fit: Fit, column: Column) -> Remark:
    """How a column that every row needs can be filled where nothing does."""
    if column.name in own_key(fit.table):
        return Remark.on("fill_key")
    if column.values:
        return Remark.on("fill_enum", first=column.values[0], allowed=", ".join(column.values))
    return Remark.on("fill")


def _unused(sheets: Sequence[Sheet], filled: Sequence[TableProposal]) -> Iterator[Unused]:
    taken = {one.label for one in filled}
    there = {one.table.name for one in filled}
    for sheet in sheets:
        if sheet.label in taken:
            continue
        fits = [fit for table in tables().values() if (fit := fitted(sheet, table))]
        nearest = max(fits, key=lambda fit: fit.score, default=None)
        if nearest is None or nearest.score < _NEAR or nearest.table.name in there:
            yield Unused(sheet.label, sheet.headings)
        else:
            sure = {match.column.name for match in nearest.matches if match.is_sure}
            needed = [column.name for column in nearest.table.columns if column.required]
            lacks = tuple(column for column in needed if column not in sure)
            yield Unused(sheet.label, sheet.headings, nearest.table.name, lacks)


_NEAR = 0.35
"""The score from which a sheet that fits no table is said to be like one."""


def _nothing(
    place: str, sheets: Sequence[Sheet], problems: Sequence[tuple[str, str]]
) -> InputError:
    labels = [sheet.label for sheet in sheets[:5]]
    told = f"Seen: {', '.join(labels)}." if labels else "It holds no file that can be read."
    return InputError(
        " ".join((f"Nothing in {place} looks like a table.", told, *(p for _, p in problems[:1]))),
        "docs/tables.md lists the tables; docs/your-data.md says how to write a mapping by hand.",
    )
