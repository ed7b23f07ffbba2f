"""What changed between two plans: a list that can be read, applied, taken back and merged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from crm.errors import ConflictedError
from plans.model import Plan

HEAD = "head"


class ConflictError(ConflictedError):
    """A change does not fit the plan it is applied to: somebody else has changed the same place."""


class Change(BaseModel):
    """One place that changed: a field of an item or of the head, or a whole item.

    Of a whole item `field` is None; it was added when `before` is None, else removed when `after`
    is. Values are as in JSON.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    collection: str
    id: str
    field: str | None = None
    before: Any = None
    after: Any = None

    @property
    def place(self) -> tuple[str, str, str | None]:
        return (self.collection, self.id, self.field)


def diff(before: Plan, after: Plan) -> tuple[Change, ...]:
    """What makes `after` of `before`; applied to `before` it gives `after` exactly."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    changes = _fields(HEAD, HEAD, old["head"], new["head"])
    for name in Plan.collections:
        was = {item["id"]: item for item in old[name]}
        now = {item["id"]: item for item in new[name]}
        for id_ in sorted(was.keys() | now.keys()):
            if id_ in was and id_ in now:
                changes += _fields(name, id_, was[id_], now[id_])
            else:
                changes.append(
                    Change(collection=name, id=id_, before=was.get(id_), after=now.get(id_))
                )
    return tuple(changes)


def _fields(collection: str, id_: str, was: dict[str, Any], now: dict[str, Any]) -> list[Change]:
    return [
        Change(collection=collection, id=id_, field=field, before=was[field], after=now[field])
        for field in was
        if was[field] != now[field]
    ]


def apply(plan: Plan, changes: Iterable[Change]) -> Plan:
    """The plan with the changes.

    Raises ConflictError when a place is not as a change found it, or the outcome is no plan.
    """
    dumped = plan.model_dump(mode="json")
    items = {name: {item["id"]: item for item in dumped[name]} for name in Plan.collections}
    for change in changes:
        if change.collection == HEAD:
            _set(dumped[HEAD], change)
        elif change.field is None:
            _whole(items[change.collection], change)
        elif (item := items[change.collection].get(change.id)) is None:
            raise _conflict(change)
        else:
            _set(item, change)
    parts = {name: list(found.values()) for name, found in items.items()}
    try:
        return Plan.model_validate({"head": dumped[HEAD], **parts})
    except ValidationError as error:
        first = error.errors()[0]
        raise ConflictError(f"The changes do not fit together: {first['msg']}.", "Read the plan "
                            "again and change it anew.") from None  # fmt: skip


def _set(item: dict[str, Any], change: Change) -> None:
    if change.field not in item or item[change.field] != change.before:
        raise _conflict(change)
    item[change.field] = change.after


def _whole(items: dict[str, dict[str, Any]], change: Change) -> None:
    if items.get(change.id) != change.before:
        raise _conflict(change)
    if change.after is None:
        del items[change.id]
    else:
        items[change.id] = change.after


def _conflict(change: Change) -> ConflictError:
    place = "/".join(part for part in change.place if part)
    return ConflictError(
        f"Somebody else has changed {place}.", "Read the plan again and change it anew."
    )


def inverse(changes: Sequence[Change]) -> tuple[Change, ...]:
    """The changes that take these back."""
    return tuple(
        change.model_copy(update={"before": change.after, "after": change.before})
        for change in reversed(changes)
    )


@dataclass(frozen=True)
class Merged:
    """Two people's changes together: the plan with all that fit, and the pairs that do not.

    Of a pair the first change is mine and was left out, the second theirs and was kept.
    """

    plan: Plan
    conflicts: tuple[tuple[Change, Change], ...]


def merge(base: Plan, mine: Plan, theirs: Plan) -> Merged:
    """What both made of `base`, in one plan: theirs stays, mine is added where it does not clash.

    Two changes clash when they give the same place different values, or when one takes away an
    item that the other changes.
    """
    ours, others = diff(base, mine), diff(base, theirs)
    conflicts, fitting = [], []
    for change in ours:
        clash = next((other for other in others if _clash(change, other)), None)
        if clash is not None:
            conflicts.append((change, clash))
        elif change not in others:
            fitting.append(change)
    return _together(theirs, fitting, conflicts)


def _together(
    theirs: Plan, fitting: list[Change], conflicts: list[tuple[Change, Change]]
) -> Merged:
    """Mine on top of theirs; what makes no plan only together is told as a conflict too."""
    try:
        return Merged(apply(theirs, fitting), tuple(conflicts))
    except ConflictError:
        plan = theirs
        for change in fitting:
            try:
                plan = apply(plan, [change])
            except ConflictError:
                conflicts.append((change, change))
        return Merged(plan, tuple(conflicts))


def _clash(one: Change, other: Change) -> bool:
    if one == other or (one.collection, one.id) != (other.collection, other.id):
        return False
    if one.field is None or other.field is None:
        return True
    return one.field == other.field
