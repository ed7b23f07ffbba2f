"""Small companies at random, full of ties, gaps and edges, for the laws that every tool keeps."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.companies import SAMPLE_DAY

Company = dict[str, list[dict[str, Any]]]
IDS = ["A1", "A2", "A3", "A4"]
STAGES = ["提案", "見積"]

accounts = st.sampled_from(IDS)
amounts = st.one_of(st.none(), st.sampled_from([0, 1, 100, 333, 1_000_000])).map(
    lambda n: None if n is None else Decimal(n)
)
known = st.sampled_from([1, 100, 333, 1_000_000]).map(Decimal)
days = st.sampled_from(
    [
        0,
        1,
        7,
        8,
        14,
        15,
        29,
        30,
        31,
        60,
        89,
        90,
        91,
        179,
        180,
        364,
        365,
        400,
        454,
        455,
        729,
        -1,
        -40,
    ]
).map(lambda n: SAMPLE_DAY - timedelta(days=n))
maybe_day = st.one_of(st.none(), days)


@st.composite
def deals(draw: st.DrawFn, number: int) -> dict[str, Any]:
    status = draw(st.sampled_from(["open", "open", "won", "lost"]))
    return {
        "opportunity_id": f"D{number}",
        "account_id": draw(st.one_of(st.none(), accounts)),
        "owner_id": draw(st.sampled_from(["U1", "U2", None])),
        "product_id": draw(st.sampled_from(["P1", "P2", None])),
        "category": draw(st.sampled_from(["センサー", None])),
        "stage": draw(st.sampled_from(STAGES)),
        "status": status,
        "amount": draw(amounts),
        "probability": draw(st.sampled_from([None, Decimal("0.3"), Decimal("0.123457")])),
        "created_on": draw(maybe_day),
        "expected_close": draw(maybe_day),
        "closed_on": draw(days if status != "open" else st.none()),
        "competitor": draw(st.sampled_from(["X", None])),
        "next_step": draw(st.sampled_from(["call", None])),
        "next_step_due": draw(maybe_day),
    }


@st.composite
def companies(draw: st.DrawFn) -> Company:
    """A company of four accounts with a few rows in every table that the tools read."""

    def some(make: Any, most: int) -> list[dict[str, Any]]:
        return [draw(make(n)) for n in range(draw(st.integers(0, most)))]

    def rows(**columns: Any) -> Any:
        return lambda n: st.fixed_dictionaries(
            {c: v(n) if callable(v) else v for c, v in columns.items()}
        )

    opportunities = some(deals, 5)
    return {
        "accounts": [
            {
                "account_id": i,
                "name": f"name {i}",
                "industry": draw(st.sampled_from(["食品", None])),
                "employees": draw(st.sampled_from([None, 10, 20])),
                "annual_revenue": draw(amounts),
                "status": draw(st.sampled_from(["customer", "customer", "prospect"])),
                "owner_id": draw(st.sampled_from(["U1", "U2", None])),
                "contract_end": draw(maybe_day),
            }
            for i in IDS
        ],
        "people": [
            {"person_id": p, "name": f"name {p}", "team": t, "manager_id": "U1",
             "hourly_cost": Decimal(6000)}
            for p, t in (("U1", "東"), ("U2", "西"))
        ],
        "products": [
            {"product_id": p, "name": f"name {p}", "category": c}
            for p, c in (("P1", "センサー"), ("P2", None))
        ],
        "contacts": some(
            rows(contact_id=lambda n: st.just(f"C{n}"), account_id=accounts, name=st.just("c"),
                 buying_role=st.sampled_from(["decision_maker", "champion", "user", None]),
                 left_on=maybe_day), 4),
        "opportunities": opportunities,
        "stage_history": [
            {"opportunity_id": d["opportunity_id"], "stage": stage,
             "entered_on": SAMPLE_DAY - timedelta(days=first - 20 * step)}
            for d in opportunities
            for first in [draw(st.sampled_from([40, 100, 500]))]
            for step, stage in enumerate(STAGES)
        ],
        "order_lines": some(
            rows(order_id=lambda n: st.just(f"O{n // 2}"), line_no=lambda n: st.just(n),
                 account_id=accounts, ordered_on=days, net_amount=known, list_amount=amounts,
                 discount=amounts, standard_cost=amounts, freight=amounts), 8),
        "activities": some(
            rows(activity_id=lambda n: st.just(f"T{n}"), account_id=accounts,
                 contact_id=st.sampled_from(["C0", "C1", None]),
                 opportunity_id=st.none(), person_id=st.sampled_from(["U1", None]),
                 kind=st.just("call"), occurred_on=days, direction=st.sampled_from(["in", "out"]),
                 minutes=st.sampled_from([None, Decimal(30), Decimal(60)])), 8),
        "direct_costs": some(
            rows(account_id=accounts, item=st.sampled_from(["labour", "rebate", "service"]),
                 incurred_on=days, amount=known), 3),
        "targets": some(
            rows(account_id=accounts, period=st.sampled_from(["FY2026", "FY2026H1", "FY2025"]),
                 measure=st.just("net_sales"), amount=known), 3),
        "engagements": some(
            rows(account_id=accounts, document=st.just("d"), viewed_at=days), 8),
    }  # fmt: skip
