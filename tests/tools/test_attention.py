"""The attention list flags what the oracle flags, with its money, and ranks by money and weight."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest

from crm.scope import Scope, ScopedTables
from crm.settings import Settings
from crm.thresholds import Attention
from tests.companies import ADVENTUREWORKS_DAY, SAMPLE_DAY, frames_from, tables_from
from tests.oracles import adventureworks as raw_adventureworks
from tests.oracles.attention import Signals, attention_signals
from tests.oracles.canonical import Tables, rows
from tests.tools.asking import ask, figure, money, rows_of
from tools.account_signals import raised_signals
from tools.query import fetch

SEVERITY = Attention().severity
DAYS = [SAMPLE_DAY, date(2026, 3, 31), date(2025, 6, 30)]
Cases = Sequence[dict[str, list[dict[str, Any]]]]


def raised(tables: ScopedTables, as_of: date) -> dict[str, Signals]:
    """Every signal with its money, by account; fails when an account has one signal twice."""
    found: dict[str, Signals] = {}
    for row in fetch(raised_signals(tables, as_of)):
        mine = found.setdefault(row["account_id"], {})
        assert row["signal"] not in mine
        mine[row["signal"]] = money(row["money"])
    return found


def expected(raw: Tables, as_of: date, fiscal_start: int = 4) -> dict[str, Signals]:
    found = attention_signals(raw, as_of, fiscal_start=fiscal_start)
    return {a: {s: money(m) for s, m in mine.items()} for a, mine in found.items() if mine}


def same(signal: str, found: Any, wanted: Decimal | None) -> bool:
    """Equal to the last digit; a lower margin to a thousandth, as labour keeps four decimals."""
    if signal == "margin_down" and None not in (found, wanted):
        return bool(abs(found - wanted) < Decimal("0.001"))
    return bool(found == wanted)


def assert_equal(found: dict[str, Signals], wanted: dict[str, Signals]) -> None:
    assert {a: set(mine) for a, mine in found.items()} == {a: set(m) for a, m in wanted.items()}
    for account, mine in found.items():
        for signal, stake in mine.items():
            assert same(signal, stake, wanted[account][signal]), (account, signal)


@pytest.mark.parametrize("as_of", DAYS, ids=str)
def test_every_signal_of_the_sample_company_with_its_money(
    sample: ScopedTables, sample_raw: Tables, as_of: date
) -> None:
    assert_equal(raised(sample, as_of), expected(sample_raw, as_of))


def test_every_signal_of_adventureworks_with_its_money(adventureworks: ScopedTables) -> None:
    wanted = expected(raw_adventureworks.canonical_tables(), ADVENTUREWORKS_DAY, fiscal_start=1)
    assert_equal(raised(adventureworks, ADVENTUREWORKS_DAY), wanted)


def score(mine: Signals) -> tuple[Decimal, Decimal]:
    worth = max((m or Decimal(0)) * SEVERITY[s] for s, m in mine.items())
    return worth, sum((SEVERITY[s] for s in mine), Decimal(0))


def test_accounts_stand_by_money_at_stake_times_weight(
    sample: ScopedTables, sample_raw: Tables
) -> None:
    flagged = expected(sample_raw, SAMPLE_DAY)
    result = ask("needs_attention", sample, SAMPLE_DAY, limit=500)
    order = sorted(flagged, key=lambda a: (*(-x for x in score(flagged[a])), f"account:{a}"))
    found = rows_of(result)
    assert list(found) == [f"account:{a}" for a in order]
    assert figure(result, "attention.flagged_count") == len(flagged)
    assert figure(result, "attention.account_count") == 120
    for account in order:
        row, mine = found[f"account:{account}"], flagged[account]
        first, *_ = str(row["attention.signals"]).split(";")
        assert set(str(row["attention.signals"]).split(";")) == set(mine)
        assert (mine[first] or 0) * SEVERITY[first] == score(mine)[0]
        stake = row["attention.money_at_stake"]
        assert same(first, stake, mine[first])
        assert row["attention.money_kind"] == row["attention.next_step"] == first


def test_a_manager_can_look_at_one_person_or_team(sample: ScopedTables, sample_raw: Tables) -> None:
    everyone = list(rows_of(ask("needs_attention", sample, SAMPLE_DAY, limit=500)))
    owner = {f"account:{a['account_id']}": a["owner_id"] for a in rows(sample_raw, "accounts")}
    team = {p["person_id"]: p["team"] for p in rows(sample_raw, "people")}
    mine = ask("needs_attention", sample, SAMPLE_DAY, owner_id="U10", limit=500)
    assert list(rows_of(mine)) == [a for a in everyone if owner[a] == "U10"]
    theirs = ask("needs_attention", sample, SAMPLE_DAY, team=team["U10"], limit=500)
    assert list(rows_of(theirs)) == [a for a in everyone if team[owner[a]] == team["U10"]]


def test_a_signal_picks_the_accounts_that_have_it(sample: ScopedTables) -> None:
    everyone = rows_of(ask("needs_attention", sample, SAMPLE_DAY, limit=500))
    picked = ask("needs_attention", sample, SAMPLE_DAY, signal="sales_down", limit=500)
    assert list(rows_of(picked)) == [
        a for a, row in everyone.items() if "sales_down" in str(row["attention.signals"])
    ]


def test_every_signal_in_the_list_has_its_figure(sample: ScopedTables) -> None:
    result = ask("needs_attention", sample, SAMPLE_DAY, limit=500)
    figures = {(f.name, f.subject) for f in result.facts}
    for subject, row in rows_of(result).items():
        for code in str(row["attention.signals"]).split(";"):
            assert (f"signal.{code}", subject) in figures


# ------------------------------------------------------------------ the edges of single signals


def company(**tables: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    base = {
        "accounts": [{"account_id": "A", "name": "a", "status": "customer"}],
        "opportunities": [], "activities": [], "contacts": [], "order_lines": [], "targets": [],
        "engagements": [],
    }  # fmt: skip
    return {**base, **tables}


def signals_of(rows_: dict[str, list[dict[str, Any]]]) -> dict[str, Signals]:
    """The signals of each account, after the oracle has been seen to agree on all of them."""
    kept = {t: r for t, r in rows_.items() if r}
    empty = {t: r for t, r in rows_.items() if not r}
    found = raised(tables_from({**kept, **empty}), SAMPLE_DAY)
    assert found == expected(frames_from(rows_), SAMPLE_DAY)
    return found


def signals_of_a(rows_: dict[str, list[dict[str, Any]]]) -> Signals:
    return signals_of(rows_).get("A", {})


def flags(signal: str, cases: Cases, **of_all: list[dict[str, Any]]) -> list[bool]:
    """Whether the signal is raised at each of the accounts A0, A1, ..., whose rows are the cases':
    accounts beside each other, for each is judged by itself."""
    tables: dict[str, list[dict[str, Any]]] = {"accounts": []} | of_all
    for number, case in enumerate(cases):
        mine = {"account_id": f"A{number}", "name": "a", "status": "customer"}
        tables["accounts"].append(mine | case.get("accounts", [{}])[0])
        for table, rows_ in case.items():
            if table != "accounts":
                owned = [row | {"account_id": mine["account_id"]} for row in rows_]
                tables.setdefault(table, []).extend(owned)
    found = signals_of(company(**tables))
    return [signal in found.get(f"A{number}", {}) for number in range(len(cases))]


def ago(days: int) -> date:
    return SAMPLE_DAY - timedelta(days=days)


def order(day: date, net: str, account_id: str = "A", **more: Any) -> dict[str, Any]:
    return {"order_id": f"{account_id}{day}", "line_no": 1, "account_id": account_id,
            "ordered_on": day, "net_amount": Decimal(net), "standard_cost": None,
            "freight": None, **more}  # fmt: skip


def test_sales_are_down_at_minus_twenty_percent_exactly() -> None:
    sold = [("80", "100"), ("80.01", "100"), ("80.0001", "100"), ("0", "100"), ("50", "0")]
    cases = [
        {"order_lines": [order(ago(89), now, f"A{n}"), order(ago(89 + 365), before, f"A{n}")]}
        for n, (now, before) in enumerate(sold)
    ]
    assert flags("sales_down", cases) == [True, False, False, True, False]


def test_the_margin_is_down_at_five_points_exactly() -> None:
    cases = [
        {
            "order_lines": [
                order(ago(1), "100", f"A{n}", standard_cost=Decimal(cost)),
                order(ago(366), "100", f"A{n}", standard_cost=Decimal(60)),
            ]
        }
        for n, cost in enumerate(("65", "64.9999", "70", "50"))
    ]
    assert flags("margin_down", cases) == [True, False, True, False]


def test_the_money_of_a_lower_margin_is_exact_to_the_last_digit() -> None:
    lines = [
        order(ago(1), "9000000001", standard_cost=Decimal(7000000000)),
        order(ago(366), "7", standard_cost=Decimal(3)),
    ]
    assert signals_of_a(company(order_lines=lines))["margin_down"] is not None


def test_a_contract_ends_within_ninety_days() -> None:
    cases = [
        {"accounts": [{"contract_end": ago(-days), "status": "former"}],
         "order_lines": [order(ago(1), "5", f"A{n}")]}
        for n, days in enumerate((0, 90, 91, -1))
    ]  # fmt: skip
    assert flags("contract_ends", cases) == [True, True, False, False]


def test_a_customer_is_silent_after_ninety_days() -> None:
    cases = [
        {"activities": [{"activity_id": f"T{days}", "kind": "call", "occurred_on": ago(days)}]}
        for days in (89, 90, 400)
    ]
    others = {"accounts": [{"account_id": "B", "name": "b", "status": "customer"}]}
    found = flags("silence", cases, order_lines=[order(ago(1), "5", "B")], **others)
    assert found == [False, True, True]


@pytest.mark.parametrize(("days", "flagged"), [(29, False), (30, True)])
def test_a_top_account_is_silent_after_thirty_days(days: int, flagged: bool) -> None:
    acts = [{"activity_id": "T", "account_id": "A", "kind": "call", "occurred_on": ago(days)}]
    found = signals_of_a(company(activities=acts, order_lines=[order(ago(1), "5")]))
    assert ("silence" in found) == flagged


@pytest.mark.parametrize(
    ("role", "code"), [("champion", "champion_left"), ("decision_maker", "decision_maker_gone")]
)
def test_a_person_who_left_within_a_hundred_and_eighty_days_counts(role: str, code: str) -> None:
    cases = [
        {"contacts": [{"contact_id": f"C{days}", "name": "c", "buying_role": role,
                       "left_on": ago(days)}]}
        for days in (0, 179, 180, -1)
    ]  # fmt: skip
    assert flags(code, cases) == [True, True, False, False]


def test_a_champion_who_is_followed_by_another_is_no_signal() -> None:
    people = [
        {"contact_id": c, "account_id": "A", "name": c, "buying_role": "champion", "left_on": left}
        for c, left in (("C1", ago(3)), ("C2", None))
    ]
    assert "champion_left" not in signals_of_a(company(contacts=people))


def views(*counts: int) -> list[dict[str, Any]]:
    """Document views in the last thirty days and in the three windows before."""
    return [
        {"document": f"{n}", "viewed_at": ago(30 * window + 1)}
        for window, count in enumerate(counts)
        for n in range(count)
    ]


def test_views_surge_at_three_times_and_drop_at_a_third_of_the_usual() -> None:
    surge = [(5, 1, 2, 2), (5, 0, 0, 0)]
    drop = [(2, 6, 6, 6), (1, 5, 5, 5)]
    usual = [(5, 2, 2, 2), (4, 0, 0, 0), (2, 5, 5, 5), (0, 4, 5, 5)]
    cases = [{"engagements": views(*counts)} for counts in (*surge, *drop, *usual)]
    assert flags("engagement_surge", cases) == [True] * 2 + [False] * 6
    assert flags("engagement_drop", cases) == [False] * 2 + [True] * 2 + [False] * 4


@pytest.mark.parametrize(("mine", "flagged"), [("25", True), ("24.9999", False), ("100", True)])
def test_a_quarter_of_all_sales_is_a_concentration(mine: str, flagged: bool) -> None:
    lines = [order(ago(1), mine), order(ago(1), str(100 - Decimal(mine)), "B")]
    assert ("concentration" in signals_of_a(company(order_lines=lines))) == flagged


def target(period: str, amount: str, **more: Any) -> dict[str, Any]:
    return {"account_id": "A", "period": period, "measure": "net_sales",
            "amount": Decimal(amount), **more}  # fmt: skip


def test_a_target_is_missed_below_eighty_percent_of_what_was_due() -> None:
    cases = [
        {"targets": [target("FY2026H1", "100")],
         "order_lines": [order(date(2026, 4, 1), actual, f"A{n}")]}
        for n, actual in enumerate(("80", "79.9999", "0"))
    ]  # fmt: skip
    assert flags("target_gap", cases) == [False, True, True]


def test_of_two_missed_targets_the_larger_shortfall_counts() -> None:
    targets = [target("FY2026H1", "100"), target("FY2026", "300"), target("FY2026Q2", "10")]
    found = signals_of_a(company(targets=targets, order_lines=[order(date(2026, 4, 1), "1")]))
    assert found["target_gap"] == money(Decimal(300) * 183 / 365 - 1)


def test_a_target_whose_period_cannot_be_read_is_left_out_and_said_so() -> None:
    rows_ = company(
        targets=[target("第3四半期", "100")], order_lines=[order(date(2026, 4, 1), "1")]
    )
    result = ask("needs_attention", tables_from(rows_), SAMPLE_DAY)
    assert "target_gap" not in str(rows_of(result))
    assert any("period" in w.en for w in result.warnings)


# ------------------------------------------------------------------ deals and plans


def open_deal(number: int, **more: Any) -> dict[str, Any]:
    return {"opportunity_id": f"D{number}", "account_id": "A", "status": "open", "stage": "q",
            "amount": Decimal(100), "probability": Decimal("0.5"), **more}  # fmt: skip


def history(number: int, *steps: tuple[int, dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"opportunity_id": f"D{number}", "stage": "q", "entered_on": ago(days), **more}
        for days, more in steps
    ]


def flagged_with(tables: ScopedTables, signal: str) -> tuple[Any, Any]:
    """The figure of the signal at account A, and the money of that signal."""
    result = ask("needs_attention", tables, SAMPLE_DAY, signal=signal)
    return figure(result, f"signal.{signal}"), raised(tables, SAMPLE_DAY)["A"][signal]


def test_pushed_and_shrunk_deals_flag_their_account_with_the_worst_figure() -> None:
    moves = [(30 - n, {"expected_close": ago(-n), "amount": Decimal(200)}) for n in range(3)]
    company_ = company(
        opportunities=[
            open_deal(1, expected_close=ago(-9)),
            open_deal(2, expected_close=ago(-2), amount=Decimal(150)),
            open_deal(3, expected_close=ago(-9), amount=Decimal(500)),
        ],
        stage_history=[*history(1, *moves), *history(2, *moves), *history(3, (9, {}))],
    )
    tables = tables_from(company_)
    assert flagged_with(tables, "pushed") == (3, Decimal(125))  # half of 100 and of 150
    assert flagged_with(tables, "shrunk") == (Decimal("0.5"), Decimal(125))


PLANS = pa.table(
    {
        "account_id": ["A", "A", "B"],
        "plan_id": ["P1", "P2", "P3"],
        "kpi_attainment": [Decimal("0.900000"), Decimal("0.799999"), Decimal("0.800000")],
        "review_due": [ago(12), ago(3), SAMPLE_DAY],
    }
)


class WithPlans(ScopedTables):
    """Tables that know what the plans are at, as they will when plans are kept."""

    def __contains__(self, table: str) -> bool:
        return table == "plan_status" or super().__contains__(table)

    def __getitem__(self, table: str) -> ibis.Table:
        if table == "plan_status":
            return self.keep(("plan_status",), lambda: PLANS)
        return super().__getitem__(table)


@pytest.fixture
def planned() -> ScopedTables:
    both = [{"account_id": i, "name": i, "status": "prospect"} for i in "AB"]
    plain = tables_from(company(accounts=both, opportunities=[open_deal(1)]))
    return WithPlans(plain.snapshot, plain.scope, plain.settings)


def test_the_plan_furthest_behind_flags_its_account(planned: ScopedTables) -> None:
    assert flagged_with(planned, "plan_behind") == (Decimal("0.799999"), Decimal(50))
    assert "B" not in raised(planned, SAMPLE_DAY)


def test_the_review_longest_overdue_flags_its_account(planned: ScopedTables) -> None:
    assert flagged_with(planned, "plan_overdue") == (12, Decimal(50))


def test_without_plans_nothing_is_said_of_them(sample: ScopedTables) -> None:
    warned = " ".join(w.en for w in ask("needs_attention", sample, SAMPLE_DAY).warnings)
    assert "plan" not in warned


# ------------------------------------------------------------------ whom it concerns


def test_an_unrelated_account_changes_no_signal_that_is_an_accounts_own() -> None:
    lines = [order(ago(1), "50"), order(ago(366), "100")]
    alone = raised(tables_from(company(order_lines=lines)), SAMPLE_DAY)
    accounts = [{"account_id": i, "name": i, "status": "customer"} for i in "AZ"]
    wider = company(accounts=accounts, order_lines=[*lines, order(ago(1), "1", "Z")])
    assert raised(tables_from(wider), SAMPLE_DAY)["A"] == alone["A"]


def test_who_sees_a_part_hears_of_no_concentration(sample: ScopedTables) -> None:
    mine = ScopedTables(sample.snapshot, Scope(False, frozenset({"U10"})), sample.settings)
    assert all("concentration" not in found for found in raised(mine, SAMPLE_DAY).values())


def test_where_no_account_has_a_status_those_who_ordered_are_the_customers() -> None:
    rows_ = company(
        accounts=[{"account_id": i, "name": i} for i in "AB"],
        order_lines=[order(ago(500), "5")],
        activities=[{"activity_id": "T", "account_id": "B", "kind": "call", "occurred_on": ago(9)}],
    )
    result = ask("needs_attention", tables_from(rows_), SAMPLE_DAY)
    assert rows_of(result)["account:A"]["attention.signals"] == "silence"
    assert any("status" in warning.en for warning in result.warnings)


def test_the_severity_of_the_settings_decides_the_order() -> None:
    lines = [order(ago(1), "50"), order(ago(366), "100")]
    accounts = [{"account_id": "A", "name": "a", "status": "former", "contract_end": SAMPLE_DAY}]
    rows_ = company(accounts=accounts, order_lines=lines)

    def first(**severity: str) -> str:
        weights = {code: Decimal(weight) for code, weight in severity.items()}
        settings = Settings(attention=Attention(severity=weights))
        result = ask("needs_attention", tables_from(rows_, settings=settings), SAMPLE_DAY)
        return str(rows_of(result)["account:A"]["attention.signals"]).split(";")[0]

    assert first(sales_down="1", contract_ends="0.1") == "sales_down"
    assert first(sales_down="0.1", contract_ends="1") == "contract_ends"
