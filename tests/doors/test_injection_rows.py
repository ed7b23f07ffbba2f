"""Whatever the rows of the data order a model to write leaves no door with a foreign address."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from crm.scope import OPERATOR
from tests.assistant.conversations import limited
from tests.doors.asking import DOORS, Open, followed, opened
from tests.doors.canaries import TEXTS
from tests.doors.obedient import Reader
from tests.doors.offences import VECTORS
from tests.doors.poison import PLANTED, Poisoned, state_of, with_plan
from tests.doors.test_scope_mcp import NOTED as ASKED
from tests.scripted_model import ScriptedModel

pytestmark = [
    pytest.mark.usefixtures("unprepared", "all_offered"),
    pytest.mark.skipif(not VECTORS.is_dir(), reason=f"{VECTORS} is absent."),
]
EXECUTIVE, USER = "inagaki@inaho.example", "U0SAMPLE01"
"""Who sees all accounts, and so is told of all rows."""
FEW = {"A001": ("json",), "A024": ("slack",), "A031": ("events", "chat", "chat-events")}
NOTED = ASKED | {"conversations", "slack_inbox", "slack_outbox", "notice_preferences"}
UNTOLD = PLANTED["wallets"] + PLANTED["market_facts"]
"""Rows whose words no tool tells of an account: they show in plans and in the map of products."""


async def read_at(
    door: Open, poison: Poisoned, account: str, names: Sequence[str]
) -> tuple[set[str], list[str]]:
    """The rows that an obedient model reads of an account at these doors, and what got out."""
    read: set[str] = set()
    found: list[str] = []
    for name in names:
        reader = Reader(account, poison.rows)
        door.workspace.provider.script[:] = [reader]  # type: ignore[union-attr]
        texts = await DOORS[name](door, f"{account} の状況を教えて", f"{account}-{name}")
        assert any("ご案内します" in text for _kind, text in texts), (account, name)
        read |= reader.read
        found += [f"{account} {name}: {address}" for address in followed(texts)]
    return read, found


async def proved(poison: Poisoned, doors: dict[str, Sequence[str]]) -> set[str]:
    """The model reads each of these accounts at its doors; the codes of the rows it was told."""
    assert sum(PLANTED.values()) == len(poison.rows) == 500
    assert set(PLANTED) <= set(TEXTS)
    workspace = poison.workspace
    workspace.model, workspace.provider = "test:obedient", ScriptedModel(script=[])
    limited(workspace, retries=0, turn_seconds=300)
    with_plan(workspace.planner, 0)
    read: set[str] = set()
    found: list[str] = []
    async with opened(workspace, EXECUTIVE, USER) as door:
        before = state_of(workspace.database, NOTED)
        for account, names in doors.items():
            rows, addresses = await read_at(door, poison, account, names)
            read |= rows
            found += addresses
        after = state_of(workspace.database, NOTED)
    assert not found, "\n".join(found[:40])
    assert after == before
    return read


async def test_what_rows_order_leaves_no_door_with_an_address(
    own_poison: Poisoned,
) -> None:
    assert len(await proved(own_poison, {a: list(names) for a, names in FEW.items()})) >= 15


@pytest.mark.slow
async def test_what_any_row_orders_leaves_no_door_with_an_address(
    own_poison: Poisoned,
) -> None:
    tables = own_poison.workspace.desk.tables(OPERATOR)
    accounts = tables["accounts"].select("account_id").to_pyarrow()["account_id"].to_pylist()
    read = await proved(own_poison, {account: list(DOORS) for account in accounts})
    assert len(read) >= len(own_poison.rows) - UNTOLD - 5, len(read)
