"""One message becomes one answer in its thread, shown to no one who may not see it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from api.render.slack import Rendered, messages, sentence
from api.render.slack.offers import under
from api.slack.extras import charts, offer
from api.slack.item import Item
from api.slack.message import words_of
from api.slack.outbox import Part
from api.slack.phrases import say
from api.slack.pressed import about
from api.slack.registry import Workplace
from api.slack.reply import Reply
from api.slack.visitor import Visitor, deliver, told, unknown, visitor_of
from assistant.answer import Answer, Done, Status


async def answer(item: Item, workplace: Workplace, reply: Reply) -> None:
    """Ask the assistant and keep its answer, or one sentence that says why there is none."""
    ourselves = await workplace.people.ourselves()
    if item.user == ourselves.user:
        return
    text = words_of(item.text, ourselves.user)
    visitor = await visitor_of(item, workplace, text)
    if visitor is None:
        await unknown(item, workplace, reply, text)
        return
    await ask(item, workplace, reply, visitor, text)


async def ask(
    item: Item,
    workplace: Workplace,
    reply: Reply,
    visitor: Visitor,
    text: str | Callable[[], Awaitable[str]],
    *,
    confirms: str | None = None,
) -> None:
    """Say this in the item's thread for the visitor, and keep what comes of it as the answer.

    Where `text` must be looked up first, what goes wrong there is told like any other failure.
    """
    words = ""
    async with reply.working(say("working", visitor.language)):
        try:
            words = text if isinstance(text, str) else await text()
            found = await _turn(item, workplace, reply, visitor, words, confirms)
            parts = await asyncio.to_thread(shown, found, workplace, visitor)
        except Exception as error:  # noqa: BLE001 - the door: the log id goes out, the rest stays
            parts = visitor.posts(sentence(told(error, item, visitor.language)))
        await deliver(item, workplace, visitor, parts, reply)
    if item.direct and item.begins_thread:
        await workplace.delivery.set_title(item.channel, item.thread_ts, _title(words))


async def _turn(
    item: Item,
    workplace: Workplace,
    reply: Reply,
    visitor: Visitor,
    text: str,
    confirms: str | None,
) -> Answer:
    steps = None if visitor.alone or not (item.channel and item.thread_ts) else reply.stream()
    thread = about(item).get("thread") or await reply.conversation()
    events = workplace.assistant.ask(visitor.who, thread, text, confirms=confirms, turn=item.id)
    found: Answer | None = None
    async for event in events:
        if isinstance(event, Status) and steps is not None:
            await steps.step(event.text)
        if isinstance(event, Done):
            found = event.answer
    if found is None:
        raise RuntimeError("the turn ended without an answer")
    return found


def shown(answer: Answer, workplace: Workplace, visitor: Visitor) -> list[Part]:
    """An answer as messages with what may be done below, and its charts."""
    workplace.assistant.keep_evidence(visitor.who, answer)
    below = under(offer(workplace, visitor.who, answer), answer.language)
    parts: list[Part] = visitor.posts(*with_below(messages(answer), below))
    return parts + list(charts(workplace, visitor.who, answer, alone=visitor.alone))


def with_below(rendered: Sequence[Rendered], below: Sequence[dict[str, object]]) -> list[Rendered]:
    """Messages with blocks below the last."""
    *first, last = rendered or [Rendered((), "")]
    return [*first, last.with_(*below)]


def _title(text: str) -> str:
    return " ".join(text.split())[:80]
