"""The HTTP door: it opens the workspace, keeps the layers in order, and decides nothing itself."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from api.http import health, problems, routes, stream
from api.http.auth import Authentication
from api.http.limits import BodyLimit
from api.http.state import Door
from api.keys import Keys
from api.slack.app import opened
from api.slack.config import SlackConfig
from api.slack.events import MAX_EVENT, PATH, events_router
from assistant.bootstrap import Workspace

_DESCRIPTION = """Account planning for B2B sales teams, in Japanese and English.

Every figure of an answer is a fact with its evidence. Whoever asks sees what that person may see:
what is hidden and what does not exist answer alike. Refusals are `application/problem+json`.
"""


def create_app(workspace: Workspace, slack: SlackConfig | None = None) -> FastAPI:
    """The application on a workspace.

    Slack's events are taken at /slack/events when `slack`, or else the environment, has a
    SLACK_SIGNING_SECRET. Raises InputError when it has that without SLACK_BOT_TOKEN.
    """
    slack = slack or SlackConfig.of_environment(os.environ)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            assistant = await stack.enter_async_context(workspace.assistant())
            app.state.door = Door(workspace, assistant, Keys(workspace.database))
            await asyncio.to_thread(assistant.warm_up)
            if slack.takes_http:
                door = opened(workspace, assistant, slack)
                app.state.slack = await stack.enter_async_context(door)
            yield

    app = FastAPI(
        title="Tagayasu",
        version="1",
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    problems.install(app)
    app.include_router(routes.router)
    app.include_router(stream.router)
    app.include_router(health.router)
    if slack.takes_http:
        app.include_router(events_router(slack))
    app.add_middleware(BodyLimit, larger={PATH: MAX_EVENT})
    app.add_middleware(Authentication)
    app.add_middleware(problems.Guard)
    return app
