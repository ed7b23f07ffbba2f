"""What a conversation must have made of a plan; the comparison is exact, no change more or fewer.

The format is described in examples/sample_company/conversations/README.md.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crm.errors import InputError
from crm.settings import Language
from plans.changes import HEAD, Change, diff
from plans.model import SECTIONS, Item, Plan, Progress, State
from plans.wording import described

_PLACE = re.compile(r"(\w+)(?:\[(.+)\])?(?:\.(\w+))?")
_SAID = ("by", "on")
"""Fields that keep who said something and when."""
_STATEMENT = {"kind": "hypothesis", "status": "open"}
"""What an added statement is where a case does not say: only people know it so far."""


class Expected(BaseModel):
    """One change: a field `set` `to` a value, an item to `add` or `remove`, a new `state`.

    `or` lists changes, or lists of them, of which one is right. `drafted` names the account of the
    plan that a conversation began.
    """

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True)
    __pydantic_extra__: dict[str, Any]

    set_: str | None = Field(default=None, alias="set")
    to: Any = None
    add: str | None = None
    remove: str | None = None
    any_of: list[Expected | list[Expected]] | None = Field(default=None, alias="or")
    state: State | None = None
    drafted: str | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Expected:
        kinds = self.model_fields_set - {"to"} - self.__pydantic_extra__.keys()
        if len(kinds) != 1 or ("to" in self.model_fields_set) != (kinds == {"set_"}):
            raise ValueError("give one of set (with to), add, remove, or, state, drafted")
        if self.add is None:
            if self.__pydantic_extra__:
                raise ValueError(f"does not know {', '.join(self.__pydantic_extra__)}")
            return self
        if self.add not in {*Plan.collections, *SECTIONS}:
            raise ValueError(f"a plan has no {self.add}")
        fields = Plan.collections[_collection(self.add)].model_fields
        given = {*self.__pydantic_extra__, *_implied(self.add)}
        needed = {name for name, field in fields.items() if field.is_required()} - {"id"}
        if wrong := (given - fields.keys()) | (needed - given):
            raise ValueError(f"add {self.add}: {', '.join(sorted(wrong))} is missing or no field")
        return self

    def told(self) -> str:
        """The expectation as a case writes it."""
        return ", ".join(
            f"{name}: {value}"
            for name, value in self.model_dump(by_alias=True, exclude_unset=True).items()
        )


@dataclass(frozen=True)
class Conversed:
    """The plan before and after a conversation, who spoke, on which day and in which language."""

    before: Plan
    after: Plan
    speaker: str
    day: date
    language: Language


def plan_faults(expected: Sequence[Expected], seen: Conversed) -> tuple[str, ...]:
    """What the plan lacks and what else was changed; nothing where it is as expected.

    Of alternatives the one that fits best is told. States are not looked at.
    """
    judge = _Judge(seen)
    return min((judge.faults(entries) for entries in _alternatives(expected)), key=len)


def _alternatives(expected: Sequence[Expected]) -> list[list[Expected]]:
    """Every list of single changes that would be right."""
    ways: list[list[list[Expected]]] = []
    for entry in expected:
        if entry.any_of is None:
            ways.append([[entry]])
        else:
            branches = [one if isinstance(one, list) else [one] for one in entry.any_of]
            ways.append([way for branch in branches for way in _alternatives(branch)])
    return [[*itertools.chain(*chosen)] for chosen in itertools.product(*ways)]


class _Judge:
    """Holds a conversation against lists of changes."""

    def __init__(self, seen: Conversed) -> None:
        self._seen = seen
        told = {item.id for plan in (seen.before, seen.after) for item in plan.progress}
        self._before, self._after = (
            plan.with_items(
                "progress", [Progress(id=i) for i in told if plan.item("progress", i) is None]
            )
            for plan in (seen.before, seen.after)
        )
        self._changes = diff(self._before, self._after)

    def faults(self, entries: Sequence[Expected]) -> tuple[str, ...]:
        left, faults = list(self._changes), []
        for entry in entries:
            if entry.state is not None or entry.drafted is not None:
                continue
            try:
                found = next((c for c in left if self._fits(entry, c)), None)
            except InputError as error:
                faults.append(str(error))
                continue
            if found is None:
                faults.append(f"the plan lacks {entry.told()}")
            else:
                left.remove(found)
                faults += self._unsigned(found)
        faults += [f"the plan also has {self._described(c)}" for c in left if not self._signs(c)]
        return tuple(faults)

    def _described(self, change: Change) -> str:
        return described(change, self._before, self._after, self._seen.language)

    def _fits(self, entry: Expected, change: Change) -> bool:
        if entry.set_ is not None:
            return change.place == self._place(entry.set_) and same(entry.to, change.after)
        if entry.remove is not None:
            place = self._place(entry.remove)
            return change.after is None and change.place == place
        whole = change.field is None and change.before is None
        return whole and entry.add is not None and self._added(entry.add, entry, change)

    def _added(self, named: str, entry: Expected, change: Change) -> bool:
        if change.collection != _collection(named):
            return False
        given = {**_implied(named), **entry.__pydantic_extra__}
        return all(
            same(given[name], value) if name in given else self._unsaid(change, name, value)
            for name, value in change.after.items()
            if name != "id"
        )

    def _unsaid(self, change: Change, name: str, value: Any) -> bool:
        """Whether an added item may have this in a field that the case does not name."""
        if name == "goal" and len(self._after.goals) == 1:
            return value in (None, self._after.goals[0].id)
        if name in _SAID:
            return value is None or self._is_ours(name, value)
        field = Plan.collections[change.collection].model_fields[name]
        return bool(value == ([] if field.default == () else field.default))

    def _is_ours(self, name: str, value: Any) -> bool:
        return bool(value == (self._seen.speaker if name == "by" else self._seen.day.isoformat()))

    def _signs(self, change: Change) -> bool:
        """Whether it only keeps who made another change of the same item, and when."""
        return (
            change.field in _SAID
            and self._is_ours(change.field, change.after)
            and any(
                (c.collection, c.id) == (change.collection, change.id) and c.field not in _SAID
                for c in self._changes
            )
        )

    def _unsigned(self, change: Change) -> list[str]:
        """A hypothesis is confirmed or rejected by somebody on a day."""
        if (change.collection, change.field) != ("statements", "status"):
            return []
        item = self._after.item("statements", change.id)
        signed = all(self._is_ours(name, _json(item, name)) for name in _SAID)
        return [] if signed else [f"not said by whom and when: {self._described(change)}"]

    def _place(self, text: str) -> tuple[str, str, str | None]:
        """The place that a case names; InputError when that is not one item."""
        parts = _PLACE.fullmatch(text)
        if parts is None:
            raise InputError(f"`{text}` is no place in a plan.", "Write goals[0].amount.")
        named, which, field = parts.groups()
        if named == HEAD:
            return HEAD, HEAD, field
        if named == "progress":
            return named, self._place(which or "")[1], field
        return _collection(named), self._item(named, which or "", text).id, field

    def _item(self, named: str, which: str, text: str) -> Item:
        items = [
            item
            for item in self._before.items(_collection(named))
            if named not in SECTIONS or getattr(item, "section", None) == named
        ]
        if which.isdigit():
            found = items[int(which) : int(which) + 1]
        else:
            found = [item for item in items if which == item.id or _plain(which) in _words(item)]
        if len(found) != 1:
            raise InputError(
                f"`{text}` names {len(found)} items of the plan.", "Name one, by more words."
            )
        return found[0]


def same(expected: Any, actual: Any) -> bool:
    """Whether a value of a plan, as in JSON, is the one expected; of a list, one of those.

    Words are the same without spaces, width, case and a last full stop. Lists in a plan are
    compared in any order.
    """
    if isinstance(actual, list):
        if isinstance(expected, list) and any(isinstance(one, list) for one in expected):
            return any(same(one, actual) for one in expected)
        given = [expected] if isinstance(expected, str) else expected or []
        return sorted(map(_plain, given)) == sorted(map(_plain, actual))
    if isinstance(expected, list):
        return any(same(one, actual) for one in expected)
    if expected is None or actual is None or isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, date):
        return bool(actual == expected.isoformat())
    if isinstance(expected, int | float):
        try:
            return Decimal(str(actual)) == Decimal(str(expected))
        except InvalidOperation:
            return False
    return _plain(expected) == _plain(actual)


def _plain(text: Any) -> str:
    joined = "".join(unicodedata.normalize("NFKC", str(text)).split())
    return joined.casefold().rstrip("。.")


def _words(item: Item) -> str:
    """The words by which a case may name an item."""
    named = (getattr(item, name, None) for name in ("what", "text", "name"))
    return _plain(" ".join(word for word in named if word))


def _collection(named: str) -> str:
    """The collection of a name in a case, which may be a section of the statements."""
    if named in SECTIONS:
        return "statements"
    if named not in Plan.collections:
        raise InputError(f"A plan has no `{named}`.", "Name a collection or a section.")
    return named


def _implied(named: str) -> dict[str, Any]:
    """What a section's name says of an added statement."""
    return {"section": named, **_STATEMENT} if named in SECTIONS else {}


def _json(item: Item | None, name: str) -> Any:
    return None if item is None else item.model_dump(mode="json")[name]
