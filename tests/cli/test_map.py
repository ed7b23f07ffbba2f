"""`map` writes a mapping for an unknown export, replaces nothing unasked, and says what is next."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm.mapping import load_mapping
from tests.cli.running import Run
from tests.companies import SAMPLE, write_csv


@pytest.fixture
def export(tmp_path: Path) -> Path:
    folder = tmp_path / "出力 データ"
    write_csv(
        folder / "取引先.csv", ["取引先コード", "取引先名"], [["A1", "東都電機"], ["A2", "北星"]]
    )
    write_csv(folder / "メモ.csv", ["覚え書き"], [["x"]])
    (folder / "壊れた.xlsx").write_bytes(b"no zip")
    return folder


def test_what_was_found_left_over_and_not_readable_is_printed_with_the_next_command(
    run: Run, export: Path, tmp_path: Path
) -> None:
    output = tmp_path / "acme.yaml"
    outcome = run("-w", tmp_path / "acme", "map", export, "--output", output)
    assert outcome.code == 0, outcome.err
    assert "accounts" in outcome.out
    assert "使っていないファイル: メモ.csv" in outcome.out
    assert "壊れた.xlsx" in outcome.out
    said = outcome.out.replace("\n", "")
    assert f"import '{export}' --mapping {output} --dry-run" in said
    assert f"--workspace {tmp_path / 'acme'}" in said
    assert load_mapping(output).tables["accounts"].columns["account_id"].column == "取引先コード"


def test_the_file_stands_where_the_command_is_run(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = run("map", SAMPLE / "data")
    assert outcome.code == 0, outcome.err
    assert "--mapping mapping.yaml --dry-run" in outcome.out.replace("\n", "")
    assert len(load_mapping(tmp_path / "mapping.yaml").tables) == 17


def test_an_edited_file_is_replaced_only_when_that_is_said(
    run: Run, export: Path, tmp_path: Path
) -> None:
    output = tmp_path / "mapping.yaml"
    output.write_text("mine", encoding="utf-8")
    refused = run("map", export, "--output", output)
    assert (refused.code, output.read_text(encoding="utf-8")) == (2, "mine")
    assert "--force" in refused.err
    assert run("map", export, "--output", output, "--force").code == 0
    assert load_mapping(output).tables


@pytest.mark.parametrize("place", ["nowhere", "empty", "memo"])
def test_where_there_is_nothing_to_map_it_says_so_and_writes_nothing(
    run: Run, tmp_path: Path, place: str
) -> None:
    (tmp_path / "empty").mkdir()
    write_csv(tmp_path / "memo" / "memo.csv", ["x", "y"], [[1, 2]])
    outcome = run("map", tmp_path / place, "--output", tmp_path / "mapping.yaml")
    assert outcome.code == 2
    assert len(outcome.err.strip().splitlines()) == 1
    assert not (tmp_path / "mapping.yaml").exists()


def test_a_folder_that_is_not_there_to_write_to_is_said_before_anything_is_read(
    run: Run, export: Path, tmp_path: Path
) -> None:
    outcome = run("map", export, "--output", tmp_path / "no" / "mapping.yaml")
    assert outcome.code == 2
    assert "is not a folder" in outcome.err
