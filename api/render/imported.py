"""The report of an import, for a person who must act on it: the conclusion first, in ja or en."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

from crm.compare import Change, Changes, Example
from crm.declared import declared
from crm.importer import ImportReport
from crm.readers.words import said
from crm.rejects import reasons
from crm.schema import tables
from crm.settings import Language
from crm.staging import SourceReport
from tools.availability import unavailable
from tools.format import how_many, show_money

_MOST = 8


@dataclass(frozen=True)
class Section:
    """A part of the report: a title, and either sentences or a table with its heading."""

    title: str
    lines: tuple[str, ...] = ()
    heading: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Effect:
    """A canonical table that was not imported, and the names of the tools that need it."""

    table: str
    tools: tuple[str, ...]


def effects_of(report: ImportReport) -> list[Effect]:
    """What cannot be asked of the company for want of a table, in the order of the schema."""
    missing = unavailable({table.table for table in report.tables})
    return [Effect(table, tuple(tool.name for tool in tools)) for table, tools in missing.items()]


def conclusion(report: ImportReport, language: Language) -> list[str]:
    """What became of the import, in one to three sentences."""
    say = _Words(language)
    read, accepted, rejected = _sums(report)
    counts = {"read": f"{read:,}", "accepted": f"{accepted:,}", "rejected": f"{rejected:,}"}
    if language == "en":
        counts |= {"read": how_many(read, "row"), "rejected": how_many(rejected, "row")}
    found = [say("would" if report.dry_run else "done", **counts)]
    if rejected and report.dry_run:
        found.append(say("would_refuse", **counts))
    elif rejected:
        found.append(say("refused", **counts, file=str(report.rejects_file)))
    if not report.dry_run:
        found.append(say("unchanged" if report.unchanged else "in_use", snapshot=report.snapshot))
    empty = [t.table for t in report.tables if not t.accepted]
    return [*found, *(say("no_row", table=_table(table, language)) for table in empty)]


def sections(
    report: ImportReport,
    language: Language,
    effects: Sequence[Effect] = (),
    changes: bool = False,
) -> list[Section]:
    """The rest of the report; what there is nothing to say of is left out."""
    say = _Words(language)
    found = [
        _counts(report, say),
        _reasons(report, say),
        _columns(report, say),
        Section(say("leftover"), tuple(_left_over(report.sources, say))),
        Section(say("companies"), tuple(_companies(report, say))),
        Section(say("broken"), tuple(_broken(report, say))),
        Section(say("effects"), tuple(_effects(effects, say))),
    ]
    if changes and report.changes is not None:
        title = say("changes", since=report.changes.since)
        found.append(Section(title, tuple(_changes(report.changes, report.currency, say))))
    noticed = (said(note, language) for note in report.reading)
    found.append(Section(say("notes"), (*noticed, *report.notes)))
    return [section for section in found if section.lines or section.rows]


def report_markdown(
    report: ImportReport,
    language: Language,
    effects: Sequence[Effect] = (),
    changes: bool = False,
) -> str:
    """The whole report as Markdown."""
    parts = [f"# {_Words(language)('title')}", "\n".join(conclusion(report, language))]
    for section in sections(report, language, effects, changes):
        parts.append(f"## {section.title}")
        if section.lines:
            parts.append("\n".join(map(_point, section.lines)))
        if section.rows:
            rows = [section.heading, tuple("---" for _ in section.heading), *section.rows]
            parts.append("\n".join(f"| {' | '.join(map(_cell, row))} |" for row in rows))
    return "\n\n".join(parts) + "\n"


class _Words:
    """The words of imported.yaml in a language; an unknown one is an error."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, word: str, **values: str) -> str:
        return _words()[word][self.language].format(**values)


@cache
def _words() -> Mapping[str, Mapping[Language, str]]:
    words: dict[str, dict[Language, str]] = declared("api.render", "imported.yaml")
    return words


def _point(line: str) -> str:
    """A point of a list; one that is indented belongs to the point before it."""
    text = line.lstrip(" ")
    return f"{line[: len(line) - len(text)]}- {_cell(text)}"


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ").replace("<", "&lt;")


def _rows(count: int) -> dict[str, str]:
    return {"count": f"{count:,}", "rows": how_many(count, "row")}


def _table(table: str, language: Language) -> str:
    return f"{tables()[table].ja}（{table}）" if language == "ja" else table


def _sums(report: ImportReport) -> tuple[int, int, int]:
    read, accepted, rejected = (
        sum(getattr(row, name) for row in report.tables)
        for name in ("read", "accepted", "rejected")
    )
    return read, accepted, rejected


def _counts(report: ImportReport, say: _Words) -> Section:
    rows = [
        (t.table, t.file, f"{t.read:,}", f"{t.accepted:,}", f"{t.rejected:,}")
        for t in report.tables
    ]
    read, accepted, rejected = _sums(report)
    rows.append((say("all"), "", f"{read:,}", f"{accepted:,}", f"{rejected:,}"))
    heading = tuple(say(word) for word in ("table", "file", "read", "accepted", "rejected"))
    return Section(say("tables"), heading=heading, rows=tuple(rows))


def _reasons(report: ImportReport, say: _Words) -> Section:
    rows = [
        (f"{one.count:,}", _place(one.table, one.column), *reasons()[one.reason][say.language])
        for one in report.refusals[:_MOST]
    ]
    more = len(report.refusals) - _MOST
    lines = (say("more", count=f"{more:,}"),) if more > 0 else ()
    heading = tuple(say(word) for word in ("count", "place", "reason", "remedy"))
    return Section(say("reasons"), lines, heading, tuple(rows))


def _place(table: str, column: str) -> str:
    return f"{table}.{column}" if column else table


def _columns(report: ImportReport, say: _Words) -> Section:
    read = {t.table: t.read for t in report.tables}
    counted: Counter[tuple[str, str]] = Counter()
    for one in report.refusals:
        if one.column and one.table in read:
            counted[one.table, one.column] += one.count
    rows = [
        (_place(table, column), f"{count:,}", f"{count / read[table]:.1%}")
        for (table, column), count in counted.most_common(_MOST)
    ]
    heading = tuple(say(word) for word in ("place", "count", "share"))
    return Section(say("columns"), heading=heading, rows=tuple(rows) if len(rows) > 1 else ())


def _left_over(sources: Sequence[SourceReport], say: _Words) -> Iterator[str]:
    for source in sources:
        told = {"file": source.file, "read": f"{source.read:,}"}
        for reason, count in source.left_out:
            yield say("left_out", **told, count=f"{count:,}", reason=reason)
        if source.ragged:
            yield say("ragged", **told, count=f"{source.ragged:,}")
        if source.unexplained:
            yield say("unexplained", **told, count=f"{source.unexplained:,}")


def _companies(report: ImportReport, say: _Words) -> Iterator[str]:
    counts = report.companies
    if counts.merged:
        yield say("merged", **_rows(counts.merged))
    if counts.giving_up:
        yield say("giving_up", count=f"{counts.giving_up:,}")
    if counts.groups:
        file = str(report.duplicates_file or "duplicates.csv")
        groups = f"{counts.groups:,}" if say.language == "ja" else how_many(counts.groups, "group")
        yield say("asked", groups=groups, count=f"{counts.in_groups:,}", file=file)
    if counts.shared_invalid_numbers:
        yield say("invalid_numbers", count=f"{counts.shared_invalid_numbers:,}")


def _broken(report: ImportReport, say: _Words) -> Iterator[str]:
    unknown = [b for b in report.broken if b.value is not None]
    for one in report.broken:
        if one.value is None:
            yield say("empty_reference", table=one.table, column=one.column, **_rows(one.rows))
    for one in unknown[:_MOST]:
        yield say(
            "unknown_reference", table=one.table, column=one.column, value=one.value or "",
            count=f"{one.rows:,}",
        )  # fmt: skip
    if report.broken_file and len(unknown) > _MOST:
        yield say("more_references", file=str(report.broken_file))


def _effects(effects: Sequence[Effect], say: _Words) -> Iterator[str]:
    for effect in effects:
        between = "、" if say.language == "ja" else ", "
        yield say("no_table", table=_table(effect.table, say.language),
                  tools=between.join(effect.tools))  # fmt: skip


def _changes(changes: Changes, currency: str, say: _Words) -> Iterator[str]:
    def money(amount: str | Decimal | None) -> str:
        return say("unknown") if amount is None else show_money(Decimal(amount), currency, language)

    language = say.language
    for change in changes.changes:
        amount = "" if change.amount is None else money(change.amount)
        yield say(change.kind, count=f"{change.count:,}", amount=amount)
        for one in change.examples:
            if change.kind == "amounts_changed":
                one = replace(one, before=money(one.before), after=money(one.after))
            yield f"  {_example(change, one, say)}"
    if not changes.changes:
        yield say("no_changes")


def _example(change: Change, one: Example, say: _Words) -> str:
    told = {"id": one.id, "name": one.name or ""}
    if change.kind not in ("deals_moved", "amounts_changed"):
        return say("named", **told)
    return say("example", **told, before=one.before or "", after=one.after or "")
