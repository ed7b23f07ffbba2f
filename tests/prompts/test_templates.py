"""Every template renders a real result in both languages, and holds no figure of its own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

import jinja2
import pytest

from assistant.bootstrap import Workspace, full_catalog
from assistant.compose import View, compose
from assistant.figures import find_figures
from assistant.ledger import Ledger
from assistant.planning.talk import plan_acts
from crm.scope import OPERATOR
from crm.settings import Language
from knowledge.documents import id_of
from prompts import loader
from tests.assistant.drafts import drafted, run
from tests.companies import SAMPLE_DAY
from tests.fakes import copy_of
from tests.plans.following import MISAKI, followed_plan, in_force, kept
from tests.tools.requests import REQUESTS
from tools.facts import ToolResult

LANGUAGES: tuple[Language, Language] = ("ja", "en")
TEMPLATES = loader.names("answers", ".j2")
DOCUMENT = """## 前

準備する。

## 表

| 区分 | 基準 |
|---|---|
| 値引き | 15 % まで |

## 後

1. 3日以内に返信する。
2. 8月に見直す。
"""
OPENED = hashlib.sha256(f"{id_of('docs/a.md')}\0表\0{0}".encode()).hexdigest()[:24]
"""The passage of its second section."""
ARGUMENTS: dict[str, list[dict[str, Any]]] = REQUESTS | {
    "find_account": [{"text": "東都"}, {"text": "無い会社"}],
    "account_overview": [{"account_id": "A001"}, {"account_id": "A019"}, {"account_id": "A027"}],
    "key_account_selection": [*REQUESTS["key_account_selection"], {"account_id": "A001"}],
    "key_contacts": [{"account_id": "A001"}, {"account_id": "A011"}],
    "knowledge_gaps": [{"account_id": "A001"}, {"account_id": "A019"}],
    "pipeline_metrics": [{}, {"by": "manager"}, {"by": "competitor"}, {"period": "FY2030"}],
    "deal_health": [{}, {"signal": "no_decision_maker"}, {"account_id": "A024"}],
    "needs_attention": [{}, {"account_id": "A022"}],
    "white_space": [{"account_id": "A014"}, {"account_id": "A001"}, {}],
    "search_knowledge": [{"question": "停滞"}],
    "briefing": [{"account_id": "A010"}, {"account_id": "A019"}],
    "open_passage": [{"passage_id": OPENED}],
    "plan_status": [{"account_id": "A010"}, {"account_id": "A001"}, {"account_id": "A046"}],
    "plan_goal": [{"account_id": "A010"}, {"account_id": "A001"}],
    "plan_portfolio": [
        {},
        {"view": "uncovered"},
        {"view": "waiting"},
        {"owner_id": "U08"},
        {"owner_id": "U08", "view": "waiting"},
    ],
}
Results = Callable[[str, int], ToolResult]
EVERY = [
    pytest.param(
        tool, n, marks=() if n in (0, len(given) - 1) else pytest.mark.slow, id=f"{tool}-{n}"
    )
    for tool, given in ARGUMENTS.items()
    for n in range(len(given))
]
"""Every request; those between the first and the last of a tool only in the slow run."""
SHARED = ("help", "figures", "explain", "evidence", "beside")
"""Templates of no tool: what can be asked, any tool without its own, how figures were made, and
several accounts side by side."""


@pytest.fixture(scope="module")
def workspace(sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("templates")
    found = copy_of(sample_workspace, folder)
    (folder / "docs").mkdir()
    (folder / "docs" / "a.md").write_text(DOCUMENT, encoding="utf-8")
    found.library.add(folder / "docs")
    in_force(found, kept(found, followed_plan(found)))
    found.planner.draft(OPERATOR, "A001", as_of=SAMPLE_DAY)
    review = kept(found, followed_plan(found, "A046"))
    found.planner.move(MISAKI, review.plan_id, "in_review", None, None)
    return found


@pytest.fixture(scope="module")
def result(workspace: Workspace) -> Results:
    """The result of a tool's request with that number, asked for once."""
    return cache(lambda tool, number: run(workspace, tool, **ARGUMENTS[tool][number]))


def _tools() -> list[str]:
    return [tool.name for tool in full_catalog(lambda: None, lambda: None)]  # type: ignore[arg-type, return-value]


def test_templates_come_in_both_languages_and_none_is_left_over() -> None:
    named = {name.removesuffix(".md.j2").rpartition(".")[0] for name in TEMPLATES}
    assert set(TEMPLATES) == {f"{name}.{lang}.md.j2" for name in named for lang in LANGUAGES}
    assert named <= {*_tools(), *SHARED}


def test_every_tool_is_rendered_here() -> None:
    assert set(ARGUMENTS) == set(_tools())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("tool", "number"), EVERY)
def test_a_template_renders_real_results(
    result: Results, tool: str, number: int, language: Language
) -> None:
    draft, ledger = drafted(result(tool, number), language)
    assert draft
    assert "None" not in draft.replace("None of the", "")
    assert "\n\n\n" not in draft
    assert ledger.check(draft) == []


@pytest.mark.parametrize(("tool", "number"), EVERY)
def test_both_languages_name_the_same_facts(result: Results, tool: str, number: int) -> None:
    one, other = (
        set(re.findall(r"\{\{([^{}]+)\}\}", drafted(result(tool, number), language)[0]))
        for language in LANGUAGES
    )
    assert one == other


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_holds_no_digit_outside_its_code(name: str) -> None:
    words = re.sub(
        r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", "", loader.text(f"answers/{name}"), flags=re.S
    )
    assert re.findall(r"[0-9０-９]", words) == []


@pytest.mark.parametrize(
    "name", [t for t in TEMPLATES if not t.startswith(("explain.", "evidence.", "beside."))]
)
def test_a_template_is_strict_about_names(name: str) -> None:
    source = loader.text(f"answers/{name}")
    with pytest.raises(jinja2.UndefinedError):
        loader.templates().from_string(source + "{{ unheard_of }}").render(v=_Anything())


class _Anything:
    """Answers every question of a template with something harmless."""

    def __getattr__(self, _name: str) -> Any:
        return lambda *_arguments, **_more: _Empty()


class _Empty(list[Any]):
    def __getattr__(self, _name: str) -> Any:
        return lambda *_arguments, **_more: _Empty()

    def __gt__(self, _other: object) -> bool:
        return False


def test_a_fact_that_a_result_lacks_is_an_error(result: Results) -> None:
    overview = result("account_overview", 0)
    with pytest.raises(KeyError, match=r"no\.such_fact"):
        View(overview, Ledger(SAMPLE_DAY), "ja").f("no.such_fact")


def test_an_empty_result_of_a_tool_is_said_in_words(result: Results) -> None:
    nothing = {
        "find_account": 1,
        "deal_health": 1,
        "needs_attention": 1,
        "search_knowledge": 0,
    }
    for tool, number in nothing.items():
        for language in LANGUAGES:
            assert compose(result(tool, number), Ledger(SAMPLE_DAY), language)


def test_every_phrase_has_both_languages_with_the_same_places() -> None:
    for name, phrase in loader.data("answers/phrases.yaml").items():
        assert set(phrase) == {"ja", "en"}, name
        places = [
            {f for _t, f, _s, _c in Formatter().parse(phrase[lang]) if f} for lang in LANGUAGES
        ]
        assert places[0] == places[1], name
        assert all(phrase[lang].strip() for lang in LANGUAGES), name
        assert all(find_figures(phrase[lang]) == [] for lang in LANGUAGES), name


def test_every_phrase_that_is_said_exists() -> None:
    root = Path(__file__).resolve().parents[2]
    said = {
        name
        for file in (root / "assistant").rglob("*.py")
        for name in re.findall(r"\bsay\(\s*\"(\w+)\"", file.read_text(encoding="utf-8"))
    }
    known = set(loader.data("answers/phrases.yaml")) | set(loader.data("plans/talk.yaml")["said"])
    for name in loader.names("notices", ".yaml"):
        known |= set(loader.data(f"notices/{name}"))
    assert said <= known


def declared_intents() -> dict[str, Any]:
    """Every intent as its file declares it; none stands in two files."""
    found: dict[str, Any] = {}
    for name in loader.names("intents", ".yaml"):
        if name != "slots.yaml":
            declared = loader.data(f"intents/{name}")
            assert not found.keys() & declared.keys()
            found |= declared
    return found


ACTS = {act.name for act in plan_acts(None, None)}  # type: ignore[arg-type]
"""What a conversation does with plans."""


def test_every_tool_is_reached_by_an_intent() -> None:
    reached = {spec["tool"] for spec in declared_intents().values()}
    assert set(_tools()) <= reached


def test_an_intent_has_a_tool_of_the_catalog_and_examples_in_both_languages() -> None:
    for name, spec in declared_intents().items():
        assert spec["tool"] is None or spec["tool"] in {*_tools(), *ACTS}, name
        assert spec["account"] in ("required", "optional", "none"), name
        for language in LANGUAGES:
            examples = spec["examples"][language]
            assert len(examples) >= 12, name
            assert len(set(examples)) == len(examples), name
            assert spec["words"][language], name
            assert all(isinstance(word, str) for word in [*examples, *spec["words"][language]]), (
                name
            )


def test_no_example_stands_under_two_intents() -> None:
    seen: dict[str, str] = {}
    for name, spec in declared_intents().items():
        for examples in spec["examples"].values():
            for example in examples:
                assert seen.setdefault(example, name) == name, example


def _texts(found: Any) -> list[Any]:
    """Every text below an entry of the lexicon."""
    if isinstance(found, dict):
        return [text for part in found.values() for text in _texts(part)]
    return [text for part in found for text in _texts(part)] if isinstance(found, list) else [found]


def test_every_pattern_of_the_lexicon_is_a_text_that_compiles() -> None:
    lexicon = loader.data("intents/slots.yaml")
    for name, found in lexicon.items():
        for text in _texts(found):
            assert isinstance(text, str), f"{name}: YAML reads {text!r} as no text: quote it"
            if not name.startswith(("filler", "ellipsis", "columns")):
                re.compile(text.casefold())


def test_the_columns_of_the_lexicon_are_those_of_the_tools(result: Results) -> None:
    for tool, columns in loader.data("intents/slots.yaml")["columns"].items():
        words = columns.get("words", {})
        named = {c for n, c in columns.items() if n != "words"} | set(words.values())
        shown: set[str] = set()
        for number in range(len(ARGUMENTS[tool])):
            if not named <= shown:  # else enough was asked
                table = result(tool, number).table
                shown |= {column.name for column in table.columns} if table else set()
        assert named <= shown, tool
        for pattern in words:
            re.compile(pattern)


def test_the_codes_of_the_lexicon_are_those_of_the_tools() -> None:
    from typing import get_args

    from tools.dimensions import Dimension
    from tools.signals import signals

    lexicon = loader.data("intents/slots.yaml")
    others = {"zone", "abcd", "cell", "document"}
    assert set(lexicon["by"]) == set(get_args(Dimension)) | others
    assert set(lexicon["signal"]) <= set(signals())
