"""Who could introduce us to whom: our people, outside sources and contacts, with edges one way.

An edge leads towards the customer: nobody is asked to introduce us to our own colleagues.
Source: docs/metrics.md (route).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

import ibis
from ibis import _

from crm.periods import trailing
from crm.scope import ScopedTables
from tools.query import Row, fetch, inside
from tools.relationships import present_on

Node = tuple[str, str]
"""("person", person_id), ("contact", contact_id) or ("outside", name)."""

DIRECT = "direct"
_REPORTS = "reports_to"
_REPORTING_STRENGTH = Fraction(3, 5)
_BY_COUNT = ((12, 5), (6, 4), (3, 3), (1, 2))
"""Activities in the window, and the strength that they make."""


@dataclass(frozen=True)
class Route:
    """A path to a contact: its nodes in order, its strength, and through what kind of source."""

    nodes: tuple[Node, ...]
    strength: Fraction
    kind: str
    via: tuple[str, ...]

    @property
    def steps(self) -> int:
        return len(self.nodes) - 1

    @property
    def target(self) -> Node:
        return self.nodes[-1]


@dataclass
class IntroductionGraph:
    """Who knows whom around one account; `graph` is a NetworkX MultiDiGraph."""

    graph: Any
    names: dict[Node, str]
    contacts: dict[str, Row]
    unknown_strength: int = 0
    starts: set[Node] = field(default_factory=set)

    def routes(self, target: Node, starts: Iterable[Node], steps: int) -> list[Route]:
        """The strongest route of each kind from one of `starts`, strongest first."""
        import networkx as nx

        backwards = self.graph.reverse(copy=False)
        wanted = {node for node in starts if node in self.graph}
        if target not in self.graph or not wanted:
            return []
        best: dict[str, Route] = {}
        for edges in nx.all_simple_edge_paths(backwards, target, wanted, cutoff=steps):
            route = self._route([(u, v, key) for v, u, key in reversed(edges)])
            if route.kind not in best or rank(route) < rank(best[route.kind]):
                best[route.kind] = route
        return sorted(best.values(), key=rank)

    def _route(self, edges: list[tuple[Node, Node, str]]) -> Route:
        strength, via, kind = Fraction(1), [], DIRECT
        for u, v, key in edges:
            edge = self.graph.edges[u, v, key]
            strength *= edge["strength"]
            if key not in (DIRECT, _REPORTS):
                kind = key if kind == DIRECT else kind
                if edge["via"] != self.names[u]:
                    via.append(edge["via"])
        nodes = (edges[0][0], *(v for _u, v, _key in edges))
        return Route(nodes, strength, kind, tuple(via))

    def link(self, start: Node, end: Node, kind: str, strength: Fraction, via: str = "") -> None:
        """An edge; of several of one kind between the same two the strongest stays."""
        known = self.graph.get_edge_data(start, end, kind)
        if known is None or (-strength, via) < (-known["strength"], known["via"]):
            self.graph.add_edge(start, end, key=kind, strength=strength, via=via)


def rank(route: Route) -> tuple[Fraction, int, Node, tuple[Node, ...]]:
    """Strongest first, then the fewest steps, then by target and the ids on the way."""
    return (-route.strength, route.steps, route.target, route.nodes)


def introduction_graph(tables: ScopedTables, account_id: str, as_of: date) -> IntroductionGraph:
    """The graph around the contacts present at an account, as far as routes may reach."""
    import networkx as nx

    people = _people(tables)
    found = IntroductionGraph(nx.MultiDiGraph(), {}, {})
    found.names |= {("person", person): name for person, name in people.items()}
    relations = _surroundings(tables, found.contacts, account_id, as_of)
    found.names |= {("contact", c): row["name"] for c, row in found.contacts.items()}
    for contact_id, row in found.contacts.items():
        found.graph.add_node(("contact", contact_id))
        superior = found.contacts.get(row["reports_to"])
        if superior and superior["account_id"] == row["account_id"]:
            one, other = ("contact", contact_id), ("contact", superior["contact_id"])
            found.link(one, other, _REPORTS, _REPORTING_STRENGTH)
            found.link(other, one, _REPORTS, _REPORTING_STRENGTH)
    _add_relations(found, relations, people if "people" in tables else None)
    _add_acquaintances(tables, found, as_of)
    found.starts = {node for node in found.graph if node[0] in ("person", "outside")}
    return found


def _people(tables: ScopedTables) -> dict[str, str]:
    if "people" not in tables:
        return {}
    rows = fetch(tables["people"].select("person_id", "name"))
    return {row["person_id"]: row["name"] for row in rows}


def _surroundings(
    tables: ScopedTables, contacts: dict[str, Row], account_id: str, as_of: date
) -> list[Row]:
    """The relationships that lead to the account's contacts, step by step through other accounts.

    Fills `contacts` with everybody present at the accounts on the way.
    """
    columns = ("contact_id", "account_id", "name", "level", "buying_role", "influence")
    relations: list[Row] = []
    present = tables["contacts"].filter(present_on(as_of))
    present = present.select(*columns, "reports_to").order_by("contact_id")
    reached: set[str] = set()
    frontier = {account_id}
    for _step in range(tables.settings.introductions.steps):
        people = present.filter(_.account_id.isin(sorted(frontier)))
        contacts |= {row["contact_id"]: row for row in fetch(people)}
        reached |= frontier
        leading = _leading_to(tables, people)
        relations += leading
        sources = {r["from_person_id"] for r in leading} - contacts.keys() - {None}
        if not sources:
            break
        known = fetch(present.filter(_.contact_id.isin(sorted(sources))).select("account_id"))
        frontier = {row["account_id"] for row in known} - reached
        if not frontier:
            break
    return relations


def _leading_to(tables: ScopedTables, people: ibis.Table) -> list[Row]:
    if "relationships" not in tables:
        return []
    relations = tables["relationships"]
    leading = relations.semi_join(people, relations.to_contact_id == people.contact_id)
    return fetch(leading.drop("note"))


def _add_relations(
    found: IntroductionGraph, relations: list[Row], people: Mapping[str, str] | None
) -> None:
    for row in relations:
        if row["strength"] is None:
            found.unknown_strength += 1
            continue
        kind = row["from_kind"] or "unknown"
        start = _source(found, row, people)
        end = ("contact", row["to_contact_id"])
        if start != end:
            found.link(start, end, kind, Fraction(row["strength"], 5), row["from_name"])


def _source(found: IntroductionGraph, row: Row, people: Mapping[str, str] | None) -> Node:
    """Our person or the present contact that a relationship starts from, else its source's name."""
    person = row["from_person_id"]
    if person in found.contacts:
        return ("contact", person)
    if person is not None and (people is None or person in people):
        found.names.setdefault(("person", person), person)
        return ("person", person)
    outside = ("outside", row["from_name"])
    found.names[outside] = row["from_name"]
    return outside


def _add_acquaintances(tables: ScopedTables, found: IntroductionGraph, as_of: date) -> None:
    """An edge from each of our people to each contact they had an activity with in the window."""
    if not tables.has("activities", "contact_id", "person_id"):
        return
    window = trailing(as_of, tables.settings.introductions.known_days)
    accounts = sorted({row["account_id"] for row in found.contacts.values()})
    acts = tables["activities"].filter(
        inside(window, "occurred_on"),
        _.account_id.isin(accounts),
        _.contact_id.notnull(),
        _.person_id.notnull(),
    )
    for row in fetch(acts.group_by("person_id", "contact_id").agg(n=_.count())):
        if row["contact_id"] not in found.contacts:
            continue
        person = ("person", row["person_id"])
        found.names.setdefault(person, row["person_id"])
        strength = next(strength for least, strength in _BY_COUNT if row["n"] >= least)
        found.link(person, ("contact", row["contact_id"]), DIRECT, Fraction(strength, 5))
