"""The shortcut on a message: a briefing of the account it names, for whoever asks alone."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from api.render.slack import sentence
from api.render.slack.modals import View, accounts, loading, message
from api.slack.accounts import mentioned
from api.slack.item import Item
from api.slack.message import words_of
from api.slack.outbox import Part, Post
from api.slack.phrases import say
from api.slack.pressed import entered, view_id
from api.slack.registry import AtOnce, Workplace
from api.slack.reply import Reply
from api.slack.surfaces.saying import briefing
from api.slack.visitor import Visitor, told, visitor_of
from tools.accounts import Match

_TITLE = "app"


async def opened(item: Item, workplace: Workplace) -> AtOnce:
    """A modal at once, before the account is looked for."""
    view = loading(_TITLE, workplace.assistant.settings.company.language)
    return AtOnce(kept={"opened": await workplace.delivery.open_view(item.trigger, view)})


async def brief(item: Item, workplace: Workplace, reply: Reply) -> None:
    """The briefing into the direct conversation, or the question which account is meant."""
    visitor = await visitor_of(item, workplace)
    if visitor is None:
        language = workplace.assistant.settings.company.language
        view = message(_TITLE, say("unknown_person", language), language)
        await workplace.delivery.update_view(view_id(item), view)
        return
    try:
        found = await asyncio.to_thread(_found, item, workplace, visitor)
    except Exception as error:  # noqa: BLE001 - the door: the log id goes out, the rest stays
        await _say(item, workplace, visitor, told(error, item, visitor.language))
        return
    if len(found) == 1:
        await _brief(item, workplace, visitor, reply, found[0].account_id)
    elif found:
        choices = [(match.account_id, match.name) for match in found]
        view = accounts(choices, visitor.language)
        await workplace.delivery.update_view(view_id(item), view)
    else:
        await _say(item, workplace, visitor, say("shortcut_none", visitor.language))


def _found(item: Item, workplace: Workplace, visitor: Visitor) -> tuple[Match, ...]:
    return mentioned(workplace, visitor.who, words_of(item.text, ""))


async def choice(_item: Item, workplace: Workplace) -> AtOnce:
    """The modal says that the briefing is on its way."""
    language = workplace.assistant.settings.company.language
    view = message(_TITLE, say("shortcut_working", language), language)
    return AtOnce(response={"response_action": "update", "view": view})


async def chosen(item: Item, workplace: Workplace, reply: Reply) -> None:
    """The briefing of the account that was chosen."""
    visitor = await visitor_of(item, workplace)
    if visitor is not None:
        await _brief(item, workplace, visitor, reply, entered(item).get("account", ""))


async def _brief(
    item: Item, workplace: Workplace, visitor: Visitor, reply: Reply, account_id: str
) -> None:
    language = visitor.language
    await _say(item, workplace, visitor, say("shortcut_working", language))
    try:
        parts = _direct(await asyncio.to_thread(briefing, workplace, visitor, account_id))
        said = say("shortcut_sent", language)
    except Exception as error:  # noqa: BLE001 - the door: the log id goes out, the rest stays
        said = told(error, item, language)
        parts = [Post(sentence(said), direct=True)]
    await reply.answer(parts)
    await _say(item, workplace, visitor, said)


def _direct(parts: list[Part]) -> list[Part]:
    """The same for the direct conversation; pictures that are for one alone go there anyway."""
    return [
        Post(part.rendered, direct=True) if isinstance(part, Post) else replace(part, alone=True)
        for part in parts
    ]


async def _say(item: Item, workplace: Workplace, visitor: Visitor, words: str) -> None:
    view: View = message(_TITLE, words, visitor.language)
    await workplace.delivery.update_view(view_id(item), view)
