"""`/tagayasu brief|attention|plan|help`: what a command answers is shown to one person alone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from api.render.slack import sentence
from api.render.slack.answer import Rendered
from api.render.slack.elements import Button, button, row
from api.slack.accounts import meant
from api.slack.answering import ask, shown
from api.slack.item import Item
from api.slack.outbox import Part
from api.slack.phrases import say
from api.slack.registry import Workplace
from api.slack.reply import Reply
from api.slack.surfaces.saying import briefing
from api.slack.visitor import Visitor, known, make
from tools.accounts import Match

_COMMANDS = {
    "brief": "brief", "briefing": "brief", "ブリーフィング": "brief", "商談準備": "brief",
    "attention": "attention", "注意": "attention", "要注意": "attention",
    "plan": "plan", "プラン": "plan", "計画": "plan",
    "help": "help", "ヘルプ": "help", "使い方": "help", "": "help",
}  # fmt: skip
_FIRST = re.compile(r"\s*(\S*)\s*(.*)", re.DOTALL)
_SHOWN = 60


@known
async def command(item: Item, workplace: Workplace, reply: Reply, visitor: Visitor) -> None:
    """Do what the first word says, with the account that the others name."""
    first = _FIRST.match(item.text)
    word, rest = (first[1], first[2].strip()) if first else ("", "")
    wanted = _COMMANDS.get(word.casefold())
    if wanted in ("brief", "plan"):
        await _about_account(item, workplace, reply, visitor, wanted, rest)
    elif wanted == "attention":
        await make(item, workplace, reply, visitor, lambda: _attention(workplace, visitor))
    else:
        await make(item, workplace, reply, visitor, lambda: _help(visitor, word, wanted))


async def _about_account(
    item: Item, workplace: Workplace, reply: Reply, visitor: Visitor, wanted: str, name: str
) -> None:
    try:
        found = await asyncio.to_thread(meant, workplace, visitor.who, name) if name else None
    except Exception as error:  # noqa: BLE001 - the door: `make` tells it
        await make(item, workplace, reply, visitor, _raising(error))
        return
    if found is None:
        parts = visitor.posts(sentence(say("which_account", visitor.language, command=wanted)))
        await make(item, workplace, reply, visitor, lambda: parts)
    elif found.only is None:
        parts = visitor.posts(_which(visitor, name, wanted, found.accounts, list(found.near)))
        await make(item, workplace, reply, visitor, lambda: parts)
    elif wanted == "brief":
        account = found.only.account_id
        await make(item, workplace, reply, visitor, lambda: briefing(workplace, visitor, account))
    else:
        words = say("ask_plan", visitor.language, account=found.only.account_id)
        await ask(item, workplace, reply, visitor, words)


def _raising(error: Exception) -> Callable[[], list[Part]]:
    def fail() -> list[Part]:
        raise error

    return fail


def _which(
    visitor: Visitor, name: str, wanted: str, accounts: tuple[Match, ...], near: list[str]
) -> Rendered:
    """Several accounts to choose from, or none with the names that are like it."""
    language, text = visitor.language, name[:_SHOWN]
    if not accounts:
        said = say("no_account", language, text=text)
        if near:
            names = ("、" if language == "ja" else ", ").join(near)
            said += "\n" + say("near_accounts", language, names=names)
        return sentence(said)
    action = "brief" if wanted == "brief" else "plan_of"
    buttons = [
        button(Button(f"{action}:{n}", match.name, {"account": match.account_id}))
        for n, match in enumerate(accounts)
    ]
    return sentence(say("several_accounts", language, text=text)).with_(*row(buttons))


def _attention(workplace: Workplace, visitor: Visitor) -> list[Part]:
    desk = workplace.assistant
    answer = desk.page(visitor.who, "needs_attention", {}, visitor.language)
    return shown(answer, workplace, visitor)


def _help(visitor: Visitor, word: str, wanted: str | None) -> list[Part]:
    said = say("help", visitor.language)
    if wanted is None:
        said = say("unknown_command", visitor.language, text=word[:_SHOWN]) + "\n" + said
    return visitor.posts(sentence(said))
