"""A snapshot without a person replaces every snapshot that there was: old ones would remember."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

import duckdb

from crm import warehouse
from crm.engines import unpublish
from crm.forgetting.blanking import Clean, blank
from crm.schema import tables
from crm.scratch import scratch
from crm.values import name, quote


def erase_from_tables(
    workspace: Path, ids: Mapping[str, str], clean: Clean, state: str, url: str, *, dry_run: bool
) -> dict[str, int]:
    """Blank these contacts in the snapshot in use; rows changed by table.column.

    A new snapshot is put in its place, named after the old one and the list's `state`. A dry run
    writes nothing. Raises UnavailableError while an import is running.
    """
    current = warehouse.current_snapshot(workspace)
    if current is None:
        return {}
    ours = nullcontext() if dry_run else warehouse.alone(workspace)
    with ours, scratch("forget") as place:
        staging, built = place / "staging.duckdb", place / "snapshot.duckdb"
        with duckdb.connect(str(staging)) as con:
            columns = _stage(con, warehouse.snapshot_file(workspace, current))
            changed = blank(con, ids, clean)
        if changed and not dry_run:
            new = hashlib.sha256(f"{current}\0{state}".encode()).hexdigest()[:12]
            warehouse.write_snapshot(built, staging, new, columns)
            warehouse.swap_in(workspace, built, new, url)
    return changed


def _stage(con: duckdb.DuckDBPyConnection, file: Path) -> dict[str, tuple[str, ...]]:
    """The tables of a snapshot in the schema `canonical`; the columns that its import filled."""
    con.execute(f"ATTACH {quote(str(file))} AS old (READ_ONLY)")
    con.execute("CREATE SCHEMA canonical")
    filled: dict[str, tuple[str, ...]] = {}
    for table, column in con.execute('SELECT "table", "column" FROM old._columns').fetchall():
        filled[table] = (*filled.get(table, ()), column)
    for table in filled:
        spec = tables()[table]
        con.execute(spec.ddl().replace("CREATE TABLE ", "CREATE TABLE canonical.", 1))
        held = {row[0] for row in con.execute(f"DESCRIBE old.{name(table)}").fetchall()}
        shown = ", ".join(name(c) if c in held else f"NULL AS {name(c)}" for c in spec.names)
        con.execute(f"ALTER TABLE canonical.{name(table)} ADD COLUMN _seq BIGINT")
        con.execute(
            f"INSERT INTO canonical.{name(table)} SELECT {shown}, rowid FROM old.{name(table)}"
        )
    con.execute("DETACH old")
    return filled


def remove_other_snapshots(workspace: Path, url: str) -> list[str]:
    """Remove every snapshot but the one in use, here and where it was published; their ids."""
    current, gone = warehouse.current_snapshot(workspace), []
    for old in other_snapshots(workspace):
        unpublish(url, old)
        gone.append(old)
    folder = workspace / "warehouse"
    for entry in sorted(folder.iterdir()) if folder.is_dir() else []:
        if entry.name.partition(".")[0] != current and entry.name != warehouse.POINTER:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    return gone


def other_snapshots(workspace: Path) -> list[str]:
    """The snapshots in the folder beside the one in use."""
    current = warehouse.current_snapshot(workspace)
    return [f.stem for f in warehouse.snapshot_files(workspace) if f.stem != current]
