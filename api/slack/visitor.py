"""Whoever does something in Slack is one of our people, or gets one sentence and no data.

What is shown where others read along is what every one of them may see; the rest is for one alone.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from slack_sdk.errors import SlackApiError

from api.render.slack import Rendered, sentence
from api.render.trace import trace_of
from api.slack.item import Item
from api.slack.outbox import File, Part, Post
from api.slack.phrases import say
from api.slack.pressed import is_below_private
from api.slack.registry import Handler, Workplace
from api.slack.reply import Reply
from assistant.builtin.understand import language_of
from crm.errors import InputError, NotAllowedError, NotFoundError, TagayasuError, UnavailableError
from crm.scope import MissingDataError, Principal
from crm.settings import Language
from plans.life import ClosedError, MoveError, OutdatedError
from plans.stored import StaleError

log = structlog.get_logger(__name__)
_PHRASES: tuple[tuple[type[TagayasuError], str], ...] = (
    (NotFoundError, "not_found"),
    (NotAllowedError, "not_allowed"),
    (OutdatedError, "outdated"),
    (StaleError, "outdated"),
    (ClosedError, "closed"),
    (MoveError, "cannot_move"),
    (MissingDataError, "no_data"),
    (InputError, "unusable"),
    (UnavailableError, "unavailable"),
)


@dataclass(frozen=True)
class Visitor:
    """Who did something, in which language they are answered, and who reads along.

    `alone` says that an answer is for this person only; where it is not, `who` is shown nothing
    that is only theirs.
    """

    who: Principal
    language: Language
    alone: bool

    def posts(self, *rendered: Rendered) -> list[Part]:
        return [Post(part, alone=self.alone) for part in rendered]


async def visitor_of(item: Item, workplace: Workplace, text: str = "") -> Visitor | None:
    """The person behind an item; None for strangers.

    Somebody who writes is answered in the language they write, else in the one they have chosen.
    """
    who = await workplace.people.principal(item.user)
    if who is None:
        return None
    habits = await workplace.people.habits(item.user)
    chosen = await asyncio.to_thread(_language, workplace, who, *habits)
    language = language_of(text, chosen) if text else chosen
    everybody = await is_for_all(item, workplace, who)
    # A thread of a channel remembers what was said: what one alone sees now, all may see later.
    others = not item.direct and bool(item.channel) and item.kind not in ("command", "shortcut")
    return Visitor(who.among_others() if others else who, language, alone=not everybody)


def _language(
    workplace: Workplace, who: Principal, locale: str | None, zone: str | None
) -> Language:
    """The language somebody has chosen, else that of their Slack, else the company's."""
    preferences = workplace.workspace.preferences
    preferences.heard(who.person_id, language=locale, time_zone=zone)
    return preferences.of(who.person_id).language


async def is_for_all(item: Item, workplace: Workplace, who: Principal) -> bool:
    """Whether everybody who reads along may see what this person may see."""
    if item.direct or not item.channel:
        return True
    if item.kind in ("command", "shortcut") or is_below_private(item):
        return False
    try:
        return await workplace.people.all_may_see(item.channel, who)
    except SlackApiError as error:
        log.warning("slack.members_unknown", channel=item.channel, trace=trace_of(error))
        return False


async def still_for_all(item: Item, workplace: Workplace) -> bool:
    """Whether what was worked out for everybody may still be shown to everybody."""
    who = await workplace.people.principal(item.user)
    return who is not None and await is_for_all(item, workplace, who.among_others())


async def unknown(item: Item, workplace: Workplace, reply: Reply, text: str = "") -> None:
    """The sentence for whoever is none of our people."""
    language = language_of(text, workplace.assistant.settings.company.language)
    alone = item.kind != "message"
    await reply.answer([Post(sentence(say("unknown_person", language)), alone=alone)])


def known(handle: Callable[[Item, Workplace, Reply, Visitor], Awaitable[None]]) -> Handler:
    """A handler for our own people; whoever else does something gets one sentence."""

    async def handler(item: Item, workplace: Workplace, reply: Reply) -> None:
        visitor = await visitor_of(item, workplace)
        if visitor is None:
            await unknown(item, workplace, reply)
        else:
            await handle(item, workplace, reply, visitor)

    return handler


async def make(
    item: Item,
    workplace: Workplace,
    reply: Reply,
    visitor: Visitor,
    parts: Callable[[], list[Part]],
) -> None:
    """Keep what a function makes as the answer, or one sentence that says why there is none."""
    try:
        made = await asyncio.to_thread(parts)
    except Exception as error:  # noqa: BLE001 - the door: the log id goes out, the rest stays
        made = visitor.posts(sentence(told(error, item, visitor.language)))
    await deliver(item, workplace, visitor, made, reply)


async def deliver(
    item: Item, workplace: Workplace, visitor: Visitor, parts: list[Part], reply: Reply
) -> None:
    """Keep an answer, for all or for one alone as things are now: a channel may have got guests."""
    alone = visitor.alone or not await is_for_all(item, workplace, visitor.who)
    if not alone:
        await reply.answer(parts)
        return
    parts = [_alone(part) for part in parts]
    if item.kind == "message" and item.begins_thread and not item.direct:
        # Slack shows nothing private in a thread without a reply.
        parts.insert(0, Post(sentence(say("only_you", visitor.language))))
    await reply.answer(parts)


def _alone(part: Part) -> Part:
    if isinstance(part, Post):
        return Post(part.rendered, alone=True)
    return File(part.name, part.title, part.content, part.alt_text, alone=True)


def told(error: BaseException, item: Item, language: Language) -> str:
    """One sentence on what went wrong; the log has the rest under the number it names."""
    if isinstance(error, TagayasuError):
        log.warning("slack.refused", item=item.id, kind=type(error).__name__)
        return say(next((name for kind, name in _PHRASES if isinstance(error, kind)), "no_data"),
                   language)  # fmt: skip
    log_id = secrets.token_hex(6)
    log.error("slack.failed", item=item.id, log_id=log_id, trace=trace_of(error))
    return say("failed", language, log_id=log_id)
