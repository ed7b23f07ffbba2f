"""A plan from its first draft to its end, as people do it on the command line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.running import Run

DAY = ("--as-of", "2026-09-30")
OWNER = ("--user", "takase@inaho.example")
MANAGER = ("--user", "ohno@inaho.example")


@pytest.fixture
def folder(learned_workspace: Path, tmp_path: Path) -> Path:
    own = tmp_path / "workspace"
    shutil.copytree(learned_workspace, own)
    return own


@pytest.fixture
def plan(run: Run, folder: Path) -> str:
    drawn = run("-w", folder, "plan", "draft", "北斗精密", *DAY, *OWNER, "--json")
    assert drawn.code == 0
    return str(drawn.json["plan_id"])


def test_a_plan_is_drawn_up_approved_carried_out_and_closed(
    run: Run, folder: Path, plan: str
) -> None:
    def do(*words: str | Path) -> str:
        outcome = run("-w", folder, "plan", *words)
        assert (outcome.code, outcome.err) == (0, "")
        return " ".join(outcome.out.split())

    assert "1億8,000万円" in do("show", plan)
    assert "完成度は" in do("check", plan)
    assert "承認待ちになりました" in do("submit", plan, *OWNER)
    refused = run("-w", folder, "plan", "approve", plan, *OWNER)
    assert (refused.code, "may not have this plan approved" in refused.err) == (2, True)
    assert "承認済みになりました" in do("approve", plan, *MANAGER, "--comment", "進めてください")
    documents = run("-w", folder, "knowledge", "list", "--json").json
    assert [d["account"] for d in documents if d["path"] == f"plans/{plan}.md"] == ["A010"]
    assert "実行中になりました" in do("start", plan, *OWNER)
    do("close", plan, "--outcome", "achieved", "--lessons", "早く会うこと", *OWNER)
    documents = run("-w", folder, "knowledge", "list", "--json").json
    assert [d["outcome"] for d in documents if d["path"] == f"plans/{plan}.md"] == ["achieved"]
    told = do("history", plan)
    assert told.index("承認待ち → 承認済み: 進めてください") < told.index("実行中 → 終了")


def test_a_plan_is_edited_as_a_file_and_the_approval_ends(
    run: Run, folder: Path, plan: str, tmp_path: Path
) -> None:
    for words in (("submit", *OWNER), ("approve", *MANAGER)):
        assert run("-w", folder, "plan", words[0], plan, *words[1:]).code == 0
    file = tmp_path / "plan.yaml"
    assert run("-w", folder, "plan", "export", plan, "--to", file).code == 0
    file.write_text(file.read_text(encoding="utf-8").replace("'86300000'", "'120000000'", 1))
    edited = run("-w", folder, "plan", "edit", plan, file, "--yes", *OWNER)
    assert (edited.code, "8,630万円 → 1億2,000万円" in edited.out) == (0, True)
    assert "第2版、下書き" in edited.out
    documents = run("-w", folder, "knowledge", "list", "--json").json
    assert not [d for d in documents if d["path"] == f"plans/{plan}.md"]
    assert "8,630万円 → 1億2,000万円" in run("-w", folder, "plan", "diff", plan).out
    undone = run("-w", folder, "plan", "undo", plan, *OWNER)
    assert (undone.code, "1億2,000万円 → 8,630万円" in undone.out) == (0, True)
    assert "変更はありません" in run("-w", folder, "plan", "diff", plan, "--from", "1").out
    file.write_text("head: [", encoding="utf-8")
    assert "is not YAML" in run("-w", folder, "plan", "edit", plan, file).err


def test_a_second_editor_is_told_and_nothing_is_lost(
    run: Run, folder: Path, plan: str, tmp_path: Path
) -> None:
    file = tmp_path / "plan.yaml"
    run("-w", folder, "plan", "export", plan, "--to", file)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("'86300000'", "'120000000'", 1), encoding="utf-8")
    assert run("-w", folder, "plan", "edit", plan, file, "--yes", *OWNER).code == 0
    file.write_text(text.replace("purpose: null", "purpose: 新工場を任せていただく", 1))
    stale = run("-w", folder, "plan", "edit", plan, file, "--base", "1", "--yes", *MANAGER)
    assert (stale.code, "saved version 2 after you opened version 1" in stale.err) == (2, True)
    kept = run("-w", folder, "plan", "show", plan, "--json").json["plan"]
    assert (kept["goals"][0]["amount"], kept["head"]["purpose"]) == ("120000000", None)


def test_a_plan_is_seen_by_those_who_see_its_account(run: Run, folder: Path, plan: str) -> None:
    stranger = ("--user", "nishimura@inaho.example")
    hidden = run("-w", folder, "plan", "show", plan, *stranger)
    absent = run("-w", folder, "plan", "show", "nosuchplan", *stranger)
    assert hidden.code == absent.code == 2
    assert hidden.err.replace(plan, "X") == absent.err.replace("nosuchplan", "X")
    assert run("-w", folder, "plan", "list", *stranger, "--json").json == []
    assert [p["plan_id"] for p in run("-w", folder, "plan", "list", "--json").json] == [plan]


def test_the_first_questions_are_those_the_data_cannot_answer(run: Run, folder: Path) -> None:
    drawn = run("-w", folder, "plan", "draft", "A010", *DAY)
    assert drawn.code == 0
    assert "1. " in drawn.out
    assert "4. " not in drawn.out


@pytest.mark.parametrize("ending", [".docx", ".html"])
def test_a_plan_is_exported_as_a_document_for_those_who_may_see_it(
    run: Run, folder: Path, plan: str, tmp_path: Path, ending: str
) -> None:
    to = tmp_path / f"plan{ending}"
    done = run("-w", folder, "plan", "export", plan, "--to", to, "--language", "en", *OWNER)
    assert (done.code, done.err) == (0, "")
    assert to.stat().st_size > 10_000
    stranger = ("--user", "nishimura@inaho.example")
    refused = run("-w", folder, "plan", "export", plan, "--to", tmp_path / "x.docx", *stranger)
    assert refused.code != 0
    odd = run("-w", folder, "plan", "export", plan, "--to", tmp_path / "x.odt", *OWNER)
    assert "no known ending" in odd.err
    assert {entry.name for entry in tmp_path.glob("*.*")} == {to.name}
