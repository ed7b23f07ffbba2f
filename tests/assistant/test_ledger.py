"""What may be said: facts, rounded no finer than shown, cited passages, the user's own words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from assistant.ledger import Ledger, Passage, render, without
from tools.facts import FactBook, Text, ToolResult

DAY = date(2026, 9, 30)
D = Decimal


def result(currency: str = "JPY", **facts: object) -> ToolResult:
    """A tool's result with these facts; `__` in a name stands for its dot."""
    book = FactBook("test", {}, DAY, "0" * 12, currency)
    for name, value in facts.items():
        book.add(name.replace("__", "."), value)  # type: ignore[arg-type]
    return book.result()


def ledger_of(*results: ToolResult, said: str = "") -> Ledger:
    ledger = Ledger(DAY, [said] if said else [])
    for one in results:
        ledger.add(one)
    return ledger


@pytest.fixture
def ledger() -> Ledger:
    return ledger_of(
        result(
            pipeline__win_rate=D("0.632"),
            pipeline__won_count=55,
            pipeline__won_value=D("123450000"),
            profit__contribution=D("-34090000"),
            sales__change=D("-0.354"),
            signal__margin_down=D("-0.088"),
            account__contract_end=date(2026, 11, 20),
            account__employees=8400,
            account__founded_year=1951,
            deal__name="CV-200 12台 増設",
            account__name="株式会社第一プレス3",
            attention__account_count=120,
            pipeline__cycle_days=D("121.3"),
        )
    )


def passes(ledger: Ledger, text: str) -> bool:
    return ledger.check(text) == []


# ------------------------------------------------------------------ facts by name


def test_a_fact_named_in_braces_passes_and_is_written_out(ledger: Ledger) -> None:
    draft = "受注率は{{pipeline.win_rate}}です。"
    assert passes(ledger, draft)
    assert render(draft, ledger, "ja") == "受注率は63.2%です。"
    assert render(draft, ledger, "en") == "受注率は63.2 %です。"


def test_a_name_may_have_spaces_inside_its_braces(ledger: Ledger) -> None:
    draft = "{{ pipeline.won_value }}"
    assert passes(ledger, draft)
    assert render(draft, ledger, "en") == "¥123.5M"


@pytest.mark.parametrize("name", ["pipeline.made_up", "pipeline.win_rate@team:東", "1+1", "x}"])
def test_a_name_that_no_tool_returned_fails(ledger: Ledger, name: str) -> None:
    assert not passes(ledger, f"値は{{{{{name}}}}}です。") or "}" in name


def test_the_same_name_with_another_value_gets_a_key_of_its_own(ledger: Ledger) -> None:
    ledger.add(result(pipeline__win_rate=D("0.5")))
    assert render("{{pipeline.win_rate}} {{pipeline.win_rate#2}}", ledger, "ja") == "63.2% 50.0%"


def test_an_unknown_value_is_written_as_unknown() -> None:
    ledger = ledger_of(result(pipeline__win_rate=None))
    assert render("{{pipeline.win_rate}}", ledger, "ja") == "不明"
    assert render("{{pipeline.win_rate}}", ledger, "en") == "unknown"
    assert not passes(ledger, "受注率は0 %です。")


# ------------------------------------------------------------------ figures in words


@pytest.mark.parametrize(
    "text",
    [
        "63.2 %",
        "63.2％",
        "63 %",
        "63パーセント",
        "約63 percent",
        "6割",
        "55件",
        "55 deals",
        "五十五件",
        "1億2,345万円",
        "1.2億円",
        "1億円",
        "¥123.5M",
        "¥123M",
        "120社",
        "120 accounts",
        "-3,409万円",
        "▲3,409万円",
        "-¥34.1M",
        "-35.4 %",
        "-8.8ポイント",
        "-8.8 points",
        "2026年11月20日",
        "11月20日",
        "2026-11-20",
        "20 November 2026",
        "November 20, 2026",
        "2026年11月",
        "2026年9月30日",
        "8,400名",
        "1951年",
        "121日",
        "121.3日",
        "55回",
        "¥123,450K",
    ],
)
@pytest.mark.parametrize("sentence", ["実績は {} です。", "So it is {} now."])
def test_a_fact_in_another_writing_passes(ledger: Ledger, text: str, sentence: str) -> None:
    assert passes(ledger, sentence.format(text))


@pytest.mark.parametrize(
    "text",
    [
        "63.3 %",
        "63.17 %",
        "63.20001 %",
        "3,405万円",
        "64 %",
        "7割",
        "三分の二",
        "63.2ポイント",
        "63.2",
        "54件",
        "55社",
        "55名",
        "55 accounts",
        "55 people",
        "55円",
        "55日",
        "55 %",
        "1億2,346万円",
        "1億2,345万ドル",
        "$123.5M",
        "1億2,345万件",
        "1.3億円",
        "123.4567百万円",
        "12億3,450万円",
        "¥123.5B",
        "¥123.46M",
        "3,409万円の利益",
        "35.4 %",
        "+35.4 %",
        "8.8ポイント",
        "-8.8 %",
        "120件",
        "2026年11月21日",
        "2026年10月20日",
        "2025年11月20日",
        "11月21日",
        "2027年",
        "12月",
        "19 November",
        "1952年",
        "122日",
        "121.3時間",
        "0億円",
        "0 %",
        "twelve deals",
        "九十件",
    ],
)
@pytest.mark.parametrize("sentence", ["実績は {} です。", "So it is {} now."])
def test_anything_else_fails(ledger: Ledger, text: str, sentence: str) -> None:
    assert not passes(ledger, sentence.format(text))


@pytest.mark.parametrize(
    "text",
    [
        "売上は35.4 %減少しました。",
        "売上が前年から35.4 %落ちています。",
        "Sales fell by 35.4 %.",
        "Sales are down 35 %.",
        "利益率は8.8ポイント低下しました。",
        "3,409万円の赤字です。",
        "The account lost ¥34.1M.",
    ],
)
def test_a_fall_may_be_said_in_words_instead_of_a_sign(ledger: Ledger, text: str) -> None:
    assert passes(ledger, text)


@pytest.mark.parametrize(
    "text",
    [
        "売上は+35.4 %、利益は減少です。",
        "減少。売上は35.4 %です。",
        "| 減少 | 35.4 % |",
        "利益が減少しました。\n売上は35.4 %です。",
        "Costs fell. Sales grew 35.4 %.",
    ],
)
def test_a_word_of_falling_elsewhere_does_not_excuse_a_missing_sign(
    ledger: Ledger, text: str
) -> None:
    assert not passes(ledger, text)


def test_a_rise_said_as_a_fall_fails() -> None:
    ledger = ledger_of(result(sales__change=D("0.354")))
    assert not passes(ledger, "売上は-35.4 %です。")
    assert not passes(ledger, "実績 ▲35.4%")


def test_a_whole_name_with_digits_is_no_figure_but_its_digits_alone_are(ledger: Ledger) -> None:
    assert passes(ledger, "商談「CV-200 12台 増設」と株式会社第一プレス3の件です。")
    assert not passes(ledger, "商談は12台です。")


def test_an_id_of_digits_alone_hides_no_figure() -> None:
    ledger = ledger_of(result(account__id="109", pipeline__won_value=D("161109")))
    assert passes(ledger, "取引先109の売上は161,109円です。")
    assert not passes(ledger, "商談は109件、売上は109円、比率は109 %です。")
    assert not passes(ledger, "売上は162,109円です。")
    assert not passes(ledger, "売上は1,109円です。")


def test_the_numbers_of_a_list_are_no_figures(ledger: Ledger) -> None:
    assert passes(ledger, "1. 受注\n2. 失注\n3) 保留\n① 済み")
    assert not passes(ledger, "残りは 4 です。")


# ------------------------------------------------------------------ passages, the user, warnings

PASSAGE = Passage(
    "p",
    "停滞案件",
    "型",
    "playbooks/a.md",
    "1. 再訪\n2. 見積。90日以内に3割の案件が動き、5名で会う。",
)


def test_a_figure_of_a_cited_passage_passes_and_of_an_uncited_one_fails(ledger: Ledger) -> None:
    mark = ledger.cite(PASSAGE)
    assert passes(ledger, f"90日以内に3割が動きます {mark}。")
    assert not passes(ledger, "90日以内に3割が動きます。")


def test_the_unit_of_a_cited_figure_may_not_change(ledger: Ledger) -> None:
    mark = ledger.cite(PASSAGE)
    assert not passes(ledger, f"5社で会う {mark}。")
    assert not passes(ledger, f"5回会う {mark}。")
    assert not passes(ledger, f"2件の見積 {mark}。")
    assert not passes(ledger, f"90件が動きます {mark}。")


def test_a_mark_of_no_passage_fails(ledger: Ledger) -> None:
    assert [f.text for f in ledger.check("こうします [p9]。")] == ["[p9]"]


def test_a_shortened_quotation_is_taken_word_for_word(ledger: Ledger) -> None:
    quoted = ledger.quote(PASSAGE, "90日以内に3割の案件が動き、")
    assert passes(ledger, f"❝ {quoted}")


def test_the_users_own_figures_pass() -> None:
    ledger = ledger_of(said="予算は500万円、上位7社で、期限は2026年12月1日です")
    assert passes(ledger, "予算500万円、7 accounts、12月1日 の前提です。")
    assert not passes(ledger, "予算600万円です。")
    assert not passes(ledger, "7件です。")


def test_a_bare_number_of_the_user_may_be_given_its_unit() -> None:
    assert passes(ledger_of(said="top 7 please"), "The 7 accounts:")


def test_what_the_user_said_earlier_in_the_thread_counts() -> None:
    ledger = ledger_of()
    assert not passes(ledger, "予算は500万円です。")
    ledger.hear(["予算は500万円です"])
    assert passes(ledger, "予算は500万円です。")


def test_a_figure_of_a_warning_passes_with_its_unit_only() -> None:
    warned = ToolResult(tool="x", warnings=(Text(ja="9件は金額が不明です。", en="Unknown: 9."),))
    ledger = ledger_of(warned)
    assert passes(ledger, "9件は金額が不明です。")
    assert not passes(ledger, "9社は金額が不明です。")


def test_the_day_of_the_answer_passes_without_any_fact() -> None:
    assert passes(ledger_of(), "基準日 2026年9月30日。")
    assert not passes(ledger_of(), "基準日 2026年9月29日。")


# ------------------------------------------------------------------ cutting


def cut(ledger: Ledger, draft: str) -> tuple[str, int]:
    return without(draft, ledger.check(draft))


def test_the_sentence_with_the_falsehood_is_cut_and_its_neighbours_stay(ledger: Ledger) -> None:
    draft = "受注率は63.2 %です。失注は77件です。商談は55件です。"
    assert cut(ledger, draft) == ("受注率は63.2 %です。商談は55件です。", 1)


def test_an_english_sentence_is_cut_and_a_decimal_point_ends_none(ledger: Ledger) -> None:
    draft = "The win rate is 63.2 %. We lost 77 deals! That is all."
    assert cut(ledger, draft) == ("The win rate is 63.2 %. That is all.", 1)


def test_a_row_of_a_table_is_cut_whole(ledger: Ledger) -> None:
    draft = "| 区分 | 率 |\n|---|---|\n| 東 | 63.2 % |\n| 西 | 99.9 % |\n| 北 | 55件 |"
    assert cut(ledger, draft) == ("| 区分 | 率 |\n|---|---|\n| 東 | 63.2 % |\n| 北 | 55件 |", 1)


def test_an_item_of_a_list_is_cut_whole(ledger: Ledger) -> None:
    draft = "- 受注率は63.2 %。\n- 失注は77件。次も同じ。\n- 商談は55件。"
    assert cut(ledger, draft) == ("- 受注率は63.2 %。\n- 商談は55件。", 1)


def test_an_unknown_name_is_cut_with_its_sentence(ledger: Ledger) -> None:
    assert cut(ledger, "率は{{pipeline.nope}}です。件数は55件です。") == ("件数は55件です。", 1)


def test_nothing_may_be_left(ledger: Ledger) -> None:
    assert cut(ledger, "失注は77件です。") == ("", 1)


# ------------------------------------------------------------------ text from data


def test_text_from_data_cannot_name_facts_or_cite_or_break_a_table() -> None:
    ledger = ledger_of(result(account__name="A | B {{pipeline.win_rate}} [p1]\n\u202e# x"))
    shown = render("{{account.name}}", ledger, "ja")
    assert "{{" not in shown
    assert "[p1" not in shown
    assert "|" not in shown
    assert "\n" not in shown
    assert "\u202e" not in shown


def test_the_dash_of_a_list_is_no_minus() -> None:
    warned = ToolResult(tool="x", warnings=(Text(ja="1件は不明です。", en="1 order has no cost."),))
    ledger = ledger_of(warned)
    assert passes(ledger, "結果:\n- 1件は不明です。\n* 1 order has no cost.")
    assert not passes(ledger, "結果は-1件です。")


# ------------------------------------------------------------------ shares, durations, places


@pytest.fixture
def told() -> Ledger:
    book = FactBook("whale_curve", {"period": "FY2026H1"}, DAY, "0" * 12, "JPY")
    book.add("meta.as_of", DAY)
    book.add("meta.from", date(2026, 4, 1))
    book.add("meta.to", DAY)
    book.add("pipeline.win_rate", D("0.5004"))
    book.add("sales.change", D("1.0"))
    book.add("profit.contribution_margin", D("0.333"))
    book.add("pipeline.cycle_days", D("15"))
    book.add("pipeline.won_count", 0)
    table = book.table(
        {
            "account.name": ["東都電機株式会社", "株式会社北斗精密"],
            "whale.profit": [D(2), D(1)],
        },
        ["account:A001", "account:A010"],
        sort=Text(ja="利益順", en="by profit"),
    )
    ledger = Ledger(DAY)
    ledger.add(book.result(table=table))
    return ledger


@pytest.mark.parametrize(
    "text",
    [
        "受注率は半分です。",
        "案件の半数を受注。",
        "Half of the deals are won.",
        "過半数を受注しました。",
        "利益率は三分の一です。",
        "A third of the sales is left.",
        "売上は倍増しました。",
        "Sales doubled.",
        "約2週間かかります。",
        "It takes two weeks.",
        "It takes a fortnight.",
        "受注はゼロです。",
        "Zero deals were won.",
        "上期の実績です。",
        "2026年度上期の実績です。",
        "FY2026 H1, that is FY26.",
        "The first half went well.",
        "183日の実績です。",
        "半年の実績です。",
        "期間は4月1日から9月30日です。",
        "1位は東都電機株式会社です。",
        "株式会社北斗精密は第2位です。",
        "The second place is for {{account.name@account:A010}}.",
        "1. 訪問\n2. 見積\n3. 契約\n\n3番目が肝心です。",
    ],
)
def test_it_may_be_said_in_words(told: Ledger, text: str) -> None:
    assert passes(told, text)


@pytest.mark.parametrize(
    "text",
    [
        "受注率は四分の三です。",
        "Two thirds of the deals are won.",
        "売上は3倍です。",
        "Sales tripled.",
        "約3週間かかります。",
        "It takes one week.",
        "下期の実績です。",
        "2025年度上期の実績です。",
        "FY2025 went well.",
        "Q1 went well.",
        "第2四半期の実績です。",
        "2年の実績です。",
        "2位は東都電機株式会社です。",
        "株式会社北斗精密は第3位です。",
        "The second place is for {{account.name@account:A001}}.",
        "1. 訪問\n2. 見積\n\n3番目が肝心です。",
        "25 bps of margin.",
        "利益率は三割四分です。",
    ],
)
def test_but_not_falsely(told: Ledger, text: str) -> None:
    assert not passes(told, text)


def test_a_year_that_begins_in_january_has_other_quarters() -> None:
    book = FactBook("whale_curve", {"period": "FY2026Q1"}, DAY, "0" * 12, "JPY")
    book.add("meta.as_of", DAY)
    asked = book.result()
    january, april = Ledger(DAY, year_begins=1), Ledger(DAY, year_begins=4)
    january.add(asked)
    april.add(asked)
    assert passes(january, "期間は1月1日から3月31日です。")
    assert passes(april, "期間は4月1日から6月30日です。")
    assert not passes(april, "期間は1月1日から3月31日です。")


def test_an_ordinal_passes_by_a_rank() -> None:
    ledger = ledger_of(result(whale__rank=3))
    assert passes(ledger, "利益は第3位、in third place.")
    assert not passes(ledger, "利益は第4位です。")


def test_the_lower_half_of_a_ranking_says_nothing_of_a_fall() -> None:
    ledger = ledger_of(result(sales__change=D("-0.354")))
    assert not passes(ledger, "35.4 %、順位は下位です。")
    assert passes(ledger, "35.4 %下がりました。")


def test_a_majority_passes_by_a_share_above_half_only() -> None:
    ledger = ledger_of(result(pipeline__win_rate=D("0.632")))
    assert passes(ledger, "過半数を受注。More than half are won.")
    assert not passes(ledger, "受注は半数未満です。")
    assert not passes(ledger, "Less than half are won.")


@pytest.mark.parametrize(("days", "text"), [(31, "約1か月"), (400, "1年"), (90, "three months")])
def test_a_length_of_days_may_be_said_in_months_that_are_near(days: int, text: str) -> None:
    assert passes(ledger_of(result(pipeline__cycle_days=D(days))), f"{text} です。")


@pytest.mark.parametrize(("days", "text"), [(16, "約1か月"), (45, "1か月"), (500, "1年")])
def test_a_length_of_days_is_no_month_or_year_from_afar(days: int, text: str) -> None:
    assert not passes(ledger_of(result(pipeline__cycle_days=D(days))), f"{text}です。")
