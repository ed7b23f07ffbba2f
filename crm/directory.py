"""Our own people: who somebody is, and whose rows they may see; one answer for every door."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Literal

from crm.errors import NotAllowedError, NotFoundError
from crm.snapshot import Snapshot

Access = Literal["read", "write"]
_SEES_ALL = frozenset({"executive", "admin"})
ROLES = frozenset({"rep", "manager", *_SEES_ALL})
"""The roles that mean something; a person of any other sees what a rep would see."""


@dataclass(frozen=True)
class Principal:
    """The person who asks, as the door has established; never taken from a model or an argument.

    `personal` is whether e-mail addresses and telephones of contacts may be shown to them here,
    `read_only` whether they came with a key that may only look things up.
    """

    person_id: str
    name: str
    roles: frozenset[str] = frozenset()
    tenant: str = "default"
    personal: bool = True
    read_only: bool = False

    def ensure_may_write(self) -> None:
        """Raises NotAllowedError for a read-only principal: every writer calls this first."""
        if self.read_only:
            raise NotAllowedError(
                "This access may read, but change nothing.", "Use a key with the scope `write`."
            )

    def among_others(self) -> Principal:
        """The same person where others read along: nothing personal of contacts is shown."""
        return replace(self, personal=False)


OPERATOR = Principal("", "operator", frozenset({"admin"}))
"""Whoever holds the workspace folder itself: the command line without --user."""


@dataclass(frozen=True)
class Scope:
    """What a principal may see: everything, or what these people own or share.

    `shared` are the accounts shared with them; None where the table `account_team` says so.
    `person_id` is who asks, for what only those who work on an account are shown.
    """

    sees_all: bool
    person_ids: frozenset[str] = frozenset()
    shared: frozenset[str] | None = None
    person_id: str = field(default="", compare=False)

    def covers(self, other: Scope) -> bool:
        """Whether this scope holds at least every row that the other holds."""
        if self.sees_all or other.sees_all:
            return self.sees_all
        shared = (other.shared or frozenset()) <= (self.shared or frozenset())
        return shared and other.person_ids <= self.person_ids


@dataclass(frozen=True)
class Person:
    """One of our people, as far as rights need it; whoever has left may not ask any more."""

    person_id: str
    name: str
    email: str | None
    slack_user_id: str | None
    role: str | None
    manager_id: str | None
    team: str | None
    left_on: date | None = None

    def has_left(self, day: date) -> bool:
        return self.left_on is not None and self.left_on <= day


@dataclass(frozen=True)
class Share:
    """An account that is shared with a person or with everybody of a team."""

    account_id: str
    person_id: str | None
    team: str | None
    access: Access


class Directory:
    """Everybody of ours. `shares` go before the table `account_team`; None leaves them to it.

    Whoever has left keeps their place in the tree: their manager still sees what was theirs.
    """

    def __init__(
        self,
        people: Iterable[Person],
        shares: Sequence[Share] | None = None,
        *,
        day: date | None = None,
    ) -> None:
        self._people = {p.person_id: p for p in people}
        self.shares = None if shares is None else tuple(shares)
        self._day = day or date.today()

    @property
    def people(self) -> list[Person]:
        """Those who work with us now."""
        return [p for p in self._people.values() if not p.has_left(self._day)]

    @classmethod
    def of(cls, snapshot: Snapshot, day: date | None = None) -> Directory:
        """The directory in a snapshot's table `people`; empty when it has none."""
        return cls(snapshot.memory.get(("our people",), lambda: _people(snapshot)), day=day)

    def person(self, person_id: str) -> Person | None:
        """The person with that id, if they work with us now."""
        found = self._people.get(person_id)
        return None if found is None or found.has_left(self._day) else found

    def by_email(self, email: str) -> Principal:
        """The principal with that e-mail address; NotFoundError when it is nobody's or of two."""
        wanted = _mail(email)
        found = [p for p in self.people if p.email and _mail(p.email) == wanted]
        if not wanted or len(found) != 1:
            raise NotFoundError(
                f"There is no person with the e-mail address {email}.",
                "Check the `people` table of the import, or the directory file of the settings.",
            )
        return _principal(found[0])

    def by_slack_id(self, slack_user_id: str) -> Principal | None:
        """The principal with that Slack id, if there is exactly one."""
        found = [p for p in self.people if p.slack_user_id == slack_user_id]
        return _principal(found[0]) if slack_user_id and len(found) == 1 else None

    def scope(self, principal: Principal) -> Scope:
        """A rep sees as the rep; a manager the whole subtree; executives and admins see all.

        The roles are those that the directory has now. Whoever is not in it, or has left, sees
        nothing, whatever they were when they came in; only the operator needs no entry.
        """
        if not principal.person_id:
            return Scope(sees_all=bool(principal.roles & _SEES_ALL))
        person = self.person(principal.person_id)
        if person is None:
            return Scope(sees_all=False)
        asks = person.person_id if principal.personal else ""
        role = role_of(person)
        if role in _SEES_ALL:
            return Scope(sees_all=True, person_id=asks)
        members = {person.person_id}
        if role == "manager":
            members |= self._subtree(person.person_id)
        return Scope(False, frozenset(members), self._shared(members), asks)

    def shared_with(self, person_ids: Iterable[str], access: Access = "read") -> frozenset[str]:
        """The accounts that this directory's own shares give to any of these people."""
        ids = set(person_ids)
        teams = self.teams(ids)
        return frozenset(
            share.account_id
            for share in self.shares or ()
            if (share.person_id in ids or (share.team is not None and share.team in teams))
            and access in ("read", share.access)
        )

    def teams(self, person_ids: Iterable[str]) -> frozenset[str]:
        """The teams that these people are in."""
        found = (self._people.get(id_) for id_ in person_ids)
        return frozenset(p.team for p in found if p is not None and p.team)

    def faults(self) -> list[str]:
        """What in the directory keeps people out or gives them less than somebody may expect."""
        people = self.people
        mails = Counter(_mail(p.email) for p in people if p.email)
        slack = Counter(p.slack_user_id for p in people if p.slack_user_id)
        lost = sum(1 for p in people if p.manager_id and p.manager_id not in self._people)
        circles = sum(1 for p in people if p.person_id in self._subtree(p.person_id))
        unknown = sum(1 for p in people if p.role and role_of(p) not in ROLES)
        said = (
            (sum(n > 1 for n in mails.values()), "e-mail addresses are of two people or more"),
            (sum(n > 1 for n in slack.values()), "Slack ids are of two people or more"),
            (lost, "people have a manager who is not in the directory"),
            (circles, "people are, by their managers, above themselves"),
            (unknown, "people have a role that is none of rep, manager, executive, admin"),
        )
        return [f"{count} {what}" for count, what in said if count]

    def _shared(self, members: Iterable[str]) -> frozenset[str] | None:
        return None if self.shares is None else self.shared_with(members)

    def _subtree(self, person_id: str) -> set[str]:
        reports: dict[str, list[str]] = {}
        for person in self._people.values():
            if person.manager_id:
                reports.setdefault(person.manager_id, []).append(person.person_id)
        found: set[str] = set()
        waiting = [person_id]
        while waiting:
            for report in reports.get(waiting.pop(), []):
                if report not in found:
                    found.add(report)
                    waiting.append(report)
        return found


def _people(snapshot: Snapshot) -> tuple[Person, ...]:
    if "people" not in snapshot.filled:
        return ()
    columns = [one.name for one in fields(Person)]
    rows = snapshot.table("people").select(*columns).to_pyarrow().to_pylist()
    return tuple(Person(**row) for row in rows)


def role_of(person: Person) -> str:
    """The role in the one spelling that rights know; nothing said is a rep."""
    return _plain(person.role or "") or "rep"


def _mail(text: str) -> str:
    return text.strip().casefold()


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _principal(person: Person) -> Principal:
    return Principal(person.person_id, person.name, frozenset({role_of(person)}))
