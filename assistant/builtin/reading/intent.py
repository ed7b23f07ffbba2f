"""The intent of a clause is the likeliest that can be told what the clause says."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.builtin.examples import Intent
from assistant.builtin.reading.clause import Clause
from assistant.builtin.reading.ground import Ground
from assistant.builtin.slots import Slots
from assistant.builtin.understand import CONFIDENT, Guess

_NEAR = 0.09
"""How much less than the best an intent may score that fits the arguments better."""
_SPEAKS_OF_DEALS = re.compile(r"商談|案件|deals?\b", re.IGNORECASE)
_ONLY_ACCOUNTS = frozenset({
    "c_trap", "neglected_b", "champion_left", "contract_ends", "engagement_surge",
    "engagement_drop", "margin_down", "sales_down", "silence",
})  # fmt: skip
"""Signs of trouble that accounts have, and no deal."""
_LISTS = ("account",)
_ROWS: dict[str, tuple[str, ...]] = {
    "targets_and_gap": ("owner", "team", "account"),
    "channels": ("channel",),
    **dict.fromkeys(
        ("kpi_pair", "whale_curve", "price_and_terms", "concentration", "resource_concentration",
         "abcd_matrix", "portfolio_zones", "driver_grid", "depth_score", "white_space",
         "key_account_selection", "deepening_stage", "needs_attention"), _LISTS),
}  # fmt: skip
"""What the rows of a tool are by themselves, so that nothing has to be said of it."""


class Intents:
    """Tells what a clause asks for."""

    def __init__(self, ground: Ground) -> None:
        self._understanding, self._writer = ground.understanding, ground.writer

    def of(self, clause: Clause, guesses: Sequence[Guess]) -> Intent | None:
        """What is asked for, of the guesses; None when nothing is clear."""
        best, slots = guesses[0], clause.slots
        outside = next(g for g in guesses if g.intent.name == "outside")
        if outside.words and outside.score >= best.score - _NEAR:
            return outside.intent
        if best.intent.tool is None and (best.words or best.score >= CONFIDENT):
            return best.intent
        if clause.bounds_deals:
            return self._understanding.intent("deals")
        near = [g for g in guesses if g.score >= best.score - _NEAR and g.intent.tool]
        if slots.by and (found := self._groups(near if clause.left else [], slots)):
            return found
        knowledge = self._understanding.intent("knowledge")
        if slots.how_to or slots.kind or (best.intent is knowledge and best.words):
            return knowledge
        if slots.signal and (found := self._by_signal(clause, best)):
            return found
        if clause.names_one:
            fits = [g for g in near if g.intent.account != "none" or g.intent.name == "find"]
            best = fits[0] if fits and best.intent.account == "none" else best
        elif slots.people or slots.mine or slots.my_team or slots.teams:
            # Asked of a colleague's accounts or deals: not of one account.
            best = next((g for g in near if g.intent.account != "required"), best)
        clear = best.score >= CONFIDENT or clause.has_account or slots.refers_back
        return best.intent if clear else None

    def _by_signal(self, clause: Clause, best: Guess) -> Intent | None:
        """Deals or accounts with a sign of trouble, where a message names one."""
        if best.intent.name in ("deals", "attention"):
            return None
        if clause.slots.signal in _ONLY_ACCOUNTS and not clause.has_account:
            return self._understanding.intent("attention")
        if _SPEAKS_OF_DEALS.search(clause.text):
            return self._understanding.intent("deals") if best.intent.name != "losses" else None
        return self._understanding.intent("attention") if not best.words else None

    def _groups(self, near: Sequence[Guess], slots: Slots) -> Intent | None:
        """The intent whose tool can group as asked; the pipeline where none of the likely can."""
        for guess in near:
            tool = guess.intent.tool or ""
            departments = guess.intent.name == "departments" and slots.by == "team"
            if self._writer.by(tool, slots) or slots.by in _ROWS.get(tool, ()) or departments:
                return guess.intent
        pipeline = self._understanding.intent("pipeline")
        return pipeline if self._writer.by("pipeline_metrics", slots) else None
