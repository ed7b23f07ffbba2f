"""Companies to test on: the sample company, two public data sets, and small ones made of rows."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import yaml

from crm.engines import DuckDB
from crm.importer import ImportReport, import_folder
from crm.schema import tables as canonical_tables
from crm.scope import Scope, ScopedTables
from crm.settings import Settings, load_settings
from crm.snapshot import Snapshot
from crm.values import name
from crm.warehouse import Warehouse, current_snapshot
from tests.oracles.canonical import Tables, frame

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
SAMPLE = ROOT / "examples" / "sample_company"
MAPPINGS = ROOT / "examples" / "mappings"
SAMPLE_DAY = date(2026, 9, 30)
MAVEN_DAY = date(2017, 12, 31)
ADVENTUREWORKS_DAY = date(2013, 11, 30)
EVERYTHING = Scope(sees_all=True)

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


class KnownWarehouse(Warehouse):
    """The data of a copy, opened once for all copies of a snapshot: what was calculated of them for
    one test is not calculated again for the next. An import into the copy is seen as ever."""

    _known: ClassVar[dict[str, Snapshot]] = {}

    def __init__(self, workspace: Path) -> None:
        super().__init__(workspace)
        self._folder, self._copied = workspace, current_snapshot(workspace)

    def open(self) -> Snapshot:
        current = current_snapshot(self._folder)
        if current is None or current != self._copied or load_settings(self._folder).warehouse.url:
            return super().open()
        if current not in self._known:
            self._known[current] = super().open()
        return self._known[current]


def tables_of(workspace: Path, scope: Scope = EVERYTHING) -> ScopedTables:
    """The tables of an imported workspace, as a scope sees them."""
    return ScopedTables(Warehouse(workspace).open(), scope, load_settings(workspace))


def tables_from(rows: Rows, scope: Scope = EVERYTHING, settings: Settings | None = None) -> Any:
    """The tables of a company of typed rows, in memory; a column that no row has is unfilled."""
    con = duckdb.connect()
    filled = {}
    for table, records in rows.items():
        con.execute(canonical_tables()[table].ddl())
        columns = list(dict.fromkeys(c for record in records for c in record))
        filled[table] = frozenset(columns)
        if records:
            marks = ", ".join("(" + ", ".join("?" for _ in columns) + ")" for _ in records)
            names = ", ".join(name(c) for c in columns)
            con.execute(
                f"INSERT INTO {name(table)} ({names}) VALUES {marks}",
                [record.get(c) for record in records for c in columns],
            )
    return ScopedTables(Snapshot("0" * 12, DuckDB(con, filled)), scope, settings or Settings())


def frames_from(rows: Rows) -> Tables:
    """The same rows as the oracles take them."""
    return {
        table: frame(records, list(dict.fromkeys(c for record in records for c in record)))
        for table, records in rows.items()
    }


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    """A UTF-8 CSV file; None is an empty cell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def write_mapping(path: Path, **parts: object) -> Path:
    """A mapping file of version 1 with these parts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({"version": 1, **parts}, allow_unicode=True), encoding="utf-8")
    return path


def as_it_is(*tables: str) -> dict[str, object]:
    """The `tables` part of a mapping that takes each `<table>.csv` as it stands."""
    return {t: {"source": f"{t}.csv", "select": f'SELECT * FROM "{t}.csv"'} for t in tables}


def import_rows(folder: Path, rows: Rows, **workspace: object) -> tuple[Path, ImportReport]:
    """Write rows as an export, import it, and give the workspace and the report."""
    for table, records in rows.items():
        columns = list(dict.fromkeys(c for record in records for c in record))
        cells = [[record.get(c) for c in columns] for record in records]
        write_csv(folder / "export" / f"{table}.csv", columns, cells)
    mapping = write_mapping(folder / "mapping.yaml", tables=as_it_is(*rows), workspace=workspace)
    report = import_folder(folder / "export", mapping, folder / "workspace")
    return folder / "workspace", report
