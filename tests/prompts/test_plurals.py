"""English says one plan and two plans: no template puts a plural behind a bare figure."""

from __future__ import annotations

import re
from itertools import takewhile

import pytest

from prompts import loader
from tests.assistant.drafts import rendered
from tests.companies import SAMPLE_DAY, tables_from
from tests.tools.asking import ask
from tools.arguments import Arguments, open_book
from tools.facts import ToolResult, metrics
from tools.format import how_many

TEMPLATES = [name for name in loader.names("answers", ".j2") if name.endswith(".en.md.j2")]
COUNTED = {"count", "accounts", "people"}
ENDS = {"of", "than", "in", "by", "more"}
"""Words behind which something else begins."""
VERBS = {"are", "have", "were", "need", "do", "rank", "lose"}
SINGULAR = {"is", "was", "has", "needs", "loses"}
_FIGURE = re.compile(r'\{\{ \w[\w.]*\("([\w.]+)"\) \}\}\**((?: [a-z]+){1,3})')


def bare_plurals(text: str) -> list[str]:
    """Where words that fit only several stand behind the figure of a count."""
    units = {name: metric.unit for name, metric in metrics().items()}
    found = []
    for place in _FIGURE.finditer(text):
        words = list(takewhile(lambda word: word not in ENDS, place[2].split()))
        many = [word for word in words if word.endswith("s") and word not in SINGULAR]
        if units.get(place[1]) in COUNTED and (many or (words[:1] and words[0] in VERBS)):
            found.append(place[0])
    return found


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_template_has_a_plural_behind_a_bare_figure(name: str) -> None:
    assert bare_plurals(loader.text(f"answers/{name}")) == []


def test_such_a_template_would_be_found() -> None:
    assert bare_plurals('Of {{ v.f("plan.plans") }} plans, none is behind.')
    assert bare_plurals('{{ v.f("plan.behind") }} are behind.')
    assert not bare_plurals('KPIs behind {{ v.f("plan.kpis_behind") }} of {{ v.f("plan.kpis") }}')


@pytest.mark.parametrize(
    ("plans", "behind", "said"),
    [
        (1, 1, "Of 1 plan, 1 is behind. Of 1 key account, 1 has a plan."),
        (5, 2, "Of 5 plans, 2 are behind. Of 5 key accounts, 5 have a plan."),
        (1, 0, "Of 1 plan, none is seen to be behind. Of 1 key account, 1 has a plan."),
    ],
)
def test_one_plan_and_several(plans: int, behind: int, said: str) -> None:
    book = open_book("plan_portfolio", tables_from({"accounts": []}), Arguments(as_of=SAMPLE_DAY))
    counts = {"plans": plans, "key_accounts": plans, "key_covered": plans, "key_uncovered": 0}
    for name, count in (counts | {"behind": behind, "waiting": 0, "score_median": 50}).items():
        book.add(f"plan.{name}", count, rows=plans)
    result = ToolResult(tool="plan_portfolio", facts=tuple(book.facts))
    assert said in rendered(result, "en")[0]


def test_one_account() -> None:
    tables = tables_from({"accounts": [{"account_id": "A1", "name": "一社"}]})
    said, _ledger = rendered(ask("needs_attention", tables, SAMPLE_DAY), "en")
    assert "None of the 1 account needs attention" in said


def test_how_many_of_what() -> None:
    assert [how_many(n, "entry", "entries") for n in (0, 1, 2, 1204)] == [
        "0 entries", "1 entry", "2 entries", "1,204 entries",
    ]  # fmt: skip
