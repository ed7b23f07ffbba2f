"""What is due is sent once, by right, and in words that facts support."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from assistant.answer import Answer
from assistant.bootstrap import Workspace
from assistant.figures import find_figures
from assistant.notices.deliveries import LEASE, TRIES, Deliveries
from assistant.notices.sending import principal_of
from crm.database import Place
from crm.directory import Person, Principal
from crm.settings import DATABASE_URL, Language
from prompts import loader
from tests.assistant.notifying import FileSender
from tests.companies import SAMPLE_DAY
from tests.fakes import TrigramEmbeddings, copy_of, with_known_data
from tests.plans.following import followed_plan, in_force, kept

MONDAY = datetime(2026, 10, 5, 9, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
REPS = ("U07", "U08")
Looks = asyncio.Runner


class At:
    """A workspace at a time that tests set."""

    def __init__(self, found: Workspace, looks: Looks, out: Path) -> None:
        self.now = MONDAY
        self.workspace = with_known_data(replace(found, clock=lambda: self.now))
        self.looks = looks
        self.sender = FileSender(out)

    def send(self) -> int:
        return self.looks.run(self.workspace.notices.send_due(self.sender))

    def who(self, person_id: str) -> Principal:
        directory = self.workspace.desk.directory()
        person = directory.person(person_id)
        found = None if person is None else principal_of(person, directory)
        assert found is not None
        return found

    def only(self, *people: str) -> None:
        """Nobody else is reached."""
        others = {p.person_id for p in self.workspace.notices.people()} - set(people)
        self.sender.unreachable = frozenset(others)


@pytest.fixture(scope="module")
def looks() -> Iterator[Looks]:
    """One loop for all: its threads keep what they have calculated."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def at(sample_workspace: Path, looks: Looks, tmp_path: Path) -> At:
    return At(copy_of(sample_workspace, tmp_path), looks, tmp_path / "sent")


@pytest.fixture(scope="module")
def planned_workspace(sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """U07 has a plan in force, with an action that is overdue; their manager approved it."""
    made = copy_of(sample_workspace, tmp_path_factory.mktemp("planned"))
    in_force(made, kept(made, followed_plan(made)))
    made.database.dispose()
    return made.folder


@pytest.fixture
def planned(planned_workspace: Path, looks: Looks, tmp_path: Path) -> At:
    """A copy of that workspace."""
    return At(copy_of(planned_workspace, tmp_path), looks, tmp_path / "sent")


# ------------------------------------------------------------------ once


def test_a_digest_is_sent_once_to_everybody_whom_it_concerns(at: At) -> None:
    at.only("U02", "U03", "U07")
    assert at.send() == 2  # who sells nothing and leads nobody has none
    assert at.send() == 0
    at.now += timedelta(hours=2)
    assert at.send() == 0
    assert sorted(at.sender.lines) == ["U03/digest/2026-10-05", "U07/digest/2026-10-05"]
    at.now += timedelta(days=7)
    assert at.send() == 2


def test_what_was_sent_stands_in_the_audit_log_with_its_door(at: At) -> None:
    at.only("U07")
    at.send()
    [entry] = at.workspace.audit.read(action="notice")
    assert (entry.person, entry.door, entry.subject) == ("U07", "schedule", "notice:digest")
    tools = at.workspace.audit.read(action="tool", person="U07")
    assert {(e.door, e.subject) for e in tools} == {("schedule", "needs_attention")}


def test_what_could_not_be_sent_is_tried_again_but_not_for_ever(
    at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    at.only("U07")
    tried: list[bool] = []

    async def refuse(_person: Person, _answer: Answer, _key: str, *, again: bool) -> None:
        tried.append(again)
        raise ConnectionError

    monkeypatch.setattr(at.sender, "send", refuse)
    for _ in range(40):
        at.send()
        at.now += timedelta(minutes=1)
    assert tried == [False, *[True] * (TRIES - 1)]


def test_a_process_that_was_down_sends_a_digest_of_today_and_none_of_another_day(at: At) -> None:
    at.only("U07")
    at.now = MONDAY + timedelta(days=1)
    assert at.send() == 0
    at.now = MONDAY.replace(hour=19, minute=59) + timedelta(days=7)
    assert at.send() == 1
    at.now = MONDAY.replace(hour=20) + timedelta(days=14)
    assert at.send() == 0


def test_reminders_of_a_day_nobody_was_there_come_on_the_next(planned: At) -> None:
    planned.only("U07")
    planned.workspace.preferences.change(planned.who("U07"), {"digest": "off"})
    planned.now = MONDAY.replace(hour=23)
    assert planned.send() == 0
    planned.now = MONDAY + timedelta(days=1)
    assert planned.send() == 1
    planned.now += timedelta(days=1)
    assert planned.send() == 0  # they were told
    assert planned.sender.lines == ["U07/reminders/2026-10-06"]


@pytest.fixture
def processes(
    at: At, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., subprocess.Popen[bytes]]:
    """Starts processes that send what is due, on each kind of database in turn."""
    folder = at.workspace.folder
    with (folder / "settings.toml").open("a", encoding="utf-8") as file:
        file.write('\n[notices]\nreminders = "off"\nbriefing_minutes = 0\n')
    environment = dict(os.environ)
    if isinstance(place, str):
        environment[DATABASE_URL] = place
        monkeypatch.setenv(DATABASE_URL, place)
    workspace = Workspace(folder, embeddings=TrigramEmbeddings())
    for number in (1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14, 15, 16):
        person = workspace.desk.directory().person(f"U{number:02}")
        assert person is not None
        who = principal_of(person, workspace.desk.directory())
        assert who is not None
        workspace.preferences.change(who, {"digest": "off"})
    workspace.database.dispose()

    def start(now: datetime, seconds: float = 0) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.assistant.notifying", str(folder),
                   str(tmp_path / "sent"), now.isoformat(), str(seconds)]  # fmt: skip
        return subprocess.Popen(command, env=environment)  # noqa: S603 - our own program

    return start


@pytest.mark.parametrize(
    "place", ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)], indirect=True
)
def test_two_processes_at_once_send_nothing_twice(
    processes: Callable[..., subprocess.Popen[bytes]], at: At
) -> None:
    running = [processes(MONDAY, 0.2) for _ in range(2)]
    assert [process.wait(120) for process in running] == [0, 0]
    assert sorted(at.sender.lines) == [f"U{n:02}/digest/2026-10-05" for n in (6, 7, 8)]


@pytest.mark.slow
def test_a_process_that_is_killed_loses_nothing_and_doubles_one_at_the_most(
    processes: Callable[..., subprocess.Popen[bytes]], at: At
) -> None:
    now = MONDAY
    for lines in (1, 2):
        process = processes(now, 1.5)
        while len(at.sender.lines) < lines and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        now += LEASE + timedelta(seconds=1)
    assert processes(now).wait(120) == 0
    found = Counter(at.sender.lines)
    assert set(found) == {f"U{n:02}/digest/2026-10-05" for n in (6, 7, 8)}
    assert 3 <= found.total() <= 5


def test_only_one_of_many_may_send(engine: Any) -> None:
    now = datetime(2026, 10, 5, tzinfo=UTC)
    times = [now]
    deliveries = [Deliveries(engine, lambda: times[0]) for _ in range(8)]

    async def claims() -> list[Any]:
        tries = [asyncio.to_thread(one.claim, "U07", "digest", "k") for one in deliveries]
        return [claim for claim in await asyncio.gather(*tries) if claim is not None]

    [first] = asyncio.run(claims())
    times[0] += LEASE
    [second] = asyncio.run(claims())
    assert second.tries == 2
    assert not deliveries[0].done(first, "sent", SAMPLE_DAY)
    assert deliveries[0].done(second, "sent", SAMPLE_DAY)
    times[0] += timedelta(days=1)
    assert asyncio.run(claims()) == []
    assert deliveries[0].last("U07", "digest", SAMPLE_DAY + timedelta(days=1)) == SAMPLE_DAY
    times[0] += timedelta(days=61)
    assert deliveries[0].forget_old() == 1


# ------------------------------------------------------------------ by right


def test_who_has_lost_an_account_is_reminded_of_nothing_there(planned: At) -> None:
    workspace = planned.workspace
    planned.only("U07")
    workspace.preferences.change(planned.who("U07"), {"digest": "off"})
    assert [slot.kind for slot in workspace.notices.due(_person(workspace, "U07"))] == ["reminders"]
    give_away(workspace, "A010", "U08")
    assert planned.send() == 0
    assert planned.sender.lines == []


def test_who_has_lost_an_account_gets_no_briefing_on_it(at: At) -> None:
    write_calendar(at.workspace, "U07", "北斗精密 定例", datetime(2026, 10, 5, 9, 20))
    slots = at.workspace.notices.due(_person(at.workspace, "U07"))
    [slot] = [slot for slot in slots if slot.kind == "briefing"]
    give_away(at.workspace, "A010", "U08")
    again = replace(at.workspace)  # another process
    assert again.notices.write(at.who("U07"), slot) is None


def test_a_person_who_has_left_gets_nothing(at: At) -> None:
    person = _person(at.workspace, "U07")
    at.only("U07")
    change(at.workspace, "DELETE FROM people WHERE person_id = 'U07'")
    assert at.send() == 0
    assert at.workspace.notices.due(person) == []


def test_each_reads_only_of_what_they_may_see(at: At) -> None:
    at.only("U07", "U08")
    at.send()
    for rep in REPS:
        answer = at.sender.answers[f"{rep}/digest/2026-10-05"]
        tables = at.workspace.desk.tables(at.who(rep))
        seen = set(tables["accounts"].select("account_id").to_pyarrow()["account_id"].to_pylist())
        of = {f.subject for f in answer.facts if (f.subject or "").startswith("account:")}
        assert of
        assert of <= {f"account:{id_}" for id_ in seen}


# ------------------------------------------------------------------ words


LANGUAGES: tuple[Language, Language] = ("ja", "en")


def test_a_digest_fits_a_message_and_says_first_what_to_do(planned: At) -> None:
    for person, language in product(("U01", "U03", "U07"), LANGUAGES):
        answer = planned.workspace.notices.preview(planned.who(person), "digest", language)
        assert answer is not None
        assert len(answer.text) < 3000
        assert answer.facts
        first = answer.text.split("\n\n")[1]
        assert first.startswith("**")
        assert re.search("注意が必要" if language == "ja" else "attention", first)


def test_a_digest_tells_of_actions_gaps_and_approvals(planned: At) -> None:
    rep = planned.workspace.notices.preview(planned.who("U07"), "digest", "ja")
    assert rep is not None
    assert "期日を過ぎたアクションが1件あります。" in rep.text
    assert "北斗精密「役員訪問」: 10日超過（期日 2026年9月20日）" in rep.text
    assert "## プランに足りない点" in rep.text
    review = kept(planned.workspace, followed_plan(planned.workspace, "A046"))
    planned.workspace.planner.move(planned.who("U07"), review.plan_id, "in_review", None, None)
    manager = planned.workspace.notices.preview(planned.who("U03"), "digest", "ja")
    assert manager is not None
    assert "ご自身の承認を待つプランが1件あります。" in manager.text
    assert "## 承認待ちのプラン" in manager.text


def test_reminders_are_told_in_the_words_of_the_plan(planned: At) -> None:
    page = planned.workspace.notices.preview(planned.who("U07"), "reminders", "ja")
    assert page is not None
    assert "アクション「役員訪問」が期日（2026年9月20日）を過ぎています。" in page.text
    assert page.text.splitlines()[0].startswith("**プランのリマインダーが")
    english = planned.workspace.notices.preview(planned.who("U07"), "reminders", "en")
    assert english is not None
    assert "the action “役員訪問” was due on 20 September 2026." in english.text


def test_a_briefing_says_for_which_meeting_it_is(at: At) -> None:
    write_calendar(at.workspace, "U07", "北斗精密 定例", datetime(2026, 10, 5, 9, 20))
    at.only("U07")
    assert at.send() == 2
    answer = at.sender.answers["U07/briefing/A010:2026-10-05"]
    assert answer.text.startswith(
        "**09:20から株式会社北斗精密との予定があります（北斗精密 定例）。"
    )
    assert answer.account_id == "A010"
    assert "# 株式会社北斗精密 商談前ブリーフィング" in answer.text


def test_people_are_written_to_in_their_language_and_at_their_time(at: At) -> None:
    at.only("U07")
    at.workspace.preferences.change(
        at.who("U07"), {"language": "en", "time_zone": "America/New_York"}
    )
    assert at.send() == 0  # Sunday evening there
    at.now = datetime(2026, 10, 5, 8, 31, tzinfo=ZoneInfo("America/New_York"))
    assert at.send() == 1
    assert at.sender.answers["U07/digest/2026-10-05"].text.startswith("# Weekly digest")


def test_nothing_is_sent_where_notices_are_switched_off(at: At) -> None:
    with (at.workspace.folder / "settings.toml").open("a", encoding="utf-8") as file:
        file.write("\n[notices]\nenabled = false\n")
    at.workspace = replace(at.workspace)
    assert at.send() == 0


def phrases() -> list[tuple[str, str, str]]:
    return [
        (f"{file} {name}", language, text)
        for file in loader.names("notices", ".yaml")
        for name, said in loader.data(f"notices/{file}").items()
        for language, text in said.items()
    ]


@pytest.mark.parametrize(("name", "language", "text"), phrases())
def test_no_phrase_holds_a_figure_of_its_own(name: str, language: str, text: str) -> None:
    assert find_figures(re.sub(r"\{\w+\}", " ", text)) == [], name
    assert bool(re.search("[ぁ-ん一-龠]", text)) <= (language == "ja")


# ------------------------------------------------------------------ helpers


def _person(workspace: Workspace, person_id: str) -> Person:
    found = workspace.desk.directory().person(person_id)
    assert found is not None
    return found


def change(workspace: Workspace, statement: str) -> None:
    """Change the data as an import would: a new snapshot takes the place of the old one."""
    folder = workspace.folder / "warehouse"
    old = (folder / "CURRENT").read_text().strip()
    new = old[::-1]
    shutil.copy(folder / f"{old}.duckdb", folder / f"{new}.duckdb")
    with duckdb.connect(str(folder / f"{new}.duckdb")) as con:
        con.execute(statement)
        con.execute("UPDATE _snapshot SET id = ?", [new])
    (folder / "CURRENT").write_text(new)


def give_away(workspace: Workspace, account: str, to: str) -> None:
    """The account is another's now, and nobody else is on its team."""
    change(workspace, f"UPDATE accounts SET owner_id = '{to}' WHERE account_id = '{account}'")
    folder = workspace.folder / "warehouse"
    current = (folder / "CURRENT").read_text().strip()
    with duckdb.connect(str(folder / f"{current}.duckdb")) as con:
        con.execute(f"DELETE FROM account_team WHERE account_id = '{account}'")


def write_calendar(workspace: Workspace, name: str, title: str, start: datetime) -> Path:
    folder = workspace.folder / "calendars"
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.ics"
    file.write_text(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\n"
        f"DTSTART;TZID=Asia/Tokyo:{start:%Y%m%dT%H%M%S}\r\nSUMMARY:{title}\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n",
        encoding="utf-8",
    )
    return file
