"""Which staged accounts are one company: by a corporate number, or because a person says so.

Equal names are no reason. What a person tells apart stays apart, whatever its number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

import duckdb

from crm.companies.answers import Answers
from crm.companies.corporate_number import corporate_number

Why = Literal["id", "corporate_number", "answer"]


@dataclass(frozen=True)
class Sameness:
    """What becomes of the staged accounts; `into` gives those that go the one they become part of.

    `invalid_numbers` are (account, number) that merge nothing; accounts `kept_apart` share a number
    with another that a person tells them from; those `gone` are answered, and not staged.
    """

    into: Mapping[str, str]
    why: Mapping[str, Why]
    order: Mapping[str, int]
    invalid_numbers: tuple[tuple[str, str], ...] = ()
    kept_apart: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


def sameness(con: duckdb.DuckDBPyConnection, answers: Answers | None = None) -> Sameness:
    """What is one company among the staged accounts; reads only.

    The account that a person has named stays, else the earliest: by the day it was made, those of
    an unknown day last, then by its row.
    """
    answers = answers or Answers()
    rows = con.execute(
        "SELECT account_id, list(corporate_number ORDER BY rowid) FROM canonical.accounts "
        "GROUP BY account_id ORDER BY min(created_on) NULLS LAST, min(rowid)"
    ).fetchall()
    order = {id_: place for place, (id_, _) in enumerate(rows)}
    parts = _Parts(order, answers)
    parts.join_answered()
    of_number: dict[str, list[str]] = defaultdict(list)
    invalid: list[tuple[str, str]] = []
    for id_, texts in rows:
        for text in dict.fromkeys(t for t in texts if t is not None):
            if number := corporate_number(text):
                of_number[number].append(id_)
            else:
                invalid.append((id_, text))
    for number in sorted(of_number):
        parts.join_of_one_number(of_number[number])
    return Sameness(
        into=parts.into(),
        why=parts.why,
        order=order,
        invalid_numbers=tuple(invalid),
        kept_apart=tuple(sorted(parts.kept_apart, key=order.__getitem__)),
        gone=tuple(sorted(answers.accounts - order.keys())),
    )


class _Parts:
    """The accounts in parts, each of which is one company; those alone are in no part."""

    def __init__(self, order: Mapping[str, int], answers: Answers) -> None:
        self._order = order
        self._answers = answers
        self._part: dict[str, set[str]] = {}
        self._named: set[str] = set()
        self.why: dict[str, Why] = {}
        self.kept_apart: set[str] = set()

    def join_answered(self) -> None:
        of_root: dict[str, list[str]] = defaultdict(list)
        for id_, root in self._answers.into.items():
            of_root[root].append(id_)
        for root, ids in of_root.items():
            here = sorted({root, *ids} & self._order.keys(), key=self._order.__getitem__)
            if len(here) > 1:
                self._named |= {root} & self._order.keys()
                stays = root if root in self._order else here[0]
                self.why.update(dict.fromkeys(set(here) - {stays}, "answer"))
                self._join(here)

    def join_of_one_number(self, ids: Iterable[str]) -> None:
        whole = {id_: self._part.get(id_, {id_}) for id_ in ids}
        everyone = frozenset[str]().union(*whole.values())
        apart = {id_ for id_, part in whole.items() if self._is_told_from(part, everyone)}
        self.kept_apart |= apart
        self._join([id_ for id_ in whole if id_ not in apart])

    def into(self) -> dict[str, str]:
        """Who becomes part of whom, in the order of those that stay and then of those that go."""
        found = {}
        for stays, part in sorted(self._stays(), key=lambda one: self._order[one[0]]):
            for id_ in sorted(part - {stays}, key=self._order.__getitem__):
                found[id_] = stays
                self.why.setdefault(id_, "corporate_number")
        return found

    def _is_told_from(self, part: AbstractSet[str], others: AbstractSet[str]) -> bool:
        return any(self._answers.apart_from(id_, others) for id_ in part)

    def _join(self, ids: list[str]) -> None:
        if len(ids) > 1:
            joined = set[str]().union(*(self._part.get(id_, {id_}) for id_ in ids))
            self._part.update(dict.fromkeys(joined, joined))

    def _stays(self) -> Iterator[tuple[str, set[str]]]:
        for part in {id(part): part for part in self._part.values()}.values():
            named = self._named & part
            yield min(named or part, key=self._order.__getitem__), part
