"""Who asks: the person, what their access may do, what there is, and when they are written to."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import File, UploadFile
from starlette.responses import JSONResponse, Response

from api.http.auth import Asker, Called, Writer
from api.http.routes.answers import NO_CONTENT, NOT_THERE, form_example, refusals, routes
from api.http.schemas_house import CalendarOut, MeOut, PreferencesIn, PreferencesOut
from api.http.state import Door, Opened
from api.scopes import SCOPES
from assistant.notices.calendars import AHEAD
from crm.audit import Noted
from crm.errors import NotFoundError
from crm.scope import Principal, today

router = routes("me")
_EXAMPLE = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:1
DTSTART;TZID=Asia/Tokyo:20261006T100000
SUMMARY:東都電機 定例
ATTENDEE:mailto:fukushima@toto-denki.example
END:VEVENT
END:VCALENDAR
"""


@router.get("/me", response_model=MeOut, summary="Who you are here", operation_id="me")
async def me(asker: Asker, caller: Called, door: Opened) -> Response:
    """The person whose key or token it is, its scopes, and what this workspace has."""
    said = await asyncio.to_thread(_person, door, asker)
    held = [scope for scope in SCOPES if scope in caller.scopes]
    workspace = await asyncio.to_thread(_workspace, door)
    return JSONResponse({**said, "scopes": held, "access": caller.by, "workspace": workspace})


def _person(door: Door, asker: Principal) -> dict[str, Any]:
    found = door.assistant.directory().person(asker.person_id)
    return {
        "person_id": asker.person_id,
        "name": asker.name,
        "email": found.email if found else None,
        "team": found.team if found else None,
        "roles": sorted(asker.roles),
    }


def _workspace(door: Door) -> dict[str, Any]:
    company, snapshot = door.workspace.settings.company, door.workspace.warehouse.open()
    return {
        "company": company.name,
        "language": company.language,
        "currency": company.currency,
        "time_zone": company.time_zone,
        "as_of": today(door.workspace.settings).isoformat(),
        "snapshot": snapshot.id,
        "tables": sorted(snapshot.filled),
        "model": door.assistant.model,
    }


@router.get(
    "/me/preferences",
    response_model=PreferencesOut,
    summary="When you are written to",
    operation_id="readPreferences",
)
async def read_preferences(asker: Asker, door: Opened) -> Response:
    """Digest, reminders and briefings ahead of meetings: when, or off."""
    found = await asyncio.to_thread(door.workspace.preferences.of, asker.person_id)
    return JSONResponse(dict(found.texts))


@router.patch(
    "/me/preferences",
    response_model=PreferencesOut,
    summary="Choose when you are written to",
    operation_id="changePreferences",
    responses=refusals(415),
)
async def change_preferences(chosen: PreferencesIn, writer: Writer, door: Opened) -> Response:
    """All of what is named, or nothing; null is what is usual here."""
    wanted = chosen.model_dump(exclude_unset=True)
    found = await asyncio.to_thread(door.workspace.preferences.change, writer, wanted)
    noted = Noted("preferences.changed", "", wanted)
    await asyncio.to_thread(door.workspace.audit.record, writer, noted)
    return JSONResponse(dict(found.texts))


# ------------------------------------------------------------------ the calendar


@router.get(
    "/me/calendar",
    response_model=CalendarOut,
    summary="What your calendar holds",
    operation_id="readCalendar",
    responses=NOT_THERE,
)
async def read_calendar(asker: Asker, door: Opened) -> Response:
    """The calendar that you have sent, or that lies ready for you: how much of it is understood."""
    return JSONResponse(await asyncio.to_thread(_calendar, door, asker))


@router.put(
    "/me/calendar",
    response_model=CalendarOut,
    summary="Send your calendar",
    operation_id="sendCalendar",
    responses=refusals(404, 415),
    openapi_extra=form_example(calendar=_EXAMPLE),
)
async def send_calendar(
    writer: Writer,
    door: Opened,
    calendar: Annotated[UploadFile, File(description="Your own calendar, iCalendar (.ics).")],
) -> Response:
    """It takes the place of the one before. A briefing comes ahead of each meeting in it whose
    account is certain; times, titles and who takes part are kept, and nothing else of it.
    """
    content = await calendar.read()

    def kept() -> dict[str, Any]:
        door.workspace.calendars.keep(writer, content, today(door.workspace.settings))
        said = _calendar(door, writer)
        noted = Noted("calendar.sent", "", {"bytes": len(content), "events": said["events"]})
        door.workspace.audit.record(writer, noted)
        return said

    return JSONResponse(await asyncio.to_thread(kept))


@router.delete(
    "/me/calendar",
    status_code=204,
    response_class=Response,
    summary="Take your calendar back",
    operation_id="removeCalendar",
    responses={**NO_CONTENT, **NOT_THERE},
)
async def remove_calendar(writer: Writer, door: Opened) -> Response:
    """What you have sent is removed; a file that the company keeps for you counts again."""
    await asyncio.to_thread(door.workspace.calendars.remove, writer)
    noted = Noted("calendar.removed", "")
    await asyncio.to_thread(door.workspace.audit.record, writer, noted)
    return Response(status_code=204)


def _calendar(door: Door, who: Principal) -> dict[str, Any]:
    meetings, first = door.workspace.meetings, today(door.workspace.settings)
    own = meetings.calendar(who, door.workspace.preferences.of(who.person_id), first)
    if own is None:
        raise NotFoundError("There is no calendar of yours.", "Send one: PUT /v1/me/calendar.")
    known = own.calendar
    return {
        "sent_at": own.sent_at.isoformat() if own.sent_at else None,
        "since": first.isoformat(),
        "until": (first + AHEAD).isoformat(),
        "events": len(known.events) if known else None,
        "unread": known.unread if known else None,
        "meetings": len(meetings.with_accounts(who, known)) if known else None,
    }
