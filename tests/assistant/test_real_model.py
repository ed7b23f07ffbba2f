"""A real model behind a server that speaks OpenAI's wire format, where somebody runs one.

Set TAGAYASU_TEST_MODEL (openai:NAME), OPENAI_BASE_URL on this machine and OPENAI_API_KEY, for
example to a llama.cpp server; docs/decisions/0010 says what a very small one did.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.assistant.conversations import answer
from tests.assistant.provided import assert_whole
from tests.fakes import copy_of

MODEL = os.environ.get("TAGAYASU_TEST_MODEL")


@pytest.mark.slow
@pytest.mark.skipif(MODEL is None, reason="no model to try: TAGAYASU_TEST_MODEL is not set")
@pytest.mark.parametrize("question", ["停滞している商談は？", "What is our win rate?"])
async def test_a_real_model_answers_or_is_replaced_within_a_minute(
    sample_workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    monkeypatch.setenv("TAGAYASU_MODEL", str(MODEL))
    async with copy_of(sample_workspace, tmp_path).assistant() as assistant:
        begun = time.monotonic()
        said = await answer(assistant, question, thread="t")
        assert time.monotonic() - begun < 65
        assert said.text
        assert said.model == MODEL or said.notices
        await assert_whole(assistant, "t")
