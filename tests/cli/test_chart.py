"""`chart` writes a picture or its description, and says what it cannot draw."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import Run

DAY = ("--as-of", "2026-09-30")


def test_a_chart_is_written_in_each_form(run: Run, sample_workspace: Path, tmp_path: Path) -> None:
    begins = {".png": b"\x89PNG", ".svg": b"<svg", ".json": b"{"}
    for ending, start in begins.items():
        out = tmp_path / f"whale{ending}"
        outcome = run("-w", sample_workspace, "chart", "whale_curve", "--out", out, *DAY)
        assert (outcome.code, outcome.err) == (0, "")
        assert outcome.out.strip() == str(out)
        assert out.read_bytes().startswith(start)
    spec = json.loads((tmp_path / "whale.json").read_text(encoding="utf-8"))
    assert "赤字" in spec["title"]["text"][0]
    assert "n = 102" in spec["title"]["subtitle"][0]  # all of them, not only the first twenty


def test_arguments_language_part_and_user_are_heeded(
    run: Run, sample_workspace: Path, tmp_path: Path
) -> None:
    out = tmp_path / "x.json"
    command = ("-w", sample_workspace, "chart", "portfolio_zones", "--out", out, *DAY)
    outcome = run(*command, "limit=5", "--language", "en", "--user", "saeki@inaho.example")
    assert outcome.code == 0
    spec = json.loads(out.read_text(encoding="utf-8"))
    assert "accounts in zone A" in spec["title"]["text"][0]
    assert "5 of 15 shown" in spec["title"]["subtitle"][0]
    assert run(*command, "--part", "portfolio_heat").code == 0
    spec = json.loads(out.read_text(encoding="utf-8"))
    assert spec["title"]["text"] == ["ポートフォリオのヒートマップ"]


@pytest.mark.parametrize(
    ("arguments", "out", "word"),
    [
        (["whale_curve"], "x.gif", ".png, .svg, .json"),
        (["find_account", "text=東海"], "x.png", "nothing to draw"),
        (["whale_curve", "--part", "y"], "x.png", "no chart `y`"),
        (["whale_curve"], "nowhere/x.png", "cannot be written"),
        (["whale_curves"], "x.png", "no tool `whale_curves`"),
        (["whale_curve", "limit"], "x.png", "key=value"),
    ],
)
def test_what_cannot_be_drawn_is_named(
    run: Run, sample_workspace: Path, tmp_path: Path, arguments: list[str], out: str, word: str
) -> None:
    outcome = run("-w", sample_workspace, "chart", *arguments, "--out", tmp_path / out, *DAY)
    assert (outcome.code, outcome.out) == (2, "")
    assert word in outcome.err
    assert list(tmp_path.iterdir()) == []
