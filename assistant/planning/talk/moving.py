"""A plan's life: submitted, approved, sent back, started, reviewed, closed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.acts import Page
from assistant.ledger import plain
from assistant.planning.arguments import MoveArguments, WordsArguments
from assistant.planning.memory import Proposal
from assistant.planning.pages import Pages
from assistant.planning.spoken import (
    outcome_said,
    review_said,
)
from assistant.planning.talk.ground import Ground, ToldError, memory_of, reason_of
from plans.changes import diff
from plans.life import approvers, leads
from plans.model import State
from plans.stored import Stored

if TYPE_CHECKING:
    from assistant.deps import Turn


class Moving(Ground):
    """A plan's life: submitted, approved, sent back, started, reviewed, closed."""

    def move(self, turn: Turn, given: MoveArguments) -> Page:
        stored = self._stored(turn, given.account_id)
        return self._to_move(turn, stored, given.to, turn.said[0])

    def close(self, turn: Turn, given: WordsArguments) -> Page:
        stored = self._stored(turn, given.account_id)
        outcome, lessons = outcome_said(given.text)
        if outcome is None or lessons is None:
            raise ToldError("say_outcome")
        plan = stored.plan.with_head(outcome=outcome, lessons=lessons)
        return self._to_move(turn, replace(stored, plan=plan, head=plan.head), "closed", given.text)

    def review(self, turn: Turn, given: WordsArguments) -> Page:
        stored = self._stored(turn, given.account_id)
        summary = review_said(given.text)
        if summary is None:
            raise ToldError("say_review")
        plan = self._planner.reviewed(turn.principal, stored, summary, None, turn.as_of)
        return self._proposed(turn, stored, plan, "review")

    def _to_move(self, turn: Turn, stored: Stored, to: State, comment: str) -> Page:
        """The move as it would be done, for the person to confirm; not for a read-only access."""
        turn.principal.ensure_may_write()
        pages = Pages(turn.language)
        if to not in self._planner.moves(turn.principal, stored):
            self._refuse(turn, stored, to)
        before = self._planner.get(turn.principal, stored.plan_id).plan
        changes = diff(before, stored.plan)
        proposal = Proposal(
            plan_id=stored.plan_id,
            version=stored.version,
            reason=reason_of(comment),
            changes=changes,
            to=to,
        )
        text = pages.joined(
            pages.about("move", self._shown(turn, stored), to=pages.state(to)),
            pages.changes(before, stored.plan, changes),
            pages.say("move_confirm"),
        )
        return Page(text, memory_of(stored).model_copy(update={"proposal": proposal}))

    def _refuse(self, turn: Turn, stored: Stored, to: State) -> None:
        """Say why somebody cannot move a plan: its state, or who they are."""
        pages = Pages(turn.language)
        if not leads(stored.state, to):
            raise ToldError("not_movable", state=pages.state(stored.state), to=pages.state(to))
        people = approvers(stored.plan, self._planner.directory())
        names = pages.listed(plain(person.name) for person in people)
        raise ToldError("not_yours", to=pages.state(to), people=names)
