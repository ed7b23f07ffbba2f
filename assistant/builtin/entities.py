"""Which accounts a message names, as they are recorded; several that fit are all handed back.

An account is linked only when the message names it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from assistant.builtin.slots import lexicon, without_slots
from assistant.builtin.words import plain_form
from crm.names import match_key, normal
from tools.accounts import Match, NamedAccount, matches

_LATIN = re.compile(r"[a-z0-9]")
_LATIN_NAME = re.compile(r"[a-z0-9&.'’ -]+")
_SHORTEST_TYPO = 4
_SHORTEST_ENGLISH = 3
_LONGEST_MASKED = 300
_ENOUGH_LETTERS = 5
_SHORTEST_KANA = 4
_NEAR = 70
_KANA = re.compile(r"(?<![\u3040-\u30ff\u3400-\u9fff])[\u3041-\u3096ー]{4,}")
_JA_ENDINGS = (
    "工業|商事|製作所|電機|電子|食品|物流|化学|金属|精機|産業|商店|銀行|機械|システムズ?|フーズ|製薬|"
    "建設|運輸|自動車|ホールディングス|ジャパン|本舗|工務店|電装|樹脂|倉庫"
)
_POLITE = re.compile(
    r"(?:お願いします|お願い|ください|です|の件|について|に関して|さん|様|御中|の|は|を|で|ね|よ|"
    r"please|about|the|account|i mean|it is|it's|[\s、。,.?!「」『』\"'])*"
)
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


def whole_names(text: str, accounts: Sequence[NamedAccount]) -> list[Linked]:
    """The accounts whose whole name, alias, kana or id stands in a message, in its order.

    A name that several bear, or that is nearly another's, is one link with several accounts.
    """
    found = [
        Linked(tuple(_with_namesakes(text, key, linked, accounts)), key=key)
        for key, linked in _whole_names(text, accounts)
    ]
    return [one for n, one in enumerate(found) if not _stands_in(one, found[:n])]


def _stands_in(one: Linked, others: Sequence[Linked]) -> bool:
    """Whether the same accounts have been linked before, by another of their names."""
    ids = {match.account_id for match in one.accounts}
    return any(ids == {match.account_id for match in other.accounts} for other in others)


def other_name(rest: str, text: str, accounts: Sequence[NamedAccount]) -> Linked:
    """The account that what is left of a message may name: in part, with a slip, or unknown."""
    if spoken := _by_kana(rest, accounts):
        return spoken
    parts = leftovers(rest)
    for part in parts:
        found = [m for m in matches(list(accounts), part) if _is_part(m, part, accounts)]
        if found and (len(found) == 1 or _begins(part, accounts) or not part.isascii()):
            return Linked(tuple(found), part, match_key(part))
    if id_ := _unknown_id(text, accounts):
        return Linked((), id_, is_named=True)
    named = _unknown_name(text, parts)
    likely = named or max(parts, key=len, default="")
    for part in [likely] if len(likely) >= _SHORTEST_TYPO else []:
        found = matches(list(accounts), part)
        if found:
            return Linked(tuple(found), part, match_key(part))
    if named or (likely and _looks_like_name(likely, text)):
        return Linked((), likely, is_named=named is not None)
    return Linked()


def _is_part(match: Match, part: str, accounts: Sequence[NamedAccount]) -> bool:
    """Whether a part of a name is enough: in Latin letters its beginning, or five of them."""
    if match.how == "typo":
        return False
    wanted = match_key(part)
    if match.how != "part" or not wanted.isascii() or len(wanted) >= _ENOUGH_LETTERS:
        return True
    keys = next(a.keys for a in accounts if a.account_id == match.account_id)
    return any(key.startswith(wanted) for _kind, key in keys)


def _begins(part: str, accounts: Sequence[NamedAccount]) -> bool:
    """Whether a name begins as the part does: "industries" stands inside many, and means none."""
    wanted = match_key(part)
    return any(key.startswith(wanted) for a in accounts for _kind, key in a.keys)


def _by_kana(text: str, accounts: Sequence[NamedAccount]) -> Linked | None:
    """The accounts whose reading begins as a run of kana does: きょうえいの商談."""
    for run in _KANA.findall(text):
        for end in range(len(run), _SHORTEST_KANA - 1, -1):
            wanted = match_key(run[:end])
            found = [
                Match(a.account_id, a.name, a.industry, a.city, "kana", 90)
                for a in accounts
                if any(kind == "kana" and key.startswith(wanted) for kind, key in a.keys)
            ]
            if len(found) == 1:
                near = matches(list(accounts), match_key(found[0].name))
                found += [m for m in near if m.account_id != found[0].account_id]
            if found:
                return Linked(tuple(found), run[:end], wanted)
    return None


def _unknown_id(text: str, accounts: Sequence[NamedAccount]) -> str | None:
    """A word in the form of the accounts' ids that is none of them."""
    forms = {re.sub(r"\d", "9", a.account_id) for a in accounts[:1]}
    known = {a.account_id.casefold() for a in accounts}
    for word in re.findall(r"(?<![A-Za-z0-9])[A-Za-z]+[0-9]+(?![A-Za-z0-9])", text):
        if re.sub(r"\d", "9", word.upper()) in forms and word.casefold() not in known:
            return str(word)
    return None


def near_names(text: str, accounts: Sequence[NamedAccount]) -> list[str]:
    """The names of accounts that are nearly what a text says, at most three."""
    keys = [(a.name, key) for a in accounts for kind, key in a.keys if kind != "id"]
    scored = process.extract(
        match_key(text), [k for _n, k in keys], scorer=fuzz.ratio, score_cutoff=_NEAR, limit=6
    )
    return list(dict.fromkeys(keys[index][0] for _key, _score, index in scored))[:3]


def without_name(text: str, key: str, instead: str) -> str:
    """The message with the words that name an account replaced, where they are found."""
    if not key or len(text) > _LONGEST_MASKED:
        return text
    spans = [
        (start, end)
        for start in range(len(text))
        for end in range(start + max(1, len(key) - 2), min(len(text), start + len(key) + 24) + 1)
        if not (text[start].isspace() or text[end - 1].isspace())
        and match_key(text[start:end]) == key
    ]
    if not spans:
        return text
    start, end = max(spans, key=lambda span: (span[1] - span[0], -span[0]))
    return text[:start] + instead + text[end:]


def is_bare(text: str, key: str) -> bool:
    """Whether a message is a name and nothing else."""
    rest = plain_form(without_name(text, key, " "))
    return bool(key) and rest != plain_form(text) and bool(_POLITE.fullmatch(rest))


def _with_namesakes(
    text: str, key: str, found: list[Match], accounts: Sequence[NamedAccount]
) -> list[Match]:
    """A short name brings those that are nearly the same; the registered name or an id does not."""
    if len(found) != 1 or found[0].how == "id":
        return found
    if plain_form(found[0].name) in plain_form(text):
        return found
    near = matches(list(accounts), key)
    return near if any(m.account_id == found[0].account_id for m in near) else found


def _whole_names(text: str, accounts: Sequence[NamedAccount]) -> list[tuple[str, list[Match]]]:
    """Each name that stands in the message with its accounts; longer names win."""
    key = match_key(text)
    words = re.findall(r"[a-z0-9&.'’-]+", normal(text))
    phrases = {
        match_key(" ".join(words[i:j]))
        for i in range(len(words))
        for j in range(i + 1, min(i + 7, len(words)) + 1)
    }
    found: dict[str, list[tuple[NamedAccount, str]]] = {}
    for account in accounts:
        for kind, name in account.keys:
            latin = bool(_LATIN_NAME.fullmatch(name))
            stands = name in phrases if latin else len(name) >= 2 and name in key
            if stands and (kind != "id" or _is_id(name, words)):
                found.setdefault(name, []).append((account, kind))
    longest = [n for n in found if not any(n != other and n in other for other in found)]
    longest.sort(key=key.find)
    return [(name, _once(found[name])) for name in longest]


def _once(found: Sequence[tuple[NamedAccount, str]]) -> list[Match]:
    return list(
        {
            a.account_id: Match(a.account_id, a.name, a.industry, a.city, kind, 100)
            for a, kind in found
        }.values()
    )


def _is_id(name: str, words: Sequence[str]) -> bool:
    """An id counts only when it stands alone and is no plain number (a count or a year)."""
    return name in words and not name.isdigit()


def leftovers(text: str) -> list[str]:
    """What is left of a message without the words of requests: perhaps an account's name.

    In English the longest run of words comes first.
    """
    plain = without_slots(text)
    words = lexicon()
    if _LATIN.search(plain) and not re.search(r"[ぁ-んァ-ヶ一-龠]", plain):
        return _english_leftovers(plain, set(words["filler_en"]))
    for word in sorted(words["filler_ja"], key=len, reverse=True):
        if len(word) > 1 or not re.match(r"[ぁ-ん]", word):
            plain = plain.replace(word.casefold(), " ")
    plain = re.sub(r"(?<=[^ぁ-ん])[のはをにへとがでもか]+(?=\s|$)|^[ぁ-ん]+(?=\s)", " ", plain)
    parts = [p for p in plain.split() if not re.fullmatch(r"[ぁ-ん]+|.|[\d?!.,]+", p)]
    parts += [bare for p in parts if (bare := re.sub(r"^[ぁ-ん]+|[ぁ-ん]+$", "", p)) != p and bare]
    return sorted((p for p in parts if len(p) > 1), key=len, reverse=True)


def _english_leftovers(plain: str, filler: set[str]) -> list[str]:
    words = [w.strip("?!,.:;'’\"“”") for w in plain.replace("'s", " ").split()]
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


def _unknown_name(text: str, parts: Sequence[str]) -> str | None:
    """The part of a message that is surely a company's name: by its form or by its place."""
    plain = plain_form(text)
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
        elif _is_capitalised(part, text):
            return part
    return None


def _is_capitalised(part: str, text: str) -> bool:
    """Whether words stand in capitals as a name does: not one alone that begins a sentence."""
    words = part.split()
    pattern = r"\b" + r"[ ,.]+".join(re.escape(word.capitalize()) for word in words) + r"\b"
    for match in re.finditer(pattern, text):
        begins = not re.search(r"[\w,'’\"“(]\s*$", text[: match.start()])
        if len(words) > 1 or not begins:
            return True
    return False


def _looks_like_name(left: str, text: str) -> bool:
    """Short, of kanji, katakana or Latin letters only, these in capitals: likely a name."""
    if left.isascii():
        return _is_capitalised(left, text)
    return len(left) <= 20 and bool(re.fullmatch(r"[一-龠々ァ-ヶーa-z0-9・& ]+", left))
