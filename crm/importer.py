"""An import is whole or not at all: it builds a new snapshot beside the old one, then swaps."""

from __future__ import annotations

import csv
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from crm import settings, warehouse
from crm.errors import InputError, WorkspaceError
from crm.forgetting.blanking import blank_known
from crm.forgetting.list import Forgotten, forgotten_of
from crm.mapping import Mapping, load_mapping
from crm.readers import load
from crm.schema import Table, tables
from crm.settings import Language
from crm.validate import (
    REASONS,
    BrokenReference,
    Reject,
    TableReport,
    broken_references,
    build_table,
)
from crm.values import name, quote


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


@dataclass(frozen=True)
class ImportReport:
    """Everything an import read, kept, refused and noticed."""

    snapshot: str
    unchanged: bool
    dry_run: bool
    tables: tuple[TableReport, ...]
    sources: tuple[SourceReport, ...]
    rejects: tuple[Reject, ...]
    broken: tuple[BrokenReference, ...]
    notes: tuple[str, ...] = ()
    rejects_file: Path | None = None
    broken_file: Path | None = None


Progress = Callable[[str], None]


@dataclass
class _Staging:
    con: duckdb.DuckDBPyConnection
    ragged: dict[str, int] = field(default_factory=dict)
    reports: list[TableReport] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


def import_folder(
    folder: Path,
    mapping_path: Path,
    workspace: Path,
    *,
    dry_run: bool = False,
    progress: Progress = lambda _: None,
) -> ImportReport:
    """Import the export in `folder` into `workspace` (made when it does not exist).

    A dry run does all of it but writes nothing. Raises InputError or WorkspaceError, and then
    the workspace is as it was.
    """
    mapping = load_mapping(mapping_path)
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder.", "Give the folder that holds the export.")
    warehouse.check_target(workspace)
    with tempfile.TemporaryDirectory(prefix="tagayasu-import-") as scratch_name:
        scratch = Path(scratch_name)
        staging = _Staging(duckdb.connect(str(scratch / "staging.duckdb")))
        try:
            _read_sources(staging, folder, mapping, scratch, progress)
            _lock_down(staging.con)
            _build_tables(staging, mapping, progress)
            _refuse_nothing(staging, folder, workspace)
            forgotten = forgotten_of(workspace)
            blanked = _blank(staging, forgotten)
            broken = broken_references(staging.con, _built(mapping))
            sources = _account_for(staging, mapping)
        except (duckdb.InterruptException, RuntimeError) as error:
            if "interrupted" in str(error).lower():  # Ctrl-C reached DuckDB first
                raise KeyboardInterrupt from error
            raise
        finally:
            staging.con.close()
        snapshot = _fingerprint(folder, mapping_path, mapping, forgotten)
        report = ImportReport(
            snapshot=snapshot,
            unchanged=_is_current(workspace, snapshot),
            dry_run=dry_run,
            tables=tuple(staging.reports),
            sources=tuple(sources),
            rejects=tuple(staging.rejects),
            broken=tuple(broken),
            notes=(*mapping.notes, *blanked),
        )
        if dry_run:
            return report
        return _commit(report, workspace, mapping, scratch, forgotten)


def _blank(staging: _Staging, forgotten: Forgotten) -> tuple[str, ...]:
    """Whoever was forgotten comes in without anything of theirs; what is said about it."""
    if not forgotten:
        return ()
    found = blank_known(staging.con, forgotten)
    staging.rejects = [
        replace(one, value=forgotten.without(one.value, None)) for one in staging.rejects
    ]
    if not found:
        return ()
    return (f"{found:,} of the contacts were forgotten (`tagayasu forget`): they stay blank.",)


def _refuse_nothing(staging: _Staging, folder: Path, workspace: Path) -> None:
    """An import replaces the whole company: without a single good row it must not."""
    holds_data = (workspace / settings.FILE).exists()
    if holds_data and not any(report.accepted for report in staging.reports):
        read = sum(report.read for report in staging.reports)
        raise InputError(
            f"No row of {folder} was accepted (of {read:,} read).",
            "Check the files and the mapping; the workspace is as it was.",
        )


def _is_current(workspace: Path, snapshot: str) -> bool:
    try:
        return warehouse.current_snapshot(workspace) == snapshot
    except WorkspaceError:  # a damaged pointer, which this import mends
        return False


def _read_sources(
    staging: _Staging, folder: Path, mapping: Mapping, scratch: Path, progress: Progress
) -> None:
    for alias, source in mapping.used_sources().items():
        progress(source.file)
        ragged = load(staging.con, alias, folder, source, scratch)
        staging.ragged[alias] = len(ragged)
        fed = ", ".join(t for t, spec in mapping.tables.items() if spec.source == alias)
        staging.rejects += [Reject(fed, source.file, r.row, "", r.text, "ragged") for r in ragged]
    staging.con.execute("CREATE TABLE _usage (source VARCHAR, _row BIGINT)")


def _lock_down(con: duckdb.DuckDBPyConnection) -> None:
    """From here on a SELECT of the mapping reads the staged files and nothing else."""
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")


def _built(mapping: Mapping) -> list[Table]:
    return [t for n, t in tables().items() if n in mapping.tables]


def _build_tables(staging: _Staging, mapping: Mapping, progress: Progress) -> None:
    for table in _built(mapping):
        progress(table.name)
        spec = mapping.tables[table.name]
        file = mapping.source(spec.source).file
        ragged = 0 if spec.select else staging.ragged[spec.source]
        report, rejects = build_table(staging.con, table, spec, file, ragged)
        staging.reports.append(report)
        staging.rejects += rejects


def _account_for(staging: _Staging, mapping: Mapping) -> list[SourceReport]:
    reports = []
    for alias, source in mapping.used_sources().items():
        specs = [t for t in mapping.tables.values() if t.source == alias]
        ragged = staging.ragged[alias]
        rows = _one(staging.con, f"SELECT count(*) FROM {name(alias)}")
        if not specs:
            reports.append(SourceReport(source.file, rows + ragged, ragged, None))
            continue
        unused = (
            f"FROM {name(alias)} WHERE _row NOT IN "
            f"(SELECT _row FROM _usage WHERE source = {quote(alias)} AND _row IS NOT NULL)"
        )
        left_over = _one(staging.con, f"SELECT count(*) {unused}")
        left_out = [
            (part.reason, _left_out(staging.con, unused, part.where, alias))
            for spec in specs
            for part in spec.left_out
        ]
        reports.append(
            SourceReport(
                source.file,
                rows + ragged,
                ragged,
                rows - left_over,
                tuple(left_out),
                max(left_over - sum(n for _, n in left_out), 0),
            )
        )
    return reports


def _left_out(con: duckdb.DuckDBPyConnection, unused: str, where: str, alias: str) -> int:
    query = f"SELECT count(*) {unused} AND ({where}\n)"
    try:
        if len(duckdb.extract_statements(query)) == 1:
            return _one(con, query)
        problem = "it is more than a condition"
    except duckdb.Error as error:
        problem = str(error).splitlines()[0]
    raise InputError(
        f"`left_out` of the source `{alias}` cannot be run: {problem}.",
        "Write a condition over its columns.",
    )


def _one(con: duckdb.DuckDBPyConnection, query: str) -> int:
    row = con.execute(query).fetchone()
    return int(row[0]) if row else 0


def _fingerprint(folder: Path, mapping_path: Path, mapping: Mapping, forgotten: Forgotten) -> str:
    """The snapshot's id: the same files, mapping and people forgotten give the same."""
    digest = hashlib.sha256(mapping_path.read_bytes())
    digest.update(repr([t.ddl() for t in _built(mapping)]).encode())
    for alias, source in sorted(mapping.used_sources().items()):
        with (folder / source.file).open("rb") as stream:
            digest.update(alias.encode() + hashlib.file_digest(stream, "sha256").digest())
    if forgotten:
        digest.update(forgotten.state.encode())
    return digest.hexdigest()[:12]


def _commit(
    report: ImportReport, workspace: Path, mapping: Mapping, scratch: Path, forgotten: Forgotten
) -> ImportReport:
    columns = {t.table: t.columns for t in report.tables}
    built = scratch / "snapshot.duckdb"
    warehouse.write_snapshot(built, scratch / "staging.duckdb", report.snapshot, columns)
    fresh = not (workspace / settings.FILE).exists()
    if fresh:
        _make(workspace)
        warehouse.write_text(
            workspace / settings.FILE,
            settings.new_settings_text(mapping.workspace, mapping.settings),
        )
    chosen = settings.load_settings(workspace)
    folder = workspace / "imports" / report.snapshot
    folder.mkdir(parents=True, exist_ok=True)
    rejects_file = _write_rejects(folder / "rejects.csv", report.rejects, chosen.company.language)
    broken_file = _write_broken(folder / "broken_references.csv", report.broken)
    if forgotten_of(workspace) != forgotten:
        raise InputError(
            "Somebody was forgotten while this import was running.", "Import once more."
        )
    warehouse.swap_in(workspace, built, report.snapshot, chosen.warehouse.url)
    return replace(report, rejects_file=rejects_file, broken_file=broken_file)


def _make(workspace: Path) -> None:
    try:
        workspace.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkspaceError(
            f"The folder {workspace} cannot be made: {error.strerror}.",
            "Name another with --workspace.",
        ) from error


def _write_rejects(path: Path, rejects: tuple[Reject, ...], language: Language) -> Path:
    rows = [
        (r.file, r.row, r.column, r.value, *REASONS[r.reason][language], r.table) for r in rejects
    ]
    header = ("file", "row", "column", "value", "reason", "how_to_mend", "table")
    return _write_csv(path, header, rows)


def _write_broken(path: Path, broken: tuple[BrokenReference, ...]) -> Path:
    rows = [(b.table, b.column, b.value, b.rows) for b in broken]
    return _write_csv(path, ("table", "column", "value", "rows"), rows)


def _write_csv(path: Path, header: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> Path:
    temporary = path.with_suffix(".tmp")
    with temporary.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)
    shutil.move(temporary, path)
    return path
