"""What a number counts is told by its unit: the kind of a figure, its noun and its size."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from assistant.figures.figure import Figure, Kind

CURRENCIES = {
    "¥": "JPY", "円": "JPY", "yen": "JPY", "jpy": "JPY", "$": "USD", "ドル": "USD",
    "dollar": "USD", "dollars": "USD", "usd": "USD", "€": "EUR", "ユーロ": "EUR", "euro": "EUR",
    "euros": "EUR", "eur": "EUR", "£": "GBP", "ポンド": "GBP", "gbp": "GBP",
}  # fmt: skip
_NOUNS = {
    "件": "count", "回": "occasions", "deal": "count", "deals": "count", "order": "count",
    "orders": "count", "activities": "count", "view": "count", "views": "count",
    "opportunities": "count", "社": "accounts", "account": "accounts", "accounts": "accounts",
    "companies": "accounts", "customer": "accounts", "customers": "accounts", "名": "people",
    "人": "people", "people": "people", "contact": "people", "contacts": "people", "点": "score",
}  # fmt: skip
UNIT = (
    r"%(?:\s?(?:ポイント|points?|pts?))|%|‰|パーセント(?:ポイント)?|パーミル|"
    r"percent(?:age[\s-]+points?)?|per\s+cent|per\s+mille|ベーシスポイント|ポイント|"
    r"points?|pts?|pp|bps?|basis\s+points?|割|分の|円|ドル|ユーロ|ポンド|yen|dollars?|euros?|週間|weeks?|日間?|days?|"
    r"時間|hours?|分間|分(?![割のけ類析野担布散])|minutes?|mins?|[かカヶケ箇]月|months?|年間?|years?|"
    r"件|社|名|人|回|倍|times|点|台|店舗|拠点|枚|個|accounts?|companies|customers?|people|contacts?|"
    r"deals?|orders?|activities|views?|opportunities|[x×]"
)
"""Every unit, in both languages."""


@dataclass(frozen=True)
class _Size:
    kind: Kind
    size: Decimal


_SIZES: tuple[tuple[str, _Size], ...] = (
    (r"bps?|basis points?|ベーシスポイント", _Size("points", Decimal("0.0001"))),
    (r"(?:%|パーセント)? ?(?:ポイント|points?|pts?)|percent(?:age)?[ -]points?|pp",
     _Size("points", Decimal("0.01"))),
    (r"%|パーセント|percent|per cent", _Size("percent", Decimal("0.01"))),
    (r"‰|パーミル|per mille", _Size("percent", Decimal("0.001"))),
    (r"割", _Size("percent", Decimal("0.1"))),
    (r"日間?|days?", _Size("days", Decimal(1))),
    (r"週間|weeks?", _Size("days", Decimal(7))),
    (r"時間|hours?", _Size("hours", Decimal(1))),
    (r".月|months?", _Size("months", Decimal(1))),
    (r"年間?|years?", _Size("months", Decimal(12))),
    (r"倍|times|[x×]", _Size("times", Decimal(1))),
)  # fmt: skip
_MINUTES = re.compile(r"分間?|minutes?|mins?")
_COMPILED = tuple((re.compile(pattern), size) for pattern, size in _SIZES)


def figure_of(
    text: str, start: int, end: int, value: Decimal, step: Decimal, unit: str, symbol: str | None
) -> Figure:
    """The figure of a number with its unit (or none) and the sign of its currency (or none)."""
    unit = re.sub(r"\s+", " ", unit.lower())
    if symbol or unit in CURRENCIES:
        currency = CURRENCIES[(symbol or unit).strip().lower()]
        return Figure(text, start, end, "money", value, step, currency)
    if _MINUTES.fullmatch(unit):
        return Figure(text, start, end, "hours", value / 60, step / 60)
    for pattern, size in _COMPILED:
        if pattern.fullmatch(unit):
            scaled = value * size.size, step * size.size
            return Figure(text, start, end, size.kind, *scaled)
    return Figure(text, start, end, "number", value, step, _NOUNS.get(unit))
