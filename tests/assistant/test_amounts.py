"""What a message says of how many, above and below what, and none of what."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.builtin.amounts import Op, find_absence, find_limit, find_thresholds

D = Decimal

LIMITS = [
    # the message, how many, whether from the bottom, the words that say it
    ("上位5社を見せて", 5, False, "上位5社"),
    ("上位５社を見せて", 5, False, "上位５社"),
    ("上位五社", 5, False, "上位五社"),
    ("上位十社", 10, False, "上位十社"),
    ("売上上位20社の推移", 20, False, "上位20社"),
    ("上位の3件", 3, False, "上位の3件"),
    ("トップ10を教えて", 10, False, "トップ10"),
    ("ベスト3は?", 3, False, "ベスト3"),
    ("ワースト5を出して", 5, True, "ワースト5"),
    ("下位3社", 3, True, "下位3社"),
    ("利益率の低い順に5社", 5, True, "5社"),
    ("売上の少ない方から3社", 3, True, "3社"),
    ("売上の高い順に5社", 5, False, "5社"),
    ("5社だけ教えて", 5, False, "5社だけ"),
    ("3件だけ", 3, False, "3件だけ"),
    ("10件ほど見せて", 10, False, "10件ほど"),
    ("三社", 3, False, "三社"),
    ("重点顧客を3社選んで", 3, False, "3社"),
    ("停滞案件を10件教えて", 10, False, "10件"),
    ("候補を5つ挙げて", 5, False, "5つ"),
    ("1位はどこ?", 1, False, "1位"),
    ("第1位の取引先", 1, False, "第1位"),
    ("5位まで", 5, False, "5位まで"),
    ("top five accounts", 5, False, "top five"),
    ("Top 10 customers by profit", 10, False, "Top 10"),
    ("TOP5", 5, False, "TOP5"),
    ("the top-3", 3, False, "top-3"),
    ("best 3 deals", 3, False, "best 3"),
    ("first ten accounts", 10, False, "first ten"),
    ("the three largest accounts", 3, False, "the three largest"),
    ("5 biggest deals", 5, False, "5 biggest"),
    ("the five smallest customers", 5, True, "the five smallest"),
    ("the 3 worst margins", 3, True, "the 3 worst"),
    ("bottom five accounts", 5, True, "bottom five"),
    ("worst 10 by margin", 10, True, "worst 10"),
    ("show me 5 accounts", 5, False, "show me 5"),
    ("list twenty deals", 20, False, "list twenty"),
    ("only three accounts", 3, False, "only three accounts"),
    ("5 accounts only", 5, False, "5 accounts only"),
    ("limit to 5", 5, False, "limit to 5"),
]

NO_LIMIT = [
    "上位10%の顧客", "上位二割", "トップの取引先", "上位の取引先", "3社以上買っている", "5社未満",
    "3社中2番目", "A社とB社の2社を比較して", "一社依存の取引先", "窓口が1人だけの取引先",
    "2社購買の会社", "第2四半期", "1億円以上の商談", "10月の売上", "上位30日", "A012の状況",
    "直近90日", "三河プレス工業", "二社とも順調?", "top 10 percent of customers", "top accounts",
    "best practice", "the largest account", "only one contact", "give me 90 days of activity",
    "first half", "the first one", "deals over 5 million", "show FY2026", "more than 3 deals",
    "account A012", "",
]  # fmt: skip

THRESHOLDS = [
    # the message, then for each bound: its operator, value, unit and what it is about
    ("1億円以上の商談", [(">=", "100000000", "money", "商談")]),
    ("１億円以上の商談", [(">=", "100000000", "money", "商談")]),
    ("一億円以上の商談", [(">=", "100000000", "money", "商談")]),
    ("売上が1億円以上の取引先", [(">=", "100000000", "money", "売上")]),
    ("売上1億以上の取引先", [(">=", "100000000", "money", "売上")]),
    ("5000万超の案件", [(">", "50000000", "money", "案件")]),
    ("5,000万円を超える案件", [(">", "50000000", "money", "案件")]),
    ("500万円未満の案件", [("<", "5000000", "money", "案件")]),
    ("1.2億を超える商談", [(">", "120000000", "money", "商談")]),
    ("1億2,000万円以上の商談", [(">=", "120000000", "money", "商談")]),
    ("百万円以下の受注", [("<=", "1000000", "money", "受注")]),
    ("受注額が5000円以上", [(">=", "5000", "money", "受注額")]),
    ("千万以上の商談", [(">=", "10000000", "money", "商談")]),
    ("二千万円を下回る商談", [("<", "20000000", "money", "商談")]),
    ("3百万円以上の案件", [(">=", "3000000", "money", "案件")]),
    ("1兆円以上の企業", [(">=", "1000000000000", "money", "企業")]),
    ("予算が100万円までの案件", [("<=", "1000000", "money", "予算")]),
    ("売り上げが３億円を超えている取引先", [(">", "300000000", "money", "売り上げ")]),
    ("不足が1,000万円以上の目標", [(">=", "10000000", "money", "不足")]),
    ("利益が0円未満の取引先", [("<", "0", "money", "利益")]),
    ("利益が0万円以下の取引先", [("<=", "0", "money", "利益")]),
    ("100万ドル以上の商談", [(">=", "1000000", "money", "商談")]),
    ("利益率10%を下回る取引先", [("<", "0.1", "percent", "利益率")]),
    ("利益率が10％を切る取引先", [("<", "0.1", "percent", "利益率")]),
    ("値引き率15%超の取引先", [(">", "0.15", "percent", "値引き率")]),
    ("受注率が40パーセント以上のチーム", [(">=", "0.4", "percent", "受注率")]),
    ("目標達成率が80%に満たない取引先", [("<", "0.8", "percent", "目標達成率")]),
    ("粗利率が3割以上", [(">=", "0.3", "percent", "粗利率")]),
    ("粗利率が2割5分以上", [(">=", "0.25", "percent", "粗利率")]),
    ("利益率が-5%以下", [("<=", "-0.05", "percent", "利益率")]),
    ("利益率がマイナス3%より低い", [("<", "-0.03", "percent", "利益率")]),
    ("確度80%以上の商談", [(">=", "0.8", "percent", "確度")]),
    ("成約率が半数を超えるチーム", [(">", "0.5", "percent", "成約率")]),
    ("売上が半分以下に落ちた", [("<=", "0.5", "percent", "売上")]),
    ("30日以上動きのない商談", [(">=", "30", "days", "動き")]),
    ("停滞が30日を超えた商談", [(">", "30", "days", "停滞")]),
    ("三十日以上", [(">=", "30", "days", "")]),
    ("2週間以上連絡がない", [(">=", "14", "days", "連絡")]),
    ("3か月以上訪問していない", [(">=", "90", "days", "訪問")]),
    ("半年以上取引のない会社", [(">=", "180", "days", "取引")]),
    ("1年以上の商談", [(">=", "365", "days", "商談")]),
    ("90日以内に終わる契約", [("<=", "90", "days", "")]),
    ("商談が3件より多い取引先", [(">", "3", "count", "商談")]),
    ("商談が3件以上の取引先", [(">=", "3", "count", "商談")]),
    ("訪問が3回未満の取引先", [("<", "3", "count", "訪問")]),
    ("窓口が2人以下の取引先", [("<=", "2", "count", "窓口")]),
    ("従業員500名以上の会社", [(">=", "500", "count", "従業員")]),
    ("従業員3万人以上", [(">=", "30000", "count", "従業員")]),
    ("多くとも3件", [("<=", "3", "count", "")]),
    ("少なくとも5社", [(">=", "5", "count", "")]),
    ("商談がちょうど2件", [("=", "2", "count", "商談")]),
    ("工数が20時間以上の取引先", [(">=", "20", "hours", "工数")]),
    ("スコアが80点以上", [(">=", "80", None, "スコア")]),
    (">= 1億", [(">=", "100000000", "money", "")]),
    ("売上≧1億円", [(">=", "100000000", "money", "売上")]),
    ("利益率＜１０％", [("<", "0.1", "percent", "利益率")]),
    ("1億〜2億円の商談", [(">=", "100000000", "money", "商談"),
                          ("<=", "200000000", "money", "商談")]),
    ("1〜2億円の商談", [(">=", "100000000", "money", "商談"),
                        ("<=", "200000000", "money", "商談")]),
    ("300万から500万円の案件", [(">=", "3000000", "money", "案件"),
                                ("<=", "5000000", "money", "案件")]),
    ("30〜60日の停滞", [(">=", "30", "days", "停滞"), ("<=", "60", "days", "停滞")]),
    ("粗利率が10~20%", [(">=", "0.1", "percent", "粗利率"), ("<=", "0.2", "percent", "粗利率")]),
    ("1億円以上2億円未満の商談", [(">=", "100000000", "money", "商談"),
                                  ("<", "200000000", "money", "商談")]),
    ("売上が1億円以上で利益率が5%以下の取引先", [(">=", "100000000", "money", "売上"),
                                                  ("<=", "0.05", "percent", "利益率")]),
    ("deals over 100 million", [(">", "100000000", "money", "deals")]),
    ("deals over 100 million yen", [(">", "100000000", "money", "deals")]),
    ("deals above ¥100M", [(">", "100000000", "money", "deals")]),
    ("at least ¥50M", [(">=", "50000000", "money", "")]),
    ("sales of at least JPY 50m", [(">=", "50000000", "money", "sales")]),
    ("sales of at least jpy50m", [(">=", "50000000", "money", "sales")]),
    ("orders under $500k", [("<", "500000", "money", "orders")]),
    ("exceeding $5 million", [(">", "5000000", "money", "")]),
    ("deals worth 50 million yen or more", [(">=", "50000000", "money", "deals")]),
    ("$1.2bn or less", [("<=", "1200000000", "money", "")]),
    ("100M+ deals", [(">=", "100000000", "money", "deals")]),
    ("customers with more than ten million yen in sales", [(">", "10000000", "money", "sales")]),
    ("over a hundred million", [(">", "100000000", "money", "")]),
    ("over 5,000 yen", [(">", "5000", "money", "")]),
    ("more than 3 deals", [(">", "3", "count", "deals")]),
    ("accounts with more than three open deals", [(">", "3", "count", "deals")]),
    ("3 or more deals", [(">=", "3", "count", "deals")]),
    ("3+ deals", [(">=", "3", "count", "deals")]),
    ("fewer than 5 contacts", [("<", "5", "count", "contacts")]),
    ("at most two visits", [("<=", "2", "count", "visits")]),
    ("no more than 10 accounts", [("<=", "10", "count", "accounts")]),
    ("exactly 2 orders", [("=", "2", "count", "orders")]),
    ("companies with over 1,000 employees", [(">", "1000", "count", "employees")]),
    ("discount under 5 percent", [("<", "0.05", "percent", "discount")]),
    ("discount rate under 5 percent", [("<", "0.05", "percent", "discount rate")]),
    ("margin below 10%", [("<", "0.1", "percent", "margin")]),
    ("margin is below -5 %", [("<", "-0.05", "percent", "margin")]),
    ("win rate >= 40%", [(">=", "0.4", "percent", "win rate")]),
    ("more than half of the target", [(">", "0.5", "percent", "target")]),
    ("less than half", [("<", "0.5", "percent", "")]),
    ("over a quarter of sales", [(">", "0.25", "percent", "sales")]),
    ("less than 30 days", [("<", "30", "days", "")]),
    ("stalled for more than two weeks", [(">", "14", "days", "stalled")]),
    ("silent for over 90 days", [(">", "90", "days", "silent")]),
    ("closing within 30 days", [("<=", "30", "days", "closing")]),
    ("more than 20 hours", [(">", "20", "hours", "")]),
    ("at least twice", []),
    ("between 10 and 50 million", [(">=", "10000000", "money", ""),
                                   ("<=", "50000000", "money", "")]),
    ("deals between ¥10M and ¥50M", [(">=", "10000000", "money", "deals"),
                                     ("<=", "50000000", "money", "deals")]),
    ("margin from 10% to 20%", [(">=", "0.1", "percent", "margin"),
                                ("<=", "0.2", "percent", "margin")]),
    ("10 to 20 percent", [(">=", "0.1", "percent", ""), ("<=", "0.2", "percent", "")]),
    ("30-60 days", [(">=", "30", "days", ""), ("<=", "60", "days", "")]),
    ("between 3 and 5 deals", [(">=", "3", "count", "deals"), ("<=", "5", "count", "deals")]),
]  # fmt: skip

NO_THRESHOLD = [
    "上位5社", "トップ10", "受注日数の平均", "2026年4月から9月", "2026/4/1〜2026/9/30",
    "4/1〜6/30", "8月1日〜15日", "9月30日まで", "2024年以降の売上", "2024年から2026年まで",
    "第1四半期から第2四半期", "10時から12時", "9:00〜10:00", "A012以上に重要な先",
    "直近90日の活動", "目標を超えたチーム", "予定日を過ぎた商談", "3割引で提案した",
    "去年より多い", "3社だけ", "10月まで", "今期の売上", "more than ever", "over the last 90 days",
    "between April and September", "between 2024 and 2026", "since 2024", "from 2024 to 2026",
    "from 10 to 12", "above all", "under review", "up to date", "win over the client",
    "top 5 accounts", "2026-04-01 to 2026-09-30", "Q1 to Q3", "A012", "",
]  # fmt: skip

ABSENCES = [
    ("商談のない取引先", "deals", "商談のない"),
    ("商談がない会社", "deals", "商談がない"),
    ("案件ゼロの担当先", "deals", "案件ゼロ"),
    ("進行中の案件が一つもない取引先", "deals", "進行中の案件が一つもない"),
    ("取引のない会社", "orders", "取引のない"),
    ("受注がない取引先", "orders", "受注がない"),
    ("取引がなかった先", "orders", "取引がなかった"),
    ("一度も買っていない先", "orders", "買っていない"),
    ("まだ買ったことのない製品", "orders", "買ったことのない"),
    ("未取引の会社", "orders", "未取引"),
    ("半年活動のない取引先", "activities", "活動のない"),
    ("連絡がない取引先", "activities", "連絡がない"),
    ("訪問していない先", "activities", "訪問していない"),
    ("役員に会えていない取引先", "activities", "会えていない"),
    ("ご無沙汰の取引先", "activities", "ご無沙汰"),
    ("連絡先のない取引先", "contacts", "連絡先のない"),
    ("窓口がない会社", "contacts", "窓口がない"),
    ("契約のない取引先", "contract", "契約のない"),
    ("保守契約がない先", "contract", "保守契約がない"),
    ("未契約の取引先", "contract", "未契約"),
    ("accounts with no deals", "deals", "no deals"),
    ("customers without open deals", "deals", "without open deals"),
    ("accounts that don't have any deals", "deals", "don't have any deals"),
    ("accounts with zero opportunities", "deals", "zero opportunities"),
    ("customers without orders", "orders", "without orders"),
    ("accounts with no recent orders", "orders", "no recent orders"),
    ("who never bought", "orders", "never bought"),
    ("accounts that have not ordered", "orders", "have not ordered"),
    ("No activity in 90 days", "activities", "No activity"),
    ("no contact for a month", "activities", "no contact"),
    ("accounts we haven’t visited", "activities", "haven’t visited"),
    ("accounts without meetings", "activities", "without meetings"),
    ("accounts with no contacts", "contacts", "no contacts"),
    ("accounts with no contact person", "contacts", "no contact person"),
    ("customers without a contract", "contract", "without a contract"),
    ("no maintenance contract", "contract", "no maintenance contract"),
]

NO_ABSENCE = [
    "問題ない商談", "商談が少ない取引先", "商談を教えて", "取引先がない地域", "次の一手がない",
    "無理のない計画", "受注の見込がない", "連絡先を教えて", "契約が切れる取引先", "少ない訪問",
    "商談10件", "返信がない", "no problem", "do we have deals?", "10 deals",
    "no idea about the deal", "no sales rep", "know the deal", "without discount",
    "notes on orders", "contact Acme", "",
]  # fmt: skip


@pytest.mark.parametrize(("text", "count", "is_worst", "words"), LIMITS)
def test_how_many_are_asked_for(text: str, count: int, is_worst: bool, words: str) -> None:
    limit = find_limit(text)
    assert limit is not None
    assert (limit.count, limit.is_worst, limit.text) == (count, is_worst, words)
    assert text[limit.start : limit.end] == words


@pytest.mark.parametrize("text", NO_LIMIT)
def test_what_does_not_ask_for_a_number_of_things_is_no_limit(text: str) -> None:
    assert find_limit(text) is None


@pytest.mark.parametrize(("text", "bounds"), THRESHOLDS)
def test_a_bound_has_its_operator_value_unit_and_measure(
    text: str, bounds: list[tuple[str, str, str | None, str]]
) -> None:
    found = [(t.op, t.value, t.unit, t.about) for t in find_thresholds(text)]
    assert found == [(op, D(value), unit, about) for op, value, unit, about in bounds]


@pytest.mark.parametrize("text", NO_THRESHOLD)
def test_what_bounds_nothing_is_no_threshold(text: str) -> None:
    assert find_thresholds(text) == []


@pytest.mark.parametrize(("text", "what", "words"), ABSENCES)
def test_what_there_is_none_of_is_found(text: str, what: str, words: str) -> None:
    assert [(a.what, text[a.start : a.end]) for a in find_absence(text)] == [(what, words)]


@pytest.mark.parametrize("text", NO_ABSENCE)
def test_what_denies_nothing_is_no_absence(text: str) -> None:
    assert find_absence(text) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("売上が１億円以上の取引先", "１億円以上"),
        ("deals over ¥100M by team", "over ¥100M"),
        ("㈱東都電機の５０００万円超の案件", "５０００万円超"),
        ("margin below 10% please", "below 10%"),
        ("受注額が1億〜2億円の商談", "1億〜2億円"),
    ],
)
def test_a_bound_stands_where_its_words_stand_in_the_raw_message(text: str, words: str) -> None:
    assert {text[t.start : t.end] for t in find_thresholds(text)} == {words}


def test_a_limit_a_bound_and_an_absence_stand_in_one_message_without_touching() -> None:
    text = "top 5 accounts over 100 million yen with no deals"
    limit, bounds, absences = find_limit(text), find_thresholds(text), find_absence(text)
    assert limit is not None
    assert (limit.count, [b.value for b in bounds], [a.what for a in absences]) == (
        5, [D(100_000_000)], ["deals"],
    )  # fmt: skip
    assert limit.end <= bounds[0].start < bounds[0].end <= absences[0].start


LAW = settings(derandomize=True, max_examples=150, deadline=None)
SUFFIX: dict[str, Op] = {"以上": ">=", "超": ">", "以下": "<=", "未満": "<"}
PREFIX: dict[str, Op] = {"at least": ">=", "over": ">", "at most": "<=", "under": "<"}


@LAW
@given(st.integers(1, 9_999), st.sampled_from(["万", "億"]), st.sampled_from(sorted(SUFFIX)))
def test_any_sum_in_japanese_scale_is_read_to_the_yen(n: int, scale: str, word: str) -> None:
    factor = {"万": 10**4, "億": 10**8}[scale]
    for text in (f"{n}{scale}円{word}の商談", f"{n:,}{scale}{word}の商談"):
        (found,) = find_thresholds(text)
        assert (found.op, found.unit) == (SUFFIX[word], "money")
        assert found.value == n * factor


@LAW
@given(
    st.integers(1, 1_900), st.sampled_from(["million", "M", "bn", "k"]), st.sampled_from([*PREFIX])
)
def test_any_sum_in_english_scale_is_read_to_the_yen(n: int, scale: str, word: str) -> None:
    factor = {"million": 10**6, "M": 10**6, "bn": 10**9, "k": 10**3}[scale]
    (found,) = find_thresholds(f"deals {word} {n} {scale}")
    assert (found.op, found.unit) == (PREFIX[word], "money")
    assert found.value == n * factor


@LAW
@given(st.integers(1, 999), st.decimals(0, 100, places=1))
def test_counts_and_percentages_are_what_is_written(n: int, share: Decimal) -> None:
    limit = find_limit(f"上位{n}社")
    assert limit is not None
    assert limit.count == n
    assert [t.value for t in find_thresholds(f"利益率が{share}%以上")] == [share / 100]


@LAW
@given(
    st.text(alphabet="上位件社円以超未満万億千百一二0１9%割日〜 topovermrlesthan.,", max_size=24)
)
def test_whatever_is_found_stands_in_the_message(text: str) -> None:
    spans = [(t.start, t.end) for t in find_thresholds(text)]
    for start, end in spans + [(a.start, a.end) for a in find_absence(text)]:
        assert 0 <= start < end <= len(text)
    limit = find_limit(text)
    assert limit is None or (limit.count > 0 and text[limit.start : limit.end] == limit.text)


def test_an_ordinary_message_is_read_in_half_a_millisecond() -> None:
    messages = [row[0] for row in LIMITS + THRESHOLDS + ABSENCES]
    rounds = []
    for _ in range(5):
        began = time.process_time()
        for text in messages:
            find_limit(text)
            find_thresholds(text)
            find_absence(text)
        rounds.append((time.process_time() - began) / len(messages))
    assert min(rounds) < 0.0005
