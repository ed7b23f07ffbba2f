"""Each command does what the README says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from api.cli.main import app
from tests.cli.running import Run
from tests.companies import (
    MAPPINGS,
    ROOT,
    SAMPLE,
    SHARED,
    as_it_is,
    tables_of,
    write_csv,
    write_mapping,
)

DAY = ("--as-of", "2026-09-30")


def _commands() -> set[str]:
    group = typer.main.get_command(app)
    found: set[str] = set()
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        below = getattr(command, "commands", None)
        found |= {f"{name} {sub}" for sub in below} if below else {name}
    return found


def test_the_readme_lists_every_command_and_no_other() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = set()
    for line in re.findall(r"^\| `tagayasu ([a-z A-Z]+)`", text, re.MULTILINE):
        listed.add(" ".join(word for word in line.split() if word.islower()))
    assert listed == _commands()


@pytest.mark.parametrize("command", sorted(_commands()))
def test_every_command_explains_itself(run: Run, command: str) -> None:
    outcome = run(*command.split(), "--help")
    assert outcome.code == 0
    assert "Usage" in outcome.out


def test_help_comes_at_once_and_loads_no_model() -> None:
    code = (
        "import sys; sys.argv = ['tagayasu', '--help']\n"
        "from api.cli.main import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "heavy = {'langchain', 'langgraph', 'chromadb', 'ibis', 'duckdb', 'fastapi'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    told = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert told.returncode == 0, told.stderr


# ------------------------------------------------------------------ import


def test_a_dry_run_reports_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    outcome = run(
        "-w", folder, "import", SAMPLE / "data", "-m", SAMPLE / "mapping.yaml", "--dry-run"
    )
    assert outcome.code == 0
    assert "確認だけで、何も書き込んでいません。" in outcome.out
    assert "order_lines" in outcome.out
    assert not (folder / "settings.toml").exists()


def test_an_import_is_in_use_and_the_same_again_changes_nothing(run: Run, tmp_path: Path) -> None:
    command = ("-w", tmp_path / "acme", "import", SAMPLE / "data", "-m", SAMPLE / "mapping.yaml")
    first, second = run(*command), run(*command)
    assert (first.code, second.code) == (0, 0)
    assert "を使用しています" in first.out
    assert "何も変わっていません" in second.out
    assert "23,976" in first.out


def test_an_import_says_what_changed_and_is_gone_back_from(run: Run, tmp_path: Path) -> None:
    export, report = tmp_path / "export", tmp_path / "report.md"
    mapping = write_mapping(tmp_path / "m.yaml", tables=as_it_is("accounts"))
    command = ("-w", tmp_path / "acme", "import", export, "-m", mapping)
    write_csv(export / "accounts.csv", ["account_id", "name"], [["A1", "東都電機"]])
    first = run(*command)
    write_csv(export / "accounts.csv", ["account_id", "name"], [["A1", "東都電機"], ["A2", "湊"]])
    second = run(*command, "--diff", "--language", "en", "--markdown", report)
    assert (first.code, second.code) == (0, 0)
    assert "New accounts: 1" in second.out
    assert "| accounts | accounts.csv | 2 | 2 | 0 |" in report.read_text(encoding="utf-8")
    assert run("-w", tmp_path / "acme", "import", "--list").out.count("\n") == 3
    back = run("-w", tmp_path / "acme", "import", "--rollback")
    assert (back.code, "is in use again" in back.out) == (0, True)
    assert tables_of(tmp_path / "acme")["accounts"].count().execute() == 1
    noted = run("-w", tmp_path / "acme", "audit", "list")
    assert "rollback" in noted.out


# ------------------------------------------------------------------ tools


def test_the_tools_are_listed_with_their_arguments(run: Run) -> None:
    outcome = run("tools")
    assert outcome.code == 0
    for name in ("find_account", "pipeline_metrics", "briefing", "search_knowledge"):
        assert name in outcome.out


def test_the_tools_as_json_have_help_and_a_schema(run: Run) -> None:
    listed = {tool["name"]: tool for tool in run("tools", "--json").json}
    assert set(listed["pipeline_metrics"]["help"]) == {"ja", "en"}
    assert "by" in listed["pipeline_metrics"]["arguments"]["properties"]


def test_a_tool_prints_its_facts_in_either_language(run: Run, sample_workspace: Path) -> None:
    ja = run("-w", sample_workspace, "tool", "pipeline_metrics", *DAY)
    en = run("-w", sample_workspace, "tool", "pipeline_metrics", *DAY, "--language", "en")
    assert (ja.code, en.code) == (0, 0)
    assert "40.2%" in ja.out
    assert "28億6,630万円" in ja.out
    assert "¥2,866.3M" in en.out


def test_the_win_rate_of_maven_is_exact(run: Run, maven_workspace: Path) -> None:
    shown = run(
        "-w", maven_workspace, "tool", "pipeline_metrics", "--as-of", "2017-12-31", "--json"
    )
    facts = {fact["name"]: fact for fact in shown.json["facts"]}
    assert facts["pipeline.win_rate"]["value"] == 0.631501
    assert facts["pipeline.won_count"]["value"] == 4238
    assert facts["pipeline.lost_count"]["value"] == 2473


def test_the_shape_of_a_tools_json(run: Run, sample_workspace: Path) -> None:
    result = run(
        "-w", sample_workspace, "tool", "pipeline_metrics", "by=manager", *DAY, "--json"
    ).json
    assert set(result) == {"tool", "facts", "table", "warnings", "chart", "next_steps", "parts"}
    for fact in result["facts"]:
        assert set(fact) >= {"name", "value", "unit", "label", "basis"}
        assert set(fact["label"]) == {"ja", "en"}
        assert set(fact["basis"]) >= {"tool", "arguments", "as_of", "rows", "formula", "snapshot"}
    rate = next(f for f in result["facts"] if f["name"] == "pipeline.win_rate")
    assert rate["unit"] == "%"
    assert rate["basis"]["arguments"] == {"by": "manager"}
    assert rate["basis"]["as_of"] == "2026-09-30"
    table = result["table"]
    assert set(table["columns"][0]) == {"name", "label", "unit"}
    assert set(table["rows"][0]) == {column["name"] for column in table["columns"]}
    assert len(table["subjects"]) == len(table["rows"]) <= table["total_rows"]


def test_an_unknown_figure_is_null_in_json_and_never_zero(run: Run, sample_workspace: Path) -> None:
    result = run(
        "-w", sample_workspace, "tool", "pipeline_metrics", "period=FY2030", *DAY, "--json"
    ).json
    facts = {fact["name"]: fact["value"] for fact in result["facts"]}
    assert facts["pipeline.win_rate"] is None
    assert facts["pipeline.won_count"] == 0


def test_a_tool_answers_as_the_user_may_see_it(run: Run, sample_workspace: Path) -> None:
    command = ("-w", sample_workspace, "tool", "needs_attention", *DAY, "--json")
    everything = run(*command).json
    own = run(*command, "--user", "saeki@inaho.example").json
    counts = [
        next(f["value"] for f in r["facts"] if f["name"] == "attention.account_count")
        for r in (everything, own)
    ]
    assert counts == [120, 15]


# ------------------------------------------------------------------ ask and brief


def test_an_answer_is_printed_with_its_thread(run: Run, learned_workspace: Path) -> None:
    outcome = run("-w", learned_workspace, "ask", "受注率は？", *DAY)
    assert outcome.code == 0
    assert "40.2%" in outcome.out
    assert "--thread" in outcome.out
    assert "{{" not in outcome.out


def test_the_shape_of_an_answers_json(run: Run, learned_workspace: Path) -> None:
    said = run("-w", learned_workspace, "ask", "値引き申請の基準を教えて", *DAY, "--json").json
    assert set(said) == {
        "id", "text", "blocks", "language", "facts", "citations", "tool_calls", "notices", "model",
        "thread", "account_id", "plan_id", "waits", "choices", "charts",
    }  # fmt: skip
    assert (said["language"], said["model"]) == ("ja", "builtin")
    assert said["tool_calls"] == [
        {"name": "search_knowledge", "arguments": {"question": "値引き申請の基準を教えて"}}
    ]
    assert set(said["citations"][0]) == {"number", "id", "title", "heading", "file", "text"}
    assert set(said["facts"][0]) >= {"name", "value", "unit", "label", "basis"}


def test_a_thread_goes_on(run: Run, learned_workspace: Path) -> None:
    first = run("-w", learned_workspace, "ask", "東都電機の売上は？", *DAY, "--json").json
    second = run(
        "-w",
        learned_workspace,
        "ask",
        "その会社の商談は？",
        *DAY,
        "--thread",
        first["thread"],
        "--json",
    ).json
    assert second["tool_calls"] == [{"name": "deal_health", "arguments": {"account_id": "A001"}}]
    assert second["thread"] == first["thread"]


def test_a_briefing_is_printed_by_name_or_id_in_either_language(
    run: Run, learned_workspace: Path
) -> None:
    by_name = run("-w", learned_workspace, "brief", "北斗精密", *DAY)
    by_id = run("-w", learned_workspace, "brief", "A010", *DAY, "--language", "en", "--json")
    assert (by_name.code, by_id.code) == (0, 0)
    assert "商談前ブリーフィング" in by_name.out
    assert by_id.json["language"] == "en"
    assert by_id.json["text"].startswith("# Briefing: 株式会社北斗精密")


def test_an_answer_of_the_fallback_keeps_stdout_clean(
    run: Run, learned_workspace: Path, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    monkeypatch.setenv("TAGAYASU_MODEL", "openai:test")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-secret")
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{unused_tcp_port}/v1")
    outcome = run("-w", learned_workspace, "ask", "停滞している商談は？", *DAY, "--json")
    assert outcome.code == 0
    assert outcome.json["model"] == "builtin"
    assert "openai:test" in outcome.json["notices"][0]
    assert "sk-test-secret" not in outcome.out + outcome.err


# ------------------------------------------------------------------ knowledge, keys, doctor


def test_passages_are_found_with_their_file(run: Run, learned_workspace: Path) -> None:
    outcome = run("-w", learned_workspace, "knowledge", "search", "値引き申請の基準", "-k", "2")
    assert outcome.code == 0
    assert "discount-approval-criteria-ja.md" in outcome.out
    found = run("-w", learned_workspace, "knowledge", "search", "値引き申請の基準", "--json").json
    assert found["table"]["rows"]


@pytest.mark.parametrize(
    ("question", "language", "reason"),
    [
        ("停滞した案件をどう立て直す？", "ja", "業種が同じ・深耕ステージが同じ・目標を達成"),
        (
            "Account plan that revived a stalled deal",
            "en",
            "same industry, same stage, goal achieved",
        ),
    ],
)
def test_the_past_plan_of_a_like_account_is_found_with_the_reason(
    run: Run, learned_workspace: Path, question: str, language: str, reason: str
) -> None:
    asked = ("-w", learned_workspace, "knowledge", "search", question, "--like", "北斗精密")
    outcome = run(*asked, "--language", language)
    assert outcome.code == 0
    found = " ".join(outcome.out.split())
    assert "amagi-ikou-stalled-deal-ja.md, " in found
    assert f"{reason})" in found


def test_only_documents_that_fit_the_filters_are_found(run: Run, learned_workspace: Path) -> None:
    def found(*filters: str) -> set[str]:
        asked = ("-w", learned_workspace, "knowledge", "search", "停滞した案件", "-k", "20")
        rows = run(*asked, *filters, "--json").json["table"]["rows"]
        return {row["passage.kind"] for row in rows}

    assert found() == {"playbook", "past_plan"}
    assert found("--kind", "past_plan") == {"past_plan"}
    refused = run("-w", learned_workspace, "knowledge", "search", "x", "--kind", "novel")
    assert (refused.code, "`kind` does not fit" in refused.err) == (2, True)


def test_a_found_passage_opens_with_the_text_around_it(run: Run, learned_workspace: Path) -> None:
    found = run("-w", learned_workspace, "knowledge", "search", "値引き申請の基準", "-k", "1")
    [command] = [line for line in found.out.splitlines() if "knowledge open" in line]
    opened = run("-w", learned_workspace, *command.split()[1:])
    assert opened.code == 0
    assert "該当箇所" in opened.out
    assert "discount-approval-criteria-ja.md" in opened.out
    refused = run("-w", learned_workspace, "knowledge", "open", "00000000")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith("There is no passage `00000000`.")


def test_documents_are_added_once(run: Run, sample_workspace: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "workspace"
    shutil.copytree(sample_workspace, folder)
    documents = tmp_path / "docs"
    documents.mkdir()
    (documents / "a.md").write_text("# 手順\n\n契約を更新する。", encoding="utf-8")
    (documents / "b.md").write_text("", encoding="utf-8")
    first = run("-w", folder, "knowledge", "add", documents)
    second = run("-w", folder, "knowledge", "add", documents)
    assert "1 document new or changed, 0 unchanged; 4 texts embedded for 1 passage." in first.out
    assert "Left out: docs/b.md is empty." in first.out
    assert "0 documents new or changed, 1 unchanged" in second.out
    listed = run("-w", folder, "knowledge", "list")
    assert "docs/a.md" in listed.out
    assert run("-w", folder, "knowledge", "list", "--json").json[0]["title"] == "手順"
    stats = run("-w", folder, "knowledge", "stats")
    assert "holds every passage" in stats.out
    assert "0 texts had to be embedded" in run("-w", folder, "knowledge", "rebuild").out
    assert run("-w", folder, "knowledge", "stats", "--json").json["missing"] == 0
    assert "Removed docs/a.md" in run("-w", folder, "knowledge", "remove", "docs/a.md").out
    assert "No documents" in run("-w", folder, "knowledge", "list").out


def test_a_key_is_shown_once_and_can_be_revoked(
    run: Run, sample_workspace: Path, tmp_path: Path
) -> None:
    import shutil

    folder = tmp_path / "workspace"
    shutil.copytree(sample_workspace, folder)
    made = run("-w", folder, "key", "add", "ohno@inaho.example")
    key = made.out.split()[-1]
    assert made.code == 0
    assert key.encode() not in (folder / "state.db").read_bytes()
    assert run("-w", folder, "key", "revoke", key).code == 0
    assert run("-w", folder, "key", "revoke", key).code == 2


def test_the_doctor_says_what_works(run: Run, learned_workspace: Path) -> None:
    outcome = run("-w", learned_workspace, "doctor")
    assert outcome.code == 0
    for what in ("settings", "data", "people", "database", "documents", "model"):
        assert re.search(rf"^ok\s+{what}:", outcome.out, re.MULTILINE), what


def test_the_doctor_finds_a_model_without_its_key(
    run: Run, learned_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAGAYASU_MODEL", "openai:test")
    outcome = run("-w", learned_workspace, "doctor")
    assert outcome.code == 2
    assert re.search(r"^broken\s+model:.*no key", outcome.out, re.MULTILINE)


@pytest.mark.slow
def test_the_demo_goes_from_nothing_to_a_briefing(run: Run, tmp_path: Path) -> None:
    outcome = run("-w", tmp_path / "demo", "demo", "--language", "en")
    assert outcome.code == 0
    assert "Briefing: 株式会社北斗精密" in outcome.out
    assert "need attention" in outcome.out


def test_the_examples_have_mappings() -> None:
    assert {p.stem for p in MAPPINGS.glob("*.yaml")} >= {"maven_crm", "adventureworks"}
    assert SHARED.name == "data"
