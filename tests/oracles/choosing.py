"""Which deals are asked about: an owner with everybody below, a team's people, an account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any

from .canonical import Row, Tables, group, rows, within
from .pipeline import outcome, split
from .spans import Span

ZERO = Fraction(0)
Money = Fraction | None


def exact_sum(values: Iterable[Any]) -> Money:
    """The sum of the known values; None when there are values and none is known; 0 of nothing."""
    every = list(values)
    known = [Fraction(v) for v in every if v is not None]
    return None if every and not known else sum(known, ZERO)


def descending(value: Any, label: Any) -> tuple[bool, Any, bool, str]:
    """A sort key: the larger first, None last, ties by label (a None label last)."""
    return value is None, -(value or 0), label is None, str(label)


def below(tables: Tables, owner_id: str) -> set[str]:
    """A person and everybody who reports to them, over any number of steps."""
    managed = group(rows(tables, "people"), "manager_id")
    out, waiting = {owner_id}, [owner_id]
    while waiting:
        for person in managed.get(waiting.pop(), []):
            if person["person_id"] not in out:
                out.add(person["person_id"])
                waiting.append(person["person_id"])
    return out


def teams(tables: Tables) -> dict[str, str | None]:
    """person_id to team."""
    return {p["person_id"]: p.get("team") for p in rows(tables, "people")}


def deals_of(
    tables: Tables,
    owner_id: str | None = None,
    team: str | None = None,
    account_id: str | None = None,
) -> list[Row]:
    """The deals of an owner (with everybody below), of a team's people and of an account."""
    team_of = teams(tables)
    owners = None if owner_id is None else below(tables, owner_id)
    return [
        deal
        for deal in rows(tables, "opportunities")
        if (owners is None or deal.get("owner_id") in owners)
        and (team is None or team_of.get(deal.get("owner_id") or "") == team)
        and (account_id is None or deal.get("account_id") == account_id)
    ]


def closed_in(deals: list[Row], as_of: date, days: Span) -> tuple[list[Row], list[Row]]:
    """Won and lost deals that closed in some days, and by as_of."""
    return split([d for d in deals if outcome(d, as_of) and within(d["closed_on"], *days)])
