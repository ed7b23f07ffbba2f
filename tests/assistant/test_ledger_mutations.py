"""No faithful answer survives the change of one figure, and every faithful rewording does.

What happens to be true elsewhere is decided by comparing strings with all that is displayed
(`mutations.Displayed`), not by the code under test.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from typing import Any

import pytest

from assistant.bootstrap import Workspace
from assistant.ledger import render
from crm.settings import Language
from tests.assistant.drafts import drafted, run
from tests.assistant.mutations import Displayed, Mutant, mutants, pieces_of, rewordings

SEED = 20260930
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
ANSWERS = [*OFTEN, *(pytest.param(*answer, marks=pytest.mark.slow) for answer in SELDOM)]
KINDS = {
    "digit changed",
    "digits transposed",
    "unit swapped",
    "scale swapped",
    "sign flipped",
    "percentage inserted",
    "date inserted",
}


@pytest.fixture(scope="module")
def workspace(learned_workspace: Any) -> Workspace:
    return Workspace(learned_workspace)


def _name(value: object) -> str:
    return ",".join(map(str, value.values())) if isinstance(value, dict) else str(value)


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(("tool", "arguments"), ANSWERS, ids=_name)
def test_an_answer_passes_as_it_is_and_in_no_mutation(
    workspace: Workspace, tool: str, arguments: dict[str, Any], language: Language
) -> None:
    draft, ledger = drafted(run(workspace, tool, **arguments), language)
    pieces = pieces_of(draft, ledger, language)
    faithful = "".join(piece.text for piece in pieces)
    assert faithful == render(draft, ledger, language)
    assert ledger.check(draft) == []
    assert ledger.check(faithful) == []
    chance = random.Random(SEED)
    made = list(mutants(pieces, Displayed.of(ledger, draft), language, chance, MOST_OF_A_KIND))
    assert {m.kind for m in made} >= KINDS - {"scale swapped", "sign flipped"}
    escaped = [m for m in made if not ledger.check(m.text)]
    assert [_told(m) for m in escaped] == [], f"{len(made) - len(escaped)} of {len(made)} caught"


def _told(mutant: Mutant) -> str:
    place = mutant.text.find(mutant.false)
    around = mutant.text[max(0, place - 30) : place + len(mutant.false) + 20]
    return f"{mutant.kind}: {mutant.false} in {around!r}"


def test_every_kind_of_falsehood_is_tried_many_times(workspace: Workspace) -> None:
    tried: Counter[str] = Counter()
    for tool, arguments in OFTEN:
        draft, ledger = drafted(run(workspace, tool, **arguments), "ja")
        pieces = pieces_of(draft, ledger, "ja")
        found = mutants(pieces, Displayed.of(ledger, draft), "ja", random.Random(SEED), 200)
        tried.update(m.kind for m in found)
    assert set(tried) == KINDS
    assert min(tried.values()) >= 30


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(("tool", "arguments"), ANSWERS, ids=_name)
def test_an_answer_passes_in_every_faithful_rewording(
    workspace: Workspace, tool: str, arguments: dict[str, Any], language: Language
) -> None:
    draft, ledger = drafted(run(workspace, tool, **arguments), language)
    chance = random.Random(SEED)
    pieces = [p for p in pieces_of(draft, ledger, language) if p.is_figure]
    for piece in chance.sample(pieces, min(len(pieces), 25)):
        for writing in rewordings(piece):
            if not re.search(r"[1-9一二三四五六七八九十]", writing):
                continue  # rounded so far that nothing is left
            for sentence in (f"実績は{writing}です。", f"It is {writing} now."):
                assert ledger.check(sentence) == [], (piece.text, sentence)
