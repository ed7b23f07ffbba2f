"""What Slack shows of buttons, pages and modals is kept as golden files in both languages.

Refresh them with `UPDATE_SNAPSHOTS=1 pytest tests/render/test_slack_views.py` and read the diff.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.render.slack import modals, sentence
from api.render.slack.answer import said
from api.render.slack.elements import Button, packed, unpacked
from api.render.slack.home import (
    AccountLine,
    ActionLine,
    HomePage,
    PlanLine,
    home,
    loading,
    told,
)
from api.render.slack.offers import Offer, PlanOffer, under
from api.render.slack.words import word
from assistant.answer import Paragraph, TableBlock
from crm.settings import Language
from tests.slack.slack_rules import BLOCKS, fault, refused_view

FOLDER = Path(__file__).parent / "slack_views"
DRAFT = PlanOffer("0123456789ab", 3, ("in_review",), "draft", may_edit=True)
REVIEW = PlanOffer("ba9876543210", 5, ("approved", "draft"), "in_review", may_edit=False)
TEXTS = {
    "language": "ja", "time_zone": "Asia/Tokyo", "digest": "monday 08:30", "reminders": "08:45",
    "briefing": "30", "quiet": "saturday,sunday",
}  # fmt: skip


def _offer(language: Language) -> dict[str, Any]:
    full = Offer("a" * 16, "t1", True, plan=DRAFT, address="https://crm.example.co.jp/plans/x")
    waits = Offer("b" * 16, "t1", waits="c" * 32)
    choose = Offer(
        "d" * 16,
        "t1",
        choices=("アクション「訪問」の期日", "目標「受注」の期日"),
        choosing="9" * 32,
    )
    review = Offer("e" * 16, "t1", True, plan=REVIEW)
    first = Offer("f" * 16, "t1", True, account_id="A001")
    return {
        "blocks": [
            block
            for offer in (full, waits, choose, review, first)
            for block in under(offer, language)
        ]
    }


def _home(language: Language, role: str) -> dict[str, Any]:
    leads = role != "rep"
    page = HomePage(
        name="佐伯 翔",
        role=role,  # type: ignore[arg-type]
        time="2026年9月30日 09:00",
        attention=[Paragraph(text="**41社中13社に注意が必要です。**")],
        accounts=[AccountLine("A010", "1. **株式会社北斗精密**: 停滞（現フェーズで141日）")],
        due=None if leads else [ActionLine("p1", "a1", "**10月5日**　訪問の日程を決める")],
        approvals=[PlanLine(REVIEW, "**東都電機 2026年度**　承認待ち")] if leads else None,
        coverage=[Paragraph(text="**重点顧客は7社です。**")] if leads else (),
        meetings=() if leads else [AccountLine("A001", "**10月1日 10:00**　東都電機")],
        plans=() if leads else [PlanLine(DRAFT, "**北斗精密 2026年度**　下書き")],
        address="https://crm.example.co.jp",
    )
    return home(page, language)


def _form(language: Language) -> dict[str, Any]:
    fields = [
        modals.Field("what", "内容", "lines", "訪問する", True),
        modals.Field("due", "期日", "date", "2026-10-05"),
        modals.Field("value", "金額", "line", "1億円", hint=word("amount_hint", language)),
        modals.Field("state", word("state", language), "choice", "done", True,
                     choices=(("planned", "予定"), ("done", "完了"))),
    ]  # fmt: skip
    about: dict[str, str | int] = {"plan": "p1", "version": 3}
    return modals.form("edit", "action_title", about, fields, language)


VIEWS: dict[str, Callable[[Language], dict[str, Any]]] = {
    "offers": _offer,
    "home_rep": lambda language: _home(language, "rep"),
    "home_manager": lambda language: _home(language, "manager"),
    "home_executive": lambda language: _home(language, "executive"),
    "home_loading": loading,
    "home_unknown": lambda language: told(word("home_unknown", language)),
    "modal_form": _form,
    "modal_items": lambda language: modals.listed(
        "action_title",
        [("**10月5日**　訪問する", Button("edit_item", word("edit", language), {"item": "a1"}))],
        [Button("edit_item", word("add_action", language), {"item": "new"})],
        language,
    ),
    "modal_nothing": lambda language: modals.listed("goal_title", [], [], language),
    "modal_reason": lambda language: modals.reason("a" * 16, language),
    "modal_send_back": lambda language: modals.send_back({"plan": "p1", "version": 2}, language),
    "modal_accounts": lambda language: modals.accounts(
        [("A001", "東都電機株式会社"), ("A002", "東都電機九州株式会社")], language
    ),
    "modal_preferences": lambda language: modals.preferences(TEXTS, language),
    "modal_loading": lambda language: modals.loading("evidence_title", language),
    "table": lambda _language: {
        "blocks": list(
            said([TableBlock(
                columns=("取引先", "理由", "影響額", "次の一手"),
                rows=(("東都電機株式会社", "売上が減少", "1,000万円", "訪問する"),) * 5,
            )])[0].blocks
        )
    },
    "sentence": lambda language: {"blocks": list(sentence(word("home_unknown", language)).blocks)},
}  # fmt: skip


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("name", VIEWS)
def test_a_view_is_as_it_was_read(name: str, language: Language) -> None:
    view = VIEWS[name](language)
    if "type" in view:
        assert refused_view(view) == ""
    else:
        assert fault(view["blocks"], BLOCKS) == ""
    text = json.dumps(view, ensure_ascii=False, indent=1) + "\n"
    file = FOLDER / f"{name}.{language}.json"
    if os.environ.get("UPDATE_SNAPSHOTS") == "1":
        FOLDER.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert file.exists(), "no golden file: run with UPDATE_SNAPSHOTS=1"
    assert text == file.read_text(encoding="utf-8"), f"{file.name} has changed: see the docstring"


def test_every_word_is_there_in_both_languages_and_holds_no_figure() -> None:
    from api.render.slack.words import _words
    from api.slack.phrases import _phrases

    for words in (_words(), _phrases()):
        for name, told_ in words.items():
            assert set(told_) == {"ja", "en"}, name
            assert all(text.strip(" \n") for text in told_.values()), name


def test_whoever_may_not_decide_sees_no_button_for_it() -> None:
    plan = PlanOffer("p1", 2, (), "in_review", may_edit=False)
    shown = json.dumps(under(Offer("a" * 16, plan=plan), "ja"))
    assert "approve" not in shown
    assert "send_back" not in shown
    assert "edit_" not in shown
    assert "export_docx" in shown


def test_without_an_address_of_ours_no_button_leads_to_a_browser() -> None:
    assert "url" not in json.dumps(under(Offer("a" * 16, has_figures=True, account_id="A1"), "ja"))


@pytest.mark.parametrize("value", ["", "x", "[]", "[" * 5000, '{"a": {"b": 1}}', None, 3])
def test_what_is_no_value_of_ours_is_about_nothing(value: object) -> None:
    assert unpacked(value) == {}


def test_a_value_comes_back_as_it_went() -> None:
    about: dict[str, str | int] = {"account": 'A"0<1>', "version": 3}
    assert unpacked(packed(about)) == {"account": 'A"0<1>', "version": "3"}


def test_long_names_stay_within_the_limits_of_buttons_and_options() -> None:
    long = "とても長い名前の株式会社" * 40
    view = modals.accounts([("A001", long), ("A002", long)], "ja")
    assert refused_view(view) == ""
    blocks = under(Offer("a" * 16, "t" * 200, choices=(long,) * 12), "ja")
    assert fault(blocks, BLOCKS) == ""
