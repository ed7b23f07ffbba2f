"""The app is added to a team by link: begun here, agreed to at Slack, and ended here once only."""

from __future__ import annotations

import asyncio
import hmac
import re
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

import structlog
from fastapi import APIRouter, Request
from slack_sdk.errors import SlackApiError
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from api.render.trace import trace_of
from api.slack.client import PacedClient
from api.slack.config import SlackConfig
from api.slack.installations import STATE_SECONDS, Installation
from api.slack.limits import Limits
from api.slack.teams import Teams, tokens_of
from crm.audit import Noted, through
from crm.declared import declared
from crm.scope import Principal

INSTALL = "/slack/install"
REDIRECT = "/slack/oauth_redirect"
_AUTHORIZE = "https://slack.com/oauth/v2/authorize"
_COOKIE = "tagayasu_slack_state"
_WORD = re.compile(r"[\w.~-]{1,500}", re.ASCII)
Outcome = Literal["installed", "cancelled", "expired", "not_allowed", "failed"]
_STATUS: dict[Outcome, int] = {
    "installed": 200,
    "cancelled": 200,
    "expired": 400,
    "not_allowed": 403,
    "failed": 400,
}
log = structlog.get_logger(__name__)


def bot_scopes() -> list[str]:
    """The scopes that the manifest asks for."""
    manifest: dict[str, Any] = declared("api.slack", "manifest.yaml")
    scopes: list[str] = manifest["oauth_config"]["scopes"]["bot"]
    return scopes


def install_router(config: SlackConfig) -> APIRouter:
    """The two routes of an installation."""
    router = APIRouter(tags=["slack"], include_in_schema=False)

    @router.get(INSTALL, summary="Add the app to Slack")
    async def install(request: Request) -> Response:
        teams: Teams = request.app.state.slack.teams
        state = await asyncio.to_thread(teams.installations.begin)
        asked = {
            "client_id": config.client_id,
            "scope": ",".join(bot_scopes()),
            "redirect_uri": config.address.rstrip("/") + REDIRECT,
            "state": state,
        }
        leaving = RedirectResponse(f"{_AUTHORIZE}?{urlencode(asked)}", 302)
        leaving.set_cookie(
            _COOKIE,
            state,
            max_age=STATE_SECONDS,
            path=REDIRECT,
            secure=urlsplit(config.address).scheme == "https",
            httponly=True,
            samesite="lax",
        )
        return leaving

    @router.get(REDIRECT, summary="Come back from Slack")
    async def come_back(request: Request) -> Response:
        with through("slack"):
            outcome = await Installing(config, request.app.state.slack.teams).outcome(request)
        said = declared("api.slack", "install.yaml")[outcome]
        page = PlainTextResponse(f"{said['ja']}\n{said['en']}\n", _STATUS[outcome])
        page.delete_cookie(_COOKIE, path=REDIRECT)
        return page

    return router


@dataclass(frozen=True)
class Installing:
    """Somebody comes back from Slack, who has agreed or not."""

    config: SlackConfig
    teams: Teams

    async def outcome(self, request: Request) -> Outcome:
        """What becomes of it: only a browser that began here, once, for a team that may."""
        state, code = (request.query_params.get(name, "") for name in ("state", "code"))
        begun = request.cookies.get(_COOKIE, "")
        kept = self.teams.installations
        if not _WORD.fullmatch(state) or not hmac.compare_digest(state.encode(), begun.encode()):
            return "expired"
        if not await asyncio.to_thread(kept.came_back, state):
            return "expired"
        if request.query_params.get("error"):
            return "cancelled"
        if not _WORD.fullmatch(code):
            return "expired"
        try:
            return await self._exchanged(code)
        except SlackApiError as error:
            log.warning("slack.not_installed", trace=trace_of(error))
            return "failed"

    async def _exchanged(self, code: str) -> Outcome:
        client = PacedClient("", self.config.api_url, Limits())
        said = await client.oauth_v2_access(
            client_id=self.config.client_id,
            client_secret=self.config.client_secret,
            code=code,
            redirect_uri=self.config.address.rstrip("/") + REDIRECT,
        )
        made = _installation(said)
        if not made.bot_token.startswith("xoxb-") and not made.bot_token.startswith("xoxe."):
            return "failed"
        if not self.teams.allows(made.enterprise, made.team):
            log.warning("slack.not_allowed", enterprise=made.enterprise, team=made.team)
            await PacedClient(made.bot_token, self.config.api_url, Limits()).auth_revoke()
            return "not_allowed"
        await asyncio.to_thread(self.teams.installations.keep, made)
        await asyncio.to_thread(self._note, made)
        return "installed"

    def _note(self, made: Installation) -> None:
        details = {"enterprise": made.enterprise, "team": made.team, "by": made.installed_by}
        done = Noted("slack.installed", f"slack:{made.team or made.enterprise}", details)
        self.teams.workspace.audit.record(Principal("", ""), done)


def _installation(said: Any) -> Installation:
    def part(name: str, inner: str) -> str:
        return str((said.get(name) or {}).get(inner) or "")

    for_all = bool(said.get("is_enterprise_install"))
    return Installation(
        enterprise=part("enterprise", "id"),
        team="" if for_all else part("team", "id"),
        app=str(said.get("app_id") or ""),
        bot_user=str(said.get("bot_user_id") or ""),
        scopes=str(said.get("scope") or ""),
        installed_by=part("authed_user", "id"),
        **tokens_of(said),
    )
