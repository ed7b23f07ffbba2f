"""A quantity is a number with its currency, scale and unit: ¥1.2 million, 15%, 3週間."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from assistant.builtin.amounts.numbers import NUMBER, NUMERAL, number_of
from assistant.builtin.when import folded

Unit = Literal["money", "percent", "days", "count", "hours"]


@dataclass(frozen=True)
class Amount:
    """A number with its unit, as in Threshold; `word` is the unit or currency as it was written."""

    value: Decimal
    unit: Unit | None
    word: str
    start: int
    end: int


SCALES = {"hundred": 100, "k": 10**3, "thousand": 10**3, "m": 10**6, "mn": 10**6,
          "mio": 10**6, "million": 10**6, "b": 10**9, "bn": 10**9, "billion": 10**9}  # fmt: skip
_DAYS = {"日": 1, "day": 1, "週": 7, "week": 7, "月": 30, "month": 30, "年": 365, "year": 365}
_UNITS: tuple[tuple[Unit | None, str], ...] = (
    ("money", r"円|ドル|ユーロ|yen|jpy|dollars?|usd|euros?"),
    ("percent", r"%|パーセント|percent(?:age points?)?|per cent|pct|ポイント|"
     r"割(?:\s?[\d一二三四五六七八九]分)?(?![るっりれ引])"),
    ("hours", r"時間|hours?|hrs?"),
    ("days", r"日間?|days?|週間?|weeks?|[かカヶケヵ箇個]月間?|月(?=以)|months?|"
     r"年半?間?|years?"),
    ("count", r"件|社|名|人|回|個|つ|品目|商品|製品|カテゴリー?|(?:open |won |lost )?(?:deals?|"
     r"orders?|opportunit(?:y|ies))|accounts?|customers?|compan(?:y|ies)|people|employees|contacts?|"
     r"activit(?:y|ies)|visits?|meetings?|calls?|products?|categor(?:y|ies)|views?"),
    (None, r"倍|点|times|points?"),
)  # fmt: skip
UNIT = "|".join(pattern for _unit, pattern in _UNITS)
_UNIT_OF = [(unit, re.compile(pattern)) for unit, pattern in _UNITS]


def quantity(tag: str) -> str:
    """The pattern of an amount with its currency, scale and unit in groups named by `tag`."""
    return (
        rf"(?P<minus{tag}>マイナス|minus |(?<![\d%円万億件日a-z])[-−▲△])?"
        rf"(?<![\d.,:/a-z{NUMERAL}万億兆])(?P<money{tag}>[¥$€£]|(?:jpy|usd|eur) ?)?"
        rf"(?P<amount{tag}>{NUMBER})"
        rf"(?P<scale{tag}>(?:\s?(?:hundred|thousand|million|billion|mio|mn|bn|[kmb])(?![a-z]))*)"
        rf"(?:\s?(?P<unit{tag}>{UNIT})(?![a-z]))?"
    )


_ANY_AMOUNT = re.compile(quantity(""))


def find_amounts(text: str) -> list[Amount]:
    """Every number of a message with its unit, in order; years and days of a month are none."""
    plain, _cased, places = folded(text)
    found: list[Amount] = []
    for m in _ANY_AMOUNT.finditer(plain):
        if not (is_year(m) or is_day(m)):
            value, unit = measured(m)
            word = m["unit"] or (m["money"] or "").strip()
            found.append(Amount(value, unit, word, places[m.start()], places[m.end() - 1] + 1))
    return found


def measured(m: re.Match[str], tag: str = "") -> tuple[Decimal, Unit | None]:
    """The value and unit of a quantity that was found."""
    value, scales = number_of(m[f"amount{tag}"]), m[f"scale{tag}"].split()
    for scale in scales or re.findall(r"[a-z]+", m[f"scale{tag}"]):
        value *= SCALES[scale]
    word = m[f"unit{tag}"] or ""
    unit = unit_of(word)
    is_large = bool(scales or re.search(r"[万億兆]", m[f"amount{tag}"]))
    if m[f"money{tag}"] or (is_large and not word):
        unit = "money"
    if unit in ("percent", "days"):
        value = in_unit(value, word)
    return -value if m[f"minus{tag}"] else value, unit


def unit_of(word: str) -> Unit | None:
    """What a word counts or measures; None for a word that is no unit, or one of no kind."""
    return next((unit for unit, pattern in _UNIT_OF if pattern.fullmatch(word)), None)


def in_unit(value: Decimal, word: str) -> Decimal:
    """A percentage as its fraction, a length of time in days."""
    if word.startswith("割"):
        return (value + (number_of(word[1:-1].strip()) / 10 if word[1:] else 0)) / 10
    for key, days in _DAYS.items():
        if key in word:
            half = 180 if "年半" in word else 0
            is_half_year = key == "年" and value == Decimal("0.5")
            return Decimal(180) if is_half_year else value * days + half
    return value / 100


def is_year(m: re.Match[str], tag: str = "") -> bool:
    """Whether a number of four digits and no measure is a year (between 2024 and 2026)."""
    if m[f"money{tag}"] or m[f"scale{tag}"] or m[f"unit{tag}"] not in (None, "年", "年間"):
        return False
    return bool(re.fullmatch(r"(?:19|20)\d\d", m[f"amount{tag}"]))


def is_day(m: re.Match[str]) -> bool:
    """Whether the number is a day of a month (9月30日)."""
    return m.string[: m.start()].endswith("月") and "日" in m[0]
