"""What an admin sees to: people, keys, the audit log, and forgetting a person."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query
from starlette.responses import JSONResponse, Response

from api.http.auth import Admin
from api.http.paging import Cursor, Limit, Listing, Page, number_of
from api.http.routes.answers import NO_CONTENT, NOT_THERE, links, refusals, routes
from api.http.schemas import Words
from api.http.schemas_house import (
    EntryOut,
    ErasureIn,
    ErasureOut,
    KeyIn,
    KeyOut,
    NewKeyOut,
    PersonOut,
    VerifiedOut,
)
from api.http.state import Opened
from api.keys import Key, key_id
from api.scopes import SCOPES
from crm.audit import Entry, Noted
from crm.directory import Person
from crm.errors import NotFoundError

router = routes("admin", "/v1/admin")


@router.get(
    "/people",
    response_model=Page[PersonOut],
    summary="List people",
    operation_id="listPeople",
)
async def list_people(
    _admin: Admin, door: Opened, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """Our people as the directory has them, by id."""
    directory = await asyncio.to_thread(door.assistant.directory)
    return _PEOPLE.among(directory.people, limit, cursor)


@router.get(
    "/keys",
    response_model=Page[KeyOut],
    summary="List API keys",
    operation_id="listKeys",
)
async def list_keys(
    _admin: Admin,
    door: Opened,
    email: Annotated[
        Words | None, Query(max_length=200, description="Only those of this person.")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """What is known of each key, the newest first; no key itself is."""
    found = await asyncio.to_thread(door.keys.all, email)
    return _KEYS.among(found, limit, cursor, last_first=True)


@router.post(
    "/keys",
    status_code=201,
    response_model=NewKeyOut,
    summary="Make an API key",
    operation_id="makeKey",
    responses={
        201: {"description": "The key.", "links": links("id", revokeKey="key_id")},
        **refusals(404, 415),
    },
)
async def make_key(asked: KeyIn, admin: Admin, door: Opened) -> Response:
    """A key for a person of ours. It is shown here and never again."""

    def made() -> tuple[str, Key | None]:
        door.assistant.directory().by_email(asked.email)
        key = door.keys.issue(
            asked.email,
            name=asked.name,
            scopes=asked.scopes,
            days=asked.days,
            created_by=admin.person_id,
        )
        said = asked.model_dump()
        door.workspace.audit.record(admin, Noted("key.added", f"key:{key_id(key)}", said))
        return key, door.keys.find(key)

    key, found = await asyncio.to_thread(made)
    if found is None:
        raise NotFoundError("The key was revoked at once.", "Make another.")
    return JSONResponse({**_key(found), "key": key}, 201)


@router.delete(
    "/keys/{key_id}",
    status_code=204,
    response_class=Response,
    summary="Revoke an API key",
    operation_id="revokeKey",
    responses={**NO_CONTENT, **NOT_THERE},
)
async def revoke_key(
    key_id: Annotated[Words, Path(description="The key's id.", max_length=100)],
    admin: Admin,
    door: Opened,
) -> Response:
    """It opens nothing from now on."""
    known = await asyncio.to_thread(door.keys.all)
    is_known = any(key.id == key_id for key in known)
    if not is_known or not await asyncio.to_thread(door.keys.revoke, key_id):
        raise NotFoundError("There is no such key in use.", "List the keys.")
    noted = Noted("key.revoked", f"key:{key_id}")
    await asyncio.to_thread(door.workspace.audit.record, admin, noted)
    return Response(status_code=204)


@router.get(
    "/audit",
    response_model=Page[EntryOut],
    summary="Read the audit log",
    operation_id="readAudit",
)
async def read_audit(
    admin: Admin,
    door: Opened,
    person: Annotated[
        Words | None, Query(max_length=200, description="Only what this person did.")
    ] = None,
    action: Annotated[
        Words, Query(max_length=40, description="Only this action.", examples=["plan.moved"])
    ] = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """What was asked, looked up, decided and taken out, by whom and when, the first entry first."""
    at = _AUDIT.after(cursor)
    after = number_of(at[0]) if at else 0

    def read() -> list[Entry]:
        audit = door.workspace.audit
        found = audit.read(after=after, limit=limit + 1, person=person, action=action)
        looked = {"person": person, "after": after, "entries": min(len(found), limit)}
        audit.record(admin, Noted("audit.read", "", looked))
        return found

    return _AUDIT.page(await asyncio.to_thread(read), limit)


@router.get(
    "/audit/verification",
    response_model=VerifiedOut,
    summary="Check the audit log",
    operation_id="verifyAudit",
)
async def verify_audit(
    _admin: Admin,
    door: Opened,
    head: Annotated[
        str | None,
        Query(
            pattern="^[0-9a-f]{64}$",
            description="Hash of an entry known from before, which must still be there.",
        ),
    ] = None,
) -> Response:
    """Whether every entry is bound to the one before it, and none was altered or cut off."""
    found = await asyncio.to_thread(door.workspace.audit.verify, head)
    return JSONResponse({"holds": found.holds, **asdict(found)})


@router.post(
    "/erasures",
    response_model=ErasureOut,
    summary="Forget a customer's person",
    operation_id="forget",
    responses=refusals(404, 415),
)
async def forget(asked: ErasureIn, admin: Admin, door: Opened) -> Response:
    """Says where a contact is written; with `dry_run` false removes them from tables, texts,
    conversations and vectors, and searches for what is left. Backups are outside.
    """

    def done() -> dict[str, Any]:
        forgetting = door.workspace.forgetting
        if asked.dry_run:
            found = forgetting.look(asked.contact_id)
            return {"places": dict(found.places), "also": list(found.also)}
        forgot = forgetting.forget(admin, asked.contact_id)
        said = {"pseudonym": forgot.pseudonym, "left": list(forgot.left)}
        return {"places": dict(forgot.done), **said}

    usual: dict[str, Any] = {"also": [], "pseudonym": None, "left": []}
    found = await asyncio.to_thread(done)
    return JSONResponse({"dry_run": asked.dry_run, **usual, **found})


def _key(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "email": key.email,
        "name": key.name,
        "scopes": [scope for scope in SCOPES if scope in key.scopes],
        "created_by": key.created_by,
        "created_at": key.created_at.isoformat(),
        "expires_at": _moment(key.expires_at),
        "revoked_at": _moment(key.revoked_at),
        "last_used_at": _moment(key.last_used_at),
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


_PEOPLE: Listing[Person] = Listing(
    "people",
    1,
    lambda one: (one.person_id,),
    lambda one: {name: getattr(one, name) for name in PersonOut.model_fields},
)
_KEYS: Listing[Key] = Listing("keys", 2, lambda key: (key.created_at.isoformat(), key.id), _key)
_AUDIT: Listing[Entry] = Listing(
    "audit",
    1,
    lambda one: (str(one.seq),),
    lambda one: {**asdict(one), "at": one.at.isoformat()},
)
