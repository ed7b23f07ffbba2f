"""No faithful answer survives the change of one figure or name.

What happens to be true elsewhere is decided by comparing strings with all that is displayed
(`mutations.Displayed`), not by the code under test.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from assistant.bootstrap import Workspace
from assistant.ledger import render
from crm.settings import Language
from tests.assistant.measured import ASKED, LANGUAGES, SEED, Tally, answers, falsehoods
from tests.assistant.mutations import Answer, mutants
from tests.fakes import copy_of

MOST_OF_A_KIND = 15
OFTEN: list[tuple[str, dict[str, Any]]] = [
    ("needs_attention", {}),
    ("pipeline_metrics", {}),
    ("pipeline_metrics", {"by": "manager"}),
    ("deal_health", {"signal": "stalled"}),
    ("account_overview", {"account_id": "A001"}),
    ("briefing", {"account_id": "A011"}),
]
SELDOM: list[tuple[str, dict[str, Any]]] = [
    ("needs_attention", {"limit": 40}),
    ("needs_attention", {"team": "東日本営業部"}),
    ("pipeline_metrics", {"period": "FY2026H1"}),
    ("pipeline_metrics", {"by": "industry"}),
    ("pipeline_metrics", {"by": "competitor"}),
    ("deal_health", {}),
    ("account_overview", {"account_id": "A012"}),
    ("account_overview", {"account_id": "A022"}),
    ("briefing", {"account_id": "A001"}),
    ("briefing", {"account_id": "A010"}),
    ("briefing", {"account_id": "A018"}),
    ("briefing", {"account_id": "A019"}),
    ("briefing", {"account_id": "A023"}),
]
KINDS = {
    "digit changed",
    "digits transposed",
    "unit swapped",
    "scale swapped",
    "sign flipped",
    "percentage inserted",
    "date inserted",
    "period shifted",
    "name swapped",
    "figure of another",
}


@pytest.fixture(scope="module")
def learned(learned_workspace: Path) -> Workspace:
    return Workspace(learned_workspace)


@pytest.fixture(scope="module")
def tally(sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Tally:
    workspace = copy_of(sample_workspace, tmp_path_factory.mktemp("falsehoods"))
    found = falsehoods(workspace, answers(workspace), most=4)
    print(found.table("falsehoods"))  # noqa: T201 - shown with -s, and when a test fails
    return found


def _name(value: object) -> str:
    return ",".join(map(str, value.values())) if isinstance(value, dict) else str(value)


def _stopped_everywhere(given: Answer) -> None:
    chance = random.Random(SEED)
    made = list(mutants(given, [], chance, MOST_OF_A_KIND))
    escaped = [m.told for m in made if not given.ledger.check(m.text)]
    assert escaped == [], f"{len(made) - len(escaped)} of {len(made)} caught"


@pytest.mark.parametrize(("tool", "arguments"), OFTEN, ids=_name)
def test_an_answer_passes_as_it_is_and_in_no_mutation(
    learned: Workspace, tool: str, arguments: dict[str, Any]
) -> None:
    for given in answers(learned, [(tool, arguments)]):
        faithful = "".join(piece.text for piece in given.pieces)
        assert faithful == render(given.draft, given.ledger, given.language)
        assert given.ledger.check(given.draft) == []
        assert given.ledger.check(faithful) == []
        _stopped_everywhere(given)


@pytest.mark.slow
@pytest.mark.parametrize(("tool", "arguments"), SELDOM, ids=_name)
def test_another_answer_passes_in_no_mutation(
    learned: Workspace, tool: str, arguments: dict[str, Any]
) -> None:
    for given in answers(learned, [(tool, arguments)]):
        assert given.ledger.check(given.draft) == []
        _stopped_everywhere(given)


def test_the_answers_are_of_many_tools_in_both_languages() -> None:
    assert len({tool for tool, _arguments in ASKED}) >= 20
    wanted: set[Language] = {"ja", "en"}
    assert set(LANGUAGES) == wanted


def test_every_kind_of_falsehood_is_tried_many_times(tally: Tally) -> None:
    assert set(tally.tried) == KINDS
    assert min(tally.tried.values()) >= 100
    assert tally.tried.total() >= 2000


def test_ninety_nine_falsehoods_in_a_hundred_are_stopped(tally: Tally) -> None:
    assert tally.share() >= 0.99, "\n".join(tally.told)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_no_kind_of_falsehood_is_a_way_through(tally: Tally, kind: str) -> None:
    assert tally.share(kind) >= 0.98, "\n".join(t for t in tally.told if kind in t)
