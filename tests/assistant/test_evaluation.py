"""Cases are read strictly, and a call is right only with exactly the arguments expected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assistant.bootstrap import Workspace, full_catalog
from assistant.evaluation import evaluate, load_cases, same_call
from crm.errors import InputError
from tests.companies import SAMPLE, SAMPLE_DAY

SHIPPED = SAMPLE / "conversations"


@pytest.mark.parametrize(
    ("expected", "given", "same"),
    [
        ({"period": "FY2026"}, {"period": "this_fiscal_year"}, True),
        ({"period": "FY2026"}, {"period": "FY2025"}, False),
        ({"limit": 5}, {"limit": 5}, True),
        ({"limit": 5}, {}, False),
        ({}, {"limit": 5}, False),
        ({"where": "deal.amount >= 1000"}, {"where": "deal.amount>=1000"}, True),
        ({"limit": 20}, {}, True),  # the usual number is as good as none
    ],
)
def test_a_call_is_compared_by_its_arguments(
    expected: dict[str, Any], given: dict[str, Any], same: bool
) -> None:
    usual = {"deal_health": {"limit": 20}}
    pair = ("deal_health", expected), ("deal_health", given)
    assert same_call(*pair, SAMPLE_DAY, 4, usual) is same


def test_what_is_looked_for_is_free_where_a_case_does_not_say_it() -> None:
    found = ("search_knowledge", {"question": "停滞"})
    assert same_call(("search_knowledge", {}), found, SAMPLE_DAY, 4, {})
    other = ("search_knowledge", {"question": "更新"})
    assert not same_call(other, found, SAMPLE_DAY, 4, {})


def test_the_shipped_cases_are_many_in_both_languages_and_name_only_what_there_is() -> None:
    cases = load_cases(SHIPPED)
    tools = {tool.name: tool for tool in full_catalog(lambda: None, lambda: None)}  # type: ignore[arg-type, return-value]
    assert len(cases) >= 150
    assert min(sum(c.language == language for c in cases) for language in ("ja", "en")) >= 75
    called = set()
    for case in cases:
        for turn in case.turns:
            for calls in turn.accepted() or []:
                for name, arguments in calls:
                    called.add(name)
                    assert arguments.keys() <= tools[name].arguments.model_fields.keys(), case.case
    assert called >= tools.keys() - {"open_passage"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- {case: a, language: ja}", "turns"),
        ("- {case: a, language: fr, turns: [{say: x}]}", "language"),
        ("- {case: a, language: ja, turns: [{say: x, calls: [], or: []}]}", "give either"),
        (
            "- &a {case: a, language: ja, turns: [{say: x}]}\n- *a",
            "Two cases are called `a`",
        ),
    ],
)
def test_a_case_that_does_not_fit_is_refused_with_the_reason(
    tmp_path: Path, text: str, told: str
) -> None:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        load_cases(tmp_path)


async def test_a_turn_is_held_against_what_it_expects(
    learned_workspace: Path, tmp_path: Path
) -> None:
    (tmp_path / "own.yaml").write_text(
        """
- case: right
  language: ja
  turns:
    - {say: "受注率は？", calls: [{pipeline_metrics: {}}], says: ["40.2%"]}
    - {say: "業種別では？", calls: [{pipeline_metrics: {by: industry}}]}
- case: wrong
  language: en
  turns:
    - {say: "東都電機の売上は？", calls: [{account_overview: {account_id: A010}}], lacks: ["東都"]}
""",
        encoding="utf-8",
    )
    async with Workspace(learned_workspace).assistant() as assistant:
        found = [t async for t in evaluate(assistant, load_cases(tmp_path), SAMPLE_DAY)]
    right, followed, wrong = found
    assert right.faults == followed.faults == ()
    assert (wrong.tools_right, wrong.calls_right, wrong.wrong_account) == (True, False, True)
    assert [fault.split()[0] for fault in wrong.faults] == ["called", "says", "answers"]
