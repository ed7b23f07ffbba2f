"""How periods are written in English."""

from __future__ import annotations

import re

from assistant.builtin.when.dates import (
    read_bare_year,
    read_cy,
    read_day,
    read_fiscal,
    read_fy,
    read_month_day,
    read_month_name,
    read_month_of_year,
    read_part,
    read_part_of_year,
)
from assistant.builtin.when.forms import to_date, unit_from_today
from assistant.builtin.when.numbers import COUNT, MONTHS, ORDINALS
from assistant.builtin.when.relative import (
    fixed,
    read_ago,
    read_around,
    read_relative,
    read_years_ago,
    rest_of,
    years_back,
)
from assistant.builtin.when.term import Reader, of_form

_L, _R = r"(?<![a-z0-9])", r"(?![a-z0-9])"
_FY_L, _FY_R = r"(?:(?<![a-z0-9])|(?<=20\d\d)|(?<=fy\d\d))", r"(?:(?![a-z0-9])|(?=fy\d\d))"
_NAME = "|".join(sorted(MONTHS, key=len, reverse=True))
_ORDINAL = "|".join(ORDINALS)
_DIGIT_END = r"(?!\d)(?!\s?(?:[万億兆千円件社名人個台点倍%]|回|時|yen|percent|deals|orders))"
_WAYS = r"(?P<way>this|current|present|last|previous|prior|latest|most recent|next|coming|upcoming)"


_RULES: tuple[tuple[str, Reader], ...] = (
    (rf"(?:{_L}|(?<=[hq][1-4])|(?<=[1-4][hq]))(?:fy|fiscal(?: year)?|financial year)"
     r"\s?'?(\d{4}|\d{2})"
     r"(?:[/-](\d{4}|\d{2}))?(?!\d)",
     read_fy),
    (rf"{_L}(?P<y>(?:19|20)\d\d) (?:fiscal|financial) year{_R}", read_fiscal),
    (rf"{_L}(?:cy|calendar year)\s?(\d{{4}}){_R}", read_cy),
    (r"(?:(?<![\da-z.,/¥$:-])|(?<=[12]\d\d\d-)|(?<=mid-))((?:19|20)\d\d)(?![\d%]|[.,/]\d|-\d(?!\d{3}))"
     rf"{_DIGIT_END}(?=$|[^a-z]|[hq][1-4]{_R}|[12][hq]{_R})", read_bare_year),
    (r"(?<![a-z0-9])'(\d\d)(?!\d)", read_bare_year),
    (r"(?:(?<![\da-z/.-])|(?<=\d\.\.))(?P<y>(?:19|20)\d\d)(?:(?P<sep>[-/.])(?P<m>\d{1,2}))"
     rf"(?:(?P=sep)(?P<d>\d{{1,2}}))?(?![\d]|[/-]\d|\.\d){_DIGIT_END}", read_day),
    (rf"{_L}(?P<era>r)(?P<y>\d{{1,2}})[./](?P<m>\d{{1,2}})(?:[./](?P<d>\d{{1,2}}))?(?![\d.]*\d)",
     read_day),
    (rf"(?:(?<![\d/.a-z-])|(?<=/\d-)|(?<=/\d\d-))(?P<m>1[0-2]|0?[1-9])/(?P<d>3[01]|[12]\d|0?[1-9])(?!/){_DIGIT_END}",
     read_month_day),
    (rf"{_L}(?P<m>{_NAME})\.? (?P<d>\d{{1,2}})(?:st|nd|rd|th)?{_R}{_DIGIT_END}", read_month_day),
    (rf"{_L}(?P<m>{_NAME})-(?P<y>[2-9]\d){_R}", read_month_of_year),
    (rf"{_L}(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<m>{_NAME}){_R}", read_month_day),
    (rf"{_L}(?:(?P<way>last|next|this|coming) )?(?P<m>{_NAME})\.?{_R}"
     r"(?! (?:be|have|not|also|i|we|you|they|he|she|it|need|help|want|get|on|into|ahead)\b)",
     read_month_name),
    (rf"{_FY_L}q(?P<q>[1-4]){_FY_R}", read_part),
    (rf"{_FY_L}(?P<q>[1-4])q{_FY_R}", read_part),
    (rf"{_L}(?:q(?P<q>[1-4])|(?P<q2>[1-4])q)'?(?P<y>\d\d){_R}", read_part_of_year),
    (rf"{_L}(?P<q>{_ORDINAL})[ -](?:fiscal )?quarter{_R}(?: of the (?:fiscal |financial )?year)?",
     read_part),
    (rf"{_L}quarter (?P<q>[1-4]|one|two|three|four){_R}", read_part),
    (rf"{_FY_L}h(?P<h>[12]){_FY_R}", read_part),
    (rf"{_FY_L}(?P<h>[12])h{_FY_R}", read_part),
    (rf"{_L}(?:h(?P<h>[12])|(?P<h2>[12])h)'?(?P<y>\d\d){_R}", read_part_of_year),
    (rf"{_L}(?P<h>first|second|1st|2nd)[ -]half{_R}(?: of the (?:fiscal |financial )?year)?",
     read_part),
    (rf"{_L}{_WAYS} (?P<kind>fiscal |financial |calendar )?"
     rf"(?P<unit>year|half(?!-| year)|(?<!last )half[ -]year|quarter|month|week|fy){_R}",
     read_relative),
    (rf"{_L}(?:the )?year before last{_R}", lambda m, at: years_back(m, 2, at)),
    (rf"{_L}(?P<n>{COUNT}|\d) (?:fiscal )?years? ago{_R}", read_years_ago),
    (rf"{_L}(?P<n>{COUNT}|\d{{1,2}}) (?P<unit>quarter|month|week|day)s? ago{_R}", read_ago),
    (rf"{_L}(?:the )?(?:last|past|previous|prior|preceding|trailing|rolling|latest|"
     rf"(?P<ahead>next|coming|following))(?: (?P<n>{COUNT}|\d{{1,3}}))[ -]?"
     rf"(?P<unit>fiscal year|year|half|quarter|month|mo|week|day)s?{_R}(?P<half> and a half)?",
     read_around),
    (rf"{_L}(?:(?:the )?(?:past|trailing|rolling)|(?<=in )the last|(?<=over )the last) "
     rf"(?P<unit>half[ -](?:a )?year|year|month|week|day){_R}"
     r"(?P<half> and a half)?", read_around),
    (rf"{_L}(?:the )?last (?P<unit>half(?:-| a | )year){_R}",
     read_around),
    (rf"{_L}(?:ltm|ttm){_R}", fixed(lambda _at: "last_365_days")),
    (rf"{_L}today{_R}", fixed(lambda at: unit_from_today("day", 0, at))),
    (rf"{_L}yesterday{_R}", fixed(lambda at: unit_from_today("day", -1, at))),
    (rf"{_L}(?:fiscal )?(?:ytd|year[ -]to[ -]date|fytd){_R}",
     fixed(lambda at: to_date("fiscal_year", at))),
    (rf"{_L}calendar (?:ytd|year[ -]to[ -]date){_R}", fixed(lambda at: to_date("year", at))),
    (rf"{_L}(?:qtd|quarter[ -]to[ -]date){_R}", fixed(lambda at: to_date("quarter", at))),
    (rf"{_L}(?:mtd|month[ -]to[ -]date){_R}", fixed(lambda at: to_date("month", at))),
    (rf"{_L}(?:since|from) the (?:start|beginning) of (?:the|this) "
     rf"(?P<unit>(?:fiscal )?year|quarter|month){_R}",
     lambda m, at: of_form(m, to_date(m["unit"].replace("fiscal ", "fiscal_"), at))),
    (rf"{_L}(?:since|from) the (?:1st|first)(?: of (?:the|this) month)?"
     rf"(?! (?:half|quarter|of|week|day|meeting)\b){_R}",
     fixed(lambda at: to_date("month", at))),
    (rf"{_L}by (?:the )?(?:year[ -]end|end of (?:the )?(?:fiscal )?year){_R}",
     rest_of("fiscal_year")),
    (rf"{_L}by (?:the )?(?:quarter[ -]end|end of (?:the )?quarter){_R}", rest_of("quarter")),
    (rf"{_L}by (?:the )?(?:month[ -]end|end of (?:the )?month){_R}", rest_of("month")),
)  # fmt: skip
ENGLISH = [(re.compile(p), read) for p, read in _RULES]
