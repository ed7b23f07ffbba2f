"""One message becomes one answer in its thread, shown to no one who may not see it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from api.render.slack import Rendered, messages, sentence
from api.render.trace import trace_of
from api.slack.message import SlackMessage, words_of
from api.slack.people import People
from api.slack.phrases import say
from api.slack.post import post, post_to_asker
from assistant.answer import Done
from assistant.builtin.understand import language_of
from assistant.service import Assistant
from crm.errors import InputError, TagayasuError, UnavailableError
from crm.scope import Principal
from crm.settings import Language

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Reply:
    """What is said; `has_data` when it may hold what not everybody may see."""

    rendered: tuple[Rendered, ...]
    has_data: bool


class Answering:
    """Answers messages of Slack with the assistant."""

    def __init__(self, client: AsyncWebClient, assistant: Assistant, people: People) -> None:
        self._client = client
        self._assistant = assistant
        self._people = people

    async def answer(self, message: SlackMessage) -> None:
        """Ask the assistant and post its answer, or one sentence that says why there is none.

        Raises what Slack or the database raises; whoever calls tries again later.
        """
        ourselves = await self._people.ourselves()
        if message.user == ourselves.user:
            return
        text = words_of(message.text, ourselves.user)
        language = language_of(text, self._assistant.settings.company.language)
        asker = await self._people.principal(message.user)
        if asker is None:
            await post(self._client, message, sentence(say("unknown_person", language)))
            return
        reply = await self._reply(asker, message, text, language)
        if await self._is_for_all(message, asker, reply):
            for part in reply.rendered:
                await post(self._client, message, part)
            return
        if message.begins_thread:  # Slack shows nothing private in a thread without a reply
            await post(self._client, message, sentence(say("only_you", language)))
        for part in reply.rendered:
            await post_to_asker(self._client, message, part)

    async def _is_for_all(self, message: SlackMessage, asker: Principal, reply: _Reply) -> bool:
        if message.direct or not reply.has_data:
            return True
        try:
            return await self._people.all_may_see(message.channel, asker)
        except SlackApiError as error:
            log.warning("slack.members_unknown", channel=message.channel, trace=trace_of(error))
            return False

    async def _reply(
        self, asker: Principal, message: SlackMessage, text: str, language: Language
    ) -> _Reply:
        try:
            rendered: tuple[Rendered, ...] = ()
            async for event in self._assistant.ask(asker, message.thread, text):
                if isinstance(event, Done):
                    rendered = messages(event.answer)
            return _Reply(rendered, has_data=True)
        except TagayasuError as error:
            log.warning("slack.refused", thread=message.thread, what=error.what)
            return _Reply((sentence(say(_phrase(error), language)),), has_data=False)
        except Exception as error:  # noqa: BLE001 - the door: the log id goes out, the rest stays
            log_id = secrets.token_hex(6)
            log.error("slack.failed", thread=message.thread, log_id=log_id, trace=trace_of(error))
            return _Reply((sentence(say("failed", language, log_id=log_id)),), has_data=False)


def _phrase(error: TagayasuError) -> str:
    match error:
        case InputError():
            return "unusable"
        case UnavailableError():
            return "unavailable"
    return "no_data"
