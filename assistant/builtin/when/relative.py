"""Periods that a message tells by how far they lie from today: 先月, the next two quarters."""

from __future__ import annotations

import re
from collections.abc import Callable

from assistant.builtin.when.forms import (
    LONGEST,
    UNITS,
    from_to,
    is_near,
    last_or_next,
    unit_from_today,
)
from assistant.builtin.when.message import Message
from assistant.builtin.when.numbers import number_of
from assistant.builtin.when.term import Reader, Term, group, of_form, of_year

_OFFSETS = {"this": 0, "current": 0, "present": 0, "last": -1, "previous": -1, "prior": -1,
            "latest": -1, "most recent": -1,
            "next": 1, "coming": 1, "upcoming": 1,
            "この": 0, "今": 0, "当": 0, "本": 0, "前": -1, "昨": -1, "先": -1, "去": -1,
            "前々": -2, "前前": -2, "先々": -2, "一昨": -2,
            "来": 1, "次": 1, "再来": 2}  # fmt: skip
_AS_A_PERIOD = re.compile(r"[のはにでもを、。?]|予算|目標|計画|$")


def read_relative(m: re.Match[str], at: Message) -> Term | None:
    offset, word = _OFFSETS[m["way"]], m["unit"]
    kind = group(m, "kind").strip()
    if m[0] == "次期" and not _AS_A_PERIOD.match(m.string, m.end()):
        return None
    if "上" in word or "下" in word:
        return of_form(m, _next_half(1 if "上" in word else 2, offset, at))
    unit = UNITS.get(word, word.split("-")[0].split(" ")[0])
    unit = "fiscal_year" if unit == "year" and kind != "calendar" else unit
    if unit == "fiscal_year":
        is_calendar = word == "年" or (word == "year" and not kind)
        calendar = at.as_of.year + offset if is_calendar else None
        return of_year(m, at.year + offset, calendar, unit_from_today(unit, offset, at))
    if unit == "year":
        return of_year(m, None, at.as_of.year + offset)
    return of_form(m, unit_from_today(unit, offset, at))


def _next_half(number: int, offset: int, at: Message) -> str:
    """今下期 lies in this year; 来下期 is the next to begin, 前下期 the last to have ended."""
    found = at.span(f"FY{at.year}H{number}")
    year = at.year
    if found and offset > 0 and found.start <= at.as_of:
        year += 1
    if found and offset < 0 and found.end >= at.as_of:
        year -= 1
    return f"FY{year}H{number}"


def years_back(m: re.Match[str], years: int, at: Message) -> Term:
    form = unit_from_today("fiscal_year", -years, at)
    return of_year(m, at.year - years, at.as_of.year - years, form)


def read_years_ago(m: re.Match[str], at: Message) -> Term | None:
    years = number_of(m["n"])
    return years_back(m, years, at) if 0 < years * 366 <= LONGEST else None


def read_ago(m: re.Match[str], at: Message) -> Term | None:
    unit, count = UNITS.get(m["unit"], m["unit"]), number_of(m["n"])
    return of_form(m, unit_from_today(unit, -count, at) if is_near(count, unit) else None)


def read_around(m: re.Match[str], at: Message) -> Term | None:
    """直近90日, 過去1年半, past six months; 今後3か月, next 90 days."""
    word, sign = group(m, "n"), 1 if group(m, "ahead") else -1
    unit = UNITS.get(re.sub(r"[カヶケヵ箇個]", "か", m["unit"]).rstrip("間"), m["unit"])
    unit = "year" if m["unit"].startswith("年") and m["unit"] != "年度" else unit
    if word == "半" or m["unit"].startswith("half"):
        return of_form(m, last_or_next(*{"month": (15, "day")}.get(unit, (6, "month")), at, sign))
    count = number_of(word) if word else 1
    if group(m, "half") and unit == "year":
        return of_form(m, last_or_next(12 * count + 6, "month", at, sign))
    return of_form(m, last_or_next(count, unit, at, sign))


def fixed(write: Callable[[Message], str]) -> Reader:
    """What is always the same form, seen from today."""
    return lambda m, at: of_form(m, write(at))


def rest_of(unit: str) -> Reader:
    """What is left of the unit, from today to its last day."""

    def read(m: re.Match[str], at: Message) -> Term | None:
        span = at.span(unit_from_today(unit, 0, at))
        return of_form(m, from_to(at.as_of, span.end) if span else None)

    return read
