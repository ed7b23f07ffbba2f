"""A faithful answer passes, in whatever harmless words its figures are put."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.bootstrap import Workspace
from tests.assistant.measured import Tally, answers, faithful
from tests.assistant.mutations import Answer
from tests.fakes import copy_of

KINDS = {
    "other script", "other language", "kanji", "rounded", "unit word", "weeks", "date", "share",
    "fall in words", "ordinal", "zero",
}  # fmt: skip


@pytest.fixture(scope="module")
def workspace(sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return copy_of(sample_workspace, tmp_path_factory.mktemp("faithful"))


@pytest.fixture(scope="module")
def given(workspace: Workspace) -> list[Answer]:
    return answers(workspace)


@pytest.fixture(scope="module")
def tally(given: list[Answer]) -> Tally:
    found = faithful(given, 500)
    print(found.table("faithful rewordings"))  # noqa: T201 - shown with -s, and when a test fails
    return found


def test_every_answer_passes_as_it_is_with_all_names_known(given: list[Answer]) -> None:
    for answer in given:
        assert answer.ledger.check(answer.draft) == [], answer.result.tool
        assert answer.ledger.check(answer.text) == [], answer.result.tool


def test_every_kind_of_rewording_is_tried(tally: Tally) -> None:
    assert set(tally.tried) == KINDS | {"answer"}
    assert tally.tried["answer"] == 500


def test_at_most_one_reworded_answer_in_a_hundred_is_stopped(tally: Tally) -> None:
    assert tally.share("answer") <= 0.01, "\n".join(tally.told)
