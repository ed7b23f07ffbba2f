"""A Parquet file keeps its types and its row numbers; what is no table is refused by column."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crm.errors import InputError
from crm.mapping import Source
from crm.readers import Note, load, peek

MOMENT = datetime(2026, 3, 31, 15, 30, 0, 123456, tzinfo=UTC)


def read(
    folder: Path, columns: dict[str, object], file: str = "a.parquet"
) -> list[tuple[object, ...]]:
    pq.write_table(pa.table(columns), folder / file, row_group_size=50_000)
    con = duckdb.connect()
    con.execute("SET TimeZone = 'America/New_York'")
    load(con, "t", folder, Source(file=file), folder)
    return con.execute("SELECT * FROM t ORDER BY _row").fetchall()


def test_decimals_days_and_moments_are_read_exactly(tmp_path: Path) -> None:
    columns = {
        "amount": pa.array([Decimal("12345678901234567890.0123")], pa.decimal128(38, 4)),
        "day": pa.array([date(2026, 4, 1)]),
        "moment": pa.array([MOMENT], pa.timestamp("us", tz="Asia/Tokyo")),
        "fine": pa.array([1774971000123456789], pa.timestamp("ns", tz="UTC")),
        "plain": pa.array([datetime(2026, 4, 1, 9, 30)], pa.timestamp("ms")),
        "large": pa.array([2**64 - 1], pa.uint64()),
        "kind": pa.array(["a"]).dictionary_encode(),
    }
    assert read(tmp_path, columns) == [
        (
            1, Decimal("12345678901234567890.0123"), date(2026, 4, 1),
            "2026-03-31T15:30:00.123456Z", "2026-03-31T15:30:00.123456789Z",
            datetime(2026, 4, 1, 9, 30), 2**64 - 1, "a",
        )
    ]  # fmt: skip
    assert MOMENT.astimezone(ZoneInfo("Asia/Tokyo")).day == 1


@pytest.mark.parametrize(
    "column",
    [
        pa.array([[1]]),
        pa.array([{"a": 1}]),
        pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
        pa.array([Decimal(1)], pa.decimal256(60, 2)),
    ],
)
def test_a_column_that_is_no_value_is_refused_by_its_name(tmp_path: Path, column: object) -> None:
    with pytest.raises(InputError, match=r"a\.parquet: the column `tags` holds"):
        read(tmp_path, {"id": ["1"], "tags": column})


def test_pictures_are_left_out_and_said(tmp_path: Path) -> None:
    columns = {"id": ["1"], "photo": pa.array([b"\xff"])}
    assert read(tmp_path, columns) == [(1, "1")]
    (seen,) = peek(tmp_path)
    assert seen.notes == (Note("bytes_left_out", "a.parquet", "photo"),)
    assert (seen.columns, seen.rows_sampled) == (("id",), (("1",),))


def test_rows_of_many_groups_keep_their_numbers(tmp_path: Path) -> None:
    rows = read(tmp_path, {"n": pa.array(range(200_000))})
    assert all(row == (number + 1, number) for number, row in enumerate(rows))


@pytest.mark.parametrize("file", ["a[1].parquet", "a*.parquet", "a?.parquet"])
def test_a_name_is_a_name_and_no_pattern(tmp_path: Path, file: str) -> None:
    (tmp_path / "a1.parquet").write_bytes(b"another")
    assert read(tmp_path, {"id": ["1"]}, file) == [(1, "1")]


@pytest.mark.parametrize("file", ["a[1].csv", "a*.csv"])
def test_a_name_of_a_text_is_no_pattern_either(tmp_path: Path, file: str) -> None:
    (tmp_path / "a1.csv").write_text("id\n2\n", encoding="utf-8")
    (tmp_path / file).write_text("id\n1\n", encoding="utf-8")
    con = duckdb.connect()
    assert load(con, "t", tmp_path, Source(file=file), tmp_path).rows == 1
    assert con.execute("SELECT id FROM t").fetchall() == [("1",)]
