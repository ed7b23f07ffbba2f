"""Figures are read in every common writing of Japanese and English, and nothing else is one."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.figures import Span, find_figures, normalised
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
    ("a dozen accounts", "number", "12", "1", "accounts"),
    ("two dozen deals", "number", "24", "1", "count"),
    ("one hundred and twenty deals", "number", "120", "1", "count"),
    ("٣٢社", "number", "32", "1", "accounts"),
    ("〇一社", "number", "1", "1", "accounts"),
    ("壱拾弐社", "number", "12", "1", "accounts"),
    ("ゼロ件", "number", "0", "1", "count"),
    ("zero deals", "number", "0", "1", "count"),
    ("二人", "number", "2", "1", "people"),
    ("六三％", "percent", "0.63", "0.01", None),
    ("63㌫", "percent", "0.63", "0.01", None),
    ("5‰", "percent", "0.005", "0.001", None),
    ("8.8pt", "points", "0.088", "0.001", None),
    ("8.8 %pt", "points", "0.088", "0.001", None),
    ("8.8%ポイント", "points", "0.088", "0.001", None),
    ("8.8パーセントポイント", "points", "0.088", "0.001", None),
    ("25 bps", "points", "0.0025", "0.0001", None),
    ("1.2bn yen", "money", "1200000000", "100000000", "JPY"),
    ("$1.5 trillion", "money", "1500000000000", "100000000000", "USD"),
    ("壱億弐千万円", "money", "120000000", "10000000", "JPY"),
    ("2週間", "days", "14", "7", None),
    ("二週間", "days", "14", "7", None),
    ("two weeks", "days", "14", "7", None),
    ("2-week", "days", "14", "7", None),
    ("a fortnight", "days", "14", "7", None),
    ("三日", "days", "3", "1", None),
    ("90-day", "days", "90", "1", None),
    ("3年", "months", "36", "12", None),
    ("二年", "months", "24", "12", None),
    ("1年半", "months", "18", "6", None),
    ("1.5 years", "months", "18", "1.2", None),
    ("two and a half years", "months", "30", "6", None),
    ("2½ years", "months", "30", "6", None),
    ("1年3か月", "months", "15", "1", None),
    ("半年", "months", "6", "1", None),
    ("half a year", "months", "6", "1", None),
    ("2時間半", "hours", "2.5", "0.5", None),
    ("1時間30分", "hours", "1.5", None, None),
    ("90分", "hours", "1.5", None, None),
    ("90 minutes", "hours", "1.5", None, None),
    ("半分", "percent", "0.5", "0.01", None),
    ("半数", "percent", "0.5", "0.01", None),
    ("三分の一", "percent", "0.33", "0.01", None),
    ("4分の3", "percent", "0.75", "0.01", None),
    ("¾", "percent", "0.75", "0.01", None),
    ("one in five", "percent", "0.2", "0.01", None),
    ("two out of three", "percent", "0.67", "0.01", None),
    ("two thirds", "percent", "0.67", "0.01", None),
    ("三倍", "times", "3", "1", None),
    ("2.5x", "times", "2.5", "0.1", None),
    ("doubled", "times", "2", "0.1", None),
    ("threefold", "times", "3", "0.1", None),
    ("第3位", "rank", "3", "1", None),
    ("３位", "rank", "3", "1", None),
    ("一位", "rank", "1", "1", None),
    ("3番目", "rank", "3", "1", None),
    ("三番目", "rank", "3", "1", None),
    ("2日目", "rank", "2", "1", None),
    ("3社目", "rank", "3", "1", None),
    ("3rd", "rank", "3", "1", None),
    ("#3", "rank", "3", "1", None),
    ("No. 3", "rank", "3", "1", None),
    ("ranked 3", "rank", "3", "1", None),
    ("ranks second", "rank", "2", "1", None),
    ("third place", "rank", "3", "1", None),
    ("皆無", "number", "0", "1", None),
]  # fmt: skip

DATES = [
    ("2026年9月30日", (2026, 9, 30)),
    ("２０２６年９月３０日", (2026, 9, 30)),
    ("2026年 9月 30日", (2026, 9, 30)),
    ("2026年9月", (2026, 9, None)),
    ("2026年", (2026, None, None)),
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
    ("9月末", (None, 9, None)),
    ("9/30", (None, 9, 30)),
    ("令和8年9月30日", (2026, 9, 30)),
    ("令和元年", (2019, None, None)),
    ("平成30年4月1日", (2018, 4, 1)),
    ("R8.9.30", (2026, 9, 30)),
    ("R8年9月30日", (2026, 9, 30)),
    ("二〇二六年九月三十日", (2026, 9, 30)),
    ("九月三十日", (None, 9, 30)),
    ("26年9月30日", (2026, 9, 30)),
    ("26/9/30", (2026, 9, 30)),
    ("9/30/2026", (2026, 9, 30)),
    ("30/9/2026", (2026, 9, 30)),
    ("30 Sept 2026", (2026, 9, 30)),
    ("30th of September", (None, 9, 30)),
    ("2026年9月末", (2026, 9, None)),
]

PERIODS = [
    ("2026年度", Span(2026, "year")),
    ("26年度", Span(2026, "year")),
    ("令和8年度", Span(2026, "year")),
    ("二〇二六年度", Span(2026, "year")),
    ("FY2026", Span(2026, "year")),
    ("fy 2026", Span(2026, "year")),
    ("FY26", Span(2026, "year")),
    ("FY2026/27", Span(2026, "year")),
    ("FY2026Q2", Span(2026, "quarter", 2)),
    ("FY26 Q2", Span(2026, "quarter", 2)),
    ("Q2 FY2026", Span(2026, "quarter", 2)),
    ("Q2 of FY2026", Span(2026, "quarter", 2)),
    ("2026 Q2", Span(2026, "quarter", 2)),
    ("Q2 2026", Span(2026, "quarter", 2)),
    ("2026年度第2四半期", Span(2026, "quarter", 2)),
    ("2026年度の上期", Span(2026, "half", 1)),
    ("FY2026 H1", Span(2026, "half", 1)),
    ("Q2", Span(None, "quarter", 2)),
    ("2Q", Span(None, "quarter", 2)),
    ("第2四半期", Span(None, "quarter", 2)),
    ("第二四半期", Span(None, "quarter", 2)),
    ("上期", Span(None, "half", 1)),
    ("下半期", Span(None, "half", 2)),
    ("the first half", Span(None, "half", 1)),
    ("the third quarter", Span(None, "quarter", 3)),
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
    "the first step",
    "a third party",
    "double-check it",
    "double down on it",
    "Third, agree the next step",
    "zero-based budgeting",
    "from last quarter",
    "次の四半期",
    "数十件の引き合い",
    "何百社もある",
    "四日市市の工場",
    "三日月",
    "一年の売上",
    "一日も早く",
    "役割を確かめる",
    "半導体の工場",
    "後半の議題",
    "史上期待される",
    "倍率の高い",
    "第一に、第二に",
    "第三者の評価",
    "三位一体の改革",
    "ゼロベースで見直す",
    "① 訪問 ② 提案",
    "Ⅱ 章",
    "m²あたり",
    "壱岐市",
    "参考まで",
    "持参人",
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
    text: str, kind: str, value: str, step: str | None, noun: str | None
) -> None:
    [figure] = find_figures(text)
    assert (figure.kind, figure.value, figure.noun) == (kind, D(value), noun)
    assert step is None or figure.step == D(step)


@pytest.mark.parametrize(("text", "kind", "value", "step", "noun"), NUMBERS)
def test_it_is_read_the_same_inside_a_sentence(
    text: str, kind: str, value: str, step: str | None, noun: str | None
) -> None:
    for sentence in _sentences(text):
        [figure] = find_figures(sentence)
        assert (figure.kind, figure.value) == (kind, D(value)), sentence
        assert step is None or figure.step == D(step)


@pytest.mark.parametrize(("text", "day"), DATES)
def test_a_date_is_read_in_every_writing(text: str, day: tuple[int | None, ...]) -> None:
    [figure] = find_figures(text)
    assert (figure.kind, figure.day) == ("date", day)


@pytest.mark.parametrize(("text", "day"), DATES)
def test_a_date_is_read_inside_a_sentence(text: str, day: tuple[int | None, ...]) -> None:
    for sentence in _sentences(text):
        [figure] = find_figures(sentence)
        assert (figure.kind, figure.day) == ("date", day), sentence


@pytest.mark.parametrize(("text", "span"), PERIODS)
def test_a_fiscal_period_is_read_in_every_writing(text: str, span: Span) -> None:
    for sentence in [text, *_sentences(text)]:
        [figure] = find_figures(sentence)
        assert (figure.kind, figure.span) == ("period", span), sentence


@pytest.mark.parametrize("text", NO_FIGURES)
def test_names_and_codes_hold_no_figure(text: str) -> None:
    assert find_figures(text) == []


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("10-20 %", [D("0.1"), D("0.2")]),
        ("10〜20 %", [D("0.1"), D("0.2")]),
        ("10 to 20 percent", [D("0.1"), D("0.2")]),
        ("between 10 and 20 percent", [D("0.1"), D("0.2")]),
        ("1〜1.5億円", [D("100000000"), D("150000000")]),
        ("¥10-20M", [D("10000000"), D("20000000")]),
        ("1から3社", [D("1"), D("3")]),
        ("2〜3週間", [D("14"), D("21")]),
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


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3/4の案件", "0.75"),
        ("3/4 of the deals", "0.75"),
        ("three quarters of the deals", "0.75"),
        ("a third of the deals", "0.33"),
        ("half of the deals", "0.5"),
        ("売上が半減", "-0.5"),
    ],
)
def test_a_share_of_something_is_a_share(text: str, value: str) -> None:
    [figure] = find_figures(text)
    assert (figure.kind, figure.value) == ("percent", D(value))


@pytest.mark.parametrize(
    ("text", "bound"),
    [("過半数", "above"), ("more than half", "above"), ("半数未満", "below"),
     ("less than half", "below")],
)  # fmt: skip
def test_a_majority_is_more_than_half(text: str, bound: str) -> None:
    [figure] = find_figures(f"顧客の{text} of them")
    assert (figure.value, figure.bound) == (D("0.5"), bound)


@pytest.mark.parametrize(
    ("text", "day"),
    [("3/4の訪問", (None, 3, 4)), ("on the 30th", (None, None, 30)), ("9/10/2026", (2026, 10, 9))],
)
def test_what_may_be_a_day_as_well_is_kept_beside(text: str, day: tuple[int | None, ...]) -> None:
    [figure] = find_figures(text)
    assert figure.other is not None
    assert figure.other.day == day


def test_the_day_that_ends_a_range_is_a_date() -> None:
    assert [f.day for f in find_figures("9月10日〜15日")] == [(None, 9, 10), (None, 9, 15)]


@pytest.mark.parametrize("text", ["売上は倍増", "sales doubled", "利益が倍に"])
def test_doubling_is_two_times(text: str) -> None:
    assert [(f.kind, f.value) for f in find_figures(text)] == [("times", D(2))]


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


@pytest.mark.parametrize("text", ["10日の午後", "十日市場"])
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
