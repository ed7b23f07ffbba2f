"""Every tool is asked through the catalog, which names what does not fit."""

from __future__ import annotations

import re
from typing import Any

import pytest

from crm.errors import InputError
from crm.scope import ScopedTables
from tests.companies import SAMPLE_DAY
from tests.tools.asking import ask
from tools.catalog import CATALOG, Catalog
from tools.facts import Text, metrics
from tools.format import show
from tools.signals import signals
from tools.tool import Tool

TOOLS = list(CATALOG)
NAMES = [tool.name for tool in TOOLS]


@pytest.mark.parametrize("tool", TOOLS, ids=NAMES)
def test_every_tool_is_explained_in_japanese_and_english(tool: Tool) -> None:
    assert re.search(r"[ぁ-ん]|[一-龠]", tool.help.ja)
    assert re.search(r"[a-z]", tool.help.en)


@pytest.mark.parametrize("tool", TOOLS, ids=NAMES)
def test_every_argument_is_explained(tool: Tool) -> None:
    for name, field in tool.arguments.model_fields.items():
        assert field.description, name


@pytest.mark.parametrize("tool", TOOLS, ids=NAMES)
def test_no_argument_says_who_asks(tool: Tool) -> None:
    forbidden = {"user", "user_id", "principal", "scope", "role", "tenant"}
    assert not forbidden & set(tool.arguments.model_fields)


def test_an_unknown_tool_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"no tool `deal_helth`\. Did you mean `deal_health`\?"):
        _ = CATALOG["deal_helth"]
    with pytest.raises(InputError, match=r"no tool `weather`.*lists them"):
        _ = CATALOG["weather"]


@pytest.mark.parametrize("tool", NAMES)
def test_an_unknown_argument_is_named_with_those_there_are(sample: ScopedTables, tool: str) -> None:
    given: dict[str, Any] = {"account_id": "A001", "text": "x"}
    known = CATALOG[tool].arguments.model_fields
    given = {k: v for k, v in given.items() if k in known and known[k].is_required()}
    with pytest.raises(InputError, match=r"has no argument `colour`.*as_of"):
        ask(tool, sample, SAMPLE_DAY, **given, colour="red")


@pytest.mark.parametrize(
    ("tool", "missing"), [("account_overview", "account_id"), ("find_account", "text")]
)
def test_a_missing_argument_is_named(sample: ScopedTables, tool: str, missing: str) -> None:
    with pytest.raises(InputError, match=f"needs the argument `{missing}`"):
        ask(tool, sample, SAMPLE_DAY)


@pytest.mark.parametrize("tool", NAMES)
def test_the_day_is_always_an_argument(sample: ScopedTables, tool: str) -> None:
    with pytest.raises(InputError, match=r"needs the argument `(as_of|account_id|text)`"):
        CATALOG[tool].call(sample, {})


@pytest.mark.parametrize(
    ("tool", "given", "name"),
    [
        ("pipeline_metrics", {"as_of": "soon"}, "as_of"),
        ("pipeline_metrics", {"as_of": "2026-02-30"}, "as_of"),
        ("pipeline_metrics", {"by": "colour"}, "by"),
        ("pipeline_metrics", {"limit": 0}, "limit"),
        ("pipeline_metrics", {"limit": "many"}, "limit"),
        ("pipeline_metrics", {"account_id": 7}, "account_id"),
        ("needs_attention", {"limit": 501}, "limit"),
        ("deal_health", {"owner_id": ["U1", "U2"]}, "owner_id"),
        ("recent_changes", {"account_id": "A001", "since": "yesterday"}, "since"),
    ],
)
def test_an_argument_of_the_wrong_type_is_named(
    sample: ScopedTables, tool: str, given: dict[str, Any], name: str
) -> None:
    with pytest.raises(InputError, match=f"{tool}: `{name}` does not fit") as refusal:
        CATALOG[tool].call(sample, {"as_of": SAMPLE_DAY, **given})
    assert "\n" not in str(refusal.value)


def test_a_period_that_is_none_is_refused_with_the_forms(sample: ScopedTables) -> None:
    with pytest.raises(InputError, match=r"`soon` is not a period.*FY2026Q2"):
        ask("pipeline_metrics", sample, SAMPLE_DAY, period="soon")


def test_more_tools_stand_behind_the_catalogs_own() -> None:
    one = TOOLS[0]
    more = Tool("more", one.arguments, one.run, Text(ja="他", en="more"), needs=())
    wider = CATALOG.with_(more)
    assert isinstance(wider, Catalog)
    assert [t.name for t in wider] == [*NAMES, "more"]
    assert [t.name for t in CATALOG] == NAMES


@pytest.mark.parametrize("name", metrics())
def test_every_fact_has_a_label_and_a_formula_in_both_languages(name: str) -> None:
    metric = metrics()[name]
    assert all((metric.label.ja, metric.label.en, metric.formula.ja, metric.formula.en))
    assert re.fullmatch(r"[a-z]+\.[a-z0-9_]+", name)


@pytest.mark.parametrize("code", signals())
def test_every_signal_has_its_words_its_money_and_its_step(code: str) -> None:
    signal = signals()[code]
    assert all(signal.model_dump().values())
    for unit in ("signals", "step", "money_kind"):
        assert show(code, unit, "ja") != code
    assert show(code, "step", "en") == signal.step_en
    assert show(code, "money_kind", "en") == signal.money_en
