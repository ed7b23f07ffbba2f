"""Neither a calendar's titles nor what somebody sends in brings a foreign address out of a door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle, islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.keys import Keys
from api.slack.scheduler import SlackSender
from assistant.bootstrap import Workspace
from crm.scope import Principal
from tests.doors.asking import Open, Texts, followed, opened
from tests.doors.offences import OFFENCES, VECTORS
from tests.doors.poison import Poisoned
from tests.doors.sinks import strings_of
from tests.doors.test_injection_rows import EXECUTIVE, USER
from tests.slack import payloads

pytestmark = [
    pytest.mark.usefixtures("unprepared"),
    pytest.mark.skipif(not VECTORS.is_dir(), reason=f"{VECTORS} is absent."),
]
MEETING = datetime(2026, 10, 1, 10, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
"""A Thursday, the day after the data's."""
REPS = [f"U{number:02}" for number in range(6, 14)]


def calendar(titles: Sequence[str], mails: Sequence[str]) -> bytes:
    """A calendar with a meeting of each title with somebody of a customer."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-"]
    for number, (title, mail) in enumerate(zip(titles, mails, strict=True)):
        lines += [
            "BEGIN:VEVENT", f"UID:{number}", f"SUMMARY:{_escaped(title)}",
            f"LOCATION:{_escaped(title)}", f"DESCRIPTION:{_escaped(title)}",
            f"DTSTART;TZID=Asia/Tokyo:{MEETING:%Y%m%dT%H%M%S}", "DURATION:PT1H",
            f"ATTENDEE:mailto:{mail}", "END:VEVENT",
        ]  # fmt: skip
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode("utf-8")


def _escaped(text: str) -> str:
    for letter in "\\;,":
        text = text.replace(letter, f"\\{letter}")
    return text.replace("\n", "\\n")


def customers(workspace: Workspace, person: Principal, count: int) -> list[str]:
    """Addresses of contacts, each of another account of the person's."""
    rows = workspace.desk.tables(person)["contacts"].to_pyarrow().to_pylist()
    mails = {row["account_id"]: row["email"] for row in rows if row["email"]}
    return list(mails.values())[:count]


def shown_since(door: Open, since: int) -> Texts:
    """Everything that has gone to Slack since then."""
    calls = [c for c in door.slack.calls[since:] if "users." not in c.method]
    return [("mrkdwn", text) for call in calls for text in strings_of(dict(call.args))]


async def titled(workspace: Workspace, people: Sequence[str]) -> int:
    """These people send calendars with the offences; how many notices go out for the meetings."""
    rest = cycle(OFFENCES)
    async with opened(workspace, EXECUTIVE, USER) as door:
        for person in people:
            who = workspace.desk.directory().person(person)
            assert who
            assert who.email
            mails = customers(workspace, workspace.desk.directory().by_email(who.email), 8)
            content = calendar(list(islice(rest, len(mails))), mails)
            told = await sent(door, who.email, content)
            assert told["meetings"] > len(mails) // 2, told
            user = f"U0SAMPLE{person[1:]}"
            door.slack.person(user)
            since = len(door.slack.calls)
            opening = payloads.home_opened(user=user, ts=f"17{int(person[1:]):08}.000100")
            await payloads.deliver(door.client, opening)
            await door.settled()
            assert user in door.slack.homes
            found = followed(shown_since(door, since))
            assert not found, (person, found)
        return await noticed(door)


async def sent(door: Open, email: str, content: bytes) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {Keys(door.workspace.database).issue(email)}"}
    files = {"calendar": ("own.ics", content, "text/calendar")}
    said = await door.client.put("/v1/me/calendar", files=files, headers=headers)
    assert said.status_code == 200, said.text
    assert not followed([("plain", text) for text in strings_of(said.json())])
    found: dict[str, Any] = said.json()
    return found


async def noticed(door: Open) -> int:
    """Send what is due just before the meetings; how many notices, none with an address."""
    since, now = len(door.slack.calls), MEETING - timedelta(minutes=20)
    workspace = replace(door.workspace, clock=lambda: now)
    workspace.__dict__["warehouse"] = door.workspace.warehouse
    async with workspace.assistant() as assistant:
        from api.slack.config import SlackConfig
        from api.slack.teams import Teams

        config = SlackConfig("xoxb-test", "s" * 32, api_url=door.slack.url, pace=0)
        sender = SlackSender(Teams(workspace, assistant, config).all, workspace.preferences)
        count = await workspace.notices.send_due(sender)
    assert len(door.slack.posts) >= count
    found = followed(shown_since(door, since))
    assert not found, found
    return count


async def test_titles_of_a_calendar_bring_no_address_into_the_home_or_a_notice(
    own_poison: Poisoned,
) -> None:
    assert await titled(own_poison.workspace, REPS[:1]) >= 5


@pytest.mark.slow
async def test_no_title_of_any_calendar_brings_an_address_out(own_poison: Poisoned) -> None:
    assert await titled(own_poison.workspace, REPS) >= len(OFFENCES)
