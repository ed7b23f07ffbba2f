"""Every part of a plan has its words, and a change reads as a person would say it."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.settings import Language
from plans import wording
from plans.changes import diff
from plans.model import (
    SECTIONS,
    Action,
    Every,
    Goal,
    Head,
    Kpi,
    Level,
    Measure,
    Outcome,
    Plan,
    Progress,
    Quote,
    Role,
    State,
    Statement,
    Status,
    TeamMember,
)
from plans.wording import code_word, collection_word, described, field_word, reason_told
from tests.plans.plans import PLANS, a_fact, a_plan, edited
from tests.plans.test_store import with_amount

LANGUAGES: tuple[Language, ...] = ("ja", "en")
CODES: dict[str, tuple[str, ...]] = {
    "section": SECTIONS,
    "kind": ("fact", "quoted", "hypothesis"),
    "status": get_args(Status),
    "role": get_args(Role),
    "measure": get_args(Measure),
    "target_stage": ("Enter", "Extend", "Enhance", "Engage"),
    "level": get_args(Level),
    "every": get_args(Every),
    "state": get_args(State),
    "outcome": get_args(Outcome),
    "language": get_args(Language),
    "mutual": ("true", "false"),
    "dropped": ("true", "false"),
}
PARTS = {"head": Head, **Plan.collections}


def fields(part: str) -> set[str]:
    return set(PARTS[part].model_fields) - {"id"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_collection_and_every_field_has_its_words(language: Language) -> None:
    for part in PARTS:
        assert collection_word(part, language)
        words = [field_word(part, field, language) for field in fields(part)]
        assert all(words), part
        assert len(set(words)) == len(words), part


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_its_words(language: Language) -> None:
    for kind, codes in CODES.items():
        words = [code_word(kind, code, language) for code in codes]
        assert all(words), kind
        assert len(set(words)) == len(words), kind


def test_every_literal_and_boolean_of_the_model_is_among_those_codes() -> None:
    for part, model in PARTS.items():
        for field, info in model.model_fields.items():
            told = str(info.annotation)
            if "Literal" in told or "bool" in told:
                assert field in CODES, (part, field)
                values = ["true", "false"] if "bool" in told else re.findall(r"'([^']+)'", told)
                assert set(values) == set(CODES[field]), (part, field)


def test_no_words_are_left_over() -> None:
    words = wording._words()
    assert set(words["collections"]) == set(PARTS)
    assert {kind: set(codes) for kind, codes in words["codes"].items()} == {
        kind: set(codes) for kind, codes in CODES.items()
    }
    every = set().union(*(fields(part) for part in PARTS))
    for part, named in words["fields"].items():
        assert set(named) <= (every if part == "_" else fields(part)), part
    for group in ("collections", "shapes"):
        assert all(set(word) == {"ja", "en"} for word in words[group].values())


def told(before: Plan, after: Plan) -> list[tuple[str, str]]:
    return [tuple(described(c, before, after, x) for x in LANGUAGES) for c in diff(before, after)]  # type: ignore[misc]


CASES: list[tuple[Plan, Plan, str, str]] = [
    (
        a_plan(), with_amount(a_plan(), 120_000_000),
        "目標「年度内の受注額」の金額: 1億円 → 1億2,000万円",
        'Goal "年度内の受注額", amount: ¥100.0M → ¥120.0M',
    ),
    (
        a_plan(), with_amount(a_plan(), 100_000_001),
        "目標「年度内の受注額」の金額: 100,000,000円 → 100,000,001円",
        'Goal "年度内の受注額", amount: ¥100,000,000 → ¥100,000,001',
    ),
    (
        a_plan(), a_plan().with_items("actions", [Action(id="a2", what="工場見学")]),
        "アクション「工場見学」を追加", 'Action "工場見学" added',
    ),
    (
        a_plan(), a_plan().without("actions", "a1"),
        "アクション「役員訪問」を削除", 'Action "役員訪問" removed',
    ),
    (
        a_plan(), a_plan(actions=(Action(id="a1", what="役員訪問", goal="g1", mutual=True),)),
        "アクション「役員訪問」の顧客との合意: 未合意 → 合意済み",
        'Action "役員訪問", agreed with the customer: no → yes',
    ),
    (
        a_plan(), a_plan(actions=(Action(id="a1", what="役員訪問"),)),
        "アクション「役員訪問」の対応する目標: 「年度内の受注額」 → 未設定",
        'Action "役員訪問", goal served: "年度内の受注額" → not set',
    ),
    (
        a_plan(),
        a_plan(actions=(Action(id="a1", what="役員訪問", goal="g1", due=date(2026, 6, 30)),)),
        "アクション「役員訪問」の期日: 未設定 → 2026年6月30日",
        'Action "役員訪問", due date: not set → 30 June 2026',
    ),
    (
        a_plan(), a_plan(progress=(Progress(id="a1", done_on=date(2026, 5, 1)),)),
        "アクション「役員訪問」を完了とする（2026年5月1日）",
        'Action "役員訪問": done on 1 May 2026',
    ),
    (
        a_plan(), a_plan(team=(TeamMember(id="t", name="佐伯 翔", role="executive_sponsor"),)),
        "チームメンバー「佐伯 翔」を追加（役割: 役員スポンサー）",
        'Team member "佐伯 翔" added (role executive sponsor)',
    ),
    (
        a_plan(), a_plan().with_head(title="新計画"),
        "計画の題名: 2026年度計画 → 新計画", "Plan, title: 2026年度計画 → 新計画",
    ),
    (
        a_plan(), a_plan().with_head(agreed=("営業部", "技術部")),
        "計画の戦略に合意した部門: なし → 営業部、技術部",
        "Plan, departments that agreed to the strategy: none → 営業部, 技術部",
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_change_reads_as_a_person_would_say_it(case: tuple[Plan, Plan, str, str]) -> None:
    before, after, ja, en = case
    assert told(before, after) == [(ja, en)]


def statement(**parts: Any) -> Statement:
    given = {"id": "s", "section": "strength", "text": "売上は{{sales.net_sales}}", "kind": "fact"}
    return Statement(**{**given, "facts": (a_fact(),), **parts})


def test_a_statement_is_told_with_its_figures_under_its_section() -> None:
    fact = a_fact(Decimal(90_000_000))
    before, after = (
        a_plan(statements=(statement(),)),
        a_plan(statements=(statement(facts=(fact,)),)),
    )
    assert told(before, after)[0] == (
        "強み「売上は8,471万円」の根拠データ: 売上8,471万円 → 売上9,000万円",
        'Strength "売上は¥84.7M", evidence: Net sales ¥84.7M → Net sales ¥90.0M',
    )
    assert told(a_plan(), before)[0] == (
        "強み「売上は8,471万円」を追加", 'Strength "売上は¥84.7M" added',
    )  # fmt: skip


def test_evidence_that_only_rests_on_newer_data_is_renewed() -> None:
    newer = a_fact().model_copy(
        update={"basis": a_fact().basis.model_copy(update={"snapshot": "s2"})}
    )
    before = a_plan(statements=(statement(),))
    after = a_plan(statements=(statement(facts=(newer,)),))
    assert told(before, after)[0][0] == "強み「売上は8,471万円」の根拠データを更新"


def test_a_quote_is_told_by_its_title_and_heading() -> None:
    quote = Quote(passage_id="p", title="商談の型", heading="初回訪問", file="a.md")
    before = a_plan(statements=(statement(text="聞く", facts=(), kind="quoted", quote=quote),))
    after = a_plan(
        statements=(
            statement(
                text="聞く", facts=(), kind="quoted",
                quote=quote.model_copy(update={"heading": "二回目"}),
            ),
        )
    )  # fmt: skip
    assert told(before, after)[0][0] == (
        "強み「聞く」の引用元: 商談の型 › 初回訪問 → 商談の型 › 二回目"
    )


@pytest.mark.parametrize(
    ("unit", "ja", "en"),
    [
        ("JPY", "5円 → 7円", "¥5 → ¥7"),
        ("%", "500.0% → 700.0%", "500.0 % → 700.0 %"),
        ("台", "5台 → 7台", "5 台 → 7 台"),
        ("visits", "5 visits → 7 visits", "5 visits → 7 visits"),
    ],
)
def test_a_target_is_told_in_its_unit(unit: str, ja: str, en: str) -> None:
    before, after = (
        a_plan(kpis=(Kpi(id="k", what="指標", unit=unit, target=Decimal(n)),)) for n in (5, 7)
    )
    assert told(before, after) == [(f"KPI「指標」の目標値: {ja}", f'KPI "指標", target: {en}')]


def test_long_texts_are_told_from_where_they_part() -> None:
    before = a_plan(goals=(Goal(id="g1", what="長" * 500 + "旧" + "い" * 400, measure="other"),))
    after = a_plan(goals=(Goal(id="g1", what="長" * 500 + "新" + "い" * 400, measure="other"),))
    ja, _en = told(before, after)[0]
    assert "旧" in ja
    assert "新" in ja
    assert len(ja) < 450


@settings(max_examples=60, deadline=None)
@given(PLANS.flatmap(lambda plan: st.tuples(st.just(plan), edited(plan))))
def test_any_change_can_be_told_in_one_line_that_holds_no_code(pair: tuple[Plan, Plan]) -> None:
    for change in diff(*pair):
        for language in LANGUAGES:
            line = described(change, *pair, language)
            assert line
            assert "\n" not in line
            assert "None" not in line
            assert not re.search(r"\b(in_review|orders_won|executive_sponsor|net_sales)\b", line)


@pytest.mark.parametrize(
    ("reason", "ja", "en"),
    [
        ("draft", "下書きを作成", "drawn up"),
        ("undo of version 3", "第3版の変更を取り消し", "version 3 undone"),
        ("imported from 計画.docx", "計画.docxから取り込み", "imported from 計画.docx"),
        ("目標を{0}に", "目標を{0}に", "目標を{0}に"),
    ],
)
def test_a_reason_of_ours_is_told_in_words_and_anothers_as_it_is(
    reason: str, ja: str, en: str
) -> None:
    assert (reason_told(reason, "ja"), reason_told(reason, "en")) == (ja, en)
