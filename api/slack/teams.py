"""Which teams are served, each with its own token; whatever comes from another gets nothing."""

from __future__ import annotations

import structlog

from api.slack.client import PacedClient
from api.slack.config import SlackConfig
from api.slack.delivery import Delivery
from api.slack.item import Item
from api.slack.limits import Limits
from api.slack.people import People
from api.slack.registry import Workplace
from assistant.bootstrap import Workspace
from assistant.service import Assistant

log = structlog.get_logger(__name__)
Where = tuple[str, str]
"""Enterprise and team; one of them may be empty."""


class Teams:
    """The workplaces of all teams that may use this workspace, made when first needed."""

    def __init__(self, workspace: Workspace, assistant: Assistant, config: SlackConfig) -> None:
        self._workspace = workspace
        self._assistant = assistant
        self._config = config
        self._made: dict[str, Workplace] = {}

    async def of(self, item: Item) -> Workplace | None:
        """The workplace an item belongs to; None when its team may not use this workspace."""
        return await self.at(item.enterprise, item.team)

    async def at(self, enterprise: str, team: str) -> Workplace | None:
        """The workplace of a team, or of an organisation where the app is installed for all."""
        workplace = self._workplace(self._config.bot_token)
        ours = await workplace.people.ourselves()
        if {enterprise, team} & ({ours.team, ours.enterprise} - {""}):
            return workplace
        log.warning("slack.other_team", enterprise=enterprise, team=team)
        return None

    def _workplace(self, token: str) -> Workplace:
        if token not in self._made:
            client = PacedClient(token, self._config.api_url, Limits())
            people = People(client, self._assistant)
            delivery = Delivery(client)
            self._made[token] = Workplace(self._workspace, self._assistant, people, delivery)
        return self._made[token]
