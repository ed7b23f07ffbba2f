"""Whose work a person answers for: their own, and that of everybody below them."""

from __future__ import annotations

from collections import Counter

from crm.scope import ScopedTables
from tools.query import fetch


def with_reports(tables: ScopedTables, person_id: str) -> list[str]:
    """The ids of a person and of everybody below; what may be seen is the scope's affair."""
    if "people" not in tables:
        return [person_id]
    people = tables.remember(
        ("reports",), lambda: fetch(tables["people"].select("person_id", "manager_id"))
    )
    found, waiting = {person_id}, [person_id]
    while waiting:
        chief = waiting.pop()
        below = {p["person_id"] for p in people if p["manager_id"] == chief} - found
        found |= below
        waiting += below
    return sorted(found)


def names_of_people(tables: ScopedTables) -> dict[str, str]:
    """The name of each of our people by id; those of one name carry their id as well."""
    if "people" not in tables:
        return {}
    people = fetch(tables["people"].select("person_id", "name"))
    seen = Counter(row["name"] for row in people)
    return {
        row["person_id"]: row["name"]
        if seen[row["name"]] == 1
        else f"{row['name']} ({row['person_id']})"
        for row in people
    }
