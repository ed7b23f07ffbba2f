"""The names of a draft are checked against the turn: its facts, passages, warnings, the user."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assistant.named import Names
from assistant.strangers import Heard, Span, strangers
from tools.facts import Fact

_ASKED_OF = {
    "account_id": "account", "owner_id": "person", "from_person_id": "person",
    "contact_id": "contact",
}  # fmt: skip
"""The arguments of tools that say whom a result is about."""


class Spoken:
    """Whom a turn speaks of, by the names that are known; facts are read once."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._of: set[str] = set()
        self._texts: list[str] = []
        self._read = 0

    def unnamed(self, text: str, facts: Sequence[Fact], heard: Sequence[str]) -> list[Span]:
        """Where a text names an account, person or product of which the turn does not speak.

        `heard` are the words beside the facts: of the user, of warnings and of cited passages.
        """
        self._read_facts(facts)
        mentions = self._names.find(text)
        known = self._of
        if any(not (m.of & known) for m in mentions):
            known = known | self._bearers([*heard, self._names.own])
        spans = [(m.start, m.end) for m in mentions if not (m.of & known)]
        taken = [(m.start, m.end) for m in mentions]
        words = Heard([*heard, *self._texts, self._names.own])
        return spans + list(strangers(text, words, taken, self._names.surnames))

    def _bearers(self, texts: Iterable[str]) -> set[str]:
        return {bearer for text in texts for m in self._names.find(text) for bearer in m.of}

    def _read_facts(self, facts: Sequence[Fact]) -> None:
        for fact in facts[self._read :]:
            if isinstance(fact.value, str) and fact.name != "passage.text":
                self._texts.append(fact.value)
                self._of |= self._bearers([fact.value])
            if fact.name == "account.id":
                self._of.add(f"account:{fact.value}")
            if fact.subject:
                self._of.add(fact.subject)
            arguments = fact.basis.arguments
            self._of |= {f"{_ASKED_OF[n]}:{v}" for n, v in arguments.items() if n in _ASKED_OF}
        self._read = len(facts)
