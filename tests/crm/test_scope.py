"""A person sees the rows of their own and shared accounts, and nothing of anybody else's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.errors import NotFoundError
from crm.schema import tables
from crm.scope import (
    OPERATOR,
    Directory,
    MissingDataError,
    Person,
    Principal,
    Scope,
    ScopedTables,
)
from tests.companies import tables_from, tables_of

DAY = "2026-04-01"


def person(person_id: str, role: str | None = "rep", manager_id: str | None = None) -> Person:
    mail = f"{person_id.lower()}@example.com"
    return Person(person_id, person_id, mail, f"U{person_id}", role, manager_id, None)


PEOPLE = Directory(
    [
        person("TOP", "executive"),
        person("BOSS", "manager", "TOP"),
        person("LEAD", "manager", "BOSS"),
        person("ANN", "rep", "LEAD"),
        person("BOB", "rep", "BOSS"),
        person("OPS", "admin"),
        person("NEW", None),
        person("M1", "manager", "M3"),
        person("M2", "manager", "M1"),
        person("M3", "manager", "M2"),
        person("SELF", "manager", "SELF"),
    ]
)


def rights(person_id: str) -> Scope:
    return PEOPLE.scope(PEOPLE.by_email(f"{person_id}@example.com"))


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("ANN", {"ANN"}),
        ("NEW", {"NEW"}),
        ("LEAD", {"LEAD", "ANN"}),
        ("BOSS", {"BOSS", "LEAD", "ANN", "BOB"}),
        ("SELF", {"SELF"}),
        ("M1", {"M1", "M2", "M3"}),
    ],
)
def test_a_rep_sees_their_own_and_a_manager_the_whole_subtree(who: str, seen: set[str]) -> None:
    assert rights(who) == Scope(sees_all=False, person_ids=frozenset(seen))


@pytest.mark.parametrize("who", ["TOP", "OPS"])
def test_an_executive_and_an_admin_see_all(who: str) -> None:
    assert rights(who).sees_all


def test_the_operator_sees_all_and_nobody_sees_nothing() -> None:
    assert PEOPLE.scope(OPERATOR).sees_all
    assert PEOPLE.scope(Principal("", "stranger")) == Scope(sees_all=False)


def test_a_person_is_found_by_mail_in_any_case_and_by_slack_id() -> None:
    assert PEOPLE.by_email(" Ann@Example.com ").person_id == "ANN"
    found = PEOPLE.by_slack_id("UANN")
    assert found is not None
    assert found.roles == frozenset({"rep"})


def test_nobody_is_found_by_a_mail_or_slack_id_that_nobody_or_two_have() -> None:
    twins = Directory(
        [person("ANN"), Person("X", "X", "ann@example.com", "UANN", "rep", None, None)]
    )
    for people, mail in ((PEOPLE, "zed@example.com"), (twins, "ann@example.com")):
        with pytest.raises(NotFoundError):
            people.by_email(mail)
    assert PEOPLE.by_slack_id("UZED") is None
    assert twins.by_slack_id("UANN") is None


def company() -> dict[str, list[dict[str, Any]]]:
    """Three accounts: MINE of ANN, SHARED of BOB with ANN in its team, and the canary of BOB."""
    ids = {"MINE": "ANN", "SHARED": "BOB", "CANARY": "BOB"}
    each = list(ids)
    return {
        "accounts": [{"account_id": a, "name": f"name {a}", "owner_id": o} for a, o in ids.items()],
        "people": [
            {"person_id": "ANN", "name": "Ann", "team": "north"},
            {"person_id": "BOB", "name": "Bob", "team": "south"},
        ],
        "account_team": [
            {"account_id": "SHARED", "person_id": "ANN", "function": "service"},
            {"account_id": "CANARY", "person_id": "BOB", "function": "sales"},
        ],
        "contacts": [{"contact_id": f"C {a}", "account_id": a, "name": f"of {a}"} for a in each],
        "products": [{"product_id": "P", "name": "P"}],
        "opportunities": [
            *({"opportunity_id": f"D {a}", "account_id": a, "status": "open", "owner_id": "BOB"}
              for a in each),
            {"opportunity_id": "D CANARY of ANN", "account_id": "CANARY", "status": "open",
             "owner_id": "ANN"},
            {"opportunity_id": "D none of ANN", "account_id": None, "status": "open",
             "owner_id": "ANN"},
            {"opportunity_id": "D none CANARY", "account_id": None, "status": "open",
             "owner_id": "BOB"},
        ],
        "stage_history": [
            {"opportunity_id": f"D {a}", "stage": f"of {a}", "entered_on": DAY} for a in each
        ],
        "order_lines": [
            {"order_id": f"O {a}", "line_no": 1, "account_id": a, "ordered_on": DAY,
             "net_amount": 1} for a in each
        ],
        "activities": [
            {"activity_id": f"T {a}", "account_id": a, "kind": "call", "occurred_on": DAY,
             "body": f"of {a}"} for a in each
        ],
        "direct_costs": [
            {"account_id": a, "item": "rebate", "incurred_on": DAY, "amount": 1} for a in each
        ],
        "cost_pools": [
            {"pool": "p", "item": "i", "period": "FY2026", "amount": 1, "driver": "orders"}
        ],
        "account_drivers": [
            {"account_id": a, "driver": "d", "period": "FY2026", "quantity": 1} for a in each
        ],
        "targets": [
            *({"account_id": a, "period": "FY2026", "measure": "net_sales", "amount": 1,
               "owner_id": None, "team": None} for a in each),
            {"owner_id": "ANN", "period": "FY2026", "measure": "net_sales", "amount": 2},
            {"owner_id": "BOB", "period": "FY2026", "measure": "net_sales", "amount": 666},
            {"team": "north", "period": "FY2026", "measure": "net_sales", "amount": 3},
            {"team": "south", "period": "FY2026", "measure": "net_sales", "amount": 666},
        ],
        "wallets": [{"account_id": a, "category": f"of {a}", "spend": 1} for a in each],
        "engagements": [
            {"account_id": a, "document": f"of {a}", "viewed_at": DAY} for a in each
        ],
        "relationships": [
            {"from_name": f"to {a}", "to_contact_id": f"C {a}", "strength": 3} for a in each
        ],
        "market_facts": [
            {"subject": s, "statement": f"on {s}", "source": "s", "observed_on": DAY}
            for s in ("食品", "MINE", "CANARY", "name CANARY")
        ],
    }  # fmt: skip


ANN = Scope(sees_all=False, person_ids=frozenset({"ANN"}))
ROWS_OF_ANN = {
    "accounts": 2, "people": 2, "account_team": 1, "contacts": 2, "products": 1,
    "opportunities": 3, "stage_history": 2, "order_lines": 2, "activities": 2, "direct_costs": 2,
    "cost_pools": 1, "account_drivers": 2, "targets": 4, "wallets": 2, "engagements": 2,
    "relationships": 2, "market_facts": 2,
}  # fmt: skip


@pytest.mark.parametrize("table", tables())
def test_nothing_of_another_reps_account_stands_in_any_table(table: str) -> None:
    rows = tables_from(company(), ANN)[table].to_pyarrow().to_pylist()
    assert len(rows) == ROWS_OF_ANN[table]
    assert "CANARY" not in str(rows)
    assert "666" not in str(rows)


@pytest.mark.parametrize("table", tables())
def test_who_sees_all_sees_every_row(table: str) -> None:
    assert tables_from(company())[table].count().execute() == len(company()[table])


@pytest.mark.parametrize("table", tables())
def test_who_has_no_rights_sees_no_account_of_anybody(table: str) -> None:
    rows = tables_from(company(), Scope(sees_all=False))[table].to_pyarrow().to_pylist()
    assert not any(a in str(rows) for a in ("MINE", "SHARED", "CANARY"))


def test_a_forbidden_account_and_one_that_does_not_exist_answer_alike() -> None:
    seen = tables_from(company(), ANN)
    assert seen.require_account("MINE") == "MINE"
    assert seen.require_account("SHARED") == "SHARED"
    answers = []
    for account_id in ("CANARY", "NOTHING"):
        with pytest.raises(NotFoundError) as refusal:
            seen.require_account(account_id)
        answers.append(str(refusal.value).replace(account_id, "x"))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("text", ["' OR 1=1 --", "MINE'; DROP TABLE accounts; --", "", "%"])
def test_an_account_id_is_a_value_and_never_sql(text: str) -> None:
    with pytest.raises(NotFoundError):
        tables_from(company(), ANN).require_account(text)


@pytest.mark.parametrize("missing", tables())
def test_every_table_is_filtered_or_refused_when_one_is_missing(missing: str) -> None:
    seen = tables_from({t: rows for t, rows in company().items() if t != missing}, ANN)
    with pytest.raises(MissingDataError, match=f"no data for `{missing}`"):
        _ = seen[missing]
    for table in set(tables()) - {missing}:
        try:
            found = seen[table].to_pyarrow().to_pylist()
        except MissingDataError:
            assert missing in ("accounts", "contacts", "opportunities")
        else:
            assert "CANARY" not in str(found)


@settings(derandomize=True, max_examples=30, deadline=None)
@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("abcdefghx"), max_size=8))
def test_a_managers_subtree_is_everyone_whose_line_leads_to_them(boss_of: dict[str, str]) -> None:
    people = Directory(Person(p, p, None, None, "manager", m, None) for p, m in boss_of.items())
    for one in "abcdefgh":
        seen = people.scope(Principal(one, one, frozenset({"manager"}))).person_ids
        expected = {one} & boss_of.keys()  # whoever is not in the directory sees nothing
        for other in boss_of:
            at, steps = other, 0
            while at in boss_of and at != one and steps < 10:
                at, steps = boss_of[at], steps + 1
            if at == one and one in boss_of:
                expected.add(other)
        assert seen == expected


def test_in_the_sample_company_every_rep_sees_own_and_shared_accounts_only(
    sample: ScopedTables, sample_workspace: Path
) -> None:
    accounts = sample["accounts"].to_pyarrow().to_pylist()
    team = sample["account_team"].to_pyarrow().to_pylist()
    for who in ("U06", "U13"):
        mine = {a["account_id"] for a in accounts if a["owner_id"] == who}
        mine |= {t["account_id"] for t in team if t["person_id"] == who}
        seen = tables_of(sample_workspace, Scope(False, frozenset({who})))
        assert 0 < len(mine) < len(accounts)
        for table in tables():
            if "account_id" in tables()[table].names and table not in ("opportunities", "targets"):
                found = seen[table].select("account_id").distinct().to_pyarrow().to_pylist()
                assert {r["account_id"] for r in found} <= mine


def test_the_directory_of_the_sample_company_knows_its_managers(sample: ScopedTables) -> None:
    directory = Directory.of(sample.snapshot)
    people = sample["people"].to_pyarrow().to_pylist()
    manager = next(p for p in people if p["role"] == "manager")
    principal = directory.by_email(manager["email"])
    reports = {p["person_id"] for p in people if p["manager_id"] == manager["person_id"]}
    assert reports
    assert reports < directory.scope(principal).person_ids


def test_a_workspace_without_people_has_an_empty_directory() -> None:
    snapshot = tables_from({"accounts": company()["accounts"]}).snapshot
    with pytest.raises(NotFoundError):
        Directory.of(snapshot).by_email("ann@example.com")
