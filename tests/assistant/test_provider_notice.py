"""When a provider does not answer, people read whom to tell, and who runs the server what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.bootstrap import Workspace
from crm.errors import UnavailableError
from crm.warehouse import Warehouse
from tests.assistant.conversations import answer, limited
from tests.assistant.provided import NAME, at, choose_provider
from tests.fakes import copy_of
from tests.openai_server import REFUSED, openai_server


@pytest.fixture
def workspace(
    sample_workspace: Path,
    sample_warehouse: Warehouse,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Workspace:
    choose_provider(monkeypatch)
    found = copy_of(sample_workspace, tmp_path)
    found.__dict__["warehouse"] = sample_warehouse
    return limited(found, retries=0)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "停滞している商談は？",
            f"言語モデル {NAME} が応答しなかったため、内蔵モデルでお答えしました。"
            "続く場合は、管理者にお知らせください。",
        ),
        (
            "Which deals are stalled?",
            f"The language model {NAME} did not answer, so the builtin model did. "
            "If this goes on, please tell your administrator.",
        ),
    ],
)
async def test_people_are_told_whom_to_tell_and_the_log_what_to_run(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    question: str,
    expected: str,
) -> None:
    async with openai_server(REFUSED) as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            said = await answer(assistant, question)
    assert said.notices == (expected,)
    assert "tagayasu doctor" not in said.text
    assert "tagayasu doctor" in "".join(capfd.readouterr())


async def test_no_command_is_told_where_nothing_answers_instead(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(workspace, fallback=False)
    async with openai_server(REFUSED) as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            with pytest.raises(UnavailableError) as raised:
                await answer(assistant, "停滞している商談は？")
    assert "administrator" in raised.value.remedy
    assert "`" not in str(raised.value)
