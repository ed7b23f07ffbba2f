"""The snapshots of a workspace: which there are, which of them stay, and the way back to one."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from crm import warehouse
from crm.engines import unpublish
from crm.errors import InputError, WorkspaceError
from crm.machine import told

FOLDER = "imports"
_RECORD = "import.json"


@dataclass(frozen=True)
class Past:
    """A snapshot that is there: when it was made, and how many rows its tables got."""

    snapshot: str
    made_at: datetime
    rows: Mapping[str, int]
    in_use: bool


def folder_of(workspace: Path, snapshot: str) -> Path:
    """Where what is to be known of an import lies: its record and what it refused."""
    return workspace / FOLDER / snapshot


def record(workspace: Path, snapshot: str, made_at: datetime, rows: Mapping[str, int]) -> None:
    """Note when a snapshot was made, and of what."""
    folder = folder_of(workspace, snapshot)
    folder.mkdir(parents=True, exist_ok=True)
    noted = {"snapshot": snapshot, "made_at": made_at.isoformat(), "rows": dict(rows)}
    text = json.dumps(noted, ensure_ascii=False, indent=1) + "\n"
    warehouse.write_text(folder / _RECORD, text)


def snapshots(workspace: Path) -> list[Past]:
    """The snapshots that are there, the newest first."""
    current = warehouse.current_snapshot(workspace)
    found = [_past(workspace, file, current) for file in warehouse.snapshot_files(workspace)]
    return sorted(found, key=lambda past: (past.made_at, past.snapshot), reverse=True)


def keep_newest(workspace: Path, keep: int, url: str) -> list[str]:
    """Remove the oldest snapshots until `keep` are left, never the one in use; their ids."""
    others = [past for past in snapshots(workspace) if not past.in_use]
    gone = [past.snapshot for past in others[max(keep - 1, 0) :]]
    for snapshot in gone:
        unpublish(url, snapshot)
        warehouse.remove(workspace, snapshot)
    tidy(workspace)
    return gone


def tidy(workspace: Path) -> None:
    """Remove what imports that were cut off have left, and what is known of snapshots long gone.

    To be called by whoever is `warehouse.alone` with the workspace.
    """
    there = {file.stem for file in warehouse.snapshot_files(workspace)}
    warehouse.remove_unfinished(workspace / warehouse.FOLDER)
    for folder in (workspace / FOLDER).glob("*"):
        if folder.name in there:
            warehouse.remove_unfinished(folder)
        elif re.fullmatch("[0-9a-f]{12}", folder.name):
            shutil.rmtree(folder)


def roll_back(workspace: Path, snapshot: str | None, url: str) -> Past:
    """Use that snapshot again, or else the last one made before the one in use.

    Raises InputError when there is no such snapshot, WorkspaceError when its file is damaged,
    UnavailableError while an import is running.
    """
    with told(workspace), warehouse.alone(workspace):
        return _back(workspace, snapshot, url)


def _back(workspace: Path, snapshot: str | None, url: str) -> Past:
    known = snapshots(workspace)
    current = next((past for past in known if past.in_use), None)
    if snapshot is None:
        older = [p for p in known if current is not None and p.made_at < current.made_at]
    else:
        older = [p for p in known if p.snapshot == snapshot]
    if not older:
        named = f"no snapshot `{snapshot}`" if snapshot else "no snapshot before the one in use"
        there = ", ".join(p.snapshot for p in known) or "none"
        raise InputError(f"There is {named}.", f"The snapshots here: {there}.")
    chosen = older[0]
    _check(warehouse.snapshot_file(workspace, chosen.snapshot), chosen.snapshot)
    warehouse.use(workspace, chosen.snapshot, url)
    return chosen


def _past(workspace: Path, file: Path, current: str | None) -> Past:
    try:
        noted = json.loads((folder_of(workspace, file.stem) / _RECORD).read_text(encoding="utf-8"))
        made_at, rows = datetime.fromisoformat(noted["made_at"]), noted["rows"]
    except (OSError, ValueError, KeyError, TypeError):  # made before imports were noted
        made_at, rows = datetime.fromtimestamp(file.stat().st_mtime, UTC), {}
    return Past(file.stem, made_at, rows, file.stem == current)


def _check(file: Path, snapshot: str) -> None:
    try:
        with duckdb.connect(str(file), read_only=True) as con:
            found = con.execute("SELECT id FROM _snapshot").fetchone()
    except duckdb.Error:
        found = None
    if found != (snapshot,):
        raise WorkspaceError(
            f"The file of the snapshot {snapshot} is damaged.", "Choose another, or import again."
        )
