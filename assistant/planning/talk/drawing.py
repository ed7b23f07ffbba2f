"""A plan is drawn up, and what only people know is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.acts import Page
from assistant.ledger import plain
from assistant.models import BUILTIN
from assistant.planning.arguments import DraftArguments, PlanArguments
from assistant.planning.pages import Pages
from assistant.planning.spoken import asks_for_a_plan, is_yes, speaks_of_plans, wants_another
from assistant.planning.talk.ground import Ground, ToldError, memory_of

if TYPE_CHECKING:
    from assistant.deps import Turn


class Drawing(Ground):
    """A plan is drawn up, and what only people know is asked for."""

    def draft(self, turn: Turn, given: DraftArguments) -> Page:
        if not _is_asked_for(turn, given.account_id):
            raise ToldError("needs_words")
        pages, who = Pages(turn.language), turn.principal
        there = [p for p in self._planner.all(who, given.account_id) if p.state != "closed"]
        if there and not any(wants_another(text) for text in turn.said):
            stored = self._planner.get(who, there[0].plan_id)
            shown = self._shown(turn, stored)
            questions, asked = self._ask(turn, stored, shown.checked)
            first = pages.about("exists", shown, account=plain(stored.head.account_name))
            return Page(pages.joined(first, questions), memory_of(stored, asked=asked))
        stored = self._planner.draft(
            who, given.account_id, period=given.period, language=turn.language, as_of=turn.as_of
        )
        shown = self._shown(turn, stored)
        questions, asked = self._ask(turn, stored, shown.checked)
        text = pages.joined(pages.about("drawn", shown), pages.outline(shown), questions)
        return Page(text, memory_of(stored, asked=asked))

    def questions(self, turn: Turn, given: PlanArguments) -> Page:
        stored = self._stored(turn, given.account_id)
        shown, pages = self._shown(turn, stored), Pages(turn.language)
        questions, asked = self._ask(turn, stored, shown.checked)
        text = pages.joined(pages.about("gaps", shown), pages.gaps(shown.checked), questions)
        return Page(text, memory_of(stored, asked=asked))


def _is_asked_for(turn: Turn, account_id: str) -> bool:
    """Whether the person asks for a plan: in their own words, or by a yes to our offer of one.

    The builtin model goes by their words alone; another may have been told to by a document.
    """
    asks = speaks_of_plans if turn.model == BUILTIN else asks_for_a_plan
    if any(asks(text) for text in turn.said):
        return True
    offered = turn.thread.account_id == account_id and turn.thread.plan_id is None
    return offered and is_yes(turn.said[0]) and any(map(speaks_of_plans, turn.said[1:]))
