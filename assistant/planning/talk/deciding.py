"""The person's word on what was shown to them: done exactly so, or dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assistant.acts import Page
from assistant.planning.memory import Proposal
from assistant.planning.pages import Pages
from assistant.planning.spoken import (
    is_yes,
)
from assistant.planning.talk.ground import ToldError, memory_of
from assistant.planning.talk.moving import Moving
from crm.errors import UnavailableError
from plans.changes import apply, diff
from plans.life import MoveError, NotAllowedError
from plans.model import State
from plans.stored import StaleError, Stored

if TYPE_CHECKING:
    from assistant.deps import Turn


class Deciding(Moving):
    """The person's word on what was shown to them: done exactly so, or dropped."""

    def confirm(self, turn: Turn, _given: Any) -> Page:
        proposal = turn.thread.proposal
        if turn.thread.doubt is not None and turn.thread.doubt.labels:
            raise ToldError("choose", waits=True)
        if proposal is None:
            raise ToldError("nothing_waits")
        if turn.confirms not in (None, proposal.digest):
            raise ToldError("other_waits", waits=True)
        if not is_yes(turn.said[0]):
            raise ToldError("needs_yes", waits=True)
        stored = self._planner.get(turn.principal, proposal.plan_id)
        if proposal.to is not None:
            return self._moved(turn, stored, proposal, proposal.to)
        base = self._planner.version(stored, proposal.version)
        plan, pages, late = apply(base.plan, proposal.changes), Pages(turn.language), ""
        try:
            saved = self._planner.save(
                turn.principal, stored, plan, proposal.reason, base=proposal.version
            )
        except StaleError as stale:
            return self._merged(turn, stale, proposal)
        except UnavailableError:
            saved, late = (
                self._planner.get(turn.principal, proposal.plan_id),
                pages.say("not_learned"),
            )
        now = self._clock()
        for key, said in proposal.answers:
            self._answers.answer(stored.plan_id, key, said, turn.principal, now=now)
        ended = stored.state in ("approved", "in_execution") and saved.state == "draft"
        first = pages.joined(
            pages.about("saved", self._shown(turn, saved)),
            pages.say("approval_ended") if ended else "",
            late,
        )
        if proposal.answers or turn.thread.asked:
            return self._next(turn, saved, turn.thread.asked, first)
        return Page(first, memory_of(saved, about=turn.thread.about))

    def cancel(self, turn: Turn, _given: Any) -> Page:
        memory = turn.thread
        if memory.proposal is None and memory.doubt is None:
            raise ToldError("nothing_waits")
        if turn.confirms and (not memory.proposal or turn.confirms != memory.proposal.digest):
            raise ToldError("other_waits", waits=True)
        kept = memory.model_copy(update={"proposal": None, "doubt": None})
        return Page(Pages(turn.language).say("cancelled"), kept)

    def _merged(self, turn: Turn, stale: StaleError, mine: Proposal) -> Page:
        """Somebody was quicker: their changes, and mine on top of them, to be confirmed anew."""
        pages, stored, merged = Pages(turn.language), stale.stored, stale.merged
        changes = diff(stored.plan, merged.plan)
        clashing = [one for one, _theirs in merged.conflicts]
        text = pages.joined(
            pages.say("stale", version=stored.version),
            pages.changes(stale.base.plan, stored.plan, stale.changes),
            pages.say("conflicts") if clashing else "",
            pages.changes(stale.base.plan, stale.mine, clashing),
        )
        if not changes:
            return Page(pages.joined(text, pages.say("nothing_changes")), memory_of(stored))
        text = pages.joined(
            text, pages.say("merged"), pages.changes(stored.plan, merged.plan, changes),
            pages.say("confirm"),
        )  # fmt: skip
        proposal = mine.model_copy(update={"version": stored.version, "changes": changes})
        memory = memory_of(stored, asked=turn.thread.asked)
        return Page(text, memory.model_copy(update={"proposal": proposal}))

    def _moved(self, turn: Turn, stored: Stored, proposal: Proposal, to: State) -> Page:
        who, pages, late = turn.principal, Pages(turn.language), ""
        try:
            if to == "closed":
                head = apply(stored.plan, proposal.changes).head
                moved = self._planner.close(
                    who, stored.plan_id, str(head.outcome), str(head.lessons)
                )
            else:
                moved = self._planner.move(
                    who, stored.plan_id, to, proposal.reason or None, proposal.version
                )
        except (MoveError, NotAllowedError):
            if not self._is_done(turn, stored, proposal, to):
                self._refuse(turn, stored, to)
                raise
            moved = stored
        except UnavailableError:
            moved, late = self._planner.get(who, stored.plan_id), pages.say("not_learned")
        return Page(
            pages.joined(pages.about("moved", self._shown(turn, moved)), late), memory_of(moved)
        )

    def _is_done(self, turn: Turn, stored: Stored, proposal: Proposal, to: State) -> bool:
        """Whether this very move was done by them before: their turn broke off and is taken up."""
        _saved, events = self._planner.history(stored)
        last = events[-1] if events else None
        return (
            last is not None
            and (stored.state, last.to_state, last.person_id) == (to, to, turn.principal.person_id)
            and last.version == proposal.version + (1 if to == "closed" else 0)
        )
