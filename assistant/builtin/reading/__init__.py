"""A message is read clause by clause: what it asks, of whom, and what it leaves to the thread.

It never guesses an account: several that fit are asked about, and one that is named but not known
is said to be unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from assistant.builtin.arguments import ArgumentWriter, Asker
from assistant.builtin.dialogue import Before, Pending
from assistant.builtin.entities import Linked, is_bare
from assistant.builtin.moves import Call, Move, Say
from assistant.builtin.reading.about import about, unknown, with_account
from assistant.builtin.reading.asked import Calls
from assistant.builtin.reading.clause import Clause, Clauses
from assistant.builtin.reading.cut import Cutter
from assistant.builtin.reading.follow_up import FollowUps
from assistant.builtin.reading.ground import Ground
from assistant.builtin.reading.intent import Intents
from assistant.builtin.slots import Colleague, Ware
from assistant.builtin.understand import Understanding
from crm.settings import Language
from tools.accounts import NamedAccount
from tools.arguments import Arguments

_GREETING = re.compile(
    r"こんにちは|こんばんは|おはよう|はじめまして|やあ|お世話になり|お世話になって|調子は|よろしく"
    r"|\bhello\b|\bhi\b|\bhey\b|good (?:morning|afternoon|evening)|how are you",
    re.IGNORECASE,
)


class Reader:
    """Reads the messages of one turn."""

    def __init__(
        self,
        understanding: Understanding,
        arguments: Mapping[str, type[Arguments]],
        accounts: Sequence[NamedAccount],
        people: Sequence[Colleague],
        asker: Asker,
        language: Language,
        wares: Sequence[Ware] = (),
    ) -> None:
        writer = ArgumentWriter(arguments, people, asker)
        ground = Ground(understanding, writer, accounts, people, wares, asker, language)
        self._understanding, self._accounts = understanding, accounts
        self._clauses = Clauses(ground)
        self._cutter = Cutter(ground, self._clauses)
        self._intents, self._calls = Intents(ground), Calls(ground)
        self._follow_ups = FollowUps(ground)

    def read(self, text: str, before: Before) -> list[Move]:
        """What is to be done about a message, in the order in which it asks."""
        if before.pending is not None and (answered := self._answered(text, before.pending)):
            return answered
        moves: list[Move] = []
        for part in self._cutter.parts(text):
            found = self._asked(self._clauses.parsed(part, before.listed), before)
            moves += found
            before = _after(before, found)
        return _each_once(moves)

    def parsed(self, text: str) -> Clause:
        """A message as one clause, with the accounts that it names."""
        return self._clauses.parsed(text)

    def asked_by_a_word(self, text: str) -> str | None:
        """The tool that a message asks for in a word of its own."""
        best = self._understanding.guess(self.parsed(text).masked)[0]
        return best.intent.tool if best.words else None

    def with_account(self, call: Call, link: Linked) -> list[Move]:
        """The call about the account that is named, or the question which of several it is."""
        return with_account(call, link)

    def _answered(self, text: str, pending: Pending) -> list[Move]:
        """The waiting call with the account that this message gives; nothing when it gives none."""
        chosen = pending.chosen(text, self._accounts) if pending.choices else None
        if chosen is not None:
            return [about(pending.call, chosen)]
        links = self.parsed(text).links
        if len(links) == 1 and links[0].accounts and is_bare(text, links[0].key):
            return with_account(pending.call, links[0])
        return []

    def _asked(self, clause: Clause, before: Before) -> list[Move]:
        """What a clause asks for, after what was asked before it."""
        if (changed := self._follow_ups.plain(clause, before)) is not None:
            return changed
        if clause.has_account and all(is_bare(clause.text, link.key) for link in clause.links):
            return with_account(Call("briefing"), clause.links[0])
        if clause.unknown and clause.only_names(clause.unknown):
            return [unknown(clause.unknown, self._accounts)]
        guesses = self._understanding.guess(clause.masked)
        if (changed := self._follow_ups.vague(clause, before, guesses[0])) is not None:
            return changed
        intent = self._intents.of(clause, guesses)
        if intent is None:
            return self._calls.unsure(clause, guesses)
        if intent.tool is None:
            return [Say(_saying(intent.name, clause.text))]
        if self._follow_ups.narrows(intent, clause, before):
            return self._follow_ups.changed(clause, before)
        if self._calls.asks_of_ware(intent.tool, clause):
            return self._calls.unsure(clause, guesses)
        return self._calls.of(intent, clause, before)


def _saying(intent: str, text: str) -> Any:
    """What to say to a message without a question: a greeting is greeted, thanks are taken."""
    return "hello" if intent == "thanks" and _GREETING.search(text) else intent


def _after(before: Before, moves: Sequence[Move]) -> Before:
    """What is remembered after a clause, for the next of the same message."""
    calls = tuple(move for move in moves if isinstance(move, Call))
    accounts = [c.arguments["account_id"] for c in calls if "account_id" in c.arguments]
    account = accounts[-1] if accounts else before.account
    return replace(before, calls=calls or before.calls, account=account, pending=None)


def _each_once(moves: Sequence[Move]) -> list[Move]:
    found: list[Move] = []
    for move in moves:
        if not any(_says_as_much(known, move) for known in found):
            found.append(move)
    return found


def _says_as_much(known: Move, move: Move) -> bool:
    """Whether a move brings nothing that one before it does not bring."""
    if isinstance(known, Call) and isinstance(move, Call):
        return known.tool == move.tool and move.arguments.items() <= known.arguments.items()
    return known == move
