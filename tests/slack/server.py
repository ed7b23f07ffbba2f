"""Server processes of ours with the Slack door alone, to be killed.

Everything is real but the turn: an answer is the question, in as many messages as it asks for.
`python -m tests.slack.server` has imported everything once, and forks a server for each line it is
told: port, workspace, Slack's address, lease, seconds of a turn.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

from fastapi import FastAPI

from api.http.limits import BodyLimit
from api.render.slack import sentence
from api.slack.app import opened
from api.slack.config import SlackConfig
from api.slack.events import MAX_EVENT, PATH, events_router
from api.slack.item import Item
from api.slack.outbox import Post
from api.slack.registry import Handler, Surfaces, Workplace
from api.slack.reply import Reply
from assistant.bootstrap import Workspace
from assistant.service import Assistant
from tests.slack.fake_slack import APP_TOKEN, BOT_TOKEN
from tests.slack.payloads import SECRET

PARTS = re.compile(r"in (\d+) parts")


def echo(seconds: float = 0.0, *, streams: bool = False) -> Handler:
    """A handler that says again what it was told: `... in 3 parts` in three messages."""

    async def handler(item: Item, _workplace: Workplace, reply: Reply) -> None:
        if streams:
            for step in ("one", "two", "three"):
                await reply.stream().step(step)
        await asyncio.sleep(seconds)
        found = PARTS.search(item.text)
        many = int(found[1]) if found else 1
        parts = [Post(sentence(f"{item.ts} {n + 1}/{many}: {item.text}")) for n in range(many)]
        await reply.answer(parts)

    return handler


def transport(
    workspace: Workspace, config: SlackConfig, shown: Surfaces, lease_seconds: float = 45.0
) -> FastAPI:
    """The Slack door by itself; `desk` stands where nobody asks the assistant anything."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        desk = cast(Assistant, workspace.desk)
        async with opened(workspace, desk, config, shown, lease_seconds=lease_seconds) as door:
            app.state.slack = door
            yield

    app = FastAPI(lifespan=lifespan)
    app.include_router(events_router(config))
    app.add_middleware(BodyLimit, larger={PATH: MAX_EVENT})
    return app


def serve(port: str, folder: str, url: str, lease: str, seconds: str) -> None:
    """Serve until killed."""
    import uvicorn

    config = SlackConfig(BOT_TOKEN, SECRET, APP_TOKEN, api_url=url, pace=0)
    shown = Surfaces({("message", ""): echo(float(seconds))})
    app = transport(Workspace(Path(folder)), config, shown, float(lease))
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="error")


def main() -> None:
    """Fork a server for each line; say its process id."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system forgets those that have ended
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            serve(*line.split())
            os._exit(0)
        print(pid, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
