"""An account plan: what is known, what is wanted, who does what by when, and how it goes.

A plan is a head and collections of items with stable ids. Every statement is a fact (it names
facts), quoted (it cites a passage) or a hypothesis (open, confirmed or rejected, by whom and when).
The parts follow [AP], [KAM] and [CSE] as docs/metrics.md says.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from crm.settings import Language
from tools.facts import StoredFact

Section = Literal[
    "industry", "account", "organisation", "position",
    "strength", "weakness", "opportunity", "threat",
    "scenario", "product", "price", "place", "promotion", "presence", "risk",
]  # fmt: skip
"""Where a statement stands, in the order of the document."""
SECTIONS: tuple[Section, ...] = get_args(Section)
SWOT: tuple[Section, ...] = ("strength", "weakness", "opportunity", "threat")
FIVE_P: tuple[Section, ...] = ("product", "price", "place", "promotion", "presence")

Role = Literal[
    "owner", "sales", "technical", "customer_success", "executive_sponsor", "manager", "other"
]
Measure = Literal["net_sales", "orders_won", "operating_profit", "other"]
Level = Literal["manager", "executive"]
Every = Literal["week", "month", "quarter"]
Status = Literal["open", "confirmed", "rejected"]
State = Literal["draft", "in_review", "approved", "in_execution", "closed"]
Outcome = Literal["achieved", "partly", "missed"]

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Id = Annotated[str, StringConstraints(pattern=r"[A-Za-z0-9_.:-]{1,80}")]


def _plain(amount: Decimal) -> Decimal:
    """The same number always in the same digits: 100.0 and 1E+2 are 100."""
    return Decimal(f"{amount.normalize() + 0:f}")


Amount = Annotated[Decimal, Field(max_digits=24, decimal_places=6), AfterValidator(_plain)]
Evidence = StoredFact
"""A fact as evidence of what the plan says."""

PLACEHOLDER = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
"""How a statement names one of its facts: `{{sales.net_sales}}`."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Item(_Model):
    """One item of a collection; `id` is its own for as long as it lives."""

    id: Id


class Quote(_Model):
    """The passage that a statement cites."""

    passage_id: str
    title: str
    heading: str
    file: str


class Statement(Item):
    """One sentence of the plan; `goal` links a strategy to the goal it serves.

    `test` says how a hypothesis will be tested; `by` and `on` who said, confirmed or rejected it.
    """

    section: Section
    text: Words
    kind: Literal["fact", "quoted", "hypothesis"]
    facts: tuple[Evidence, ...] = ()
    quote: Quote | None = None
    status: Status | None = None
    test: Words | None = None
    goal: Id | None = None
    by: Name | None = None
    on: date | None = None

    @model_validator(mode="after")
    def _evidence(self) -> Self:
        named = {m[1] for m in PLACEHOLDER.finditer(self.text)}
        if missing := named - {fact.key for fact in self.facts}:
            raise ValueError(f"names facts that it does not hold: {', '.join(sorted(missing))}")
        if self.kind == "fact" and not self.facts:
            raise ValueError("a fact names at least one fact")
        if self.kind == "quoted" and self.quote is None:
            raise ValueError("a quoted statement cites a passage")
        if (self.kind == "hypothesis") != (self.status is not None):
            raise ValueError("a hypothesis, and only a hypothesis, has a status")
        return self


class KeyPerson(Item):
    """Somebody at the customer; `ours` is who of us knows them."""

    name: Name
    contact_id: str | None = None
    title: Name | None = None
    department: Name | None = None
    role: Name | None = None
    attitude: Name | None = None
    ours: Name | None = None


class Goal(Item):
    """What is to be reached: `amount` in the plan's currency, by `due`."""

    what: Words
    measure: Measure
    amount: Amount | None = None
    due: date | None = None
    goal_type: Name | None = None
    target_stage: Literal["Enter", "Extend", "Enhance", "Engage"] | None = None


class Action(Item):
    """What is done, when, to whom, how, and by whom on both sides; `mutual` if agreed with them.

    `department` is the department of ours that does it; `value` the orders it is to bring.
    """

    what: Words
    start: date | None = None
    due: date | None = None
    to_whom: Name | None = None
    how: Words | None = None
    owner: Name | None = None
    their_owner: Name | None = None
    department: Name | None = None
    goal: Id | None = None
    value: Amount | None = None
    mutual: bool = False


class TeamMember(Item):
    """Somebody of us with a part in the plan."""

    name: Name
    person_id: str | None = None
    role: Role
    duty: Words | None = None


class Kpi(Item):
    """A figure that is followed: `measure` is the fact it is read from, `baseline` that fact then.

    A KPI that no tool measures has a `baseline_value` that a person gives.
    """

    what: Words
    unit: str
    measure: str | None = None
    baseline: Evidence | None = None
    baseline_value: Amount | None = None
    target: Amount | None = None
    due: date | None = None

    @property
    def begins_at(self) -> Decimal | None:
        """The baseline as a number; None while unknown."""
        value = self.baseline.value if self.baseline is not None else self.baseline_value
        return Decimal(value) if isinstance(value, Decimal | int) else None


class Appointment(Item):
    """A review that comes back: with whom, how often, and first on which day."""

    what: Words
    level: Level
    every: Every
    first: date


class Progress(Item):
    """What became of the action of the same id."""

    done_on: date | None = None
    dropped: bool = False
    note: Words | None = None
    by: Name | None = None
    on: date | None = None


class Record(Item):
    """A review that was held: what was seen and decided."""

    held_on: date
    by: Name
    summary: Words
    decisions: Words | None = None
    facts: tuple[Evidence, ...] = ()


class Head(_Model):
    """What the plan is about. `purpose` is what every department of ours is told it is for.

    `agreed` names the departments that have agreed to the strategy.
    """

    account_id: str
    account_name: Name
    title: Name
    language: Language
    currency: str
    start: date
    end: date
    as_of: date
    owner_id: str | None = None
    owner: Name | None = None
    purpose: Words | None = None
    agreed: tuple[Name, ...] = ()
    outcome: Outcome | None = None
    lessons: Words | None = None

    @model_validator(mode="after")
    def _span(self) -> Self:
        if self.end < self.start:
            raise ValueError("the plan ends before it begins")
        return self


class Plan(_Model):
    """A plan: its head and its collections, each in an order that follows from its content."""

    collections: ClassVar[dict[str, type[Item]]] = {
        "statements": Statement,
        "people": KeyPerson,
        "goals": Goal,
        "actions": Action,
        "team": TeamMember,
        "kpis": Kpi,
        "calendar": Appointment,
        "progress": Progress,
        "records": Record,
    }
    followed: ClassVar[frozenset[str]] = frozenset({"progress", "records"})
    """Collections that tell how it goes: they are no part of what is approved."""

    head: Head
    statements: tuple[Statement, ...] = ()
    people: tuple[KeyPerson, ...] = ()
    goals: tuple[Goal, ...] = ()
    actions: tuple[Action, ...] = ()
    team: tuple[TeamMember, ...] = ()
    kpis: tuple[Kpi, ...] = ()
    calendar: tuple[Appointment, ...] = ()
    progress: tuple[Progress, ...] = ()
    records: tuple[Record, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _ordered(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        order = {name: _ORDER.get(name, _by_id) for name in cls.collections}
        return given | {
            name: tuple(sorted(_items(name, given[name]), key=order[name]))
            for name in cls.collections
            if given.get(name)
        }

    @model_validator(mode="after")
    def _unique(self) -> Self:
        for name in self.collections:
            ids = [item.id for item in self.items(name)]
            if twice := next((i for i in ids if ids.count(i) > 1), None):
                raise ValueError(f"two of the {name} have the id {twice}")
        return self

    def items(self, collection: str) -> tuple[Item, ...]:
        """The items of a collection, in their order."""
        found: tuple[Item, ...] = getattr(self, collection)
        return found

    def item(self, collection: str, id_: str) -> Item | None:
        return next((item for item in self.items(collection) if item.id == id_), None)

    def section(self, *sections: Section) -> list[Statement]:
        """The statements of these sections that were not rejected."""
        return [s for s in self.statements if s.section in sections and s.status != "rejected"]

    def with_items(self, collection: str, items: Iterable[Item]) -> Plan:
        """The plan with these items added, each in the place of one with the same id."""
        kept = {item.id: item for item in self.items(collection)}
        kept |= {item.id: item for item in items}
        return self.replaced({collection: tuple(kept.values())})

    def without(self, collection: str, id_: str) -> Plan:
        """The plan without an item."""
        kept = tuple(item for item in self.items(collection) if item.id != id_)
        return self.replaced({collection: kept})

    def with_head(self, **changed: Any) -> Plan:
        return self.replaced({"head": Head(**{**dict(self.head), **changed})})

    def replaced(self, parts: dict[str, Any]) -> Plan:
        """The plan with other parts, in order and checked anew."""
        return Plan.model_validate({**dict(self), **parts})

    def followed_up(self, action: Action) -> Progress:
        """What became of an action; nothing so far when nobody has said."""
        found = self.item("progress", action.id)
        return found if isinstance(found, Progress) else Progress(id=action.id)

    def hash(self) -> str:
        """The hash of what is approved: everything but how it goes."""
        content = self.model_dump(mode="json", exclude=set(self.followed))
        content["head"] |= {"outcome": None, "lessons": None}
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def new_id() -> str:
    """An id for a new item; two people who add at once never choose the same."""
    return secrets.token_hex(6)


def _items(collection: str, given: Iterable[Any]) -> list[Item]:
    model = Plan.collections[collection]
    return [one if isinstance(one, Item) else model.model_validate(one) for one in given]


def _by_id(item: Item) -> tuple[Any, ...]:
    return (item.id,)


def _by_section(item: Any) -> tuple[Any, ...]:
    return (SECTIONS.index(item.section), item.id)


def _by_due(item: Any) -> tuple[Any, ...]:
    return (item.due or date.max, item.id)


def _by_day(item: Any) -> tuple[Any, ...]:
    return (item.held_on, item.id)


_ORDER = {
    "statements": _by_section,
    "goals": _by_due,
    "actions": _by_due,
    "records": _by_day,
}
