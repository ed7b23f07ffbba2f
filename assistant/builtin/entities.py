"""What a message speaks of: accounts and people as they are recorded, periods, groups, numbers.

An account is linked only when the message names it; several that fit are all handed back.
"""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

from crm.names import match_key, normal
from crm.periods import add_months, fiscal_year_of
from prompts import loader
from tools.accounts import Match, NamedAccount, matches

Colleague = tuple[str, str, str | None]
"""Id, name and team of one of our people."""

_LATIN = re.compile(r"[a-z0-9]")
_LATIN_NAME = re.compile(r"[a-z0-9&.'’ -]+")
_SHORTEST_TYPO = 4
_SHORTEST_ENGLISH = 3
_LONGEST_MASKED = 300
_JA_ENDINGS = (
    "工業|商事|製作所|電機|電子|食品|物流|化学|金属|精機|産業|商店|銀行|機械|システムズ?|フーズ|製薬|"
    "建設|運輸|自動車|ホールディングス|ジャパン|本舗|工務店|電装|樹脂|倉庫"
)
_POLITE = re.compile(
    r"(?:お願いします|お願い|ください|です|の件|について|に関して|さん|様|御中|の|は|を|で|ね|よ|"
    r"please|about|the|account|i mean|it is|it's|[\s、。,.?!「」『』\"'])*"
)
_MONTHS = {name.casefold(): str(n) for n, name in enumerate(month_name) if name}
_COMPANY = re.compile(r"株式会社|有限会社|合同会社|[(（]株[)）]|㈱")


@dataclass(frozen=True)
class Linked:
    """The accounts a message may mean: one is certain, several are a choice, none with `text` is
    a name that is not known, none without is no name at all.

    `key` is the match key of the words that name them; `is_named` tells that the words of an
    unknown name are surely a company's.
    """

    accounts: tuple[Match, ...] = ()
    text: str = ""
    key: str = ""
    is_named: bool = False

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
    points_at: bool = False
    person: str | None = None
    team: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@cache
def _lexicon() -> dict[str, Any]:
    lexicon: dict[str, Any] = loader.data("intents/slots.yaml")
    return lexicon


def find_slots(text: str, people: Sequence[Colleague], as_of: date, fiscal_start: int) -> Slots:
    """The slots of a message; a period is one of those that tools take, seen from `as_of`."""
    plain = normal_keeping_kana(text)
    lexicon = _lexicon()
    return Slots(
        by=_first(lexicon["by"], plain),
        period=_period(plain, as_of, fiscal_start),
        limit=_limit(plain),
        signal=_first(lexicon["signal"], plain),
        mine=_any(lexicon["mine"], plain),
        refers_back=_any(lexicon["reference"] + lexicon["faint_reference"], plain),
        points_at=_any(lexicon["reference"], plain),
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


def _period(text: str, as_of: date, fiscal_start: int) -> str | None:
    for entry in _lexicon()["period_patterns"]:
        if match := re.search(entry["pattern"], text):
            groups = [_MONTHS.get(g, g) for g in match.groups()]
            return _written(entry["period"], groups, as_of, fiscal_start)
    return _first(_lexicon()["period"], text)


def _written(form: str, groups: list[str], as_of: date, fiscal_start: int) -> str:
    """A pattern's period: `{0}` its groups, `{this}` this fiscal year, `months` up to as_of."""
    if form == "months":
        begin = add_months(as_of, -_count(groups[0])) + timedelta(days=1)
        return f"{begin.isoformat()}..{as_of.isoformat()}"
    if form == "month":
        month = int(groups[-1])
        recent = as_of.year if month <= as_of.month else as_of.year - 1
        year = int(groups[0]) if len(groups) > 1 and groups[0] else recent
        return f"{year:04d}-{month:02d}"
    this = fiscal_year_of(as_of, fiscal_start)
    return form.format(*groups, this=this, last=this - 1)


def _limit(text: str) -> int | None:
    for pattern in _lexicon()["limit"]:
        if match := re.search(pattern, text):
            return max(1, min(_count(match[1]), 50))
    return None


def _count(word: str) -> int:
    """A number in digits, in kanji or in an English word, as the patterns let through."""
    return int(word) if word.isdigit() else int(_lexicon()["numbers"][word])


def _person(text: str, people: Sequence[Colleague]) -> str | None:
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


def link_account(
    text: str, accounts: Sequence[NamedAccount], people: Sequence[Colleague] = ()
) -> Linked:
    """The accounts a message names: by whole names first, then by what is left of the message."""
    whole = _whole_names(text, accounts)
    if whole:
        key, found = whole
        return Linked(tuple(_with_namesakes(text, key, found, accounts)), key=key)
    parts = leftovers(_without_people(text, people))
    for part in parts:
        found = [m for m in matches(list(accounts), part) if m.how != "typo"]
        if found:
            return Linked(tuple(found), part, match_key(part))
    named = _unknown_name(text, parts)
    likely = named or max(parts, key=len, default="")
    for part in [likely] if len(likely) >= _SHORTEST_TYPO else []:
        found = matches(list(accounts), part)
        if found:
            return Linked(tuple(found), part, match_key(part))
    if named or (likely and _looks_like_name(likely)):
        return Linked((), likely, is_named=named is not None)
    return Linked()


def without_name(text: str, key: str, instead: str) -> str:
    """The message with the words that name an account replaced, where they are found."""
    if not key or len(text) > _LONGEST_MASKED:
        return text
    spans = [
        (start, end)
        for start in range(len(text))
        for end in range(start + max(1, len(key) - 2), min(len(text), start + len(key) + 24) + 1)
        if match_key(text[start:end]) == key
    ]
    if not spans:
        return text
    start, end = max(spans, key=lambda span: (span[1] - span[0], -span[0]))
    return text[:start] + instead + text[end:]


def is_bare(text: str, key: str) -> bool:
    """Whether a message is a name and nothing else."""
    rest = normal_keeping_kana(without_name(text, key, " "))
    return bool(key) and rest != normal_keeping_kana(text) and bool(_POLITE.fullmatch(rest))


def _with_namesakes(
    text: str, key: str, found: list[Match], accounts: Sequence[NamedAccount]
) -> list[Match]:
    """A short name brings those that are nearly the same; the registered name or an id does not."""
    if len(found) != 1 or found[0].how == "id":
        return found
    if normal_keeping_kana(found[0].name) in normal_keeping_kana(text):
        return found
    near = matches(list(accounts), key)
    return near if any(m.account_id == found[0].account_id for m in near) else found


def _whole_names(text: str, accounts: Sequence[NamedAccount]) -> tuple[str, list[Match]] | None:
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
    if not longest:
        return None
    linked = {
        account.account_id: Match(
            account.account_id, account.name, account.industry, account.city, kind, 100
        )
        for _name, account, kind in longest
    }
    return max((name for name, _a, _k in longest), key=len), list(linked.values())


def _is_id(name: str, words: Sequence[str]) -> bool:
    """An id counts only when it stands alone and is no plain number (a count or a year)."""
    return name in words and not name.isdigit()


def leftovers(text: str) -> list[str]:
    """What is left of a message without the words of requests: perhaps an account's name.

    In English the longest run of words comes first.
    """
    plain = normal_keeping_kana(text)
    lexicon = _lexicon()
    for group in ("by", "period", "signal"):
        for patterns in lexicon[group].values():
            for pattern in patterns:
                plain = re.sub(pattern.casefold(), " ", plain)
    for entry in lexicon["period_patterns"]:
        plain = re.sub(entry["pattern"], " ", plain)
    for pattern in lexicon["limit"] + lexicon["mine"] + lexicon["reference"]:
        plain = re.sub(pattern.casefold(), " ", plain)
    if _LATIN.search(plain) and not re.search(r"[ぁ-んァ-ヶ一-龠]", plain):
        return _english_leftovers(plain, set(lexicon["filler_en"]))
    for word in sorted(lexicon["filler_ja"], key=len, reverse=True):
        if len(word) > 1 or not re.match(r"[ぁ-ん]", word):
            plain = plain.replace(word.casefold(), " ")
    plain = re.sub(r"(?<=[^ぁ-ん])[のはをにへとがでもか]+(?=\s|$)|^[ぁ-ん]+(?=\s)", " ", plain)
    parts = [p for p in plain.split() if not re.fullmatch(r"[ぁ-ん]+|.|[\d?!.,]+", p)]
    return sorted(parts, key=len, reverse=True)


def _english_leftovers(plain: str, filler: set[str]) -> list[str]:
    words = [w.strip("?!,.'’") for w in plain.replace("'s", " ").split()]
    runs: list[list[str]] = [[]]
    for word in words:
        if not word or word in filler or word.isdigit():
            runs.append([])
        else:
            runs[-1].append(word)
    pieces = {
        " ".join(run[i:j])
        for run in runs
        for i in range(len(run))
        for j in range(i + 1, len(run) + 1)
    }
    return sorted((p for p in pieces if len(p) >= _SHORTEST_ENGLISH), key=lambda p: (-len(p), p))


def _without_people(text: str, people: Sequence[Colleague]) -> str:
    """The message without the names and teams of colleagues."""
    for _id, name, team in people:
        family = name.split()[0] if name.split() else ""
        for word in (name, name.replace(" ", ""), f"{family}さん" if len(family) > 1 else "", team):
            if word:
                text = text.replace(word, " ")
    return text


def _unknown_name(text: str, parts: Sequence[str]) -> str | None:
    """The part of a message that is surely a company's name: by its form or by its place."""
    plain = normal_keeping_kana(text)
    for part in parts:
        here = re.escape(part)
        if re.search(r"[ぁ-んァ-ヶ一-龠]", plain):
            form = re.search(rf"(?:{_JA_ENDINGS})$", part)
            if _COMPANY.search(part) or (form and len(part) > len(form[0]) + 1):
                return part
            if re.search(rf"{here}\s*(?:さん|様|御中|株式会社)|株式会社\s*{here}", plain):
                return part
            if re.fullmatch(r"[ァ-ヶー・a-z0-9&]{3,}", part) and re.search(
                rf"{here}\s*(?:の|は|に|との|へ|って)", plain
            ):
                return part
        elif re.search(rf"\b(?:for|at|of|with|about) {here}", plain) or re.search(
            r"\b" + r"[ ,.]+".join(re.escape(w.capitalize()) for w in part.split()), text
        ):
            return part
    return None


def _looks_like_name(left: str) -> bool:
    """Short, and of kanji, katakana or Latin letters only: more likely a name than a request."""
    return len(left) <= 20 and bool(re.fullmatch(r"[一-龠々ァ-ヶーa-z0-9・& ]+", left))
