"""A meeting is with the one account that it is surely with, or it is none of ours."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from assistant.bootstrap import Workspace
from assistant.notices.calendars import Calendars
from assistant.notices.meetings import Agenda, Meetings
from assistant.notices.sending import principal_of
from tests.fakes import copy_of

FIRST = date(2026, 10, 5)
TOTO, KYUSHU, HOKUTO, MINATO = "A001", "A002", "A010", "A011"


@pytest.fixture(scope="module")
def workspace(sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return copy_of(sample_workspace, tmp_path_factory.mktemp("meetings"))


def agenda(
    workspace: Workspace, content: str | bytes, person_id: str = "U01", name: str = "U01"
) -> Agenda:
    """The meetings of a person (the executive, who sees all) with this calendar."""
    folder = workspace.folder / "calendars"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    raw = content if isinstance(content, bytes) else content.replace("\n", "\r\n").encode()
    (folder / f"{name}.ics").write_bytes(raw)
    directory = workspace.desk.directory()
    person = directory.person(person_id)
    assert person is not None
    who = principal_of(person, directory)
    assert who is not None
    chosen = workspace.preferences.of(person_id)
    calendars = Calendars(workspace.database, workspace.folder, workspace.settings.notices)
    return Meetings(workspace.desk, calendars).of(who, chosen, FIRST, 7)


def event(title: str, *addresses: str, start: str = "DTSTART:20261006T010000Z") -> str:
    people = "".join(f"ATTENDEE:mailto:{address}\n" for address in addresses)
    return (
        "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\n"
        f"{start}\nSUMMARY:{title}\n{people}END:VEVENT\nEND:VCALENDAR\n"
    )


def accounts(workspace: Workspace, content: str) -> list[str]:
    return [meeting.account_id for meeting in agenda(workspace, content).meetings]


@pytest.mark.parametrize(
    ("title", "addresses", "expected"),
    [
        ("定例", ["fukushima@toto-denki.example"], [TOTO]),
        ("定例", ["somebody.new@Toto-Denki.example", "inagaki@inaho.example"], [TOTO]),
        ("東都電機 定例", [], [TOTO]),
        ("東都電機株式会社様 ご訪問", [], [TOTO]),
        ("東都電機九州 定例", [], [KYUSHU]),
        ("Hokuto Seimitsu weekly", [], [HOKUTO]),
        ("北斗精密 定例", ["somebody@unknown.example"], [HOKUTO]),
        ("社内会議", ["saeki@inaho.example"], []),
        ("営業会議", [], []),
        ("定例", ["somebody@gmail.com"], []),
        ("定例", ["a@toto-denki.example", "b@minato-foods.example"], []),
        ("東都電機 定例", ["b@minato-foods.example", "a@toto-denki.example"], [TOTO]),
        ("みなと食品 定例", ["a@toto-denki.example"], []),
        ("東都電機・みなと食品 合同", [], []),
        ("", [], []),
    ],
)
def test_whom_a_meeting_is_with(
    workspace: Workspace, title: str, addresses: list[str], expected: list[str]
) -> None:
    assert accounts(workspace, event(title, *addresses)) == expected


def test_an_account_that_cannot_be_seen_is_no_account(workspace: Workspace) -> None:
    directory = workspace.desk.directory()
    person = directory.person("U13")
    assert person is not None
    who = principal_of(person, directory)
    assert who is not None
    seen = set(
        workspace.desk.tables(who)["accounts"].select("account_id").to_pyarrow()["account_id"]
        .to_pylist()
    )  # fmt: skip
    assert TOTO not in seen
    found = agenda(workspace, event("東都電機", "fukushima@toto-denki.example"), "U13", "U13")
    assert found.meetings == ()


def test_the_time_is_that_of_the_person(workspace: Workspace) -> None:
    [meeting] = agenda(workspace, event("北斗精密")).meetings
    assert meeting.start is not None
    assert meeting.start.astimezone(ZoneInfo("Asia/Tokyo")) == datetime(
        2026, 10, 6, 10, tzinfo=ZoneInfo("Asia/Tokyo")
    )
    [whole] = agenda(workspace, event("北斗精密", start="DTSTART;VALUE=DATE:20261006")).meetings
    assert (whole.day, whole.start) == (date(2026, 10, 6), None)


def test_a_calendar_is_found_by_the_address_of_the_person_too(workspace: Workspace) -> None:
    assert agenda(workspace, event("北斗精密"), "U07", "takase@inaho.example").meetings
    assert not agenda(workspace, event("北斗精密"), "U08", "takase@inaho.example").meetings


def test_a_calendar_that_cannot_be_read_is_said(workspace: Workspace) -> None:
    found = agenda(workspace, b"<html>")
    assert (found.meetings, found.unread) == ((), True)
    directory = workspace.desk.directory()
    person = directory.person("U01")
    assert person is not None
    who = principal_of(person, directory)
    assert who is not None
    digest = workspace.notices.preview(who, "digest", "ja")
    assert digest is not None
    assert "カレンダーファイルを読み取れなかったため" in digest.text


def test_the_activities_hold_meetings_of_the_day(workspace: Workspace) -> None:
    directory = workspace.desk.directory()
    found: dict[str, list[str]] = {}
    for person in directory.people:
        who = principal_of(person, directory)
        assert who is not None
        chosen = workspace.preferences.of(person.person_id)
        elsewhere = workspace.folder / "elsewhere"
        none = Calendars(workspace.database, elsewhere, workspace.settings.notices)
        ahead = Meetings(workspace.desk, none).of(who, chosen, date(2026, 9, 30), 1).meetings
        assert all(m.day == date(2026, 9, 30) and m.start is None for m in ahead)
        found[person.person_id] = [m.account_id for m in ahead]
    assert any(found.values())
