"""What follows when a plan is saved or moved, and the records of its reviews."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from ibis import _
from pydantic import ValidationError

from assistant.planning.show import said
from assistant.planning.status import sent_back, waiting_since, was_sent_back
from assistant.planning.tools import PlanTools
from crm.errors import InputError, NotFoundError
from crm.scope import Principal, ScopedTables, today
from crm.settings import Language
from plans.due import Asked, wanted
from plans.follow_up import IN_FORCE
from plans.goals import goal_arithmetic
from plans.measuring import Meter
from plans.model import Plan, Record, Statement, new_id
from plans.reminders import Reminder, Reminders
from plans.store import Plans
from plans.stored import Stored
from prompts import loader
from tools.catalog import CATALOG
from tools.facts import Fact
from tools.format import show_date
from tools.query import fetch

if TYPE_CHECKING:
    from assistant.desk import Desk

_WORDS = "plans/reminders.yaml"
_ON_THE_DAY = frozenset({"approval", "sent_back"})
"""What has happened is told from its day on; of all else people are told some days ahead."""
_COMMENT = 300
"""Characters of a comment that a reminder repeats."""
_FROZEN = ("goal.actual", "goal.remaining")


@dataclass(frozen=True)
class Told:
    """A reminder with its words: who is told what of which item, and the item's day."""

    reminder: Reminder
    stored: Stored
    person: str
    text: str
    what: str
    due: date


class FollowUp:
    """Keeps what hangs on a plan as the plan is: what was measured of it, and its reminders."""

    def __init__(self, desk: Desk, database: sa.Engine) -> None:
        self._desk, self._plans = desk, Plans(database)
        self._reminders = Reminders(database)
        self._tools = PlanTools(lambda: database, CATALOG)

    def saved(self, who: Principal, stored: Stored) -> None:
        """Measure a plan that is in force, and note what people are to be reminded of."""
        tables, day = self._desk.tables(who), today(self._desk.settings)
        if stored.state in IN_FORCE:
            self._tools.measured(stored, tables, day)
        self._note(stored, tables, day)

    def _note(self, stored: Stored, tables: ScopedTables, day: date) -> None:
        events = self._plans.events(stored.plan_id)
        asked = Asked(
            today=day,
            ahead=self._desk.settings.plans.remind_days,
            directory=self._desk.directory(),
            waiting_since=waiting_since(stored, events, tables),
            sent_back=sent_back(events, tables),
            contract_end=_contract_end(tables, stored.account_id),
        )
        self._reminders.note(stored.plan_id, wanted(stored, asked))

    def due(self, stored: list[Stored], day: date, language: Language | None) -> list[Told]:
        """The reminders of these plans that are due by that day and not sent, with their words."""
        plans = {plan.plan_id: plan for plan in stored}
        return [
            told(one, plans[one.plan_id], self._desk, language, self._said_with(one))
            for one in self._reminders.unsent(day)
            if one.plan_id in plans
        ]

    def _said_with(self, reminder: Reminder) -> str:
        """Who has sent a plan back, and what they have said with it."""
        if reminder.kind != "sent_back":
            return ""
        events = self._plans.events(reminder.plan_id)
        last = next((e for e in reversed(events) if was_sent_back(e)), None)
        if last is None:
            return ""
        said_with = " ".join((last.comment or "").split())
        if len(said_with) > _COMMENT:
            said_with = said_with[: _COMMENT - 1] + "…"
        return f"{last.person}: {said_with}" if said_with else last.person

    def record(
        self, who: Principal, stored: Stored, summary: str, decisions: str | None, day: date
    ) -> Plan:
        """The plan with the record of a review held that day, the day's facts frozen in it.

        Raises InputError for a day still to come or a record without words.
        """
        if day > today(self._desk.settings):
            raise InputError(f"{day} is still to come.", "Record a review once it is held.")
        facts = self._facts(stored.plan, self._desk.tables(who), day)
        try:
            record = Record(
                id=new_id(), held_on=day, by=who.name, summary=summary, decisions=decisions,
                facts=facts,
            )  # fmt: skip
        except ValidationError:
            raise InputError(
                "The record has no summary, or a text of it is too long.",
                "Say in a sentence or more what was seen; 2,000 characters at the most.",
            ) from None
        return stored.plan.with_items("records", [record])

    def _facts(self, plan: Plan, tables: ScopedTables, day: date) -> tuple[Fact, ...]:
        """What the KPIs and goals are at: a KPI's fact, of each goal what is achieved and left."""
        meter = Meter(CATALOG, tables, plan.head.account_id, day)
        found = [fact for kpi in plan.kpis if (fact := meter.of_kpi(kpi)) is not None]
        for goal in plan.goals:
            result = goal_arithmetic(plan, goal, tables, day)
            for name in _FROZEN:
                fact = result.fact(name)
                if fact is not None:
                    found.append(fact.model_copy(update={"subject": f"goal:{goal.id}"}))
        return tuple({fact.key: fact for fact in found}.values())  # two KPIs may share one


def told(
    reminder: Reminder, stored: Stored, desk: Desk, language: Language | None, said_with: str = ""
) -> Told:
    """A reminder in words; what it is about is `said_with`, or named as the plan names it now."""
    spoken = language or stored.head.language
    kind, _colon, id_ = reminder.text_key.partition(":")
    what, due = (said_with, None) if said_with else _about(stored, kind, id_, spoken)
    if due is None:
        due = reminder.due if kind in _ON_THE_DAY else reminder.due + _ahead(desk)
    words: str = loader.data(_WORDS)[kind][spoken]
    text = words.format(account=stored.head.account_name, what=what, due=show_date(due, spoken))
    people = {person.person_id: person.name for person in desk.directory().people}
    name = people.get(reminder.person_id, reminder.person_id)
    return Told(reminder, stored, name, text, what, due)


def _ahead(desk: Desk) -> timedelta:
    return timedelta(days=desk.settings.plans.remind_days)


def _about(stored: Stored, kind: str, id_: str, language: Language) -> tuple[str, date | None]:
    """What a reminder is about, and its day where the plan has it."""
    if not id_ or kind == "sent_back":
        return stored.head.title, None
    collection = {"hypothesis": "statements", "review_due": "calendar", "goal_due": "goals"}
    item = stored.plan.item(collection.get(kind, "actions"), id_)
    if item is None:
        raise NotFoundError(f"The plan has no `{id_}` any more.", "Note its reminders anew.")
    if isinstance(item, Statement):
        return said(item, language), None
    return str(getattr(item, "what", "")), getattr(item, "due", None)


def _contract_end(tables: ScopedTables, account_id: str) -> date | None:
    if not tables.has("accounts", "contract_end"):
        return None
    rows = fetch(tables["accounts"].filter(_.account_id == account_id).select("contract_end"))
    return next((row["contract_end"] for row in rows), None)
