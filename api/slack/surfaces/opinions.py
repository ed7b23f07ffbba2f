"""Whether an answer was useful, and why not."""

from __future__ import annotations

import asyncio

from api.render.slack.modals import reason
from api.slack.item import Item
from api.slack.pressed import about, entered, value
from api.slack.registry import AtOnce, Workplace
from api.slack.reply import Reply
from api.slack.visitor import Visitor, known
from assistant.feedback import REASON
from crm.audit import Noted
from crm.errors import InputError


async def asked(item: Item, workplace: Workplace) -> AtOnce:
    """A modal for the reason at once, where an answer was not useful."""
    kind, answer_id = value(item)
    if kind == "not_useful":
        view = reason(answer_id, workplace.assistant.settings.company.language)
        await workplace.delivery.open_view(item.trigger, view)
    return AtOnce()


@known
async def said(item: Item, workplace: Workplace, _reply: Reply, visitor: Visitor) -> None:
    """Keep whether an answer was useful; Slack shows at the button what was pressed."""
    kind, answer_id = value(item)
    if kind in ("useful", "not_useful"):
        await asyncio.to_thread(_keep, workplace, visitor, answer_id, kind == "useful", "")


@known
async def explained(item: Item, workplace: Workplace, _reply: Reply, visitor: Visitor) -> None:
    """Keep why an answer was not useful."""
    answer_id, why = about(item).get("answer", ""), entered(item).get("reason", "")
    await asyncio.to_thread(_keep, workplace, visitor, answer_id, False, why)


def _keep(workplace: Workplace, visitor: Visitor, answer_id: str, useful: bool, why: str) -> None:
    why = why[:REASON]
    try:
        workplace.workspace.feedback.say(visitor.who, answer_id, useful, why)
    except InputError:
        return  # the id is none of ours
    noted = Noted("feedback", f"answer:{answer_id}", {"useful": useful, "reason": why})
    workplace.workspace.audit.record(visitor.who, noted)
