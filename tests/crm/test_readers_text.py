"""A text is read whole: whichever way it is read, no row is lost, and nothing in it is guessed."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.errors import InputError
from crm.mapping import Source
from crm.readers import Loaded, Ragged, detect_encoding, load
from crm.readers.staging import stage
from crm.readers.text import Text

Rows = list[tuple[object, ...]]


def read(folder: Path, data: bytes | str, file: str = "a.csv", **options: object) -> Loaded:
    """What reading a file of that content gives; its rows are those of `rows`."""
    (folder / file).write_bytes(data if isinstance(data, bytes) else data.encode())
    con = duckdb.connect(str(folder / "read.duckdb"))
    con.execute('DROP TABLE IF EXISTS "t"')
    try:
        return load(con, "t", folder, Source.model_validate({"file": file, **options}), folder)
    finally:
        con.close()


def rows(folder: Path) -> Rows:
    with duckdb.connect(str(folder / "read.duckdb")) as con:
        return con.execute("SELECT * FROM t ORDER BY _row").fetchall()


# ------------------------------------------------------------------ encodings


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["id,name\n1,a\n", "番号\t名前\r\n一\t\u3000東都\u3000\r\n"])
def test_utf_16_without_a_byte_order_mark_is_known_by_its_zero_bytes(
    tmp_path: Path, encoding: str, text: str
) -> None:
    loaded = read(tmp_path, text.encode(encoding))
    assert (loaded.encoding, loaded.rows) == (encoding, 1)


def test_zero_bytes_alone_do_not_make_utf_16(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.csv: row 3 holds a NUL character"):
        read(tmp_path, b"id,name\n1,a\n2,\0b\n")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_second_byte_order_mark_shows_that_two_files_were_joined(
    tmp_path: Path, encoding: str
) -> None:
    text = "id,name\n1,a\n\ufeffid,name\n2,b\n"
    with pytest.raises(InputError, match="row 3 holds a second byte order mark"):
        read(tmp_path, text.encode(encoding))


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path: Path) -> None:
    read(tmp_path, "\ufeffid,name\n1,a\n", encoding="utf-8")
    assert rows(tmp_path) == [(2, "1", "a")]


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff")))
def test_every_text_is_read_in_the_encoding_it_was_written_in(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = tmp_path_factory.mktemp("encodings")
    text = "id,name\n1," + text.translate(dict.fromkeys(map(ord, ',"'))) + "東\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"):
        file = folder / f"{encoding}.csv"
        file.write_bytes(text.encode(encoding))
        assert file.read_bytes().decode(detect_encoding(file)) == text


# ------------------------------------------------------------------ delimiters


@pytest.mark.parametrize("file", ["a.csv", "a.tsv", "a.txt"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_seen_whatever_the_ending_of_the_name(
    tmp_path: Path, file: str, delimiter: str
) -> None:
    text = "id,name,city\n1,東都,\n2,西都,大阪\n".replace(",", delimiter)
    assert read(tmp_path, text, file).delimiter == delimiter
    assert rows(tmp_path) == [(2, "1", "東都", None), (3, "2", "西都", "大阪")]


def test_a_delimiter_in_quotes_is_none(tmp_path: Path) -> None:
    assert read(tmp_path, 'id;name\n1;"a,b"\n2;"c,d"\n').delimiter == ";"


@pytest.mark.parametrize(("file", "delimiter"), [("a.csv", ","), ("a.tsv", "\t")])
def test_where_two_cut_every_row_alike_the_ending_decides(
    tmp_path: Path, file: str, delimiter: str
) -> None:
    assert read(tmp_path, "a,b\tc\n1,2\t3\n", file).delimiter == delimiter


@pytest.mark.parametrize(
    "text",
    [
        "a;b|c\n1;2|3\n",  # both cut every row, and neither is usual
        "a,b;c\n1,2;3\n1;2\n1;2\n1;2\n1;2,3\n",  # the usual one does not cut the rows alike
        "売上; 千円\n1\n2\n",  # one column, or a semicolon?
    ],
)
def test_an_unclear_delimiter_is_asked_for_and_not_guessed(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="it is unclear what parts its columns") as refusal:
        read(tmp_path, text)
    assert refusal.value.remedy == "Say `delimiter` in the mapping."


def test_one_column_needs_no_delimiter(tmp_path: Path) -> None:
    read(tmp_path, "id\n1\n\n2\n")
    assert rows(tmp_path) == [(2, "1"), (4, "2")]


@given(
    st.sampled_from([",", "\t", ";", "|"]),
    st.lists(st.lists(st.text('ab1 ,;|\t"\n東', max_size=6), min_size=3, max_size=3), min_size=1),
)
def test_the_delimiter_is_found_or_asked_for_but_never_another(
    tmp_path_factory: pytest.TempPathFactory, delimiter: str, cells: list[list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("delimiters")
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter)
    writer.writerows([["id", "name", "city"], *cells])
    try:
        assert read(folder, stream.getvalue()).delimiter == delimiter
    except InputError as refusal:
        assert "unclear" in refusal.what  # noqa: PT017 - either is right


# ------------------------------------------------------------------ rows


@pytest.mark.parametrize("alias", ["sub/a", "../a", "a b"])
def test_a_source_may_be_called_anything(tmp_path: Path, alias: str) -> None:
    (tmp_path / "scratch").mkdir()
    (tmp_path / "a.csv").write_bytes("id\n東都\n".encode("cp932"))
    load(duckdb.connect(), alias, tmp_path, Source(file="a.csv"), tmp_path / "scratch")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.csv", "scratch"]


def test_a_table_has_no_more_columns_than_a_sheet(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="more than 16,384 columns"):
        read(tmp_path, ",".join(f"c{n}" for n in range(16_385)) + "\n")


def test_the_header_may_stand_below_a_title(tmp_path: Path) -> None:
    text = "顧客一覧,,\n\nid,name,city\n1,a,b\n"
    loaded = read(tmp_path, text, header_row=3)
    assert rows(tmp_path) == [(4, "1", "a", "b")]
    assert loaded.header_row == 3


def test_names_of_our_own_take_the_place_of_a_header(tmp_path: Path) -> None:
    read(tmp_path, "x,y\n1,a\n", header=["id", "name"], header_row=1)
    assert rows(tmp_path) == [(2, "1", "a")]


def test_blank_lines_before_the_header_are_passed_over_and_count(tmp_path: Path) -> None:
    loaded = read(tmp_path, "\n\nid,name\n1,a\n")
    assert rows(tmp_path) == [(4, "1", "a")]
    assert loaded.header_row == 3


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_ends_a_row_but_not_inside_quotes(tmp_path: Path, end: str) -> None:
    read(tmp_path, f'id,name{end}1,"a{end}b"{end}2,"c""d"{end}')
    assert rows(tmp_path) == [(2, "1", f"a{end}b"), (3, "2", 'c"d')]


def test_a_quote_that_is_never_closed_is_refused_with_its_row(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="after row 2: a quote is never closed") as refusal:
        read(tmp_path, 'id,name\n1,a\n2,"b\n3,c\n')
    assert refusal.value.remedy == "Mend the quotes of row 3."


def test_a_file_of_which_most_rows_do_not_fit_is_refused_as_a_whole(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"2,000 of 2,500 rows .* row 502") as refusal:
        read(tmp_path, "id,name\n" + "1,a\n" * 500 + "1,a,b\n" * 2_000)
    assert "`delimiter`" in refusal.value.remedy


def test_up_to_a_thousand_bad_rows_are_handed_back_one_by_one(tmp_path: Path) -> None:
    loaded = read(tmp_path, "id,name\n" + "1,a,b\n" * 1_000)
    assert (loaded.rows, len(loaded.ragged)) == (0, 1_000)


_CELL = st.text("a,\"\n\r\t 東'\\", max_size=5)


@settings(max_examples=150)
@given(
    st.lists(st.lists(_CELL, min_size=1, max_size=3), max_size=6),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from(['"', "\n", ",", "\r\n", "x"]))),
)
def test_the_fast_way_and_the_slow_way_read_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    cells: list[list[str]],
    end: str,
    ended: bool,
    damage: list[tuple[int, str]],
) -> None:
    folder = tmp_path_factory.mktemp("ways")
    stream = io.StringIO()
    csv.writer(stream, lineterminator=end).writerows([["id", "name"], *cells])
    text = stream.getvalue() if ended else stream.getvalue().removesuffix(end)
    for place, what in damage:
        text = text[: 8 + place] + what + text[8 + place :]
    (folder / "a.csv").write_bytes(text.encode())
    assert _read(folder, fast=True) == _read(folder, fast=False)


def _read(folder: Path, fast: bool) -> tuple[Rows, list[Ragged]] | str:
    con = duckdb.connect()
    source = Source(file="a.csv", delimiter=",")
    try:
        text = Text(folder / "a.csv", source, folder / "copy.csv")
        loaded = text.load(con, "t") if fast else stage(con, "t", text.reading())
    except InputError as refusal:
        return str(refusal)
    return con.execute("SELECT * FROM t ORDER BY _row").fetchall(), loaded.ragged


def test_blanks_around_a_name_are_no_part_of_it(tmp_path: Path) -> None:
    read(tmp_path, " id ,\u3000会社名\n1,a\n")
    with duckdb.connect(str(tmp_path / "read.duckdb")) as con:
        assert con.execute("SELECT \"会社名\" FROM t WHERE id = '1'").fetchall() == [("a",)]
