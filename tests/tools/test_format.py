"""One figure has one text in a language, whichever door shows it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.facts import Value
from tools.format import show


@pytest.mark.parametrize(
    ("value", "unit", "ja", "en"),
    [
        # the examples of the design
        (Decimal(123_450_000), "JPY", "1億2,345万円", "¥123.5M"),
        (Decimal("0.631501"), "%", "63.2%", "63.2 %"),
        (date(2026, 3, 31), "date", "2026年3月31日", "31 March 2026"),
        # unknown is never zero
        (None, "JPY", "不明", "unknown"),
        (None, "%", "不明", "unknown"),
        (None, "date", "不明", "unknown"),
        (Decimal(0), "JPY", "0円", "¥0"),
        (Decimal(0), "USD", "0ドル", "$0"),
        (Decimal(0), "%", "0.0%", "0.0 %"),
        # money below ten million is exact
        (Decimal(1), "JPY", "1円", "¥1"),
        (Decimal(9_999_999), "JPY", "9,999,999円", "¥9,999,999"),
        (Decimal("1234.4"), "JPY", "1,234円", "¥1,234"),
        (Decimal("1234.5"), "JPY", "1,235円", "¥1,235"),
        # at and above it in 万 and 億, or in millions
        (Decimal(10_000_000), "JPY", "1,000万円", "¥10.0M"),
        (Decimal(99_994_999), "JPY", "9,999万円", "¥100.0M"),
        (Decimal(100_000_000), "JPY", "1億円", "¥100.0M"),
        (Decimal(1_234_567_890), "JPY", "12億3,457万円", "¥1,234.6M"),
        (Decimal(11_042_599_746), "JPY", "110億4,260万円", "¥11.0B"),
        (Decimal(1_000_050_000), "JPY", "10億5万円", "¥1,000.1M"),
        (Decimal(1_234_567_890_123), "JPY", "12,345億6,789万円", "¥1,234.6B"),
        # a rounding that carries
        (Decimal("9999999.4"), "JPY", "9,999,999円", "¥9,999,999"),
        (Decimal("9999999.6"), "JPY", "1,000万円", "¥10.0M"),
        (Decimal(99_995_000), "JPY", "1億円", "¥100.0M"),
        (Decimal(9_999_949_999), "JPY", "99億9,995万円", "¥9,999.9M"),
        (Decimal(9_999_950_000), "JPY", "99億9,995万円", "¥10.0B"),
        (Decimal(199_995_000), "JPY", "2億円", "¥200.0M"),
        (Decimal("999.996"), "USD", "1,000ドル", "$1,000"),
        (Decimal("0.9999"), "%", "100.0%", "100.0 %"),
        (Decimal("-0.6"), "JPY", "-1円", "-¥1"),
        # below zero, and what rounds to nothing has no sign
        (Decimal(-34_100_000), "JPY", "-3,410万円", "-¥34.1M"),
        (Decimal(-500), "JPY", "-500円", "-¥500"),
        (Decimal("-0.4"), "JPY", "0円", "¥0"),
        (Decimal("-0.001"), "USD", "0ドル", "$0"),
        (Decimal("-0.354"), "%", "-35.4%", "-35.4 %"),
        (Decimal("-0.0001"), "%", "0.0%", "0.0 %"),
        # dollars have cents below a thousand
        (Decimal("12.5"), "USD", "12.50ドル", "$12.50"),
        (Decimal(12), "USD", "12ドル", "$12"),
        (Decimal("1234.56"), "USD", "1,235ドル", "$1,235"),
        (Decimal("10005534"), "USD", "1,001万ドル", "$10.0M"),
        (Decimal("12.5"), "EUR", "12.50ユーロ", "€12.50"),
        (Decimal(1500), "CHF", "1,500 CHF", "CHF 1,500"),
        # counts and days
        (1, "days", "1日", "1 day"),
        (2, "days", "2日", "2 days"),
        (Decimal("51.782"), "days", "51.8日", "51.8 days"),
        (Decimal("57"), "days", "57日", "57 days"),
        (Decimal("1.5"), "hours", "1.5時間", "1.5 hours"),
        (1234, "count", "1,234件", "1,234"),
        (3, "accounts", "3社", "3"),
        (5200, "people", "5,200名", "5,200"),
        (1987, "year", "1987年", "1987"),
        (Decimal("0.088"), "points", "8.8ポイント", "8.8 points"),
        (Decimal("-0.4126"), "ratio", "-0.413", "-0.413"),
        (4, "score", "4", "4"),
        # words
        ("blue", "colour", "青", "blue"),
        ("stalled;overdue", "signals", "停滞・予定日超過", "stalled, overdue"),
        ("", "signals", "なし", "none"),
        ("customer", "status", "取引中", "customer"),
        (-2, "attitude", "反対", "opposed"),
        ("見積", "text", "見積", "見積"),
        ("no such code", "colour", "no such code", "no such code"),
    ],
)  # fmt: skip
def test_a_value_is_shown_like_this(value: Value, unit: str, ja: str, en: str) -> None:
    assert show(value, unit, "ja") == ja
    assert show(value, unit, "en") == en


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.decimals(-(10**15), 10**15, places=4), st.sampled_from(["JPY", "USD", "CHF"]))
def test_any_amount_has_a_text_without_exponent_or_negative_zero(
    amount: Decimal, unit: str
) -> None:
    for language in ("ja", "en"):
        text = show(amount, unit, language)  # type: ignore[arg-type]
        assert "E" not in text.replace("EUR", "")
        assert not text.startswith(("-0円", "-0ドル", "-¥0 ", "-$0 ", "-0.00"))
        assert text not in ("-¥0", "-$0", "-CHF 0")


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.decimals(0, 10**12, places=2), st.decimals(0, 10**6, places=2))
def test_a_larger_amount_never_has_the_text_of_a_smaller_form(
    amount: Decimal, more: Decimal
) -> None:
    compact = "M" in show(amount, "JPY", "en")
    assert not compact or "M" in show(amount + more, "JPY", "en")


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.decimals(-5, 5, places=6))
def test_a_ratio_is_rounded_half_away_from_zero_to_one_decimal(value: Decimal) -> None:
    shown = Decimal(show(value, "%", "en").removesuffix(" %"))
    assert abs(shown - value * 100) <= Decimal("0.05")
