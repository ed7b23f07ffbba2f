"""Accounts become one by an id, a corporate number or an answer, and nothing of theirs is lost."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.companies.answers import AnsweredGroup, Answers
from crm.companies.corporate_number import corporate_number
from crm.companies.merge import Merged, merge
from crm.companies.repoint import Collision, Difference
from crm.companies.sameness import sameness
from crm.schema import tables
from tests.crm.staged import all_of, numbered, staged

ONE, OTHER = "7000012050002", "1000012030001"
"""The numbers of the National Tax Agency and the Ministry of Justice."""


def same(*pairs: tuple[str, str]) -> Answers:
    """The answer that each first account is the second one's company."""
    accounts = tuple(dict.fromkeys(id_ for pair in pairs for id_ in pair))
    return Answers((AnsweredGroup("g", accounts, dict(pairs)),))


def apart(*accounts: str) -> Answers:
    """The answer that the first account is none of the others."""
    return Answers((AnsweredGroup("g", accounts, {}, frozenset(accounts[:1])),))


# ------------------------------------------------------------------ corporate numbers


@pytest.mark.parametrize(
    "number",
    [ONE, OTHER, "2000012020001", "8000012010038", "8000012050001", "7000012060001",
     "6000012070001", "4000012090001", "2000012100001", "9000012040001"],
)  # fmt: skip
def test_the_numbers_of_ministries_are_valid(number: str) -> None:
    assert corporate_number(number) == number


@given(st.integers(0, 10**12 - 1))
def test_one_check_digit_of_ten_is_right(body: int) -> None:
    valid = [n for n in range(10) if corporate_number(f"{n}{body:012}")]
    assert valid == [int(numbered(body)[0])]


@pytest.mark.parametrize(
    "text",
    [None, "", "123", "1234567890123", "7000012050003", "70000120500020", "7.00001E+12",
     "T7000012050002", "７000012050003", "٧000012050002", "7000012050002.0", "=7000012050002"],
)  # fmt: skip
def test_what_is_no_valid_number_is_none(text: str | None) -> None:
    assert corporate_number(text) is None


@pytest.mark.parametrize(
    "text", ["7-0000-1205-0002", "７００００１２０５０００２", "7 0000 1205 0002"]
)
def test_hyphens_blanks_and_width_make_no_difference_in_a_number(text: str) -> None:
    assert corporate_number(text) == ONE


# ------------------------------------------------------------------ what merges


def test_accounts_of_one_valid_number_become_the_earliest_of_them() -> None:
    rows: list[dict[str, Any]] = [
        {"account_id": "A1", "name": "東都", "corporate_number": ONE, "created_on": None},
        {"account_id": "A2", "name": "㈱東都", "corporate_number": "7-0000-1205-0002",
         "created_on": "2020-01-02"},
        {"account_id": "A3", "name": "北斗", "corporate_number": OTHER, "created_on": "2019-01-01"},
        {"account_id": "A4", "name": "Toto", "corporate_number": ONE, "created_on": "2020-01-01"},
    ]  # fmt: skip
    con = staged({"accounts": rows})
    report = merge(con)
    assert [(m.from_id, m.into_id, m.why) for m in report.merged] == [
        ("A2", "A4", "corporate_number"),
        ("A1", "A4", "corporate_number"),
    ]
    assert [id_ for (id_,) in all_of(con, "accounts", "account_id")] == ["A3", "A4"]


def test_equal_names_alone_merge_nothing() -> None:
    con = staged({"accounts": [{"account_id": i, "name": "株式会社アシスト"} for i in "ABC"]})
    assert merge(con).merged == ()
    assert len(all_of(con, "accounts")) == 3


def test_an_invalid_number_merges_nothing_and_is_reported() -> None:
    rows = [{"account_id": i, "name": "x", "corporate_number": "1234567890123"} for i in "AB"]
    report = merge(staged({"accounts": rows}))
    assert report.merged == ()
    assert report.sameness.invalid_numbers == (("A", "1234567890123"), ("B", "1234567890123"))


def test_rows_of_one_id_become_one() -> None:
    rows: list[dict[str, Any]] = [
        {"account_id": "A", "name": "東都", "city": None},
        {"account_id": "A", "name": "東都電機", "city": "東京"},
    ]
    con = staged({"accounts": rows})
    difference = Difference("name", "東都", "東都電機")
    assert merge(con).merged == (Merged("A", "A", "id", (difference,)),)
    assert all_of(con, "accounts", "account_id", "name", "city", "aliases") == [
        ("A", "東都", "東京", "東都電機")
    ]


def test_the_account_that_a_person_names_stays_though_it_is_later() -> None:
    rows = [{"account_id": i, "name": i} for i in "ABC"]
    con = staged({"accounts": rows})
    report = merge(con, same(("A", "C")))
    assert [(m.from_id, m.into_id, m.why) for m in report.merged] == [("A", "C", "answer")]
    assert all_of(con, "accounts", "account_id") == [("B",), ("C",)]


def test_answered_accounts_stay_one_when_the_one_they_became_is_exported_no_more() -> None:
    con = staged({"accounts": [{"account_id": i, "name": i} for i in "BC"]})
    report = merge(con, same(("B", "A"), ("C", "A")))
    assert [(m.from_id, m.into_id) for m in report.merged] == [("C", "B")]
    assert report.sameness.gone == ()
    assert merge(con, same(("C", "A"))).sameness.gone == ("C",)


def test_what_a_person_tells_apart_no_number_makes_one() -> None:
    rows = [{"account_id": i, "name": i, "corporate_number": ONE} for i in "ABCD"]
    report = merge(staged({"accounts": rows}), apart("A", "B"))
    assert [(m.from_id, m.into_id) for m in report.merged] == [("D", "C")]
    assert report.sameness.kept_apart == ("A", "B")


def test_a_number_joins_what_answers_have_joined() -> None:
    rows: list[dict[str, Any]] = [
        {"account_id": i, "name": i, "corporate_number": ONE if i in "BD" else None} for i in "ABCD"
    ]
    report = merge(staged({"accounts": rows}), same(("A", "B"), ("C", "D")))
    assert [(m.from_id, m.into_id, m.why) for m in report.merged] == [
        ("A", "B", "answer"), ("C", "B", "answer"), ("D", "B", "corporate_number"),
    ]  # fmt: skip


# ------------------------------------------------------------------ what the row that stays says


def test_what_stays_keeps_its_values_and_takes_what_it_does_not_know() -> None:
    rows: list[dict[str, Any]] = [
        {"account_id": "A", "name": "東都電機株式会社", "aliases": "東都", "corporate_number": ONE,
         "industry": "電機"},
        {"account_id": "B", "name": "Toto; Denki", "aliases": "TOTO;東都", "corporate_number": ONE,
         "industry": "機械", "annual_revenue": "1234567890123.4567", "contract_end": "2026-03-31"},
        {"account_id": "C", "name": "東都電機", "corporate_number": ONE, "employees": 12,
         "annual_revenue": "2"},
    ]  # fmt: skip
    con = staged({"accounts": rows})
    report = merge(con)
    columns = ("name", "aliases", "industry", "annual_revenue", "employees")
    assert all_of(con, "accounts", *columns) == [
        (
            "東都電機株式会社", "東都;Toto； Denki;TOTO;東都電機", "電機",
            Decimal("1234567890123.4567"), 12,
        )
    ]  # fmt: skip
    assert report.merged[0].differing == (
        Difference("name", "東都電機株式会社", "Toto; Denki"),
        Difference("industry", "電機", "機械"),
    )
    assert report.merged[1].differing == (
        Difference("name", "東都電機株式会社", "東都電機"),
        Difference("annual_revenue", Decimal("1234567890123.4567"), Decimal(2)),
    )


def test_every_reference_to_an_account_leads_to_the_one_that_stays() -> None:
    needed: dict[str, dict[str, Any]] = {
        "contacts": {"contact_id": "c", "name": "n"},
        "opportunities": {"opportunity_id": "o", "status": "open"},
        "account_team": {"person_id": "p"},
        "order_lines": {"order_id": "o", "line_no": 1, "ordered_on": "2026-04-01", "net_amount": 1},
        "activities": {"activity_id": "a", "kind": "visit", "occurred_on": "2026-04-01"},
        "direct_costs": {"item": "labour", "incurred_on": "2026-04-01", "amount": 1},
        "account_drivers": {"driver": "d", "period": "p", "quantity": 1},
        "targets": {"period": "p", "measure": "net_sales", "amount": 1},
        "wallets": {"category": "c", "spend": 1},
        "engagements": {"document": "d", "viewed_at": "2026-04-01"},
    }
    referring = {
        t.name for t in tables().values() if any(c.ref == "accounts" for c in t.references)
    }
    assert set(needed) | {"accounts"} == referring
    accounts = [
        {"account_id": "A", "name": "a"},
        {"account_id": "B", "name": "b"},
        {"account_id": "C", "name": "c", "parent_id": "B"},
    ]
    rest = {table: [{"account_id": "B", **row}] for table, row in needed.items()}
    con = staged({"accounts": accounts, **rest})
    merge(con, same(("B", "A")))
    assert all_of(con, "accounts", "account_id", "parent_id") == [("A", None), ("C", "A")]
    assert {table: all_of(con, table, "account_id") for table in needed} == {
        table: [("A",)] for table in needed
    }


def test_no_account_becomes_its_own_parent_or_its_parents_parent() -> None:
    rows: list[dict[str, Any]] = [
        {"account_id": "A", "name": "a", "parent_id": "B"},
        {"account_id": "B", "name": "b", "parent_id": "D"},
        {"account_id": "C", "name": "c", "parent_id": "A"},
        {"account_id": "D", "name": "d", "parent_id": "C"},
    ]
    con = staged({"accounts": rows})
    (merged,) = merge(con, same(("B", "A"))).merged
    assert all_of(con, "accounts", "account_id", "parent_id") == [
        ("A", None), ("C", "A"), ("D", "C"),
    ]  # fmt: skip
    lost = [d for d in merged.differing if d.column == "parent_id"]
    assert lost == [Difference("parent_id", "D", "B"), Difference("parent_id", None, "D")]


def test_a_row_that_comes_twice_gives_its_name_no_alias() -> None:
    row = {"account_id": "A", "name": "a;b"}
    con = staged({"accounts": [row, row]})
    merge(con)
    assert all_of(con, "accounts", "name", "aliases") == [("a;b", None)]


# ------------------------------------------------------------------ keys that meet


def test_rows_whose_keys_meet_are_one_and_what_they_say_otherwise_is_reported() -> None:
    accounts = [{"account_id": i, "name": i} for i in "AB"]
    team = [
        {"account_id": "B", "person_id": "P", "access": "write"},
        {"account_id": "A", "person_id": "P", "access": "read"},
        {"account_id": "A", "person_id": "Q", "access": "read"},
        {"account_id": "B", "person_id": "Q", "access": "read"},
        {"account_id": "B", "person_id": "R", "function": "技術"},
        {"account_id": "B", "person_id": "Q", "function": "技術", "access": "read"},
    ]
    drivers = [
        {"account_id": i, "driver": "orders", "period": p, "quantity": n}
        for i, p, n in (("A", "2025", 1), ("B", "2025", 2), ("B", "2026", 3))
    ]
    con = staged({"accounts": accounts, "account_team": team, "account_drivers": drivers})
    report = merge(con, same(("B", "A")))
    assert all_of(con, "account_team") == [
        ("A", "P", None, "read"), ("A", "Q", None, "read"), ("A", "R", "技術", None),
        ("A", "Q", "技術", "read"),
    ]  # fmt: skip
    assert report.collisions == (
        Collision("account_team", ("A", "P", None), "B", (Difference("access", "read", "write"),)),
        Collision(
            "account_drivers", ("A", "orders", "2025"), "B",
            (Difference("quantity", Decimal(1), Decimal(2)),),
        ),
    )  # fmt: skip


IDS = [f"A{n}" for n in range(7)]
ACCOUNT = st.fixed_dictionaries(
    {
        "corporate_number": st.sampled_from([None, None, ONE, OTHER, numbered(5), "12"]),
        "parent_id": st.sampled_from([None, None, *IDS]),
        "city": st.sampled_from([None, "東京", "大阪"]),
        "created_on": st.sampled_from([None, "2020-01-01", "2021-01-01"]),
    }
)


@settings(derandomize=True, max_examples=40)
@given(
    st.lists(ACCOUNT, min_size=len(IDS), max_size=len(IDS)),
    st.lists(st.tuples(st.sampled_from(IDS), st.integers(-5, 9)), max_size=12),
    st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from("PQ")), max_size=10, unique=True),
    st.dictionaries(st.sampled_from(IDS[1:4]), st.sampled_from(IDS[4:]), max_size=3),
)
def test_a_merge_keeps_every_amount_and_no_key_twice(
    accounts: list[dict[str, Any]],
    lines: list[tuple[str, int]],
    team: list[tuple[str, str]],
    answered: dict[str, str],
) -> None:
    rows = {
        "accounts": [
            {"account_id": i, "name": f"n{i}", **a} for i, a in zip(IDS, accounts, strict=True)
        ],
        "order_lines": [
            {"order_id": n, "line_no": 1, "account_id": i, "ordered_on": "2026-04-01",
             "net_amount": amount}
            for n, (i, amount) in enumerate(lines)
        ],
        "account_team": [{"account_id": i, "person_id": p} for i, p in team],
    }  # fmt: skip
    con = staged(rows)
    answers = same(*answered.items())
    report = merge(con, answers)
    into = report.sameness.into
    graph = nx.Graph(answered.items())
    graph.add_nodes_from(IDS)
    of_number = defaultdict(list)
    for id_, account in zip(IDS, accounts, strict=True):
        if corporate_number(account["corporate_number"]):
            of_number[account["corporate_number"]].append(id_)
    for ids in of_number.values():
        nx.add_path(graph, ids)
    expected = {frozenset(part) for part in nx.connected_components(graph)}
    found = defaultdict(set)
    for id_ in IDS:
        found[into.get(id_, id_)].add(id_)
    assert {frozenset(part) for part in found.values()} == expected
    sums: Counter[str] = Counter()
    for id_, amount in lines:
        sums[into.get(id_, id_)] += amount
    after: Counter[str] = Counter()
    for id_, amount in all_of(con, "order_lines", "account_id", "net_amount"):
        after[id_] += amount
    assert after == sums
    members = all_of(con, "account_team", "account_id", "person_id", "function")
    assert len(members) == len(set(members))
    assert set(members) == {(into.get(i, i), p, None) for i, p in team}
    stays = dict(all_of(con, "accounts", "account_id", "parent_id"))
    assert stays.keys() == found.keys()
    assert not any(parent == id_ for id_, parent in stays.items() if id_ in into.values())
    again = staged(rows)
    assert merge(again, answers) == report
    assert all_of(again, "accounts") == all_of(con, "accounts")
    before = all_of(con, "accounts")
    assert merge(con, answers).merged == ()
    assert all_of(con, "accounts") == before


def test_to_ask_what_is_one_changes_nothing() -> None:
    rows = [{"account_id": i, "name": i, "corporate_number": ONE} for i in "AB"]
    con = staged({"accounts": rows})
    assert sameness(con).into == {"B": "A"}
    assert all_of(con, "accounts", "account_id") == [("A",), ("B",)]
