"""Which teams are served, each with its own token; whatever comes from another gets nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError

from api.slack.client import PacedClient
from api.slack.config import SlackConfig
from api.slack.delivery import Delivery
from api.slack.installations import Installation, Installations
from api.slack.item import Item
from api.slack.limits import Limits, error_name
from api.slack.people import People
from api.slack.registry import Workplace
from api.slack.stream import is_transient
from assistant.bootstrap import Workspace
from assistant.service import Assistant

_RENEW_SECONDS = 1800.0
"""A token is renewed when it ends so soon."""
log = structlog.get_logger(__name__)


class Teams:
    """The workplaces of all teams that may use this workspace, made when first needed."""

    def __init__(self, workspace: Workspace, assistant: Assistant, config: SlackConfig) -> None:
        self.workspace = workspace
        self._assistant = assistant
        self._config = config
        self._allowed = frozenset(assistant.settings.slack.teams)
        self._made: dict[tuple[str, str], Workplace] = {}
        self._renewing = asyncio.Lock()

    @cached_property
    def installations(self) -> Installations:
        """Where the app was installed by link; InputError when it cannot be."""
        return Installations(self.workspace.database, self._config.token_key)

    async def of(self, item: Item) -> Workplace | None:
        """The workplace an item belongs to; None when its team may not use this workspace."""
        return await self.at(item.enterprise, item.team)

    async def at(self, enterprise: str, team: str) -> Workplace | None:
        """The workplace of a team, or of an organisation where the app is installed for all."""
        if self._config.bot_token:
            own = self._workplace(("", ""), self._config.bot_token)
            ours = await own.people.ourselves()
            if {enterprise, team} & ({ours.team, ours.enterprise} - {""}):
                return own
        if not self.allows(enterprise, team):
            log.warning("slack.other_team", enterprise=enterprise, team=team)
            return None
        made = await self._installed(enterprise, team)
        if made is None:
            return None
        return self._workplace((made.enterprise, made.team), made.bot_token)

    async def all(self) -> list[Workplace]:
        """The workplaces of every team that is served."""
        found = (
            [self._workplace(("", ""), self._config.bot_token)] if self._config.bot_token else []
        )
        if self._config.installs:
            for one in await asyncio.to_thread(self.installations.all):
                workplace = await self.at(one.enterprise, one.team)
                if workplace is not None and workplace not in found:
                    found.append(workplace)
        return found

    def allows(self, enterprise: str, team: str) -> bool:
        """Whether the settings name this team or its organisation."""
        return bool({enterprise, team} & self._allowed)

    async def ended(self, item: Item) -> None:
        """Slack says that the app was removed, or its tokens revoked: forget a token that is dead.

        Slack itself is asked, for one team of an organisation may go while the others stay.
        """
        made = await self._kept(item.enterprise, item.team)
        if made is None:
            return
        client = PacedClient(made.bot_token, self._config.api_url, Limits())
        try:
            await client.auth_test()
        except SlackApiError as error:
            if is_transient(error):
                raise
            await asyncio.to_thread(self.installations.end, made.enterprise, made.team)
            self._made.pop((made.enterprise, made.team), None)
            log.info("slack.uninstalled", team=made.team, error=error_name(error))

    async def _installed(self, enterprise: str, team: str) -> Installation | None:
        made = await self._kept(enterprise, team)
        if made is None or not made.ends_within(_RENEW_SECONDS) or not made.refresh_token:
            return made
        async with self._renewing:
            return await self._renewed(made.enterprise, made.team)

    async def _renewed(self, enterprise: str, team: str) -> Installation | None:
        """The installation with a token that lives on; another may have renewed it by now."""
        old = await self._kept(enterprise, team)
        if old is None or not old.ends_within(_RENEW_SECONDS):
            return old
        client = PacedClient("", self._config.api_url, Limits())
        try:
            said = await client.oauth_v2_access(
                client_id=self._config.client_id,
                client_secret=self._config.client_secret,
                grant_type="refresh_token",
                refresh_token=old.refresh_token,
            )
        except SlackApiError as error:
            log.warning("slack.not_renewed", team=team, error=error_name(error))
            return await self._kept(enterprise, team)
        new = replace(old, **tokens_of(said))
        await asyncio.to_thread(self.installations.renewed, old, new)
        return await self._kept(enterprise, team)

    async def _kept(self, enterprise: str, team: str) -> Installation | None:
        if not self._config.installs:
            return None
        return await asyncio.to_thread(self.installations.of, enterprise, team)

    def _workplace(self, place: tuple[str, str], token: str) -> Workplace:
        made = self._made.get(place)
        if made is None:
            client = PacedClient(token, self._config.api_url, Limits(self._config.pace))
            people = People(client, self._assistant)
            made = Workplace(self.workspace, self._assistant, people, Delivery(client))
            self._made[place] = made
        made.delivery.client.token = token  # which may have been renewed
        return made


def tokens_of(said: Any) -> dict[str, Any]:
    """The tokens in Slack's answer to oauth.v2.access."""
    lives = said.get("expires_in")
    ends = datetime.now(UTC) + timedelta(seconds=int(lives)) if lives else None
    return {
        "bot_token": str(said.get("access_token") or ""),
        "refresh_token": said.get("refresh_token") or None,
        "expires_at": ends.replace(microsecond=0) if ends else None,
    }
