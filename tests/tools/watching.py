"""Which tables a tool reads: where a company differs in none of them, it answers as before."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cache
from typing import Any, TypeVar

import ibis

from crm.scope import ScopedTables
from crm.settings import Settings
from crm.snapshot import Memory, Snapshot
from tests.companies import EVERYTHING, SAMPLE_DAY, tables_from
from tests.tools.asking import ask
from tests.tools.degenerate import HEAD, healthy
from tests.tools.requests import asked_of
from tools.facts import ToolResult

T = TypeVar("T")


class Watch:
    """Notes the tables read; what is kept or remembered has read what it was made from."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._before: dict[Hashable, set[str]] = {}

    def during(self, key: Hashable, make: Callable[[], T]) -> T:
        outer, self.seen = self.seen, set()
        made = make()
        self._before.setdefault(key, self.seen)
        self.seen = outer | self._before[key]
        return made


class WatchedMemory(Memory):
    """A memory that knows what its values were made from."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def get(self, key: Hashable, compute: Callable[[], T]) -> T:
        plain = super().get
        return self._watch.during(("memory", key), lambda: plain(key, compute))


class WatchedFilled(dict[str, frozenset[str]]):
    """The filled tables, which note each table that is asked for."""

    def __init__(self, filled: Any, watch: Watch) -> None:
        super().__init__(filled)
        self._watch = watch

    def __contains__(self, table: object) -> bool:
        self._watch.seen.add(str(table))
        return super().__contains__(table)

    def get(self, table: str, default: Any = None) -> Any:
        self._watch.seen.add(table)
        return super().get(table, default)


class WatchedSnapshot(Snapshot):
    """A snapshot whose tables are watched."""

    watch: Watch

    @property
    def filled(self) -> WatchedFilled:
        return WatchedFilled(self.engine.filled, self.watch)

    def view(self, key: Hashable, rows: Callable[[], ibis.Table]) -> ibis.Table:
        plain = super().view
        return self.watch.during(("view", key), lambda: plain(key, rows))

    def keep(self, key: Hashable, build: Callable[[], Any]) -> ibis.Table:
        plain = super().keep
        return self.watch.during(("keep", key), lambda: plain(key, build))


def _watched() -> WatchedSnapshot:
    watch = Watch()
    engine = tables_from(healthy()).snapshot.engine
    snapshot = WatchedSnapshot("0" * 12, engine, WatchedMemory(watch))
    object.__setattr__(snapshot, "watch", watch)  # a frozen dataclass
    return snapshot


@cache
def healthy_answers() -> list[tuple[str, ToolResult, frozenset[str]]]:
    """Each request to the healthy company: the tool, its answer, and the tables it read."""
    snapshot = _watched()
    tables = ScopedTables(snapshot, EVERYTHING, Settings())
    found = []
    for tool, given in asked_of(HEAD):
        snapshot.watch.seen = set()
        result = ask(tool, tables, SAMPLE_DAY, **given)
        found.append((tool, result, frozenset(snapshot.watch.seen)))
    return found


@cache
def tables_read(tool: str) -> frozenset[str]:
    """Every table that any request to a tool reads."""
    return frozenset().union(*(seen for name, _, seen in healthy_answers() if name == tool))
