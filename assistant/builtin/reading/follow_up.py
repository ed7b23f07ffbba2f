"""A follow-up changes what was asked before: another account, period, person or order of rows."""

from __future__ import annotations

from dataclasses import replace

from assistant.builtin.dialogue import Before
from assistant.builtin.examples import Intent
from assistant.builtin.moves import Call, Move
from assistant.builtin.reading.about import with_links
from assistant.builtin.reading.asked import tool_of_period
from assistant.builtin.reading.clause import Clause
from assistant.builtin.reading.ground import Ground
from assistant.builtin.understand import Guess
from assistant.builtin.when import shifted

_VAGUE = 0.95
"""Below it, without a word of its intent, a follow-up only changes what was asked before."""
_SHORT_LEFT, _SHORT_LATIN = 6, 20


class FollowUps:
    """Reads clauses in the light of the calls before them."""

    def __init__(self, ground: Ground) -> None:
        self._ground, self._writer = ground, ground.writer

    def plain(self, clause: Clause, before: Before) -> list[Move] | None:
        """The calls of before as a clause that says no more changes them; None where it does."""
        if not before.calls:
            return None
        if clause.slots.language and not clause.left:
            return list(before.calls)
        if _only_changes(clause) or self._moves_period(clause, before):
            return self.changed(clause, before)
        return None

    def vague(self, clause: Clause, before: Before, best: Guess) -> list[Move] | None:
        """The calls of before as a clause without a clear intent changes them; None for none."""
        is_vague = not best.words and best.score < _VAGUE
        if not is_vague or clause.slots.says_nothing or clause.bounds_deals:
            return None
        changed = self.changed(clause, before)
        return changed if changed != list(before.calls) else None

    def narrows(self, intent: Intent, clause: Clause, before: Before) -> bool:
        """Whether a clause asks for fewer rows, or another order, of what was asked before."""
        same = bool(before.calls) and before.calls[-1].tool == intent.tool
        return same and clause.slots.narrows and not clause.has_account

    def changed(self, clause: Clause, before: Before) -> list[Move]:
        """The calls of before with what the clause says."""
        calls: list[Move] = []
        for call in before.calls:
            moved = self._moved(call, clause)
            linked = clause.has_account
            calls += with_links(moved, clause, self._ground.accounts) if linked else list(moved)
        return calls

    def _moves_period(self, clause: Clause, before: Before) -> bool:
        """Whether a short clause asks the same of the period before: 昨年同期は？"""
        short = _SHORT_LATIN if clause.left.isascii() else _SHORT_LEFT
        by_words = self._ground.understanding.intents_by_words
        if len(clause.left) > short or by_words(clause.masked):
            return False
        return any(self._shifted(call, clause) for call in before.calls)

    def _shifted(self, call: Call, clause: Clause) -> str | None:
        known, asker = call.arguments.get("period"), self._ground.asker
        if not isinstance(known, str):
            return None
        return shifted(known, asker.as_of, asker.fiscal_start, clause.text)

    def _moved(self, call: Call, clause: Clause) -> list[Call]:
        """A call of before with what the clause says; another tool where its own cannot say it."""
        slots = clause.slots
        if clause.has_account and not slots.group:
            call = call.with_(group=None)
        if slots.everyone:
            call = call.with_(owner_id=None, team=None)
        by = self._writer.by(call.tool, slots)
        if slots.by and by is None and call.tool != "targets_and_gap":
            kept = {k: v for k, v in call.arguments.items() if k in ("period", "owner_id", "team")}
            call = Call("pipeline_metrics", kept)
        moved = self._shifted(call, clause)
        if slots.period or moved:
            slots = replace(slots, period=moved or slots.period)
            if call.tool == "account_overview":
                call = Call(tool_of_period(clause.text), call.arguments)
        return self._writer.write(call, slots)


def _only_changes(clause: Clause) -> bool:
    """Whether a clause only changes arguments of what was asked before."""
    says = not clause.slots.says_nothing or clause.has_account
    return says and not clause.left and clause.unknown is None
