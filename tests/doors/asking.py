"""The doors at which a person asks, and every text of the final bytes that answer them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from api.http.app import create_app
from api.http.chat import MODEL, THREAD_HEADER
from api.keys import Keys
from api.slack.config import SlackConfig
from api.slack.inbox import Inbox
from assistant.bootstrap import Workspace
from tests.doors.api import boundless
from tests.doors.offences import addresses_in
from tests.doors.sinks import strings_of
from tests.slack import payloads
from tests.slack.fake_slack import APP_TOKEN, BOT_TOKEN, BOT_USER, FakeSlack
from tests.slack.payloads import SECRET
from tests.slack.slack_server import fake_slack

Texts = list[tuple[str, str]]
"""What somebody gets, each with the kind of text that it is read as."""
Door = Callable[["Open", str, str], Awaitable[Texts]]


@dataclass
class Open:
    """Both doors of a workspace for one person: a client with their key, and their Slack."""

    workspace: Workspace
    client: httpx.AsyncClient
    slack: FakeSlack
    user: str
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    async def settled(self) -> None:
        """Wait until Slack's items are handled."""
        inbox = Inbox(self.workspace.database, 60)
        async with asyncio.timeout(300):
            while await asyncio.to_thread(inbox.waiting):
                await asyncio.sleep(0.02)


@asynccontextmanager
async def opened(workspace: Workspace, email: str, user: str) -> AsyncIterator[Open]:
    """The application with both doors, for the person of that address and Slack user."""
    boundless(workspace)
    headers = {"Authorization": f"Bearer {Keys(workspace.database).issue(email)}"}
    async with fake_slack() as slack:
        slack.person(user)
        slack.person(BOT_USER, is_bot=True)
        config = SlackConfig(BOT_TOKEN, SECRET, APP_TOKEN, api_url=slack.url, pace=0)
        app = create_app(workspace, config)
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://localhost", headers=headers, timeout=300
            ) as client:
                yield Open(workspace, client, slack, user)


async def as_json(door: Open, text: str, thread: str) -> Texts:
    said = await door.client.post("/v1/ask", json={"text": text, "thread": thread})
    assert said.status_code == 200, said.text
    return [*_plain(said.json()), ("markdown", said.json()["text"])]


async def as_events(door: Open, text: str, thread: str) -> Texts:
    headers = {"Accept": "text/event-stream"}
    asked = {"text": text, "thread": thread}
    said = await door.client.post("/v1/ask", json=asked, headers=headers)
    events = list(_events(said.text))
    texts = [("markdown", str(event["text"])) for event in events if "text" in event]
    return texts + [one for event in events for one in _plain(event)]


async def as_chat(door: Open, text: str, thread: str) -> Texts:
    said = await door.client.post("/v1/chat/completions", **_chat(text, thread))
    assert said.status_code == 200, said.text
    content = str(said.json()["choices"][0]["message"]["content"])
    return [*_plain(said.json()), ("markdown", content)]


async def as_chat_events(door: Open, text: str, thread: str) -> Texts:
    said = await door.client.post("/v1/chat/completions", **_chat(text, thread, stream=True))
    events = list(_events(said.text))
    told = [c["delta"].get("content") or "" for event in events for c in event["choices"]]
    assert any(told), said.text
    return [("markdown", "".join(told)), *(one for event in events for one in _plain(event))]


async def in_slack(door: Open, text: str, thread: str) -> Texts:
    since = len(door.slack.calls)
    number = next(door.numbers)
    more = {"ts": f"17{number:08}.000100", "thread_ts": f"16{_number(thread):010}.000100"}
    payload = payloads.direct(text, user=door.user, **more)
    assert (await payloads.deliver(door.client, payload)).status_code == 200
    await door.settled()
    return [
        ("mrkdwn", text)
        for call in door.slack.calls[since:]
        if "users." not in call.method
        for text in strings_of(dict(call.args))
    ]


DOORS: Mapping[str, Door] = {
    "json": as_json,
    "events": as_events,
    "chat": as_chat,
    "chat-events": as_chat_events,
    "slack": in_slack,
}


def followed(texts: Texts) -> list[str]:
    """What somebody could follow in what they got."""
    return sorted({a for kind, text in texts for a in addresses_in(text, kind=kind)})


def _plain(value: Any) -> Texts:
    return [("plain", text) for text in strings_of(value)]


def _events(stream: str) -> Iterator[dict[str, Any]]:
    for line in stream.splitlines():
        if line.startswith("data: {"):
            yield json.loads(line.removeprefix("data: "))


def _chat(text: str, thread: str, **more: Any) -> dict[str, Any]:
    asked = {"model": MODEL, "messages": [{"role": "user", "content": text}], **more}
    return {"json": asked, "headers": {THREAD_HEADER: thread}}


def _number(thread: str) -> int:
    """A thread's name as the number that Slack has for one."""
    return int.from_bytes(thread.encode()[-4:]) % 10**9
