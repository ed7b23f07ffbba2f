"""The map shows those present as the oracle finds them, and says what is missing among them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from crm.errors import NotFoundError
from crm.scope import MissingDataError, ScopedTables
from tests.companies import (
    ADVENTUREWORKS_DAY,
    MAVEN_DAY,
    SAMPLE_DAY,
    Rows,
    frames_from,
    tables_from,
)
from tests.oracles import adventureworks_full
from tests.oracles.canonical import Row, Tables, rows
from tests.oracles.relationships import relationship_map
from tests.tools.asking import ask, figure, rows_of
from tools.facts import ToolResult
from tools.format import shown

COLUMNS = (
    "contact.name", "contact.title", "contact.department", "contact.level", "contact.function",
    "contact.buying_role", "contact.influence", "contact.attitude", "map.reports_to",
    "contact.last_met", "map.counterpart", "map.counterpart_level", "map.status",
)  # fmt: skip
CODES = ("levels_covered", "uncovered_levels", "missing_roles")
ACCOUNTS = ("A001", "A010", "A011", "A019", "A020", "A022", "A030", "A041", "A066", "A097")
Company = dict[str, list[dict[str, Any]]]


def mapped(tables: ScopedTables, account: str, day: date = SAMPLE_DAY) -> ToolResult:
    return ask("relationship_map", tables, day, account_id=account)


def told(result: ToolResult) -> Row:
    matrix = result.part("relationship_matrix")
    assert matrix is not None
    cells = rows_of(matrix).values()
    return {
        "rows": [
            (s.removeprefix("contact:"), *(row[c] for c in COLUMNS))
            for s, row in rows_of(result).items()
        ],
        "matrix": {(c["contact.level"], c["contact.function"]): c["map.contacts"] for c in cells},
        **{c: [x for x in str(figure(result, f"map.{c}")).split(";") if x] for c in CODES},
        "active": figure(result, "map.active_contacts"),
        "single": figure(result, "map.single_threaded"),
    }


def expected(raw: Tables, account: str, day: date = SAMPLE_DAY) -> Row:
    wanted = relationship_map(raw, account, day)
    people = {p["person_id"]: p["name"] for p in rows(raw, "people")}
    for row in wanted["rows"]:
        row["map.counterpart"] = people.get(row["map.counterpart"], row["map.counterpart"])
    return {
        "rows": [(r["contact_id"], *(r[c] for c in COLUMNS)) for r in wanted["rows"]],
        "matrix": wanted["matrix"],
        **{c: wanted[f"map.{c}"] for c in CODES},
        "active": wanted["map.active_contacts"],
        "single": "yes" if wanted["map.single_threaded"] else "no",
    }


@pytest.mark.parametrize("day", [SAMPLE_DAY, date(2026, 3, 31), date(2023, 9, 30)], ids=str)
def test_the_maps_of_accounts_of_the_sample_company(
    sample: ScopedTables, sample_raw: Tables, day: date
) -> None:
    for account in ACCOUNTS:
        found = told(mapped(sample, account, day))
        assert (account, found) == (account, expected(sample_raw, account, day))


def test_adventureworks_contacts_are_known_but_nobody_is_said_to_have_met_them(
    adventureworks: ScopedTables,
) -> None:
    raw = adventureworks_full.listed("reseller_contacts")
    wanted = [f"contact:{r['PersonID']}" for r in raw if r["ResellerKey"] == "1"]
    result = mapped(adventureworks, "1", ADVENTUREWORKS_DAY)
    assert sorted(rows_of(result)) == sorted(wanted) != []
    assert figure(result, "map.missing_roles") == "champion;approver"
    for name in ("levels_covered", "uncovered_levels", "active_contacts", "single_threaded"):
        assert figure(result, f"map.{name}") is None
    assert {row["map.status"] for row in rows_of(result).values()} == {None}
    warned = " ".join(w.en for w in result.warnings)
    assert "activities.contact_id" in warned


def test_without_contacts_there_is_no_map(maven: ScopedTables) -> None:
    with pytest.raises(MissingDataError, match="contacts"):
        mapped(maven, "Acme Corporation", MAVEN_DAY)


def test_the_planted_account_hangs_on_one_contact_and_its_decision_maker_was_never_met(
    sample: ScopedTables,
) -> None:
    result = mapped(sample, "A020")
    people = rows_of(result)
    assert list(people) == [f"contact:{c}" for c in ("C060", "C063", "C064", "C061", "C062")]
    decider = people["contact:C060"]
    assert (decider["map.status"], decider["contact.last_met"]) == ("not_met", None)
    assert decider["contact.buying_role"] == "decision_maker"
    champion = people["contact:C061"]
    assert champion["map.reports_to"] == decider["contact.name"] == "田村 智子"
    assert champion["map.counterpart"] == "松田 健"
    assert figure(result, "map.active_contacts") == 1
    assert figure(result, "map.single_threaded") == "yes"
    assert figure(result, "map.missing_roles") == ""
    assert figure(result, "map.uncovered_levels") == "executive"
    fact = result.fact("map.levels_covered")
    assert fact is not None
    assert shown(fact, "ja") == "部長級・課長級・担当者"
    nothing = result.fact("map.missing_roles")
    assert nothing is not None
    assert (shown(nothing, "ja"), shown(nothing, "en")) == ("なし", "none")


def test_the_champion_who_left_is_missing(sample: ScopedTables) -> None:
    before, after = (mapped(sample, "A011", day) for day in (date(2026, 8, 14), SAMPLE_DAY))
    assert "contact:C023" in rows_of(before)
    assert figure(before, "map.missing_roles") == ""
    assert "contact:C023" not in rows_of(after)
    assert figure(after, "map.missing_roles") == "champion"


# ------------------------------------------------------------------ small companies


def ago(days: int) -> date:
    return SAMPLE_DAY - timedelta(days=days)


def contact(number: int, **more: Any) -> dict[str, Any]:
    return {
        "contact_id": f"C{number}", "account_id": "A", "name": f"c{number}", "level": "staff",
        "function": "f", "buying_role": "user", "influence": 3, "reports_to": None,
        "left_on": None, **more,
    }  # fmt: skip


def act(number: int, contact_id: str | None = "C1", person: str | None = "U1", **more: Any) -> Row:
    return {
        "activity_id": f"V{number}", "account_id": "A", "contact_id": contact_id,
        "person_id": person, "kind": "call", "occurred_on": SAMPLE_DAY, **more,
    }  # fmt: skip


def company(**tables: list[dict[str, Any]]) -> Company:
    return {
        "accounts": [{"account_id": "A", "name": "Alpha"}, {"account_id": "B", "name": "Beta"}],
        "people": [{"person_id": f"U{n}", "name": f"u{n}", "role": "rep"} for n in (1, 2)],
        "contacts": [contact(1)],
        "activities": [act(1)],
        **tables,
    }


def as_the_oracle_has_it(company: Rows) -> ToolResult:
    result = mapped(tables_from(company), "A")
    assert told(result) == expected(frames_from(company), "A")
    return result


def test_people_stand_by_level_then_influence_and_unknown_last() -> None:
    people = [
        contact(1, level=None), contact(2, influence=None), contact(3, level="executive"),
        contact(4, influence=5), contact(5, level="section head"), contact(6, influence=5),
        contact(7, level="department head", left_on=SAMPLE_DAY), contact(8, account_id="B"),
    ]  # fmt: skip
    result = as_the_oracle_has_it(company(contacts=people))
    assert [s[-1] for s in rows_of(result)] == ["3", "5", "4", "6", "2", "1"]


def test_the_counterpart_is_who_met_most_in_a_year_and_the_first_by_id_among_equals() -> None:
    acts = [act(1, person="U2"), act(2, person="U1"), act(3, person=None)]
    assert one(as_the_oracle_has_it(company(activities=acts)))["map.counterpart"] == "u1"
    acts += [act(4, person="U2")]
    assert one(as_the_oracle_has_it(company(activities=acts)))["map.counterpart"] == "u2"
    old = [act(n, person="U2", occurred_on=ago(365)) for n in range(9)]
    found = one(as_the_oracle_has_it(company(activities=[*old, act(9, occurred_on=ago(364))])))
    assert found["map.counterpart"] == "u1"
    assert one(as_the_oracle_has_it(company(activities=old)))["map.counterpart"] is None


def one(result: ToolResult) -> Row:
    return rows_of(result)["contact:C1"]


@pytest.mark.parametrize(
    ("days", "status", "covered", "active"),
    [(0, "met", "staff", 1), (89, "met", "staff", 1), (90, "met", "staff", 0),
     (179, "met", "staff", 0), (180, "met", "", 0), (-1, "not_met", "", 0)],
)  # fmt: skip
def test_met_ever_covered_in_180_days_active_in_90(
    days: int, status: str, covered: str, active: int
) -> None:
    result = as_the_oracle_has_it(company(activities=[act(1, occurred_on=ago(days))]))
    assert one(result)["map.status"] == status
    assert figure(result, "map.levels_covered") == covered
    assert figure(result, "map.active_contacts") == active


def test_two_active_contacts_are_no_single_thread_but_one_who_left_does_not_count() -> None:
    people = [contact(1), contact(2)]
    acts = [act(1), act(2, "C2"), act(3, None)]
    result = as_the_oracle_has_it(company(contacts=people, activities=acts))
    assert figure(result, "map.single_threaded") == "no"
    people[1]["left_on"] = SAMPLE_DAY
    result = as_the_oracle_has_it(company(contacts=people, activities=acts))
    assert figure(result, "map.single_threaded") == "yes"


def test_the_matrix_adds_up_to_all_contacts() -> None:
    people = [
        contact(1), contact(2), contact(3, function=None), contact(4, level="executive"),
        contact(5, level=None, function=None),
    ]  # fmt: skip
    result = as_the_oracle_has_it(company(contacts=people))
    matrix = result.part("relationship_matrix")
    assert matrix is not None
    cells = rows_of(matrix)
    assert list(cells) == ["cell:executive/f", "cell:staff/f", "cell:staff/", "cell:/"]
    assert sum(int(str(c["map.contacts"])) for c in cells.values()) == 5
    assert [c["map.met"] for c in cells.values()] == [0, 1, 0, 0]


def test_an_account_without_contacts_lacks_every_role_and_level() -> None:
    result = as_the_oracle_has_it(company(contacts=[contact(1, account_id="B")]))
    assert rows_of(result) == {}
    assert figure(result, "contacts.count") == 0
    assert figure(result, "map.missing_roles") == "decision_maker;champion;approver"
    assert figure(result, "map.single_threaded") == "yes"


def test_a_group_shows_the_people_of_all_its_members() -> None:
    rows_ = company(contacts=[contact(1), contact(2, account_id="B")])
    rows_["accounts"][1]["parent_id"] = "A"
    result = ask("relationship_map", tables_from(rows_), SAMPLE_DAY, account_id="B", group=True)
    assert list(rows_of(result)) == ["contact:C1", "contact:C2"]


def test_another_accounts_contacts_and_meetings_change_nothing() -> None:
    rows_ = company()
    before = told(mapped(tables_from(rows_), "A"))
    rows_["contacts"].append(contact(9, account_id="B"))
    rows_["activities"].append(act(9, "C9", account_id="B"))
    assert told(mapped(tables_from(rows_), "A")) == before


def test_an_unknown_account_is_refused(sample: ScopedTables) -> None:
    with pytest.raises(NotFoundError):
        mapped(sample, "nobody")
