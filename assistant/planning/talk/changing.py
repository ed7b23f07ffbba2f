"""A plan is changed in words: every change is shown first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.acts import Page
from assistant.planning.arguments import (
    AnswerArguments,
    ChooseArguments,
    EditArguments,
    PlanArguments,
    SectionArguments,
)
from assistant.planning.edits import Edited, Unclear, answered, edited
from assistant.planning.edits.part import unquoted
from assistant.planning.pages import Pages
from assistant.planning.prose import written_statement
from assistant.planning.spoken import (
    completed,
    corrected_words,
    correction_forms,
    is_enough,
    is_skip,
    replies,
)
from assistant.planning.talk.ground import Ground, ToldError, key_of, memory_of
from plans.model import Plan
from plans.stored import Stored

if TYPE_CHECKING:
    from assistant.deps import Turn


class Changing(Ground):
    """A plan is changed in words: every change is shown first."""

    def edit(self, turn: Turn, given: EditArguments) -> Page:
        stored = self._stored(turn, given.account_id)
        plan = self._pending(turn, stored)
        outcome = edited(
            given.text, plan, self._said(turn, plan.head.account_id), turn.thread.about
        )
        if isinstance(outcome, Unclear):
            outcome = self._asked_for(turn, stored, outcome) or outcome
        if not isinstance(outcome, Edited):
            outcome = self._corrected(turn, given.text, plan) or outcome
        if not isinstance(outcome, Edited):
            outcome = self._completed(turn, given.text, plan) or outcome
        if isinstance(outcome, Unclear):
            return self._in_doubt(turn, stored, outcome, given.text, None)
        if outcome is None:
            raise ToldError("not_an_edit", of=stored)
        outcome = replace(outcome, plan=_never_there(outcome.plan, stored.plan))
        gaps = {key_of(gap) for gap in self._planner.checked(stored, turn.as_of).gaps}
        new = replace(stored, plan=outcome.plan, head=outcome.plan.head)
        still = {key_of(gap) for gap in self._planner.checked(new, turn.as_of).gaps}
        filled = {n: key for n, key in turn.thread.asked.items() if key in gaps - still}
        return self._proposed(
            turn, stored, outcome.plan, _words(turn, given.text),
            unplaced=outcome.unplaced,
            answers=[(key, given.text) for key in filled.values()],
            asked={n: key for n, key in turn.thread.asked.items() if n not in filled},
        )  # fmt: skip

    def _asked_for(self, turn: Turn, stored: Stored, unclear: Unclear) -> Edited | None:
        """The one reading that is about an item which an open question asks for."""
        open_ = set(turn.thread.asked.values())
        gaps = [g for g in self._planner.checked(stored, turn.as_of).gaps if key_of(g) in open_]
        items = {(gap.collection, gap.item) for gap in gaps}
        readings = [reading for _label, reading in unclear.choices]
        places = [{(c.collection, c.id) for c in reading.changes} for reading in readings]
        common = set.intersection(*places) if places else set()
        fit = [n for n, found in enumerate(places) if found - common and found - common <= items]
        return readings[fit[0]] if len(fit) == 1 else None

    def _completed(self, turn: Turn, text: str, plan: Plan) -> Edited | None:
        """A message of which one thing was asked, with what is said now."""
        doubt = turn.thread.doubt
        if doubt is None or doubt.labels or doubt.key is not None:
            return None
        for whole in completed(doubt.text, text, turn.language):
            outcome = edited(whole, plan, self._said(turn, plan.head.account_id), turn.thread.about)
            if isinstance(outcome, Edited) and not outcome.unplaced:
                return outcome
        return None

    def _corrected(self, turn: Turn, text: str, plan: Plan) -> Edited | None:
        """A correction of the one thing that waits for the person's word: やっぱり5月で."""
        proposal, words = turn.thread.proposal, corrected_words(text)
        changed = {(c.collection, c.id) for c in proposal.changes} if proposal else set()
        if words is None or len(changed) != 1:
            return None
        collection, id_ = changed.pop()
        item = plan.item(collection, id_) if collection in Plan.collections else None
        name = getattr(item, "what", None) or getattr(item, "name", None)
        words = words if name is not None else unquoted(words)
        kind = "item" if name is not None else str(proposal.changes[0].field if proposal else "")
        for form in correction_forms(kind, turn.language):
            outcome = edited(
                form.format(name=name, words=words), plan, self._said(turn, plan.head.account_id)
            )
            if isinstance(outcome, Edited) and {c.id for c in outcome.changes} == {id_}:
                return outcome
        return None

    def answer(self, turn: Turn, given: AnswerArguments) -> Page:
        memory, known = turn.thread, turn.thread.asked or turn.thread.earlier
        if not known:
            raise ToldError("nothing_waits")
        stored = self._stored(turn, None)
        gaps = {key_of(gap): gap for gap in self._planner.checked(stored, turn.as_of).gaps}
        asked = {n: key for n, key in known.items() if key in gaps}
        if is_enough(given.text):
            kept = memory_of(stored, about=memory.about)
            return Page(Pages(turn.language).say("enough"), kept)
        plan, took, open_ = stored.plan, [], dict(asked)
        for number, text in replies(given.text, asked).items():
            if is_skip(text):
                open_ = {} if number is None else {n: k for n, k in open_.items() if n != number}
                continue
            for n in [number] if number is not None else sorted(asked):
                outcome = (
                    answered(gaps[asked[n]], text, plan, self._said(turn, plan.head.account_id))
                    if n in asked
                    else None
                )
                if isinstance(outcome, Unclear) and number is None and len(asked) == 1:
                    return self._in_doubt(turn, stored, outcome, text, asked[n])
                if isinstance(outcome, Edited):
                    plan = outcome.plan
                    took.append((asked[n], text))
                    open_.pop(n, None)
                    break
        if took:
            return self._proposed(turn, stored, plan, given.text, answers=took, asked=open_)
        if open_ == asked:
            return self.edit(turn, EditArguments(as_of=turn.as_of, text=given.text))
        return self._next(turn, stored, open_)

    def choose(self, turn: Turn, given: ChooseArguments) -> Page:
        doubt = turn.thread.doubt
        if doubt is None:
            raise ToldError("nothing_waits")
        if turn.confirms not in (None, doubt.digest):
            raise ToldError("other_waits", waits=True)
        stored = self._stored(turn, None)
        plan, said = self._pending(turn, stored), self._said(turn, stored.account_id)
        gaps = {key_of(gap): gap for gap in self._planner.checked(stored, turn.as_of).gaps}
        if doubt.key is None:
            outcome = edited(doubt.text, plan, said, turn.thread.about)
        else:
            outcome = (
                answered(gaps[doubt.key], doubt.text, plan, said) if doubt.key in gaps else None
            )
        readings = outcome.choices if isinstance(outcome, Unclear) else ()
        if isinstance(outcome, Unclear) and tuple(label for label, _ in readings) != doubt.labels:
            return self._in_doubt(turn, stored, outcome, doubt.text, doubt.key)
        if not 1 <= given.number <= len(readings):
            raise ToldError("not_among")
        chosen = readings[given.number - 1][1]
        answers = [] if doubt.key is None else [(doubt.key, doubt.text)]
        asked = {n: k for n, k in turn.thread.asked.items() if k != doubt.key}
        return self._proposed(
            turn,
            stored,
            chosen.plan,
            doubt.text,
            unplaced=chosen.unplaced,
            answers=answers,
            asked=asked,
        )

    def undo(self, turn: Turn, given: PlanArguments) -> Page:
        stored = self._stored(turn, given.account_id)
        if stored.version == 1:
            raise ToldError("nothing_to_undo")
        before = self._planner.version(stored, stored.version - 1).plan
        return self._proposed(turn, stored, before, f"undo of version {stored.version}")

    def write(self, turn: Turn, given: SectionArguments) -> Page:
        stored = self._stored(turn, given.account_id)
        statement = written_statement(given.section, given.text, turn, stored.plan)
        plan = stored.plan.with_items("statements", [statement])
        return self._proposed(turn, stored, plan, f"prose for {given.section}")


def _never_there(plan: Plan, saved: Plan) -> Plan:
    """A plan without actions that are dropped before they were ever saved."""
    for progress in plan.progress:
        if progress.dropped and saved.item("actions", progress.id) is None:
            plan = plan.without("progress", progress.id).without("actions", progress.id)
    return plan


def _words(turn: Turn, text: str) -> str:
    """The person's own words for a change, where a model has put it in others."""
    return text if text in turn.said[0] else turn.said[0]
