"""Words that leave an end of a period open: since, until, before, after."""

from __future__ import annotations

import re
from datetime import date, timedelta

from assistant.builtin.when.message import Message
from assistant.builtin.when.term import Term
from crm.periods import FIRST_DAY, Period, fiscal_year_of

HEAD = 48
"""How many characters before a term are looked at for the words that open it."""
_SINCE = re.compile(
    r"\s?(?:以降|以来|以後|から(?!見|み[てる]|する|すれ)(?:現在まで|今日まで|今まで|これまで)?|"
    r"より後|[~〜](?:現在|今|本日|今日)?(?=$|[のにはを、。 ])|,? (?:onwards?|on|forward)\b|"
    r"(?: (?:to|until|till) (?:now|today|date)\b))"
)
_BEFORE = re.compile(r"\s?(?:以前|(?:より)前(?!年)|よりも前)")
_UNTIL = re.compile(r"\s?(?:いっぱい)?まで(?P<deadline>に)?")
_OF_THING = re.compile(r"'s| [a-z]")
_OPENERS = re.compile(
    r"(?<![a-z])(?:(?P<since>since|starting|beginning|as from)|(?P<origin>from)|"
    r"(?P<until>until|till|through|up to)|(?P<deadline>by|no later than)|"
    r"(?P<before>before|prior to)|(?P<after>after)|(?P<as_of>as of|as at)|"
    r"(?P<versus>(?:compared? (?:to|with|against)|versus|vs\.?|than|against|relative to)"
    r"(?: the same [a-z]+)?|(?:up|down|chang(?:e|ed)|grown?|growth|increased?|dropp?(?:ed)?|"
    r"improved?|fell) (?:[a-z]+ )?from))"
    r" (?:in |of )?(?:the )?(?:(?:start|beginning|end|close) of )?(?:the )?$"
)


def opener_of(term: Term, at: Message) -> re.Match[str] | None:
    """The words before a term that open an end of it or compare with it, by kind."""
    return _OPENERS.search(at.plain, max(0, term.start - HEAD), term.start)


def is_until(term: Term, at: Message, start: int) -> bool:
    """Whether words around a term, from `start` on, make it the day by which something is done."""
    opener = _OPENERS.search(at.plain, start, term.start)
    is_end = bool(opener and (opener["until"] or opener["deadline"]))
    return is_end or bool(_UNTIL.match(at.plain, term.end))


def end_with_words(term: Term, at: Message) -> int:
    """Where a term ends with the words after it that leave an end of it open."""
    tails = (pattern.match(at.plain, term.end) for pattern in (_SINCE, _BEFORE, _UNTIL))
    return next((m.end() for m in tails if m), term.end)


def open_days(term: Term, span: Period, opener: str, at: Message) -> tuple[date, date] | None:
    """The days of a term of which only one end is said; None where it is said whole."""
    before, until = _BEFORE.match(at.plain, term.end), _UNTIL.match(at.plain, term.end)
    if opener in ("before", "after") and _OF_THING.match(at.plain, term.end):
        opener = ""
    if opener == "since" or _SINCE.match(at.plain, term.end):
        return span.start, _open_end(span.start, at)
    if opener == "after":
        first = span.end + timedelta(days=1)
        return first, _open_end(first, at)
    if before or opener == "before":
        eve = span.start - timedelta(days=1)
        return FIRST_DAY, span.end if before and before[0].strip() == "以前" else eve
    if until or opener in ("until", "deadline"):
        is_due = bool((until and until["deadline"]) or opener == "deadline")
        year = at.span(f"FY{fiscal_year_of(span.end, at.start_month)}")
        begin = year.start if year else span.start
        return (at.as_of if is_due and span.end >= at.as_of else begin), span.end
    return None


def _open_end(start: date, at: Message) -> date:
    """What begins ends today; what is to begin ends with its fiscal year."""
    year = at.span(f"FY{fiscal_year_of(start, at.start_month)}")
    return year.end if year and start > at.as_of else at.as_of
