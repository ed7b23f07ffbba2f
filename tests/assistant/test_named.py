"""Whom an answer names, the turn has found or the user has named; words are no names."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest

from assistant.ledger import Ledger, Passage, without
from assistant.named import Known, Names
from bench.ledger import long_draft, many_names
from crm.scope import Scope
from tests.companies import tables_of
from tools.facts import FactBook, Text, ToolResult

DAY = date(2026, 9, 30)
NAMES = Names(
    [
        Known("東都電機株式会社", "account:A001"),
        Known("Toto Denki Co., Ltd.", "account:A001"),
        Known("東都電機", "account:A001"),
        Known("株式会社北斗精密", "account:A010"),
        Known("共栄システム株式会社", "account:A017"),
        Known("共栄システムズ株式会社", "account:A026"),
        Known("Kyoei Systems Inc.", "account:A026"),
        Known("センサー株式会社", "account:A900"),
        Known("大和株式会社", "account:A901"),
        Known("Rapid Bikes", "account:A902"),
        Known("Target", "account:A903"),
        Known("佐伯 翔", "person:U06", is_person=True),
        Known("福島 正樹", "contact:C001", is_person=True),
        Known("林 一郎", "contact:C002", is_person=True),
        Known("森", "contact:C003", is_person=True),
        Known("管理 さくら", "person:U02", is_person=True),
        Known("Mark", "contact:C004", is_person=True),
        Known("搬送ライン CV-200", "product:P001", is_product=True),
        Known("ライン制御ソフト Minori", "product:P015", is_product=True),
        Known("センサー", "product:P100", is_product=True),
        Known("年間保守プラン", "product:P018", is_product=True),
    ],
    ordinary=["センサー", "電機", "Target"],
    own="稲穂機工株式会社",
)


def result(arguments: dict[str, str] | None = None, **facts: str) -> ToolResult:
    book = FactBook("test", arguments or {}, DAY, "0" * 12, "JPY")
    for name, value in facts.items():
        book.add(name.replace("__", "."), value)
    return book.result()


def ledger_of(*results: ToolResult, said: str = "") -> Ledger:
    ledger = Ledger(DAY, [said] if said else [])
    ledger.know(NAMES)
    for one in results:
        ledger.add(one)
    return ledger


def failed(ledger: Ledger, draft: str) -> list[str]:
    return [failure.text for failure in ledger.check(draft)]


TOTO = result(account__name="東都電機株式会社")


# ------------------------------------------------------------------ known names


@pytest.mark.parametrize(
    "draft",
    [
        "東都電機株式会社の状況です。",
        "東都電機の状況です。",
        "株式会社東都電機様の状況です。",
        "㈱東都電機の状況です。",
        "東都 電機の状況です。",
        "Toto Denki is doing well.",
        "TOTO DENKI is doing well.",
    ],
)
def test_a_name_of_the_turn_passes_in_every_writing(draft: str) -> None:
    assert failed(ledger_of(TOTO), draft) == []
    assert failed(ledger_of(), draft) != []


def test_a_known_name_that_the_turn_does_not_hold_fails() -> None:
    draft = "北斗精密と佐伯 翔が、CV-200とライン制御ソフト Minoriの件で会います。"
    wanted = ["北斗精密", "佐伯 翔", "CV-200", "ライン制御ソフト Minori"]
    assert failed(ledger_of(TOTO), draft) == wanted


def test_the_longest_name_at_a_place_is_meant() -> None:
    longer = ledger_of(result(account__name="共栄システムズ株式会社"))
    assert failed(longer, "共栄システムズの件です。") == []
    assert failed(longer, "共栄システムの件です。") == ["共栄システム"]
    shorter = ledger_of(result(account__name="共栄システム株式会社"))
    assert failed(shorter, "共栄システムズの件です。") == ["共栄システムズ"]


@pytest.mark.parametrize("said", ["北斗精密はどう？", "株式会社北斗精密について"])
def test_a_name_of_the_user_passes(said: str) -> None:
    assert failed(ledger_of(said=said), "北斗精密の件です。") == []


def test_a_name_of_a_warning_passes() -> None:
    warned = ToolResult(tool="x", warnings=(Text(ja="北斗精密は不明。", en="Unknown."),))
    assert failed(ledger_of(warned), "北斗精密は不明です。") == []


def test_a_name_of_a_cited_passage_passes_and_of_an_uncited_one_fails() -> None:
    ledger = ledger_of()
    mark = ledger.cite(Passage("p", "事例", "", "a.md", "北斗精密では半年かけて進めた。"))
    assert failed(ledger, f"北斗精密の例があります {mark}。") == []
    assert failed(ledger, "北斗精密の例があります。") == ["北斗精密"]


def test_the_account_that_a_tool_was_asked_of_may_be_named() -> None:
    asked = result({"account_id": "A010"}, account__industry="医療機器")
    assert failed(ledger_of(asked), "北斗精密は医療機器です。") == []


def test_a_fact_named_in_braces_joins_no_words_around_it() -> None:
    ledger = ledger_of(TOTO)
    assert failed(ledger, "北斗{{account.name}}精密") == []


def test_without_names_nothing_is_checked() -> None:
    ledger = ledger_of()
    ledger.know(None)
    assert failed(ledger, "北斗精密とダミー商事株式会社の件です。") == []


# ------------------------------------------------------------------ words that are no names


@pytest.mark.parametrize(
    "draft",
    [
        "センサーの提案を用意します。",
        "年間保守プランを提案します。",
        "森の中の工場です。",
        "大和の地です。",
        "The target is met.",
        "Target accounts first.",
        "Mark the date.",
        "rapid bikes are sold.",
        "電機の顧客です。",
    ],
)
def test_an_ordinary_word_is_no_name(draft: str) -> None:
    assert failed(ledger_of(), draft) == []


@pytest.mark.parametrize(
    ("draft", "wanted"),
    [
        ("大和株式会社の件です。", ["大和株式会社"]),
        ("㈱センサーの件です。", ["㈱センサー"]),
        ("Rapid Bikes is growing.", ["Rapid Bikes"]),
    ],
)
def test_it_is_one_with_its_legal_form_or_its_capitals(draft: str, wanted: list[str]) -> None:
    assert failed(ledger_of(), draft) == wanted


# ------------------------------------------------------------------ strangers


@pytest.mark.parametrize(
    ("draft", "wanted"),
    [
        ("株式会社ダミー商事と進めます。", "株式会社ダミー商事"),
        ("ダミー商事株式会社と進めます。", "ダミー商事株式会社"),
        ("(株)ダミーと進めます。", "(株)ダミー"),
        ("㈱ダミーと進めます。", "㈱ダミー"),
        ("We work with Dummy Foods Co., Ltd. now.", "Dummy Foods Co., Ltd."),
        ("We work with Dummy Inc. now.", "Dummy Inc."),
        ("We work with Dummy Corporation now.", "Dummy Corporation"),
        ("We work with Dummy K.K. now.", "Dummy K.K."),
        ("古賀様にお会いします。", "古賀"),
        ("購買課の古賀氏です。", "古賀"),
        ("前田部長に連絡します。", "前田"),
        ("小林 健太さんです。", "小林"),
        ("Talk to Mr. Brown today.", "Brown"),
        ("Talk to Ms. Alice Brown today.", "Alice Brown"),
    ],
)
def test_a_company_or_person_that_stands_nowhere_fails(draft: str, wanted: str) -> None:
    assert failed(ledger_of(TOTO), draft) == [wanted]
    assert failed(ledger_of(said=draft), draft) == []


@pytest.mark.parametrize(
    "draft",
    [
        "営業部長と調達部長に会います。",
        "管理部長に会います。",
        "お客様の仕様は同様です。",
        "ご担当者様と皆様へ。",
        "氏名を確かめます。",
        "関西支店長と九州工場長です。",
        "株式会社です。",
        "稲穂機工株式会社の担当です。",
        "The limited edition is sold.",
    ],
)
def test_a_post_or_a_form_alone_is_nobody(draft: str) -> None:
    assert failed(ledger_of(), draft) == []


def test_a_surname_passes_with_a_title_when_the_turn_has_the_person() -> None:
    ledger = ledger_of(result(contact__name="福島 正樹"), result(account__owner="林 一郎"))
    assert failed(ledger, "福島様と林課長です。") == []
    assert failed(ledger_of(), "福島様と林課長です。") == ["福島", "林"]


def test_a_company_of_a_fact_passes_though_no_table_has_it() -> None:
    ledger = ledger_of(result(deal__name="競合はダミー商事株式会社"))
    assert failed(ledger, "競合の株式会社ダミー商事です。") == []


# ------------------------------------------------------------------ cutting, scope, speed


def test_the_sentence_that_names_a_stranger_is_cut() -> None:
    ledger = ledger_of(TOTO)
    draft = "東都電機の件です。北斗精密も同じです。古賀様に聞きます。以上です。"
    assert without(draft, ledger.check(draft)) == ("東都電機の件です。以上です。", 2)


def test_names_are_those_of_the_tables_that_the_asker_sees(sample_workspace: Path) -> None:
    everything = Names.of(tables_of(sample_workspace))
    own = Names.of(
        tables_of(sample_workspace, Scope(sees_all=False, person_ids=frozenset({"U06"})))
    )
    text = "東都電機と北斗精密、福島 正樹、CV-200"
    assert [text[m.start : m.end] for m in everything.find(text)] == [
        "東都電機", "北斗精密", "福島 正樹", "CV-200",
    ]  # fmt: skip
    assert [text[m.start : m.end] for m in own.find(text)] == ["東都電機", "福島 正樹", "CV-200"]


def test_names_are_read_once_a_snapshot(sample_workspace: Path) -> None:
    tables = tables_of(sample_workspace)
    assert Names.of(tables) is Names.of(tables)


def test_a_long_draft_is_read_against_many_names_in_no_time() -> None:
    names, draft = many_names(100_000), long_draft(6_000)
    took = []
    for _ in range(5):
        begun = time.perf_counter()
        names.find(draft)
        took.append(time.perf_counter() - begun)
    assert min(took) < 0.03
