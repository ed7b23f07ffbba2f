"""An open snapshot: its tables, and what has been calculated from them once and for all."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar, cast

import ibis
import pyarrow as pa
from ibis.backends import BaseBackend

from crm.engines import Engine
from crm.schema import tables as canonical_tables

T = TypeVar("T")
_KEPT = 64
"""More than any one tool builds on, so that none is dropped while it is in use."""
_numbers = count()
_TYPES = {"VARCHAR": "string", "BIGINT": "int64"}


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
    """An open snapshot: its id, and the engine that holds its tables.

    `resting` are the keys of what does not follow from the snapshot alone (see ScopedTables).
    """

    id: str
    engine: Engine
    memory: Memory = field(default_factory=Memory)
    resting: set[Hashable] = field(default_factory=set)
    _threads: threading.local = field(default_factory=threading.local)

    @property
    def filled(self) -> Mapping[str, frozenset[str]]:
        """The columns that the import filled, by table."""
        return self.engine.filled

    def table(self, name: str) -> ibis.Table:
        """A table of this snapshot, on the calling thread's own connection.

        An expression must be run in the thread that built it.
        """
        known: dict[str, ibis.Table] = self._threads.__dict__.setdefault("tables", {})
        if name not in known:
            known[name] = _complete(self._backend().table(name), name)
        return known[name]

    def view(self, key: Hashable, rows: Callable[[], ibis.Table]) -> ibis.Table:
        """A table expression under a name of its own on the calling thread's connection.

        What is built on a view is as quick to translate as what is built on a table.
        """
        views: dict[Hashable, ibis.Table] = self._threads.__dict__.setdefault("views", {})
        if key not in views:
            rows_ = rows()  # which may make views of its own: name this one after them
            views[key] = self.engine.view(self._backend(), f"view_{next(_numbers)}", rows_)
        return views[key]

    def keep(self, key: Hashable, build: Callable[[], ibis.Table | pa.Table]) -> ibis.Table:
        """What `build` gives as a temporary table of the calling thread, made once.

        What several tools start from (a row for each account) is calculated once and is quick to
        translate; the table used longest ago is dropped when there are many.
        """
        kept: OrderedDict[Hashable, ibis.Table] = self._threads.__dict__.setdefault(
            "kept", OrderedDict()
        )
        if key not in kept:
            built = build()  # which may keep tables of its own: name this one after them
            kept[key] = self.engine.store(self._backend(), f"kept_{next(_numbers)}", built)
            if len(kept) > _KEPT:
                _key, oldest = kept.popitem(last=False)
                self.engine.drop(self._backend(), oldest.get_name().rpartition(".")[2])
        kept.move_to_end(key)
        return kept[key]

    def rekey(self, key: Hashable, new: Hashable) -> ibis.Table:
        """The table kept under `key`, kept under `new` from now on."""
        kept: OrderedDict[Hashable, ibis.Table] = self._threads.kept
        return kept.setdefault(new, kept.pop(key))

    def _backend(self) -> BaseBackend:
        backend: BaseBackend | None = getattr(self._threads, "backend", None)
        if backend is None:
            backend = self._threads.backend = self.engine.backend()
        return backend


def _complete(rows: ibis.Table, name: str) -> ibis.Table:
    """The rows with every canonical column: one that an older import did not know is unknown."""
    columns = canonical_tables()[name].columns
    missing = {
        c.name: ibis.null(_TYPES.get(c.sql_type, c.sql_type.lower()))
        for c in columns
        if c.name not in rows.columns
    }
    return rows.mutate(**missing) if missing else rows
