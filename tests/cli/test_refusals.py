"""What cannot be done is said in one sentence with the remedy, and the exit code is 2."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import Outcome, Run
from tests.companies import ROOT, SAMPLE


def refused(outcome: Outcome, *words: str) -> None:
    assert outcome.code == 2, outcome
    assert outcome.out.strip() == ""
    assert "Traceback" not in outcome.err
    assert len(outcome.err.strip().splitlines()) == 1, outcome.err
    assert [word for word in words if word not in outcome.err] == []


@pytest.mark.parametrize(
    "command",
    [
        ["ask", "受注率は？"],
        ["brief", "北斗精密"],
        ["tool", "pipeline_metrics"],
        ["knowledge", "search", "契約"],
        ["knowledge", "add", str(SAMPLE / "knowledge")],
        ["key", "add", "x@y.example"],
        ["serve"],
        ["slack"],
    ],
    ids=" ".join,
)
def test_a_folder_that_is_no_workspace(run: Run, tmp_path: Path, command: list[str]) -> None:
    refused(run("-w", tmp_path / "nowhere", *command), "is not a workspace", "tagayasu import")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["tool", "pipeline_metric"], ["no tool `pipeline_metric`", "pipeline_metrics"]),
        (["tool", "xyz"], ["no tool `xyz`"]),
        (["tool", "pipeline_metrics", "by"], ["`by` is not an argument", "key=value"]),
        (["tool", "pipeline_metrics", "=x"], ["key=value"]),
        (["tool", "pipeline_metrics", "by=shoe"], ["`by` does not fit"]),
        (["tool", "pipeline_metrics", "color=red"], ["has no argument `color`"]),
        (["tool", "pipeline_metrics", "period=someday"], ["`someday` is not a period"]),
        (["tool", "pipeline_metrics", "limit=0"], ["`limit` does not fit"]),
        (["tool", "pipeline_metrics", "as_of=2026-09-30"], ["--as-of"]),
        (["tool", "pipeline_metrics", "--as-of", "tomorrow"], ["`tomorrow` is not a day"]),
        (["tool", "pipeline_metrics", "--as-of", "2026-02-30"], ["is not a day"]),
        (["tool", "pipeline_metrics", "--language", "fr"], ["`fr` is not a language"]),
        (["tool", "account_overview"], ["needs the argument `account_id`"]),
        (["tool", "account_overview", "account_id=A999"], ["no account `A999`"]),
        (["tool", "needs_attention", "--user", "x@y.example"], ["x@y.example"]),
        (["brief", "無い会社"], ["no account `無い会社`"]),
        (["brief", "東都"], ["Several accounts fit `東都`", "A001", "A002", "A003"]),
        (["brief", "北斗精密", "--as-of", "x"], ["`x` is not a day"]),
        (["brief", "北斗精密", "--user", "nobody@inaho.example"], ["nobody@inaho.example"]),
        (["brief", "北陸金属", "--user", "saeki@inaho.example"], ["no account `北陸金属`"]),
        (["ask", ""], ["The message is empty"]),
        (["ask", "受注率は？", "--as-of", "30.9.2026"], ["is not a day"]),
        (["ask", "受注率は？", "--user", "x@y.example"], ["x@y.example"]),
        (["ask", "受注率は？", "--thread", "a b"], ["thread"]),
        (["knowledge", "add", "/nowhere/x.md"], ["/nowhere/x.md does not exist"]),
        (["key", "add", "x@y.example"], ["x@y.example"]),
        (["key", "revoke", "nonsense"], ["key"]),
    ],
    ids=lambda v: " ".join(v)[:50],
)
def test_a_bad_input_is_named(
    run: Run, own_workspace: Path, arguments: list[str], words: list[str]
) -> None:
    refused(run("-w", own_workspace, *arguments), *words)


def test_an_account_out_of_sight_is_refused_like_one_that_does_not_exist(
    run: Run, own_workspace: Path
) -> None:
    said = [
        run(
            "-w", own_workspace, "tool", "account_overview", f"account_id={account}",
            "--user", "saeki@inaho.example",
        ).err.replace(account, "X")
        for account in ("A024", "A999")
    ]  # fmt: skip
    assert said[0] == said[1]


def test_a_provider_without_its_key(
    run: Run, own_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAGAYASU_MODEL", "openai:test")
    refused(run("-w", own_workspace, "ask", "受注率は？"), "no key", "OPENAI_API_KEY")


def test_a_provider_that_does_not_exist(
    run: Run, own_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAGAYASU_MODEL", "nobody:x")
    refused(run("-w", own_workspace, "ask", "受注率は？"), "nobody:x")


@pytest.mark.parametrize(
    ("path", "mapping", "word"),
    [
        (SAMPLE / "data", "nowhere.yaml", "nowhere.yaml"),
        ("nowhere", SAMPLE / "mapping.yaml", "nowhere"),
        (SAMPLE / "data", "broken.yaml", "broken.yaml"),
    ],
    ids=["no mapping", "no data", "broken mapping"],
)
def test_an_import_that_cannot_begin(
    run: Run, tmp_path: Path, path: str | Path, mapping: str | Path, word: str
) -> None:
    (tmp_path / "broken.yaml").write_text("version: [", encoding="utf-8")
    refused(run("-w", tmp_path / "w", "import", tmp_path / path, "-m", tmp_path / mapping), word)


def test_an_import_without_a_mapping_shows_the_usage(run: Run, tmp_path: Path) -> None:
    outcome = run("-w", tmp_path / "w", "import", SAMPLE / "data")
    assert outcome.code == 2
    assert "--mapping" in outcome.err


@pytest.mark.parametrize("arguments", [["nothing"], ["ask"], ["tool"], ["brief"], ["--nothing"]])
def test_a_command_line_that_cannot_be_read_shows_the_usage(run: Run, arguments: list[str]) -> None:
    outcome = run(*arguments)
    assert outcome.code == 2
    assert "Usage" in outcome.err
    assert "Traceback" not in outcome.err


def test_settings_that_do_not_fit_name_the_setting(
    run: Run, own_workspace: Path, tmp_path: Path
) -> None:
    import shutil

    folder = tmp_path / "workspace"
    shutil.copytree(own_workspace, folder)
    with (folder / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[models]\nturn_seconds = -1\n")
    refused(run("-w", folder, "tool", "pipeline_metrics"), "models.turn_seconds")


def test_a_real_process_says_one_sentence_on_stderr_and_exits_with_two(tmp_path: Path) -> None:
    told = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "api.cli.main", "-w", str(tmp_path / "x"), "tool", "x"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    refused(Outcome(told.returncode, told.stdout, told.stderr), "is not a workspace")


def test_a_closed_pipe_is_no_error(own_workspace: Path) -> None:
    command = f"{sys.executable} -m api.cli.main -w {own_workspace} tools | head -c 1"
    told = subprocess.run(  # noqa: S602
        command, shell=True, capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert told.stderr == ""
