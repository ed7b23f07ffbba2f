"""Who writes, and who reads along: only a living person of our own team may be shown data."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any, Literal

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from api.slack.limits import error_name
from assistant.service import Assistant
from crm.errors import NotFoundError
from crm.scope import Directory, Principal

_REMEMBERED_SECONDS = 300.0
_PAGE = 200
_INVISIBLE = frozenset({"user_not_found", "user_not_visible", "users_not_found"})
_SLACKBOT = "USLACKBOT"


@dataclass(frozen=True)
class Ourselves:
    """Our app in its team, as auth.test has it."""

    team: str
    enterprise: str
    user: str


@dataclass(frozen=True)
class SlackUser:
    """A user as far as rights need it; `email` only of a person of ours, and confirmed.

    `locale` and `zone` are those they have set in Slack.
    """

    id: str
    kind: Literal["ours", "stranger", "program", "gone"]
    email: str | None = None
    locale: str | None = None
    zone: str | None = None


class People:
    """Slack's users as our own people. What Slack says of a user is remembered for minutes."""

    def __init__(self, client: AsyncWebClient, assistant: Assistant) -> None:
        self._client = client
        self._assistant = assistant
        self._ourselves: Ourselves | None = None
        self._users: dict[str, tuple[float, SlackUser]] = {}

    async def ourselves(self) -> Ourselves:
        """Our app and its team; asked once."""
        if self._ourselves is None:
            said = await self._client.auth_test()
            self._ourselves = Ourselves(
                team=str(said.get("team_id") or ""),
                enterprise=str(said.get("enterprise_id") or ""),
                user=str(said.get("user_id") or ""),
            )
        return self._ourselves

    async def principal(self, user_id: str) -> Principal | None:
        """Our person behind a Slack user; None for strangers, programs and people of elsewhere."""
        user = await self._user(user_id)
        if user.kind != "ours":
            return None
        directory = await asyncio.to_thread(self._assistant.directory)
        return _principal(directory, user)

    async def habits(self, user_id: str) -> tuple[str | None, str | None]:
        """The language and the time zone that somebody has set in Slack, where it tells."""
        user = await self._user(user_id)
        return user.locale, user.zone

    async def all_may_see(self, channel: str, asker: Principal) -> bool:
        """Whether every person in the channel may see at least what the asker may see."""
        directory = await asyncio.to_thread(self._assistant.directory)
        needed = directory.scope(asker)
        ourselves = await self.ourselves()
        for member in await self._members(channel):
            if member in (ourselves.user, _SLACKBOT):
                continue
            user = await self._user(member)
            if user.kind in ("program", "gone"):
                continue
            principal = _principal(directory, user) if user.kind == "ours" else None
            if principal is None or not directory.scope(principal).covers(needed):
                return False
        return True

    async def _members(self, channel: str) -> list[str]:
        found: list[str] = []
        cursor = ""
        while True:
            page = await self._client.conversations_members(
                channel=channel, limit=_PAGE, cursor=cursor
            )
            found += [str(member) for member in page.get("members") or []]
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return found

    async def _user(self, user_id: str) -> SlackUser:
        known = self._users.get(user_id)
        if known and known[0] > time.monotonic():
            return known[1]
        ourselves = await self.ourselves()
        try:
            said = await self._client.users_info(user=user_id, include_locale=True)
            user = _slack_user(user_id, said.get("user") or {}, ourselves)
        except SlackApiError as error:
            if error_name(error) not in _INVISIBLE:
                raise
            user = SlackUser(user_id, "stranger")
        self._users[user_id] = (time.monotonic() + _REMEMBERED_SECONDS, user)
        return user


def _principal(directory: Directory, user: SlackUser) -> Principal | None:
    found = directory.by_slack_id(user.id)
    if found is not None or user.email is None:
        return found
    try:
        return directory.by_email(user.email)
    except NotFoundError:
        return None


def _slack_user(user_id: str, said: dict[str, Any], ourselves: Ourselves) -> SlackUser:
    if said.get("is_bot") or user_id == ourselves.user:
        return SlackUser(user_id, "program")
    if said.get("deleted"):
        return SlackUser(user_id, "gone")
    if not _of_ours(said, ourselves):
        return SlackUser(user_id, "stranger")
    confirmed = said.get("is_email_confirmed", True)
    email = (said.get("profile") or {}).get("email") if confirmed else None
    known = (email, said.get("locale"), said.get("tz"))
    return SlackUser(user_id, "ours", *(v if isinstance(v, str) and v else None for v in known))


def _of_ours(said: dict[str, Any], ourselves: Ourselves) -> bool:
    """Whether a user is of our team or, on Enterprise Grid, our organisation; no guest is."""
    if any(said.get(key) for key in ("is_stranger", "is_restricted", "is_ultra_restricted")):
        return False
    ours = {ourselves.team, ourselves.enterprise} - {""}
    organisation = (said.get("enterprise_user") or {}).get("enterprise_id")
    return said.get("team_id", ourselves.team) in ours or organisation in ours
