"""What people have said about companies of one name; of two answers the later one counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class AnsweredGroup:
    """Accounts of one name as they were put to a person, and what the person said.

    `same` gives an account the one whose company it is (no chains, no circles); those `apart` are
    none of the others. An account in neither has not been answered.
    """

    group: str
    accounts: tuple[str, ...]
    same: Mapping[str, str]
    apart: frozenset[str] = frozenset()

    @property
    def answered(self) -> frozenset[str]:
        return frozenset(self.same) | self.apart


@dataclass(frozen=True)
class Answers:
    """All that has been answered, the earliest first."""

    groups: tuple[AnsweredGroup, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.groups)

    @property
    def accounts(self) -> frozenset[str]:
        """The accounts that an answer is about."""
        return frozenset(id_ for group in self.groups for id_ in group.answered)

    @property
    def into(self) -> dict[str, str]:
        """The account that each answered one becomes a part of; no chains, no circles."""
        return self._settled.into

    def apart_from(self, account: str, others: AbstractSet[str]) -> frozenset[str]:
        """Those of the others that are not this account's company, as somebody has said."""
        return self._settled.apart_from(account, others)

    def with_later(self, later: Answers) -> Answers:
        """Both; an answer of before that a later group answers again is left out."""
        groups = (*self.groups, *later.groups)
        again: dict[str, list[int]] = {}
        for place, group in enumerate(groups):
            for id_ in group.answered:
                again.setdefault(id_, []).append(place)
        kept: list[AnsweredGroup] = []
        for place, group in enumerate(groups):
            places = again[min(group.answered)] if group.answered else []
            if places and not any(_replaces(groups[n], group) for n in places if n > place):
                kept.append(group)
        return Answers(tuple(_labelled(kept)))

    @cached_property
    def _settled(self) -> _Settled:
        settled = _Settled()
        for group in reversed(self.groups):
            settled.hear(group)
        return settled


class _Settled:
    """What counts of groups that are heard from the latest to the earliest."""

    def __init__(self) -> None:
        self._into: dict[str, str] = {}
        self._parts: dict[str, set[str]] = {}
        self._apart: dict[str, list[frozenset[str]]] = {}

    @property
    def into(self) -> dict[str, str]:
        return {id_: self._root(id_) for id_ in self._into}

    def hear(self, group: AnsweredGroup) -> None:
        for id_, other in group.same.items():
            root, parts = self._root(other), self._of(id_)
            if id_ in self._into or root == id_ or self._are_apart(parts, self._of(root)):
                continue
            self._into[id_] = other
            self._parts.setdefault(root, {root}).update(parts)
        if group.apart:
            accounts = frozenset(group.accounts)
            for id_ in group.accounts:
                self._apart.setdefault(id_, []).append(
                    accounts if id_ in group.apart else group.apart
                )

    def apart_from(self, account: str, others: AbstractSet[str]) -> frozenset[str]:
        told = frozenset[str]().union(*(said & others for said in self._apart.get(account, ())))
        return told - self._of(self._root(account))

    def _root(self, id_: str) -> str:
        while id_ in self._into:
            id_ = self._into[id_]
        return id_

    def _of(self, root: str) -> AbstractSet[str]:
        return self._parts.get(root) or {root}

    def _are_apart(self, some: AbstractSet[str], others: AbstractSet[str]) -> bool:
        return any(said & others for id_ in some for said in self._apart.get(id_, ()))


def _replaces(later: AnsweredGroup, group: AnsweredGroup) -> bool:
    return group.answered <= later.answered and set(group.accounts) <= set(later.accounts)


def _labelled(groups: Iterable[AnsweredGroup]) -> Iterable[AnsweredGroup]:
    """The groups, no two of one label."""
    taken: set[str] = set()
    for group in groups:
        label, number = group.group, 1
        while label in taken:
            number += 1
            label = f"{group.group} ({number})"
        taken.add(label)
        yield AnsweredGroup(label, group.accounts, group.same, group.apart)
