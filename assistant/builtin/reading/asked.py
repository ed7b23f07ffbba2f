"""The calls that answer an intent, with a tool that can tell what the clause says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.builtin.dialogue import Before
from assistant.builtin.examples import Intent
from assistant.builtin.moves import Call, Move, Say
from assistant.builtin.reading.about import on_account, unknown
from assistant.builtin.reading.clause import Clause
from assistant.builtin.reading.ground import Ground
from assistant.builtin.understand import Guess

_EXAMPLES = 3
_ID = re.compile(r"[A-Za-z]+[0-9]+")
_WITHOUT = {"orders": "kpi_pair", "deals": "kpi_pair"}
"""The tool whose rows tell which accounts have none of something."""
_DEAL_SIGNALS = "deal_health"
_ONLY_DEALS = (
    "stalled", "overdue", "silent_30", "one_sided", "no_decision_maker", "no_next_step",
)  # fmt: skip
"""Signs of trouble that deals have, and no account."""
_FREE_TEXT = frozenset({"search_knowledge", "open_passage", "find_account", "briefing"})
"""Tools to which the name of a product is part of what is looked for, or does no harm."""
_SOURCE = re.compile(r"(?:出典|資料|ソース|source|\[|【|#)\s*([0-9０-９]{1,2})|([0-9]{1,2})番")


class Calls:
    """Writes the calls of an intent."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._writer, self._accounts = ground.writer, ground.accounts

    def of(self, intent: Intent, clause: Clause, before: Before) -> list[Move]:
        """What a clause asks for."""
        tool, slots = intent.tool or "", clause.slots
        if slots.absence is not None and not self._writer.shows_absence(tool, slots):
            tool, intent = _WITHOUT.get(slots.absence.what, tool), replace(intent, arguments={})
        if tool == "search_knowledge":
            return self._searched(clause)
        if tool == "open_passage":
            return [_opened(clause.text, before)]
        if tool == "find_account":
            return [self._found(clause)]
        tool = self._telling(tool, clause)
        words = {"text": clause.text} if self._writer.takes(tool, "text") else {}
        calls = self._writer.write(Call(tool, {**intent.arguments, **words}), slots)
        if intent.account == "none":
            return list(calls)
        return on_account(calls, intent, clause, before, self._accounts)

    def asks_of_ware(self, tool: str, clause: Clause) -> bool:
        """Whether a clause asks of a product what that tool knows of whole accounts only."""
        slots = clause.slots
        if slots.ware is None or tool in _FREE_TEXT:
            return False
        return not self._writer.knows_ware(tool, slots)

    def unsure(self, clause: Clause, guesses: Sequence[Guess]) -> list[Move]:
        """Nothing asked is clear: perhaps a document answers it, else what might be meant."""
        if clause.unknown:
            return [unknown(clause.unknown, self._accounts)]
        if any(g.intent.tool == "search_knowledge" for g in guesses[:_EXAMPLES]):
            return self._searched(clause)
        examples = self._ground.understanding.examples_near
        near = examples(list(guesses), self._ground.language, _EXAMPLES)
        return [Say("unsure", examples=tuple(near))]

    def _telling(self, tool: str, clause: Clause) -> str:
        """The tool itself, or the one that tells what the clause says where it cannot."""
        signal = clause.slots.signal
        if tool == "pipeline_metrics" and clause.bounds_deals:
            return _DEAL_SIGNALS
        if tool == "account_overview" and clause.slots.period:
            return tool_of_period(clause.text)
        if tool == "needs_attention" and signal and not self._is_of_accounts(signal):
            return _DEAL_SIGNALS
        return tool

    def _is_of_accounts(self, signal: str) -> bool:
        """Whether the accounts to attend to can be those with a sign of trouble."""
        of_deals = signal in _ONLY_DEALS and self._writer.takes(_DEAL_SIGNALS, "signal", signal)
        return not of_deals and self._writer.takes("needs_attention", "signal", signal)

    def _searched(self, clause: Clause) -> list[Move]:
        call = Call("search_knowledge", {"question": clause.text})
        if clause.slots.kind:
            only = clause.links[0].only if clause.names_one else None
            industry = None if only else self._industry(clause.text)
            call = call.with_(kind=clause.slots.kind, account_id=only, industry=industry)
        return [call.with_(limit=clause.slots.limit)]

    def _industry(self, text: str) -> str | None:
        """The industry that a message names; None where it names none or several."""
        known = {a.industry for a in self._accounts if a.industry and a.industry in text}
        return known.pop() if len(known) == 1 else None

    def _found(self, clause: Clause) -> Move:
        if clause.unknown and _ID.fullmatch(clause.unknown):
            return unknown(clause.unknown, self._accounts)
        return Call("find_account", {"text": _sought(clause)})


def tool_of_period(text: str) -> str:
    """The tool that tells of a period what the overview tells of the last year."""
    discounts = re.search(r"値引き|discount", text, re.IGNORECASE)
    return "price_and_terms" if discounts else "customer_profitability"


def _opened(text: str, before: Before) -> Move:
    match = _SOURCE.search(text)
    number = int(match[1] or match[2]) if match else 1
    if not 1 <= number <= len(before.sources):
        return Say("no_source")
    return Call("open_passage", {"passage_id": before.sources[number - 1]})


def _sought(clause: Clause) -> str:
    """What an account is called in a message that looks for one."""
    for link in clause.links:
        if link.text:
            return link.text.strip(" \"“”「」『』'")
        if link.accounts:
            return link.accounts[0].name
    return clause.text
