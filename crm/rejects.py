"""What an import refuses: every value with its place, why, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa

from crm.declared import declared
from crm.settings import Language

_FIELDS = ("table", "file", "row", "field", "column", "value", "reason")
_BATCH = 10_000


@dataclass(frozen=True)
class Reject:
    """One refused value: where it stands, what it is, and a reason code of `reasons`.

    `row` is the row in the file as a person counts it, `column` the heading there, `field` the
    canonical column; both are empty where the whole row is refused.
    """

    table: str
    file: str
    row: int
    field: str
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Refusal:
    """How many values of a column were refused for one reason."""

    table: str
    file: str
    column: str
    reason: str
    count: int


@cache
def reasons() -> dict[str, dict[Language, tuple[str, str]]]:
    """What each reason code means, and how to mend it, in ja and en."""
    words = declared("crm", "reasons.yaml")
    return {code: {lang: tuple(two) for lang, two in said.items()} for code, said in words.items()}


class Rejects:
    """The refused values of an import, in a table of its staging database: they may be many."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        con.execute("CREATE SEQUENCE _reject_order")
        con.execute(
            "CREATE TABLE _rejects (n BIGINT DEFAULT nextval('_reject_order'), \"table\" VARCHAR, "
            'file VARCHAR, row BIGINT, field VARCHAR, "column" VARCHAR, value VARCHAR, '
            "reason VARCHAR)"
        )

    def take(self, query: str) -> None:
        """Add what a query selects: a row of the fields of Reject, in its order."""
        self._con.execute(f"INSERT INTO _rejects ({_names()}) {query}")

    def add(self, rejects: Sequence[Reject]) -> None:
        """Add refusals that were found outside the database."""
        rows = [vars(reject) for reject in rejects]
        if rows:
            self._con.register("_refused", pa.Table.from_pylist(rows))
            self.take(f"SELECT {_names()} FROM _refused")
            self._con.unregister("_refused")

    def refusals(self) -> list[Refusal]:
        """How many there are of each kind, the most first."""
        kinds = '"table", file, "column", reason'
        rows = self._con.execute(
            f"SELECT {kinds}, count(*) FROM _rejects GROUP BY ALL ORDER BY 5 DESC, min(n)"
        ).fetchall()
        return [Refusal(*row) for row in rows]

    def first(self, count: int) -> list[Reject]:
        """The first so many."""
        return [one for batch in self._batches(f"LIMIT {count}") for one in batch]

    def __iter__(self) -> Iterator[Reject]:
        for batch in self._batches(""):
            yield from batch

    def replace_values(self, clean: Any) -> None:
        """Write every value as `clean` gives it."""
        values = self._con.execute("SELECT DISTINCT value FROM _rejects").fetchall()
        changed = [{"old": v, "new": clean(v)} for (v,) in values if clean(v) != v]
        if changed:
            self._con.register("_cleaned", pa.Table.from_pylist(changed))
            self._con.execute(
                "UPDATE _rejects SET value = _cleaned.new FROM _cleaned WHERE value = _cleaned.old"
            )
            self._con.unregister("_cleaned")

    def _batches(self, limit: str) -> Iterator[list[Reject]]:
        rows = self._con.cursor().execute(f"SELECT {_names()} FROM _rejects ORDER BY n {limit}")
        while batch := rows.fetchmany(_BATCH):
            yield [Reject(*row) for row in batch]


def _names() -> str:
    return ", ".join(f'"{one}"' for one in _FIELDS)
