"""A workspace keeps its state in SQLite or PostgreSQL, and several processes share either."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

import migrations
from api.cli.context import Context
from api.cli.doctor import _database
from assistant.bootstrap import Workspace
from assistant.state import Briefings, Evidence, Leases, evidence, turns
from crm.database import Place, aware, described, open_database, upsert, utc, utc_now
from crm.errors import InputError, TagayasuError, UnavailableError, WorkspaceError
from crm.settings import DATABASE_URL, Settings
from knowledge.registry import vectors
from plans.changes import diff
from plans.store import Plans
from plans.stored import StaleError
from tests.assistant.conversations import answer
from tests.companies import ROOT
from tests.fakes import copy_of
from tests.knowledge.house import House
from tests.plans.plans import KEN, MISAKI, NOW, a_fact, a_plan
from tests.scripted_model import ScriptedModel, call
from tools.facts import Fact, StoredFact

SECRET = "hunter2"
_STORED = TypeAdapter(StoredFact)


def stateless(workspace: Path, folder: Path) -> Workspace:
    """A copy of a workspace without what others may have kept in it."""
    copy = copy_of(workspace, folder)
    for kept in ("state.db", "threads.db"):
        for file in copy.folder.glob(f"{kept}*"):
            file.unlink()
    return copy


@pytest.fixture
def opened(
    place: Place, sample_workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Workspace]:
    """The sample company as one more process would open it, with a provider playing the lines."""
    if isinstance(place, str):
        monkeypatch.setenv(DATABASE_URL, place)
    first = stateless(sample_workspace, tmp_path)

    def make(*lines: object) -> Workspace:
        model = ScriptedModel(script=list(lines))
        return Workspace(
            first.folder, model="test:scripted", provider=model, embeddings=first.embeddings
        )

    return make


def seen(workspace: Workspace) -> str:
    assert isinstance(workspace.provider, ScriptedModel)
    return str(workspace.provider.seen[-1])


async def test_a_second_process_goes_on_with_a_conversation(
    opened: Callable[..., Workspace], place: Place
) -> None:
    one = opened(call("pipeline_metrics"), "受注率は{{pipeline.win_rate}}です。", "はい。")
    async with one.assistant() as assistant:
        first = await answer(assistant, "受注率は？")
        await answer(assistant, "こんにちは", thread=first.thread)
    two = opened("覚えています。")
    async with two.assistant() as assistant:
        said = await answer(assistant, "何を尋ねましたか", thread=first.thread)
    assert said.text == "覚えています。"
    assert "受注率は？" in seen(two)
    assert "こんにちは" in seen(two)
    with two.database.connect() as con:
        kept = con.execute(sa.select(turns).order_by(turns.c.id)).all()
    assert [(row.calls, row.failures) for row in kept] == [(2, 0), (1, 0), (1, 0)]
    assert abs(kept[0].started_at - utc_now()) < timedelta(hours=1)
    in_files = {f.name for f in one.folder.iterdir()} & {"state.db", "threads.db"}
    assert in_files == (set() if isinstance(place, str) else {"state.db", "threads.db"})


async def test_two_assistants_open_an_empty_database_at_once(
    opened: Callable[..., Workspace],
) -> None:
    async def ask(workspace: Workspace) -> str:
        async with workspace.assistant() as assistant:
            return (await answer(assistant, "こんにちは")).text

    assert await asyncio.gather(*(ask(opened("はい。")) for _ in range(3))) == ["はい。"] * 3


def test_a_plan_of_one_process_is_seen_by_another_and_a_stale_save_is_told(
    opened: Callable[..., Workspace],
) -> None:
    one, two = (Plans(opened().database) for _ in range(2))
    made = one.create(a_plan(), MISAKI, "", now=NOW)
    assert two.get(made.plan_id) == made
    theirs = two.save(made.plan_id, 1, a_plan().with_head(title="次"), KEN, "", now=NOW)
    with pytest.raises(StaleError) as stale:
        one.save(made.plan_id, 1, a_plan().with_head(title="別"), MISAKI, "", now=NOW)
    assert stale.value.stored == theirs
    assert list(stale.value.changes) == list(diff(made.plan, theirs.plan))


# ------------------------------------------------------------------ other processes

UPGRADE = """
import asyncio, sys
from pathlib import Path
import migrations
from assistant.threads import open_threads
from crm.database import open_database

async def threads(place):
    async with open_threads(place):
        pass

def place(name):
    return sys.argv[1] if "://" in sys.argv[1] else Path(sys.argv[1]) / name

sys.stdin.readline()
migrations.upgrade(open_database(place("state.db")))
asyncio.run(threads(place("threads.db")))
"""
HOLD = """
import asyncio, sys
from pathlib import Path
from assistant.state import Leases
from crm.database import open_database

async def hold():
    place = sys.argv[1] if "://" in sys.argv[1] else Path(sys.argv[1])
    async with Leases(open_database(place), 60).hold("t", 0):
        print("held", flush=True)
        await asyncio.to_thread(sys.stdin.readline)

asyncio.run(hold())
"""


def started(code: str, place: Place) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", code, str(place)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip


def test_processes_that_start_together_make_the_schema_once(place: Place, tmp_path: Path) -> None:
    where = place if isinstance(place, str) else tmp_path
    processes = [started(UPGRADE, where) for _ in range(4)]
    told = [process.communicate("\n", timeout=120) for process in processes]
    assert [p.returncode for p in processes] == [0] * 4, told
    with open_database(place).connect() as con:
        assert con.scalar(sa.text("SELECT version_num FROM alembic_version")) == migrations.HEAD


async def test_a_thread_held_by_another_process_is_not_free(
    place: Place, engine: sa.Engine
) -> None:
    holder = started(HOLD, place)
    assert holder.stdout
    assert await asyncio.to_thread(holder.stdout.readline) == "held\n"
    leases = Leases(engine, 60)
    async with leases.hold("another", 0):
        with pytest.raises(UnavailableError):
            async with leases.hold("t", 0):
                pass
    await asyncio.to_thread(holder.communicate, "\n")
    assert holder.returncode == 0
    async with leases.hold("t", 0):
        pass


# ------------------------------------------------------------------ rows and values


async def test_a_lease_that_has_ended_is_free(engine: sa.Engine) -> None:
    async with Leases(engine, -1).hold("t", 0), Leases(engine, 60).hold("t", 0):
        with pytest.raises(UnavailableError):
            async with Leases(engine, 60).hold("t", 0):
                pass


def test_the_last_briefing_is_never_moved_back(engine: sa.Engine) -> None:
    briefings, day = Briefings(engine), NOW.date()
    for of in (day, day - timedelta(days=9)):
        briefings.record("U07", "A001", of)
    assert briefings.last("U07", "A001", day + timedelta(days=1)) == day
    assert briefings.last("U07", "A001", day) is None
    assert briefings.last("U08", "A001", day + timedelta(days=1)) is None


def test_many_rows_are_put_at_once_and_counted(engine: sa.Engine) -> None:
    with engine.begin() as con:
        assert upsert(con, vectors, [{"digest": d, "vector": b"1"} for d in "ab"]) == 2
        assert upsert(con, vectors, [{"digest": d, "vector": b"2"} for d in "bc"]) == 2
        found = con.execute(sa.select(vectors).order_by(vectors.c.digest)).all()
    assert [(row.digest, bytes(row.vector)) for row in found] == [
        ("a", b"1"), ("b", b"2"), ("c", b"2"),
    ]  # fmt: skip


def test_evidence_is_replaced_and_keeps_the_kind_of_each_value(engine: sa.Engine) -> None:
    kept = Evidence(engine)
    facts = [a_fact(value) for value in ("2", "2026-05-01", 2, NOW.date(), None)]
    kept.keep("t", [a_fact(1)])
    kept.keep("t", facts)
    assert list(map(repr, kept.of("t"))) == list(map(repr, facts))
    assert kept.of("another") == []


def test_evidence_written_by_an_earlier_version_is_read(engine: sa.Engine) -> None:
    fact = a_fact()
    before = TypeAdapter(list[Fact]).dump_json([fact]).decode()
    with engine.begin() as con:
        con.execute(sa.insert(evidence).values(thread="t", facts=before))
    assert Evidence(engine).of("t") == [fact]


NUMBERS = st.integers() | st.decimals(allow_nan=False, allow_infinity=False)
VALUES = st.none() | NUMBERS | st.dates() | st.text()
LIKE_OTHERS = st.integers().map(str) | st.dates().map(str) | st.decimals(-9, 9).map(str)


@given(VALUES | LIKE_OTHERS, st.text() | st.none())
def test_any_fact_comes_back_from_its_stored_form(value: object, subject: str | None) -> None:
    fact = a_fact(value).model_copy(update={"subject": subject})
    assert repr(_STORED.validate_json(_STORED.dump_json(fact))) == repr(fact)


def test_moments_are_kept_in_utc_and_need_a_zone() -> None:
    tokyo = datetime(2026, 5, 1, 9, tzinfo=timezone(timedelta(hours=9)))
    assert aware(utc(tokyo)) == tokyo
    assert utc_now() <= datetime.now(UTC).replace(tzinfo=None)
    with pytest.raises(InputError, match="no time zone"):
        utc(datetime(2026, 5, 1))


def test_a_library_on_either_is_added_to_searched_and_rebuilt(place: Place, tmp_path: Path) -> None:
    house = House(tmp_path, place=place)
    docs = house.write("a.md", "# 値引き\n\n値引きは部長が承認する。", account="A001")
    house.write("b.md", "# 訪問\n\n毎月の訪問で課題を聞く。")
    assert house.library.add(docs).documents == 2
    assert "値引きは部長が承認する。" in house.found("値引きの承認", ["A001"])[0]
    assert not any("値引き" in text for text in house.found("値引きの承認", []))
    house.write("a.md", "# 値引き\n\n値引きは課長が承認する。", account="A001")
    assert house.library.add(docs).documents == 1
    assert house.library.rebuild() == 0
    assert "課長" in house.found("値引きの承認", ["A001"])[0]
    (docs / "a.md").unlink()
    assert house.library.add(docs).removed == 1
    assert [d.title for d in house.registry.documents()] == ["訪問"]


# ------------------------------------------------------------------ addresses


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://u:{SECRET}@127.0.0.1/x",
        f"u:{SECRET}@127.0.0.1/x",
        f"postgresql://u:{SECRET}@127.0.0.1:port:1/x?nothing",
        f"postgresql://u:{SECRET}@127.0.0.1:1/x",
    ],
)
async def test_a_database_that_cannot_be_opened_is_told_without_its_password(
    sample_workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv(DATABASE_URL, url)
    workspace = stateless(sample_workspace, tmp_path)
    with pytest.raises(WorkspaceError, match=DATABASE_URL) as refused:
        async with workspace.assistant():
            pass
    assert SECRET not in f"{refused.value}{workspace.settings!r}"
    assert not (workspace.folder / "state.db").exists()


def test_the_doctor_names_the_database_that_answers(
    opened: Callable[..., Workspace], place: Place
) -> None:
    said = _database(Context(opened().folder))
    server = "PostgreSQL (database tagayasu_state_"
    assert said.startswith(server if isinstance(place, str) else "SQLite in state.db")
    assert said.endswith("answers")


def test_a_database_is_described_without_user_and_password() -> None:
    said = described(f"postgresql://u:{SECRET}@db.example:5433/acme")
    assert said == "PostgreSQL (database acme at db.example)"
    with pytest.raises(TagayasuError):
        described("somewhere")


def test_settings_name_the_database_and_the_environment_goes_before(
    sample_workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = stateless(sample_workspace, tmp_path).folder
    with (folder / "settings.toml").open("a", encoding="utf-8") as file:
        file.write('\n[database]\nurl = "postgresql://one/x"\n')
    assert Workspace(folder).place("state.db") == "postgresql://one/x"
    monkeypatch.setenv(DATABASE_URL, "postgresql://two/x")
    assert Workspace(folder).place("state.db") == "postgresql://two/x"
    assert Settings().database.url == ""
