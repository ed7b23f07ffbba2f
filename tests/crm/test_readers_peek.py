"""A folder nobody has seen before is looked at file by file; one that is bad spoils no other."""

from __future__ import annotations

from pathlib import Path

from crm.readers import peek


def test_each_file_shows_its_columns_and_its_first_rows(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("id,name\n1,東都\n2,\n", encoding="utf-8")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.tsv").write_text("id\tname\n" + "1\ta\n" * 3_000, encoding="utf-8")
    first, second = peek(tmp_path)
    assert (first.file, first.columns) == ("b.csv", ("id", "name"))
    assert first.rows_sampled == (("1", "東都"), ("2", None))
    assert (second.file, len(second.rows_sampled)) == ("sub/a.tsv", 2_000)
    assert not first.problem


def test_a_bad_file_says_what_is_wrong_and_spoils_no_other(tmp_path: Path) -> None:
    (tmp_path / "bad.xlsx").write_bytes(b"no zip")
    (tmp_path / "good.csv").write_text("id\n1\n", encoding="utf-8")
    (tmp_path / "photo.jpg").write_bytes(b"x")
    bad, good = peek(tmp_path)
    assert "bad.xlsx is not an .xlsx workbook" in bad.problem
    assert good.columns == ("id",)


def test_what_a_program_left_beside_the_files_is_passed_over(tmp_path: Path) -> None:
    for file in ("~$a.xlsx", ".hidden.csv", "__MACOSX/a.csv"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text("x", encoding="utf-8")
    assert peek(tmp_path) == []
