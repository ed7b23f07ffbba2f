"""A conversation is listed, read and deleted by the one whose it is, and by nobody else."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from assistant.bootstrap import Workspace
from assistant.conversations import TITLE, Threads
from assistant.service import owned
from crm.errors import NotAllowedError, NotFoundError
from crm.scope import Principal
from tests.assistant.conversations import answer
from tests.fakes import copy_of

SAEKI = Principal("U06", "佐伯 翔", frozenset({"rep"}))
OTHER = Principal("U07", "高瀬 美咲", frozenset({"rep"}))
READER = Principal("U06", "佐伯 翔", frozenset({"rep"}), read_only=True)


@pytest.fixture
def workspace(sample_workspace: Path, tmp_path: Path) -> Workspace:
    return copy_of(sample_workspace, tmp_path)


async def test_what_was_said_is_read_as_it_was_shown(workspace: Workspace) -> None:
    async with workspace.assistant() as assistant:
        first = await answer(assistant, "東都電機の売上は？", thread="t/1", principal=SAEKI)
        await answer(assistant, "利益は？", thread="t/1", principal=SAEKI)
        await answer(assistant, "停滞している商談は？", thread="t2", principal=SAEKI)
        listed = assistant.threads(SAEKI, 10)
        assert [(one.thread, one.title) for one in listed] == [
            ("t2", "停滞している商談は？"), ("t/1", "東都電機の売上は？"),
        ]  # fmt: skip
        found, said = await assistant.thread(SAEKI, "t/1")
        assert found.last_at > found.begun_at
        assert [one.by for one in said] == ["person", "assistant"] * 2
        assert said[0].text == "東都電機の売上は？"
        assert said[1].text in first.text
        assert "{{" not in said[1].text


async def test_nobody_elses_conversation_exists(workspace: Workspace) -> None:
    async with workspace.assistant() as assistant:
        await answer(assistant, "停滞している商談は？", thread="t", principal=SAEKI)
        assert assistant.threads(OTHER, 10) == []
        for thread in ("t", "U06:t", "default:U06:t"):
            with pytest.raises(NotFoundError):
                await assistant.thread(OTHER, thread)
            with pytest.raises(NotFoundError):
                await assistant.forget_thread(OTHER, thread)
        assert len((await assistant.thread(SAEKI, "t"))[1]) == 2


async def test_a_deleted_conversation_is_gone_with_all_that_was_said(workspace: Workspace) -> None:
    async with workspace.assistant() as assistant:
        await answer(assistant, "東都電機の売上は？", thread="t", principal=SAEKI)
        with pytest.raises(NotAllowedError):
            await assistant.forget_thread(READER, "t")
        await assistant.forget_thread(SAEKI, "t")
        assert assistant.threads(SAEKI, 10) == []
        with pytest.raises(NotFoundError):
            await assistant.thread(SAEKI, "t")
        again = await answer(assistant, "その会社の利益は？", thread="t", principal=SAEKI)
        assert "東都電機" not in again.text
    last = workspace.audit.read()
    assert "thread.deleted" in [entry.action for entry in last]


def test_the_list_goes_on_where_it_stopped(engine: sa.Engine) -> None:
    threads = Threads(engine)
    for n in range(5):
        threads.keep(owned(SAEKI, f"t{n}"), f"t{n}", "あ" * 200)
        time.sleep(0.002)
    threads.keep(owned(OTHER, "x"), "x", "秘密")
    first = threads.page("default:U06", 2)
    threads.keep(owned(SAEKI, "new"), "new", "新しい")
    rest = threads.page("default:U06", 10, (first[-1].last_at, first[-1].thread))
    assert [one.thread for one in [*first, *rest]] == ["t4", "t3", "t2", "t1", "t0"]
    assert len(first[0].title) == TITLE
