"""Questions are asked once; reminders are noted and sent once."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from crm.errors import NotFoundError
from plans.asked import Answers
from plans.reminders import Due, Reminders
from plans.store import Plans
from tests.plans.plans import MISAKI, NOW
from tests.plans.test_store import created

DAY = date(1999, 6, 1)
"""Long ago, so that no other test's reminders are due by then."""


def test_a_question_is_asked_once_and_keeps_its_answer(engine: sa.Engine) -> None:
    answers, plan_id = Answers(engine), created(Plans(engine)).plan_id
    assert answers.ask(plan_id, ["budget", "approver", "budget"], now=NOW) == ["budget", "approver"]
    later = NOW + timedelta(days=1)
    assert answers.ask(plan_id, ["approver", "rival"], now=later) == ["rival"]
    answers.answer(plan_id, "budget", "5月に決まる", MISAKI, now=later)
    found = answers.of(plan_id)
    assert list(found) == ["approver", "budget", "rival"]
    budget = found["budget"]
    assert (budget.answer, budget.person_id, budget.person) == ("5月に決まる", "U07", "高瀬 美咲")
    assert (budget.asked_at, budget.answered_at) == (NOW, later)
    assert (found["rival"].answer, found["rival"].answered_at) == (None, None)
    assert answers.ask(plan_id, ["budget"], now=later) == []


def test_an_answer_needs_a_question_and_a_question_a_plan(engine: sa.Engine) -> None:
    answers, plan_id = Answers(engine), created(Plans(engine)).plan_id
    with pytest.raises(NotFoundError, match="was not asked"):
        answers.answer(plan_id, "budget", "x", MISAKI, now=NOW)
    with pytest.raises(NotFoundError):
        answers.ask("nothing", ["budget"], now=NOW)


def test_two_who_ask_at_once_do_not_both_ask(engine: sa.Engine) -> None:
    answers, plan_id = Answers(engine), created(Plans(engine)).plan_id
    gate, asked = threading.Barrier(6), []

    def ask() -> None:
        gate.wait()
        asked.extend(answers.ask(plan_id, ["budget", "rival"], now=NOW))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(asked) == ["budget", "rival"]


def test_a_reminder_is_noted_once_and_taken_once(engine: sa.Engine) -> None:
    reminders, plan_id = Reminders(engine), created(Plans(engine)).plan_id
    review = Due("review", DAY, "lead", "review.manager")
    action = Due("action", DAY + timedelta(days=3), "U07", "action.due")
    reminders.note(plan_id, [action, review])
    reminders.note(plan_id, [review, action])
    mine = [r for r in reminders.unsent(DAY + timedelta(days=9)) if r.plan_id == plan_id]
    assert [(r.kind, r.due, r.person_id) for r in mine] == [
        ("review", DAY, "lead"), ("action", action.due, "U07"),
    ]  # fmt: skip
    assert [r.kind for r in reminders.unsent(DAY) if r.plan_id == plan_id] == ["review"]
    assert reminders.take(mine[0].id, now=NOW)
    assert not reminders.take(mine[0].id, now=NOW)
    reminders.note(plan_id, [review])
    assert not [r for r in reminders.unsent(DAY + timedelta(days=9)) if r.plan_id == plan_id]
    assert not reminders.take(mine[1].id, now=NOW)
