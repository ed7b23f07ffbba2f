"""The loop that sends what is due, into the direct conversation with each person and nowhere else.

Any number of processes may run it: who sends what is settled in the database.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from slack_sdk.errors import SlackApiError

from api.render.slack.notices import notice
from api.render.trace import trace_of
from api.slack.limits import error_name
from api.slack.registry import Workplace
from assistant.answer import Answer
from assistant.notices.preferences import Preferences
from assistant.notices.sending import Notices
from crm.directory import Person
from crm.errors import UnavailableError

LOOK_SECONDS = 30.0
_REMEMBERED_SECONDS = 3600.0
_UNKNOWN = frozenset(
    {"users_not_found", "user_not_found", "user_not_visible", "missing_scope", "invalid_arguments"}
)
log = structlog.get_logger(__name__)
Workplaces = Callable[[], Awaitable[Sequence[Workplace]]]


@dataclass(frozen=True)
class _Place:
    """Where somebody is written to."""

    workplace: Workplace
    user: str


class SlackSender:
    """Writes to our people in Slack; whom it finds there is remembered for an hour."""

    def __init__(self, workplaces: Workplaces, preferences: Preferences) -> None:
        self._workplaces, self._preferences = workplaces, preferences
        self._places: dict[str, tuple[float, _Place | None]] = {}

    async def reaches(self, person: Person) -> bool:
        """Whether the person is a living member of a team that is served."""
        return await self._place(person) is not None

    async def send(self, person: Person, answer: Answer, key: str, *, again: bool) -> None:
        """Post the answer; of one that may be there already, what cannot be found."""
        place = await self._place(person)
        if place is None:
            raise UnavailableError("The person is not in Slack any more.", "It is tried again.")
        delivery = place.workplace.delivery
        channel = await delivery.open_dm(place.user)
        for number, part in enumerate(notice(answer)):
            named = f"{key}#{number}"
            if not (again and await delivery.find(channel, named)):
                await delivery.post(channel, part, key=named)

    def failed(self, person: Person, kind: str, error: Exception) -> None:
        """Log what could not be sent, and where it went wrong."""
        log.error("notices.failed", person=person.person_id, kind=kind, trace=trace_of(error))

    async def _place(self, person: Person) -> _Place | None:
        known = self._places.get(person.person_id)
        if known is None or known[0] < time.monotonic():
            found = await self._found(person)
            known = self._places[person.person_id] = time.monotonic() + _REMEMBERED_SECONDS, found
        return known[1]

    async def _found(self, person: Person) -> _Place | None:
        """The first team in which the person's Slack user is surely this person."""
        for workplace in await self._workplaces():
            user = person.slack_user_id or await self._by_email(workplace, person)
            if not user:
                continue
            principal = await workplace.people.principal(user)
            if principal is not None and principal.person_id == person.person_id:
                await self._hear(workplace, person, user)
                return _Place(workplace, user)
        return None

    async def _by_email(self, workplace: Workplace, person: Person) -> str:
        if not person.email:
            return ""
        try:
            said = await workplace.delivery.client.users_lookupByEmail(email=person.email)
        except SlackApiError as error:
            if error_name(error) in _UNKNOWN:
                return ""
            raise
        return str((said.get("user") or {}).get("id") or "")

    async def _hear(self, workplace: Workplace, person: Person, user: str) -> None:
        """Keep the language and the time zone that the person has set in Slack."""
        locale, zone = await workplace.people.habits(user)
        await asyncio.to_thread(
            self._preferences.heard, person.person_id, language=locale, time_zone=zone
        )


@asynccontextmanager
async def running(
    notices: Notices, sender: SlackSender, look_seconds: float = LOOK_SECONDS
) -> AsyncIterator[None]:
    """What is due is sent while this holds."""
    task = asyncio.create_task(_go_on(notices, sender, look_seconds))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _go_on(notices: Notices, sender: SlackSender, look_seconds: float) -> None:
    while True:
        try:
            await notices.send_due(sender)
        except Exception as error:  # noqa: BLE001 - the next look tries again, the reason is logged
            log.error("notices.look", trace=trace_of(error))
        await asyncio.sleep(look_seconds)
