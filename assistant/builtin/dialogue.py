"""What a thread remembers: what was asked last, of which account, and what is still open."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from assistant.builtin.moves import Ask, Call
from crm.names import match_key
from tools.accounts import NamedAccount

_NUMBER = re.compile(
    r"\s*[(#]?([0-9０-９]{1,2})[).番]?(?:目|つ目|番目)?(?:です|で|の方|のほう)?(?:お願いします|お願い|頼みます)?[。.]?\s*"
)
_ORDINALS = (
    ("一", "first", "1st", "former", "前者", "上の"),
    ("二", "second", "2nd", "latter", "後者", "下の"),
    ("三", "third", "3rd"),
    ("四", "fourth", "4th"),
)
_ORDINAL_FORMS = "{0}つ目|{0}番目?|{0}個目|the {0}(?: one)?|{0}(?: one)?(?: please)?|{0}ほう|{0}方"
_WITH = re.compile(
    r"(?:カタカナの|ひらがなの|漢字の)?(.{1,4}?)(?:が|の)?(つ|付|入)(く|いている|いた|る|っている)(?:ほう|方)"
)
_WITHOUT = re.compile(
    r"(.{1,6}?)(?:が|の)?(つ|付)かない(?:ほう|方)|(.{1,6}?)(?:の)?ない(?:ほう|方)"
)
_PLEASE = r"(?:です|で|をお願いします|お願いします|please|で頼む)?"


@dataclass(frozen=True)
class Pending:
    """The question that the assistant asked last: the call that waits, and the accounts offered."""

    call: Call
    choices: tuple[tuple[str, str], ...] = ()

    def kept(self) -> dict[str, Any]:
        """As it is kept in the thread."""
        return {
            "tool": self.call.tool,
            "arguments": self.call.arguments,
            "choices": [list(choice) for choice in self.choices],
        }

    @classmethod
    def of(cls, asked: Ask) -> Pending:
        return cls(asked.call, tuple((m.account_id, m.name) for m in asked.choices))

    def chosen(self, answer: str, accounts: Sequence[NamedAccount]) -> str | None:
        """The account chosen: by number or ordinal, or by a name that fits only one offered."""
        offered = [account for account, _name in self.choices]
        place = place_said(answer)
        if place is not None:
            return offered[place - 1] if 1 <= place <= len(offered) else None
        if narrowed := self._narrowed(answer):
            return narrowed
        key = match_key(answer)
        names = [(a.account_id, n) for a in accounts if a.account_id in offered for _k, n in a.keys]
        exact = {i for i, name in names if name == key}
        if not exact:
            inside = [(i, name) for i, name in names if len(name) >= 2 and name in key]
            longest = max((len(name) for _i, name in inside), default=0)
            exact = {i for i, name in inside if len(name) == longest}
        return exact.pop() if len(exact) == 1 else described(answer, offered, accounts)

    def _narrowed(self, answer: str) -> str | None:
        """ズがつかないほう: the one whose name has not what another's has."""
        without, with_ = _WITHOUT.search(answer), _WITH.search(answer)
        mark = (without and (without[1] or without[3])) or (with_ and with_[1])
        if not mark:
            return None
        wanted = without is None
        fits = [i for i, name in self.choices if (mark.strip("「」『』") in name) is wanted]
        return fits[0] if len(fits) == 1 else None


def described(text: str, offered: Sequence[str], accounts: Sequence[NamedAccount]) -> str | None:
    """The one account of those offered whose industry or city a text names: 商社のほう."""
    fits = [
        a.account_id
        for a in accounts
        if a.account_id in offered
        and any(word and word in text for word in (a.industry, (a.city or "").rstrip("市区町村都")))
    ]
    return fits[0] if len(fits) == 1 else None


def place_said(answer: str) -> int | None:
    """The number that an answer names, from 1."""
    if match := _NUMBER.fullmatch(answer):
        return int(match[1])
    plain = answer.strip().strip("。.!！").casefold()
    for number, words in enumerate(_ORDINALS, 1):
        forms = "|".join(_ORDINAL_FORMS.format(re.escape(word)) for word in words)
        if re.fullmatch(rf"(?:{forms}){_PLEASE}", plain):
            return number
    return None


@dataclass(frozen=True)
class Before:
    """What the thread holds before this message.

    `calls` are those of the last answer, `account` the last that was spoken of, `sources` the ids
    of the passages that the last answer cites, `listed` those of the accounts that it lists, in
    their order.
    """

    calls: tuple[Call, ...] = ()
    account: str | None = None
    pending: Pending | None = None
    sources: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()


def remembered(messages: Sequence[BaseMessage]) -> Before:
    """What a thread remembers, from its messages up to the question asked now."""
    earlier = list(messages)
    while earlier and not isinstance(earlier[-1], HumanMessage):
        earlier.pop()
    earlier = earlier[:-1]
    said = [m for m in earlier if isinstance(m, AIMessage)]
    last = [m for m in earlier if isinstance(m, AIMessage | HumanMessage)][-1:]
    kept = last[0].additional_kwargs if last and isinstance(last[0], AIMessage) else {}
    return Before(_calls(earlier), _account(said), _pending(kept), _of_last(said, "sources"),
                  _of_last(said, "listed"))  # fmt: skip


def _calls(earlier: Sequence[BaseMessage]) -> tuple[Call, ...]:
    """The calls of the last turn that had some."""
    found: list[Call] = []
    for message in reversed(earlier):
        if isinstance(message, HumanMessage) and found:
            break
        if isinstance(message, AIMessage):
            found = [Call(c["name"], dict(c["args"])) for c in message.tool_calls] + found
    return tuple(found)


def _account(said: Sequence[AIMessage]) -> str | None:
    for message in reversed(said):
        for call in reversed(message.tool_calls):
            if account := call["args"].get("account_id"):
                return str(account)
    return None


def _pending(kept: dict[str, Any]) -> Pending | None:
    found = kept.get("pending")
    if not isinstance(found, dict):
        return None
    choices = tuple((str(i), str(name)) for i, name in found["choices"])
    return Pending(Call(found["tool"], dict(found["arguments"])), choices)


def _of_last(said: Sequence[AIMessage], what: str) -> tuple[str, ...]:
    """What the last answer that kept something of the kind has kept."""
    for message in reversed(said):
        if message.additional_kwargs.get(what):
            return tuple(message.additional_kwargs[what])
    return ()


_PLACED = re.compile(
    r"(?:上から)?([一二三四五六七八九]|[0-9０-９]{1,2})(?:番目|つ目|社目|件目|番|位)(?=の|は|を|が|に|、|$)"
    r"|\bthe (first|second|third|fourth|fifth)(?: one| account| company| on the list)?"
    r"(?=[,.?!]|$|\s(?!half|quarter|time|visit|meeting|month|year))",
    re.IGNORECASE,
)
_COUNTED = {w: n for n, w in enumerate(("first", "second", "third", "fourth", "fifth"), 1)} | {
    w: n for n, w in enumerate("一二三四五六七八九", 1)
}


def placed(text: str, listed: Sequence[str]) -> tuple[str, tuple[int, int]] | None:
    """The listed account that a message means by its place, and where the words stand."""
    match = _PLACED.search(text)
    if match is None:
        return None
    word = (match[1] or match[2]).casefold()
    number = _COUNTED.get(word) or int(word)
    return (listed[number - 1], match.span()) if 1 <= number <= len(listed) else None
