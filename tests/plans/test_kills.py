"""A process that is killed while it saves loses no save it had acknowledged, and halves none."""

from __future__ import annotations

import os
import random
import select
import signal
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

import migrations
from crm.database import open_database
from plans.changes import apply
from plans.model import Action, Plan, Progress
from plans.store import Plans
from plans.tables import plan_versions
from tests.plans.plans import MISAKI, NOW, a_plan


def at(version: int) -> Plan:
    """What the plan says at a version, for the writer and the judge alike."""
    actions = tuple(
        Action(id=f"a{n}", what=f"訪問 {n} " + "長い説明" * 100) for n in range(version)
    )
    return a_plan(actions=actions, progress=(Progress(id="a0", note=f"{version}"),))


def write_for_ever(path: Path, plan_id: str, acknowledge: int) -> None:
    """Save version after version, each acknowledged once `save` has returned."""
    plans = Plans(open_database(path))
    version = plans.get(plan_id).version
    while True:
        version = plans.save(plan_id, version, at(version + 1), MISAKI, "", now=NOW).version
        os.write(acknowledge, b"%d\n" % version)


def killed_at_some_moment(path: Path, plan_id: str, after: float) -> int:
    """Let a process write and kill it that long after its first save; the last acknowledged."""
    reading, writing = os.pipe()
    writer = os.fork()
    if writer == 0:  # the child never returns into the test runner
        try:
            os.close(reading)
            write_for_ever(path, plan_id, writing)
        finally:
            os._exit(1)
    os.close(writing)
    ready, _, _ = select.select([reading], [], [], 60)
    assert ready, "the writer never saved"
    time.sleep(after)
    os.kill(writer, signal.SIGKILL)
    _, status = os.waitpid(writer, 0)
    assert os.WIFSIGNALED(status)
    with os.fdopen(reading, "rb") as acknowledged:
        return int(acknowledged.read().splitlines()[-1])


def judged(path: Path, plan_id: str, acknowledged: int) -> int:
    """The version the database holds after a kill, having found every version whole."""
    engine = open_database(path)
    with engine.connect() as con:
        assert con.scalar(sa.text("PRAGMA journal_mode")) == "wal"
        assert con.scalar(sa.text("PRAGMA synchronous")) == 2
        assert con.scalar(sa.text("PRAGMA integrity_check")) == "ok"
        count = con.scalar(sa.select(sa.func.count()).where(plan_versions.c.plan_id == plan_id))
    plans = Plans(engine)
    stored = plans.get(plan_id)
    assert stored.version in (acknowledged, acknowledged + 1)
    assert count == stored.version
    assert (stored.plan, stored.hash) == (at(stored.version), at(stored.version).hash())
    before = plans.version(plan_id, acknowledged - 1).plan
    [*_, last] = plans.history(plan_id)[:acknowledged]
    assert apply(before, last.changes) == at(acknowledged)
    engine.dispose()
    return stored.version


def kill_and_judge(folder: Path, kills: int) -> None:
    path, rng = folder / "state.db", random.Random(20260501)
    engine = open_database(path)
    migrations.upgrade(engine)
    for n in range(kills):
        if n % 10 == 0:
            plan_id = Plans(engine).create(at(1), MISAKI, "", now=NOW).plan_id
            engine.dispose()
        acknowledged = killed_at_some_moment(path, plan_id, rng.uniform(0, 0.15))
        judged(path, plan_id, acknowledged)


def test_five_kills_lose_no_acknowledged_save(tmp_path: Path) -> None:
    kill_and_judge(tmp_path, 5)


@pytest.mark.slow
def test_a_hundred_kills_lose_no_acknowledged_save(tmp_path: Path) -> None:
    kill_and_judge(tmp_path, 100)
