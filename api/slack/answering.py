"""One message becomes one answer in its thread, shown to no one who may not see it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import structlog
from slack_sdk.errors import SlackApiError

from api.render.slack import Rendered, messages, sentence
from api.render.trace import trace_of
from api.slack.item import Item
from api.slack.message import words_of
from api.slack.outbox import Post
from api.slack.people import People
from api.slack.phrases import say
from api.slack.registry import Workplace
from api.slack.reply import Reply
from assistant.answer import Done
from assistant.builtin.understand import language_of
from assistant.service import Assistant
from crm.errors import InputError, TagayasuError, UnavailableError
from crm.scope import Principal
from crm.settings import Language

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Said:
    """What is said; `has_data` when it may hold what not everybody may see."""

    rendered: tuple[Rendered, ...]
    has_data: bool


async def answer(item: Item, workplace: Workplace, reply: Reply) -> None:
    """Ask the assistant and keep its answer, or one sentence that says why there is none."""
    ourselves = await workplace.people.ourselves()
    if item.user == ourselves.user:
        return
    text = words_of(item.text, ourselves.user)
    language = language_of(text, workplace.assistant.settings.company.language)
    asker = await workplace.people.principal(item.user)
    if asker is None:
        await reply.answer([Post(sentence(say("unknown_person", language)))])
        return
    said = await _said(asker, item, workplace.assistant, text, language)
    if await _is_for_all(item, workplace.people, asker, said):
        await reply.answer([Post(part) for part in said.rendered])
        return
    parts = [Post(part, alone=True) for part in said.rendered]
    if item.begins_thread:  # Slack shows nothing private in a thread without a reply
        parts.insert(0, Post(sentence(say("only_you", language))))
    await reply.answer(parts)


async def _is_for_all(item: Item, people: People, asker: Principal, said: _Said) -> bool:
    if item.direct or not said.has_data:
        return True
    try:
        return await people.all_may_see(item.channel, asker)
    except SlackApiError as error:
        log.warning("slack.members_unknown", channel=item.channel, trace=trace_of(error))
        return False


async def _said(
    asker: Principal, item: Item, assistant: Assistant, text: str, language: Language
) -> _Said:
    try:
        rendered: tuple[Rendered, ...] = ()
        async for event in assistant.ask(asker, item.thread, text):
            if isinstance(event, Done):
                rendered = messages(event.answer)
        return _Said(rendered, has_data=True)
    except TagayasuError as error:
        log.warning("slack.refused", thread=item.thread, what=error.what)
        return _Said((sentence(say(_phrase(error), language)),), has_data=False)
    except Exception as error:  # noqa: BLE001 - the door: the log id goes out, the rest stays
        log_id = secrets.token_hex(6)
        log.error("slack.failed", thread=item.thread, log_id=log_id, trace=trace_of(error))
        return _Said((sentence(say("failed", language, log_id=log_id)),), has_data=False)


def _phrase(error: TagayasuError) -> str:
    match error:
        case InputError():
            return "unusable"
        case UnavailableError():
            return "unavailable"
    return "no_data"
