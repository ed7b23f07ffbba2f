"""Who asks: the person, what their access may do, what there is, and when they are written to."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import JSONResponse, Response

from api.http.auth import Asker, Called, Writer
from api.http.routes.answers import refusals, routes
from api.http.schemas_house import MeOut, PreferencesIn, PreferencesOut
from api.http.state import Door, Opened
from api.scopes import SCOPES
from assistant.notices.preferences import Preferences
from crm.audit import Noted
from crm.scope import Principal, today

router = routes("me")


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
    found = await asyncio.to_thread(_preferences(door).of, asker.person_id)
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
    found = await asyncio.to_thread(_preferences(door).change, writer, wanted)
    noted = Noted("preferences.changed", "", wanted)
    await asyncio.to_thread(door.workspace.audit.record, writer, noted)
    return JSONResponse(dict(found.texts))


def _preferences(door: Door) -> Preferences:
    return Preferences(door.workspace.database, door.workspace.settings)
