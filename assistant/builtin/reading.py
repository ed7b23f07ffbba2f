"""A message is read clause by clause: what it asks, of whom, and what it leaves to the thread.

It never guesses an account: several that fit are asked about, and one that is named but not known
is said to be unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assistant.builtin.arguments import ArgumentWriter, Asker
from assistant.builtin.dialogue import Before, described, placed
from assistant.builtin.entities import (
    Linked,
    is_bare,
    near_names,
    other_name,
    whole_names,
    without_name,
)
from assistant.builtin.examples import Intent
from assistant.builtin.moves import Ask, Call, Move, Say
from assistant.builtin.slots import Colleague, Slots, Ware, find_slots, lexicon, without_slots
from assistant.builtin.understand import CONFIDENT, Guess, Understanding
from assistant.builtin.when import shifted
from assistant.builtin.words import plain_form
from crm.settings import Language
from tools.accounts import Match, NamedAccount
from tools.arguments import Arguments

MOST_CHOICES = 8
_EXAMPLES = 3
_STAND_INS: dict[Language, str] = {"ja": "A社", "en": "Acme"}
"""What the examples of prompts/intents call any account."""
_SEVERAL = 2
_SHORTEST_CLAUSE = 6
_CLEAR_ALONE = 0.92
_VAGUE = 0.95
"""Below it, without a word of its intent, a follow-up only changes what was asked before."""
_ID = re.compile(r"[A-Za-z]+[0-9]+")
_SHORT_LEFT, _SHORT_LATIN = 6, 20
_SHORTEST_NAME = 4
_CLEAR, _CLEAR_BY_WORD = 0.95, 0.9
"""The score at which a part asks something by itself, and with a word of its intent."""
_NEAR = 0.09
"""How much less than the best an intent may score that fits the arguments better."""
_CLAUSE = re.compile(
    r"(?<=[。！？!?\n])\s*|(?<=[a-z])\.\s+(?=[A-Z])|[;；]\s*|"
    r"、?(?:それと|それから|あと、|あわせて|併せて|ついでに|加えて)、?|"
    r",?\s+(?:and also|also,|and then|as well as)\s+",
)
_WEAK_CLAUSE = re.compile(
    r"、と|と、|、|,\s+(?:and\s+)?|\s+and\s+|(?<=[^とに])と(?=[^のはこかもいうしなきっ])"
)
_COMPANIONS = re.compile(r"と(?!も|は|の|か|い|し|な|き|っ)|、|\band\b|\bvs\.?|\bversus\b|\bor\b|,")
_DEALS = re.compile(r"の(?:商談|案件)|deals\b", re.IGNORECASE)
_GREETING = re.compile(
    r"こんにちは|こんばんは|おはよう|はじめまして|やあ|お世話になり|お世話になって|調子は|よろしく"
    r"|\bhello\b|\bhi\b|\bhey\b|good (?:morning|afternoon|evening)|how are you",
    re.IGNORECASE,
)
_SPEAKS_OF_DEALS = re.compile(r"商談|案件|deals?\b", re.IGNORECASE)
_WITHOUT = {"orders": "kpi_pair", "deals": "kpi_pair"}
"""The tool whose rows tell which accounts have none of something."""
_ONLY_ACCOUNTS = frozenset({
    "c_trap", "neglected_b", "champion_left", "contract_ends", "engagement_surge",
    "engagement_drop", "margin_down", "sales_down", "silence",
})  # fmt: skip
"""Signs of trouble that accounts have, and no deal."""
_SUCH_A_ONE = re.compile(r"[^、。\s]{1,12}?の?(?:ほう|方|会社|ところ)(?=の|は|を|が|、|$)")
_FREE_TEXT = frozenset({"search_knowledge", "open_passage", "find_account", "briefing"})
"""Tools to which the name of a product is part of what is looked for, or does no harm."""
_NEGATED = re.compile(
    r"^.*(?:じゃなくて?|ではなく(?:て)?|でなく(?:て)?)[、,]?\s*(?=\S{2})|^not [^,]+,\s*(?=\S{2})",
    re.IGNORECASE,
)
_OF_ONE = frozenset({
    "deepening_stage", "depth_score", "driver_grid", "portfolio_zones", "abcd_matrix",
    "compare_grids", "key_account_selection", "engagement_report", "white_space",
})  # fmt: skip
"""Tools that go on speaking of the account just spoken of, unless many are asked for."""
_OF_MANY = re.compile(
    r"取引先(?!と)|顧客|会社|企業|お客|各社|全体|全社|一覧|どこ|どの|何社|accounts|customers|companies|which|overall|all\b"
)
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
_DEAL_SIGNALS = "deal_health"
_SOURCE = re.compile(r"(?:出典|資料|ソース|source|\[|【|#)\s*([0-9０-９]{1,2})|([0-9]{1,2})番")
_MASKED = "\u3000"


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
        self._wares = wares
        self._understanding = understanding
        self._accounts = accounts
        self._people = people
        self._asker = asker
        self._language = language
        self._writer = ArgumentWriter(arguments, people, asker)

    def read(self, text: str, before: Before) -> list[Move]:
        """What is to be done about a message, in the order in which it asks."""
        if before.pending is not None and (answered := self._answered(text, before)):
            return answered
        moves: list[Move] = []
        for part in self._clauses(text):
            found = self._clause(self._parsed(part, before.listed), before)
            moves += found
            before = _after(before, found)
        return _each_once(moves)

    # ------------------------------------------------------------------ the answer to a question

    def _answered(self, text: str, before: Before) -> list[Move]:
        """The waiting call with the account that this message gives; nothing when it gives none."""
        pending = before.pending
        assert pending is not None  # noqa: S101 - asked by the caller
        chosen = pending.chosen(text, self._accounts) if pending.choices else None
        if chosen is not None:
            return [self._about(pending.call, chosen)]
        links = self._parsed(text).links
        if len(links) == 1 and links[0].accounts and is_bare(text, links[0].key):
            return self.with_account(pending.call, links[0])
        return []

    # ------------------------------------------------------------------ clauses

    def parsed(self, text: str) -> Clause:
        """A message as one clause, with the accounts that it names."""
        return self._parsed(text)

    def asked_by_a_word(self, text: str) -> str | None:
        """The tool that a message asks for in a word of its own."""
        best = self._understanding.guess(self._parsed(text).masked)[0]
        return best.intent.tool if best.words else None

    def _clauses(self, text: str) -> list[str]:
        """The message cut where each part asks something of its own."""
        parts = [part.strip() for part in _CLAUSE.split(text) if part and part.strip()]
        found: list[str] = []
        for part in parts or [text]:
            found += self._halves(part)
        merged: list[str] = []
        for part in found:
            if merged and not self._asks(part):
                merged[-1] = f"{merged[-1]} {part}"
            else:
                merged.append(part)
        if len(merged) > 1 and not self._asks(merged[0]):
            merged[:2] = [f"{merged[0]} {merged[1]}"]
        return merged

    def _halves(self, text: str) -> list[str]:
        """A part cut at a comma or "and" where both sides ask different things clearly."""
        names = whole_names(text, self._accounts)
        if len(self._understanding.intents_by_words(text)) < _SEVERAL > len(names):
            return [text]
        whole = self._understanding.guess(self._parsed(text).masked)[0]
        if whole.intent.name == "compare_grids":
            return [text]  # it names what it compares
        for match in _WEAK_CLAUSE.finditer(text):
            one, other = text[: match.start()], text[match.end() :]
            if self._differ(one, other):
                return [one, *self._halves(other)]
        return [text]

    def _differ(self, one: str, other: str) -> bool:
        if min(len(one), len(other)) < 3:
            return False
        first, second = self._clear(one), self._clear(other)
        if first is None or second is None:
            return False
        return first.intent.tool != second.intent.tool or (
            bool(whole_names(one, self._accounts)) and bool(whole_names(other, self._accounts))
        )

    def _clear(self, text: str) -> Guess | None:
        """The intent of a part that asks by its own words; None when it is not clear."""
        parsed = self._parsed(text)
        if not parsed.left:
            return None  # a name, or what only changes an argument
        best = self._understanding.guess(parsed.masked)[0]
        sure = best.score >= (_CLEAR_BY_WORD if best.words else _CLEAR)
        return best if sure and best.intent.tool else None

    def _asks(self, text: str) -> bool:
        """Whether a sentence of a message asks something by itself."""
        if len(text) < _SHORTEST_CLAUSE:
            return False
        parsed = self._parsed(text)
        if not parsed.left:
            return parsed.has_account
        best = self._understanding.guess(parsed.masked)[0]
        return best.score >= (_CLEAR_BY_WORD if best.words else _CLEAR_ALONE)

    def _parsed(self, text: str, listed: Sequence[str] = ()) -> Clause:
        text = _without_negated(text)
        names = whole_names(text, self._accounts)
        if not names and listed and (one := self._listed(text, listed)):
            return self._placed(text, *one)
        masked, bare = text, text
        for link in names:
            masked = without_name(masked, link.key, _STAND_INS[self._language])
            bare = without_name(bare, link.key, _MASKED)
        slots = self._slots(bare)
        links = list(names)
        if not names or slots.compares:
            links += self._others(slots, bare, names)
        rest = slots.rest
        for link in links:
            if link.text and link.accounts:
                rest = _without_word(rest, link.text)
            if link.text and (link.accounts or self._may_be_name(link.text)):
                masked = _without_word(masked, link.text, _STAND_INS[self._language])
        return Clause(text, masked, tuple(links), slots, _left(rest))

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
        rest = text[:start] + _MASKED * (end - start) + text[end:]
        masked = text[:start] + _STAND_INS[self._language] + text[end:]
        slots = self._slots(rest)
        named = next(a for a in self._accounts if a.account_id == account)
        match = Match(account, named.name, named.industry, named.city, "id", 100)
        return Clause(text, masked, (Linked((match,), key=account),), slots, _left(slots.rest))

    def _slots(self, text: str) -> Slots:
        day, start = self._asker.as_of, self._asker.fiscal_start
        return find_slots(text, self._people, day, start, self._wares)

    def _may_be_name(self, text: str) -> bool:
        return len(text) >= _SHORTEST_NAME and not self._understanding.intents_by_words(text)

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

    # ------------------------------------------------------------------ what a clause asks

    def _clause(self, clause: Clause, before: Before) -> list[Move]:
        if clause.slots.language and not clause.left and before.calls:
            return list(before.calls)
        if before.calls and (self._only_changes(clause) or self._moves_period(clause, before)):
            return self._changed(clause, before)
        if clause.has_account and all(is_bare(clause.text, link.key) for link in clause.links):
            return self.with_account(Call("briefing"), clause.links[0])
        if clause.unknown and not _left(_without_word(clause.slots.rest, clause.unknown)):
            return [self._unknown(clause.unknown)]
        guesses = self._understanding.guess(clause.masked)
        deals = bool(clause.slots.thresholds) and bool(_DEALS.search(clause.text))
        if before.calls and not clause.slots.says_nothing and not deals and _is_vague(guesses[0]):
            changed = self._changed(clause, before)
            if changed != list(before.calls):
                return changed
        intent = self._intent(clause, guesses)
        if intent is None:
            return self._unsure(clause, guesses)
        if intent.tool is None:
            return [Say(_saying(intent.name, clause.text))]
        if self._narrows(intent, clause, before):
            return self._changed(clause, before)
        if self._asks_of_ware(intent.tool, clause):
            return self._unsure(clause, guesses)
        return self._asked(intent, clause, before)

    def _asks_of_ware(self, tool: str, clause: Clause) -> bool:
        """Whether a clause asks of a product what that tool knows of whole accounts only."""
        slots = clause.slots
        if slots.ware is None or tool in _FREE_TEXT:
            return False
        return not self._writer.knows_ware(tool, slots)

    def _narrows(self, intent: Intent, clause: Clause, before: Before) -> bool:
        """Whether a clause asks for fewer rows, or another order, of what was asked before."""
        same = bool(before.calls) and before.calls[-1].tool == intent.tool
        return same and clause.slots.narrows and not clause.has_account

    def _moves_period(self, clause: Clause, before: Before) -> bool:
        """Whether a short clause asks the same of the period before: 昨年同期は？"""
        short = _SHORT_LATIN if clause.left.isascii() else _SHORT_LEFT
        if len(clause.left) > short or self._understanding.intents_by_words(clause.masked):
            return False
        return any(self._shifted(call, clause) for call in before.calls)

    def _shifted(self, call: Call, clause: Clause) -> str | None:
        known = call.arguments.get("period")
        day, start = self._asker.as_of, self._asker.fiscal_start
        return shifted(known, day, start, clause.text) if isinstance(known, str) else None

    def _only_changes(self, clause: Clause) -> bool:
        """Whether a clause only changes arguments of what was asked before."""
        says = not clause.slots.says_nothing or clause.has_account
        return says and not clause.left and clause.unknown is None

    def _changed(self, clause: Clause, before: Before) -> list[Move]:
        calls: list[Move] = []
        for call in before.calls:
            moved = self._moved(call, clause)
            calls += self._with_links(moved, clause) if clause.has_account else list(moved)
        return calls

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
                call = Call(_of_period(clause.text), call.arguments)
        return self._writer.write(call, slots)

    def _intent(self, clause: Clause, guesses: Sequence[Guess]) -> Intent | None:
        """What is asked for; None when nothing is clear."""
        best, slots = guesses[0], clause.slots
        outside = next(g for g in guesses if g.intent.name == "outside")
        if outside.words and outside.score >= best.score - _NEAR:
            return outside.intent
        if best.intent.tool is None and (best.words or best.score >= CONFIDENT):
            return best.intent
        if slots.thresholds and _DEALS.search(clause.text):
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

    # ------------------------------------------------------------------ the calls of an intent

    def _asked(self, intent: Intent, clause: Clause, before: Before) -> list[Move]:
        tool, slots = intent.tool or "", clause.slots
        if slots.absence is not None and not self._writer.shows_absence(tool, slots):
            tool, intent = _WITHOUT.get(slots.absence.what, tool), replace(intent, arguments={})
        if tool == "search_knowledge":
            return self._searched(clause)
        if tool == "pipeline_metrics" and slots.thresholds and _DEALS.search(clause.text):
            tool = _DEAL_SIGNALS
        if tool == "account_overview" and slots.period:
            tool = _of_period(clause.text)
        if tool == "open_passage":
            return [_opened(clause.text, before)]
        if tool == "find_account":
            if clause.unknown and _ID.fullmatch(clause.unknown):
                return [self._unknown(clause.unknown)]
            return [Call(tool, {"text": _sought(clause)})]
        if (
            tool == "needs_attention"
            and slots.signal
            and not self._writer.takes(tool, "signal", slots.signal)
        ):
            tool = _DEAL_SIGNALS
        if tool == "needs_attention" and slots.signal in _deal_only(self._writer):
            tool = _DEAL_SIGNALS
        words = {"text": clause.text} if self._writer.takes(tool, "text") else {}
        calls = self._writer.write(Call(tool, {**intent.arguments, **words}), slots)
        if intent.account == "none":
            return list(calls)
        return self._on_account(calls, intent, clause, before)

    def _on_account(
        self, calls: list[Call], intent: Intent, clause: Clause, before: Before
    ) -> list[Move]:
        if clause.has_account:
            return self._with_links(calls, clause)
        back = clause.slots.refers_back and before.account
        likely = next((link for link in clause.links if link.text), None)
        if intent.account == "optional":
            if clause.unknown:
                return [self._unknown(clause.unknown)]
            if back:
                return [self._about(call, back) for call in calls]
            if not clause.slots.points_at:
                if calls and self._goes_on(calls[0], clause, before):
                    return [self._about(call, str(before.account)) for call in calls]
                return list(calls)
        elif likely is not None and not (back and not clause.unknown):
            return [self._unknown(likely.text)]
        elif before.account:
            return [self._about(call, before.account) for call in calls]
        return [Ask(calls[0])]

    def _goes_on(self, call: Call, clause: Clause, before: Before) -> bool:
        """Whether a question that names no account is about the one just spoken of."""
        spoken = bool(before.calls) and "account_id" in before.calls[-1].arguments
        slots = clause.slots
        of_others = slots.people or slots.teams or slots.mine or slots.limit or slots.thresholds
        return (
            spoken
            and call.tool in _OF_ONE
            and not of_others
            and not (slots.letter or slots.place)
            and not _OF_MANY.search(plain_form(clause.text))
        )

    def _with_links(self, calls: Sequence[Call], clause: Clause) -> list[Move]:
        """Each call about each account named, in order; an account in doubt is asked about."""
        found: list[Move] = []
        for call in calls:
            for link in clause.links:
                if link.accounts:
                    found += self.with_account(call, link)
                elif link.is_named:
                    found.append(self._unknown(link.text))
        return found

    def _unknown(self, text: str) -> Say:
        return Say("no_account", text, tuple(near_names(text, self._accounts)))

    def with_account(self, call: Call, link: Linked) -> list[Move]:
        if link.only:
            return [self._about(call, link.only)]
        return [Ask(call, link.text or link.accounts[0].name, link.accounts[:MOST_CHOICES])]

    def _about(self, call: Call, account: str) -> Call:
        more: dict[str, Any] = {"level": "account"} if call.tool == "targets_and_gap" else {}
        if not call.arguments.get("where"):
            more |= {"owner_id": None, "team": None}
        if call.tool in _OF_ONE:
            more["limit"] = None
        return call.with_(account_id=account, **more)

    def _searched(self, clause: Clause) -> list[Move]:
        call = Call("search_knowledge", {"question": clause.text})
        if clause.slots.kind:
            only = clause.links[0].only if clause.names_one else None
            industry = None if only else self._industry(clause.text)
            call = call.with_(kind=clause.slots.kind, account_id=only, industry=industry)
        return [call.with_(limit=clause.slots.limit)]

    def _without_industries(self, text: str) -> str:
        """医療機器業界 is an industry, and not the companies that have it in their names."""
        for industry in {a.industry for a in self._accounts if a.industry}:
            text = re.sub(rf"{re.escape(industry)}(?=業界|業種|セクター| industry)", _MASKED, text)
        return text

    def _industry(self, text: str) -> str | None:
        """The industry that a message names; None where it names none or several."""
        known = {a.industry for a in self._accounts if a.industry and a.industry in text}
        return known.pop() if len(known) == 1 else None

    def _unsure(self, clause: Clause, guesses: Sequence[Guess]) -> list[Move]:
        """Nothing asked is clear: perhaps a document answers it, else what might be meant."""
        if clause.unknown:
            return [self._unknown(clause.unknown)]
        if any(g.intent.tool == "search_knowledge" for g in guesses[:_EXAMPLES]):
            return self._searched(clause)
        near = self._understanding.examples_near(list(guesses), self._language, _EXAMPLES)
        return [Say("unsure", examples=tuple(near))]


def _of_period(text: str) -> str:
    """The tool that tells of a period what the overview tells of the last year."""
    discounts = re.search(r"値引き|discount", text, re.IGNORECASE)
    return "price_and_terms" if discounts else "customer_profitability"


def _is_vague(guess: Guess) -> bool:
    return not guess.words and guess.score < _VAGUE


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


def _saying(intent: str, text: str) -> Any:
    """What to say to a message without a question: a greeting is greeted, thanks are taken."""
    return "hello" if intent == "thanks" and _GREETING.search(text) else intent


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


def _deal_only(writer: ArgumentWriter) -> frozenset[str]:
    """Signals that only deals have."""
    names = ("stalled", "overdue", "silent_30", "one_sided", "no_decision_maker", "no_next_step")
    return frozenset(name for name in names if writer.takes("deal_health", "signal", name))


def _without_negated(text: str) -> str:
    """停滞じゃなくて予定日超過なら？ asks for what comes after."""
    return _NEGATED.sub("", text)


def _without_word(text: str, word: str, instead: str = _MASKED) -> str:
    """The text without a word of its plain form, where it stands as it is."""
    place = plain_form(text).find(word)
    if place < 0 or len(plain_form(text)) != len(text):
        return text
    return text[:place] + instead + text[place + len(word) :]


def _left(rest: str) -> str:
    """What remains when arguments and the words around them are gone."""
    words = lexicon()
    plain = without_slots(rest)
    for group in ("group", "correction", "compare"):
        patterns = words[group]
        for pattern in patterns:
            plain = re.sub(pattern.casefold(), " ", plain)
    for pattern in words["faint_reference"]:
        plain = re.sub(pattern.casefold(), " ", plain)
    if not re.search(r"[\u3040-\u30ff\u3400-\u9fff]", plain):
        known = set(words["ellipsis_en"])
        tokens = re.findall(r"[a-z0-9'’]+", plain)
        return " ".join(t for t in tokens if t.removesuffix("'s").removesuffix("’s") not in known)
    for word in sorted(words["ellipsis_ja"], key=len, reverse=True):
        plain = plain.replace(word, " ")
    return re.sub(r"[\s\u3000、。,.?？!！「」『』…ー〜~]+", "", plain)
