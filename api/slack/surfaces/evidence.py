"""How the figures of an answer were made, in a modal that only one person sees."""

from __future__ import annotations

import asyncio

from api.render.slack import sentence
from api.render.slack.answer import said, sections
from api.render.slack.modals import BLOCKS, View, loading, message, page
from api.slack.item import Item
from api.slack.outbox import Part, Post
from api.slack.phrases import say
from api.slack.pressed import about, view_id
from api.slack.registry import AtOnce, Workplace
from api.slack.reply import Reply
from api.slack.visitor import Visitor, told, visitor_of
from assistant.blocks import to_blocks

_TITLE = "evidence_title"


async def opened(item: Item, workplace: Workplace) -> AtOnce:
    """A modal at once, before the evidence is looked up."""
    view = loading(_TITLE, workplace.assistant.settings.company.language)
    return AtOnce(kept={"opened": await workplace.delivery.open_view(item.trigger, view)})


async def shown(item: Item, workplace: Workplace, reply: Reply) -> None:
    """The evidence, for the person whom the answer was given to."""
    visitor = await visitor_of(item, workplace)
    if visitor is None:
        language = workplace.assistant.settings.company.language
        view = message(_TITLE, say("unknown_person", language), language)
    else:
        view, rest = await asyncio.to_thread(_view, item, workplace, visitor)
        if rest:
            await reply.answer(rest)
    await workplace.delivery.update_view(view_id(item), view)


def _view(item: Item, workplace: Workplace, visitor: Visitor) -> tuple[View, list[Part]]:
    """The modal, and what is too much for it."""
    language, answer_id = visitor.language, about(item).get("answer", "")
    try:
        found = workplace.assistant.evidence_of(visitor.who, answer_id, language)
    except Exception as error:  # noqa: BLE001 - the door: the log id goes out, the rest stays
        return message(_TITLE, told(error, item, language), language), []
    blocks = to_blocks(found)
    shown_ = sections(blocks)
    if not shown_:
        return message(_TITLE, say("no_evidence", language), language), []
    if len(shown_) <= BLOCKS:
        return page(_TITLE, shown_, language), []
    rest: list[Part] = [Post(part, alone=True) for part in said(blocks)]
    rest.insert(0, Post(sentence(say("evidence_rest", language)), alone=True))
    return message(_TITLE, say("evidence_long", language), language), rest
