"""What a message speaks of: accounts and people as they are recorded, periods, groups, numbers.

An account is linked only when the message names it; several that fit are all handed back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from crm.names import match_key, normal
from prompts import loader
from tools.accounts import Match, NamedAccount, matches

_LATIN = re.compile(r"[a-z0-9]")
_LATIN_NAME = re.compile(r"[a-z0-9&.'’ -]+")
_COMPANY = re.compile(r"株式会社|有限会社|合同会社|[(（]株[)）]|㈱")


@dataclass(frozen=True)
class Linked:
    """The accounts a message may mean: one is certain, several are a choice, none with `text` is
    a name that is not known, none without is no name at all."""

    accounts: tuple[Match, ...] = ()
    text: str = ""

    @property
    def only(self) -> str | None:
        return self.accounts[0].account_id if len(self.accounts) == 1 else None


@dataclass(frozen=True)
class Slots:
    """The arguments a message gives, apart from the account."""

    by: str | None = None
    period: str | None = None
    limit: int | None = None
    signal: str | None = None
    mine: bool = False
    refers_back: bool = False
    person: str | None = None
    team: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@cache
def _lexicon() -> dict[str, Any]:
    lexicon: dict[str, Any] = loader.data("intents/slots.yaml")
    return lexicon


def find_slots(text: str, people: Sequence[tuple[str, str, str | None]]) -> Slots:
    """The slots of a message; `people` are (id, name, team) of those the asker may see."""
    plain = normal_keeping_kana(text)
    lexicon = _lexicon()
    return Slots(
        by=_first(lexicon["by"], plain),
        period=_period(plain),
        limit=_limit(plain),
        signal=_first(lexicon["signal"], plain),
        mine=_any(lexicon["mine"], plain),
        refers_back=_any(lexicon["reference"], plain),
        person=_person(plain, people),
        team=next((t for _i, _n, t in people if t and normal_keeping_kana(t) in plain), None),
    )


def normal_keeping_kana(text: str) -> str:
    """NFKC and one case, hiragana left as it is: the form the lexicon's patterns are written in."""
    import unicodedata

    return unicodedata.normalize("NFKC", text).casefold()


def _any(patterns: Sequence[str], text: str) -> bool:
    return any(re.search(p.casefold(), text) for p in patterns)


def _first(groups: dict[str, Sequence[str]], text: str) -> str | None:
    return next((name for name, patterns in groups.items() if _any(patterns, text)), None)


def _period(text: str) -> str | None:
    for entry in _lexicon()["period_patterns"]:
        if match := re.search(entry["pattern"], text):
            written: str = entry["period"].format(*match.groups())
            return written
    return _first(_lexicon()["period"], text)


def _limit(text: str) -> int | None:
    for pattern in _lexicon()["limit"]:
        if match := re.search(pattern, text):
            return max(1, min(int(match[1]), 50))
    return None


def _person(text: str, people: Sequence[tuple[str, str, str | None]]) -> str | None:
    """A colleague named in full, or by a family name that only one of them has."""
    squeezed = text.replace(" ", "").replace("\u3000", "")
    found = {i for i, name, _t in people if normal_keeping_kana(name).replace(" ", "") in squeezed}
    if not found:
        for i, name, _team in people:
            family = normal_keeping_kana(name).split()[0] if name.split() else ""
            if len(family) >= 2 and re.search(
                re.escape(family) + r"(さん|氏|君|の担当|担当)", text
            ):
                found.add(i)
    return found.pop() if len(found) == 1 else None


# ------------------------------------------------------------------ accounts


def link_account(text: str, accounts: Sequence[NamedAccount]) -> Linked:
    """The accounts a message names, by whole names first, then by what is left of the message."""
    whole = _whole_names(text, accounts)
    if whole:
        return Linked(tuple(whole))
    left = leftover(text)
    if len(left) < 2:
        return Linked()
    found = matches(list(accounts), left)
    if found:
        return Linked(tuple(found), left)
    named = _COMPANY.search(text) or _looks_like_name(left)
    return Linked((), left) if named else Linked()


def _whole_names(text: str, accounts: Sequence[NamedAccount]) -> list[Match]:
    """Accounts whose whole name, alias, kana or id stands in the message; longer names win."""
    key = match_key(text)
    words = re.findall(r"[a-z0-9&.'’-]+", normal(text))
    phrases = {
        match_key(" ".join(words[i:j]))
        for i in range(len(words))
        for j in range(i + 1, min(i + 7, len(words)) + 1)
    }
    found: list[tuple[str, NamedAccount, str]] = []
    for account in accounts:
        for kind, name in account.keys:
            latin = bool(_LATIN_NAME.fullmatch(name))
            stands = name in phrases if latin else len(name) >= 2 and name in key
            if stands and (kind != "id" or _is_id(name, words)):
                found.append((name, account, kind))
    longest = [
        (name, account, kind)
        for name, account, kind in found
        if not any(name != other and name in other for other, _a, _k in found)
    ]
    return list(
        {
            account.account_id: Match(
                account.account_id, account.name, account.industry, account.city, kind, 100
            )
            for _name, account, kind in longest
        }.values()
    )


def _is_id(name: str, words: Sequence[str]) -> bool:
    """An id counts only when it stands alone and is no plain number (a count or a year)."""
    return name in words and not name.isdigit()


def leftover(text: str) -> str:
    """What is left of a message without the words of requests: perhaps an account's name."""
    plain = normal_keeping_kana(text)
    lexicon = _lexicon()
    for group in ("by", "period", "signal"):
        for patterns in lexicon[group].values():
            for pattern in patterns:
                plain = re.sub(pattern.casefold(), " ", plain)
    if _LATIN.search(plain) and not re.search(r"[ぁ-んァ-ヶ一-龠]", plain):
        filler = set(lexicon["filler_en"])
        words = [w.strip("?!,.'’") for w in plain.replace("'s", " ").split()]
        return " ".join(w for w in words if w and w not in filler)
    for word in sorted(lexicon["filler_ja"], key=len, reverse=True):
        if len(word) > 1 or not re.match(r"[ぁ-ん]", word):
            plain = plain.replace(word.casefold(), " ")
    plain = re.sub(r"(?<=[^ぁ-ん])[のはをにへとがでもか]+(?=\s|$)|^[ぁ-ん]+(?=\s)", " ", plain)
    parts = [p for p in plain.split() if not re.fullmatch(r"[ぁ-ん]{1,3}", p)]
    return max(parts, key=len, default="").strip()


def _looks_like_name(left: str) -> bool:
    """Short, and of kanji, katakana or Latin letters only: more likely a name than a request."""
    return len(left) <= 20 and bool(re.fullmatch(r"[一-龠々ァ-ヶーa-z0-9・& ]+", left))
