"""Where the tables are kept and calculated: a DuckDB file, PostgreSQL or Spark, chosen by a URL.

A snapshot is made once in DuckDB by the import and then published to the engine; after that it is
only read. Each thread has a backend of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import duckdb
import ibis
import pyarrow as pa
from ibis.backends import BaseBackend

from crm.errors import WorkspaceError
from crm.schema import tables
from crm.values import name, quote

Filled = Mapping[str, frozenset[str]]


class Engine(Protocol):
    """What a snapshot needs of the place where its tables are."""

    @property
    def filled(self) -> Filled:
        """The columns that the import filled, by table."""

    def backend(self) -> BaseBackend:
        """A connection for the calling thread."""

    def view(self, backend: BaseBackend, view: str, rows: ibis.Table) -> ibis.Table:
        """The rows under a name of their own on this connection."""

    def store(self, backend: BaseBackend, table: str, rows: ibis.Table | pa.Table) -> ibis.Table:
        """What an expression gives, or rows of our own, as a temporary table."""

    def drop(self, backend: BaseBackend, table: str) -> None:
        """Forget a temporary table."""


def publish(url: str, file: Path, snapshot: str) -> None:
    """Bring a finished snapshot file to the engine of that URL; nothing is seen of it before.

    Raises WorkspaceError when the engine cannot be reached.
    """
    match _kind(url):
        case "postgresql":
            _publish_postgres(url, file, snapshot)
        case "spark":
            _publish_parquet(file)


def unpublish(url: str, snapshot: str) -> None:
    """Take a snapshot away from the engine of that URL, where it keeps one of its own.

    What lies beside the snapshot's file goes with the file.
    """
    if _kind(url) == "postgresql":
        with _connect(url) as con:
            con.execute(f"DROP SCHEMA IF EXISTS {name(_schema(snapshot))} CASCADE")


def open_engine(url: str, file: Path, snapshot: str) -> Engine:
    """The engine with a published snapshot, for reading.

    Raises WorkspaceError when it cannot be opened.
    """
    match _kind(url):
        case "postgresql":
            return _open_postgres(url, snapshot)
        case "spark":
            return _open_spark(url, file)
    return _open_duckdb(file)


def _kind(url: str) -> str:
    kind = url.partition(":")[0] or "duckdb"
    if kind not in ("duckdb", "postgresql", "spark"):
        raise WorkspaceError(
            f"`warehouse.url` names the engine `{kind}`, which is not known.",
            "Leave it empty (DuckDB), or write postgresql://... or spark:local[*].",
        )
    return kind


# ------------------------------------------------------------------ DuckDB


@dataclass(frozen=True)
class DuckDB:
    """A database file that is only read; every thread has a cursor of its own."""

    connection: duckdb.DuckDBPyConnection
    filled: Filled

    def backend(self) -> BaseBackend:
        return ibis.duckdb.from_connection(self.connection.cursor())

    def view(self, backend: BaseBackend, view: str, rows: ibis.Table) -> ibis.Table:
        backend.con.execute(f"CREATE TEMP VIEW {name(view)} AS {backend.compile(rows)}")
        return backend.table(view, database=("temp", "main"))

    def store(self, backend: BaseBackend, table: str, rows: ibis.Table | pa.Table) -> ibis.Table:
        if isinstance(rows, pa.Table):
            return backend.create_table(table, rows, temp=True)
        backend.con.execute(f"CREATE TEMP TABLE {name(table)} AS {backend.compile(rows)}")
        return backend.table(table, database=("temp", "main"))

    def drop(self, backend: BaseBackend, table: str) -> None:
        backend.con.execute(f"DROP TABLE temp.{name(table)}")


def _open_duckdb(file: Path) -> DuckDB:
    try:
        con = duckdb.connect(str(file), read_only=True)
        return DuckDB(con, _filled(con.execute('SELECT "table", "column" FROM _columns')))
    except duckdb.Error as error:
        raise WorkspaceError(
            f"The snapshot {file.name} cannot be opened.", "Import the data again."
        ) from error


def _filled(cursor: Any) -> Filled:
    found: dict[str, set[str]] = {}
    for table, column in cursor.fetchall():
        found.setdefault(table, set()).add(column)
    return {table: frozenset(columns) for table, columns in found.items()}


# ------------------------------------------------------------------ PostgreSQL


@dataclass(frozen=True)
class Postgres:
    """A schema for each snapshot; temporary views and tables belong to the thread's connection."""

    url: str
    schema: str
    filled: Filled

    def backend(self) -> BaseBackend:
        backend = ibis.connect(self.url)
        backend.raw_sql(f"SET search_path = {name(self.schema)}").close()
        return backend

    def view(self, backend: BaseBackend, view: str, rows: ibis.Table) -> ibis.Table:
        query = backend.compile(rows)
        backend.raw_sql(f"CREATE TEMP VIEW {name(view)} AS {query}").close()
        return backend.table(view)

    def store(self, backend: BaseBackend, table: str, rows: ibis.Table | pa.Table) -> ibis.Table:
        if isinstance(rows, pa.Table):
            return backend.create_table(table, rows, temp=True)
        columns = ", ".join(_typed(column, kind) for column, kind in rows.schema().items())
        query = f"SELECT {columns} FROM ({backend.compile(rows)}) AS made"
        backend.raw_sql(f"CREATE TEMP TABLE {name(table)} AS {query}").close()
        backend.raw_sql(f"ANALYZE {name(table)}").close()
        return backend.table(table)

    def drop(self, backend: BaseBackend, table: str) -> None:
        backend.raw_sql(f"DROP TABLE pg_temp.{name(table)}").close()


def _typed(column: str, kind: ibis.DataType) -> str:
    """The column, with the scale that its expression has: a table made of a query would lose it."""
    if kind.is_decimal() and kind.scale is not None:
        return f"CAST({name(column)} AS NUMERIC({kind.precision}, {kind.scale})) AS {name(column)}"
    return name(column)


def _schema(snapshot: str) -> str:
    return f"tagayasu_{snapshot}"


def _connect(url: str) -> Any:
    import psycopg

    try:
        return psycopg.connect(url, connect_timeout=10)
    except psycopg.Error as error:
        raise WorkspaceError(
            f"The PostgreSQL server at {urlsplit(url).hostname} cannot be reached.",
            "Check `warehouse.url` in settings.toml; a password belongs in PGPASSWORD or .pgpass.",
        ) from error


def _open_postgres(url: str, snapshot: str) -> Postgres:
    import psycopg

    schema = _schema(snapshot)
    with _connect(url) as con:
        try:
            filled = _filled(con.execute(f'SELECT "table", "column" FROM {name(schema)}._columns'))
        except psycopg.errors.UndefinedTable:
            raise WorkspaceError(
                f"The database has no snapshot {snapshot}.", "Import the data again."
            ) from None
    return Postgres(url, schema, filled)


def _publish_postgres(url: str, file: Path, snapshot: str) -> None:
    """All tables in one transaction; a snapshot that is there already stays as it is."""
    schema = name(_schema(snapshot))
    with _connect(url) as target, duckdb.connect(str(file), read_only=True) as source:
        known = target.execute("SELECT to_regnamespace(%s)", [_schema(snapshot)]).fetchone()
        if known and known[0]:
            return
        target.execute(f"CREATE SCHEMA {schema}")
        target.execute(f"SET LOCAL search_path = {schema}")
        target.execute('CREATE TABLE _columns ("table" VARCHAR, "column" VARCHAR)')
        for table in [*_published(source), "_columns"]:
            if spec := tables().get(table):
                target.execute(spec.ddl())
            _copy(source, target, table)
            if spec and "account_id" in spec.names:
                target.execute(f"CREATE INDEX ON {name(table)} (account_id)")
        target.execute("ANALYZE")


def _published(source: duckdb.DuckDBPyConnection) -> list[str]:
    rows = source.execute('SELECT DISTINCT "table" FROM _columns').fetchall()
    filled = {table for (table,) in rows}
    return [table for table in tables() if table in filled]


def _copy(source: duckdb.DuckDBPyConnection, target: Any, table: str) -> None:
    """One table as CSV through the pipe; a value that is unknown is an empty, unquoted field."""
    fetched = source.execute(f"SELECT * FROM {name(table)}")
    with target.cursor().copy(f"COPY {name(table)} FROM STDIN") as copy:
        while batch := fetched.fetchmany(10_000):
            for row in batch:
                copy.write_row(row)


# ------------------------------------------------------------------ Spark


@dataclass(frozen=True)
class Spark:
    """Parquet files read by one session; threads share it, so every name is used once."""

    session: Any
    filled: Filled

    def backend(self) -> BaseBackend:
        return ibis.pyspark.connect(self.session)

    def view(self, backend: BaseBackend, view: str, rows: ibis.Table) -> ibis.Table:
        query = backend.compile(rows)
        self.session.sql(f"CREATE TEMPORARY VIEW `{view}` AS {query}")
        return backend.table(view)

    def store(self, backend: BaseBackend, table: str, rows: ibis.Table | pa.Table) -> ibis.Table:
        if isinstance(rows, pa.Table):
            stored = self.session.createDataFrame(rows)
        else:
            stored = self.session.sql(backend.compile(rows))
        stored.cache().createOrReplaceTempView(table)
        return backend.table(table)

    def drop(self, backend: BaseBackend, table: str) -> None:
        self.session.catalog.uncacheTable(table)
        backend.raw_sql(f"DROP VIEW `{table}`")


def _parquet(file: Path) -> Path:
    return file.with_suffix(".parquet")


def _publish_parquet(file: Path) -> None:
    folder = _parquet(file)
    arriving = folder.with_suffix(".arriving")
    arriving.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(file), read_only=True) as source:
        for table in [*_published(source), "_columns"]:
            target = quote(str(arriving / f"{table}.parquet"))
            source.execute(f"COPY {name(table)} TO {target} (FORMAT parquet)")
    if not folder.exists():
        arriving.replace(folder)


def _open_spark(url: str, file: Path) -> Spark:
    import warnings

    from pyspark.sql import SparkSession

    warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
    folder = _parquet(file)
    columns = folder / "_columns.parquet"
    if not columns.is_file():
        raise WorkspaceError(f"The snapshot {folder.name} is not there.", "Import the data again.")
    builder = SparkSession.builder.master(
        url if url.startswith("spark://") else url[len("spark:") :]
    )
    settings = {
        "spark.app.name": "tagayasu",
        "spark.ui.enabled": "false",
        "spark.driver.memory": "2g",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
    }
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    filled = _filled(duckdb.sql(f'SELECT "table", "column" FROM {quote(str(columns))}'))
    for table in filled:
        session.read.parquet(str(folder / f"{table}.parquet")).createOrReplaceTempView(table)
    return Spark(session, filled)
