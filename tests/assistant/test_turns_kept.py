"""What every turn has used is kept, whether it was answered, failed or was left."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from assistant.bootstrap import Workspace
from assistant.state import turns
from crm.errors import UnavailableError
from crm.scope import Principal
from tests.assistant.conversations import answer, limited
from tests.fakes import copy_of
from tests.scripted_model import HANG, ScriptedModel, call

STALLED = "停滞している商談は？"
SAEKI = Principal("U06", "佐伯 翔", frozenset({"rep"}))


def scripted(workspace: Path, folder: Path, *lines: Any, **limits: Any) -> Workspace:
    model = ScriptedModel(script=list(lines))
    made = copy_of(workspace, folder, model="test:scripted", provider=model)
    return limited(made, **{"retries": 0, **limits})


def kept(workspace: Workspace) -> list[Any]:
    with workspace.database.connect() as con:
        return list(con.execute(sa.select(turns).order_by(turns.c.id)))


async def test_a_turn_is_kept_with_who_asked_where(sample_workspace: Path, tmp_path: Path) -> None:
    workspace = scripted(sample_workspace, tmp_path, call("deal_health"), "はい。")
    async with workspace.assistant() as assistant:
        await answer(assistant, STALLED, thread="t", principal=SAEKI)
        await answer(assistant, STALLED, thread="t", principal=SAEKI)
    first, second = kept(workspace)
    assert (first.thread, first.person, first.model) == ("default:U06:t", "U06", "test:scripted")
    assert (first.calls, first.failures) == (2, 0)
    assert first.tokens_in is None
    assert first.tools_ms > 0
    assert second.started_at >= first.started_at


async def test_a_turn_that_failed_or_was_left_is_kept_too(
    sample_workspace: Path, tmp_path: Path
) -> None:
    workspace = scripted(
        sample_workspace, tmp_path, RuntimeError("boom"), HANG, fallback=False,
        provider_timeout_seconds=30,
    )  # fmt: skip
    async with workspace.assistant() as assistant:
        with pytest.raises(UnavailableError):
            await answer(assistant, STALLED, thread="t")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await answer(assistant, STALLED, thread="t")
    assert [(row.calls, row.failures) for row in kept(workspace)] == [(1, 1), (1, 1)]
