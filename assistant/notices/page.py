"""The page of a notice: our own words around facts, and checked like every answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from ibis import _

from assistant.answer import Answer, ToolCall
from assistant.compose import View
from assistant.desk import Desk, finished
from assistant.ledger import Ledger
from crm.scope import ScopedTables
from crm.settings import Language
from prompts import loader
from tools.arguments import Arguments, open_book
from tools.facts import Fact, FactBook, Table, ToolResult
from tools.query import fetch_one


class Page:
    """A page that is being written: lines of `prompts/notices/<words>.yaml` with facts in them."""

    def __init__(
        self, words: str, desk: Desk, tables: ScopedTables, asked: Arguments, language: Language
    ) -> None:
        self._words = loader.data(f"notices/{words}.yaml")
        self.language: Language = language
        self.book: FactBook = open_book(f"notice_{words}", tables, asked)
        self._ledger = Ledger(asked.as_of, year_begins=desk.settings.company.fiscal_year_start)
        self._parts: list[str] = []
        self._calls: list[ToolCall] = []
        self._results: list[ToolResult] = []

    def take(self, result: ToolResult, call: ToolCall | None = None) -> View:
        """Take in what a tool has found."""
        self._ledger.add(result)
        self._results.append(result)
        if call is not None:
            self._calls.append(call)
        return View(result, self._ledger, self.language)

    def rows(self, table: Table) -> View:
        """Take in a table of the page's own book."""
        return self.take(ToolResult(tool=self.book.tool, table=table))

    def name(self, fact: Fact) -> str:
        """The placeholder of a fact of the page's own book."""
        return "{{" + self._ledger.key_of(fact) + "}}"

    def say(self, phrase: str, **values: str) -> str:
        """A phrase with placeholders in it."""
        text: str = self._words[phrase][self.language]
        return text.format(**values)

    def add(self, *lines: str) -> None:
        """Put lines as a part of their own at the end of the page."""
        if lines:
            self._parts.append("\n".join(lines))

    def section(self, heading: str, lines: Sequence[str], **values: str) -> None:
        """A heading with its lines; without lines neither."""
        if lines:
            self._parts.append(f"## {self.say(heading, **values)}")
            self.add(*lines)

    def answer(self, *, account_id: str | None = None) -> Answer:
        """The page as an answer. RuntimeError when it says what no fact supports."""
        draft = "\n\n".join(self._parts)
        if failures := self._ledger.check(draft):
            raise RuntimeError(f"{self.book.tool} holds unsupported figures: {failures}")
        page = finished(
            draft, self._ledger, self.language, model="none", thread="",
            calls=tuple(self._calls), notices=(),
        )  # fmt: skip
        return page.model_copy(update={"account_id": account_id})


def account_name(tables: ScopedTables, account_id: str) -> str:
    """What an account is called. Raises NotFoundError when it cannot be seen."""
    tables.require_account(account_id)
    one = tables["accounts"].filter(_.account_id == account_id).select("name")
    return str(fetch_one(one)["name"])


def clock(moment: datetime | None, zone: ZoneInfo) -> str | None:
    """The time of a moment on the wall of a person; None where it is unknown."""
    return None if moment is None else f"{moment.astimezone(zone):%H:%M}"
