"""What is not documented fails; what the READMEs show is what the program prints."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from crm.schema import tables
from crm.settings import Settings
from tests.companies import ROOT
from tools.facts import metrics


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_generated_pages_are_up_to_date(generate: ModuleType) -> None:
    for file, text in generate.pages().items():
        assert file.read_text(encoding="utf-8") == text, f"run `make docs`: {file.name}"


def test_every_setting_says_what_it_means() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for group in Settings.model_fields.values():
        for name, setting in type(group.get_default()).model_fields.items():
            assert setting.description, name
            assert f"`{name}`" in page


def test_every_fact_table_tool_and_command_has_its_entry(generate: ModuleType) -> None:
    facts = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    columns = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    tools = (ROOT / "docs" / "tools.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in facts for name in metrics())
    assert all(f"## {name}" in columns for name in tables())
    assert all(f"## {tool.name}" in tools for tool in generate.catalog())
    for name, language in generate.READMES.items():
        assert generate.commands_table(language) in (ROOT / name).read_text(encoding="utf-8")


def test_every_command_is_described_in_japanese(generate: ModuleType) -> None:
    import typer

    from api.cli.main import app

    commands = generate._commands(typer.main.get_command(app), "")
    assert {name for name, _words, _text in commands} <= set(generate.COMMANDS_JA)


def test_every_tool_says_what_each_of_its_arguments_means(generate: ModuleType) -> None:
    for tool in generate.catalog():
        assert tool.help.ja
        assert tool.help.en
        for name, info in tool.arguments.model_fields.items():
            assert info.description, f"{tool.name}.{name}"


def test_the_readmes_show_what_the_demo_prints(
    generate: ModuleType, learned_workspace: Path
) -> None:
    for name, language in generate.READMES.items():
        shown = generate.demo_block(learned_workspace, language)
        text = (ROOT / name).read_text(encoding="utf-8")
        assert shown in text, f"run `python docs/generate.py --demo WORKSPACE`: {name}"


def test_every_link_of_a_page_leads_to_a_file() -> None:
    import re

    pages = [ROOT / "README.md", ROOT / "README.ja.md", *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
