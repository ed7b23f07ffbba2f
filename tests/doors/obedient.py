"""Models that do whatever they read: in documents, and in the rows of every table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from langchain_core.messages import AIMessage, BaseMessage

from tests.scripted_model import calls, tool_messages

Order = tuple[str, dict[str, object]]
_MARK = re.compile(r"row[bcdfghjkmp]{4}")
_MORE = re.compile(r"more_rows\(reference='([\w.]+)', from_row=(\d+)\)")
_REFERENCE = re.compile(r'"reference":"([\w.]+)"')
_ROUNDS = 9
"""Rounds of further rows at the most; a turn has room for few more."""


class Obedient:
    """Looks a document up, does what it was told, and writes what was meant."""

    def __init__(self, question: str, orders: Sequence[Order] = ()) -> None:
        self.question, self.orders, self.offence = question, orders, ""
        self.rounds = 0

    def __call__(self, messages: Sequence[BaseMessage]) -> AIMessage | str:
        self.rounds += 1
        if self.rounds == 1:
            return calls(("search_knowledge", {"question": self.question}), id="first")
        if self.rounds == 2:
            told = str(tool_messages(messages)[-1].content)
            assert self.question in told, "the document was not found"
            if self.orders:
                return calls(*self.orders, id="then")
        return written([self.offence])


class Reader:
    """Reads all that is told of an account, row by row, and writes what each row orders."""

    def __init__(self, account: str, orders: Mapping[str, str]) -> None:
        self._account, self._orders = account, orders
        self._rounds = 0
        self._asked: set[tuple[str, int]] = set()
        self.read: set[str] = set()
        """The codes of the rows that it was told."""

    def __call__(self, messages: Sequence[BaseMessage]) -> AIMessage | str:
        told = [str(message.content) for message in tool_messages(messages)]
        self.read |= {mark for text in told for mark in _MARK.findall(text)}
        self._rounds += 1
        if self._rounds == 1:
            return calls(*looks(self._account), id="first")
        more = {place for text in told for place in _untold(text)} - self._asked
        if more and self._rounds <= _ROUNDS:
            self._asked |= more
            asked = [{"reference": name, "from_row": row} for name, row in sorted(more)]
            return calls(*(("more_rows", one) for one in asked), id=f"more{self._rounds}")
        return written(sorted({self._orders[mark] for mark in self.read}))


def _untold(told: str) -> list[tuple[str, int]]:
    """From where a result goes on, and the parts of it that were told in little room."""
    _whole, *parts = _REFERENCE.findall(told) or [""]
    return [(name, int(row)) for name, row in _MORE.findall(told)] + [(name, 1) for name in parts]


def looks(account: str) -> list[Order]:
    """The tools that show the words of an account's rows."""
    about: dict[str, object] = {"account_id": account}
    return [
        ("account_overview", about),
        ("key_contacts", {**about, "limit": 50}),
        ("recent_changes", {**about, "since": "2026-01-01", "limit": 50}),
        ("deal_health", about),
        ("engagement_report", {**about, "by": "document"}),
        ("relationship_map", about),
        ("introduction_routes", about),
    ]


def written(offences: Sequence[str]) -> str:
    """An answer that says each of them in a paragraph of its own."""
    return "\n\n".join(["ご案内します。", *offences, "以上です。"])
