"""A reference is known by its values: they are keys, or names, of the table it refers to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial

from crm.companies.key import match_key
from crm.names import normal
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
_OF_NAMES = 0.98
"""What names are worth beside keys: two rows may have one name."""

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
    """How the values of a column are found in the table that they may refer to.

    Where a table has no ids its names are, once no two rows share one. A name that several rows
    share is none: it would lead to no one.
    """
    names = _values(target, "name")
    keys = next(map(partial(_values, target), own_key(target.table)), None)
    if keys is None and names is not None and names.is_key:
        keys = names
    looked_at = values.texts[:_COMPARED]
    if not looked_at:
        return Overlap(0.0, 0.0, known=False)
    in_keys = sum(1 for text in looked_at if keys and text in keys.counts)
    forms = _forms(target.table.name, names, _values(target, "aliases"))
    in_names = sum(1 for text in looked_at if forms[_keyed(target.table.name, text)] == 1)
    known = all(found.complete for found in (keys, names) if found)
    return Overlap(in_keys / len(looked_at), in_names / len(looked_at), known)


def _values(target: Fit, column: str) -> Values | None:
    match = target.match(column)
    return target.sheet.values(match.heading) if match else None


@lru_cache(maxsize=8)
def _forms(table: str, names: Values | None, aliases: Values | None) -> Counter[str]:
    """The names and aliases of a table as they are compared, with how many rows have each."""
    found = Counter[str]()
    for values in (names, aliases):
        for text, rows in values.counts.items() if values else ():
            for one in text.split(";") if values is aliases else (text,):
                found[_keyed(table, one)] += rows
    return found


@lru_cache(maxsize=400_000)
def _keyed(table: str, name: str) -> str:
    """A name as an import compares it: companies by their match key, all else without blanks."""
    return match_key(name) if table == "accounts" else re.sub(r"\s+", "", normal(name))


def proof(sheet: Sheet, fit: Fit, chosen: Chosen) -> dict[tuple[str, str], Evidence]:
    """What the other sheets say of the references of one."""
    found = {}
    for column in fit.table.references:
        target = chosen.get(column.ref or "")
        if target is None or not has_key(target):
            continue
        for heading in sheet.headings:
            if evidence := _evidence(sheet, heading, fit, column, target):
                found[heading, column.name] = evidence
    return found


def has_key(target: Fit) -> bool:
    """Whether there is something in a table to refer to."""
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
        return Evidence(at_least=0.85, times=1.0 if shared.keys >= shared.names else _OF_NAMES)
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
