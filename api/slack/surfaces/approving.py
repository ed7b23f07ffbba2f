"""A plan is approved or sent back by who may, on the version that they were shown."""

from __future__ import annotations

from api.render.slack import sentence
from api.render.slack.modals import send_back
from api.slack.item import Item
from api.slack.phrases import say
from api.slack.pressed import about, entered, number
from api.slack.registry import AtOnce, Workplace
from api.slack.reply import Reply
from api.slack.visitor import Visitor, known, make
from plans.model import State
from plans.stored import Stored


@known
async def approve(item: Item, workplace: Workplace, reply: Reply, visitor: Visitor) -> None:
    """Approve what was shown."""
    await _decide(item, workplace, reply, visitor, "approved", None)


async def asked(item: Item, workplace: Workplace) -> AtOnce:
    """A modal for the reason at once; whether this person may is worked out when it is sent."""
    view = send_back(about(item), workplace.assistant.settings.company.language)
    await workplace.delivery.open_view(item.trigger, view)
    return AtOnce(over=True)


@known
async def sent_back(item: Item, workplace: Workplace, reply: Reply, visitor: Visitor) -> None:
    """Send back what was shown, with the reason."""
    await _decide(item, workplace, reply, visitor, "draft", entered(item).get("comment", ""))


async def _decide(
    item: Item, workplace: Workplace, reply: Reply, visitor: Visitor, to: State,
    comment: str | None,
) -> None:  # fmt: skip
    held = about(item)
    plan_id, version = held.get("plan", ""), number(held.get("version", ""))

    def moved() -> str:
        planner = workplace.workspace.planner
        stored = planner.get(visitor.who, plan_id)
        if not _is_done(workplace, visitor, stored, to, version):
            planner.move(visitor.who, stored.plan_id, to, comment, version)
        done = say("approved" if to == "approved" else "sent_back", visitor.language)
        return f"**{stored.head.title}**: {done}"

    await make(item, workplace, reply, visitor, lambda: visitor.posts(sentence(moved())))


def _is_done(
    workplace: Workplace, visitor: Visitor, stored: Stored, to: State, version: int
) -> bool:
    """Whether an earlier attempt at the same has done it."""
    _versions, events = workplace.workspace.planner.history(stored)
    last = events[-1] if events and stored.state == to else None
    wanted = (to, visitor.who.person_id, version)
    return last is not None and (last.to_state, last.person_id, last.version) == wanted
