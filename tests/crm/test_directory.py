"""Our people come from the table or a file, as they are now; what is unreadable lets nobody in."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.directory import OPERATOR, Directory, Person, Principal, Share
from crm.directory_file import Directories, read_directory
from crm.errors import NotAllowedError, NotFoundError, WorkspaceError
from crm.scope import ScopedTables
from crm.settings import Settings
from tests.companies import tables_from

DAY = date(2026, 11, 27)
YAML = """
people:
  - {person_id: U1, name: 高瀬 美咲, email: takase@ours.example, manager_id: U2, team: 東}
  - {person_id: U2, name: 松田 健, email: matsuda@ours.example, role: Manager, team: 東}
account_team:
  - {account_id: A2, person_id: U1, access: read}
  - {account_id: A3, team: 東, access: write}
"""
CSV = "person_id,name,email,role,left_on\nU1,高瀬 美咲,takase@ours.example,rep,\n"


def company() -> dict[str, list[dict[str, Any]]]:
    return {
        "accounts": [
            {"account_id": f"A{n}", "name": f"社{n}", "owner_id": o}
            for n, o in ((1, "U1"), (2, "U9"), (3, "U9"), (4, "U9"))
        ],
        "people": [{"person_id": "U1", "name": "高瀬", "email": "old@ours.example"}],
        "account_team": [
            {"account_id": "A4", "person_id": "U1", "function": "service", "access": "write"},
            {"account_id": "A2", "person_id": "U1", "function": "sales", "access": None},
            {"account_id": "A3", "person_id": "U1", "function": "sales", "access": "read"},
        ],
    }


def directories(folder: Path, file: str) -> Directories:
    chosen = Settings.model_validate({"access": {"directory": file}})
    return Directories(folder, chosen)


def seen(directory: Directory, who: str) -> tuple[ScopedTables, list[str]]:
    plain = tables_from(company())
    principal = Principal(who, who)
    tables = ScopedTables(
        plain.snapshot, directory.scope(principal), Settings(), directory=directory
    )
    rows = tables["accounts"].order_by("account_id").to_pyarrow()["account_id"].to_pylist()
    return tables, rows


def test_a_file_goes_before_the_table_with_its_people_teams_and_shares(tmp_path: Path) -> None:
    (tmp_path / "people.yaml").write_text(YAML, encoding="utf-8")
    snapshot = tables_from(company()).snapshot
    directory = directories(tmp_path, "people.yaml").of(snapshot)
    with pytest.raises(NotFoundError):
        directory.by_email("old@ours.example")
    assert directory.by_email("Takase@ours.example").person_id == "U1"
    assert seen(directory, "U1")[1] == ["A1", "A2", "A3"]  # A4 is shared in the table only
    assert seen(directory, "U2")[1] == ["A1", "A2", "A3"]  # what is theirs who report to U2


def test_a_share_for_reading_lets_see_and_not_change(tmp_path: Path) -> None:
    (tmp_path / "people.yaml").write_text(YAML, encoding="utf-8")
    directory = directories(tmp_path, "people.yaml").of(tables_from(company()).snapshot)
    tables, _rows = seen(directory, "U1")
    assert [tables.may_write(a) for a in ("A1", "A2", "A3")] == [True, False, True]
    with pytest.raises(NotAllowedError):
        tables.require_write("A2")
    with pytest.raises(NotFoundError):
        tables.require_write("A4")


def test_in_the_table_too_only_write_lets_change_and_nothing_said_is_reading() -> None:
    plain = tables_from(company())
    tables, rows = seen(Directory.of(plain.snapshot), "U1")
    assert rows == ["A1", "A2", "A3", "A4"]
    assert [tables.may_write(a) for a in rows] == [True, False, False, True]


def test_a_person_taken_out_of_the_file_has_no_access_at_the_next_request(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(CSV, encoding="utf-8")
    found, snapshot = directories(tmp_path, "people.csv"), tables_from(company()).snapshot
    asker = found.of(snapshot).by_email("takase@ours.example")
    assert found.of(snapshot).scope(asker).person_ids == {"U1"}
    file.write_text("person_id,name\nU5,別の人\n", encoding="utf-8")
    os.utime(file, ns=(1, 1))  # also where a clock does not tell the difference
    assert found.of(snapshot).scope(asker).person_ids == frozenset()
    with pytest.raises(NotFoundError):
        found.of(snapshot).by_email("takase@ours.example")


def test_the_roles_are_those_of_the_directory_and_not_those_that_somebody_brings() -> None:
    directory = Directory([Person("U1", "a", None, None, "rep", None, None)])
    assert not directory.scope(Principal("U1", "a", frozenset({"admin"}))).sees_all
    assert not directory.scope(Principal("U9", "x", frozenset({"executive"}))).sees_all
    assert directory.scope(OPERATOR).sees_all


@pytest.mark.parametrize("role", ["Manager", " manager ", "ＭＡＮＡＧＥＲ"])
def test_a_role_means_the_same_however_it_is_written(role: str) -> None:
    boss = Person("B", "b", None, None, role, None, None)
    directory = Directory([boss, Person("U", "u", None, None, "rep", "B", None)])
    assert directory.scope(Principal("B", "b")).person_ids == {"B", "U"}


def test_a_role_that_means_nothing_sees_what_a_rep_sees() -> None:
    directory = Directory(
        [
            Person("B", "b", None, None, "administrator", None, None),
            Person("U", "u", None, None, None, "B", None),
        ]
    )
    assert directory.scope(Principal("B", "b")).person_ids == {"B"}
    assert any("role" in fault for fault in directory.faults())


def test_who_has_left_may_not_ask_and_their_manager_still_sees_what_was_theirs() -> None:
    people = [
        Person("B", "b", "b@x.example", None, "manager", None, None),
        Person("U", "u", "u@x.example", "S", "rep", "B", None, date(2026, 11, 26)),
        Person("V", "v", "v@x.example", None, "rep", "B", None, date(2026, 11, 28)),
    ]
    directory = Directory(people, day=DAY)
    with pytest.raises(NotFoundError):
        directory.by_email("u@x.example")
    assert directory.by_slack_id("S") is None
    assert directory.scope(Principal("U", "u")).person_ids == frozenset()
    assert directory.scope(Principal("B", "b")).person_ids == {"B", "U", "V"}
    assert directory.by_email("v@x.example").person_id == "V"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("p.csv", "person_id,name\nU1\n", "line 2 has more or fewer cells"),
        ("p.csv", "person_id,name\nU1,a\nU1,b\n", "line 3 has the person_id of an earlier one"),
        ("p.csv", "person_id,name\n,a\n", "line 2 has no person_id or no name"),
        ("p.csv", "person_id,name,mail\nU1,a,b\n", "line 2 has `mail`"),
        ("p.csv", "person_id,name,email\nU1,a,b\n", "an e-mail address that is none"),
        ("p.csv", "person_id,name,left_on\nU1,a,soon\n", "a left_on that is no day"),
        ("p.csv", "person_id,name\n", "it names nobody"),
        ("p.txt", "x", "neither in .csv nor in .yaml"),
        ("p.yaml", "people: [", "is not YAML"),
        ("p.yaml", "staff: []", "it needs `people:`"),
        ("p.yaml", "people: [U1]", "`people` is not a list of entries"),
        ("p.yaml", "people: [{person_id: U1, name: [a]}]", "entry 1 of `people`: `name`"),
        (
            "p.yaml",
            "people: [{person_id: U1, name: a}]\n"
            "account_team: [{account_id: A, team: t, access: all}]",
            "entry 1 of `account_team` has an access that is neither read nor write",
        ),
    ],
)
def test_a_bad_row_is_one_clear_sentence(tmp_path: Path, name: str, text: str, told: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(WorkspaceError) as refused:
        read_directory(tmp_path / name)
    assert told in refused.value.what
    assert refused.value.what.startswith(f"The directory file {name} cannot be used: ")


def test_without_its_file_nobody_gets_in(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="cannot be opened"):
        directories(tmp_path, "people.csv").of(tables_from(company()).snapshot)


PEOPLE = st.lists(
    st.tuples(
        st.sampled_from(["rep", "manager", "executive", None, "他部門"]),
        st.integers(0, 9),
        st.sampled_from(["東", "西", None]),
        st.booleans(),
    ),
    min_size=2,
    max_size=10,
)
SHARES = st.lists(
    st.tuples(
        st.integers(0, 11), st.integers(0, 9), st.booleans(), st.sampled_from(["read", "write"])
    ),
    max_size=6,
)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(PEOPLE, SHARES)
def test_scopes_are_what_the_tree_the_teams_and_the_shares_say(
    drawn: list[tuple[str | None, int, str | None, bool]],
    shared: list[tuple[int, int, bool, Any]],
) -> None:
    people = [
        Person(f"U{n}", f"U{n}", None, None, role, f"U{boss}", team, DAY if left else None)
        for n, (role, boss, team, left) in enumerate(drawn)
    ]
    shares = [
        Share(f"A{a}", None if of_team else f"U{p}", "東" if of_team else None, access)
        for a, p, of_team, access in shared
    ]
    directory = Directory(people, shares, day=DAY)
    scopes = {p.person_id: directory.scope(Principal(p.person_id, "")) for p in people}
    for person in people:
        scope = scopes[person.person_id]
        if person.left_on:
            assert not scope.sees_all
            assert not scope.person_ids
            assert not scope.shared
            continue
        if person.role == "executive":
            assert all(scope.covers(other) for other in scopes.values())
            continue
        assert person.person_id in scope.person_ids
        if person.role != "manager":
            assert scope.person_ids == {person.person_id}
        for other in people:  # whoever reports to somebody is seen with all of theirs
            below = other.manager_id == person.person_id and person.role == "manager"
            if below and not other.left_on and other.role in ("rep", "manager"):
                assert scope.covers(scopes[other.person_id])
        written = directory.shared_with(scope.person_ids, "write")
        assert written <= (scope.shared or frozenset())
