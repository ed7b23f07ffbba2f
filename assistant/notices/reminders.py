"""The reminders of a day on one page: what is due in plans, for the one person it concerns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from assistant.answer import Answer
from assistant.desk import Desk
from assistant.notices.page import Page
from assistant.planning.desk import Planner
from assistant.planning.follow import Told
from crm.directory import Principal
from crm.settings import Language
from prompts import loader
from tools.arguments import Arguments
from tools.facts import Text, Value

_WORDS = "plans/reminders.yaml"
_FIRST = ("approval", "sent_back", "action_overdue")
MOST = 40
"""Reminders of a page at the most; what is left comes with the next."""


def due_reminders(planner: Planner, who: Principal, day: date, language: Language) -> list[Told]:
    """What a person is to be reminded of now, of plans they may see; what waits comes first."""
    found = [t for t in planner.reminders(who, day, language) if _is_for(t, who)]
    found.sort(key=_urgency)
    return found[:MOST]


def _is_for(told: Told, who: Principal) -> bool:
    return told.reminder.person_id == who.person_id


def _urgency(told: Told) -> tuple[int, date, int]:
    kind = told.reminder.kind
    first = _FIRST.index(kind) if kind in _FIRST else len(_FIRST)
    return first, told.due, told.reminder.id


def reminders_page(
    desk: Desk, who: Principal, found: Sequence[Told], day: date, language: Language
) -> Answer:
    """The page of these reminders."""
    page = Page("reminders", desk, desk.tables(who), Arguments(as_of=day), language)
    count = page.book.add("reminder.count", len(found), rows=len(found))
    page.add(page.say("lead", count=page.name(count)))
    columns: dict[str, list[Value]] = {
        "reminder.account": [told.stored.head.account_name for told in found],
        "reminder.what": [told.what for told in found],
        "reminder.due": [told.due for told in found],
    }
    subjects = [f"reminder:{told.reminder.id}" for told in found]
    order = Text(ja="急ぐ順", en="most urgent first")
    view = page.rows(page.book.table(columns, subjects, sort=order))
    kinds = [told.reminder.text_key.partition(":")[0] for told in found]
    page.add(
        *(
            page.say(
                "line",
                text=loader.data(_WORDS)[kind][language].format(
                    account=row("reminder.account"),
                    what=row("reminder.what"),
                    due=row("reminder.due"),
                ),
            )
            for kind, row in zip(kinds, view.rows(), strict=True)
        )
    )
    return page.answer()
