"""Buttons that say something in the thread for the person who presses them."""

from __future__ import annotations

import asyncio

from api.slack.answering import ask, shown
from api.slack.item import Item
from api.slack.outbox import Part
from api.slack.phrases import say
from api.slack.pressed import about
from api.slack.registry import AtOnce, Workplace
from api.slack.reply import Reply
from api.slack.visitor import Visitor, known, make

_NOTHING = "-"
"""The digest of nothing that ever waits."""


async def ignore(_item: Item, _workplace: Workplace) -> AtOnce:
    """A button that leads elsewhere: Slack wants to know that it was heard."""
    return AtOnce(over=True)


@known
async def say_yes(item: Item, workplace: Workplace, reply: Reply, visitor: Visitor) -> None:
    """A yes to exactly what was shown."""
    words = say("yes", visitor.language)
    digest = about(item).get("digest") or _NOTHING
    await ask(item, workplace, reply, visitor, words, confirms=digest)


@known
async def say_no(item: Item, workplace: Workplace, reply: Reply, visitor: Visitor) -> None:
    """A no to exactly what was shown."""
    words = say("no", visitor.language)
    digest = about(item).get("digest") or _NOTHING
    await ask(item, workplace, reply, visitor, words, confirms=digest)


@known
async def say_number(item: Item, workplace: Workplace, reply: Reply, visitor: Visitor) -> None:
    """One of exactly the readings that were listed; nothing is done by it before a yes."""
    chosen, of = about(item).get("number", ""), about(item).get("of") or _NOTHING
    if chosen.isdecimal() and len(chosen) < 3:
        await ask(item, workplace, reply, visitor, chosen, confirms=of)


@known
async def draft_plan(item: Item, workplace: Workplace, reply: Reply, visitor: Visitor) -> None:
    """A plan for the account that an answer was about."""
    account = about(item).get("account", "")
    words = say("ask_draft", visitor.language, account=account)
    await ask(item, workplace, reply, visitor, words)


@known
async def show_plan(item: Item, workplace: Workplace, reply: Reply, visitor: Visitor) -> None:
    """The main points of a plan, as a conversation shows them."""
    planner, plan_id = workplace.workspace.planner, about(item).get("plan", "")

    def words() -> str:
        account = planner.get(visitor.who, plan_id).account_id
        return say("ask_plan", visitor.language, account=account)

    await ask(item, workplace, reply, visitor, lambda: asyncio.to_thread(words))


@known
async def plan_of(item: Item, workplace: Workplace, reply: Reply, visitor: Visitor) -> None:
    """The plan of an account that was chosen among several."""
    words = say("ask_plan", visitor.language, account=about(item).get("account", ""))
    await ask(item, workplace, reply, visitor, words)


@known
async def brief(item: Item, workplace: Workplace, reply: Reply, visitor: Visitor) -> None:
    """The briefing of an account; from the home page it goes to the direct conversation."""
    account = about(item).get("account", "")
    await make(item, workplace, reply, visitor, lambda: briefing(workplace, visitor, account))


def briefing(workplace: Workplace, visitor: Visitor, account_id: str) -> list[Part]:
    """The briefing of an account as messages."""
    answer = workplace.assistant.brief(visitor.who, account_id, visitor.language)
    return shown(answer, workplace, visitor)
