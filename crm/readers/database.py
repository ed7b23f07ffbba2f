"""A database is read as it stands, table by table: nothing is written, and no password is told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote as escaped
from urllib.parse import urlsplit

import ibis
import sqlglot as sg
import sqlglot.expressions as sge
from ibis.backends import BaseBackend

from crm.errors import InputError
from crm.readers.shown import number, plain
from crm.readers.staging import Reading, Row, check_columns

_BATCH = 10_000
_SECONDS = 10
_NAMED = 20
_SYSTEM = {"information_schema", "pg_catalog", "pg_toast"}
_ADDRESS = re.compile(r"\w+://(?:[^@/?#]*@)?([\w.-]+)(?::[0-9]+)?/([\w.-]+)(?:\?.*)?")
"""An address that is certain to be taken apart right: else a part of a password could be told."""
_MOMENT = re.compile(r"(\d+-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?:\+00(?::?00)?|Z)")


class Database:
    """A database by its address; it is connected when it is first asked for something.

    PostgreSQL is read in one transaction that writes nothing, so that its tables fit together.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._backend: BaseBackend | None = None
        self._tables: dict[str, tuple[str | None, str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Database({self.place})"

    def close(self) -> None:
        """Part from it."""
        if self._backend is not None:
            self._backend.disconnect()
            self._backend = None

    @property
    def place(self) -> str:
        """Where it is, in words, without user or password."""
        if self._url.startswith("sqlite:"):
            return f"SQLite database {self._url.rpartition('/')[2]}"
        found = _ADDRESS.fullmatch(self._url)
        return f"database `{found[2]}` at {found[1]}" if found else "database to read from"

    def tables(self) -> list[str]:
        """The names of its tables and views; those of the usual schema stand without it."""
        if not self._tables:
            with self._told():
                backend = self._connected()
                for each in sorted(backend.list_tables()):
                    self._tables[each] = None, each
                usual = {getattr(backend, "current_database", None)}
                known = set(getattr(backend, "list_databases", lambda: ())())
                for schema in sorted(known - _SYSTEM - usual):
                    for each in sorted(backend.list_tables(database=schema)):
                        self._tables[f"{schema}.{each}"] = schema, each
        return list(self._tables)

    def reading(self, table: str, most: int | None = None) -> Reading:
        """The rows of a table as texts, counted from 1 in the order in which they come.

        Raises InputError for a table that is not there, or a column of bytes or lists.
        """
        schema, known = self._found(table)
        select = sg.select().from_(sge.table_(known, db=schema, quoted=True))
        if most is not None:
            select = select.limit(most)
        with self._told():
            backend = self._connected()
            if backend.name == "sqlite":
                select = select.select("*")
                cursor = backend.raw_sql(select.sql("sqlite"))
                columns = tuple(each[0] for each in cursor.description)
                rows = self._sqlite_rows(table, columns, cursor)
            else:
                kinds = dict(backend.table(known, database=schema).schema().items())
                columns = tuple(kinds)
                for column, kind in kinds.items():
                    if kind.is_binary() or kind.is_nested():
                        raise _no_text(table, column)
                rows = self._rows(backend, select, kinds)
        check_columns(table, columns)
        return Reading(table, columns, rows)

    def _found(self, table: str) -> tuple[str | None, str]:
        names = self.tables()
        usual = getattr(self._connected(), "current_database", None)
        found = self._tables.get(table) or self._tables.get(table.removeprefix(f"{usual}."))
        if found is None:
            shown = ", ".join(names[:_NAMED]) + (" and others" if len(names) > _NAMED else "")
            raise InputError(
                f"The {self.place} has no table `{table}`.", f"Its tables: {shown or 'none'}."
            )
        return found

    def _rows(
        self, backend: BaseBackend, select: sge.Select, kinds: Mapping[str, Any]
    ) -> Iterator[Row]:
        """The rows as the database itself writes its values."""
        select = select.select(*(_as_text(backend, *each) for each in kinds.items()))
        floats = [place for place, kind in enumerate(kinds.values()) if kind.is_floating()]
        moments = [place for place, kind in enumerate(kinds.values()) if kind.is_timestamp()]
        count = 0
        with self._told():
            query = select.sql(backend.dialect)
            for cells in _streamed(backend, query, list(kinds)):
                for place in floats:
                    cells[place] = _exact(cells[place])
                for place in moments:
                    cells[place] = _in_utc(cells[place])
                count += 1
                yield count, cells

    def _sqlite_rows(self, table: str, columns: tuple[str, ...], cursor: Any) -> Iterator[Row]:
        """The rows as they are stored: SQLite's columns have no type to rely on."""
        count = 0
        with self._told():
            while batch := cursor.fetchmany(_BATCH):
                for stored in batch:
                    count += 1
                    for column, cell in zip(columns, stored, strict=True):
                        if isinstance(cell, bytes):
                            raise _no_text(table, column)
                    yield count, [_exact(repr(c)) if isinstance(c, float) else _text(c)
                                  for c in stored]  # fmt: skip

    def _connected(self) -> BaseBackend:
        if self._backend is None:
            kind = urlsplit(self._url).scheme
            if kind in ("postgresql", "postgres"):
                self._backend = _postgres(self._url)
            elif kind == "sqlite":
                self._backend = _sqlite(self._url)
            else:
                self._backend = ibis.connect(self._url)
        return self._backend

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What a driver raises is told without its words: they may hold a password."""
        try:
            yield
        except InputError:
            raise
        except Exception:  # noqa: BLE001 - any driver's
            if self._backend is not None and self._backend.name == "postgres":
                _begin(self._backend.con)  # what has failed must not spoil the other tables
            raise InputError(
                f"The {self.place} cannot be read.",
                "Check `warehouse.source_url`, that the server runs, and what its user may read; "
                "a password belongs in PGPASSWORD or .pgpass.",
            ) from None


def _postgres(url: str) -> BaseBackend:
    """One transaction for all that is read; days and moments as ISO text, in UTC."""
    import psycopg

    con = psycopg.connect(url, connect_timeout=_SECONDS)
    con.read_only = True
    con.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    con.execute("SET datestyle = 'ISO, YMD'")
    con.commit()
    backend = ibis.postgres.from_connection(con)  # which sets the time zone
    _begin(con)
    return backend


def _begin(con: Any) -> None:
    """Begin the transaction in which all is read; one that has failed ends."""
    con.rollback()
    con.execute("SELECT 1")


def _streamed(backend: BaseBackend, query: str, columns: list[str]) -> Iterator[list[str | None]]:
    """What a query of texts gives, a batch at a time."""
    if backend.name == "postgres":
        with backend.con.cursor(name="tagayasu_reads") as cursor:
            cursor.execute(query)
            while rows := cursor.fetchmany(_BATCH):
                yield from map(list, rows)
        return
    found = backend.sql(query, schema=dict.fromkeys(columns, "string"))
    for batch in found.to_pyarrow_batches(chunk_size=_BATCH):
        yield from map(list, zip(*(each.to_pylist() for each in batch.columns), strict=True))


def _sqlite(url: str) -> BaseBackend:
    import sqlite3

    parts = urlsplit(url)
    path = Path(re.sub("^//+", "/", parts.netloc + parts.path))
    if not path.is_file():
        raise InputError(f"There is no SQLite database {path}.", "Correct `warehouse.source_url`.")
    con = sqlite3.connect(f"file:{escaped(str(path))}?mode=ro", uri=True)
    return ibis.sqlite.from_connection(con)


def _as_text(backend: BaseBackend, column: str, kind: Any) -> Any:
    cell: Any = sg.column(column, quoted=True)
    if backend.name == "postgres" and kind.is_decimal():  # money is shown with a sign of its own
        cell = sge.Cast(this=cell, to=sge.DataType.build("decimal"))
    return sge.Cast(this=cell, to=sge.DataType.build("text")).as_(column, quoted=True)


def _exact(text: str | None) -> str | None:
    """A binary fraction by the 15 digits that are meant, without an exponent."""
    value = number(text) if text else None
    return text if value is None else plain(value)


def _in_utc(text: str | None) -> str | None:
    found = _MOMENT.fullmatch(text) if text else None
    return f"{found[1]}T{found[2]}Z" if found else text


def _text(cell: object) -> str | None:
    return None if cell is None else str(cell)


def _no_text(table: str, column: str) -> InputError:
    return InputError(
        f"{table}: the column `{column}` holds bytes, lists or records.",
        "Make a view without it, and name the view.",
    )
