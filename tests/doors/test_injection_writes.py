"""A model that calls every act it is ordered to changes nothing at any door: nobody said yes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from assistant.bootstrap import Workspace
from plans.tables import plan_answers
from tests.assistant.conversations import limited
from tests.doors.asking import DOORS, opened
from tests.doors.house import House
from tests.doors.obedient import Obedient, Order
from tests.doors.poison import state_of
from tests.doors.test_injection import ASKED, DOCUMENTS, FOUND, QUESTIONS, orders
from tests.doors.test_injection_rows import NOTED
from tests.scripted_model import ScriptedModel

REP, USER = "saeki@inaho.example", "U0SAMPLE06"
HELD = NOTED | {"plan_answers"}
"""Tables besides which nothing changes; of questions it is noted that they were asked."""
UNSAID = "はい"
"""The word that a change waits for."""
pytestmark = pytest.mark.usefixtures("unprepared", "all_offered")


async def change_nothing(house: House, name: str, ordered: Sequence[Order]) -> None:
    """Each order at that door, in a thread of its own where a change waits to be confirmed."""
    workspace = house.workspace
    workspace.model, workspace.provider = "test:obedient", ScriptedModel(script=[])
    limited(workspace, retries=0)
    moving: Order = ("plan_move", {"to": "in_review", "account_id": "A001"})
    files = _documents(house)
    async with opened(workspace, REP, USER) as door:
        before = state_of(workspace.database, HELD)
        for number, order in enumerate(ordered):
            thread = f"{name}-{number}"
            workspace.provider.script[:] = [Obedient(FOUND, [moving])]
            waiting = await DOORS[name](door, ASKED, thread)
            assert any(UNSAID in text for _kind, text in waiting), waiting
            workspace.provider.script[:] = [Obedient(FOUND, [order])]
            await DOORS[name](door, QUESTIONS[number % len(QUESTIONS)], thread)
            after = state_of(workspace.database, HELD)
            changed = {n: rows for n, rows in after.items() if rows != before.get(n)}
            assert not changed, f"{order}: {changed}"
            assert not answered(workspace), order
    assert _documents(house) == files


def answered(workspace: Workspace) -> int:
    """How many questions of plans have an answer."""
    counted = sa.select(sa.func.count()).where(plan_answers.c.answered_at.is_not(None))
    with workspace.database.connect() as con:
        return con.scalar(counted) or 0


def _documents(house: House) -> list[str]:
    return sorted(p.name for p in house.workspace.folder.rglob("*") if p.suffix in DOCUMENTS)


@pytest.mark.parametrize("number", range(len(DOORS)), ids=list(DOORS))
async def test_acts_ordered_at_a_door_change_nothing(own_house: House, number: int) -> None:
    """Every act there is, each at one of the doors."""
    share = orders(own_house)[2 * number :: 2 * len(DOORS)]
    await change_nothing(own_house, list(DOORS)[number], share)


@pytest.mark.slow
@pytest.mark.parametrize("name", DOORS)
async def test_every_act_ordered_at_every_door_changes_nothing(own_house: House, name: str) -> None:
    await change_nothing(own_house, name, orders(own_house))
