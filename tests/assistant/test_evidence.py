"""What an answer rests on can be asked for: its formulas, its sources, in the language asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from assistant.bootstrap import Workspace
from assistant.service import Assistant
from tests.assistant.conversations import answer

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def assistant(learned_workspace: Path) -> AsyncIterator[Assistant]:
    async with Workspace(learned_workspace, model="builtin").assistant() as opened:
        yield opened


@pytest.mark.parametrize(
    ("question", "asked", "formula"),
    [
        ("東都電機の売上と利益は？", "根拠は？", "直近365日の受注明細の正味売上額の合計"),
        ("Sales and profit of Toto Denki", "How do you know?", "Sum of net amounts of order lines"),
    ],
)
async def test_the_evidence_of_each_figure_names_formula_rows_day_and_snapshot(
    assistant: Assistant, question: str, asked: str, formula: str
) -> None:
    first = await answer(assistant, question)
    told = await answer(assistant, asked, thread=first.thread)
    assert told.tool_calls == ()
    assert told.notices == ()
    assert formula in told.text
    basis = next(f.basis for f in first.facts if f.name == "sales.net_sales")
    for said in (str(basis.rows), basis.as_of.isoformat(), basis.snapshot, "A001"):
        assert said in told.text


async def test_evidence_is_of_the_last_answer_that_showed_figures(assistant: Assistant) -> None:
    first = await answer(assistant, "受注率は？")
    await answer(assistant, "ありがとう", thread=first.thread)
    told = await answer(assistant, "根拠は？", thread=first.thread)
    assert "pipeline_metrics" in told.text


async def test_without_a_figure_there_is_no_evidence(assistant: Assistant) -> None:
    told = await answer(assistant, "根拠は？")
    assert told.text.startswith("このスレッドには、まだ根拠を示せる数値がありません。")


async def test_a_source_opens_by_its_number(assistant: Assistant) -> None:
    first = await answer(assistant, "値引き申請の基準を教えて")
    opened = await answer(assistant, "出典1を開いて", thread=first.thread)
    assert [c.name for c in opened.tool_calls] == ["open_passage"]
    assert opened.citations[0].id == first.citations[0].id
    missing = await answer(assistant, "出典9を開いて", thread=first.thread)
    assert missing.tool_calls == ()
    assert "出典は、直前の回答にありません" in missing.text


async def test_an_answer_is_given_in_the_language_asked_for(assistant: Assistant) -> None:
    first = await answer(assistant, "東都電機の売上と利益は？")
    again = await answer(assistant, "英語で", thread=first.thread)
    assert (first.language, again.language) == ("ja", "en")
    assert {f.value for f in again.facts} == {f.value for f in first.facts}
    back = await answer(assistant, "in Japanese please", thread=first.thread)
    assert back.language == "ja"
