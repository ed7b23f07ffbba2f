"""Each line is one object: what it says is kept to the letter, or the line is handed back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.errors import InputError
from crm.mapping import Source
from crm.readers import Loaded, Ragged, load, peek

Rows = list[tuple[object, ...]]


def read(folder: Path, text: str | bytes) -> tuple[Loaded, list[str], Rows]:
    (folder / "a.jsonl").write_bytes(text if isinstance(text, bytes) else text.encode())
    con = duckdb.connect()
    loaded = load(con, "t", folder, Source(file="a.jsonl"), folder)
    columns = [row[0] for row in con.execute("DESCRIBE t").fetchall()][1:]
    return loaded, columns, con.execute("SELECT * FROM t ORDER BY _row").fetchall()


def test_the_names_of_all_lines_make_the_columns(tmp_path: Path) -> None:
    text = '{"id": "1", "name": "東都"}\n\n{"id": "2", "city": "大阪", "name": null}\n'
    _, columns, rows = read(tmp_path, text)
    assert columns == ["id", "name", "city"]
    assert rows == [(1, "1", "東都", None), (3, "2", None, "大阪")]


def test_figures_stay_as_they_are_written(tmp_path: Path) -> None:
    figures = ["1.10", "0.30000000000000004", "12345678901234567890.5", "1e5", "-0", "true"]
    text = json.dumps({f"c{n}": 0 for n in range(len(figures))})
    for number, figure in enumerate(figures):
        text = text.replace(f'"c{number}": 0', f'"c{number}": {figure}')
    assert read(tmp_path, text)[2] == [(1, *figures)]


def test_an_object_in_an_object_and_a_list_of_values_are_flattened(tmp_path: Path) -> None:
    text = '{"id": 1, "owner": {"id": 7, "tags": ["a", 2, null, true]}, "tags": []}'
    _, columns, rows = read(tmp_path, text)
    assert columns == ["id", "owner.id", "owner.tags", "tags"]
    assert rows == [(1, "1", "7", "a;2;true", None)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id": 1', "not_json"),
        ("1", "not_json"),
        ('{"id": NaN}', "not_json"),
        ('{"id": "\\ud800"}', "not_json"),
        ('{"id": "\\u0000"}', "not_json"),
        ("[" * 100_000, "not_json"),
        ('{"id": 1, "id": 2}', "repeated_key"),
        ('{"id": {"a": 1, "a": 2}}', "repeated_key"),
        ('{"a.b": 1, "a": {"b": 2}}', "repeated_key"),
        ('{"id": {"a": {"b": 1}}}', "nested"),
        ('{"id": [{"a": 1}]}', "nested"),
        ('{"id": [[1]]}', "nested"),
        ('{"id": ["a;b"]}', "nested"),
    ],
)
def test_a_bad_line_is_handed_back_by_its_number(tmp_path: Path, line: str, reason: str) -> None:
    loaded, _, rows = read(tmp_path, f'{{"id": 1}}\n{line}\n{{"id": 3}}\n')
    assert loaded.ragged == [Ragged(2, line[:200], reason)]  # type: ignore[arg-type]
    assert rows == [(1, "1"), (3, "3")]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[{"id": 1}]', "is one JSON list"),
        ("x\ny\n", "no line is a JSON object"),
        ('{"id": 1, "ID": 2}', "cannot be used twice"),
        ('{"_row": 1}', "reserved"),
        ('{"": 1}', "not a full header"),
        (json.dumps({f"c{n}": n for n in range(2_001)}), "more than 2,000 names"),
        ('{"a": "' + "x" * (1 << 24) + '"}', "line 1 has more than"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as refusal:
        read(tmp_path, text)
    assert "a.jsonl" in refusal.value.what


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932"])
def test_lines_are_read_in_every_usual_encoding(tmp_path: Path, encoding: str) -> None:
    assert read(tmp_path, '{"名前": "東都"}\r\n'.encode(encoding))[2] == [(1, "東都")]


_KEYS = st.text("abc東.", min_size=1, max_size=3).filter(lambda key: key.strip())
_SCALARS = st.none() | st.booleans() | st.text("ab\n\u2028東", max_size=3) | st.integers()


@settings(max_examples=60)
@given(st.lists(st.dictionaries(_KEYS, _SCALARS, min_size=1), min_size=1, max_size=4))
def test_every_object_comes_back(
    tmp_path_factory: pytest.TempPathFactory, objects: list[dict[str, Any]]
) -> None:
    text = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in objects)
    _, columns, rows = read(tmp_path_factory.mktemp("json"), text)
    for each, (_, *cells) in zip(objects, rows, strict=True):
        found = {c: cell for c, cell in zip(columns, cells, strict=True) if cell is not None}
        texts = {key: value if isinstance(value, str) else json.dumps(value)
                 for key, value in each.items()}  # fmt: skip
        assert found == {k: text for k, text in texts.items() if text not in ("", "null")}


def test_a_folder_shows_the_lines_too(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_text('{"id": 1}\nx\n', encoding="utf-8")
    (seen,) = peek(tmp_path)
    assert (seen.columns, seen.rows_sampled) == (("id",), (("1",),))
    assert [(each.code, each.place, each.value) for each in seen.notes] == [
        ("unread_rows", "2", "1")
    ]
