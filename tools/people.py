"""Whose work a person answers for: their own, and that of everybody below them."""

from __future__ import annotations

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
