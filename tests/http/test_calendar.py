"""A person's calendar comes over HTTP: their own alone, once, within its size, and noted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from api.http.app import LARGER
from api.keys import Keys
from assistant.bootstrap import Workspace
from assistant.forgetting import state
from assistant.notices.calendars import calendars
from crm.audit import Entry
from crm.forgetting.spellings import Contact, Shared, Spellings
from tests.fakes import copy_of
from tests.http.conftest import SAEKI, client_of, roomy

PLACE = "/v1/me/calendar"
DAY = date(2026, 9, 30)


@pytest.fixture(scope="module")
def workspace(sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """One for all of these."""
    return roomy(copy_of(sample_workspace, tmp_path_factory.mktemp("calendar")))


@pytest.fixture
async def reader(app: FastAPI, workspace: Workspace) -> AsyncIterator[httpx.AsyncClient]:
    """The same person, with a key that may only read."""
    async with client_of(app, Keys(workspace.database).issue(SAEKI, scopes=["read"])) as client:
        yield client


def event(title: str, more: str = "") -> str:
    lines = ("BEGIN:VEVENT", f"UID:{title}", "DTSTART:20261002T010000Z", f"SUMMARY:{title}")
    return "\r\n".join((*lines, f"{more}END:VEVENT", ""))


def ics(*events: str) -> dict[str, tuple[str, bytes]]:
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{''.join(events)}END:VCALENDAR\r\n"
    return {"calendar": ("my.ics", text.encode())}


def titles(workspace: Workspace, email: str) -> list[str]:
    """Under which titles a person meets accounts at a known time."""
    who = workspace.desk.directory().by_email(email)
    found = workspace.meetings.of(who, workspace.preferences.of(who.person_id), DAY, 7)
    return [m.title for m in found.meetings if m.start is not None]


def entries(workspace: Workspace, action: str) -> list[Entry]:
    return workspace.audit.read(after=0, limit=100, person="U06", action=action)


async def test_what_is_sent_tells_whom_one_meets(
    client: httpx.AsyncClient, workspace: Workspace
) -> None:
    sent = await client.put(PLACE, files=ics(event("東都電機 定例"), event("社内会議")))
    assert sent.status_code == 200, sent.text
    said = sent.json()
    assert (said["events"], said["meetings"], said["unread"]) == (2, 1, 0)
    assert (said["since"], said["until"]) == ("2026-09-30", "2026-10-14")
    assert (await client.get(PLACE)).json() == said
    assert titles(workspace, SAEKI) == ["東都電機 定例"]
    [noted] = entries(workspace, "calendar.sent")
    assert noted.details is not None
    assert noted.details["events"] == 2
    assert "定例" not in str(noted.details)


async def test_another_takes_its_place_and_a_bad_one_does_not(
    client: httpx.AsyncClient, workspace: Workspace
) -> None:
    await client.put(PLACE, files=ics(event("東都電機 定例")))
    await client.put(PLACE, files=ics(event("東都電機 納入前の確認")))
    assert titles(workspace, SAEKI) == ["東都電機 納入前の確認"]
    bad = await client.put(PLACE, files={"calendar": ("my.ics", b"<html>")})
    assert bad.status_code == 422
    assert bad.json()["detail"] == "The file is no calendar (.ics)."
    assert titles(workspace, SAEKI) == ["東都電機 納入前の確認"]


async def test_it_is_ones_own_and_nobody_elses(
    client: httpx.AsyncClient, reader: httpx.AsyncClient, app: FastAPI, workspace: Workspace
) -> None:
    await client.put(PLACE, files=ics(event("東都電機 定例")))
    async with client_of(app, Keys(workspace.database).issue("ohno@inaho.example")) as manager:
        assert (await manager.get(PLACE)).status_code == 404
        assert (await manager.delete(PLACE)).status_code == 404
    assert titles(workspace, "ohno@inaho.example") == []
    assert (await reader.get(PLACE)).status_code == 200
    assert (await reader.put(PLACE, files=ics(event("x")))).status_code == 403
    assert (await reader.delete(PLACE)).status_code == 403
    assert titles(workspace, SAEKI) == ["東都電機 定例"]


async def test_an_account_of_others_is_no_meeting(client: httpx.AsyncClient) -> None:
    said = (await client.put(PLACE, files=ics(event("株式会社みなみ野食品 定例")))).json()
    assert said["meetings"] == 0


async def test_the_same_request_is_done_once(
    client: httpx.AsyncClient, workspace: Workspace
) -> None:
    before = len(entries(workspace, "calendar.sent"))
    request = client.build_request(
        "PUT", PLACE, files=ics(event("東都電機 定例")), headers={"Idempotency-Key": "once"}
    )
    content = request.read()
    headers = {name: request.headers[name] for name in ("content-type", "idempotency-key")}
    first = await client.put(PLACE, content=content, headers=headers)
    second = await client.put(PLACE, content=content, headers=headers)
    assert (first.json(), "idempotency-replayed" in first.headers) == (second.json(), False)
    assert second.headers["idempotency-replayed"] == "true"
    assert len(entries(workspace, "calendar.sent")) == before + 1


async def test_a_calendar_of_more_bytes_than_the_limit_is_refused(
    client: httpx.AsyncClient,
) -> None:
    most = LARGER[PLACE]
    refused = await client.put(PLACE, files={"calendar": ("my.ics", b"x" * most)})
    assert refused.status_code == 413
    assert f"{most:,}" in refused.json()["detail"]


async def test_descriptions_and_attachments_are_not_kept(
    client: httpx.AsyncClient, workspace: Workspace
) -> None:
    more = "DESCRIPTION:給与の相談\r\nATTACH:https://example.com/secret.pdf\r\n"
    await client.put(PLACE, files=ics(event("東都電機 定例", more=more)))
    with workspace.database.connect() as con:
        kept = con.scalar(sa.select(calendars.c.content).where(calendars.c.person == "U06"))
    assert kept is not None
    assert "東都電機 定例" in kept
    assert "給与" not in kept
    assert "secret" not in kept


async def test_a_customers_person_is_forgotten_in_it_too(
    client: httpx.AsyncClient, workspace: Workspace
) -> None:
    folded = "ATTENDEE;CN=福島 由香里:mailto:fuku\r\n shima@toto-denki.example\r\n"
    await client.put(PLACE, files=ics(event("東都電機 福島 由香里様", more=folded)))
    contact = Contact("C1", "A001", "東都電機", "福島 由香里", "fukushima@toto-denki.example", None)
    known = Spellings(contact, Shared(), "forgotten-1")
    assert state.clean(state.Database.of(workspace.database, known))["calendars"] == 1
    assert "calendars" not in state.count(state.Database.of(workspace.database, known))
    assert (await client.get(PLACE)).json()["meetings"] == 1


async def test_what_is_taken_back_is_gone_and_the_companys_file_counts_again(
    client: httpx.AsyncClient, workspace: Workspace
) -> None:
    await client.put(PLACE, files=ics(event("東都電機 定例")))
    folder = workspace.folder / "calendars"
    folder.mkdir()
    (folder / "U06.ics").write_bytes(ics(event("東都電機 監査"))["calendar"][1])
    assert titles(workspace, SAEKI) == ["東都電機 定例"]
    assert (await client.delete(PLACE)).status_code == 204
    assert titles(workspace, SAEKI) == ["東都電機 監査"]
    of_the_company = (await client.get(PLACE)).json()
    assert (of_the_company["sent_at"], of_the_company["meetings"]) == (None, 1)
    assert (await client.delete(PLACE)).status_code == 404
    (folder / "U06.ics").unlink()
    assert (await client.get(PLACE)).status_code == 404
    assert len(entries(workspace, "calendar.removed")) == 1


async def test_the_description_shows_a_calendar(app: FastAPI) -> None:
    content = app.openapi()["paths"][PLACE]["put"]["requestBody"]["content"]["multipart/form-data"]
    assert content["example"]["calendar"].startswith("BEGIN:VCALENDAR")
