"""The HTTP door: it opens the workspace, keeps the layers in order, and decides nothing itself."""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager

import sqlalchemy as sa
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from api.http import chat, health, problems, routes, stream
from api.http.auth import Authentication
from api.http.headers import SEEN_BY_PAGES, SENT_BY_PAGES, Head, Hosts, SafeHeaders
from api.http.idempotency import Idempotency, Requests
from api.http.limits import MIB, BodyLimit
from api.http.metrics import metrics_router
from api.http.openai_shape import OpenAIErrors
from api.http.openapi import describe
from api.http.record import Recording
from api.http.routes.answers import ALWAYS
from api.http.state import Door
from api.http.strict import StrictJson
from api.http.turns import StreamedTurns
from api.mcp.http import McpDoor
from api.slack.app import opened
from api.slack.config import SlackConfig
from api.slack.events import MAX_EVENT, PATH, events_router
from api.slack.inbox import Inbox
from api.telemetry import Metrics
from api.tidying import tidied
from assistant.bootstrap import Workspace
from assistant.state import Evidence
from crm.errors import TagayasuError
from crm.thresholds import Http

_DESCRIPTION = """Account planning for B2B sales teams, in Japanese and English.

Every figure of an answer is a fact with its evidence. Whoever asks sees what that person may see:
what is hidden and what does not exist answer alike. Refusals are `application/problem+json`.
"""

LARGER = {
    PATH: MAX_EVENT,
    "/v1/imports": 256 * MIB,
    "/v1/documents": 32 * MIB,
    "/v1/plan-imports": 16 * MIB,
    "/v1/me/calendar": 5 * MIB,
    "/v1/plans/": MIB,
    "/v1/chat/completions": MIB,
    "/mcp": MIB,
}
"""Paths whose bodies may be larger than 64 KiB, in bytes."""


def create_app(
    workspace: Workspace, slack: SlackConfig | None = None, metrics: Metrics | None = None
) -> FastAPI:
    """The application on a workspace, which counts into `metrics` and shows them at /metrics.

    Slack's events are taken at /slack/events when `slack`, or else the environment, has a
    SLACK_SIGNING_SECRET. Raises InputError when it has that without SLACK_BOT_TOKEN.
    """
    slack = slack or SlackConfig.of_environment(os.environ)

    mcp = McpDoor(workspace.settings.http.cors_origins)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        asyncio.get_running_loop().set_default_executor(_calculating())
        async with AsyncExitStack() as stack:
            assistant = await stack.enter_async_context(workspace.assistant())
            app.state.door = opening = Door.behind(workspace, assistant)
            await asyncio.to_thread(assistant.warm_up)
            if opening.tokens is not None:
                await asyncio.to_thread(opening.tokens.prepare)
            await stack.enter_async_context(mcp.opened(assistant))
            await stack.enter_async_context(tidied(*_kept_for_a_while(workspace)))
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
        redirect_slashes=False,
        middleware=_layers(workspace.settings.http, metrics),
    )
    problems.install(app)
    for router in (*routes.routers, stream.router, chat.router):
        app.include_router(router, responses=ALWAYS)
    app.include_router(health.router)
    app.router.routes.append(mcp.route)
    if slack.takes_http:
        app.include_router(events_router(slack))
    if metrics is not None:
        metrics.gauge("slack_inbox_waiting", "Items of Slack to be answered.", _waiting(workspace))
        app.include_router(metrics_router(metrics))
    describe(app)
    return app


def _calculating() -> ThreadPoolExecutor:
    """Threads that calculate, one a core: more would only wait for each other, and Slack too."""
    return ThreadPoolExecutor(max(os.cpu_count() or 1, 2), "tagayasu")


def _kept_for_a_while(workspace: Workspace) -> list[Callable[[], object]]:
    """What removes that whose time is over, of all that this door and Slack's keep."""
    database = workspace.database
    kept = (StreamedTurns(database), Requests(database), Evidence(database))
    return [each.forget_old for each in kept]


def _waiting(workspace: Workspace) -> Callable[[], float]:
    """How many items of Slack wait in the database that all processes share; NaN without it."""

    def count() -> float:
        try:
            return Inbox(workspace.database, 0).waiting()
        except (sa.exc.SQLAlchemyError, TagayasuError):
            return math.nan

    return count


def _layers(settings: Http, metrics: Metrics | None) -> list[Middleware]:
    """What a request goes through, from the outside in.

    Who asks is settled before anything of the body is read; a body is taken in whole, counted and
    checked before a route sees it.
    """
    pages = Middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=SENT_BY_PAGES,
        expose_headers=SEEN_BY_PAGES,
    )
    return [
        Middleware(Head),
        Middleware(Recording, metrics=metrics),
        Middleware(SafeHeaders, tls=settings.tls),
        Middleware(OpenAIErrors),
        Middleware(problems.Guard),
        Middleware(Hosts, hosts=settings.hosts),
        *([pages] if settings.cors_origins else []),
        Middleware(Authentication),
        Middleware(BodyLimit, larger=LARGER),
        Middleware(StrictJson),
        Middleware(Idempotency),
    ]
