"""A plan's life: who may move it from which state to which, and what ends an approval.

draft -> in_review -> approved -> in_execution -> closed. A rejected plan is a draft again, and so
is an approved one whose content changes; entries that tell how it goes change no content.
"""

from __future__ import annotations

from crm.errors import ConflictedError, TagayasuError
from crm.errors import NotAllowedError as NotAllowedError
from crm.scope import Directory, Person, Principal
from plans.model import Plan, State

_STANDS_IN = frozenset({"executive", "admin"})
_MOVES: dict[tuple[State, State], str] = {
    ("draft", "in_review"): "submitted",
    ("in_review", "approved"): "approved",
    ("in_review", "draft"): "rejected",
    ("approved", "in_execution"): "started",
    ("in_execution", "closed"): "closed",
}
_WORDS: dict[State, str] = {
    "draft": "a draft",
    "in_review": "in review",
    "approved": "approved",
    "in_execution": "in execution",
    "closed": "closed",
}


class MoveError(ConflictedError):
    """The plan cannot go from its state to the one asked for, or lacks what that takes."""


class OutdatedError(ConflictedError):
    """The version that somebody wants to move is no longer what the plan says."""


class ClosedError(ConflictedError):
    """The content of a closed plan stays as it is."""


def check(plan: Plan, state: State, to: State, by: Principal, directory: Directory) -> None:
    """Refuse a move that the state, the person or the plan does not allow.

    Raises MoveError or NotAllowedError.
    """
    move = _MOVES.get((state, to))
    if move is None:
        ways = " or ".join(_WORDS[b] for a, b in _MOVES if a == state) or "nothing else"
        raise MoveError(
            f"A plan that is {_WORDS[state]} cannot become {_WORDS[to]}.", f"It can become {ways}."
        )
    if not _may(move, plan, by, directory):
        raise NotAllowedError(
            f"{by.name} may not have this plan {move}.", _who(move, plan, directory)
        )
    if move == "closed" and (plan.head.outcome is None or plan.head.lessons is None):
        raise MoveError(
            "A plan is closed with its outcome and its lessons, and this one lacks them.",
            "Enter whether the goals were achieved, and what was learned.",
        )


def check_version(version: int, hash_: str, current: int, current_hash: str) -> None:
    """Refuse to move a version whose content is no longer the plan's.

    A version that only lacks later entries of how it goes is as good as the newest.
    """
    if hash_ != current_hash:
        raise OutdatedError(
            f"Version {version} is no longer the plan: version {current} has changed it.",
            f"Read version {current} and decide on that.",
        )


def after_save(state: State, before: Plan, after: Plan) -> State:
    """The state of a plan once this is saved; ClosedError for new content of a closed plan."""
    if before.hash() == after.hash():
        return state
    if state == "closed":
        raise ClosedError(
            "The plan is closed: its content stays as it was.", "Make a new plan for the account."
        )
    return "draft" if state in ("approved", "in_execution") else state


def leads(state: State, to: State) -> bool:
    """Whether a plan in one state can become the other, whoever moves it."""
    return (state, to) in _MOVES


def open_moves(plan: Plan, state: State, by: Principal, directory: Directory) -> tuple[State, ...]:
    """The states into which this person may move the plan now."""
    found = []
    for start, to in _MOVES:
        if start == state:
            try:
                check(plan, state, to, by, directory)
            except TagayasuError:
                continue
            found.append(to)
    return tuple(found)


def approvers(plan: Plan, directory: Directory) -> tuple[Person, ...]:
    """Who may approve the plan, the nearest manager of its owner first.

    Executives and admins stand in for an owner who has no manager.
    """
    owner = plan.head.owner_id
    if above := managers_above(owner, directory):
        return above
    people = [p for p in directory.people if p.role in _STANDS_IN and p.person_id != owner]
    return tuple(sorted(people, key=lambda person: person.person_id))


def managers_above(person_id: str | None, directory: Directory) -> tuple[Person, ...]:
    """The managers of a person, the nearest first; nobody is their own manager."""
    people = {person.person_id: person for person in directory.people}
    found: dict[str, Person] = {}
    at = people.get(person_id) if person_id else None
    while at is not None and at.manager_id:
        at = people.get(at.manager_id)
        if at is None or at.person_id in found or at.person_id == person_id:
            break
        found[at.person_id] = at
    return tuple(found.values())


def _may(move: str, plan: Plan, by: Principal, directory: Directory) -> bool:
    owner = bool(by.person_id) and by.person_id == plan.head.owner_id
    match move:
        case "approved" | "rejected":
            return not owner and _manages(plan, by, directory)
        case "submitted":
            team = {member.person_id for member in plan.team if member.person_id}
            return owner or by.person_id in team or _manages(plan, by, directory)
        case _:
            return owner or _manages(plan, by, directory)


def _manages(plan: Plan, by: Principal, directory: Directory) -> bool:
    above = managers_above(plan.head.owner_id, directory)
    if above:
        return by.person_id in {person.person_id for person in above}
    return bool(by.roles & _STANDS_IN)


def _who(move: str, plan: Plan, directory: Directory) -> str:
    names = [person.name for person in approvers(plan, directory)]
    managers = ", ".join(names) or "an executive or admin"
    owner = plan.head.owner or "its owner"
    match move:
        case "approved" | "rejected":
            return f"Ask one of these: {managers}."
        case "submitted":
            return f"Ask {owner}, a member of its team, or one of these: {managers}."
        case _:
            return f"Ask {owner} or one of these: {managers}."
