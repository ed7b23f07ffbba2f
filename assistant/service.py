"""The one door of the house: every surface asks here, and gets events and one checked answer."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import secrets
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

import structlog
from langchain_core.messages import BaseMessage, HumanMessage

from assistant.answer import Answer, Done, Event, Status, TextPart, Waiting
from assistant.builtin.slots import language_asked
from assistant.builtin.understand import language_of
from assistant.compose import say
from assistant.conversations import Said, Thread, Threads, transcript
from assistant.deps import Turn
from assistant.desk import Desk, DeskParts, drawable, finished, noted
from assistant.explain import explain_facts
from assistant.history import broken_off, of_turn
from assistant.ledger import Ledger
from assistant.models import BUILTIN
from assistant.named import Names
from assistant.planning.memory import Memory
from assistant.spans import Told, span
from assistant.state import ANSWER, Evidence, Leases, Turns
from crm.audit import Noted, door
from crm.errors import InputError, UnavailableError
from crm.scope import Principal, today
from crm.settings import Language
from tools.facts import Fact

MAX_QUESTION = 4000
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Conversation:
    """What a conversation needs beside the desk; put together in `assistant.bootstrap` only."""

    graph: Any
    model: str
    leases: Leases
    turns: Turns
    evidence: Evidence
    threads: Threads


@dataclass(frozen=True)
class Asked:
    """A message of a thread as it is asked.

    `turn` names it, so that one that broke off can be taken up again, and `earlier` is what the
    person said before it elsewhere: their own words, and nobody else's.
    """

    thread: str
    text: str
    as_of: date | None = None
    language: Language | None = None
    confirms: str | None = None
    turn: str | None = None
    earlier: tuple[str, ...] = ()


class Assistant(Desk):
    """Answers questions in threads, beside everything the desk can do."""

    def __init__(self, desk: DeskParts, conversation: Conversation) -> None:
        super().__init__(desk)
        self._conversation = conversation

    @property
    def model(self) -> str:
        """The name of the model in use."""
        return self._conversation.model

    async def ask(
        self,
        principal: Principal,
        thread: str | None,
        text: str,
        *,
        as_of: date | None = None,
        language: Language | None = None,
        confirms: str | None = None,
        turn: str | None = None,
        earlier: Sequence[str] = (),
    ) -> AsyncGenerator[Event, None]:
        """Answer a message of a thread (None begins one): events as it goes, `Done` at the end.

        `confirms` is the digest of what the person says yes to or chooses of, where a button said
        it: anything else that waits by then is left alone. Asked again under the name of a `turn`
        that broke off, that turn is taken up anew, and what it left in the thread is gone.
        `earlier` is what the person said before elsewhere, where the thread does not know it.

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
        limit = self.settings.models.turn_seconds
        events: asyncio.Queue[Event | None] = asyncio.Queue()
        asked = Asked(thread, text, as_of, language, confirms, turn, tuple(earlier))
        answered = asyncio.create_task(self._traced(principal, asked, events, limit))
        try:
            while (event := await events.get()) is not None:
                yield event
            await answered
        finally:
            if not answered.done():
                answered.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await answered

    async def _traced(
        self,
        principal: Principal,
        asked: Asked,
        events: asyncio.Queue[Event | None],
        limit: float,
    ) -> None:
        with span("turn", model=self._conversation.model, door=door()) as told:
            await self._turn(principal, asked, events, limit, told)

    async def _turn(
        self,
        principal: Principal,
        asked: Asked,
        events: asyncio.Queue[Event | None],
        limit: float,
        told: Told,
    ) -> None:
        thread, text = asked.thread, asked.text
        own_thread = owned(principal, thread)
        answer: Answer | None = None
        begun, started_at = time.monotonic(), datetime.now(UTC)
        turn: Turn | None = None
        try:
            async with (
                asyncio.timeout(limit),
                self._conversation.leases.hold(own_thread, limit / 2),
            ):
                turn = await self._prepare(principal, asked, events)
                turn.began, turn.confirms = begun, asked.confirms
                turn.evidence = lambda: self._evidence(own_thread, turn)
                answer = await self._run(turn, own_thread, asked)
            await asyncio.to_thread(self._note, principal, thread, text, turn, answer)
            for block in answer.text.split("\n\n"):
                events.put_nowait(TextPart(text=block))
            events.put_nowait(Done(answer=answer))
        except TimeoutError:
            usual = self.settings.company.language
            raise UnavailableError(say("too_long", language_of(text, usual))) from None
        finally:
            if answer is None:
                noting = asyncio.to_thread(self._note, principal, thread, text, turn, None)
                await asyncio.shield(noting)
            if turn is not None:
                told.tell(**_counts(turn))
                record = self._conversation.turns.record
                given = (own_thread, principal.person_id, turn.model, started_at, turn.usage)
                await asyncio.shield(asyncio.to_thread(record, *given))
            events.put_nowait(None)

    def _note(
        self,
        principal: Principal,
        thread: str,
        text: str,
        turn: Turn | None,
        answer: Answer | None,
    ) -> None:
        """Put a turn into the audit log: the question, each tool, and the answer by reference."""
        said = {"thread": thread, "text": text, "answered": answer is not None}
        done = [Noted("question", "", said)]
        if turn is not None:
            found = {r.tool: r for r in turn.results.values()}
            done += [
                Noted("tool", call.name, noted(call.arguments, found.get(call.name)))
                for call in turn.calls
            ]
        if answer is not None:
            given = {
                "thread": thread,
                "model": answer.model,
                "facts": [fact.key for fact in answer.facts],
                "passages": [citation.id for citation in answer.citations],
                "sha256": hashlib.sha256(answer.text.encode()).hexdigest(),
            }
            done.append(Noted("answer", f"answer:{answer.id}", given))
        self._desk.audit().record(principal, *done)

    async def _prepare(
        self,
        principal: Principal,
        asked: Asked,
        events: asyncio.Queue[Event | None],
    ) -> Turn:
        settings, text, language = self.settings, asked.text, asked.language
        tables = await asyncio.to_thread(self.tables, principal)
        day = asked.as_of or today(settings)
        spoken = language or language_asked(text) or language_of(text, settings.company.language)
        ledger = Ledger(day, [text], settings.company.fiscal_year_start)
        if self._conversation.model != BUILTIN:
            ledger.know(await asyncio.to_thread(Names.of, tables))
        loop = asyncio.get_running_loop()

        def emit(event: Event) -> None:
            loop.call_soon_threadsafe(events.put_nowait, event)

        events.put_nowait(Status(text=say("understanding", spoken)))
        return Turn(
            principal=principal,
            tables=tables,
            as_of=day,
            language=spoken,
            ledger=ledger,
            emit=emit,
            last_briefing=lambda account: self._desk.briefings().last(
                principal.person_id, account, day
            ),
            model=self._conversation.model,
            said=(text,),
            speaks=language or language_asked(text),
        )

    async def _run(self, turn: Turn, own_thread: str, asked: Asked) -> Answer:
        config = {"configurable": {"thread_id": own_thread}, "recursion_limit": 60}
        graph = self._conversation.graph
        said: list[BaseMessage] = [HumanMessage(text) for text in asked.earlier]
        if asked.turn is not None:
            # As it was kept: what a step that broke off was about to write is not in the thread.
            kept = await graph.checkpointer.aget_tuple(config)
            messages = kept.checkpoint["channel_values"].get("messages", ()) if kept else ()
            said += broken_off(messages, asked.turn)
        message = HumanMessage(asked.text, id=asked.turn and of_turn(asked.turn))
        await graph.ainvoke({"messages": [*said, message]}, config, context=turn, durability="sync")
        return await asyncio.to_thread(self._answered, turn, own_thread, asked)

    def _answered(self, turn: Turn, own_thread: str, asked: Asked) -> Answer:
        """The answer that a turn has come to, with what the thread is to know of it kept."""
        if not turn.draft and not turn.notices:
            turn.notices.append(say("nothing_left", turn.language))
        for call in turn.calls:
            if call.name == "briefing" and any(r.tool == "briefing" for r in turn.results.values()):
                account = str(call.arguments.get("account_id"))
                self._desk.briefings().record(turn.principal.person_id, account, turn.as_of)
        answer = finished(
            turn.draft,
            turn.ledger,
            turn.language,
            model=turn.model,
            thread=asked.thread,
            calls=tuple(turn.calls),
            notices=tuple(turn.notices),
        )
        if answer.facts:
            self._conversation.evidence.keep(own_thread, answer.facts)
        self._conversation.threads.keep(own_thread, asked.thread, asked.text)
        return answer.model_copy(update={"tokens": turn.usage.tokens, **_open(turn)})

    def threads(
        self, principal: Principal, limit: int, after: tuple[datetime, str] | None = None
    ) -> list[Thread]:
        """Somebody's own conversations, the last one first; those behind a moment and a thread."""
        return self._conversation.threads.page(owned(principal, "").removesuffix(":"), limit, after)

    async def thread(self, principal: Principal, thread: str) -> tuple[Thread, list[Said]]:
        """A conversation with what was said in it; NotFoundError when they have none of it."""
        own = owned(principal, thread)
        found = await asyncio.to_thread(self._conversation.threads.of, own)
        state = await self._conversation.graph.aget_state({"configurable": {"thread_id": own}})
        return found, transcript(state.values.get("messages", ()))

    async def forget_thread(self, principal: Principal, thread: str) -> None:
        """Delete a conversation with all that was said; NotFoundError when they have none of it."""
        principal.ensure_may_write()
        own, kept = owned(principal, thread), self._conversation
        await asyncio.to_thread(kept.threads.of, own)
        async with kept.leases.hold(own, self.settings.models.turn_seconds):
            await kept.graph.checkpointer.adelete_thread(own)
            await asyncio.to_thread(kept.evidence.forget, own)
            await asyncio.to_thread(kept.threads.forget, own)
        await asyncio.to_thread(self.note, principal, Noted("thread.deleted", "", {"of": thread}))

    def keep_evidence(self, principal: Principal, answer: Answer) -> None:
        """Keep how the figures of an answer were made, for the person it was given to alone."""
        if answer.facts:
            self._conversation.evidence.keep(_answer_of(principal, answer.id), answer.facts)

    def evidence_of(self, principal: Principal, answer_id: str, language: Language) -> str:
        """How the figures of an answer were made, in Markdown; empty where nothing is kept.

        Raises NotFoundError when it speaks of an account that they may not see any more.
        """
        facts = self._conversation.evidence.of(_answer_of(principal, answer_id))
        tables = self.tables(principal)
        for account_id in sorted(_accounts(facts)):
            tables.require_account(account_id)
        return explain_facts(facts, language)

    def _evidence(self, own_thread: str, turn: Turn) -> str:
        """How the figures of the thread's last answer were made: our own words, which may stand."""
        found = explain_facts(self._conversation.evidence.of(own_thread), turn.language)
        turn.ledger.hear([found])
        return found


def owned(principal: Principal, thread: str) -> str:
    """The name under which a person's thread is kept: nobody else's has it."""
    owner = (quote(part, safe="") for part in (principal.tenant, principal.person_id))
    return ":".join([*owner, thread])


def _answer_of(principal: Principal, answer_id: str) -> str:
    return owned(principal, f"{ANSWER}{answer_id}")


def _accounts(facts: Sequence[Fact]) -> set[str]:
    """The accounts that facts are of, by their subject or by what their tool was asked."""
    subjects = [fact.subject or "" for fact in facts]
    of = {s.removeprefix("account:") for s in subjects if s.startswith("account:")}
    asked = (fact.basis.arguments.get("account_id") for fact in facts)
    return of | {account for account in asked if account}


def _counts(turn: Turn) -> dict[str, str | int | None]:
    """What a turn's span tells of it."""
    used = turn.usage
    return {
        "model": turn.model, "language": turn.language, "tools": len(turn.calls),
        "model_calls": used.calls, "failures": used.failures,
        "tokens_in": used.tokens_in, "tokens_out": used.tokens_out,
    }  # fmt: skip


def _open(turn: Turn) -> dict[str, Any]:
    """What an answer is about, what can be drawn of it, and what it leaves to be decided."""
    memory = turn.memory or Memory()
    named = [str(c.arguments["account_id"]) for c in turn.calls if c.arguments.get("account_id")]
    proposal, doubt = memory.proposal, memory.doubt
    return {
        "charts": drawable(turn.results.values()),
        "account_id": memory.account_id or (named[-1] if named else None),
        "plan_id": memory.plan_id,
        "waits": proposal
        and Waiting(
            plan_id=proposal.plan_id,
            digest=proposal.digest,
            kind="move" if proposal.to else "change",
            to=proposal.to,
        ),
        "choices": doubt.labels if doubt else (),
        "choosing": doubt.digest if doubt and doubt.labels else None,
    }
