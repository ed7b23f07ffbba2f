"""Which tables a tool reads: where a company differs in none of them, it answers as before.

So what was made without a table is not made again to see what a tool does where it is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
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
ASKED = list(asked_of(HEAD))


class Watch:
    """Notes the tables read; what is kept or remembered has read what it was made from.

    While some are `missing`, what was made from others is what it was; the rest has a key apart.
    """

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.missing: frozenset[str] = frozenset()
        self._before: dict[Hashable, set[str]] = {}

    def during(self, kind: str, key: Hashable, make: Callable[[Hashable], T]) -> T:
        read = self._before.get((kind, key))
        if self.missing and (read is None or self.missing & read):
            key = (self.missing, key)
        outer, self.seen = self.seen, set()
        made = make(key)
        read = self._before.setdefault((kind, key), self.seen)
        self.seen = outer | read
        return made


class WatchedMemory(Memory):
    """A memory that knows what its values were made from."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def get(self, key: Hashable, compute: Callable[[], T]) -> T:
        plain = super().get
        return self._watch.during("memory", key, lambda own: plain(own, compute))


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
        there = {t: c for t, c in self.engine.filled.items() if t not in self.watch.missing}
        return WatchedFilled(there, self.watch)

    def table(self, name: str) -> ibis.Table:
        assert name not in self.watch.missing, f"{name} is read though it is missing"
        return super().table(name)

    def view(self, key: Hashable, rows: Callable[[], ibis.Table]) -> ibis.Table:
        plain = super().view
        return self.watch.during("view", key, lambda own: plain(own, rows))

    def keep(self, key: Hashable, build: Callable[[], Any]) -> ibis.Table:
        plain = super().keep
        return self.watch.during("keep", key, lambda own: plain(own, build))


@cache
def _watched() -> WatchedSnapshot:
    watch = Watch()
    engine = tables_from(healthy()).snapshot.engine
    snapshot = WatchedSnapshot("0" * 12, engine, WatchedMemory(watch))
    object.__setattr__(snapshot, "watch", watch)  # a frozen dataclass
    return snapshot


@contextmanager
def lacking(*missing: str) -> Iterator[ScopedTables]:
    """The healthy company without some of its tables."""
    snapshot = _watched()
    snapshot.watch.missing = frozenset(missing)
    try:
        yield ScopedTables(snapshot, EVERYTHING, Settings())
    finally:
        snapshot.watch.missing = frozenset()


@cache
def _answer(number: int) -> tuple[str, ToolResult, frozenset[str]]:
    """The answer to one of the requests: the tool, what it says, and the tables it read."""
    tool, given = ASKED[number]
    with lacking() as tables:
        watch = _watched().watch
        watch.seen = set()
        result = ask(tool, tables, SAMPLE_DAY, **given)
        return tool, result, frozenset(watch.seen)


def healthy_answers() -> list[tuple[str, ToolResult, frozenset[str]]]:
    """Each request to the healthy company: the tool, its answer, and the tables it read."""
    return [_answer(number) for number in range(len(ASKED))]


@cache
def tables_read(tool: str) -> frozenset[str]:
    """Every table that any request to a tool reads."""
    return frozenset().union(*(seen for name, _, seen in healthy_answers() if name == tool))


def tables_read_at_first(tool: str) -> frozenset[str]:
    """Every table that the first request to a tool reads."""
    number = [name for name, _ in ASKED].index(tool)
    return _answer(number)[2]
