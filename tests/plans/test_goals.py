"""What a goal asks for equals the oracle's and the sums by hand; what is unknown is said."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.errors import InputError, NotFoundError
from crm.scope import Scope, ScopedTables
from crm.settings import Settings
from crm.thresholds import ApprovalStep, Plans
from plans.goals import goal_arithmetic
from plans.model import Action, Goal, Measure, Plan, Progress
from tests.companies import SAMPLE_DAY, Rows, frames_from, tables_from, tables_of
from tests.oracles.canonical import Tables, rows
from tests.oracles.goals import goal as oracle
from tests.oracles.profitability import operating_profits
from tests.plans.complete import head
from tests.tools.agreement import assert_facts
from tests.tools.asking import figure, rows_of
from tools.facts import ToolResult

DAY = SAMPLE_DAY
START, DUE = date(2026, 4, 1), date(2027, 3, 31)


def a_plan(account: str, *actions: Action, goal: Goal, **more: Any) -> Plan:
    about = head(**({"account_id": account, "start": START, "end": DUE} | more))
    return Plan(head=about, goals=(goal,), actions=actions)


def a_goal(amount: int | None = 1000, measure: Measure = "orders_won",
           due: date | None = DUE) -> Goal:  # fmt: skip
    value = None if amount is None else Decimal(amount)
    return Goal(id="g", what="受注額", measure=measure, amount=value, due=due)


def asked(
    tables: ScopedTables, *actions: Action, account: str = "a", as_of: date = DAY,
    goal: Goal | None = None, **more: Any,
) -> ToolResult:  # fmt: skip
    goal = goal or a_goal()
    return goal_arithmetic(a_plan(account, *actions, goal=goal, **more), goal, tables, as_of)


def said(result: ToolResult, words: str) -> bool:
    return any(words in warning.en for warning in result.warnings)


# ---------------------------------------------------------------- the sample company


@pytest.mark.parametrize("number", range(0, 120, 12))
@pytest.mark.parametrize("measure", ["orders_won", "net_sales"])
def test_goals_of_the_sample_company(
    sample: ScopedTables, sample_raw: Tables, number: int, measure: Measure
) -> None:
    ids = [a["account_id"] for a in rows(sample_raw, "accounts")]
    account = ids[number % len(ids)]
    amount, as_of = 40_000_000 + 1_234_567 * number, DAY - timedelta(days=17 * (number // 12))
    result = asked(sample, account=account, as_of=as_of, goal=a_goal(amount, measure))
    expected = oracle(sample_raw, as_of, account, measure, Decimal(amount), START, DUE)
    assert_facts(result, expected)


def test_accounts_with_few_closed_deals_use_their_owners_and_say_so(
    sample: ScopedTables, sample_raw: Tables
) -> None:
    """Every source is met: the account's own deals, its owner's, and everybody's."""
    met = set()
    closed: dict[str, int] = {}
    for deal in rows(sample_raw, "opportunities"):
        closed[deal["account_id"]] = closed.get(deal["account_id"], 0) + (deal["status"] != "open")
    few = min(sorted(closed), key=lambda i: closed[i])
    many = max(sorted(closed), key=lambda i: closed[i])
    for account, owner in ((many, None), (few, None), (few, "nobody")):
        goal = a_goal(10**8)
        result = asked(sample, account=account, goal=goal, owner_id=owner)
        expected = oracle(sample_raw, DAY, account, "orders_won", goal.amount, START, DUE, owner)
        assert_facts(result, expected)
        source = figure(result, "goal.rate_from")
        assert said(result, "fewer than the 5 of the settings") is (source != "account")
        met.add(source)
    assert met == {"account", "owner", "company"}


def test_a_rep_gets_the_rates_of_the_deals_that_the_rep_sees(
    sample_workspace: Path, sample_raw: Tables
) -> None:
    mine = tables_of(sample_workspace, Scope(sees_all=False, person_ids=frozenset({"U07"})))
    settings = mine.settings.model_copy(update={"plans": Plans(minimum_closed=10_000)})
    narrow = ScopedTables(mine.snapshot, mine.scope, settings)
    result = asked(narrow, account="A010", goal=a_goal(10**8))
    shared = {row["account_id"] for row in rows(sample_raw, "account_team")
              if row["person_id"] == "U07"}  # fmt: skip
    shared |= {a["account_id"] for a in rows(sample_raw, "accounts") if a["owner_id"] == "U07"}
    deals = [d for d in rows(sample_raw, "opportunities") if d["account_id"] in shared]
    closed = [d for d in deals if d["closed_on"] and d["closed_on"] <= DAY]
    rate = result.fact("goal.win_rate")
    assert rate is not None
    assert rate.basis.rows == len(closed)
    assert figure(result, "goal.rate_from") == "company"
    with pytest.raises(NotFoundError):
        asked(mine, account="A001", goal=a_goal())


@pytest.mark.parametrize("account", ["A001", "A010", "A050"])
def test_a_profit_so_far_is_the_accounts_operating_profit(
    sample: ScopedTables, sample_raw: Tables, account: str
) -> None:
    result = asked(sample, account=account, goal=a_goal(10**8, "operating_profit"))
    profit = operating_profits(sample_raw, DAY, (START, DAY))[account]["operating_profit"]
    assert_facts(result, {"goal.actual": profit, "goal.to_go": 10**8 - profit})


# ---------------------------------------------------------------- by hand


def deal(number: int, status: str = "won", days: int = 10, **more: Any) -> dict[str, Any]:
    """A deal of account a, closed `days` before DAY after 40 days; open: expected in 30 days."""
    closed = None if status == "open" else DAY - timedelta(days=days)
    return {
        "opportunity_id": f"D{number}", "account_id": "a", "owner_id": "p", "status": status,
        "stage": "talk", "amount": Decimal(100), "probability": Decimal("0.4"),
        "created_on": (closed or DAY) - timedelta(days=40), "closed_on": closed,
        "expected_close": DAY + timedelta(days=30), **more,
    }  # fmt: skip


def company(*deals: dict[str, Any], lines: tuple[dict[str, Any], ...] = (), **more: Any) -> Rows:
    accounts = [{"account_id": a, "name": a, "owner_id": "p"} for a in ("a", "b")]
    found: dict[str, Any] = {"accounts": accounts, "opportunities": list(deals)}
    if lines:
        found["order_lines"] = list(lines)
    return {**found, **more}


WON_AND_LOST = (*(deal(n) for n in range(3)), *(deal(n, "lost") for n in (3, 4)))
"""Three won and two lost: a win rate of 0.6, a mean amount of 100, 40 days to win."""


def test_the_arithmetic_by_hand() -> None:
    """1000 - 300 won - 2 x 40 expected = 620; / 0.6 = 1033.3333; 7 wins, 11 deals."""
    rows_ = company(*WON_AND_LOST, deal(5, "open"), deal(6, "open"))
    result = asked(tables_from(rows_))
    expected = {
        "goal.from": START, "goal.due": DUE, "goal.amount": Decimal(1000),
        "goal.actual": Decimal(300), "goal.weighted": Decimal(80), "goal.to_go": Decimal(700),
        "goal.remaining": Decimal(620), "goal.rate_from": "account",
        "goal.win_rate": Decimal("0.6"), "goal.deal_size": Decimal(100),
        "goal.cycle_days": Decimal(40), "goal.required_pipeline": Decimal("1033.3333"),
        "goal.wins_needed": 7, "goal.deals_needed": 11, "goal.open_by": date(2027, 2, 19),
    }  # fmt: skip
    assert_facts(result, expected)
    oracles = oracle(frames_from(rows_), DAY, "a", "orders_won", Decimal(1000), START, DUE)
    assert_facts(result, oracles)


def test_a_goal_that_is_covered_needs_no_new_deal() -> None:
    result = asked(tables_from(company(*WON_AND_LOST)), goal=a_goal(250))
    assert figure(result, "goal.remaining") == -50
    names = ("goal.required_pipeline", "goal.wins_needed", "goal.deals_needed")
    assert [figure(result, name) for name in names] == [0, 0, 0]


def test_only_what_lies_in_the_plan_counts() -> None:
    """Won before the plan, expected after its due day or before it begins: none of the goal's."""
    early = deal(7, days=(DAY - START).days + 1)
    first = deal(8, days=(DAY - START).days)
    late = deal(9, "open", expected_close=DUE + timedelta(days=1))
    last = deal(10, "open", expected_close=DUE)
    result = asked(tables_from(company(early, first, late, last)))
    assert figure(result, "goal.actual") == 100
    assert figure(result, "goal.weighted") == 40
    before = START - timedelta(days=60)
    soon = deal(1, "open", created_on=before, expected_close=START - timedelta(days=1))
    then = deal(2, "open", created_on=before, expected_close=START)
    result = asked(tables_from(company(soon, then)), as_of=before)
    assert figure(result, "goal.actual") == 0
    assert figure(result, "goal.weighted") == 40


def test_after_the_due_day_nothing_more_is_expected_and_later_orders_do_not_count() -> None:
    due = DAY - timedelta(days=20)
    result = asked(tables_from(company(*WON_AND_LOST, deal(7, days=20), deal(8, "open"))),
                   goal=a_goal(due=due))  # fmt: skip
    assert figure(result, "goal.actual") == 100
    assert figure(result, "goal.weighted") == 0
    assert said(result, "had to be opened by")
    assert said(result, "The first submission for approval was due")


def test_deals_that_cannot_be_weighed_are_left_out_and_counted() -> None:
    result = asked(tables_from(company(
        *WON_AND_LOST, deal(5, amount=None), deal(6, "open"), deal(7, "open", amount=None),
        deal(8, "open", expected_close=DAY), deal(9, "open", expected_close=None))))  # fmt: skip
    assert figure(result, "goal.actual") == 300
    assert figure(result, "goal.weighted") == 40
    assert said(result, "Deals won without an amount are not in the actual: 1.")
    for words in ("has passed are not", "without an expected close", "without an amount or a"):
        assert said(result, words)
    weighted = result.fact("goal.weighted")
    assert weighted is not None
    assert [left.rows for left in weighted.basis.left_out] == [1, 1, 1]


def test_sales_count_for_a_goal_in_sales() -> None:
    lines = tuple(
        {"order_id": f"O{n}", "line_no": 1, "account_id": account, "ordered_on": day,
         "net_amount": Decimal(n)}
        for n, (account, day) in enumerate(
            [("a", START), ("a", START - timedelta(days=1)), ("b", DAY), ("a", DAY),
             ("a", DAY + timedelta(days=1))], 1)
    )  # fmt: skip
    tables = tables_from(company(*WON_AND_LOST, lines=lines))
    assert figure(asked(tables, goal=a_goal(100, "net_sales")), "goal.actual") == 5


# ---------------------------------------------------------------- what is unknown


NEEDED = ("goal.required_pipeline", "goal.wins_needed", "goal.deals_needed")


def test_without_a_closed_deal_there_is_no_rate_and_no_zero() -> None:
    result = asked(tables_from(company(deal(1, "open"))))
    for name in (*NEEDED, "goal.rate_from", "goal.win_rate", "goal.deal_size", "goal.cycle_days",
                 "goal.open_by"):  # fmt: skip
        assert figure(result, name) is None, name
    assert said(result, "the win rate and the pipeline needed are unknown")


def test_a_win_rate_of_zero_cannot_be_divided_by() -> None:
    result = asked(tables_from(company(*(deal(n, "lost") for n in range(5)))))
    assert figure(result, "goal.win_rate") == 0
    assert [figure(result, name) for name in (*NEEDED, "goal.open_by")] == [None] * 4
    assert said(result, "at a win rate of zero")
    assert said(result, "The days to win are unknown")


def test_deals_won_without_amounts_or_beginnings_leave_size_and_cycle_unknown() -> None:
    deals = [deal(n, amount=None, created_on=None) for n in range(5)]
    result = asked(tables_from(company(*deals)))
    assert figure(result, "goal.win_rate") == 1
    for name in ("goal.deal_size", "goal.cycle_days", "goal.open_by", "goal.actual", *NEEDED):
        assert figure(result, name) is None, name


@pytest.mark.parametrize("minimum", [1, 5, 6, 7])
def test_the_settings_say_how_many_closed_deals_are_enough(minimum: int) -> None:
    """The account has five, its owner six with b's."""
    settings = Settings(plans=Plans(minimum_closed=minimum))
    rows_ = company(*WON_AND_LOST, deal(9, account_id="b"), deal(10, account_id="b", owner_id="q"))
    result = asked(tables_from(rows_, settings=settings))
    expected = oracle(frames_from(rows_), DAY, "a", "orders_won", Decimal(1000), START, DUE,
                      minimum=minimum)  # fmt: skip
    assert_facts(result, expected)
    source = {1: "account", 5: "account", 6: "owner", 7: "company"}[minimum]
    assert figure(result, "goal.rate_from") == source
    assert said(result, "This account has 5 closed deals") is (source != "account")


def test_few_cases_of_the_whole_company_are_said_to_be_few() -> None:
    result = asked(tables_from(company(deal(1))))
    assert figure(result, "goal.rate_from") == "company"
    assert said(result, "Few cases: the win rate rests on 1 closed deal.")


def test_without_deals_everything_about_them_is_unknown_and_the_plan_still_adds_up() -> None:
    tables = tables_from({"accounts": [{"account_id": "a", "name": "a"}]})
    result = asked(tables, Action(id="x", what="x", goal="g", value=Decimal(1000)))
    for name in ("goal.actual", "goal.weighted", "goal.remaining", "goal.win_rate", *NEEDED):
        assert figure(result, name) is None, name
    assert figure(result, "goal.planned_reaches") == "yes"
    assert figure(result, "goal.approval_amount") == 1000
    assert said(result, "Without `opportunities` the actual is unknown")


def test_deals_of_no_known_account_are_not_taken_for_none() -> None:
    deals = [{k: v for k, v in deal(n).items() if k != "account_id"} for n in range(5)]
    sold = ({"order_id": "O", "line_no": 1, "account_id": "a", "ordered_on": DAY,
             "net_amount": Decimal(5)},)  # fmt: skip
    tables = tables_from(company(*deals, lines=sold))
    result = asked(tables, goal=a_goal(100, "net_sales"))
    assert figure(result, "goal.actual") == 5
    assert figure(result, "goal.weighted") is None
    assert figure(asked(tables), "goal.actual") is None


@pytest.mark.parametrize(
    ("goal", "unknown", "words"),
    [
        (a_goal(None), ("goal.to_go", "goal.remaining", "goal.planned_gap"), "has no amount"),
        (a_goal(due=None), ("goal.weighted", "goal.open_by", "goal.proposal_due"), "no due day"),
        (a_goal(measure="other"), ("goal.actual", "goal.weighted", "goal.planned_gap"),
         "not one that the data hold"),
        (a_goal(measure="operating_profit"), ("goal.weighted", "goal.planned_gap"),
         "does not tell a profit"),
        (a_goal(due=START - timedelta(days=1)), ("goal.actual", "goal.weighted"),
         "due before the plan begins"),
    ],
    ids=["amount", "due", "measure", "profit", "order"],
)  # fmt: skip
def test_what_a_goal_does_not_say_is_unknown_and_told(
    goal: Goal, unknown: tuple[str, ...], words: str
) -> None:
    result = asked(tables_from(company(*WON_AND_LOST)), goal=goal)
    for name in (*unknown, *NEEDED):
        assert figure(result, name) is None, name
    assert said(result, words)
    assert result.table is None or goal.due is not None


# ---------------------------------------------------------------- the plan's own actions


def action(id_: str, value: int | None, goal: str | None = "g") -> Action:
    return Action(id=id_, what=id_, goal=goal, value=None if value is None else Decimal(value))


@pytest.mark.parametrize(
    ("values", "total", "unknown", "gap", "reaches"),
    [
        ([600, 400], 1000, 0, 0, "yes"),
        ([600, 399], 999, 0, 1, "no"),
        ([600, None], 600, 1, 400, None),
        ([1000, None], 1000, 1, 0, "yes"),
        ([None, None], None, 2, None, None),
        ([], 0, 0, 1000, "no"),
        ([0], 0, 0, 1000, "no"),
    ],
)
def test_the_actions_add_up_and_unknown_values_are_counted(
    values: list[int | None], total: int | None, unknown: int, gap: int | None, reaches: str | None
) -> None:
    others = (action("other", 5000, "elsewhere"), action("none", 5000, None))
    mine = (action(f"x{n}", value) for n, value in enumerate(values))
    result = asked(tables_from(company()), *mine, *others)
    assert figure(result, "goal.actions") == len(values)
    assert figure(result, "goal.planned_value") == total
    assert figure(result, "goal.planned_unknown") == unknown
    assert figure(result, "goal.planned_gap") == gap
    assert figure(result, "goal.planned_reaches") == reaches
    assert said(result, f"Actions without an order value are not in the sum: {unknown}.") is (
        unknown > 0
    )


def test_a_dropped_action_brings_nothing() -> None:
    goal = a_goal()
    plan = a_plan("a", action("x", 600), action("y", 400), goal=goal).with_items(
        "progress", [Progress(id="y", dropped=True), Progress(id="x", done_on=DAY)]
    )
    result = goal_arithmetic(plan, goal, tables_from(company()), DAY)
    assert figure(result, "goal.planned_value") == 600


@given(st.lists(st.one_of(st.none(), st.integers(0, 10**12)), max_size=6), st.integers(0, 10**12))
def test_gap_and_sum_are_the_amount(values: list[int | None], amount: int) -> None:
    actions = [action(f"x{n}", value) for n, value in enumerate(values)]
    result = asked(EMPTY, *actions, goal=a_goal(amount))
    known = [value for value in values if value is not None]
    if values and not known:
        assert figure(result, "goal.planned_gap") is None
        return
    assert figure(result, "goal.planned_gap") == amount - sum(known)


EMPTY: ScopedTables = tables_from({"accounts": [{"account_id": "a", "name": "a"}]})


def test_orders_are_not_compared_with_a_profit() -> None:
    result = asked(EMPTY, action("x", 5000), goal=a_goal(1000, "operating_profit"))
    assert figure(result, "goal.planned_value") == 5000
    assert figure(result, "goal.planned_gap") is None
    assert figure(result, "goal.planned_reaches") is None
    assert said(result, "the orders planned cannot be compared")


# ---------------------------------------------------------------- the customer's approval


def test_the_largest_order_planned_is_what_is_approved() -> None:
    result = asked(tables_from(company(*WON_AND_LOST)), action("x", 600), action("y", 10_000_000))
    assert figure(result, "goal.approval_amount") == 10_000_000
    assert rows_of(result) == {
        "step:1": {
            "goal.step": "department_head", "goal.step_from": 0, "goal.step_days": 5,
            "goal.step_submit": date(2027, 3, 8), "goal.step_meeting": date(2027, 3, 15),
        },
        "step:2": {
            "goal.step": "executive", "goal.step_from": 10_000_000, "goal.step_days": 10,
            "goal.step_submit": date(2027, 3, 15), "goal.step_meeting": date(2027, 3, 29),
        },
    }  # fmt: skip
    assert figure(result, "goal.proposal_due") == date(2027, 3, 8)
    assert said(result, "No holidays are set")


def test_without_planned_values_the_mean_won_amount_else_the_goal_is_approved() -> None:
    assert figure(asked(tables_from(company(*WON_AND_LOST))), "goal.approval_amount") == 100
    assert figure(asked(EMPTY), "goal.approval_amount") == 1000
    unknown = asked(EMPTY, goal=a_goal(10, "other"))
    assert figure(unknown, "goal.approval_amount") is None
    assert len(rows_of(unknown)) == 3
    assert said(unknown, "every step of the approval is planned for")


def test_steps_and_holidays_come_from_the_settings() -> None:
    step = ApprovalStep(name="投資委員会", days=1, day=31)
    settings = Settings(plans=Plans(approval=[step], holidays=[date(2027, 3, 31)]))
    result = asked(tables_from(company(), settings=settings))
    (row,) = rows_of(result).values()
    assert (row["goal.step"], row["goal.step_submit"]) == ("投資委員会", date(2027, 3, 29))
    assert not said(result, "No holidays are set")
    none = asked(tables_from(company(), settings=Settings(plans=Plans(approval=[]))))
    assert rows_of(none) == {}
    assert figure(none, "goal.proposal_due") is None


# ---------------------------------------------------------------- what is refused


def test_an_account_out_of_sight_another_currency_and_a_slip_of_the_pen_are_refused() -> None:
    tables = tables_from(company())
    with pytest.raises(NotFoundError):
        asked(tables, account="nobody")
    with pytest.raises(InputError, match="The plan is in USD, the workspace in JPY"):
        asked(tables, currency="USD")
    with pytest.raises(InputError, match="9999-12-31 is not a day of a plan"):
        asked(tables, goal=a_goal(due=date(9999, 12, 31)))


def test_every_fact_says_what_it_rests_on() -> None:
    result = asked(tables_from(company(*WON_AND_LOST)))
    rate = result.fact("goal.win_rate")
    assert rate is not None
    assert (rate.basis.tool, rate.basis.rows, rate.basis.as_of) == ("goal_arithmetic", 5, DAY)
    assert rate.basis.arguments["goal"] == "g"
    assert rate.basis.settings["plans.minimum_closed"] == "5"
    assert rate.basis.note is not None
    assert rate.basis.note.en == "this account's deals"
