"""A day is read in every form that people write it in, or refused with a reason."""

from __future__ import annotations

import calendar
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import TypeAlias
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.dates import DateRules, read_date
from crm.refused import Refused

WIDE = str.maketrans({n: n + 0xFEE0 for n in range(0x21, 0x7F)} | {" ": "\u3000"})
WEEK = "月火水木金土日"
ERAS = [
    (("令和", "令", "R", "r", "㋿", "Ｒ"), date(2019, 5, 1), date(2117, 12, 31)),
    (("平成", "平", "H", "h", "㍻"), date(1989, 1, 8), date(2019, 4, 30)),
    (("昭和", "昭", "S", "s", "㍼"), date(1926, 12, 25), date(1989, 1, 7)),
    (("大正", "大", "T", "t", "㍽"), date(1912, 7, 30), date(1926, 12, 25)),
    (("明治", "明", "M", "m", "㍾"), date(1873, 1, 1), date(1912, 7, 30)),
]
FIRST_YEARS = {"令": 2019, "平": 1989, "昭": 1926, "大": 1912, "明": 1868}


def wide(text: str) -> str:
    return text.translate(WIDE)


Width: TypeAlias = Callable[[str], str]
Era: TypeAlias = tuple[tuple[str, ...], date, date]
days = st.dates(date(1900, 1, 1), date(2199, 12, 31))
widths = st.sampled_from([str, wide])
times = st.sampled_from(
    ["", " 9:30", "T09:30", " 23:59:59", "t00:00:00.123456", "\u300009:30:15", " 午後 3:05",
     " 午前0:00:01", " 9時5分", " 午後9時05分", " 9:30 AM", " 12:00:00pm"]
)  # fmt: skip


def read(text: str, how: DateRules | None = None) -> date | str:
    """The day, or the reason of its refusal as "!code"."""
    try:
        return read_date(text, how or DateRules())
    except Refused as refused:
        return f"!{refused.reason}"


@given(days, widths, times, st.sampled_from(["", "({})", " （{}曜日）"]))
def test_a_day_that_begins_with_its_year_is_read_back(
    day: date, width: Width, clock: str, weekday: str
) -> None:
    y, m, d = day.year, day.month, day.day
    for text in (
        f"{y}-{m:02}-{d:02}", f"{y}/{m}/{d}", f"{y}.{m}.{d}", f"{y}-{m}-{d}", f"{y}{m:02}{d:02}",
        f"{y}年{m}月{d}日", f"{y} 年 {m:02} 月 {d:02} 日",
    ):  # fmt: skip
        right = weekday.format(WEEK[day.weekday()])
        wrong = weekday.format(WEEK[day.weekday() - 1])
        for order in ("ymd", "mdy", "dmy"):
            assert read(width(text + right) + clock, DateRules(order=order)) == day
        if weekday:
            assert read(width(text + wrong) + clock) == "!impossible_date"


@given(days, times, st.booleans(), st.sampled_from([str, str.upper, str.lower]))
def test_a_month_may_be_named_in_english(day: date, clock: str, long: bool, case: Width) -> None:
    name = day.strftime("%B" if long else "%b")
    week = day.strftime("%A, " if long else "%a, ")
    d, y = day.day, day.year
    for text in (f"{d} {name} {y}", f"{d:02}-{name}-{y}", f"{name} {d}, {y}"):
        assert read(case(text) + clock) == day
        assert read(case(week + text) + clock) == day
        assert read(case((day + timedelta(1)).strftime("%a, ") + text)) == "!impossible_date"
        assert read(text[:-4] + text[-2:] + clock) == "!ambiguous_date"


@given(days, st.sampled_from("-/."), times)
def test_day_and_month_before_the_year_need_an_order(day: date, sep: str, clock: str) -> None:
    month_first = f"{day.month}{sep}{day.day}{sep}{day.year}{clock}"
    day_first = f"{day.day:02}{sep}{day.month:02}{sep}{day.year}{clock}"
    assert read(month_first, DateRules(order="mdy")) == day
    assert read(day_first, DateRules(order="dmy")) == day
    assert read(month_first) == read(day_first) == "!ambiguous_date"
    if day.day > 12:
        assert read(day_first, DateRules(order="mdy")) == "!impossible_date"


@given(st.sampled_from(ERAS), st.data(), widths, times)
def test_a_day_of_an_era_is_read_back(
    era: Era, data: st.DataObject, width: Width, clock: str
) -> None:
    signs, first, last = era
    day = data.draw(st.dates(first, last))
    number = day.year - FIRST_YEARS[signs[1]] + 1
    years = [str(number), f"{number:02}"] + (["元"] if number == 1 else [])
    for sign in signs:
        for year in years:
            for text in (
                f"{sign}{year}.{day.month}.{day.day}", f"{sign}{year}/{day.month:02}/{day.day:02}",
                f"{sign}{year}-{day.month}-{day.day}", f"{sign}{year}年{day.month}月{day.day}日",
                f"{sign} {year} 年 {day.month} 月 {day.day} 日({WEEK[day.weekday()]})",
            ):  # fmt: skip
                assert read(width(text) + clock) == day


@given(st.integers(1, 99), st.dates(date(2000, 1, 1), date(2000, 12, 31)), st.sampled_from("RHSTM"))
def test_an_era_holds_its_own_days_only(number: int, day: date, sign: str) -> None:
    signs, first, last = next(era for era in ERAS if sign in era[0])
    year = FIRST_YEARS[signs[1]] + number - 1
    got = read(f"{sign}{number}.{day.month}.{day.day}")
    if day.day > calendar.monthrange(year, day.month)[1] or year < 1873:
        assert got == "!impossible_date"
    elif first <= day.replace(year=year) <= last:
        assert got == day.replace(year=year)
    else:
        assert got == "!era_ended"


@given(days, st.times(), st.integers(-12 * 4, 14 * 4), st.sampled_from(
    ["Asia/Tokyo", "America/New_York", "UTC", "Europe/London", "Asia/Kolkata"]
))  # fmt: skip
def test_a_moment_falls_on_its_day_in_the_time_zone(
    day: date, clock: time, quarters: int, name: str
) -> None:
    moment = datetime.combine(day, clock.replace(microsecond=0))
    zone = timezone(timedelta(minutes=15 * quarters))
    offset = f"{moment.replace(tzinfo=zone):%z}"
    for there, forms in (
        (zone, (offset, f"{offset[:3]}:{offset[3:]}", f" {offset}")),
        (UTC, ("Z", "z", "+00", "-0000")),
    ):
        here = moment.replace(tzinfo=there).astimezone(ZoneInfo(name)).date()
        known = date(1900, 1, 1) <= here <= date(2199, 12, 31)
        for form in forms:
            got = read(f"{moment:%Y-%m-%dT%H:%M:%S}.5{form}", DateRules(name))
            assert got == (here if known else "!impossible_date")


@given(
    st.dates(date(1950, 1, 1), date(2099, 12, 31)), st.sampled_from(["", ".375", ".0", ".99999"])
)
def test_a_serial_of_a_spreadsheet_is_its_day(day: date, fraction: str) -> None:
    assert read(f"{(day - date(1899, 12, 30)).days}{fraction}") == day


@given(st.integers(1900, 2198), st.integers(1, 12), st.integers(1, 12), widths)
def test_a_label_is_the_first_or_the_last_day_of_its_period(
    year: int, month: int, start: int, width: Width
) -> None:
    def both(text: str) -> tuple[date | str, date | str]:
        assert read(width(text), DateRules(fiscal_year_start=start)) == "!ambiguous_date"
        first, last = (
            read(width(text), DateRules(period=p, fiscal_year_start=start))
            for p in ("start", "end")
        )
        return first, last

    def span(months_on: int, count: int) -> tuple[date, date]:
        def first_day(index: int) -> date:
            return date(year + (start - 1 + index) // 12, (start - 1 + index) % 12 + 1, 1)

        return first_day(months_on), first_day(months_on + count) - timedelta(1)

    last = calendar.monthrange(year, month)[1]
    for text in (
        f"{year}-{month:02}",
        f"{year}/{month}",
        f"{year}年{month}月",
        f"{year} 年 {month} 月",
    ):
        assert both(text) == (date(year, month, 1), date(year, month, last))
    fiscal = [f"FY{year}", f"{year}年度", f"{year}FY", f"fy {year}"]
    if 2000 <= year <= 2099:
        fiscal.append(f"FY{year - 2000:02}")
    for text in fiscal:
        assert both(text) == span(0, 12)
        for q in (1, 2, 3, 4):
            for part in (f"Q{q}", f"{q}Q", f"第{q}四半期"):
                assert both(f"{text}{part}") == both(f"{text} {part}") == span(3 * q - 3, 3)
        for part in ("H1", "上期", "上半期"):
            assert both(f"{text}{part}") == span(0, 6)
        for part in ("H2", "下期", "下半期"):
            assert both(f"{text} {part}") == span(6, 6)
    for q in (1, 2, 3, 4):
        assert both(f"Q{q} FY{year}") == both(f"{q}Q FY{year}") == span(3 * q - 3, 3)
        for text in (
            f"Q{q} {year}",
            f"{year} Q{q}",
            f"{year}Q{q}",
            f"{year}-Q{q}",
            f"{year}年第{q}四半期",
        ):
            assert both(text) == ("!ambiguous_date", "!ambiguous_date")
    assert read(f"{year}-04-01", DateRules(period="end")) == date(year, 4, 1)


@given(
    st.text(
        st.sampled_from("0123456789-/.年月日度元令和平成RHSTMFYQ期上第四半:+ZT ()水'AprJan"),
        max_size=16,
    )
)
def test_a_random_cell_is_a_day_or_refused(text: str) -> None:
    for how in (
        DateRules(),
        DateRules(order="dmy", period="end"),
        DateRules("UTC", period="start"),
    ):
        got = read(text, how)
        assert isinstance(got, str) or date(1873, 1, 1) <= got <= date(2199, 12, 31)


@given(st.text(max_size=30), st.times())
def test_any_text_is_a_day_or_refused(text: str, clock: time) -> None:
    read(text)
    read(f"2026-04-01 {text}")
    read(f"{text} {clock}", DateRules(period="start"))


def test_what_nfkc_would_make_a_day_of_is_refused() -> None:
    allowed = {chr(n) for n in range(0xFF01, 0xFF5F)} | set("￥ \u3000\u00a0")
    dangerous = [
        c
        for c in map(chr, range(0x80, 0x110000))
        if c not in allowed and (c.isnumeric() or unicodedata.normalize("NFKC", c).isascii())
    ]
    forms = (
        "2026-04-{}", "2026{}-04-01", "2026-0{}-01", "2026年4月{}日", "R{}.4.1", "4611{}",
        "2026-04-01 1{}:00", "1 {} 2026", "FY202{}", "2026-0{}",
    )  # fmt: skip
    for c in dangerous:
        for form in forms:
            assert read(form.format(c), DateRules(period="start")) == "!not_a_date", hex(ord(c))


@pytest.mark.parametrize(
    "text",
    ["1 Augu\u017ft 2026", "㍻㍻1.4.1", "１\u200b.4.2026", "2026\u200b-04-01", "2026-04-01\ufeff"],
)
def test_a_character_that_hides_or_pretends_makes_no_day(text: str) -> None:
    assert read(text) == "!not_a_date"


def test_a_long_cell_takes_no_long_time() -> None:
    many, wide_gap = "1" * 10**5, " " * 10**5
    for text in (
        many, f"2026{wide_gap}x", f"2026-04-01{wide_gap}x", f"令和{wide_gap}8", "1/" * 10**5,
        f"2026-04-01 10:00:00.{many}x",
    ):  # fmt: skip
        assert read(text) == "!not_a_date"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("H31.4.30", date(2019, 4, 30)),
        ("H31.5.1", "!era_ended"),
        ("R1.4.30", "!era_ended"),
        ("昭和64年1月8日", "!era_ended"),
        ("S64.1.7", date(1989, 1, 7)),
        ("M45.7.30", date(1912, 7, 30)),
        ("T1.7.30", date(1912, 7, 30)),
        ("M45.7.31", "!era_ended"),
        ("T15.12.26", "!era_ended"),
        ("M6.1.1", date(1873, 1, 1)),
        ("M5.12.31", "!impossible_date"),
        ("R0.1.1", "!impossible_date"),
        ("R8.2.29", "!impossible_date"),
        ("2024-02-29", date(2024, 2, 29)),
        ("2026-02-29", "!impossible_date"),
        ("1899-12-31", "!impossible_date"),
        ("0000-00-00", "!impossible_date"),
        ("2026-04/01", "!not_a_date"),
        ("2026-04-01 24:00", "!impossible_date"),
        ("2026-04-01 12:60", "!impossible_date"),
        ("2026-04-01 午後13:00", "!impossible_date"),
        ("2026-04-01T10:00+14:30", "!impossible_date"),
        ("2026-04-01T10:00+00:60", "!impossible_date"),
        ("2199-12-31T23:00Z", "!impossible_date"),
        ("2026-04-01Z", "!not_a_date"),
        ("2026-04-01abc", "!not_a_date"),
        ("18263", "!not_a_date"),
        ("73051", "!not_a_date"),
        ("46113.", "!not_a_date"),
        ("26年4月1日", "!ambiguous_date"),
        ("'26.4.1", "!ambiguous_date"),
        ("4月1日(水)", "!ambiguous_date"),
        ("4.1", "!not_a_date"),
        ("1 Sept 2026", date(2026, 9, 1)),
        ("31 Apr 2026", "!impossible_date"),
        ("Apr 1 2026", "!not_a_date"),
        ("", "!not_a_date"),
    ],
)
def test_a_limit_is_kept_on_both_its_sides(text: str, expected: object) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("令和8年4月", date(2026, 4, 30)),
        ("令和元年5月", date(2019, 5, 31)),
        ("令和元年4月", "!era_ended"),
        ("平成31年度", date(2020, 3, 31)),
        ("令和元年度", date(2020, 3, 31)),
        ("平成32年度", "!era_ended"),
        ("R8年度上期", date(2026, 9, 30)),
        ("明治6年1月", date(1873, 1, 31)),
        ("明治5年12月", "!impossible_date"),
        ("8年度", "!ambiguous_date"),
        ("2026-13", "!impossible_date"),
        ("9999-12", "!impossible_date"),
        ("FY9999", "!impossible_date"),
        ("FY2199", "!impossible_date"),
        ("FY2026 Q5", "!impossible_date"),
        ("2026年度第0四半期", "!impossible_date"),
        ("FY2026 H3", "!impossible_date"),
        ("FY2026 Q", "!not_a_date"),
        ("2026 H1", "!ambiguous_date"),
        ("2026", "!not_a_date"),
    ],
)
def test_a_label_of_an_era_ends_where_the_calendar_says(text: str, expected: object) -> None:
    assert read(text, DateRules(period="end")) == expected
