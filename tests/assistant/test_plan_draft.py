"""A first plan: what is planted in the data stands where it belongs, and no figure is made up."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from assistant.desk import Desk
from assistant.ledger import Ledger
from assistant.planning.draft import Asked, draft, usual_period
from assistant.planning.show import markdown, said
from crm.errors import NotFoundError
from crm.periods import Period
from crm.scope import OPERATOR, Principal
from crm.settings import Language
from plans.model import Plan, Statement
from tests.companies import SAMPLE_DAY
from tests.fakes import copy_of
from tools.facts import ToolResult

YEAR = Period(date(2026, 4, 1), date(2027, 3, 31))
PLANTED = ("A001", "A010", "A011", "A012", "A014", "A019", "A020", "A024")


@pytest.fixture(scope="module")
def desk(sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    workspace = copy_of(sample_workspace, tmp_path_factory.mktemp("drafts"))
    folder = workspace.folder / "docs"
    folder.mkdir()
    (folder / "plan.md").write_text(
        "---\nkind: past_plan\nindustry: 電機\noutcome: achieved\n---\n"
        "# 電機 Enhance 戦略シナリオ 教訓 進め方\n\n"
        "最初の面談で3つの課題を聞き、順に示します。{{x}}\n",
        encoding="utf-8",
    )
    workspace.library.add(folder)
    return workspace.desk


@cache
def drawn(desk: Desk, account: str, language: Language = "ja", who: Principal = OPERATOR) -> Plan:
    """The plan of an account, drawn up once for all tests that look at it."""
    return draft(desk.catalog, desk.tables(who), Asked(account, SAMPLE_DAY, YEAR, language))


def of(plan: Plan, section: str, id_: str) -> list[Statement]:
    return [s for s in plan.statements if s.section == section and f".{id_}" in f"{s.id}."]


def test_a_large_account_that_loses_money(desk: Desk) -> None:
    plan = drawn(desk, "A001")
    (loss,) = of(plan, "weakness", "loss_making")
    fact = next(f for f in loss.facts if f.name == "profit.operating_profit")
    asked = desk.run_tool(
        OPERATOR, "customer_profitability", {"account_id": "A001"}, SAMPLE_DAY
    ).fact("profit.operating_profit")
    assert asked is not None
    assert (fact.value, fact.basis) == (asked.value, asked.basis)
    assert of(plan, "scenario", "recover")[0].status == "open"
    assert not of(plan, "strength", "margin")
    assert any("値引きと対応費用" in action.what for action in plan.actions)


def test_a_champion_who_left(desk: Desk) -> None:
    plan = drawn(desk, "A011")
    assert of(plan, "threat", "champion_left")
    assert of(plan, "weakness", "single")
    assert any("推進者の後任" in action.what for action in plan.actions)


def test_a_neglected_account(desk: Desk) -> None:
    (neglected,) = of(drawn(desk, "A012"), "weakness", "neglected")
    assert {f.name for f in neglected.facts} == {"abcd.letter", "sales.net_sales"}


def test_white_space_is_an_opportunity_a_product_and_an_action(desk: Desk) -> None:
    plan = drawn(desk, "A014")
    named = {str(f.value) for s in of(plan, "opportunity", "white") for f in s.facts}
    assert {"センサー", "保守サービス"} <= named
    assert of(plan, "product", "product")
    worth = {a.what: a.value for a in plan.actions if "課題を聞き、提案する" in a.what}
    assert len(worth) == 2
    assert all(worth.values())


def test_the_goal_is_the_target_of_the_period_and_unknown_without_one(desk: Desk) -> None:
    (goal,) = drawn(desk, "A010").goals
    asked = {"account_id": "A010", "level": "account", "period": f"{YEAR.start}..{YEAR.end}"}
    target = desk.run_tool(OPERATOR, "targets_and_gap", asked, SAMPLE_DAY).fact("targets.target")
    assert target is not None
    assert goal.amount == target.value
    assert drawn(desk, "A019").goals[0].amount is None


def test_people_and_team_come_from_the_data(desk: Desk) -> None:
    plan = drawn(desk, "A010")
    assert {p.contact_id for p in plan.people} == {"C017", "C018", "C019", "C020", "C021"}
    assert {(m.role, m.person_id) for m in plan.team} == {("owner", "U07"), ("manager", "U03")}
    assert all(action.owner == "高瀬 美咲" for action in plan.actions)


@pytest.mark.parametrize(
    ("language", "account"),
    [
        *(("ja", account) for account in PLANTED),
        *(("en", account) for account in PLANTED[:3]),
        *(pytest.param("en", account, marks=pytest.mark.slow) for account in PLANTED[3:]),
    ],
)
def test_every_figure_is_a_fact_or_quoted(desk: Desk, account: str, language: Language) -> None:
    """The check of any answer holds for a plan: its statements as drafts, its facts as known."""
    plan = drawn(desk, account, language)
    for statement in plan.statements:
        if statement.kind == "quoted":
            assert statement.quote is not None
            continue
        ledger = Ledger(SAMPLE_DAY, year_begins=4)
        ledger.add(ToolResult(tool="plan", facts=statement.facts))
        assert ledger.check(statement.text) == [], statement.text
        assert all(fact.value not in (None, "") for fact in statement.facts)
    shown = markdown(plan, language)
    assert "{{" not in shown
    assert "None" not in shown
    assert all(said(s, language) for s in plan.statements)


@pytest.mark.parametrize("account", PLANTED)
def test_actions_lie_ahead_and_in_the_period(desk: Desk, account: str) -> None:
    plan = drawn(desk, account)
    assert plan.actions
    for action in plan.actions:
        assert action.due is not None
        assert SAMPLE_DAY < action.due <= YEAR.end
    assert all(one.first > SAMPLE_DAY for one in plan.calendar)


def test_quoted_text_is_data(desk: Desk) -> None:
    """What a document says in braces names no fact."""
    quoted = [s for s in drawn(desk, "A001").statements if s.kind == "quoted"]
    assert any("最初の面談" in s.text for s in quoted)
    assert all("{{" not in s.text for s in quoted)


def test_a_plan_is_drawn_up_for_those_who_may_see_the_account_only(desk: Desk) -> None:
    stranger = desk.directory().by_email("nishimura@inaho.example")
    with pytest.raises(NotFoundError):
        drawn(desk, "A010", who=stranger)
    with pytest.raises(NotFoundError):
        drawn(desk, "A999")


def test_the_same_plan_is_drawn_up_twice(desk: Desk) -> None:
    assert drawn.__wrapped__(desk, "A010") == drawn(desk, "A010")


@pytest.mark.parametrize(
    ("day", "start", "first"),
    [
        (date(2026, 9, 30), 4, date(2026, 4, 1)),
        (date(2026, 12, 31), 4, date(2026, 4, 1)),
        (date(2027, 1, 1), 4, date(2027, 4, 1)),
        (date(2026, 3, 31), 4, date(2026, 4, 1)),
        (date(2026, 5, 1), 1, date(2026, 1, 1)),
    ],
)
def test_the_usual_period(day: date, start: int, first: date) -> None:
    assert usual_period(day, start).start == first


def test_the_document_has_a_row_for_each_item_and_no_markup_from_data(desk: Desk) -> None:
    plan = drawn(desk, "A010")
    first = plan.people[0].model_copy(update={"name": "| <b>*x*\u202e\x0b # [y](z)"})
    shown = markdown(plan.with_items("people", [first]), "ja")
    rows = [line for line in shown.splitlines() if line.startswith("| ")]
    assert len([r for r in rows if r.endswith("| 予定 |")]) == len(plan.actions)
    assert r"| \| \<b\>\*x\* \# \[y\](z) |" in shown
    assert "\u202e" not in shown
