"""A table of a database comes whole and exact, nothing is written, and no password is told."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import duckdb
import psycopg
import pytest

from crm.errors import InputError
from crm.mapping import Source
from crm.readers import Database, load, peek
from tests.conftest import new_postgres

Rows = list[tuple[object, ...]]
TABLES = """
CREATE SCHEMA crm;
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE crm."Opp ""x" (
    id int PRIMARY KEY, "会社" text, amount numeric(30, 10), share float8, small real,
    at timestamptz, plain timestamp, day date, mood mood, cash money, won boolean, tags jsonb
);
INSERT INTO crm."Opp ""x" VALUES
    (1, '東都', 12345678901234567890.0123456789, 0.1::float8 + 0.2::float8, 0.1,
     '2026-04-01 00:30:00.5+09', '2026-04-01 09:30', '2026-04-01', 'good', 1234.5, true,
     '{"a": 1}'),
    (2, '', NULL, 1e20, 1.5e-7, 'infinity', NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE accounts (id text);
CREATE VIEW named AS SELECT id AS account_id FROM accounts;
CREATE TABLE photos (id int, photo bytea);
CREATE TABLE lists (id int, tags text[]);
"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with new_postgres() as address:
        with psycopg.connect(address) as con:
            con.execute(TABLES)
        yield address


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    con = sqlite3.connect(tmp_path / "crm.sqlite")
    con.executescript(
        """
        CREATE TABLE "opp x" (id INTEGER PRIMARY KEY, name TEXT, amount DECIMAL(10, 2), anything);
        INSERT INTO "opp x" VALUES (1, '東都', 1.10, 9007199254740993), (2, '', 1e20, '007');
        INSERT INTO "opp x" VALUES (3, NULL, 0.1 + 0.2, NULL);
        CREATE TABLE photos (id INTEGER, photo);
        INSERT INTO photos VALUES (1, x'00');
        CREATE VIEW named AS SELECT name FROM "opp x";
        """
    )
    con.close()
    return f"sqlite:///{tmp_path / 'crm.sqlite'}"


def read(database: Database, table: str, folder: Path) -> Rows:
    con = duckdb.connect()
    load(con, "t", folder, Source(table=table), folder, database=database)
    return con.execute("SELECT * FROM t ORDER BY _row").fetchall()


def test_every_value_of_postgresql_is_read_exactly(postgres: str, tmp_path: Path) -> None:
    with Database(postgres) as database:
        first, second = read(database, 'crm.Opp "x', tmp_path)
    assert first == (
        1, "1", "東都", "12345678901234567890.0123456789", "0.3", "0.1",
        "2026-03-31T15:30:00.5Z", "2026-04-01 09:30:00", "2026-04-01", "good", "1234.50", "true",
        '{"a": 1}',
    )  # fmt: skip
    assert second[:7] == (2, "2", None, None, "1" + "0" * 20, "0.00000015", "infinity")


def test_every_value_of_sqlite_is_read_exactly(sqlite: str, tmp_path: Path) -> None:
    with Database(sqlite) as database:
        assert read(database, "opp x", tmp_path) == [
            (1, "1", "東都", "1.1", "9007199254740993"),
            (2, "2", None, "1" + "0" * 20, "007"),
            (3, "3", None, "0.3", None),
        ]


def test_tables_of_one_import_are_read_as_they_stood_together(
    postgres: str, tmp_path: Path
) -> None:
    with Database(postgres) as database, psycopg.connect(postgres, autocommit=True) as other:
        assert read(database, "accounts", tmp_path) == []
        other.execute("INSERT INTO accounts VALUES ('later')")
        assert read(database, "public.named", tmp_path) == []
    with Database(postgres) as database:
        assert read(database, "named", tmp_path) == [(1, "later")]


def test_nothing_can_be_written(postgres: str, sqlite: str) -> None:
    for url in (postgres, sqlite):
        with Database(url) as database:
            database.tables()
            assert database._backend is not None
            with pytest.raises((psycopg.errors.ReadOnlySqlTransaction, sqlite3.OperationalError)):
                database._backend.con.execute("CREATE TABLE ours (id int)")


def test_a_long_table_comes_in_batches(postgres: str, tmp_path: Path) -> None:
    with psycopg.connect(postgres) as con:
        con.execute("CREATE TABLE IF NOT EXISTS long AS SELECT generate_series(1, 123456) AS id")
    ours = duckdb.connect()
    with Database(postgres) as database:
        loaded = load(ours, "t", tmp_path, Source(table="long"), tmp_path, database=database)
    assert loaded.rows == 123_456
    query = "SELECT sum(CAST(id AS BIGINT)), max(_row) FROM t"
    assert ours.execute(query).fetchone() == (123_456 * 123_457 // 2, 123_456)


@pytest.mark.parametrize("kind", ["postgres", "sqlite"])
def test_an_unknown_table_is_named_with_those_that_exist(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with (
        Database(request.getfixturevalue(kind)) as database,
        pytest.raises(InputError, match="has no table `deals`") as refusal,
    ):
        read(database, "deals", tmp_path)
    assert "named" in refusal.value.remedy


@pytest.mark.parametrize(("table", "column"), [("photos", "photo"), ("lists", "tags")])
def test_a_column_that_is_no_text_is_refused_by_its_name(
    postgres: str, tmp_path: Path, table: str, column: str
) -> None:
    with Database(postgres) as database, pytest.raises(InputError, match=f"column `{column}`"):
        read(database, table, tmp_path)


def test_bytes_in_a_column_of_sqlite_are_refused(sqlite: str, tmp_path: Path) -> None:
    with Database(sqlite) as database, pytest.raises(InputError, match="column `photo`"):
        read(database, "photos", tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:hush@127.0.0.1:1/crm",
        "postgresql://me:hu/hush@127.0.0.1:1/crm",
        "postgresql://me:a@hush@127.0.0.1:1/crm",
        "postgresql://127.0.0.1:1/crm?password=hush",
        "host=127.0.0.1 port=1 password=hush",
        "nothing://me:hush@127.0.0.1/crm",
        "hush",
    ],
)
def test_no_message_tells_a_password(url: str, tmp_path: Path) -> None:
    database = Database(url)
    with pytest.raises(InputError) as refusal:
        read(database, "t", tmp_path)
    told = f"{refusal.value} {refusal.value.remedy} {database!r} {refusal.value.__cause__}"
    assert "hush" not in told


def test_a_database_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no SQLite database"):
        Database(f"sqlite:///{tmp_path}/gone.db").tables()
    assert not (tmp_path / "gone.db").exists()


def test_a_table_without_a_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="table of a database") as refusal:
        load(duckdb.connect(), "t", tmp_path, Source(table="deals"), tmp_path)
    assert "warehouse.source_url" in refusal.value.remedy


def test_each_table_of_a_database_shows_its_first_rows(postgres: str) -> None:
    with Database(postgres) as database:
        seen = {peeked.file: peeked for peeked in peek(database)}
    assert seen['crm.Opp "x'].columns[:2] == ("id", "会社")
    assert seen['crm.Opp "x'].rows_sampled[0][1] == "東都"
    assert "photo" in seen["photos"].problem
    assert not any("pg_" in table for table in seen)
