"""What is allocated adds up to its pool to the last unit, whoever asks and however it is cut."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.periods import Period, trailing
from crm.scope import Scope, ScopedTables
from crm.settings import Settings
from crm.thresholds import Profitability
from tests.companies import ADVENTUREWORKS_DAY, SAMPLE_DAY, SHARED, frames_from, tables_from
from tests.oracles import adventureworks as aw
from tests.oracles import adventureworks_full as full
from tests.oracles import allocation as oracle
from tests.oracles.canonical import Tables
from tests.tools.asking import ask, figure, money, rows_of
from tools.allocation import Basis, allocated_lines, allocation, operating_profit, unallocated
from tools.groups import by_group
from tools.query import fetch
from tools.remainders import largest_remainder

YEAR = trailing(SAMPLE_DAY, 365)
BASES: list[Basis] = ["revenue", "orders", "activity"]
Rows = dict[str, list[dict[str, Any]]]


def allocated(
    tables: ScopedTables, period: Period = YEAR, basis: Basis = "activity"
) -> dict[str, Decimal]:
    """What each account bears, those that bear nothing left out."""
    rows = fetch(operating_profit(tables, period, basis, SAMPLE_DAY))
    return {row["account_id"]: row["allocated"] for row in rows if row["allocated"]}


def account(name: str, **more: Any) -> dict[str, Any]:
    return {"account_id": name, "name": f"company {name}", "owner_id": "U1", **more}


def line(number: int, buyer: str, net: str = "100", **more: Any) -> dict[str, Any]:
    return {
        "order_id": f"O{number}",
        "line_no": 1,
        "account_id": buyer,
        "ordered_on": SAMPLE_DAY,
        "quantity": Decimal(1),
        "net_amount": Decimal(net),
        "standard_cost": Decimal(0),
        **more,
    }


def pool(amount: str, driver: str = "orders", period: str = "2026-09", **more: Any) -> Any:
    return {
        "pool": "P",
        "item": "I",
        "department": None,
        "period": period,
        "amount": Decimal(amount),
        "driver": driver,
        **more,
    }


def company(*pools: Any, **more: Any) -> Rows:
    """Three accounts: A with two orders, B and C with one."""
    return {
        "accounts": [account(name) for name in "ABC"],
        "order_lines": [line(n, buyer) for n, buyer in enumerate("AABC")],
        "cost_pools": list(pools),
        **more,
    }


def as_the_oracle_has_it(rows: Rows, period: Period = YEAR) -> dict[str, Decimal]:
    found = allocated(tables_from(rows), period)
    wanted = oracle.allocation(frames_from(rows), SAMPLE_DAY, (period.start, period.end))
    borne = {i: money(sum(items.values())) for i, items in wanted["by_account"].items()}
    assert found == {i: amount for i, amount in borne.items() if amount}
    return found


# ------------------------------------------------------------------ the largest remainder

QUANTITIES = st.lists(
    st.one_of(st.integers(-3, 9), st.integers(0, 10**6), st.integers(0, 10**20)), min_size=1
)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.integers(-100, 100), st.integers(-(10**18), 10**18)), QUANTITIES)
def test_any_amount_is_divided_as_the_oracle_divides_it(units: int, quantities: list[int]) -> None:
    given = {f"{place:04}": Decimal(q) for place, q in enumerate(quantities)}
    wanted = oracle.largest_remainder(units, {k: oracle.Fraction(q) for k, q in given.items()})
    if not wanted:
        with pytest.raises(ValueError, match="no quantity"):
            largest_remainder(units, np.array(quantities))
        return
    kind = np.int64 if max(quantities) < 2**63 else object
    parts = largest_remainder(units, np.array(quantities, dtype=kind))
    assert int(sum(map(int, parts))) == units
    assert parts.tolist() == [wanted.get(key, 0) for key in given]


def test_a_unit_that_is_left_over_goes_to_the_first_of_equals() -> None:
    assert largest_remainder(4, np.array([1, 1, 1])).tolist() == [2, 1, 1]
    assert largest_remainder(-5, np.array([1, 1, 1])).tolist() == [-2, -2, -1]


# ------------------------------------------------------------------ the sample company


@pytest.mark.parametrize("basis", BASES)
def test_what_the_accounts_bear_is_the_pools(sample: ScopedTables, basis: Basis) -> None:
    pools = fetch(sample["cost_pools"])
    within = [p["amount"] for p in pools if "2025-10" <= p["period"] <= "2026-09"]
    lines = fetch(allocated_lines(sample, YEAR, basis))
    assert sum(row["amount"] for row in lines) == sum(within)
    assert sum(allocated(sample, YEAR, basis).values()) == sum(within)
    assert allocation(sample, YEAR, basis).total == sum(within)


@pytest.mark.parametrize(
    ("basis", "period"),
    [
        ("activity", Period(date(2026, 1, 20), date(2026, 6, 10))),
        ("orders", Period(date(2026, 9, 1), SAMPLE_DAY)),
        ("revenue", Period(date(2026, 8, 15), SAMPLE_DAY)),
    ],
    ids=str,
)
def test_every_account_of_the_sample_company_bears_what_the_oracle_says(
    sample: ScopedTables, sample_raw: Tables, basis: Basis, period: Period
) -> None:
    wanted = oracle.allocation(sample_raw, SAMPLE_DAY, (period.start, period.end), basis)
    borne = {i: money(sum(items.values())) for i, items in wanted["by_account"].items()}
    assert allocated(sample, period, basis) == borne


def test_whoever_asks_gets_the_same_share_of_the_whole_company(sample: ScopedTables) -> None:
    everything = allocated(sample)
    owner = fetch(sample["accounts"].filter(sample["accounts"].account_id == "A001"))[0]["owner_id"]
    mine = ScopedTables(
        sample.snapshot, Scope(sees_all=False, person_ids=frozenset({owner})), sample.settings
    )
    own = allocated(mine)
    assert 0 < len(own) < len(everything)
    assert own == {account: everything[account] for account in own}
    seen = {row["account_id"] for row in fetch(mine["accounts"].select("account_id"))}
    assert {row["account_id"] for row in fetch(allocated_lines(mine, YEAR))} == set(own) <= seen


def test_a_group_bears_what_its_members_cause_together(sample: ScopedTables) -> None:
    groups = by_group(sample)
    together = allocated(groups)
    assert sum(together.values()) == allocation(sample, YEAR).total
    assert together.keys().isdisjoint(set(groups.heads) - set(groups.heads.values()))


def test_groups_can_be_asked_when_much_else_has_been_kept_since(sample: ScopedTables) -> None:
    before = allocated(by_group(sample))
    for number in range(70):
        sample.keep(("another", number), lambda: sample["accounts"].limit(1))
    assert allocated(by_group(sample)) == before


# ------------------------------------------------------------------ the edges


def test_a_pool_is_divided_by_its_driver_and_the_rest_goes_to_the_largest_remainders() -> None:
    assert as_the_oracle_has_it(company(pool("10.0001"))) == {
        "A": Decimal("5.0001"),
        "B": Decimal("2.5"),
        "C": Decimal("2.5"),
    }


def test_each_row_of_cost_pools_is_divided_by_itself() -> None:
    twice = as_the_oracle_has_it(company(pool("0.0001"), pool("0.0001")))
    assert twice == {"A": Decimal("0.0002")}


def test_a_negative_pool_gives_back_what_a_positive_one_takes() -> None:
    taken = as_the_oracle_has_it(company(pool("7.7777")))
    given_back = as_the_oracle_has_it(company(pool("-7.7777")))
    assert given_back == {account: -amount for account, amount in taken.items()}


@pytest.mark.parametrize(
    ("first", "last", "amount"),
    [("2026-09-01", "2026-09-30", "30"), ("2026-09-21", "2026-09-30", "10"),
     ("2026-08-01", "2026-08-31", None), ("2025-01-01", "2026-09-30", "30")],
)  # fmt: skip
def test_a_pool_counts_by_the_days_that_overlap(first: str, last: str, amount: str | None) -> None:
    period = Period(date.fromisoformat(first), date.fromisoformat(last))
    found = as_the_oracle_has_it(company(pool("30")), period)
    assert sum(found.values()) == (Decimal(amount) if amount else 0)


def test_only_orders_of_the_overlapping_days_count() -> None:
    like = company(pool("12"))
    like["order_lines"][3]["ordered_on"] = SAMPLE_DAY - timedelta(days=30)
    assert as_the_oracle_has_it(like) == {"A": 8, "B": 4}


def test_a_quantity_at_or_below_zero_takes_no_share() -> None:
    like = company(pool("12", "net_sales"))
    like["order_lines"][2]["net_amount"] = Decimal(-50)
    like["order_lines"][3]["net_amount"] = Decimal(0)
    assert as_the_oracle_has_it(like) == {"A": 12}


@pytest.mark.parametrize(
    ("driver", "shares"),
    [
        ("orders", {"A": 6, "B": 3, "C": 3}),
        ("order_lines", {"A": 6, "B": 3, "C": 3}),
        ("quantity", {"A": 3, "C": 9}),
        ("visits", {"A": 6, "B": 6}),
        ("hours", {"B": 12}),
        ("inquiries", {"C": 12}),
    ],
)
def test_every_driver_is_measured(driver: str, shares: dict[str, int]) -> None:
    like = company(
        pool("12", driver),
        activities=[
            activity(1, "A", "visit"),
            activity(2, "A", "call"),
            activity(3, "B", "executive_meeting", minutes=Decimal(30)),
        ],
        account_drivers=[recorded("C", "inquiries", "2026-09")],
    )
    for each, quantity in zip(like["order_lines"], (1, 1, None, 6), strict=True):
        each["quantity"] = None if quantity is None else Decimal(quantity)
    assert as_the_oracle_has_it(like) == shares


def activity(number: int, at: str, kind: str, **more: Any) -> dict[str, Any]:
    known = {"activity_id": f"V{number}", "account_id": at, "kind": kind, "minutes": None}
    return {**known, "occurred_on": SAMPLE_DAY, **more}


def recorded(at: str, driver: str, period: str, quantity: int = 1) -> dict[str, Any]:
    found = {"account_id": at, "driver": driver, "period": period}
    return {**found, "quantity": Decimal(quantity)}


def test_which_activities_are_visits_is_a_setting() -> None:
    like = company(pool("12", "visits"), activities=[activity(1, "A", "visit"),
                                                     activity(2, "B", "call")])  # fmt: skip
    for kinds, shares in ((["call"], {"B": 12}), ([], {})):
        tables = tables_from(
            like, settings=Settings(profitability=Profitability(visit_kinds=kinds))
        )
        assert allocated(tables) == shares
        result = ask("price_and_terms", tables_from({**like, "order_lines": [
            {**each, "list_amount": Decimal(9), "discount": Decimal(1)}
            for each in like["order_lines"]
        ]}, settings=tables.settings), SAMPLE_DAY)  # fmt: skip
        visits = [rows_of(result)[f"account:{name}"]["price.visits"] for name in "AB"]
        assert visits == [0, len(kinds)]


@pytest.mark.parametrize(
    ("written", "counts"),
    [("2026-09", True), ("FY2026H1", True), ("2026-04", True), ("2026-09-30..2026-10-01", False),
     ("FY2026", False), ("2026-03", False), ("sometime", False)],
)  # fmt: skip
def test_a_recorded_quantity_counts_when_its_period_lies_within_the_pools(
    written: str, counts: bool
) -> None:
    rows = [recorded("A", "calls", written, 3), recorded("B", "calls", "2026-05")]
    like = company(pool("12", "calls", "FY2026H1"), account_drivers=rows)
    found = allocated(tables_from(like))
    assert found == ({"A": 9, "B": 3} if counts else {"B": 12})


def test_a_quantity_recorded_for_a_period_that_has_not_begun_does_not_exist() -> None:
    rows = [recorded("A", "calls", "2026-10"), recorded("B", "calls", "2026-09")]
    like = company(pool("24", "calls", "FY2026"), account_drivers=rows)
    assert as_the_oracle_has_it(like).keys() == {"B"}


def test_returns_are_lines_below_zero_where_none_are_recorded() -> None:
    like = company(pool("12", "returns"))
    like["order_lines"] += [line(8, "B", "-5"), line(9, "C", "-70")]
    assert as_the_oracle_has_it(like) == {"B": 6, "C": 6}
    like["account_drivers"] = [recorded("A", "returns", "2026-08")]
    assert as_the_oracle_has_it(like) == {"B": 6, "C": 6}
    like["account_drivers"] = [recorded("A", "returns", "2026-09")]
    assert as_the_oracle_has_it(like) == {"A": 12}


@pytest.mark.parametrize("driver", ["visits", "inquiries", "returns", "quantity"])
def test_a_pool_that_no_account_drives_is_left_and_said(driver: str) -> None:
    like = company(pool("12", driver, pool="窓口"), pool("4"))
    for each in like["order_lines"]:
        each["quantity"] = None
    tables = tables_from(like)
    assert as_the_oracle_has_it(like) == {"A": 2, "B": 1, "C": 1}
    left = unallocated(tables, YEAR)
    assert [(x.pool, x.driver, x.amount, x.why) for x in left] == [("窓口", driver, 12, "driver")]
    result = ask("customer_profitability", tables, SAMPLE_DAY, account_id="A")
    assert figure(result, "profit.unallocated") == 12
    said = next(w for w in result.warnings if "窓口" in w.en)
    assert driver in said.en
    assert "account_drivers" in said.en
    assert "account_drivers" in said.ja


def test_a_pool_whose_period_cannot_be_read_is_left_and_said() -> None:
    tables = tables_from(company(pool("12", period="once"), pool("4")))
    assert sum(allocated(tables).values()) == 4
    result = ask("customer_profitability", tables, SAMPLE_DAY, account_id="A")
    assert result.fact("profit.unallocated") is None
    assert any("period cannot be read" in w.en for w in result.warnings)


def test_amounts_and_quantities_of_any_size_are_divided_exactly() -> None:
    like = company(*[pool("99999999999999.9999", "net_sales")] * 7)
    for each in like["order_lines"]:
        each["net_amount"] = Decimal("99999999999999.9999")
    like["order_lines"] += [{**like["order_lines"][0], "line_no": n} for n in range(2, 20)]
    found = as_the_oracle_has_it(like)
    assert sum(found.values()) == 7 * Decimal("99999999999999.9999")


def test_without_pools_nothing_is_allocated() -> None:
    like = company()
    del like["cost_pools"]
    assert allocated(tables_from(like)) == {}


def test_unknown_profit_stays_unknown() -> None:
    like = company(pool("4"))
    like["order_lines"][2]["standard_cost"] = None
    rows = {r["account_id"]: r for r in fetch(operating_profit(tables_from(like), YEAR))}
    assert rows["B"]["operating_profit"] is None
    assert rows["B"]["allocated"] == 1
    assert rows["C"]["operating_profit"] == 99


def test_the_order_of_rows_means_nothing() -> None:
    like = company(pool("0.0003"), pool("7.0001", "net_sales", "FY2026"), pool("-2.0003"))
    turned = {table: rows[::-1] for table, rows in like.items()}
    assert allocated(tables_from(turned)) == allocated(tables_from(like))


def test_an_account_without_the_driver_changes_nobodys_share() -> None:
    like = company(pool("7.7777"))
    wider = {**like, "accounts": [*like["accounts"], account("Z")]}
    assert allocated(tables_from(wider)) == allocated(tables_from(like))


def test_a_child_seen_without_its_parent_bears_its_own_share() -> None:
    like = company(pool("12"))
    like["accounts"] = [account("A", owner_id="U2"), account("B", parent_id="A"),
                        account("C", parent_id="B")]  # fmt: skip
    for each in like["accounts"]:
        each.setdefault("parent_id", None)
    mine = tables_from(like, Scope(sees_all=False, person_ids=frozenset({"U1"})))
    assert allocated(by_group(mine)) == {"B": 6}
    assert allocated(by_group(tables_from(like))) == {"A": 12}


# ------------------------------------------------------------------ AdventureWorks

needs_adventureworks = pytest.mark.skipif(
    not (SHARED / "adventureworks").is_dir(), reason=f"{SHARED / 'adventureworks'} is absent"
)


@cache
def driven() -> dict[str, dict[str, dict[str, int]]]:
    """Orders, and net sales in units of 0.0001, by month and reseller, from the raw lines."""
    orders: dict[str, dict[str, set[str]]] = {}
    sales: dict[str, Counter[str]] = {}
    for sold in aw.lines():
        month, buyer = sold["ordered_on"].strftime("%Y-%m"), sold["account_id"]
        orders.setdefault(month, {}).setdefault(buyer, set()).add(sold["order_id"])
        sales.setdefault(month, Counter())[buyer] += int(sold["net_amount"].scaleb(4))
    counted = {m: {i: len(o) for i, o in each.items()} for m, each in orders.items()}
    return {"orders": counted, "net_sales": {m: dict(each) for m, each in sales.items()}}


def borne(pools: list[Any], basis: Basis) -> dict[str, int]:
    """What each reseller bears of these pools, in units: floors, then the largest remainders."""
    total: Counter[str] = Counter()
    for each in pools:
        driver = {"revenue": "net_sales", "orders": "orders"}.get(basis, each["driver"])
        quantities = driven()[driver].get(each["period"], {})
        units, whole = int(each["amount"].scaleb(4)), sum(quantities.values())
        quotas = {i: divmod(abs(units) * q, whole) for i, q in quantities.items()}
        left = abs(units) - sum(floor for floor, _rest in quotas.values())
        first = set(sorted(quotas, key=lambda i: (-quotas[i][1], i))[:left])
        for i, (floor, _rest) in quotas.items():
            total[i] += (floor + (i in first)) * (1 if units > 0 else -1)
    return total


@needs_adventureworks
@pytest.mark.parametrize("basis", BASES)
def test_the_ledger_of_adventureworks_is_allocated_to_the_last_unit(
    adventureworks: ScopedTables, basis: Basis
) -> None:
    quarter = Period(date(2013, 9, 1), ADVENTUREWORKS_DAY)
    pools = [p for p in full.cost_pools() if "2013-09" <= p["period"] <= "2013-11"]
    wanted = {i: Decimal(units).scaleb(-4) for i, units in borne(pools, basis).items() if units}
    assert allocated(adventureworks, quarter, basis) == wanted
    assert sum(wanted.values()) == sum(p["amount"] for p in pools)


@needs_adventureworks
def test_under_the_whole_ledger_of_adventureworks_every_reseller_loses_money_on_every_basis(
    adventureworks: ScopedTables,
) -> None:
    """50,080,876.00 of cost on 80,450,596.98 of sales whose gross profit is 470,482.61."""
    result = ask(
        "allocation_stress", adventureworks, ADVENTUREWORKS_DAY, period="2010-12-01..2013-11-30"
    )
    assert figure(result, "stress.pool_total") == Decimal("50080876")
    assert figure(result, "stress.accounts") == 635
    assert figure(result, "stress.sign_changes") == 0
    end = aw.losers()["end"] - Decimal("50080876")
    for basis in BASES:
        assert figure(result, f"stress.total_{basis}") == end


class ConferencesOnly(ScopedTables):
    """AdventureWorks with one pool of its ledger, small beside the resellers' profits."""

    def __getitem__(self, table: str) -> Any:
        rows = super().__getitem__(table)
        return rows.filter(rows.pool == "Conferences") if table == "cost_pools" else rows


CHANGERS = [
    "6", "30", "46", "106", "111", "246", "287", "304", "459", "467", "521", "532", "560", "609",
    "626", "654", "690",
]  # fmt: skip


@needs_adventureworks
def test_the_resellers_whose_sign_depends_on_the_driver_of_one_pool(
    adventureworks: ScopedTables,
) -> None:
    tables = ConferencesOnly(adventureworks.snapshot, adventureworks.scope, adventureworks.settings)
    result = ask(
        "allocation_stress", tables, ADVENTUREWORKS_DAY, period="2010-12-01..2013-11-30", limit=500
    )
    last = ADVENTUREWORKS_DAY.strftime("%Y-%m")
    pools = [p for p in full.cost_pools() if p["pool"] == "Conferences" and p["period"] <= last]
    shares = {basis: borne(pools, basis) for basis in BASES}
    profits = {
        row["account_id"]: {
            basis: row["profit"] - Decimal(shares[basis][row["account_id"]]).scaleb(-4)
            for basis in BASES
        }
        for row in aw.resellers().to_dict("records")
    }
    changing = {
        i: each for i, each in profits.items() if min(each.values()) < 0 <= max(each.values())
    }
    told = {
        subject.removeprefix("account:"): {basis: row[f"stress.{basis}"] for basis in BASES}
        for subject, row in rows_of(result).items()
        if row["stress.sign_change"] == "yes"
    }
    assert told == changing
    assert sorted(told, key=int) == CHANGERS
    assert figure(result, "stress.sign_changes") == len(CHANGERS)
