"""Other true writings of a displayed figure: coarser, or in another form; never finer.

Nothing here uses `assistant.figures`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from crm.settings import Language
from tools.facts import Fact
from tools.format import shown

KANJI = "〇一二三四五六七八九"
_WIDE = str.maketrans("0123456789%,.", "０１２３４５６７８９％，．")
_WORDS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_SHARES = {
    25: ("四分の一", "a quarter of the whole", "¼"),
    33: ("三分の一", "a third of the whole"),
    50: ("半分", "half of the whole", "半数", "½"),
    67: ("三分の二", "two thirds"),
    75: ("四分の三", "three quarters of the whole", "¾"),
}
_DAYS_OF_MONTH = Decimal("30.436875")
Rewording = tuple[str, str]
"""The kind of a rewording, and the writing."""


@dataclass(frozen=True)
class Piece:
    """A part of an answer: words, or a displayed fact."""

    text: str
    fact: Fact | None = None

    @property
    def is_figure(self) -> bool:
        return self.fact is not None and (
            isinstance(self.fact.value, Decimal | int | date) and self.fact.unit != "attitude"
        )


def rewordings(piece: Piece) -> Iterator[Rewording]:
    """Every rewording of a displayed fact."""
    fact = piece.fact
    assert fact is not None
    value, unit = fact.value, fact.unit
    yield "other script", piece.text.translate(_WIDE)
    languages: tuple[Language, Language] = ("ja", "en")
    yield from (("other language", shown(fact, language)) for language in languages)
    if isinstance(value, date):
        yield from _dates(value)
    elif isinstance(value, Decimal | int):
        number = Decimal(value)
        match unit:
            case "%":
                yield from _percentages(number)
            case "points":
                yield from _points(number)
            case "JPY":
                yield from _money(number)
            case "days":
                yield from _days(number)
            case "count" | "accounts" | "people" if isinstance(value, int):
                yield from _counts(value, unit)
                if "rank" in fact.name:
                    yield from (("ordinal", text) for text in ordinals(value))
            case "times":
                yield "unit word", f"{half_up(number, 2)}x"
                yield "rounded", f"{half_up(number, 1)}倍"


def _dates(day: date) -> Iterator[Rewording]:
    era = day.year - 2018
    yield from (("date", text) for text in (
        day.isoformat(), f"{day:%Y/%m/%d}", f"{day.year}/{day.month}/{day.day}",
        f"{day.month}月{day.day}日", f"{day.month}/{day.day}",
        f"{day:%B} {day.day}, {day.year}", f"{day.day} {day:%b} {day.year}",
        f"{day:%b} {day.day}", f"令和{era}年{day.month}月{day.day}日",
        f"R{era}.{day.month}.{day.day}", f"{day:%y}/{day.month}/{day.day}",
        f"{in_kanji(day.month)}月{in_kanji(day.day)}日",
        "".join(KANJI[int(c)] for c in str(day.year)) + f"年{in_kanji(day.month)}月",
    ))  # fmt: skip
    yield from (("rounded", text) for text in (
        f"{day.year}年{day.month}月", f"{day.year}年{day.month}月末", f"{day.year}年",
        f"{day:%B} {day.year}",
    ))  # fmt: skip


def _percentages(value: Decimal) -> Iterator[Rewording]:
    whole = int(half_up(value * 100, 0))
    yield "unit word", f"{half_up(value * 100, 1)}パーセント"
    yield "unit word", f"{half_up(value * 100, 1)} percent"
    yield "rounded", f"{whole} %"
    yield "rounded", f"約{whole}パーセント"
    yield "rounded", f"{whole}パーセント"
    yield "rounded", f"{half_up(value * 10, 0)}割"
    if 0 <= whole < 100:
        tens, ones = divmod(whole, 10)
        yield "kanji", f"{KANJI[tens]}割{KANJI[ones]}分" if ones and tens else f"{whole}%"
    yield from (("share", text) for text in _SHARES.get(whole, ()))
    if value > Decimal("0.5"):
        yield from (("share", text) for text in ("過半数", "more than half"))
    if value < 0:
        size = half_up(-value * 100, 1)
        yield from (("fall in words", t) for t in (f"{size}%減", f"down {size} percent"))


def _points(value: Decimal) -> Iterator[Rewording]:
    figure = half_up(value * 100, 1)
    yield from (("unit word", figure + unit) for unit in ("pt", "%ポイント", " percentage points"))


def _money(value: Decimal) -> Iterator[Rewording]:
    size, sign = abs(value), "-" if value < 0 else ""
    if 10_000_000 <= size < 10_000_000_000:
        yield "rounded", f"{sign}{half_up(size / 100_000_000, 1)}億円"
        yield "rounded", f"{sign}{half_up(size / 100_000_000, 2)}億円"
    if size >= 100_000_000:
        yield "rounded", f"{sign}¥{half_up(size / 1_000_000, 0)} million"
    if size >= 50_000_000:
        yield "rounded", f"{sign}{half_up(size / 100_000_000, 0)}億円"
    elif size >= 5_000:
        yield "rounded", f"{sign}{half_up(size / 10_000, 0)}万円"
    if size >= 1_000_000:
        yield "rounded", f"{sign}¥{half_up(size / 1_000_000, 0)}M"
    if size >= 10_000_000:
        man = int((size / 10_000).quantize(Decimal(1), rounding=ROUND_HALF_UP))
        yield "kanji", f"{sign}{in_kanji(man * 10_000)}円"
    elif size >= 1_000:
        yield "unit word", f"{sign}{half_up(size, 0)} yen"
        yield "unit word", f"{sign}{half_up(size, 0).replace(',', '')}円"
    if value < 0:
        yield "fall in words", f"{shown_size(size)}の赤字"


def shown_size(size: Decimal) -> str:
    """An amount of yen to the last digit that is displayed."""
    if size >= 10_000_000:
        man = int((size / 10_000).quantize(Decimal(1), rounding=ROUND_HALF_UP))
        oku, rest = divmod(man, 10_000)
        return (f"{oku}億" if oku else "") + (f"{rest}万円" if rest else "円")
    return f"{half_up(size, 0)}円"


def _days(value: Decimal) -> Iterator[Rewording]:
    days = half_up(value, 0)
    yield from (("unit word", text) for text in (f"{days}日間", f"{days}-day", f"{days} days"))
    if value == int(value) and 10 < value < 10_000:
        yield "kanji", f"{in_kanji(int(value))}日"
    weeks, months = half_up(value / 7, 0), half_up(value / _DAYS_OF_MONTH, 0)
    if value >= 7:
        yield "weeks", f"約{weeks}週間"
        yield "weeks", f"{_WORDS[int(weeks)] if int(weeks) <= 10 else weeks} weeks"
    if abs(Decimal(months) * _DAYS_OF_MONTH - value) <= value / 5 and months != "0":
        yield "weeks", f"約{months}か月"
        yield "weeks", f"about {months} months"


def _counts(value: int, unit: str) -> Iterator[Rewording]:
    words = {
        "count": ("件", "回", " deals", " activities", ""),
        "accounts": ("社", " accounts", " companies", " customers"),
        "people": ("名", "人", " people", " contacts"),
    }[unit]
    yield from (("unit word", f"{value}{word}") for word in words)
    if value == 0:
        yield from (("zero", text) for text in ("ゼロ", f"ゼロ{words[0]}", "zero"))
    elif value > 1 or unit == "accounts":
        yield "kanji", f"{in_kanji(value)}{words[0]}"
    if 1 < value <= 10:
        yield "kanji", f"{_WORDS[value]} {words[-1].strip() or 'deals'}"


def ordinals(value: int) -> list[str]:
    """A place in an order, in every writing."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(value if value < 20 else value % 10, "th")
    return [
        f"第{value}位", f"{value}位", f"{in_kanji(value)}位", f"{value}番目", f"{value}{ending}",
        f"No. {value}",
    ]  # fmt: skip


def in_kanji(number: int) -> str:
    """一億二千三百四十五万."""
    parts = []
    for size, name in ((10**12, "兆"), (10**8, "億"), (10**4, "万"), (1, "")):
        section, number = divmod(number, size)
        if section:
            parts.append(_below_ten_thousand(section, bool(name)) + name)
    return "".join(parts) or "〇"


def _below_ten_thousand(number: int, in_large: bool) -> str:
    if number == 1 and in_large:
        return "一"
    text = ""
    for size, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, size)
        if digit:
            text += ("" if digit == 1 and name else KANJI[digit]) + name
    return text


def half_up(value: Decimal, places: int) -> str:
    return f"{value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP):,f}"
