"""Sends what is due: written with the person's own rights at that moment, to the person alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal, Protocol

from assistant.answer import Answer
from assistant.desk import Desk
from assistant.notices.ahead import briefing_ahead
from assistant.notices.deliveries import Claim, Deliveries, Outcome
from assistant.notices.digest import WEEK, Asked, Digests
from assistant.notices.meetings import Meetings
from assistant.notices.preferences import Preference, Preferences
from assistant.notices.reminders import due_reminders, reminders_page
from assistant.notices.schedule import Meeting, Slot, due, is_awake
from assistant.planning.desk import Planner
from crm.audit import Audit, Noted, through
from crm.directory import Directory, Person, Principal
from crm.errors import NotFoundError, UnavailableError
from crm.scope import today
from crm.settings import Language
from plans.reminders import Reminders

SEND_SECONDS = 45.0
"""How long one notice may take to be written, and again to be sent."""
_DAYS_SEEN = 3


class Sender(Protocol):
    """A door that can reach a person where nobody reads along."""

    async def reaches(self, person: Person) -> bool:
        """Whether that person has a place there to be written to."""
        ...

    async def send(self, person: Person, answer: Answer, key: str, *, again: bool) -> None:
        """Write to the person; anything raised means that it may not have arrived.

        `again` when it may have arrived before: what can be seen to be there is not sent anew.
        """
        ...

    def failed(self, person: Person, kind: str, error: Exception) -> None:
        """Log that something could not be sent, with nothing in it that is anybody's."""
        ...


@dataclass(frozen=True)
class Written:
    """A notice in words, and the reminders that it tells."""

    answer: Answer
    reminders: tuple[int, ...] = ()


@dataclass(frozen=True)
class NoticeParts:
    """What notices are made of; put together in `assistant.bootstrap` only."""

    desk: Desk
    planner: Planner
    preferences: Preferences
    deliveries: Deliveries
    reminders: Reminders
    meetings: Meetings
    digests: Digests
    audit: Audit
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


class Notices:
    """What is due for whom, written and sent once; any number of processes may do it at a time."""

    def __init__(self, parts: NoticeParts) -> None:
        self._parts = parts

    def people(self) -> list[Person]:
        """Everybody who may be written to."""
        return self._parts.desk.directory().people

    def due(self, person: Person) -> list[Slot]:
        """What is due for a person now and was not sent yet."""
        parts = self._parts
        who = principal_of(person, parts.desk.directory())
        if who is None:
            return []
        chosen, now = parts.preferences.of(person.person_id), parts.clock()
        yesterday = now.astimezone(chosen.zone).date() - timedelta(days=1)
        meetings: tuple[Meeting, ...] = ()
        if chosen.briefing_minutes is not None:
            meetings = parts.meetings.of(who, chosen, yesterday, _DAYS_SEEN + 1).meetings
        return [
            slot
            for slot in due(chosen, now, meetings)
            if not parts.deliveries.is_done(person.person_id, slot.kind, slot.key)
        ]

    def write(self, who: Principal, slot: Slot) -> Written | None:
        """A notice in words as of now; None when there is nothing to tell this person any more."""
        parts = self._parts
        chosen, day = parts.preferences.of(who.person_id), today(parts.desk.settings)
        match slot.kind:
            case "digest":
                digest = self.digest(who, chosen, day)
                return None if digest is None else Written(digest)
            case "reminders":
                page, told = self._reminders(who, chosen, day)
                return None if page is None else Written(page, told)
        if slot.meeting is None:
            return None
        try:
            return Written(briefing_ahead(parts.desk, who, slot.meeting, chosen, day))
        except NotFoundError:  # the account is theirs to see no more
            return None

    def digest(self, who: Principal, chosen: Preference, day: date) -> Answer | None:
        """The digest of a person on a day of the data."""
        last = self._parts.deliveries.last(who.person_id, "digest", day)
        asked = Asked(who, day, last or day - WEEK, chosen.language, chosen.zone)
        agenda = self._parts.meetings.of(who, chosen, day, WEEK.days)
        return self._parts.digests.write(asked, agenda)

    def _reminders(
        self, who: Principal, chosen: Preference, day: date
    ) -> tuple[Answer | None, tuple[int, ...]]:
        """The page of what a person is to be reminded of, and which reminders it tells."""
        found = due_reminders(self._parts.planner, who, day, chosen.language)
        if not found:
            return None, ()
        page = reminders_page(self._parts.desk, who, found, day, chosen.language)
        return page, tuple(told.reminder.id for told in found)

    def preview(
        self, who: Principal, kind: Literal["digest", "reminders"], language: Language | None
    ) -> Answer | None:
        """What a person would be told now, whatever the time; nothing is noted as sent."""
        chosen = self._parts.preferences.of(who.person_id)
        if language is not None:
            chosen = replace(chosen, language=language)
        day = today(self._parts.desk.settings)
        if kind == "digest":
            return self.digest(who, chosen, day)
        return self._reminders(who, chosen, day)[0]

    # ------------------------------------------------------------------ sending

    async def send_due(self, sender: Sender) -> int:
        """Send what is due now to everybody whom the door reaches; how many notices went out."""
        if not self._parts.desk.settings.notices.enabled:
            return 0
        sent = 0
        with through("schedule"):
            for person in await asyncio.to_thread(self.people):
                try:
                    sent += await self._to(person, sender)
                except Exception as error:  # noqa: BLE001 - one keeps no other from theirs
                    sender.failed(person, "", error)
            await asyncio.to_thread(self._parts.deliveries.forget_old)
        return sent

    async def _to(self, person: Person, sender: Sender) -> int:
        if not await asyncio.to_thread(self._is_awake, person) or not await sender.reaches(person):
            return 0
        slots = await asyncio.to_thread(self.due, person)
        return sum([await self._once(person, slot, sender) for slot in slots])

    def _is_awake(self, person: Person) -> bool:
        """Whether the person may be written to at this time of theirs."""
        chosen = self._parts.preferences.of(person.person_id)
        return is_awake(chosen, self._parts.clock().astimezone(chosen.zone))

    async def _once(self, person: Person, slot: Slot, sender: Sender) -> bool:
        """Send one notice, if the right to do so can be had."""
        deliveries = self._parts.deliveries
        claim = await asyncio.to_thread(deliveries.claim, person.person_id, slot.kind, slot.key)
        if claim is None:
            return False
        try:
            return await self._with(claim, person, slot, sender)
        except Exception as error:  # noqa: BLE001 - it is tried again later, the door logs why
            sender.failed(person, slot.kind, error)
            await asyncio.to_thread(deliveries.failed, claim)
            return False

    async def _with(self, claim: Claim, person: Person, slot: Slot, sender: Sender) -> bool:
        """Write and send what is claimed; it is over then, whether there was anything or not."""
        async with asyncio.timeout(SEND_SECONDS):
            who = await asyncio.to_thread(self._who, person)
            written = None
            if who is not None and self._parts.clock() < slot.until:
                written = await asyncio.to_thread(self.write, who, slot)
        if who is None or written is None:
            await asyncio.to_thread(self._over, claim, who, None)
            return False
        if not self._parts.deliveries.holds(claim):
            raise UnavailableError("The notice took too long to be written.", "It is tried again.")
        key = f"{person.person_id}/{slot.kind}/{slot.key}"
        async with asyncio.timeout(SEND_SECONDS):
            await sender.send(person, written.answer, key, again=claim.tries > 1)
        await asyncio.to_thread(self._over, claim, who, written)
        return True

    def _who(self, person: Person) -> Principal | None:
        """The person's rights as they are now."""
        directory = self._parts.desk.directory()
        now = directory.person(person.person_id)
        return None if now is None else principal_of(now, directory)

    def _over(self, claim: Claim, who: Principal | None, written: Written | None) -> None:
        """Note that this is over: what was sent, that it was, and its reminders as told."""
        parts = self._parts
        outcome: Outcome = "nothing" if written is None else "sent"
        for id_ in written.reminders if written is not None else ():
            parts.reminders.take(id_, now=parts.clock())
        parts.deliveries.done(claim, outcome, today(parts.desk.settings))
        if who is not None and written is not None:
            told = [fact.key for fact in written.answer.facts]
            about = {"key": claim.key, "answer": written.answer.id, "facts": told}
            parts.audit.record(who, Noted("notice", f"notice:{claim.kind}", about))


def principal_of(person: Person, directory: Directory) -> Principal | None:
    """The principal that a person is; None when it is not certain who they are."""
    found = directory.by_slack_id(person.slack_user_id) if person.slack_user_id else None
    if found is None and person.email:
        try:
            found = directory.by_email(person.email)
        except NotFoundError:
            return None
    return found if found is not None and found.person_id == person.person_id else None
