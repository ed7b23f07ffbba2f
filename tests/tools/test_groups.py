"""A group counts as its ultimate parent; its members are listed, and a circle is told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from crm.errors import NotFoundError
from crm.scope import Scope, ScopedTables
from tests.companies import SAMPLE_DAY, tables_from
from tests.tools.asking import ask, figure, rows_of
from tools.groups import by_group
from tools.query import fetch


def account(number: int, parent: int | None = None, **more: Any) -> dict[str, Any]:
    return {
        "account_id": f"A{number}",
        "name": f"company {number}",
        "parent_id": f"A{parent}" if parent else None,
        "status": "prospect",
        "owner_id": "U1",
        **more,
    }


def line(number: int, buyer: int, amount: int) -> dict[str, Any]:
    return {
        "order_id": f"O{number}",
        "line_no": 1,
        "account_id": f"A{buyer}",
        "ordered_on": SAMPLE_DAY,
        "net_amount": Decimal(amount),
        "standard_cost": Decimal(amount) / 2,
    }


@pytest.fixture
def family() -> ScopedTables:
    """A1 above A2 above A3; A4 alone; A5 and A6 above each other; A7 below A6."""
    return tables_from(
        {
            "accounts": [
                account(1, employees=10),
                account(2, 1, status="customer", employees=99),
                account(3, 2, owner_id="U2"),
                account(4, status="former"),
                account(5, 6),
                account(6, 5),
                account(7, 6),
            ],
            "order_lines": [line(n, n, 10**n) for n in range(1, 8)],
        }
    )


def test_every_account_counts_as_the_top_of_its_line(family: ScopedTables) -> None:
    groups = by_group(family)
    assert groups.heads == {"A2": "A1", "A3": "A1", "A7": "A6"}
    sales = fetch(
        groups["order_lines"].group_by("account_id").agg(s=groups["order_lines"].net_amount.sum())
    )
    assert {r["account_id"]: int(r["s"]) for r in sales} == {
        "A1": 1110, "A4": 10**4, "A5": 10**5, "A6": 10**6 + 10**7,
    }  # fmt: skip


def test_a_group_keeps_the_attributes_of_its_head_and_is_a_customer_when_a_member_is(
    family: ScopedTables,
) -> None:
    rows = {r["account_id"]: r for r in fetch(by_group(family)["accounts"])}
    assert set(rows) == {"A1", "A4", "A5", "A6"}
    assert (rows["A1"]["status"], rows["A1"]["employees"]) == ("customer", 10)
    assert rows["A4"]["status"] == "former"
    assert list(rows["A1"]) == list(fetch(family["accounts"])[0])


def test_a_tool_asked_about_a_member_speaks_of_its_group(family: ScopedTables) -> None:
    for asked in ("A1", "A3"):
        result = ask("account_overview", family, SAMPLE_DAY, account_id=asked, group=True)
        assert figure(result, "account.name") == "company 1"
        assert figure(result, "sales.net_sales") == 1110
    alone = ask("account_overview", family, SAMPLE_DAY, account_id="A3")
    assert figure(alone, "sales.net_sales") == 1000


def test_members_are_listed_beside_their_group(family: ScopedTables) -> None:
    result = ask("concentration", family, SAMPLE_DAY, group=True)
    members = {s: row["group.members"] for s, row in rows_of(result).items()}
    assert members["account:A1"] == "company 1; company 2; company 3"
    assert members["account:A4"] == ""


def test_a_circle_of_parents_is_counted_alone_and_told(family: ScopedTables) -> None:
    result = ask("concentration", family, SAMPLE_DAY, group=True)
    assert any("A5, A6" in w.en and "parent_id" in w.en for w in result.warnings)


def test_the_parts_of_a_group_add_up_to_it(sample: ScopedTables) -> None:
    def sales(account_id: str, **group: bool) -> Decimal:
        result = ask("account_overview", sample, SAMPLE_DAY, account_id=account_id, **group)
        value = figure(result, "sales.net_sales")
        assert isinstance(value, Decimal)
        return value

    members = sum((sales(a) for a in ("A001", "A002", "A003")), Decimal(0))
    assert sales("A001", group=True) == members
    assert round(members / 10**5) == 13805  # as the sample company's README tells


def test_a_group_ends_where_the_askers_sight_ends(sample: ScopedTables) -> None:
    subsidiary = Scope(sees_all=False, person_ids=frozenset({"U09"}))
    mine = ScopedTables(sample.snapshot, subsidiary, sample.settings)
    own = ask("account_overview", mine, SAMPLE_DAY, account_id="A002")
    grouped = ask("account_overview", mine, SAMPLE_DAY, account_id="A002", group=True)
    assert figure(own, "sales.net_sales") == figure(grouped, "sales.net_sales")
    with pytest.raises(NotFoundError):
        ask("account_overview", mine, SAMPLE_DAY, account_id="A001", group=True)
