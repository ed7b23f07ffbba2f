"""A reference is known by its values: they are keys, or names, of the table it refers to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from crm.companies.key import match_key
from crm.proposing.fitting import Evidence, Fit
from crm.proposing.headings import plain
from crm.proposing.sheets import Sheet
from crm.proposing.synonyms import own_key, synonyms
from crm.proposing.values import Values
from crm.schema import Column

BY_NAME = frozenset(("accounts", "people", "products"))
"""Tables whose rows a reference may name (`match: name`)."""
_COMPARED = 500
_ENOUGH = 0.8

Chosen = Mapping[str, Fit]
"""The sheet that fills each table."""


@dataclass(frozen=True)
class Overlap:
    """What share of a column's values are keys of a table, and what share are names in it.

    `known` says that all keys and names of the table were seen: then none means none.
    """

    keys: float
    names: float
    known: bool

    @property
    def best(self) -> float:
        return max(self.keys, self.names)


def overlap(values: Values, target: Fit) -> Overlap:
    """How the values of a column are found in the table that they may refer to."""
    keys, names = _column(target, own_key(target.table)), _column(target, ("name",))
    looked_at = values.texts[:_COMPARED]
    if not looked_at:
        return Overlap(0.0, 0.0, known=False)
    in_keys = sum(1 for text in looked_at if keys and text in keys.counts)
    forms = _match_keys(names) if names else frozenset()
    in_names = sum(1 for text in looked_at if _key(text) in forms)
    known = all(found.complete for found in (keys, names) if found)
    return Overlap(in_keys / len(looked_at), in_names / len(looked_at), known)


def _column(target: Fit, columns: tuple[str, ...]) -> Values | None:
    found = [match for column in columns if (match := target.match(column))]
    return target.sheet.values(found[0].heading) if found else None


def _match_keys(values: Values) -> frozenset[str]:
    return frozenset(_key(text) for text in values.counts)


@lru_cache(maxsize=200_000)
def _key(text: str) -> str:
    return match_key(text)


def proof(sheet: Sheet, fit: Fit, chosen: Chosen) -> dict[tuple[str, str], Evidence]:
    """What the other sheets say of the references of one."""
    found = {}
    for column in fit.table.references:
        target = chosen.get(column.ref or "")
        if target is None or not _has_key(target):
            continue
        for heading in sheet.headings:
            if evidence := _evidence(sheet, heading, fit, column, target):
                found[heading, column.name] = evidence
    return found


def _has_key(target: Fit) -> bool:
    return any(target.match(column) for column in (*own_key(target.table), "name"))


def _evidence(sheet: Sheet, heading: str, fit: Fit, column: Column, target: Fit) -> Evidence | None:
    values = sheet.values(heading)
    own = target.sheet is sheet
    if not values.texts or (own and _is_own(heading, target)):
        return None
    matched = fit.match(column.name)
    said = matched is not None and matched.heading == heading
    same = not own and _is_same_heading(heading, target)
    if not (said or same or _is_telling(values)):
        return None
    shared = overlap(values, target)
    if same and (shared.best >= _ENOUGH or not shared.known):
        return Evidence(at_least=0.97)
    if shared.best >= _ENOUGH and _is_telling(values) and column.name != "parent_id":
        return Evidence(at_least=0.85)
    if said and shared.known:
        return Evidence(times=0.75 + 0.25 * shared.best if shared.best else 0.5)
    return None


def _is_own(heading: str, target: Fit) -> bool:
    """Whether a heading is the very key or name that it would refer to."""
    return any(
        match.heading == heading
        for column in (*own_key(target.table), "name")
        if (match := target.match(column))
    )


def _is_same_heading(heading: str, target: Fit) -> bool:
    """Whether a heading is called as the key that it refers to, and not only "id" or "name"."""
    generic = _generic()
    return any(
        plain(match.heading) == plain(heading) and plain(heading) not in generic
        for column in own_key(target.table)
        if (match := target.match(column))
    )


@lru_cache
def _generic() -> frozenset[str]:
    said = synonyms().headings
    return frozenset(plain(text) for text in (*said.own_key, *said.own_name))


def _is_telling(values: Values) -> bool:
    """Whether values are found in a key for a reason: small numbers are found in every key."""
    looked_at = values.texts[:_COMPARED]
    long = [text for text in looked_at if len(text) >= (5 if text.isdecimal() else 3)]
    return len(looked_at) >= 3 and len(long) >= len(looked_at) * 0.9


def referring(chosen: Chosen, table: str) -> Iterator[tuple[Fit, Column]]:
    """The sheets and columns that refer to a table."""
    for fit in chosen.values():
        for column in fit.table.references:
            if column.ref == table and fit.table.name != table:
                yield fit, column
