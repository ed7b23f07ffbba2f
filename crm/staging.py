"""An export becomes the canonical tables of a staging database; the workspace is not touched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from crm.chosen import counted
from crm.companies.answers import Answers
from crm.companies.outcome import Companies, settle
from crm.companies.sameness import Sameness, sameness
from crm.corrections import Correction, Corrections, mend_rows
from crm.errors import InputError
from crm.mapping import Mapping
from crm.readers import Note, Ragged, load
from crm.readers.database import Database
from crm.references import NAMES, finder
from crm.rejects import Reject, Rejects
from crm.schema import Table, tables
from crm.settings import Settings
from crm.unusual import Reader
from crm.validate import Build, TableReport
from crm.values import name, quote

STAGING = "staging.duckdb"
Progress = Callable[[str, float], None]
"""What is being done, and how much of the whole is done, from 0 to 1."""


@dataclass(frozen=True)
class SourceReport:
    """What became of the rows of one file: `used + left out + ragged + unexplained == read`.

    `used` is None for a file that a SELECT only looks things up in.
    """

    file: str
    read: int
    ragged: int
    used: int | None
    left_out: tuple[tuple[str, int], ...] = ()
    unexplained: int = 0


class Staging:
    """The staging database of an import, in the folder `scratch`."""

    def __init__(
        self,
        scratch: Path,
        mapping: Mapping,
        chosen: Settings,
        corrections: Corrections,
        answers: Answers,
    ) -> None:
        self.con = duckdb.connect(str(scratch / STAGING))
        self.con.execute(f"SET temp_directory = {quote(str(scratch / 'spilled'))}")
        self.con.execute("SET memory_limit = '512MB'")
        self.con.execute("SET enable_progress_bar = false")
        self.con.execute("PRAGMA force_compression = 'uncompressed'")  # it is read but once
        self.rejects = Rejects(self.con)
        self.reports: list[TableReport] = []
        self.notes: list[Note] = []
        self._scratch, self._mapping, self._settings = scratch, mapping, chosen
        self._corrections, self._answers = corrections, answers
        self._same = Sameness({}, {}, {})
        self._waiting = {one for of_file in corrections.values() for one in of_file}
        self._ragged: dict[str, int] = {}

    def read(self, folder: Path, database: Database | None, progress: Progress) -> None:
        """Read every source of the mapping; from then on nothing but these can be read."""
        sources = self._mapping.used_sources()
        for done, (alias, source) in enumerate(sources.items()):
            progress(source.place, done / len(sources) / 2)
            loaded = load(
                self.con, alias, folder, source, self._scratch, self._settings.imports, database
            )
            self.notes += loaded.notes
            self._refuse_ragged(alias, source.place, loaded.ragged)
        self.con.execute("CREATE TABLE _usage (source VARCHAR, _row BIGINT)")
        self.con.execute("SET enable_external_access = false")
        self.con.execute("SET lock_configuration = true")

    def build(self, progress: Progress) -> None:
        """Make every canonical table of the mapping, and account for what became of its rows."""
        order = list(in_order(self._mapping))
        for done, table in enumerate(order):
            progress(table.name, 0.5 + done / len(order) / 2)
            build = self._started(table)
            files = dict.fromkeys(build.files.values())
            build.stage([c for f in files for c in self._mended(table.name, f, whole=False)])
            build.find_names(dict(self._finders(build)))
            if build.is_chosen:
                self.con.execute("INSERT INTO _usage SELECT DISTINCT _source, _row FROM _staged")
            self.reports.append(build.finish())
            if table.name == "accounts":
                self._same = sameness(self.con, self._answers)
        self.reports.sort(key=lambda report: list(tables()).index(report.table))
        if self._waiting:
            left = min(self._waiting, key=lambda one: one.line)
            raise InputError(
                f"{left.place} corrects `{left.table}`, which is not made of that file.",
                "Import the files and the mapping that the rejects came from.",
            )

    def companies(self) -> Companies:
        """Make one account of those that are one company, and find those that may be."""
        if "accounts" not in self._mapping.tables:
            return Companies()
        return settle(self.con, self._answers, self._settings.notices.public_domains)

    def sources(self) -> list[SourceReport]:
        """What became of the rows of each file."""
        return [
            self._account(alias, source.place)
            for alias, source in self._mapping.used_sources().items()
        ]

    def digest(self, alias: str) -> bytes:
        """The digest of what a source's table holds, whatever the order of its rows."""
        columns = [r[0] for r in self.con.execute(f"DESCRIBE {name(alias)}").fetchall()]
        cells = ", ".join(name(column) for column in columns if column != "_row")
        rows = self.con.execute(
            f"SELECT count(*), sum(hash({cells})::HUGEINT), bit_xor(hash({cells})) "
            f"FROM {name(alias)}"
        ).fetchone()
        return repr((columns, rows)).encode()

    def _refuse_ragged(self, alias: str, file: str, ragged: list[Ragged]) -> None:
        fed = ", ".join(t for t, spec in self._mapping.tables.items() if alias in spec.sources)
        mended = self._mended(fed, file, whole=True)
        done = mend_rows(self.con, alias, {r.row: r.text for r in ragged}, mended)
        left = [r for r in ragged if r.row not in done]
        self._ragged[alias] = len(left)
        self.rejects.add([Reject(fed, file, r.row, "", "", r.text, r.reason) for r in left])

    def _mended(self, table: str, file: str, *, whole: bool) -> list[Correction]:
        """The corrections of a file's rows: of whole ones, or of values in them."""
        found = [c for c in self._corrections.get((table, file), ()) if (not c.field) == whole]
        self._waiting -= set(found)
        return found

    def _started(self, table: Table) -> Build:
        spec = self._mapping.tables[table.name]
        files = {source: self._mapping.source(source).place for source in spec.sources}
        ragged = 0 if spec.select else self._ragged[spec.source]
        return Build(self.con, table, spec, files, self._settings.company, self.rejects, ragged)

    def _finders(self, build: Build) -> Iterator[tuple[str, Reader]]:
        """How the references of a table are found whose mapping has `match: name`."""
        table = build.table
        for column, mapped in build.spec.columns.items():
            referred = table.column(column)
            if mapped.match != "name" or referred is None or referred.ref is None:
                continue
            other = tables()[referred.ref]
            if other == table:
                shown = ", ".join(
                    f"{name('r ' + c) if c in build.cells else 'NULL'} AS {name(c)}"
                    for c in (table.key[0], *NAMES)
                )
                yield column, finder(self.con, other, f"(SELECT {shown} FROM _staged)")
            else:
                into = self._same.into if other.name == "accounts" else {}
                yield column, finder(self.con, other, f"canonical.{name(other.name)}", into)

    def _account(self, alias: str, file: str) -> SourceReport:
        specs = [t for t in self._mapping.tables.values() if alias in t.sources]
        ragged, rows = self._ragged[alias], self._one(f"SELECT count(*) FROM {name(alias)}")
        if not specs:
            return SourceReport(file, rows + ragged, ragged, None)
        if any(not spec.select and not spec.left_out for spec in specs):
            return SourceReport(file, rows + ragged, ragged, rows)
        unused = (
            f"_row NOT IN (SELECT _row FROM _usage WHERE source = {quote(alias)} "
            "AND _row IS NOT NULL)"
        )
        left_over = self._one(f"SELECT count(*) FROM {name(alias)} WHERE {unused}")
        parts = [part for spec in specs for part in spec.left_out_of(alias)]
        left_out = counted(self.con, alias, parts, unused)
        unexplained = left_over - sum(n for _, n in left_out)
        used = rows - left_over
        return SourceReport(file, rows + ragged, ragged, used, left_out, unexplained)

    def _one(self, query: str) -> int:
        row = self.con.execute(query).fetchone()
        return int(row[0]) if row else 0


def built(mapping: Mapping) -> list[Table]:
    """The canonical tables that a mapping makes, in the order in which they are declared."""
    return [t for n, t in tables().items() if n in mapping.tables]


def in_order(mapping: Mapping) -> Iterator[Table]:
    """The same tables, each after those whose rows it refers to by name."""
    done: set[str] = set()

    def visit(table: Table, above: tuple[str, ...]) -> Iterator[Table]:
        if table.name in done or table.name in above:
            return
        for column, mapped in mapping.tables[table.name].columns.items():
            referred = table.column(column)
            if mapped.match == "name" and referred is not None and referred.ref:
                if referred.ref not in mapping.tables:
                    raise InputError(
                        f"`{table.name}.{column}` is matched by name, but no table "
                        f"`{referred.ref}` is imported.",
                        f"Map `{referred.ref}`, or leave `match: name` out.",
                    )
                yield from visit(tables()[referred.ref], (*above, table.name))
        if table.name not in done:
            done.add(table.name)
            yield table

    for table in built(mapping):
        yield from visit(table, ())
