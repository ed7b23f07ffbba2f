"""A proposal as a mapping file: what is sure is said, everything else stands in comments."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from crm.proposing.proposal import Entry, Proposal, Remark, TableProposal, Unused, ValueEntry
from crm.proposing.words import said
from crm.proposing.yaml_text import flow, is_printable, scalar, wrapped
from crm.proposing.yaml_text import said as told
from crm.readers.words import said as noted
from crm.settings import Language
from crm.values import name

_COLUMNS = "      "


def written(proposal: Proposal, *, samples: bool = True) -> str:
    """The text of a mapping file; with `samples` each column shows some of its values."""
    writer = _Writer(proposal.language, samples)
    return "\n".join(line.rstrip() for line in writer.lines(proposal)).rstrip("\n") + "\n"


class _Writer:
    """Writes in one language, with or without sample values."""

    def __init__(self, language: Language, samples: bool) -> None:
        self.language, self.samples = language, samples

    def lines(self, proposal: Proposal) -> Iterator[str]:
        place = (
            proposal.place if proposal.address is not None else Path(proposal.place).resolve().name
        )
        for line in self._say("head", place=told(place)).splitlines():
            yield f"# {line}"
        yield "version: 1"
        yield ""
        yield from self._workspace(proposal)
        yield ""
        yield "sources:"
        for table in proposal.tables:
            yield f"  {table.table.name}: {_source(table)}"
            for note in table.notes:
                if self.samples or not note.value:
                    yield from wrapped(told(noted(note, self.language), 200), "    ")
        yield from self._unused(proposal)
        yield ""
        yield "tables:"
        for table in proposal.tables:
            yield from self._table(table)

    def _say(self, code: str, **of: object) -> str:
        return said(self.language, code, **of)

    def _workspace(self, proposal: Proposal) -> Iterator[str]:
        seen = "currency_seen" if proposal.currency_seen else "currency_unseen"
        yield "workspace:"
        yield f'  name: ""  # {self._say("name")}'
        yield f"  currency: {proposal.currency}  # {self._say(seen)}"
        yield f"  language: {proposal.language}"
        yield f"  # time_zone: Asia/Tokyo  # {self._say('time_zone')}"
        yield f"  # fiscal_year_start: 4  # {self._say('fiscal_year_start')}"
        if proposal.address is not None:
            yield ""
            yield "settings:"
            url = flow(source_url=scalar(proposal.address))
            yield f"  warehouse: {url}  # {self._say('source_url')}"

    def _unused(self, proposal: Proposal) -> Iterator[str]:
        if proposal.unused:
            yield ""
            yield f"# {self._say('unused')}"
        for one in proposal.unused:
            yield from self._unused_one(one)
        for label, problem in proposal.problems:
            text = self._say("problem", label=told(label), problem=told(problem, 300))
            yield from wrapped(text, "")

    def _unused_one(self, one: Unused) -> Iterator[str]:
        text = f"{told(one.label)}: " + self._say("columns", headings=_listed(one.headings))
        yield from wrapped(text, "")
        if one.like:
            lacks = ", ".join(one.lacks)
            yield f"#   {self._say('like', table=one.like, columns=lacks)}"

    def _table(self, table: TableProposal) -> Iterator[str]:
        yield f"  {table.table.name}:  # {table.confidence:.2f} {told(table.label)}"
        if table.others:
            labels = ", ".join(told(label) for label in table.others)
            yield from wrapped(self._say("others", labels=labels), "    ")
        reads = _reads(table)
        yield f"    source: {table.table.name}"
        yield from _select(table, reads)
        yield "    columns:"
        for column, how in table.missing:
            meaning = column.ja if self.language == "ja" else column.en
            yield f"{_COLUMNS}# {column.name}: ?  # {self._say('required')}: {meaning}"
            yield from wrapped(self._remark(how), _COLUMNS + "  ")
        for entry in table.entries:
            yield from self._entry(entry, reads[entry.column.name])
        if table.left:
            yield from wrapped(self._say("left", headings=_listed(table.left)), _COLUMNS)
        if table.first_row:
            where = scalar(f"{name(table.first_row)} IS DISTINCT FROM '*'")
            yield "    left_out:"
            yield f"      - {flow(where=where, reason=scalar(self._say('first_row')))}"
        yield ""

    def _entry(self, entry: Entry, read: str) -> Iterator[str]:
        lines = list(_mapped(entry, read))
        shown = "".join(f", {told(text, 24)}" for text in entry.samples) if self.samples else ""
        lines[0] += f"  # {entry.confidence:.2f}{shown.replace(',', ' ', 1)}"
        mark = "" if entry.active else "# "
        yield from (f"{_COLUMNS}{mark}{line}" for line in lines)
        for one in entry.remarks:
            if self.samples or one.code not in _SHOWING_VALUES:
                yield from wrapped(self._remark(one), _COLUMNS + "  ")

    def _remark(self, one: Remark) -> str:
        return self._say(one.code, **{key: told(text, 100) for key, text in one.of})


_SHOWING_VALUES = frozenset(("refused", "order_unknown", "order_mixed"))
"""Remarks that show values of the export."""


def _source(table: TableProposal) -> str:
    given = table.source.model_dump(exclude_none=True, exclude_defaults=True)
    return flow(**{key: _yaml(value) for key, value in given.items()})


def _mapped(entry: Entry, read: str) -> Iterator[str]:
    """The lines of one column: on one line where no value has to be translated."""
    column = entry.column.name
    options = {
        "multiply": f"{entry.multiply}" if entry.multiply is not None else None,
        "date_order": entry.date_order,
        "period": entry.period,
        "match": "name" if entry.by_name else None,
    }
    given = {option: value for option, value in options.items() if value is not None}
    if entry.constant is not None:
        yield f"{column}: {flow(constant=scalar(entry.constant))}"
    elif not entry.values:
        yield f"{column}: {flow(column=scalar(read), **given) if given else scalar(read)}"
    else:
        yield f"{column}:"
        yield f"  column: {scalar(read)}"
        yield from (f"  {option}: {value}" for option, value in given.items())
        known = any(not one.unknown for one in entry.values)
        yield "  values:" if known else "  # values:"
        yield from (f"    {_value(one)}" for one in entry.values)


def _value(one: ValueEntry) -> str:
    if one.unknown:
        return f"# {scalar(one.old)}: ?"
    new = "null" if one.new is None else scalar(one.new)
    return f"{scalar(one.old)}: {new}{'' if one.sure else '  # ?'}"


def _reads(table: TableProposal) -> dict[str, str]:
    """The column of the source, or of the select, that each canonical column is read from."""
    headings = {
        heading.casefold() for one in table.entries for heading in (one.heading, *one.reads)
    }
    reads = {}
    for entry in table.entries:
        column = entry.heading or entry.column.name
        while entry.sql and column.casefold() in headings:
            column += "_"
        reads[entry.column.name] = column
    return reads


def _select(table: TableProposal, reads: dict[str, str]) -> Iterator[str]:
    """The select that a column takes which no heading holds as it is."""
    if not any(entry.sql for entry in table.active):
        return
    columns = {
        reads[entry.column.name]: f"{entry.sql} AS {name(reads[entry.column.name])}"
        if entry.sql
        else name(entry.heading)
        for entry in table.active
        if entry.constant is None
    }
    lines = ["SELECT", *(f"  {column}," for column in columns.values()), "  _row"]
    marked = f" WHERE {name(table.first_row)} = '*'" if table.first_row else ""
    lines.append(f"FROM {table.table.name}{marked}")
    if all(is_printable(line) for line in lines):
        yield "    select: |"
        yield from (f"      {line}" for line in lines)
    else:
        yield f"    select: {scalar(' '.join(lines))}"


def _listed(headings: tuple[str, ...]) -> str:
    return ", ".join(told(heading) for heading in headings)


def _yaml(value: object) -> str:
    return scalar(value) if isinstance(value, str) else str(value)
