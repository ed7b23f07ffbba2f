"""Whom we know, who could introduce us, and who reads what we send: counted person by person.

Recomputes relationship_map, introduction_routes and engagement_report; the routes by trying every
path.

Choices. Present: left_on unknown or after as_of. Met: any activity with the contact, of any kind
and direction. Uncovered levels are those of the four without a contact met in 180 days, a level
without contacts too. Active contacts are present ones.
Routes: people on them are our people, outside sources and present contacts. A relationship whose
from_person_id is one of our people starts from that person, one whose from_person_id is a present
contact starts from that contact, any other starts from its from_name. Paths begin with one of our
people or an outside source, so a step from our person to a contact has one direction only, as a
relationship has. The kind is that of the first relationship on the path, else direct. An unknown
strength is no path. Of equal strength the fewer steps, then the ids of the path decide.
Engagement: interest is views + known seconds / 60; views without a known contact stand apart for
each account; the trend counts views of any period.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .basis import accounts_of, descending
from .canonical import Row, Tables, group, half_up, ratio6, rows, window, within
from .deal_health import has_left
from .deepening import LEVELS

ROLES = ("decision_maker", "champion", "approver")
Node = tuple[str, str]
Step = tuple[Node, Fraction, str]  # where it comes from, its weight, its kind


def present_contacts(tables: Tables, account_id: str, as_of: date) -> list[Row]:
    """The contacts of an account that have not left by as_of."""
    return [
        c
        for c in rows(tables, "contacts")
        if c["account_id"] == account_id and not has_left(c, as_of)
    ]


def met_within(acts: list[Row], as_of: date, days: int) -> set[str]:
    """The contact_ids of the activities of the last days."""
    return {a["contact_id"] for a in acts if within(a["occurred_on"], *window(as_of, days))} - {
        None
    }


def counterpart(acts: list[Row], as_of: date) -> str | None:
    """The person with the most activities of the last 365 days; ties by person_id."""
    found = [
        a["person_id"]
        for a in acts
        if a.get("person_id") is not None and within(a["occurred_on"], *window(as_of, 365))
    ]
    return min(set(found), key=lambda p: (-found.count(p), p)) if found else None


def relationship_map(tables: Tables, account_id: str, as_of: date) -> Row:
    """The present contacts of an account and what is missing among them.

    Keys: rows, matrix ({(level, function): n}), map.levels_covered and map.uncovered_levels (lists
    of levels), map.missing_roles (codes), map.active_contacts (90 days), map.single_threaded
    (bool). Rows: contact_id, contact.* as recorded, map.reports_to (name), contact.last_met,
    map.counterpart (person_id), map.counterpart_level (role), map.status (met, not_met); by level
    (executive first, unknown last), influence descending, contact_id.
    """
    names = {c["contact_id"]: c["name"] for c in rows(tables, "contacts")}
    role = {p["person_id"]: p.get("role") for p in rows(tables, "people")}
    contacts = present_contacts(tables, account_id, as_of)
    ids = {c["contact_id"] for c in contacts}
    acts = [
        a
        for a in rows(tables, "activities")
        if a.get("contact_id") in ids and a["occurred_on"] <= as_of
    ]
    of_contact = group(acts, "contact_id")
    copied = ("name", "title", "department", "level", "function", "buying_role", "influence")
    out: list[Row] = []
    for c in contacts:
        mine = of_contact.get(c["contact_id"], [])
        person = counterpart(mine, as_of)
        out.append(
            {"contact_id": c["contact_id"]}
            | {f"contact.{n}": c.get(n) for n in (*copied, "attitude")}
            | {
                "map.reports_to": names.get(c.get("reports_to")),
                "contact.last_met": max((a["occurred_on"] for a in mine), default=None),
                "map.counterpart": person,
                "map.counterpart_level": role.get(person),
                "map.status": "met" if mine else "not_met",
            }
        )
    out.sort(
        key=lambda r: (
            LEVELS.index(r["contact.level"]) if r["contact.level"] in LEVELS else len(LEVELS),
            *descending(r["contact.influence"]),
            r["contact_id"],
        )
    )
    lately = met_within(acts, as_of, 180)
    covered = {c.get("level") for c in contacts if c["contact_id"] in lately}
    active = met_within(acts, as_of, 90)
    held = {c.get("buying_role") for c in contacts}
    places = [(c.get("level"), c.get("function")) for c in contacts]
    return {
        "rows": out,
        "matrix": {place: places.count(place) for place in places},
        "map.levels_covered": [x for x in LEVELS if x in covered],
        "map.uncovered_levels": [x for x in LEVELS if x not in covered],
        "map.missing_roles": [r for r in ROLES if r not in held],
        "map.active_contacts": len(active),
        "map.single_threaded": len(active) < 2,
    }


def known_strength(count: int) -> int:
    """1 or 2 activities: 2; 3 to 5: 3; 6 to 11: 4; 12 and more: 5."""
    return 2 if count < 3 else 3 if count < 6 else 4 if count < 12 else 5


def steps_into(tables: Tables, as_of: date) -> dict[Node, list[Step]]:
    """For each contact, every step that leads to it."""
    people = {p["person_id"] for p in rows(tables, "people")}
    contacts = {c["contact_id"]: c for c in rows(tables, "contacts") if not has_left(c, as_of)}
    steps: dict[Node, list[Step]] = {("contact", i): [] for i in contacts}
    for r in rows(tables, "relationships"):
        target, source = ("contact", r["to_contact_id"]), r.get("from_person_id")
        if target not in steps or r.get("strength") is None:
            continue
        start: Node = ("outside", r["from_name"])
        if source in people:
            start = ("person", source)
        elif source in contacts:
            start = ("contact", source)
        steps[target].append((start, Fraction(r["strength"], 5), r.get("from_kind") or "unknown"))
    pairs: dict[tuple[str, str], int] = {}
    for a in rows(tables, "activities"):
        pair = (a.get("person_id"), a.get("contact_id"))
        if pair[0] in people and pair[1] in contacts:
            pairs[pair] = pairs.get(pair, 0) + within(a["occurred_on"], *window(as_of, 365))
    for (person, contact), count in pairs.items():
        if count:
            weight = Fraction(known_strength(count), 5)
            steps["contact", contact].append((("person", person), weight, "direct"))
    for i, c in contacts.items():
        boss = contacts.get(c.get("reports_to"))
        if boss is not None and boss["account_id"] == c["account_id"]:
            here, there = ("contact", i), ("contact", boss["contact_id"])
            steps[here].append((there, Fraction(3, 5), "colleague"))
            steps[there].append((here, Fraction(3, 5), "colleague"))
    return steps


def paths_to(
    target: Node, steps: dict[Node, list[Step]], most: int
) -> Iterator[tuple[list[Node], Fraction, list[str]]]:
    """Every path of at most `most` steps that ends at target: nodes, strength, kinds in order."""

    def back(
        path: list[Node], strength: Fraction, kinds: list[str]
    ) -> Iterator[tuple[list[Node], Fraction, list[str]]]:
        for start, weight, kind in steps.get(path[0], []) if len(kinds) < most else []:
            if start in path:
                continue
            longer = ([start, *path], strength * weight, [kind, *kinds])
            if start[0] == "contact":
                yield from back(*longer)
            else:
                yield longer

    yield from back([target], Fraction(1), [])


def targets_of(contacts: list[Row]) -> list[str]:
    """The decision makers, else the executives, else all."""
    found = [c for c in contacts if c.get("buying_role") == "decision_maker"]
    found = found or [c for c in contacts if c.get("level") == "executive"]
    return sorted(c["contact_id"] for c in found or contacts)


def suggested(tables: Tables, account_id: str, as_of: date) -> str | None:
    """The document viewed most in 180 days there, else in its industry; ties by document."""
    views = [e for e in rows(tables, "engagements") if within(e["viewed_at"], *window(as_of, 180))]
    accounts = accounts_of(tables)
    industry = accounts[account_id].get("industry")
    alike = {i for i, a in accounts.items() if industry and a.get("industry") == industry}
    for ids in ({account_id}, alike):
        seen = [e["document"] for e in views if e["account_id"] in ids]
        if seen:
            return min(set(seen), key=lambda d: (-seen.count(d), d))
    return None


def introduction_routes(
    tables: Tables,
    as_of: date,
    account_id: str | None = None,
    contact_id: str | None = None,
    from_person_id: str | None = None,
    most: int = 4,
    per_target: bool = True,
) -> list[Row]:
    """The strongest path of each kind to each target (or, not per_target, of each kind at all).

    Keys: target (contact_id), nodes, route.path (names joined with an arrow), route.strength (6
    decimals), route.steps, route.kind, route.first (name), route.content (outbound only). By
    strength descending, steps, target, nodes. Without any path one row of kind outbound.
    """
    contacts = {c["contact_id"]: c for c in rows(tables, "contacts")}
    if contact_id is not None:
        account_id, targets = contacts[contact_id]["account_id"], [contact_id]
    else:
        assert account_id is not None
        targets = targets_of(present_contacts(tables, account_id, as_of))
    name = {("contact", i): c["name"] for i, c in contacts.items()}
    name |= {("person", p["person_id"]): p["name"] for p in rows(tables, "people")}
    steps = steps_into(tables, as_of)
    found: list[Row] = []
    for target in targets:
        for nodes, strength, kinds in paths_to(("contact", target), steps, most):
            if from_person_id is not None and nodes[0] != ("person", from_person_id):
                continue
            ties = [k for k in kinds if k not in ("direct", "colleague")]
            called = [name.get(n, n[1]) for n in nodes]
            found.append(
                {
                    "target": target,
                    "nodes": nodes,
                    "route.path": " → ".join(called),
                    "route.strength": strength,
                    "route.steps": len(kinds),
                    "route.kind": ties[0] if ties else "direct",
                    "route.first": called[0],
                    "route.content": None,
                }
            )
    found.sort(key=lambda r: (-r["route.strength"], r["route.steps"], r["target"], r["nodes"]))
    best: dict[Any, Row] = {}
    for row in found:
        best.setdefault((row["target"] if per_target else None, row["route.kind"]), row)
    out = [r | {"route.strength": ratio6(r["route.strength"])} for r in best.values()]
    if out:
        return out
    keys = ("target", "nodes", "route.path", "route.strength", "route.steps", "route.first")
    content = suggested(tables, account_id, as_of)
    return [dict.fromkeys(keys) | {"route.kind": "outbound", "route.content": content}]


def engagement_report(
    tables: Tables,
    as_of: date,
    start: date | None = None,
    end: date | None = None,
    by: str = "person",
    account_id: str | None = None,
) -> Row:
    """Document views of a period (the 90 days to as_of), by person, document or account.

    Keys: rows, engagement.views_total, engagement.viewers (known contacts), engagement.documents.
    Rows: key ((account_id, contact_id or None), document or account_id), engagement.views,
    .seconds (of those known, None when none is), .first, .last, recent and before (views of the
    last 30 days and of the 30 before), engagement.trend (their difference), .interest (3
    decimals), .rank (by interest descending, then key) and documents ({document: views}).
    """
    first, last = start or window(as_of, 90)[0], min(end or as_of, as_of)
    every = [
        e | {"key": key_of(e, by)}
        for e in rows(tables, "engagements")
        if account_id in (None, e["account_id"])
    ]
    asked = [e for e in every if within(e["viewed_at"], first, last)]
    whole = group(every, "key")
    out: list[Row] = []
    for key, mine in group(asked, "key").items():
        seconds = [e["seconds"] for e in mine if e.get("seconds") is not None]
        days = [e["viewed_at"] for e in mine]
        recent, before = (
            sum(within(e["viewed_at"], *window(as_of, 30, shift)) for e in whole[key])
            for shift in (0, 30)
        )
        read = [e["document"] for e in mine]
        interest = len(mine) + Fraction(sum(seconds, 0)) / 60
        out.append(
            {
                "key": key,
                "engagement.views": len(mine),
                "engagement.seconds": sum(seconds, Decimal(0)) if seconds else None,
                "engagement.first": min(days),
                "engagement.last": max(days),
                "recent": recent,
                "before": before,
                "engagement.trend": recent - before,
                "engagement.interest": interest,
                "documents": {d: read.count(d) for d in sorted(set(read))},
            }
        )
    out.sort(key=lambda r: (-r["engagement.interest"], sortable(r["key"])))
    for place, row in enumerate(out, 1):
        row["engagement.rank"] = place
        row["engagement.interest"] = half_up(row["engagement.interest"], 3)
    return {
        "rows": out,
        "engagement.views_total": len(asked),
        "engagement.viewers": len({e["contact_id"] for e in asked} - {None}),
        "engagement.documents": len({e["document"] for e in asked}),
    }


def key_of(view: Row, by: str) -> Any:
    """What a view is counted under."""
    if by == "person":
        return view["account_id"], view.get("contact_id")
    return view["document" if by == "document" else "account_id"]


def sortable(key: Any) -> tuple[Any, ...]:
    """A key with None last."""
    parts = key if isinstance(key, tuple) else (key,)
    return tuple((p is None, p or "") for p in parts)
