"""The one door of the house: every surface asks here, and gets events and one checked answer."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import structlog
from langchain_core.messages import HumanMessage

from assistant.answer import Answer, Citation, Done, Event, Status, TextPart
from assistant.blocks import to_blocks
from assistant.builtin.understand import language_of
from assistant.compose import compose, say
from assistant.deps import Turn
from assistant.ledger import CITATION, PLACEHOLDER, Ledger, render
from assistant.state import Briefings, Leases
from crm.errors import InputError, UnavailableError
from crm.scope import Directory, Principal, ScopedTables, today
from crm.settings import Language, Settings
from crm.warehouse import Warehouse
from tools.catalog import Catalog
from tools.facts import ToolResult

MAX_QUESTION = 4000
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Parts:
    """What the assistant is made of; put together in `assistant.bootstrap` only."""

    workspace: Path
    settings: Settings
    warehouse: Warehouse
    catalog: Catalog
    graph: Any
    model: str
    leases: Leases
    briefings: Briefings


class Assistant:
    """Answers questions and runs tools for people, within what each may see."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @property
    def catalog(self) -> Catalog:
        return self._parts.catalog

    @property
    def settings(self) -> Settings:
        return self._parts.settings

    @property
    def model(self) -> str:
        return self._parts.model

    def directory(self) -> Directory:
        """Our people as the current snapshot has them."""
        return Directory.of(self._parts.warehouse.open())

    def tables(self, principal: Principal) -> ScopedTables:
        """The tables as the principal may see them, on the snapshot in use now."""
        snapshot = self._parts.warehouse.open()
        scope = Directory.of(snapshot).scope(principal)
        return ScopedTables(snapshot, scope, self._parts.settings)

    def run_tool(
        self, principal: Principal, name: str, arguments: dict[str, Any], as_of: date | None = None
    ) -> ToolResult:
        """One tool for one person. Raises InputError, NotFoundError or MissingDataError."""
        if "as_of" in arguments:
            raise InputError("`as_of` is not among a tool's arguments.", "Use --as-of.")
        day = as_of or today(self._parts.settings)
        return self.catalog[name].call(self.tables(principal), {**arguments, "as_of": day})

    def brief(
        self,
        principal: Principal,
        account_id: str,
        language: Language | None = None,
        as_of: date | None = None,
    ) -> Answer:
        """The briefing page on an account, without conversation; the same check as any answer."""
        day = as_of or today(self._parts.settings)
        language = language or self._parts.settings.company.language
        since = self._parts.briefings.last(principal.person_id, account_id, day)
        arguments = {"account_id": account_id} | ({"since": since} if since else {})
        result = self.run_tool(principal, "briefing", arguments, day)
        ledger = Ledger(day)
        ledger.add(result)
        draft = compose(result, ledger, language)
        failures = ledger.check(draft)
        if failures:
            raise RuntimeError(f"the briefing template holds unsupported figures: {failures}")
        self._parts.briefings.record(principal.person_id, account_id, day)
        return _answer(draft, ledger, language, model="none", thread="", calls=(), notices=())

    async def ask(
        self,
        principal: Principal,
        thread: str | None,
        text: str,
        *,
        as_of: date | None = None,
        language: Language | None = None,
    ) -> AsyncIterator[Event]:
        """Answer a message of a thread (None begins one): events as it goes, `Done` at the end.

        Raises InputError for an empty or too long message, UnavailableError when the thread is
        busy or there is no answer in time. Whatever happens, the thread can be used afterwards.
        """
        text = text.strip()
        if not text:
            raise InputError("The message is empty.", "Write a question.")
        if len(text) > MAX_QUESTION:
            raise InputError(
                f"The message is longer than {MAX_QUESTION:,} characters.", "Shorten it."
            )
        thread = thread or secrets.token_hex(8)
        if not re.fullmatch(r"[\w.:@/-]{1,200}", thread):
            raise InputError(
                "The thread's name is not usable.", "Use letters, digits and .:@/- only."
            )
        limit = self._parts.settings.models.turn_seconds
        events: asyncio.Queue[Event | None] = asyncio.Queue()
        answered = asyncio.create_task(
            self._turn(principal, thread, text, as_of, language, events, limit)
        )
        try:
            while (event := await events.get()) is not None:
                yield event
            await answered
        finally:
            if not answered.done():
                answered.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await answered

    async def _turn(
        self,
        principal: Principal,
        thread: str,
        text: str,
        as_of: date | None,
        language: Language | None,
        events: asyncio.Queue[Event | None],
        limit: float,
    ) -> None:
        own_thread = f"{principal.tenant}:{principal.person_id}:{thread}"
        try:
            async with asyncio.timeout(limit), self._parts.leases.hold(own_thread, limit / 2):
                turn = await self._prepare(principal, text, as_of, language, events)
                answer = await self._run(turn, own_thread, thread, text)
            for block in answer.text.split("\n\n"):
                events.put_nowait(TextPart(text=block))
            events.put_nowait(Done(answer=answer))
        except TimeoutError:
            usual = self._parts.settings.company.language
            raise UnavailableError(say("too_long", language_of(text, usual))) from None
        finally:
            events.put_nowait(None)

    async def _prepare(
        self,
        principal: Principal,
        text: str,
        as_of: date | None,
        language: Language | None,
        events: asyncio.Queue[Event | None],
    ) -> Turn:
        settings = self._parts.settings
        tables = await asyncio.to_thread(self.tables, principal)
        day = as_of or today(settings)
        spoken = language or language_of(text, settings.company.language)
        loop = asyncio.get_running_loop()

        def emit(event: Event) -> None:
            loop.call_soon_threadsafe(events.put_nowait, event)

        events.put_nowait(Status(text=say("understanding", spoken)))
        return Turn(
            principal=principal,
            tables=tables,
            as_of=day,
            language=spoken,
            ledger=Ledger(day, [text]),
            emit=emit,
            last_briefing=lambda account: self._parts.briefings.last(
                principal.person_id, account, day
            ),
            model=self._parts.model,
        )

    async def _run(self, turn: Turn, own_thread: str, thread: str, text: str) -> Answer:
        config = {"configurable": {"thread_id": own_thread}, "recursion_limit": 60}
        await self._parts.graph.ainvoke(
            {"messages": [HumanMessage(text)]}, config, context=turn, durability="sync"
        )
        for call in turn.calls:
            if call.name == "briefing" and any(r.tool == "briefing" for r in turn.results.values()):
                account = str(call.arguments.get("account_id"))
                self._parts.briefings.record(turn.principal.person_id, account, turn.as_of)
        return _answer(
            turn.draft,
            turn.ledger,
            turn.language,
            model=turn.model,
            thread=thread,
            calls=tuple(turn.calls),
            notices=tuple(turn.notices),
        )


def _answer(
    draft: str,
    ledger: Ledger,
    language: Language,
    *,
    model: str,
    thread: str,
    calls: tuple[Any, ...],
    notices: tuple[str, ...],
) -> Answer:
    """The answer of a checked draft: figures written in, citations numbered, notices at the end."""
    cited = ledger.cited(draft)
    numbers = {ledger.cite(passage): n for n, passage in enumerate(cited, 1)}
    shown = CITATION.sub(lambda m: f"[{numbers[m[0]]}]", render(draft, ledger, language))
    keys = dict.fromkeys(m[1] for m in PLACEHOLDER.finditer(draft))
    facts = tuple(fact for key in keys if (fact := ledger.get(key)) is not None)
    citations = tuple(
        Citation(number=n, title=p.title, heading=p.heading, file=p.file, text=p.text)
        for n, p in enumerate(cited, 1)
    )
    text = "\n\n".join([shown, *_sources(citations, language), *notices]).strip()
    return Answer(
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
        f"[{c.number}] {c.title}" + (f" > {c.heading}" if c.heading else "") + f" ({c.file})"
        for c in citations
    ]
    return [f"{say('sources', language)}: " + " / ".join(lines)]
