"""An import is whole or not at all: it builds a new snapshot beside the old one, then swaps."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import duckdb

from crm import settings, warehouse
from crm.commit import Finished, commit
from crm.companies.answer_file import kept_answers, read_answers
from crm.companies.answers import Answers
from crm.companies.outcome import MERGED_HEADER, Companies, CompanyCounts
from crm.companies.review import FILE as DUPLICATES
from crm.companies.review import write_duplicates
from crm.compare import Changes, compare
from crm.corrections import HEADER, Corrections, load_corrections
from crm.csv_files import write_csv
from crm.errors import InputError, WorkspaceError
from crm.forgetting.blanking import blank_known
from crm.forgetting.list import Forgotten, forgotten_of
from crm.machine import told
from crm.mapping import Mapping, Source, load_mapping
from crm.readers import Note
from crm.readers.database import Database
from crm.rejects import Refusal, Reject, reasons
from crm.scratch import scratch
from crm.settings import Company, Language, Settings
from crm.staging import STAGING, Progress, SourceReport, Staging, built
from crm.unchanged import unchanged
from crm.validate import BrokenReference, TableReport, broken_references

REJECTS, BROKEN, MERGED = "rejects.csv", "broken_references.csv", "merged.csv"
_LISTED = 1000


@dataclass(frozen=True)
class ImportReport:
    """Everything an import read, kept, refused and noticed.

    `refusals` counts the refused values of each kind, `rejects` are the first thousand of them;
    all of them stand in `rejects_file`. `changes` says what is different from the snapshot that
    was in use before; None when there was none.
    """

    snapshot: str
    unchanged: bool
    dry_run: bool
    language: Language
    currency: str
    tables: tuple[TableReport, ...]
    sources: tuple[SourceReport, ...]
    refusals: tuple[Refusal, ...]
    rejects: tuple[Reject, ...]
    broken: tuple[BrokenReference, ...]
    companies: CompanyCounts
    reading: tuple[Note, ...] = ()
    notes: tuple[str, ...] = ()
    changes: Changes | None = None
    rejects_file: Path | None = None
    broken_file: Path | None = None
    duplicates_file: Path | None = None


def import_folder(
    folder: Path,
    mapping_path: Path,
    workspace: Path,
    *,
    dry_run: bool = False,
    corrections: Path | None = None,
    answers: Path | None = None,
    progress: Progress = lambda _doing, _done: None,
) -> ImportReport:
    """Import the export in `folder` into `workspace` (made when it does not exist).

    `corrections` is the rejects.csv of an earlier import of the same files in which a person has
    filled `correction`, `answers` a duplicates.csv in which `same_as` is filled; the workspace
    keeps the answers. A dry run does all of it but writes nothing. Raises InputError,
    WorkspaceError or, while another import is running, UnavailableError; and then the workspace is
    as it was.
    """
    with told(workspace, folder):
        mapping = load_mapping(mapping_path)
        if not folder.is_dir():
            raise InputError(f"{folder} is not a folder.", "Give the folder that holds the export.")
        warehouse.check_target(workspace)
        mended = load_corrections(corrections) if corrections else {}
        is_there = (workspace / settings.FILE).exists()
        with warehouse.alone(workspace) if is_there and not dry_run else nullcontext():
            answered = kept_answers(workspace)
            if answers:
                answered = answered.with_later(read_answers(answers))
            with scratch("import") as place:
                work = _Import(place, folder, mapping_path, workspace, mapping, mended, answered)
                return work.run(progress, dry_run=dry_run)


@dataclass(frozen=True)
class _Import:
    """One import, which works in the folder `scratch` until it is committed."""

    scratch: Path
    folder: Path
    mapping_path: Path
    workspace: Path
    mapping: Mapping
    corrections: Corrections
    answers: Answers

    def run(self, progress: Progress, *, dry_run: bool) -> ImportReport:
        forgotten = forgotten_of(self.workspace)
        staging = Staging(
            self.scratch, self.mapping, self._settings, self.corrections, self.answers
        )
        try:
            with unchanged(self._files):
                self._read(staging, progress)
                staging.build(progress)
                self._refuse_nothing(staging.reports)
                companies = staging.companies()
                blanked = _blank(staging, forgotten)
                report = self._report(staging, companies, forgotten, blanked, dry_run=dry_run)
            files = self._write_files(staging, report, companies)
        except (duckdb.InterruptException, RuntimeError) as error:
            if "interrupted" in str(error).lower():  # Ctrl-C reached DuckDB first
                raise KeyboardInterrupt from error
            raise
        finally:
            staging.con.close()
        report = replace(report, changes=self._changes())
        return report if dry_run else self._commit(report, files, forgotten)

    def _read(self, staging: Staging, progress: Progress) -> None:
        # Never the mapping's where there is a workspace: whoever sends one may not be the operator.
        url = self._settings.warehouse.source_url
        with Database(url) if url else nullcontext() as database:
            staging.read(self.folder, database, progress)

    @property
    def _files(self) -> list[Path]:
        """The files that are read."""
        sources = self.mapping.used_sources().values()
        return [self.mapping_path, *(self.folder / s.file for s in sources if s.file)]

    @cached_property
    def _settings(self) -> Settings:
        """The settings of the workspace; of a new one, what the mapping says."""
        if (self.workspace / settings.FILE).exists():
            return settings.load_settings(self.workspace)
        return self.mapping.settings.model_copy(update={"company": self.mapping.workspace})

    @property
    def _company(self) -> Company:
        return self._settings.company

    def _refuse_nothing(self, reports: Sequence[TableReport]) -> None:
        """An import replaces the whole company: without a single good row it must not."""
        holds_data = (self.workspace / settings.FILE).exists()
        if holds_data and not any(report.accepted for report in reports):
            read = sum(report.read for report in reports)
            raise InputError(
                f"No row of {self.folder} was accepted (of {read:,} read).",
                "Check the files and the mapping; the workspace is as it was.",
            )

    def _report(
        self,
        staging: Staging,
        companies: Companies,
        forgotten: Forgotten,
        blanked: tuple[str, ...],
        *,
        dry_run: bool,
    ) -> ImportReport:
        snapshot = self._fingerprint(staging, forgotten)
        return ImportReport(
            snapshot=snapshot,
            unchanged=self._current() == snapshot,
            dry_run=dry_run,
            language=self._company.language,
            currency=self._company.currency,
            tables=tuple(staging.reports),
            sources=tuple(staging.sources()),
            refusals=tuple(staging.rejects.refusals()),
            rejects=tuple(staging.rejects.first(_LISTED)),
            broken=tuple(broken_references(staging.con, built(self.mapping))),
            companies=companies.counts,
            reading=tuple(staging.notes),
            notes=(*self.mapping.notes, *blanked),
        )

    def _current(self) -> str | None:
        try:
            return warehouse.current_snapshot(self.workspace)
        except WorkspaceError:  # a damaged pointer, which this import mends
            return None

    def _changes(self) -> Changes | None:
        """What is different from the snapshot in use, whose file may be gone or damaged."""
        current = self._current()
        if current is None or not warehouse.snapshot_file(self.workspace, current).exists():
            return None
        old = warehouse.snapshot_file(self.workspace, current)
        try:
            return compare(self.scratch / STAGING, old, current)
        except duckdb.Error:  # a damaged file, which this import replaces
            return None

    def _fingerprint(self, staging: Staging, forgotten: Forgotten) -> str:
        """The snapshot's id: the same data, mapping, corrections and people forgotten give it."""
        digest = hashlib.sha256(self.mapping_path.read_bytes())
        digest.update(repr([t.ddl() for t in built(self.mapping)]).encode())
        read_by = self._company
        digest.update(
            f"{read_by.currency} {read_by.time_zone} {read_by.fiscal_year_start}".encode()
        )
        for alias, source in sorted(self.mapping.used_sources().items()):
            digest.update(alias.encode() + self._content(staging, alias, source))
        if self.corrections:
            digest.update(repr(sorted(self.corrections.items())).encode())
        if self.answers:
            digest.update(repr(self.answers.groups).encode())
        if forgotten:
            digest.update(forgotten.state.encode())
        return digest.hexdigest()[:12]

    def _content(self, staging: Staging, alias: str, source: Source) -> bytes:
        """The digest of a file, or of the rows that a table of a database had."""
        if source.table:
            return staging.digest(alias)
        with (self.folder / source.file).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").digest()

    def _write_files(
        self, staging: Staging, report: ImportReport, companies: Companies
    ) -> list[Path]:
        """What was refused, as files that go into the workspace with the snapshot."""
        folder = self.scratch / "files"
        folder.mkdir()
        words, language = reasons(), self._company.language
        rejects = (
            (r.file, r.row, r.column, r.value, *words[r.reason][language], r.table, r.field, "")
            for r in staging.rejects
        )
        broken = ((b.table, b.column, b.value, b.rows) for b in report.broken)
        write_csv(folder / REJECTS, HEADER, rejects)
        write_csv(folder / BROKEN, ("table", "column", "value", "rows"), broken)
        write_csv(folder / MERGED, MERGED_HEADER, companies.given_up())
        write_duplicates(folder / DUPLICATES, companies.asked, language)
        return [folder / name for name in (REJECTS, BROKEN, MERGED, DUPLICATES)]

    def _commit(
        self, report: ImportReport, files: Sequence[Path], forgotten: Forgotten
    ) -> ImportReport:
        built_file = self.scratch / "snapshot.duckdb"
        columns = {t.table: t.columns for t in report.tables}
        warehouse.write_snapshot(built_file, self.scratch / STAGING, report.snapshot, columns)
        finished = Finished(
            report.snapshot, built_file, files, {t.table: t.accepted for t in report.tables},
            self.answers, forgotten, is_new=not report.unchanged,
        )  # fmt: skip
        chosen = settings.new_settings_text(self.mapping.workspace, self.mapping.settings)
        folder = commit(self.workspace, finished, chosen)
        return replace(
            report,
            rejects_file=folder / REJECTS,
            broken_file=folder / BROKEN,
            duplicates_file=folder / DUPLICATES,
        )


def _blank(staging: Staging, forgotten: Forgotten) -> tuple[str, ...]:
    """Whoever was forgotten comes in without anything of theirs; what is said about it."""
    if not forgotten:
        return ()
    found = blank_known(staging.con, forgotten)
    staging.rejects.replace_values(lambda value: forgotten.without(value, None))
    if not found:
        return ()
    return (f"{found:,} of the contacts were forgotten (`tagayasu forget`): they stay blank.",)
