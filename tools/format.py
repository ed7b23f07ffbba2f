"""One formatter turns a fact into text, so the same fact shows the same figure everywhere."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from crm.settings import Language
from tools.facts import Fact, Value
from tools.words import word

_JA_CURRENCY = {"JPY": "円", "USD": "ドル", "EUR": "ユーロ", "GBP": "ポンド"}
_SYMBOL = {"JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£"}
_NO_MINOR = {"JPY", "KRW"}
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_COUNTERS_JA = {
    "count": "件",
    "people": "名",
    "accounts": "社",
    "days": "日",
    "hours": "時間",
    "score": "",
    "year": "年",
}
_COUNTERS_EN = {"days": ("day", "days"), "hours": ("hour", "hours")}
UNKNOWN: dict[Language, str] = {"ja": "不明", "en": "unknown"}
_BILLIONS_FROM = Decimal(10_000_000_000)
COMPACT_FROM = Decimal(10_000_000)
"""Money at or above this is shown rounded: 1億2,345万円, ¥123.5M."""


def shown(fact: Fact, language: Language) -> str:
    """The fact's value as text: 1億2,345万円 / ¥123.5M, 63.2% / 63.2 %, 2026年3月31日."""
    return show(fact.value, fact.unit, language)


def show(value: Value, unit: str, language: Language) -> str:
    """A value of a unit as text in a language; unknown is 不明 / unknown."""
    if value is None:
        return UNKNOWN[language]
    if isinstance(value, date):
        return show_date(value, language)
    if isinstance(value, str):
        return word(value, unit, language)
    if unit == "attitude":
        return word(str(value), unit, language)
    number = Decimal(value)
    if unit == "%":
        return _fixed(number * 100, 1) + ("%" if language == "ja" else " %")
    if unit == "points":
        return _fixed(number * 100, 1) + ("ポイント" if language == "ja" else " points")
    if unit == "times":
        return _fixed(number, 2) + ("倍" if language == "ja" else " times")
    if unit == "ratio":
        return _fixed(number, 3)
    if unit == "year":
        return f"{number:f}年" if language == "ja" else f"{number:f}"
    if unit in _COUNTERS_JA:
        return _counted(number, unit, language)
    return show_money(number, unit, language)


def how_many(number: int, one: str, many: str | None = None) -> str:
    """How many of what, in English: 1 plan, 2 plans; `many` where it takes more than an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def show_date(day: date, language: Language) -> str:
    """2026年3月31日 / 31 March 2026."""
    if language == "ja":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def show_money(amount: Decimal, currency: str, language: Language) -> str:
    """Exact below ten million, else in 万 and 億 or in millions or billions with one decimal."""
    if abs(amount) < COMPACT_FROM:
        amount = _as_shown(amount, currency)
    sign, size = ("-", -amount) if amount < 0 else ("", amount)
    if language == "ja":
        return f"{sign}{_ja_amount(size, currency)}{_JA_CURRENCY.get(currency, ' ' + currency)}"
    symbol = _SYMBOL.get(currency, f"{currency} ")
    if size + 50_000 >= _BILLIONS_FROM:  # what rounds up to it is shown like it
        return f"{sign}{symbol}{_fixed(size / 1_000_000_000, 1)}B"
    if size >= COMPACT_FROM:
        return f"{sign}{symbol}{_fixed(size / 1_000_000, 1)}M"
    return f"{sign}{symbol}{_small_amount(size, currency)}"


def money_scale(largest: Decimal, currency: str, language: Language) -> tuple[int, str, str]:
    """In what an axis up to `largest` counts money: divisor, sign before and word after a number.

    億円, 万円 or 円 in Japanese; billions, millions or single units of the currency in English.
    """
    if language == "ja":
        unit = _JA_CURRENCY.get(currency, f" {currency}")
        for divisor, word_ in ((100_000_000, "億"), (10_000, "万")):
            if abs(largest) >= divisor:
                return divisor, "", word_ + unit
        return 1, "", unit
    symbol = _SYMBOL.get(currency, f"{currency} ")
    if abs(largest) >= _BILLIONS_FROM:
        return 1_000_000_000, symbol, "B"
    return (1_000_000, symbol, "M") if abs(largest) >= 1_000_000 else (1, symbol, "")


def _ja_amount(size: Decimal, currency: str) -> str:
    if size < COMPACT_FROM:
        return _small_amount(size, currency)
    man = int((size / 10_000).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    oku, rest = divmod(man, 10_000)
    if not oku:
        return f"{rest:,}万"
    return f"{oku:,}億{rest:,}万" if rest else f"{oku:,}億"


def _as_shown(amount: Decimal, currency: str) -> Decimal:
    """The amount to the last digit shown, so that a carry decides how it is shown."""
    if currency not in _NO_MINOR:
        to_cents = amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
        if abs(to_cents) < 1000:
            return to_cents + 0
    return amount.quantize(Decimal(1), rounding=ROUND_HALF_UP) + 0


def _small_amount(size: Decimal, currency: str) -> str:
    cents = currency not in _NO_MINOR and size < 1000 and size != size.to_integral_value()
    return _fixed(size, 2 if cents else 0)


def _counted(number: Decimal, unit: str, language: Language) -> str:
    figure = _fixed(number, 0 if number == number.to_integral_value() else 1)
    if language == "ja":
        return figure + _COUNTERS_JA[unit]
    if unit not in _COUNTERS_EN:
        return figure
    one, many = _COUNTERS_EN[unit]
    return f"{figure} {one if figure in ('1', '-1') else many}"


def _fixed(number: Decimal, places: int) -> str:
    rounded = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return f"{rounded + 0:,f}"
