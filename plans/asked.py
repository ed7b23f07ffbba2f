"""Questions to people about a plan: a question asked once is never asked again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from crm.database import aware, clean, utc
from crm.errors import NotFoundError
from crm.scope import Principal
from plans.store import lock
from plans.tables import plan_answers


@dataclass(frozen=True)
class Asked:
    """A question that was asked; the rest is None until somebody answers."""

    question: str
    asked_at: datetime
    answer: str | None
    person_id: str | None
    person: str | None
    answered_at: datetime | None


class Answers:
    """The questions asked about each plan, and the answers to them."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def ask(self, plan_id: str, questions: Iterable[str], *, now: datetime) -> list[str]:
        """Note these question codes as asked; those of them that had not been asked before."""
        moment = utc(now)
        with self._engine.begin() as con:
            lock(con, plan_id)
            query = sa.select(plan_answers.c.question).where(plan_answers.c.plan_id == plan_id)
            known = set(con.scalars(query))
            new = [code for code in dict.fromkeys(questions) if code not in known]
            rows = [{"plan_id": plan_id, "question": code, "asked_at": moment} for code in new]
            if rows:
                con.execute(sa.insert(plan_answers), rows)
        return new

    def answer(
        self, plan_id: str, question: str, text: str, by: Principal, *, now: datetime
    ) -> None:
        """Keep an answer, in the place of an earlier one; NotFoundError when it was not asked."""
        by.ensure_may_write()
        asked = sa.update(plan_answers).where(
            plan_answers.c.plan_id == plan_id, plan_answers.c.question == question
        )
        said = asked.values(
            answer=clean(text), person_id=by.person_id, person=by.name, answered_at=utc(now)
        )
        with self._engine.begin() as con:
            if con.execute(said).rowcount != 1:
                raise NotFoundError(
                    f"The question `{question}` was not asked about this plan.", "Ask it first."
                )

    def of(self, plan_id: str) -> dict[str, Asked]:
        """Every question asked about a plan by its code, in the order of asking."""
        query = sa.select(plan_answers).where(plan_answers.c.plan_id == plan_id)
        query = query.order_by(plan_answers.c.asked_at, plan_answers.c.question)
        with self._engine.connect() as con:
            rows = con.execute(query).mappings().all()
        return {row["question"]: _asked(row) for row in rows}


def _asked(row: sa.RowMapping) -> Asked:
    return Asked(
        question=row["question"],
        asked_at=aware(row["asked_at"]),
        answer=row["answer"],
        person_id=row["person_id"],
        person=row["person"],
        answered_at=None if row["answered_at"] is None else aware(row["answered_at"]),
    )
