"""A plan is read: its main points, its history, the list of plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.acts import Page
from assistant.planning.arguments import PlanArguments
from assistant.planning.pages import Pages
from assistant.planning.talk.ground import Ground, memory_of

if TYPE_CHECKING:
    from assistant.deps import Turn


class Reading(Ground):
    """A plan is read: its main points, its history, the list of plans."""

    def show(self, turn: Turn, given: PlanArguments) -> Page:
        stored = self._stored(turn, given.account_id)
        pages, shown = Pages(turn.language), self._shown(turn, stored)
        full = pages.say("full", plan=stored.plan_id)
        return Page(pages.joined(pages.card(shown), full), memory_of(stored))

    def history(self, turn: Turn, given: PlanArguments) -> Page:
        stored = self._stored(turn, given.account_id)
        versions, events = self._planner.history(stored)
        contents = [self._planner.version(stored, v.version).plan for v in versions]
        page = Pages(turn.language).history(self._shown(turn, stored), versions, contents, events)
        return Page(page, memory_of(stored))

    def taking_over(self, turn: Turn, _given: PlanArguments) -> Page:
        """How a plan written elsewhere is taken over; what waited is let go."""
        memory = turn.thread.model_copy(update={"proposal": None, "doubt": None})
        return Page(Pages(turn.language).say("import"), memory)

    def export(self, turn: Turn, given: PlanArguments) -> Page:
        stored = self._stored(turn, given.account_id)
        return Page(Pages(turn.language).say("export", plan=stored.plan_id), memory_of(stored))
