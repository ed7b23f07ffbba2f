"""What needs no conversation to answer: one tool for one person, as a result or as a page."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from assistant.answer import Answer, Citation, ToolCall
from assistant.blocks import to_blocks
from assistant.compose import compose, say
from assistant.ledger import CITATION, PLACEHOLDER, Ledger, plain, render
from assistant.state import Briefings
from crm.audit import Audit, Noted
from crm.errors import InputError, WorkspaceError
from crm.scope import (
    OPERATOR,
    Directory,
    MissingDataError,
    Principal,
    Published,
    ScopedTables,
    today,
)
from crm.settings import Language, Settings
from crm.snapshot import Snapshot
from crm.warehouse import Warehouse
from tools.catalog import Catalog
from tools.facts import ToolResult


@dataclass(frozen=True)
class DeskParts:
    """What the desk is made of; put together in `assistant.bootstrap` only."""

    settings: Settings
    warehouse: Warehouse
    catalog: Catalog
    briefings: Callable[[], Briefings]
    audit: Callable[[], Audit]
    directory: Callable[[Snapshot], Directory] = Directory.of
    published: Published | None = None


class Desk:
    """Runs tools for people, within what each may see."""

    def __init__(self, parts: DeskParts) -> None:
        self._desk = parts

    @property
    def catalog(self) -> Catalog:
        return self._desk.catalog

    @property
    def settings(self) -> Settings:
        return self._desk.settings

    def directory(self) -> Directory:
        """Our people as they are now."""
        return self._desk.directory(self._desk.warehouse.open())

    def tables(self, principal: Principal) -> ScopedTables:
        """The tables as the principal may see them, on the snapshot in use now."""
        snapshot = self._desk.warehouse.open()
        directory = self._desk.directory(snapshot)
        return ScopedTables(
            snapshot,
            directory.scope(principal),
            self._desk.settings,
            published=self._desk.published,
            directory=directory,
        )

    def run_tool(
        self, principal: Principal, name: str, arguments: dict[str, Any], as_of: date | None = None
    ) -> ToolResult:
        """One tool for one person, noted in the audit log.

        Raises InputError, NotFoundError or MissingDataError.
        """
        found = self.result(principal, name, arguments, as_of)
        self.note(principal, Noted("tool", name, noted(arguments, found)))
        return found

    def note(self, principal: Principal, *done: Noted) -> None:
        """Put what was done for somebody into the audit log."""
        self._desk.audit().record(principal, *done)

    def result(
        self, principal: Principal, name: str, arguments: dict[str, Any], as_of: date | None = None
    ) -> ToolResult:
        """The same for the house itself: what a person has not asked for is not noted."""
        if "as_of" in arguments:
            raise InputError("`as_of` is not among a tool's arguments.", "Use --as-of.")
        day = as_of or today(self._desk.settings)
        return self.catalog[name].call(self.tables(principal), {**arguments, "as_of": day})

    def warm_up(self) -> None:
        """Load what the first question would otherwise wait for: vectors, signals, statistics.

        A workspace without data has nothing to load; its questions will say so.
        """
        asked: tuple[tuple[str, dict[str, Any]], ...] = (
            ("search_knowledge", {"question": "-"}),
            ("needs_attention", {}),
            ("pipeline_metrics", {}),
        )
        for tool, arguments in asked:
            try:
                self.result(OPERATOR, tool, arguments)
            except (WorkspaceError, MissingDataError):
                continue

    def page(
        self,
        principal: Principal,
        tool: str,
        arguments: dict[str, Any],
        language: Language | None = None,
        as_of: date | None = None,
    ) -> Answer:
        """A tool's result as its page, with the same check as any answer."""
        return self.told(principal, tool, arguments, language, as_of)[1]

    def told(
        self,
        principal: Principal,
        tool: str,
        arguments: dict[str, Any],
        language: Language | None = None,
        as_of: date | None = None,
    ) -> tuple[ToolResult, Answer]:
        """A tool's result, and the same as its page."""
        day = as_of or today(self._desk.settings)
        spoken = language or self._desk.settings.company.language
        result = self.run_tool(principal, tool, arguments, day)
        ledger = Ledger(day, year_begins=self._desk.settings.company.fiscal_year_start)
        ledger.add(result)
        draft = compose(result, ledger, spoken)
        if failures := ledger.check(draft):
            raise RuntimeError(f"the page of {tool} holds unsupported figures: {failures}")
        called = (ToolCall(name=tool, arguments=arguments),)
        page = finished(draft, ledger, spoken, model="none", thread="", calls=called, notices=())
        account = arguments.get("account_id")
        about = {"charts": drawable([result]), "account_id": account and str(account)}
        return result, page.model_copy(update=about)

    def brief(
        self,
        principal: Principal,
        account_id: str,
        language: Language | None = None,
        as_of: date | None = None,
    ) -> Answer:
        """The briefing page on an account; the next one tells what has changed since."""
        return self.briefed(principal, account_id, language, as_of)[1]

    def briefed(
        self,
        principal: Principal,
        account_id: str,
        language: Language | None = None,
        as_of: date | None = None,
    ) -> tuple[ToolResult, Answer]:
        """The briefing on an account, and the same as its page."""
        day = as_of or today(self._desk.settings)
        briefings = self._desk.briefings()
        since = briefings.last(principal.person_id, account_id, day)
        arguments = {"account_id": account_id} | ({"since": since} if since else {})
        found = self.told(principal, "briefing", arguments, language, day)
        briefings.record(principal.person_id, account_id, day)
        return found


def noted(arguments: Mapping[str, Any], result: ToolResult | None) -> dict[str, Any]:
    """What the audit log keeps of a tool's call: its arguments, and its result by reference."""
    kept: dict[str, Any] = {"arguments": dict(arguments)}
    if result is not None:
        bases = [fact.basis for fact in result.facts]
        bases += [result.table.basis] if result.table else []
        kept["snapshot"] = next((basis.snapshot for basis in bases), None)
        kept["facts"] = len(result.facts)
        kept["rows"] = len(result.table.rows) if result.table else 0
    return kept


def drawable(results: Iterable[ToolResult]) -> tuple[ToolResult, ...]:
    """The results that can be drawn."""
    return tuple(found for found in results if found.chart is not None and found.table is not None)


def finished(
    draft: str,
    ledger: Ledger,
    language: Language,
    *,
    model: str,
    thread: str,
    calls: tuple[ToolCall, ...],
    notices: tuple[str, ...],
) -> Answer:
    """The answer of a checked draft: figures written in, citations numbered, notices at the end."""
    cited = ledger.cited(draft)
    numbers = {ledger.cite(passage): n for n, passage in enumerate(cited, 1)}
    shown = CITATION.sub(lambda m: f"[{numbers[m[0]]}]", render(draft, ledger, language))
    keys = dict.fromkeys(m[1] for m in PLACEHOLDER.finditer(draft))
    facts = tuple(fact for key in keys if (fact := ledger.get(key)) is not None)
    citations = tuple(
        Citation(number=n, id=p.id, title=p.title, heading=p.heading, file=p.file, text=p.text)
        for n, p in enumerate(cited, 1)
    )
    text = "\n\n".join([shown, *_sources(citations, language), *notices]).strip()
    return Answer(
        id=secrets.token_hex(8),
        text=text,
        blocks=to_blocks(text),
        language=language,
        facts=facts,
        citations=citations,
        tool_calls=calls,
        notices=notices,
        model=model,
        thread=thread,
    )


def _sources(citations: tuple[Citation, ...], language: Language) -> list[str]:
    if not citations:
        return []
    lines = [
        f"- [{c.number}] {plain(c.title)}"
        + (f" > {plain(c.heading)}" if c.heading else "")
        + f" ({plain(c.file)})"
        for c in citations
    ]
    return ["\n".join([f"{say('sources', language)}:", *lines])]
