"""The warehouse of a workspace: immutable snapshots, and one pointer that is swapped atomically."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from crm import settings
from crm.engines import open_engine, publish
from crm.errors import UnavailableError, WorkspaceError
from crm.schema import tables
from crm.snapshot import Snapshot
from crm.values import name, quote

FOLDER = "warehouse"
POINTER = "CURRENT"
LOCK = "import.lock"
_ARRIVING, _WRITTEN = ".arriving", ".tmp"
_BEGUN = frozenset({LOCK, settings.FILE + _WRITTEN})
"""All that a first import may leave that was cut off before it had made a workspace."""


def check_target(workspace: Path) -> None:
    """Refuse to import into something that is neither a workspace nor an empty or new folder."""
    if workspace.exists() and not workspace.is_dir():
        raise WorkspaceError(f"{workspace} is a file.", "Name a folder with --workspace.")
    if workspace.is_dir() and any(entry.name not in _BEGUN for entry in workspace.iterdir()):
        settings.load_settings(workspace)


@contextmanager
def alone(workspace: Path) -> Iterator[None]:
    """Be the only one that changes the snapshots of a workspace, until this or the process ends.

    Raises UnavailableError while somebody else is.
    """
    with (workspace / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UnavailableError(
                f"Another import into {workspace} is running.", "Wait until it has ended."
            ) from None
        yield


def current_snapshot(workspace: Path) -> str | None:
    """The id of the snapshot in use, or None before the first import."""
    try:
        text = (workspace / FOLDER / POINTER).read_text(encoding="utf-8", errors="replace").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not re.fullmatch(r"[0-9a-f]{12}", text):
        raise WorkspaceError(
            f"The snapshot pointer of {workspace} is damaged.", "Import the data again."
        )
    return text


def snapshot_file(workspace: Path, snapshot: str) -> Path:
    """The file that holds a snapshot."""
    return workspace / FOLDER / f"{snapshot}.duckdb"


def snapshot_files(workspace: Path) -> list[Path]:
    """The files of all snapshots that are there."""
    return sorted((workspace / FOLDER).glob("*.duckdb"))


def remove(workspace: Path, snapshot: str) -> None:
    """Remove a snapshot's file, and what was published beside it."""
    for entry in (workspace / FOLDER).glob(f"{snapshot}.*"):
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def remove_unfinished(folder: Path) -> None:
    """Remove what was on its way into a folder when the import was cut off that was writing it."""
    for entry in (*folder.glob(f"*{_ARRIVING}"), *folder.glob(f"*{_WRITTEN}")):
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def write_snapshot(
    target: Path, staging: Path, snapshot: str, columns: Mapping[str, tuple[str, ...]]
) -> None:
    """Write the canonical tables of a staging database into a new snapshot file.

    The rows of an account lie together, so that to read of one account is to read a few blocks;
    else they lie in the order `_seq` of the staging tables.
    """
    con = duckdb.connect(str(target))
    try:
        con.execute(f"ATTACH {quote(str(staging))} AS staging (READ_ONLY)")
        for table in tables().values():
            if table.name in columns:
                con.execute(table.ddl())
                shown = ", ".join(name(column) for column in table.names)
                order = "account_id, _seq" if table.column("account_id") else "_seq"
                con.execute(
                    f"INSERT INTO {name(table.name)} SELECT {shown} "
                    f"FROM staging.canonical.{name(table.name)} ORDER BY {order}"
                )
        con.execute("CREATE TABLE _snapshot (id VARCHAR)")
        con.execute("INSERT INTO _snapshot VALUES (?)", [snapshot])
        con.execute('CREATE TABLE _columns ("table" VARCHAR, "column" VARCHAR)')
        filled = [(t, c) for t, names in columns.items() for c in names]
        con.executemany("INSERT INTO _columns VALUES (?, ?)", filled)
        con.execute("DETACH staging")
    finally:
        con.close()


def swap_in(workspace: Path, built: Path, snapshot: str, url: str) -> None:
    """Put a snapshot file into the warehouse, publish it, and make it the one in use."""
    put(workspace, built, snapshot)
    use(workspace, snapshot, url)


def put(workspace: Path, built: Path, snapshot: str) -> None:
    """Put a snapshot file into the warehouse."""
    (workspace / FOLDER).mkdir(parents=True, exist_ok=True)
    remove_unfinished(workspace / FOLDER)
    # Even when it is there: an import mends a damaged file.
    copy_whole(built, snapshot_file(workspace, snapshot))


def use(workspace: Path, snapshot: str, url: str) -> None:
    """Publish a snapshot that is in the warehouse and make it the one in use."""
    publish(url, snapshot_file(workspace, snapshot), snapshot)
    write_text(workspace / FOLDER / POINTER, snapshot + "\n")


def copy_whole(file: Path, target: Path) -> None:
    """Put a copy of a file into the place of `target`, whole or not at all."""
    arriving = target.with_suffix(_ARRIVING)
    shutil.copyfile(file, arriving)
    _sync(arriving)
    arriving.replace(target)


def write_text(path: Path, text: str) -> None:
    """Replace a small file whole, never in part."""
    temporary = path.with_name(path.name + _WRITTEN)
    temporary.write_text(text, encoding="utf-8")
    _sync(temporary)
    temporary.replace(path)


def _sync(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


class Warehouse:
    """The snapshot in use; a new import is seen at the next call of `open`."""

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self._lock = threading.Lock()
        self._open: Snapshot | None = None

    def open(self) -> Snapshot:
        """The snapshot in use, opened read-only.

        Raises WorkspaceError when nothing has been imported or the file cannot be opened.
        """
        current = current_snapshot(self._workspace)
        if current is None:
            raise WorkspaceError(
                f"{self._workspace} holds no data yet.", "Run `tagayasu import` first."
            )
        with self._lock:
            if self._open is None or self._open.id != current:
                file = self._workspace / FOLDER / f"{current}.duckdb"
                url = settings.load_settings(self._workspace).warehouse.url
                self._open = Snapshot(current, open_engine(url, file, current))
            return self._open
