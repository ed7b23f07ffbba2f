"""A clause is a part of a message with what was found in it: accounts, arguments, what is left.

It never guesses an account: all that a name may mean are kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.builtin.dialogue import described, placed
from assistant.builtin.entities import Linked, other_name, whole_names, without_name
from assistant.builtin.reading.ground import Ground
from assistant.builtin.reading.left import MASKED, left_of, without_negated, without_word
from assistant.builtin.slots import Slots, find_slots
from crm.settings import Language
from tools.accounts import Match

_STAND_INS: dict[Language, str] = {"ja": "A社", "en": "Acme"}
"""What the examples of prompts/intents call any account."""
_SHORTEST_NAME = 4
_COMPANIONS = re.compile(r"と(?!も|は|の|か|い|し|な|き|っ)|、|\band\b|\bvs\.?|\bversus\b|\bor\b|,")
_DEALS = re.compile(r"の(?:商談|案件)|deals\b", re.IGNORECASE)
_SUCH_A_ONE = re.compile(r"[^、。\s]{1,12}?の?(?:ほう|方|会社|ところ)(?=の|は|を|が|、|$)")


@dataclass(frozen=True)
class Clause:
    """A part of a message that asks one thing, with what was found in it.

    `masked` is its text with a stand-in for each account; `left` what is not understood of it.
    """

    text: str
    masked: str
    links: tuple[Linked, ...]
    slots: Slots
    left: str

    @property
    def names_one(self) -> bool:
        return len(self.links) == 1 and self.links[0].only is not None

    @property
    def has_account(self) -> bool:
        return any(link.accounts for link in self.links)

    @property
    def unknown(self) -> str | None:
        """A company's name that is surely one and that no account has."""
        return next((link.text for link in self.links if link.is_named and not link.accounts), None)

    def only_names(self, name: str) -> bool:
        """Whether it says no more than a name that no account has."""
        return not left_of(without_word(self.slots.rest, name))

    @property
    def bounds_deals(self) -> bool:
        """Whether it asks for deals above or below something: 1億円以上の商談."""
        return bool(self.slots.thresholds) and bool(_DEALS.search(self.text))


class Clauses:
    """Finds in a text the accounts that it names and the arguments that it gives."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._accounts = ground.accounts
        self._stand_in = _STAND_INS[ground.language]

    def parsed(self, text: str, listed: Sequence[str] = ()) -> Clause:
        """A text as one clause; `listed` are the accounts of the last answer's list."""
        text = without_negated(text)
        names = whole_names(text, self._accounts)
        if not names and listed and (one := self._listed(text, listed)):
            return self._placed(text, *one)
        masked, bare = text, text
        for link in names:
            masked = without_name(masked, link.key, self._stand_in)
            bare = without_name(bare, link.key, MASKED)
        slots = self._slots(bare)
        links = list(names)
        if not names or slots.compares:
            links += self._others(slots, bare, names)
        rest = slots.rest
        for link in links:
            if link.text and link.accounts:
                rest = without_word(rest, link.text)
            if link.text and (link.accounts or self._may_be_name(link.text)):
                masked = without_word(masked, link.text, self._stand_in)
        return Clause(text, masked, tuple(links), slots, left_of(rest))

    def _listed(self, text: str, listed: Sequence[str]) -> tuple[str, tuple[int, int]] | None:
        """The account of the last list that a message means, by its place or what it is."""
        if one := placed(text, listed):
            return one
        match = _SUCH_A_ONE.search(text)
        account = described(match[0], listed, self._accounts) if match else None
        return (account, match.span()) if match and account else None

    def _placed(self, text: str, account: str, span: tuple[int, int]) -> Clause:
        """The clause about an account that is meant by its place in the last list."""
        start, end = span
        rest = text[:start] + MASKED * (end - start) + text[end:]
        masked = text[:start] + self._stand_in + text[end:]
        slots = self._slots(rest)
        named = next(a for a in self._accounts if a.account_id == account)
        match = Match(account, named.name, named.industry, named.city, "id", 100)
        return Clause(text, masked, (Linked((match,), key=account),), slots, left_of(slots.rest))

    def _slots(self, text: str) -> Slots:
        ground, asker = self._ground, self._ground.asker
        return find_slots(text, ground.people, asker.as_of, asker.fiscal_start, ground.wares)

    def _may_be_name(self, text: str) -> bool:
        by_words = self._ground.understanding.intents_by_words
        return len(text) >= _SHORTEST_NAME and not by_words(text)

    def _others(self, slots: Slots, bare: str, names: Sequence[Linked]) -> list[Linked]:
        """The accounts named in part; of a comparison each side is looked at by itself."""
        if not slots.compares:
            return [other_name(self._without_industries(slots.rest), bare, self._accounts)]
        found = []
        for part in _COMPANIONS.split(slots.rest):
            link = other_name(part, part, self._accounts)
            if link.accounts or (link.is_named and not names):
                found.append(link)
        return found or ([] if names else [other_name(slots.rest, bare, self._accounts)])

    def _without_industries(self, text: str) -> str:
        """医療機器業界 is an industry, and not the companies that have it in their names."""
        for industry in {a.industry for a in self._accounts if a.industry}:
            text = re.sub(rf"{re.escape(industry)}(?=業界|業種|セクター| industry)", MASKED, text)
        return text
