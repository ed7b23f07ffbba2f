"""Years, months, days and parts of a year that a message names by number or by name."""

from __future__ import annotations

import re
from datetime import date

from assistant.builtin.when.forms import from_to
from assistant.builtin.when.message import Message
from assistant.builtin.when.numbers import MONTHS, NUMBER, ORDINALS, number_of, year_of
from assistant.builtin.when.term import IN_CONTEXT, JOINED_ONLY, SURE, Term, group, of_form, of_year
from crm.periods import fiscal_year_of

_DOUBTFUL = {"may", "march"} | {
    name for name in MONTHS if len(name) <= 4 and name not in ("june", "july")
}
_SURNAME = re.compile(r" [A-Z][a-z]")
_OF_SOMETHING = re.compile(r" of (?!the (?:fiscal |financial )?year)")
_JA_MONTH_NEXT = re.compile(rf"\s?{NUMBER}\s?月(?!間)")


def read_fiscal(m: re.Match[str], _at: Message) -> Term | None:
    year = year_of(group(m, "era"), m["y"])
    return of_year(m, year, None) if year else None


def read_fy(m: re.Match[str], at: Message) -> Term | None:
    year, until = year_of("", m[1]), year_of("", m[2]) if m[2] else None
    if year and until and until > year + 1:
        first, last = at.span(f"FY{year}"), at.span(f"FY{until}")
        return of_form(m, from_to(first.start, last.end)) if first and last else None
    return of_year(m, year, None) if year else None


def read_calendar(m: re.Match[str], _at: Message) -> Term | None:
    year, is_short = year_of(group(m, "era"), m["y"]), not group(m, "era") and len(m["y"]) == 2
    if not year or (is_short and not _JA_MONTH_NEXT.match(m.string, m.end())):
        return None
    return of_year(m, None, year)


def read_ended(m: re.Match[str], at: Message) -> Term | None:
    """2026年3月期 is the fiscal year that ends in that month, where the company's years do."""
    year, month = year_of(group(m, "era"), m["y"]), number_of(m["m"])
    if not year or not 1 <= month <= 12:
        return None
    if month % 12 + 1 == at.start_month:
        return of_year(m, fiscal_year_of(date(year, month, 1), at.start_month), None)
    return of_form(m, f"{year}-{month:02d}")


def read_bare_year(m: re.Match[str], _at: Message) -> Term | None:
    year = year_of("", m[1])
    return of_year(m, None, year, trust=IN_CONTEXT) if year else None


def read_cy(m: re.Match[str], _at: Message) -> Term | None:
    return of_year(m, None, int(m[1]))


def read_day(m: re.Match[str], _at: Message) -> Term | None:
    year = year_of(group(m, "era"), m["y"])
    if not year or not 1 <= (month := number_of(m["m"])) <= 12:
        return None
    if not group(m, "d"):
        return of_form(m, f"{year}-{month:02d}")
    day = f"{year}-{month:02d}-{number_of(m['d']):02d}"
    return of_form(m, f"{day}..{day}")


def read_month_day(m: re.Match[str], _at: Message) -> Term | None:
    month, day = MONTHS.get(m["m"]) or number_of(m["m"]), number_of(m["d"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    is_slash = "/" in m[0]
    named = f"{{y}}-{month:02d}-{day:02d}"
    trust = IN_CONTEXT if (is_slash and day <= 12) or m["m"] in _DOUBTFUL else SURE
    return of_form(m, f"{named}..{named}", month, trust)


def read_month(m: re.Match[str], at: Message) -> Term | None:
    month = number_of(m["m"])
    if not 1 <= month <= 12:
        return None
    return _said_month(m, month, group(m, "way"), at)


def read_month_of_year(m: re.Match[str], _at: Message) -> Term | None:
    return of_form(m, f"20{m['y']}-{MONTHS[m['m']]:02d}")


def _said_month(m: re.Match[str], month: int, way: str, at: Message, trust: int = SURE) -> Term:
    """A month with what points on or back to it (last August, 来る10月)."""
    form, this = f"{{y}}-{month:02d}", at.as_of.month
    if way in ("next", "coming", "来る", "来たる", "今度の", "次の"):
        form = form.format(y=at.as_of.year + (month <= this))
    elif way == "last":
        form = form.format(y=at.as_of.year - (month >= this))
    elif way == "this":
        form = form.format(y=at.as_of.year)
    return Term(m.start(), m.end(), form, month, trust=trust)


def read_month_name(m: re.Match[str], at: Message) -> Term | None:
    name = m["m"]
    before = at.cased[max(0, m.start() - 8) : m.start()].rstrip()
    at_start = not before or before[-1] in ".?!"
    is_name = at.cased[m.start("m")].isupper() and not at_start
    is_sure = name not in _DOUBTFUL or (is_name and name in ("may", "march"))
    is_sure = is_sure and not _SURNAME.match(at.cased, m.end())
    trust = SURE if is_sure or group(m, "way") else IN_CONTEXT
    return _said_month(m, MONTHS[name], group(m, "way"), at, trust)


def read_part(m: re.Match[str], at: Message) -> Term | None:
    """A quarter or half; a loose one (2h, 前半, a half of something) counts with a year only."""
    kind = next(iter(m.re.groupindex))
    number = {"上": 1, "前": 1, "下": 2, "後": 2, **ORDINALS}.get(m[kind]) or number_of(m[kind])
    is_loose = m[0][0] in "前後" or bool(_OF_SOMETHING.match(m.string, m.end()))
    is_loose = is_loose or (m[0] in ("1h", "2h") and at.cased[m.end() - 1] == "h")
    return of_form(m, f"FY{{y}}{kind.upper()}{number}", trust=JOINED_ONLY if is_loose else SURE)


def read_part_of_year(m: re.Match[str], _at: Message) -> Term | None:
    """2Q26 and H1'26."""
    kind = next(iter(m.re.groupindex))
    return of_form(m, f"FY20{m['y']}{kind.upper()}{m[kind] or m[f'{kind}2']}")
