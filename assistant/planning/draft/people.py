"""The people of a plan: those who decide at the account, and those of ours who serve it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assistant.planning.draft.sources import Sources
from crm.settings import Language
from plans.model import KeyPerson, TeamMember
from tools.facts import Fact
from tools.format import shown

_PEOPLE = 8
"""Key persons in a first draft, at the most."""


def key_persons(sources: Sources) -> Iterator[KeyPerson]:
    """The account's people, in the order of the relationship map."""
    result, language = sources.result("relationship_map"), sources.asked.language
    table = result.table if result else None
    if table is None:
        return
    for row in range(min(len(table.rows), _PEOPLE)):
        cells = {c.name: table.cell(row, c.name) for c in table.columns}
        yield KeyPerson(
            id=table.subjects[row].replace("contact:", ""),
            name=str(cells["contact.name"].value),
            contact_id=table.subjects[row].partition(":")[2],
            title=_cell(cells, "contact.title", language),
            department=_cell(cells, "contact.department", language),
            role=_cell(cells, "contact.buying_role", language),
            attitude=_cell(cells, "contact.attitude", language),
            ours=_cell(cells, "map.counterpart", language),
        )


def _cell(cells: Mapping[str, Fact], name: str, language: Language) -> str | None:
    fact = cells.get(name)
    if fact is None or fact.value in (None, ""):
        return None
    return shown(fact, language)


def team(sources: Sources, owner_id: str | None) -> Iterator[TeamMember]:
    """The account's owner and their manager."""
    known = {p.person_id: p for p in sources.tables.directory.people}
    owner = known.get(owner_id or "")
    if owner is None:
        return
    yield TeamMember(id="owner", name=owner.name, person_id=owner.person_id, role="owner")
    manager = known.get(owner.manager_id or "")
    if manager is not None:
        yield TeamMember(
            id="manager", name=manager.name, person_id=manager.person_id, role="manager"
        )
