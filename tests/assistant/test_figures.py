"""Figures are read in every common writing of Japanese and English, and nothing else is one."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.figures import find_figures, normalised
from tools.format import show, show_date

D = Decimal

NUMBERS = [
    # writing, kind, value, step, noun
    ("12件", "number", "12", "1", "count"),
    ("１２件", "number", "12", "1", "count"),
    ("十二件", "number", "12", "1", "count"),
    ("三十二社", "number", "32", "1", "accounts"),
    ("3社", "number", "3", "1", "accounts"),
    ("5名", "number", "5", "1", "people"),
    ("8,400名", "number", "8400", "1", "people"),
    ("8，400名", "number", "8400", "1", "people"),
    ("百二十社", "number", "120", "10", "accounts"),
    ("1,234", "number", "1234", "1", None),
    ("12.5", "number", "12.5", "0.1", None),
    ("3回", "number", "3", "1", "occasions"),
    ("78点", "number", "78", "1", "score"),
    ("130 deals", "number", "130", "1", "count"),
    ("1 deal", "number", "1", "1", "count"),
    ("33 accounts", "number", "33", "1", "accounts"),
    ("33 companies", "number", "33", "1", "accounts"),
    ("8,400 people", "number", "8400", "1", "people"),
    ("12 contacts", "number", "12", "1", "people"),
    ("twelve deals", "number", "12", "1", "count"),
    ("Thirty-three accounts", "number", "33", "1", "accounts"),
    ("five people", "number", "5", "1", "people"),
    ("63.2 %", "percent", "0.632", "0.001", None),
    ("63.2%", "percent", "0.632", "0.001", None),
    ("63.2％", "percent", "0.632", "0.001", None),
    ("６３．２％", "percent", "0.632", "0.001", None),
    ("63パーセント", "percent", "0.63", "0.01", None),
    ("63 percent", "percent", "0.63", "0.01", None),
    ("63 per cent", "percent", "0.63", "0.01", None),
    ("forty percent", "percent", "0.4", "0.01", None),
    ("三割", "percent", "0.3", "0.1", None),
    ("3割", "percent", "0.3", "0.1", None),
    ("2割5分", "percent", "0.25", "0.01", None),
    ("-3.0 %", "percent", "-0.030", "0.001", None),
    ("−3.0 %", "percent", "-0.030", "0.001", None),
    ("▲3.0%", "percent", "-0.030", "0.001", None),
    ("△3.0%", "percent", "-0.030", "0.001", None),
    ("－3.0%", "percent", "-0.030", "0.001", None),
    ("マイナス3%", "percent", "-0.03", "0.01", None),
    ("minus 3 %", "percent", "-0.03", "0.01", None),
    ("+1.9 %", "percent", "0.019", "0.001", None),
    ("8.8ポイント", "points", "0.088", "0.001", None),
    ("8.8 points", "points", "0.088", "0.001", None),
    ("8.8 percentage points", "points", "0.088", "0.001", None),
    ("-8.8 points", "points", "-0.088", "0.001", None),
    ("eight percentage points", "points", "0.08", "0.01", None),
    ("1億2,345万円", "money", "123450000", "10000", "JPY"),
    ("１億２，３４５万円", "money", "123450000", "10000", "JPY"),
    ("1億2345万円", "money", "123450000", "10000", "JPY"),
    ("1.2億円", "money", "120000000", "10000000", "JPY"),
    ("1億円", "money", "100000000", "100000000", "JPY"),
    ("一億二千万円", "money", "120000000", "10000000", "JPY"),
    ("3千万円", "money", "30000000", "10000000", "JPY"),
    ("6,200億円", "money", "620000000000", "100000000", "JPY"),
    ("1兆2,000億円", "money", "1200000000000", "100000000", "JPY"),
    ("3,388,371円", "money", "3388371", "1", "JPY"),
    ("0円", "money", "0", "1", "JPY"),
    ("-3,409万円", "money", "-34090000", "10000", "JPY"),
    ("▲3,409万円", "money", "-34090000", "10000", "JPY"),
    ("¥123.5M", "money", "123500000", "100000", "JPY"),
    ("￥123.5M", "money", "123500000", "100000", "JPY"),
    ("-¥34.1M", "money", "-34100000", "100000", "JPY"),
    ("¥-34.1M", "money", "-34100000", "100000", "JPY"),
    ("¥1,150.1M", "money", "1150100000", "100000", "JPY"),
    ("¥11.0B", "money", "11000000000", "100000000", "JPY"),
    ("¥3,388,371", "money", "3388371", "1", "JPY"),
    ("JPY 500", "money", "500", "1", "JPY"),
    ("$12.3M", "money", "12300000", "100000", "USD"),
    ("$12.3 million", "money", "12300000", "100000", "USD"),
    ("12.3 million dollars", "money", "12300000", "100000", "USD"),
    ("$999.50", "money", "999.50", "0.01", "USD"),
    ("USD 1,200", "money", "1200", "1", "USD"),
    ("$45K", "money", "45000", "1000", "USD"),
    ("12.3M yen", "money", "12300000", "100000", "JPY"),
    ("120万ドル", "money", "1200000", "10000", "USD"),
    ("€2.5bn", "money", "2500000000", "100000000", "EUR"),
    ("£300", "money", "300", "1", "GBP"),
    ("12.3M", "number", "12300000", "100000", None),
    ("1億2,345万", "number", "123450000", "10000", None),
    ("141日", "days", "141", "1", None),
    ("141日間", "days", "141", "1", None),
    ("141 days", "days", "141", "1", None),
    ("1 day", "days", "1", "1", None),
    ("ninety days", "days", "90", "1", None),
    ("8.5時間", "hours", "8.5", "0.1", None),
    ("48 hours", "hours", "48", "1", None),
    ("3か月", "months", "3", "1", None),
    ("3ヶ月", "months", "3", "1", None),
    ("三カ月", "months", "3", "1", None),
    ("six months", "months", "6", "1", None),
    ("2倍", "times", "2", "1", None),
    ("2.5 times", "times", "2.5", "0.1", None),
    ("a hundred deals", "number", "100", "100", "count"),
    ("a dozen accounts", "number", "12", "12", "accounts"),
]  # fmt: skip

DATES = [
    ("2026年9月30日", (2026, 9, 30)),
    ("２０２６年９月３０日", (2026, 9, 30)),
    ("2026年 9月 30日", (2026, 9, 30)),
    ("2026年9月", (2026, 9, None)),
    ("2026年", (2026, None, None)),
    ("2026年度", (2026, None, None)),
    ("9月30日", (None, 9, 30)),
    ("2026-09-30", (2026, 9, 30)),
    ("2026/9/30", (2026, 9, 30)),
    ("2026.09.30", (2026, 9, 30)),
    ("2026-09", (2026, 9, None)),
    ("2026/09", (2026, 9, None)),
    ("30 September 2026", (2026, 9, 30)),
    ("30th September 2026", (2026, 9, 30)),
    ("30 Sep 2026", (2026, 9, 30)),
    ("30 September", (None, 9, 30)),
    ("September 30, 2026", (2026, 9, 30)),
    ("Sept. 30 2026", (2026, 9, 30)),
    ("Sep 30", (None, 9, 30)),
    ("September 2026", (2026, 9, None)),
    ("FY2026", (2026, None, None)),
    ("fy 2026", (2026, None, None)),
    ("9月末", (None, 9, None)),
    ("9/30", (None, 9, 30)),
    ("令和8年9月30日", (2026, 9, 30)),
    ("令和元年", (2019, None, None)),
]

NO_FIGURES = [
    "A012",
    "取引先A012です",
    "搬送ライン CV-200",
    "CV-200とCB-120",
    "D0722",
    "v2.1",
    "ISO9001",
    "P1",
    "第一工業",
    "三河プレス工業株式会社",
    "一人ひとりに声をかける",
    "二人三脚",
    "千早自動車部品",
    "五十嵐様と六車様",
    "百十四銀行",
    "一方通行",
    "（単位：万円）",
    "単位: 百万円",
    "億単位の商談",
    "一度お会いしたい",
    "万一に備える",
    "十分に確認する",
    "唯一の窓口",
    "one of them",
    "no one answered",
    "a second look",
    "",
]


def _sentences(text: str) -> list[str]:
    """The writing in a sentence of English and, unless it is of English words, of Japanese."""
    sentences = [f"It was {text}, we think.", f"| {text} | x |", f"({text}) so far"]
    if not re.search(r"[A-Za-z]{3}", text):
        sentences += [f"実績は{text}です。", f"実績、{text}。", f"実績 {text}（速報）"]
    return sentences


@pytest.mark.parametrize(("text", "kind", "value", "step", "noun"), NUMBERS)
def test_a_writing_is_read_as_one_figure(
    text: str, kind: str, value: str, step: str, noun: str | None
) -> None:
    [figure] = find_figures(text)
    read = (figure.kind, figure.value, figure.step, figure.noun)
    assert read == (kind, D(value), D(step), noun)


@pytest.mark.parametrize(("text", "kind", "value", "step", "noun"), NUMBERS)
def test_it_is_read_the_same_inside_a_sentence(
    text: str, kind: str, value: str, step: str, noun: str | None
) -> None:
    for sentence in _sentences(text):
        [figure] = find_figures(sentence)
        assert (figure.kind, figure.value, figure.step) == (kind, D(value), D(step)), sentence


@pytest.mark.parametrize(("text", "day"), DATES)
def test_a_date_is_read_in_every_writing(text: str, day: tuple[int | None, ...]) -> None:
    [figure] = find_figures(text)
    assert (figure.kind, figure.day) == ("date", day)


@pytest.mark.parametrize(("text", "day"), DATES)
def test_a_date_is_read_inside_a_sentence(text: str, day: tuple[int | None, ...]) -> None:
    for sentence in _sentences(text):
        [figure] = find_figures(sentence)
        assert (figure.kind, figure.day) == ("date", day), sentence


@pytest.mark.parametrize("text", NO_FIGURES)
def test_names_and_codes_hold_no_figure(text: str) -> None:
    assert find_figures(text) == []


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("10-20 %", [D("10"), D("0.2")]),
        ("10〜20 %", [D("10"), D("0.2")]),
        ("10 % – 20 %", [D("0.1"), D("0.2")]),
        ("36.8 %〜43.6 %", [D("0.368"), D("0.436")]),
        ("36.8 % to 43.6 %", [D("0.368"), D("0.436")]),
        ("3-5件", [D("3"), D("5")]),
        ("10%-3%", [D("0.1"), D("0.03")]),
        ("3件 -5 %", [D("3"), D("-0.05")]),
    ],
)
def test_both_ends_of_a_range_are_figures_and_its_dash_is_no_minus(
    text: str, values: list[Decimal]
) -> None:
    assert [f.value for f in find_figures(text)] == values


def test_a_year_month_and_day_are_one_date_and_not_three_numbers() -> None:
    assert len(find_figures("2026年9月30日に3件")) == 2


@pytest.mark.parametrize("text", ["三分の一", "3分の1", "二分の一の確率"])
def test_a_fraction_is_a_share(text: str) -> None:
    assert [f.kind for f in find_figures(text)] == ["percent"]


def test_figures_come_in_order_with_the_place_where_they_stand() -> None:
    text = "売上は１億２，３４５万円、\n前年比は -3.2 % です。"
    found = find_figures(text)
    assert [f.kind for f in found] == ["money", "percent"]
    assert [normalised(text)[f.start : f.end].strip() for f in found] == [f.text for f in found]


def test_a_full_width_text_keeps_its_length() -> None:
    text = "㈱東都、１２３㌫"
    assert len(normalised(text)) == len(text)


@pytest.mark.parametrize("text", ["10日の午後", "十日市場", "2日目"])
def test_a_day_of_the_month_alone_is_days_at_the_most(text: str) -> None:
    assert all(f.kind == "days" for f in find_figures(text))


_AMOUNTS = st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False)


@given(_AMOUNTS, st.sampled_from(["JPY", "USD", "EUR", "%", "points", "days", "count", "hours"]))
def test_whatever_the_formatter_writes_is_read_back_as_one_figure(
    value: Decimal, unit: str
) -> None:
    for language in ("ja", "en"):
        text = show(value, unit, language)
        [figure] = find_figures(text)
        assert figure.value is not None
        shown = value
        assert abs(figure.value - shown) <= figure.step / 2, text


@given(st.dates(min_value=date(1000, 1, 1)))
def test_whatever_day_the_formatter_writes_is_read_back(day: date) -> None:
    for language in ("ja", "en"):
        [figure] = find_figures(show_date(day, language))
        assert figure.day == (day.year, day.month, day.day)
