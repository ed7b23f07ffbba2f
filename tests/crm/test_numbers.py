"""A number is read in every form that people write it in, or refused with a reason."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.numbers import NumberRules, read_number
from crm.refused import Refused

WIDE = str.maketrans({n: n + 0xFEE0 for n in range(0x21, 0x7F)} | {" ": "\u3000", "¥": "￥"})
UNITS = {
    "千": 3, "万": 4, "百万": 6, "千万": 7, "億": 8, "十億": 9, "百億": 10, "千億": 11, "兆": 12,
    "k": 3, "K": 3, "M": 6, "B": 9, "bn": 9, " thousand": 3, " Million": 6, "billion": 9,
}  # fmt: skip
MARKS = {
    "JPY": ("¥", "￥", "円", "JPY"),
    "USD": ("$", "US$", "USD", "ドル", "米ドル"),
    "EUR": ("€", "EUR", "ユーロ"),
    "GBP": ("£", "GBP"),
    "CNY": ("元", "人民元", "CNY", "RMB", "¥"),
    "KRW": ("₩", "KRW"),
    "CHF": ("CHF",),
}
FOREIGN = {"¥": ("JPY", "CNY"), "$": ("USD",), "€": ("EUR",), "円": ("JPY",), "元": ("CNY",)}
RATIO = NumberRules(currency="", percent=True, digits=6)


def read(text: str, how: NumberRules) -> Decimal | str:
    """The number, or the reason of its refusal as "!code"."""
    try:
        return read_number(text, how)
    except Refused as refused:
        return f"!{refused.reason}"


def grouped(n: Decimal) -> str:
    return f"{n:,f}"


def plain(n: Decimal) -> str:
    return f"{n:f}"


def same(text: str) -> str:
    return text


def wide(text: str) -> str:
    return text.translate(WIDE)


Change: TypeAlias = Callable[[Decimal], str]
Width: TypeAlias = Callable[[str], str]
amounts = st.one_of(
    st.decimals(0, 10**13 - 1, places=4, allow_nan=False),
    st.integers(0, 10**14 - 1).map(Decimal),
)
digits_of = st.sampled_from([plain, grouped])
widths = st.sampled_from([same, wide])
blanks = st.sampled_from(["", " ", "\u3000", "\u00a0", "  "])


@given(amounts, digits_of, widths, st.sampled_from(sorted(MARKS)), st.data())
def test_an_amount_written_with_its_currency_is_read_back(
    n: Decimal, digits: Change, width: Width, code: str, data: st.DataObject
) -> None:
    mark, gap = data.draw(st.sampled_from(MARKS[code])), data.draw(blanks)
    text = data.draw(st.sampled_from([f"{mark}{gap}{digits(n)}", f"{digits(n)}{gap}{mark}"]))
    assert read(width(text), NumberRules(code)) == n


@given(amounts, digits_of, widths, st.sampled_from("-−▲△－"), blanks)
def test_a_loss_is_read_back_in_each_way_to_write_it(
    n: Decimal, digits: Change, width: Width, sign: str, gap: str
) -> None:
    written = digits(n)
    for text in (
        f"{sign}{gap}{written}", f"{sign}{gap}¥{written}", f"¥{gap}{sign}{written}",
        f"{sign}{written}円", f"({gap}{written}{gap})", f"({written}円)", f"(¥{written})",
        f"{written}{gap}-", f"{written}−",
    ):  # fmt: skip
        assert read(width(text), NumberRules()) == -n, text


@given(st.integers(0, 999_999), st.integers(0, 3), st.sampled_from(sorted(UNITS)), widths, blanks)
def test_a_unit_scales_once(n: int, places: int, unit: str, width: Width, gap: str) -> None:
    scale = Decimal(10) ** UNITS[unit]
    number = Decimal(n).scaleb(-places)
    if number * scale >= 10**14:
        return
    for text in (f"{number:,f}{unit}", f"{number:f}{unit}円", f"¥{gap}{number:f}{unit}{gap}"):
        assert read(width(text), NumberRules()) == number * scale
        assert read(width(text), NumberRules(multiply=scale)) == number * scale
        assert read(width(text), NumberRules(multiply=scale * 10)) == "!two_units"


@given(st.integers(1, 9999), st.integers(0, 9999), st.integers(0, 9999), digits_of, blanks)
def test_falling_units_add_up(oku: int, man: int, rest: int, digits: Change, gap: str) -> None:
    o, m, r = (digits(Decimal(n)) for n in (oku, man, rest))
    total = oku * 10**8 + man * 10**4
    for mark in ("", "円"):
        assert read(f"{o}億{gap}{m}万{mark}", NumberRules()) == total
        spoken = rest < 10 and not mark
        expected: object = "!not_a_number" if spoken else total + rest
        assert read(f"{o}億{m}万{gap}{r}{mark}", NumberRules()) == expected
        assert read(f"{m}万{o}億{mark}", NumberRules()) == "!not_a_number"


@given(st.decimals(0, 999, places=4, allow_nan=False), widths, blanks)
def test_a_share_is_a_fraction_where_the_column_holds_them(
    n: Decimal, width: Width, gap: str
) -> None:
    for multiply in (Decimal(1), Decimal("0.01")):
        how = NumberRules(currency="", multiply=multiply, percent=True, digits=6)
        assert read(width(f"{n:f}{gap}%"), how) == n / 100
    assert read(width(f"{n:f}%"), NumberRules(currency="")) == "!not_a_number"
    assert read(f"{n:f}", NumberRules(multiply=Decimal("0.01"), digits=6)) == n / 100


@given(
    st.integers(0, 10**9), st.sampled_from(["人", "名", "個", "件", "社", "台", "本", "時間", "h"])
)
def test_what_is_counted_may_be_named_where_there_is_no_currency(n: int, counter: str) -> None:
    assert read(f"{n:,}{counter}", NumberRules(currency="")) == n
    assert read(f"{n}千 {counter}", NumberRules("", Decimal(1000))) == n * 1000
    assert read(f"{n}{counter}", NumberRules("", Decimal(1000))) == "!two_units"
    assert read(f"{n}{counter}", NumberRules()) == "!not_a_number"


@given(st.integers(1, 10**9), st.sampled_from(sorted(FOREIGN)), st.sampled_from(sorted(MARKS)))
def test_another_currency_is_never_taken_for_ours(n: int, mark: str, code: str) -> None:
    expected: object = n if code in FOREIGN[mark] else "!other_currency"
    assert read(f"{mark}{n:,}", NumberRules(code)) == expected
    assert read(f"{n}{mark}", NumberRules(code)) == expected
    assert read(f"{n}{mark}", NumberRules(currency="")) == "!not_a_number"


@given(st.text(st.sampled_from("0123456789,."), min_size=1, max_size=12))
def test_commas_and_points_are_read_as_python_writes_them_or_not_at_all(text: str) -> None:
    got = read(text, NumberRules(digits=12))
    if isinstance(got, Decimal):
        whole, point, decimals = text.replace(",", "").partition(".")
        assert got == Decimal(whole + point + decimals)
        assert text in (whole + point + decimals, f"{int(whole):,}{point}{decimals}")


@given(st.text(st.sampled_from("0123456789,.-+▲()¥円$€千万億百兆kMB%割分 １（－"), max_size=14))
def test_a_random_cell_is_a_number_or_refused(text: str) -> None:
    for how in (NumberRules(), NumberRules("", Decimal(1000)), RATIO):
        got = read(text, how)
        assert isinstance(got, str) or abs(got) < 10**14


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    read(text, NumberRules())
    read(text, RATIO)


def test_what_nfkc_would_make_a_number_of_is_refused() -> None:
    allowed = {chr(n) for n in range(0xFF01, 0xFF5F)} | set("￥ \u3000\u00a0")
    dangerous = [
        c
        for c in map(chr, range(0x80, 0x110000))
        if c not in allowed and (c.isnumeric() or unicodedata.normalize("NFKC", c).isascii())
    ]
    assert len(dangerous) > 2000
    for c in dangerous:
        for text in (c, f"1{c}", f"{c}1", f"1{c}2", f"1,234{c}", f"12{c}%"):
            if c in "千万億兆" and text[0] == "1" and text[-1] != "%":
                continue  # the units, where they stand as such
            for how in (NumberRules(), RATIO):
                assert read(text, how) == "!not_a_number", (text, hex(ord(c)))


def test_a_long_cell_takes_no_long_time() -> None:
    for text in ("1" * 10**5, "1," * 10**5, " " * 10**5 + "x", "¥" + " " * 10**5 + "x",
                 "1億" * 10**5, "1万" + "2" * 10**5 + "x", "0." + "1" * 10**5):  # fmt: skip
        assert isinstance(read(text, NumberRules()), str)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-0", Decimal(0)),
        ("007", Decimal(7)),
        ("1.50000000", Decimal("1.5")),
        ("1.23456", "!too_precise"),
        ("99,999,999,999,999.9999", Decimal("99999999999999.9999")),
        ("100兆", "!too_large"),
        ("1億10,000万円", "!not_a_number"),
        ("0億2億", "!not_a_number"),
        ("3万5", "!not_a_number"),
        ("3万5円", Decimal(30_005)),
        ("3万50", Decimal(30_050)),
        ("2千5百万", "!not_a_number"),
        ("1.5億2万", "!not_a_number"),
        ("1,23万", "!odd_grouping"),
        ("0,123", "!odd_grouping"),
        ("1.234,56", "!odd_grouping"),
        ("1,234,", "!odd_grouping"),
        ("1,234.", "!not_a_number"),
        (",", "!not_a_number"),
        ("1 234", "!not_a_number"),
        ("¥1,200-", "!not_a_number"),
        ("¥1,200円", "!not_a_number"),
        ("(1,200", "!not_a_number"),
        ("-(1,200)", "!not_a_number"),
        ("▲1,200-", "!not_a_number"),
        ("3割", "!not_a_number"),
        ("nan", "!not_a_number"),
        ("1e5", "!not_a_number"),
        ("10MM", "!not_a_number"),
        ("10\u212a", "!not_a_number"),
        ("5 thou\u017fand", "!not_a_number"),
        ("1,200円也", "!not_a_number"),
        ("100 BTC", "!not_a_number"),
        ("100 chf", "!not_a_number"),
        ("", "!not_a_number"),
    ],
)
def test_a_limit_is_kept_on_both_its_sides(text: str, expected: object) -> None:
    assert read(text, NumberRules()) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3割", "0.3"),
        ("3割5分", "0.35"),
        ("12割", "1.2"),
        ("▲3 割 5 分", "-0.35"),
        ("(35%)", "-0.35"),
    ],
)
def test_tenths_and_hundredths_are_a_share(text: str, expected: str) -> None:
    assert read(text, RATIO) == Decimal(expected)


@pytest.mark.parametrize(
    "text", ["5分", "3割10分", "3割5", "1.5割5分", "35%%", "¥35%", "3割円", "35‰"]
)
def test_a_share_written_otherwise_is_refused(text: str) -> None:
    assert read(text, NumberRules(percent=True)) == "!not_a_number"


def test_the_scale_of_a_cell_and_of_its_header_agree_or_the_cell_is_refused() -> None:
    thousands = NumberRules(multiply=Decimal(1000))
    assert read("1,200", thousands) == read("1,200千円", thousands) == Decimal(1_200_000)
    for text in ("¥1,200", "1,200円", "JPY 1,200", "1.2億円", "3万5千円"):
        assert read(text, thousands) == "!two_units"
    assert read("50%", NumberRules(multiply=Decimal(1000), percent=True)) == "!two_units"


def test_the_number_has_as_many_decimals_as_the_column() -> None:
    assert str(read_number("1,200", NumberRules())) == "1200.0000"
    assert str(read_number("-3.0", NumberRules(digits=0))) == "-3"
    assert read("3.5", NumberRules(digits=0)) == "!too_precise"
    assert read("1.5k", NumberRules(digits=0)) == Decimal(1500)
