"""Routes are the strongest of all paths, as the oracle finds them by trying every one."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from crm.errors import InputError, NotFoundError
from crm.scope import Scope, ScopedTables
from crm.settings import Settings
from crm.thresholds import Introductions
from tests.companies import SAMPLE_DAY, Rows, frames_from, tables_from
from tests.oracles.canonical import Row, Tables
from tests.oracles.relationships import introduction_routes
from tests.tools.asking import ask, figure, rows_of
from tools.facts import ToolResult
from tools.introduction_graph import introduction_graph

COLUMNS = ("route.path", "route.strength", "route.steps", "route.kind", "route.first")
ACCOUNTS = ("A001", "A010", "A011", "A014", "A019", "A020", "A022", "A030", "A050", "A080", "A104")
Company = dict[str, list[dict[str, Any]]]


def routes(tables: ScopedTables, day: date = SAMPLE_DAY, **given: Any) -> ToolResult:
    return ask("introduction_routes", tables, day, limit=50, **given)


def told(result: ToolResult) -> list[tuple[Any, ...]]:
    found = rows_of(result).values()
    if [row["route.kind"] for row in found] == ["outbound"]:
        return [("outbound", row["route.content"]) for row in found]
    return [tuple(row[c] for c in COLUMNS) for row in found]


def expected(raw: Tables, day: date = SAMPLE_DAY, **given: Any) -> list[tuple[Any, ...]]:
    wanted = introduction_routes(raw, day, **given)
    if wanted[0]["route.kind"] == "outbound":
        return [("outbound", row["route.content"]) for row in wanted]
    return [tuple(row[c] for c in COLUMNS) for row in wanted]


@pytest.mark.parametrize("day", [SAMPLE_DAY, date(2024, 3, 31)], ids=str)
def test_the_routes_to_the_decision_makers_of_the_sample_company(
    sample: ScopedTables, sample_raw: Tables, day: date
) -> None:
    for account in ACCOUNTS:
        found = told(routes(sample, day, account_id=account))
        assert (account, found) == (account, expected(sample_raw, day, account_id=account))


def test_the_planted_routes_lead_through_a_customer_a_bank_and_the_champion(
    sample: ScopedTables,
) -> None:
    """U14 4/5; U01 3/5; U08 had 28 activities with C061 (5/5), who reports to C060 (0.6)."""
    result = routes(sample, contact_id="C060")
    assert told(result) == [
        ("小野寺 葵 → 田村 智子", Decimal("0.8"), 1, "customer_staff", "小野寺 葵"),
        ("稲垣 真一 → 田村 智子", Decimal("0.6"), 1, "bank", "稲垣 真一"),
        ("松田 健 → 桜井 圭一 → 田村 智子", Decimal("0.6"), 2, "direct", "松田 健"),
    ]
    via = [row["route.via"] for row in rows_of(result).values()]
    assert via == ["常盤製薬機械 久保田 亮太", "あさひな銀行 法人営業部 長沢 聡", ""]
    assert told(routes(sample, account_id="A020")) == told(result)
    assert figure(result, "route.targets") == 1
    assert figure(result, "route.count") == 3


def test_only_routes_that_start_from_the_person_asked_for(
    sample: ScopedTables, sample_raw: Tables
) -> None:
    for person, kinds in (("U01", ["bank"]), ("U08", ["direct"]), ("U05", ["outbound"])):
        result = routes(sample, contact_id="C060", from_person_id=person)
        wanted = expected(sample_raw, contact_id="C060", from_person_id=person)
        assert told(result) == wanted
        assert [row["route.kind"] for row in rows_of(result).values()] == kinds


def test_who_cannot_be_reached_is_sent_what_was_viewed_most_there(sample: ScopedTables) -> None:
    result = routes(sample, contact_id="C060", from_person_id="U05")
    (row,) = rows_of(result).values()
    assert row["route.path"] == "川上 由美 → 田村 智子"
    assert (row["route.strength"], row["route.steps"]) == (None, None)
    assert row["route.content"] == "年間保守プランのご案内"


# ------------------------------------------------------------------ small companies


def ago(days: int) -> date:
    return SAMPLE_DAY - timedelta(days=days)


def contact(number: int, **more: Any) -> Row:
    return {
        "contact_id": f"C{number}", "account_id": "A", "name": f"c{number}", "level": "staff",
        "buying_role": "user", "influence": None, "reports_to": None, "left_on": None, **more,
    }  # fmt: skip


def relation(to: int, start: str | None, strength: int | None = 5, **more: Any) -> Row:
    return {
        "from_kind": "partner", "from_name": f"name of {start}", "from_person_id": start,
        "to_contact_id": f"C{to}", "strength": strength, **more,
    }  # fmt: skip


def acts(count: int, contact_id: int, person: str = "U1", **more: Any) -> list[Row]:
    return [
        {"activity_id": f"V{person}{contact_id}{n}", "account_id": "A", "person_id": person,
         "contact_id": f"C{contact_id}", "kind": "call", "occurred_on": SAMPLE_DAY, **more}
        for n in range(count)
    ]  # fmt: skip


def company(**tables: list[Row]) -> Company:
    return {
        "accounts": [
            {"account_id": "A", "name": "Alpha", "industry": "food", "owner_id": "U2"},
            {"account_id": "B", "name": "Beta", "industry": "food", "owner_id": "U1"},
            {"account_id": "D", "name": "Delta", "industry": "metal", "owner_id": "U1"},
        ],
        "people": [{"person_id": f"U{n}", "name": f"u{n}"} for n in (1, 2)],
        "contacts": [contact(1, buying_role="decision_maker")],
        "relationships": [relation(9, "U9")],
        "activities": acts(1, 9, account_id="B"),
        **tables,
    }


def as_the_oracle_has_it(rows: Rows, steps: int = 4, **given: Any) -> ToolResult:
    given = given or {"account_id": "A"}
    made = tables_from(rows, settings=Settings(introductions=Introductions(steps=steps)))
    result = routes(made, **given)
    assert told(result) == expected(frames_from(rows), most=steps, **given)
    return result


def kinds(result: ToolResult) -> list[tuple[Any, Any]]:
    return [(row["route.kind"], row["route.strength"]) for row in rows_of(result).values()]


@pytest.mark.parametrize(
    ("count", "strength"),
    [(1, "0.4"), (2, "0.4"), (3, "0.6"), (5, "0.6"), (6, "0.8"), (11, "0.8"), (12, "1"), (40, "1")],
)
def test_what_we_know_ourselves_is_as_strong_as_we_meet_often(count: int, strength: str) -> None:
    result = as_the_oracle_has_it(company(activities=acts(count, 1)))
    assert kinds(result) == [("direct", Decimal(strength))]


def test_meetings_of_a_year_count() -> None:
    old = acts(5, 1, occurred_on=ago(365))
    assert kinds(as_the_oracle_has_it(company(activities=old))) == [("outbound", None)]
    new = [*old, *acts(1, 1, "U2", occurred_on=ago(364))]
    assert kinds(as_the_oracle_has_it(company(activities=new))) == [("direct", Decimal("0.4"))]


def test_a_relationship_starts_from_our_person_a_contact_or_outside() -> None:
    staff = contact(2, account_id="B")
    relations = [
        relation(1, "U1", 3), relation(1, "C2", 4, from_kind="customer_staff"),
        relation(1, None, 2, from_kind="bank"), relation(1, "X", 1, from_kind="shareholder"),
    ]  # fmt: skip
    rows = company(
        contacts=[contact(1), staff], relationships=relations, activities=acts(3, 2, account_id="B")
    )
    result = as_the_oracle_has_it(rows)
    assert [(row["route.path"], row["route.kind"]) for row in rows_of(result).values()] == [
        ("u1 → c1", "partner"),
        ("u1 → c2 → c1", "customer_staff"),
        ("name of None → c1", "bank"),
        ("name of X → c1", "shareholder"),
    ]
    assert rows_of(result)["route:1"]["route.via"] == "name of U1"


def test_the_strongest_of_a_kind_stands_for_it_and_of_equals_the_shortest() -> None:
    relations = [relation(1, "U1", 3), relation(1, "U2", 4), relation(2, "U1", 5)]
    rows = company(contacts=[contact(1, reports_to="C2"), contact(2)], relationships=relations)
    result = as_the_oracle_has_it(rows, contact_id="C1")
    assert [(r["route.path"], r["route.strength"]) for r in rows_of(result).values()] == [
        ("u2 → c1", Decimal("0.8"))
    ]


def test_colleagues_lead_to_each_other_up_and_down_but_not_across_accounts() -> None:
    people = [contact(1, reports_to="C2"), contact(2), contact(3, reports_to="C2")]
    rows = company(contacts=people, activities=acts(12, 3))
    result = as_the_oracle_has_it(rows, contact_id="C1")
    assert [(r["route.path"], r["route.strength"]) for r in rows_of(result).values()] == [
        ("u1 → c3 → c2 → c1", Decimal("0.36"))
    ]
    people[1]["account_id"] = "B"
    assert kinds(as_the_oracle_has_it(rows, contact_id="C1")) == [("outbound", None)]


def test_a_route_has_no_more_steps_than_the_settings_allow() -> None:
    people = [contact(n, reports_to=f"C{n + 1}") for n in range(1, 6)]
    rows = company(contacts=people, activities=acts(12, 4))
    assert [
        r["route.steps"] for r in rows_of(as_the_oracle_has_it(rows, 4, contact_id="C1")).values()
    ] == [4]
    assert kinds(as_the_oracle_has_it(rows, 3, contact_id="C1")) == [("outbound", None)]


def test_who_has_left_is_neither_reached_nor_asked() -> None:
    people = [contact(1), contact(2, buying_role="decision_maker", left_on=SAMPLE_DAY)]
    rows = company(contacts=people, activities=acts(1, 1))
    assert kinds(as_the_oracle_has_it(rows)) == [("direct", Decimal("0.4"))]
    people[0]["reports_to"] = "C2"
    rows = company(contacts=people, activities=acts(1, 2))
    assert kinds(as_the_oracle_has_it(rows)) == [("outbound", None)]
    with pytest.raises(InputError, match="left on"):
        routes(tables_from(rows), contact_id="C2")


def test_the_aim_is_the_decision_makers_else_the_executives_else_everybody() -> None:
    people = [contact(1), contact(2, level="executive"), contact(3, buying_role="decision_maker")]
    rows = company(contacts=people, activities=[*acts(1, 1), *acts(1, 2), *acts(1, 3)])
    for aims in (["c3"], ["c2"], ["c1"]):
        result = as_the_oracle_has_it(rows)
        assert [row["route.target"] for row in rows_of(result).values()] == aims
        rows["contacts"].pop()


def test_a_relationship_of_unknown_strength_is_left_out_and_counted() -> None:
    rows = company(relationships=[relation(1, "U1", None), relation(1, "U2", 1)])
    result = as_the_oracle_has_it(rows)
    assert kinds(result) == [("partner", Decimal("0.2"))]
    assert "strength is unknown: 1" in result.warnings[0].en


@pytest.mark.parametrize(
    ("views", "content"),
    [
        ([("A", "x", 0), ("A", "y", 179), ("A", "y", 3), ("B", "z", 0), ("B", "z", 0)], "y"),
        ([("A", "x", 0), ("A", "y", 180), ("A", "y", 200)], "x"),
        ([("A", "y", 0), ("A", "x", 0)], "x"),
        ([("B", "z", 0), ("D", "w", 0), ("D", "w", 1)], "z"),
        ([("D", "w", 0)], None),
    ],
)
def test_what_to_send_is_most_viewed_there_else_in_the_industry(
    views: list[tuple[str, str, int]], content: str | None
) -> None:
    rows = company(
        engagements=[
            {"account_id": a, "document": d, "viewed_at": ago(days)} for a, d, days in views
        ]
    )
    result = as_the_oracle_has_it(rows)
    (row,) = rows_of(result).values()
    assert (row["route.content"], row["route.first"]) == (content, "u2")
    assert any("no document views" in w.en for w in result.warnings) == (content is None)


def test_an_account_without_contacts_is_written_to_itself() -> None:
    rows = company(contacts=[contact(2, account_id="B")])
    (row,) = rows_of(as_the_oracle_has_it(rows)).values()
    assert row["route.path"] == "u2 → Alpha"


def test_without_relationships_the_routes_rest_on_our_own_activities_and_it_is_said() -> None:
    rows = company(activities=acts(1, 1))
    del rows["relationships"]
    result = routes(tables_from(rows), account_id="A")
    assert kinds(result) == [("direct", Decimal("0.4"))]
    assert "There are no relationships" in result.warnings[0].en


def test_what_is_asked_wrongly_is_refused(sample: ScopedTables) -> None:
    with pytest.raises(InputError, match="whom to reach"):
        routes(sample)
    with pytest.raises(InputError, match="C060"):
        routes(sample, account_id="A022", contact_id="C060")
    with pytest.raises(NotFoundError, match="contact `C0`"):
        routes(sample, contact_id="C0")
    with pytest.raises(NotFoundError, match="person `U0`"):
        routes(sample, account_id="A020", from_person_id="U0")
    with pytest.raises(NotFoundError):
        routes(sample, account_id="nobody")


def test_a_rep_reaches_nobody_at_accounts_of_others(sample: ScopedTables) -> None:
    scope = Scope(sees_all=False, person_ids=frozenset({"U14"}))
    mine = ScopedTables(sample.snapshot, scope, sample.settings)
    for given_ in ({"account_id": "A020"}, {"contact_id": "C060"}):
        with pytest.raises(NotFoundError):
            routes(mine, **given_)
    names = set(introduction_graph(mine, "A022", SAMPLE_DAY).contacts)
    hidden = {r["contact_id"] for r in sample["contacts"].to_pyarrow().to_pylist()} - {
        r["contact_id"] for r in mine["contacts"].to_pyarrow().to_pylist()
    }
    assert names
    assert not names & hidden


def test_a_group_is_reached_through_the_people_of_all_its_members() -> None:
    people = [contact(1, buying_role="decision_maker"), contact(2, account_id="B")]
    rows = company(contacts=people, relationships=[relation(2, "U1", 4)])
    rows["accounts"][1]["parent_id"] = "A"
    people[1]["buying_role"] = "decision_maker"
    result = routes(tables_from(rows), account_id="A", group=True)
    assert [row["route.target"] for row in rows_of(result).values()] == ["c2"]


# ------------------------------------------------------------------ laws

number = st.integers(1, 5)
some_relations = st.lists(
    st.builds(
        relation,
        number,
        st.sampled_from(["U1", "U2", "C1", "C2", "C3", "C4", "C5", None]),
        st.sampled_from([1, 3, 4, 5, None]),
        from_kind=st.sampled_from(["bank", "partner", "customer_staff", "employee", None]),
        from_name=st.sampled_from(["p", "q"]),
    ),
    max_size=6,
)


@st.composite
def webs(draw: st.DrawFn) -> Company:
    people = [
        contact(
            n,
            account_id=draw(st.sampled_from(["A", "A", "B"])),
            buying_role=draw(st.sampled_from(["decision_maker", "user"])),
            reports_to=draw(st.sampled_from([None, "C1", "C2", "C3"])),
            left_on=draw(st.sampled_from([None, None, None, SAMPLE_DAY])),
        )
        for n in range(1, 6)
    ]
    met = draw(st.lists(st.tuples(number, st.sampled_from(["U1", "U2"])), max_size=4))
    count = draw(st.sampled_from([1, 4, 12]))
    return company(
        contacts=people,
        relationships=[*draw(some_relations), relation(9, "U9")],
        activities=[
            {**act, "activity_id": f"{i}-{n}", "account_id": people[c - 1]["account_id"]}
            for i, (c, person) in enumerate(met)
            for n, act in enumerate(acts(count, c, person))
        ] or acts(1, 9),
    )  # fmt: skip


LAW = settings(
    derandomize=True, max_examples=10, deadline=None, phases=(Phase.explicit, Phase.generate)
)


@LAW
@given(webs())
def test_of_any_web_the_routes_are_the_best_of_all_paths(rows: Company) -> None:
    assert_the_best_of_all_paths(rows)


@pytest.mark.slow
@settings(LAW, max_examples=150)
@given(webs())
def test_of_many_webs_the_routes_are_the_best_of_all_paths(rows: Company) -> None:
    assert_the_best_of_all_paths(rows)


def assert_the_best_of_all_paths(rows: Company) -> None:
    result = as_the_oracle_has_it(rows)
    strengths = [row["route.strength"] for row in rows_of(result).values()]
    known = [Fraction(str(s)) for s in strengths if s is not None]
    assert known == sorted(known, reverse=True)
    assert all(0 < s <= 1 for s in known)
    turned = {t: list(reversed(r)) for t, r in rows.items()}
    assert told(routes(tables_from(turned), account_id="A")) == told(result)
