"""A step changes one place of a plan; where it is not clear which, it asks with the choices."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeVar

from pydantic import ValidationError

from assistant.planning.edits.days import Day, Now, find_days, no_such_day
from assistant.planning.edits.find import LOOSE, alike, name_of, near, ordinal
from assistant.planning.edits.names import Person, is_name, ours, theirs, without_title
from assistant.planning.edits.part import Part, words
from assistant.planning.edits.said import Said
from crm.periods import Period
from plans.model import PLACEHOLDER, Action, Item, Plan, Statement
from tools.facts import Text
from tools.format import show_date, shown

MOST = 6
"""Choices that are offered at the most."""
_LABEL = 60
UNKNOWN = "unknown"
"""The collection of what a part named that is nothing of the plan."""
T = TypeVar("T", bound=Item)


@dataclass(frozen=True)
class Step:
    """The plan one edit further; `about` is the item that later parts of the message mean."""

    plan: Plan
    about: tuple[str, str] | None = None


@dataclass(frozen=True)
class Ask:
    """What has to be asked before the edit can be made, and what each answer would do."""

    question: Text
    choices: tuple[tuple[str, Step], ...] = ()


Outcome = Step | Ask | None


def question(code: str, **named: Any) -> Text:
    """A question of edits.yaml with what it is about."""
    said: dict[str, str] = words()["questions"][code]
    return Text(ja=said["ja"].format(**named), en=said["en"].format(**named))


@dataclass(frozen=True)
class View:
    """A part of a message before the plan it speaks of: what it may mean there."""

    part: Part
    plan: Plan
    said: Said
    about: tuple[str, str] | None = None

    def of(self, part: Part) -> View:
        return replace(self, part=part)

    def after(self, step: Step) -> View:
        """The same part before the plan as a step leaves it."""
        return View(self.part, step.plan, self.said, step.about)

    def then(self, outcome: Outcome, do: Callable[[View], Outcome]) -> Outcome:
        """What is done after an outcome, in each of its choices where it is a question."""
        if isinstance(outcome, Step):
            return do(self.after(outcome))
        if isinstance(outcome, Ask):
            tried = [(name, do(self.after(step))) for name, step in outcome.choices]
            choices = tuple((name, step) for name, step in tried if isinstance(step, Step))
            return Ask(outcome.question, choices)
        return None

    # ------------------------------------------------------------------ what is said

    @cached_property
    def now(self) -> Now:
        head = self.plan.head
        span = Period(head.start, head.end)
        return Now(self.said.as_of, self.said.fiscal_year_start, span)

    @cached_property
    def days(self) -> list[Day]:
        return find_days(self.part, self.now)

    @cached_property
    def past_days(self) -> list[Day]:
        return find_days(self.part, self.now, past=True)

    @property
    def has_many_days(self) -> bool:
        """Whether several days are said that are no stretch of time (16日と23日)."""
        pairs = pairwise(self.days)
        return any(self.part.plain[a.start : b.start].rstrip().endswith(("と", "、", ",", "and", "&"))  # noqa: E501
                   for a, b in pairs)  # fmt: skip

    @property
    def is_stretch(self) -> bool:
        """Whether the days that are said are the first and the last of a time."""
        pairs = pairwise(self.days)
        return all(self.part.plain[a.end : b.start].strip() in ("", "~", "-", "–", "から", "to")
                   for a, b in pairs)  # fmt: skip

    def bad_day(self) -> Ask | None:
        """The question about what looks like a day and is none."""
        wrong = no_such_day(self.part, self.days)
        return Ask(question("no_day", said=wrong)) if wrong else None

    @property
    def topic(self) -> str | None:
        """What the part before named without being understood."""
        return self.about[1] if self.about is not None and self.about[0] == UNKNOWN else None

    def item_about(self, collection: str) -> Item | None:
        """What was spoken of last, where it is of the collection."""
        if self.about is None or self.about[0] != collection:
            return None
        return self.plan.item(*self.about)

    # ------------------------------------------------------------------ changing the plan

    def add(self, collection: str, **fields: Any) -> Step | Ask:
        """The plan with a new item; its id follows from what it is, who says it and when."""
        kind = Plan.collections[collection]
        told = f"{collection} {sorted(fields.items(), key=str)} {self.said.person_id}"
        told += f" {self.said.as_of}"
        for number in range(len(self.plan.items(collection)) + 1):
            id_ = _digest(f"{told} {number}")
            if self.plan.item(collection, id_) is None:
                break
        return self._checked(
            lambda: Step(
                self.plan.with_items(collection, [kind(id=id_, **fields)]), (collection, id_)
            )
        )

    def set(self, collection: str, item: Item, **fields: Any) -> Step | Ask:
        """The plan with fields of an item changed."""
        about = (collection if collection != "progress" else "actions", item.id)
        return self._checked(
            lambda: Step(
                self.plan.with_items(collection, [type(item)(**{**dict(item), **fields})]), about
            )
        )

    def set_head(self, **fields: Any) -> Step | Ask:
        return self._checked(lambda: Step(self.plan.with_head(**fields), None))

    def without(self, collection: str, item: Item) -> Step:
        return Step(self.plan.without(collection, item.id), None)

    def _checked(self, make: Callable[[], Step]) -> Step | Ask:
        try:
            return make()
        except ValidationError as error:
            first = error.errors()[0]
            limit = first.get("ctx", {}).get("max_length")
            if first["type"] == "string_too_long":
                return Ask(question("too_long", limit=limit))
            return Ask(question("no_value"))

    # ------------------------------------------------------------------ choosing

    def choose(self, items: Sequence[T], ask: Text, do: Callable[[T], Outcome]) -> Outcome:
        """What is done with the one item; of several it is asked which."""
        if not items:
            return None
        return do(items[0]) if len(items) == 1 else self.offer(items, ask, do)

    def offer(self, items: Sequence[T], ask: Text, do: Callable[[T], Outcome]) -> Outcome:
        """The question which is meant, with what would be done with each."""
        choices = []
        for item in items:
            found = do(item)
            if isinstance(found, Ask):
                return found
            if found is not None and found.plan != self.plan:
                choices.append((label(item, self.plan, self.said.language), found))
        return Ask(ask, tuple(choices[:MOST]))

    def which(self, phrase: str, items: Sequence[T], *, is_all: bool = False) -> Sequence[T] | None:
        """The items that a phrase may mean; None when it names one that is not there.

        A phrase without words means what was spoken of, or any of them.
        """
        part = Part.of(phrase)
        if (found := ordinal(part)) is not None:
            number, span = found
            rest = part.without(span)
            found_by = alike(rest.raw, items) if rest.raw.strip() else []
            scope = found_by if len(found_by) > 1 else items
            place = number - 1 if number > 0 else number
            return [scope[place]] if -len(scope) <= place < len(scope) else None
        if named := alike(phrase, items) or near(phrase, items, LOOSE):
            return named
        return items if is_all else None

    def who(self, name: str, do: Callable[[Person], Outcome]) -> Outcome:
        """What is done with the one of us who is named; of several it is asked which."""
        found = ours(name, self.said)
        if not found:
            return Ask(question("who", said=without_title(name)[:_LABEL])) if name else None
        if len(found) == 1:
            return do(found[0])
        choices = [(p.name, step) for p in found[:MOST] if isinstance(step := do(p), Step)]
        return Ask(question("which_person", said=without_title(name)), tuple(choices))

    def is_theirs(self, name: str) -> bool:
        """Whether a name is a key person's and none of ours."""
        named = theirs(name, self.plan)
        is_key_person = any(one.name == named for one in self.plan.people)
        return is_key_person and not any(p.person_id for p in ours(name, self.said))

    def is_person(self, name: str) -> bool:
        """Whether a name is one of us, or clearly a name."""
        return any(p.person_id for p in ours(name, self.said)) or is_name(name)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:12]


def label(item: Item, plan: Plan, language: Any) -> str:
    """An item as a choice: its words, and the day or the person that tells it from others."""
    name = name_of(item)
    if isinstance(item, Statement):
        facts = {f.key: f for f in item.facts}
        name = PLACEHOLDER.sub(lambda m: shown(facts[m[1]], language), name)
    name = name if len(name) <= _LABEL else name[: _LABEL - 1] + "…"
    due = getattr(item, "due", None) or getattr(item, "first", None)
    if due is not None:
        day = show_date(due, language)
        name += f"（{day}）" if language == "ja" else f" ({day})"
    owner = item.owner if isinstance(item, Action) else None
    same = [i for i in plan.actions if isinstance(item, Action) and i.what == item.what]
    return f"{name} {owner}" if owner and len(same) > 1 else name
