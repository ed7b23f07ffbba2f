"""The warehouse of a workspace: immutable snapshots, and one pointer that is swapped atomically."""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TypeVar, cast

import duckdb
import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend

from crm import settings
from crm.errors import WorkspaceError
from crm.schema import tables
from crm.values import name, quote

T = TypeVar("T")
_FOLDER = "warehouse"
_POINTER = "CURRENT"
_KEPT = 48
_numbers = count()


def check_target(workspace: Path) -> None:
    """Refuse to import into something that is neither a workspace nor an empty or new folder."""
    if workspace.exists() and not workspace.is_dir():
        raise WorkspaceError(f"{workspace} is a file.", "Name a folder with --workspace.")
    if workspace.is_dir() and any(workspace.iterdir()):
        settings.load_settings(workspace)


def current_snapshot(workspace: Path) -> str | None:
    """The id of the snapshot in use, or None before the first import."""
    try:
        text = (
            (workspace / _FOLDER / _POINTER).read_text(encoding="utf-8", errors="replace").strip()
        )
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not re.fullmatch(r"[0-9a-f]{12}", text):
        raise WorkspaceError(
            f"The snapshot pointer of {workspace} is damaged.", "Import the data again."
        )
    return text


def write_snapshot(
    target: Path, staging: Path, snapshot: str, columns: Mapping[str, tuple[str, ...]]
) -> None:
    """Write the canonical tables of a staging database into a new snapshot file."""
    con = duckdb.connect(str(target))
    try:
        con.execute(f"ATTACH {quote(str(staging))} AS staging (READ_ONLY)")
        for table in tables().values():
            if table.name in columns:
                con.execute(table.ddl())
                con.execute(
                    f"INSERT INTO {name(table.name)} "
                    f"SELECT * FROM staging.canonical.{name(table.name)}"
                )
        con.execute("CREATE TABLE _snapshot (id VARCHAR)")
        con.execute("INSERT INTO _snapshot VALUES (?)", [snapshot])
        con.execute('CREATE TABLE _columns ("table" VARCHAR, "column" VARCHAR)')
        filled = [(t, c) for t, names in columns.items() for c in names]
        con.executemany("INSERT INTO _columns VALUES (?, ?)", filled)
        con.execute("DETACH staging")
    finally:
        con.close()


def swap_in(workspace: Path, built: Path, snapshot: str) -> None:
    """Put a snapshot file into the warehouse and make it the one in use."""
    folder = workspace / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    target, arriving = folder / f"{snapshot}.duckdb", folder / f"{snapshot}.arriving"
    shutil.copyfile(built, arriving)
    _sync(arriving)
    arriving.replace(target)  # even when it is there: an import mends a damaged file
    write_text(folder / _POINTER, snapshot + "\n")


def write_text(path: Path, text: str) -> None:
    """Replace a small file whole, never in part."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text, encoding="utf-8")
    _sync(temporary)
    temporary.replace(path)


def _sync(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


class Memory:
    """The values last computed on an immutable snapshot; the oldest leave first."""

    def __init__(self, size: int = 256) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, object] = OrderedDict()

    def get(self, key: Hashable, compute: Callable[[], T]) -> T:
        """The value kept for the key, else the computed one, which is kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return cast(T, self._values[key])
        value = compute()
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._size:
                self._values.popitem(last=False)
        return value


@dataclass(frozen=True)
class Snapshot:
    """An open snapshot: its id, a connection, and which columns the import filled."""

    id: str
    connection: duckdb.DuckDBPyConnection
    filled: Mapping[str, frozenset[str]]
    memory: Memory = field(default_factory=Memory)
    _threads: threading.local = field(default_factory=threading.local)

    def table(self, name: str) -> ibis.Table:
        """A table of this snapshot, on the calling thread's own connection.

        An expression must be run in the thread that built it.
        """
        known: dict[str, ibis.Table] = self._threads.__dict__.setdefault("tables", {})
        if name not in known:
            known[name] = self._backend().table(name)
        return known[name]

    def view(self, key: Hashable, rows: Callable[[], ibis.Table]) -> ibis.Table:
        """A table expression under a name of its own on the calling thread's connection.

        What is built on a view is as quick to translate as what is built on a table.
        """
        views: dict[Hashable, ibis.Table] = self._threads.__dict__.setdefault("views", {})
        if key not in views:
            query = ibis.to_sql(rows())  # which may make views of its own: name this one after
            view = f"view_{len(views)}"
            backend = self._backend()
            backend.con.execute(f"CREATE TEMP VIEW {name(view)} AS {query}")
            views[key] = backend.table(view, database=("temp", "main"))
        return views[key]

    def keep(self, key: Hashable, build: Callable[[], ibis.Table | pa.Table]) -> ibis.Table:
        """What `build` gives as a temporary table of the calling thread, made once.

        What several tools start from (a row for each account) is calculated once and is quick to
        translate; the tables used longest ago are dropped when nothing refers to them any more.
        """
        kept: OrderedDict[Hashable, ibis.Table] = self._threads.__dict__.setdefault(
            "kept", OrderedDict()
        )
        if key not in kept:
            built = build()
            if isinstance(built, pa.Table):
                name = f"kept_{next(_numbers)}"
                kept[key] = self._backend().create_table(name, built, temp=True)
            else:
                kept[key] = built.cache()
            while len(kept) > _KEPT:
                kept.popitem(last=False)
        kept.move_to_end(key)
        return kept[key]

    def _backend(self) -> Backend:
        backend: Backend | None = getattr(self._threads, "backend", None)
        if backend is None:
            backend = ibis.duckdb.from_connection(self.connection.cursor())
            self._threads.backend = backend
        return backend


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
                self._open = _open(self._workspace / _FOLDER / f"{current}.duckdb", current)
            return self._open


def _open(path: Path, snapshot: str) -> Snapshot:
    try:
        con = duckdb.connect(str(path), read_only=True)
        rows = con.execute('SELECT "table", "column" FROM _columns').fetchall()
    except duckdb.Error as error:
        raise WorkspaceError(
            f"The snapshot {path.name} cannot be opened.", "Import the data again."
        ) from error
    filled: dict[str, set[str]] = {}
    for table, column in rows:
        filled.setdefault(table, set()).add(column)
    return Snapshot(snapshot, con, {t: frozenset(c) for t, c in filled.items()})
