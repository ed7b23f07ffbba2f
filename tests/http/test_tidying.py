"""What is kept for a while is gone when its time is over, whether or not anything comes anew."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from api.http.app import create_app
from api.http.idempotency import Kept, Once, Requests, idempotent_requests
from api.http.turns import StreamedTurns, events, turns
from api.tidying import tidied
from assistant.bootstrap import Workspace
from assistant.state import Evidence, evidence
from crm.database import utc_now
from crm.directory import Principal
from tests.http.conftest import ONLY_HTTP

WHO = Principal("U06", "佐伯 翔", frozenset({"rep"}))
LONG_AGO = timedelta(days=40)


def fill(database: sa.Engine, name: str) -> None:
    """Something of that name of each kind that is kept for a while."""
    stream = StreamedTurns(database)
    id_, holder = stream.begin(WHO, f'{{"text": "{name}"}}')
    stream.add(id_, holder, [("done", "{}")], "done")
    requests, once = Requests(database), Once("U06", name, "d" * 64)
    requests.begin(once)
    requests.keep(once, Kept(204, (), b""))
    for thread in (f"default:U06:answer:{name}", f"default:U06:{name}"):
        Evidence(database).keep(thread, [])


def age(database: sa.Engine) -> None:
    """Let all that is there be from long ago."""
    then = utc_now() - LONG_AGO
    with database.begin() as con:
        con.execute(sa.update(turns).values(begun_at=then))
        con.execute(sa.update(idempotent_requests).values(begun_at=then))
        con.execute(sa.update(evidence).values(kept_at=then))


def left(database: sa.Engine) -> dict[str, list[str]]:
    with database.connect() as con:
        return {
            "turns": [text[10:-2] for text in con.scalars(sa.select(turns.c.question))],
            "events": [str(n) for n in con.scalars(sa.select(events.c.number))],
            "requests": list(con.scalars(sa.select(idempotent_requests.c.key))),
            "evidence": sorted(con.scalars(sa.select(evidence.c.thread))),
        }


async def soon(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.05)


async def test_a_server_that_starts_removes_what_is_from_long_ago(
    workspace: Workspace, unprepared: None
) -> None:
    database = workspace.database
    fill(database, "old")
    age(database)
    app = create_app(workspace, ONLY_HTTP)
    async with app.router.lifespan_context(app):
        await soon(lambda: "default:U06:answer:old" not in left(database)["evidence"])
        fill(database, "new")
    assert left(database) == {
        "turns": ["new"],
        "events": ["1"],
        "requests": ["new"],
        "evidence": ["default:U06:answer:new", "default:U06:new", "default:U06:old"],
    }, "the evidence of a conversation stays as long as the conversation"


async def test_it_is_done_again_and_again_and_one_that_fails_stops_no_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    done: list[int] = []

    def failing() -> None:
        raise RuntimeError("secret")

    async with tidied(failing, lambda: done.append(1), each_seconds=0.01):
        await soon(lambda: len(done) >= 3)
    after = len(done)
    await asyncio.sleep(0.1)
    assert len(done) == after
    said = "".join(capsys.readouterr())
    assert "tidy" in said
    assert "secret" not in said
