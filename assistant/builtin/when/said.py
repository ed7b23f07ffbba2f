"""A term or a range of two is said with the words that open an end of it or compare with it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta

from assistant.builtin.when.ends import HEAD, end_with_words, open_days, opener_of
from assistant.builtin.when.forms import NAMED, from_to
from assistant.builtin.when.message import Message
from assistant.builtin.when.span import span_of
from assistant.builtin.when.term import IN_CONTEXT, JOINED_ONLY, Term
from assistant.builtin.when.terms import between


@dataclass(frozen=True)
class Said:
    """A period a message names, as `parse_period` takes it, and where its words stand.

    `is_compared` tells that the message only measures another period against it.
    """

    period: str
    start: int
    end: int
    text: str
    is_compared: bool = False


_RANGE = re.compile(
    r"(?:中|末|頃)?\s*(?:から|より|[~〜–—−‐・-]|\.\.+|to|through|thru|until|till)\s*"
    r"(?:the (?:end of )?)?"
)
_AND = re.compile(r"\s*(?:and|と)\s*(?:the )?")
_BETWEEN = re.compile(r"(?:between|from)\s+(?:the )?$")
_RANGE_END = re.compile(r"\s?(?:末)?(?:まで|にかけて|の間)(?:の間)?に?")
_AS_OF = re.compile(r"\s?(?:時点|現在)")
_MEASURE = re.compile(
    r"\s?(?:分)?(?:と(?:は)?(?:比|くら)べ|に(?:比|くら)べ|と(?:は)?(?:の)?(?:比較し|対比|差)|"
    r"との(?:比較|違い)|対比|より(?:も)?(?:[多少大小高低良悪増減伸落上下]|ど))"
)


def _said(form: str, start: int, end: int, at: Message, raw: str, compared: bool = False) -> Said:
    first, last = at.places[start], at.places[end - 1] + 1
    return Said(form, first, last, raw[first:last], compared)


def said_range(one: Term, other: Term, at: Message, raw: str) -> Said | None:
    """From one term to another: 8月から9月まで, Q1-Q3, between April and September."""
    glue = between(at, one, other)
    opener = _BETWEEN.search(at.plain, max(0, one.start - HEAD), one.start)
    is_between = bool(opener and opener[0].startswith("between") and _AND.fullmatch(glue))
    is_between = is_between or bool(_AND.fullmatch(glue) and at.plain.startswith("の間", other.end))
    if not (_RANGE.fullmatch(glue) or is_between) or JOINED_ONLY in (one.trust, other.trust):
        return None
    if one.trust == IN_CONTEXT and one.is_year and other.years[0]:
        one = replace(one, form=f"FY{one.form}")
    if one.is_open and not other.is_open:
        last = span_of(other, at)
        first = span_of(one, at, before=last[1].start) if last else None
    else:
        first = span_of(one, at)
        last = span_of(other, at, after=first[1].start) if first else None
    if not first or not last or last[1].end < first[1].start:
        return None
    if glue == "・" and first[1].end + timedelta(days=1) != last[1].start:
        return None
    end = other.end + (m.end() - m.start() if (m := _RANGE_END.match(at.plain, other.end)) else 0)
    start = opener.start() if opener else one.start
    return _said(from_to(first[1].start, last[1].end), start, end, at, raw)


def said_alone(term: Term, at: Message, raw: str) -> Said | None:
    """One term with the words that leave an end of it open or measure against it."""
    found = span_of(term, at)
    head = opener_of(term, at)
    opener = (head.lastgroup or "") if head else ""
    if not found or opener == "as_of" or _AS_OF.match(at.plain, term.end):
        return None
    form, span = found
    if opener == "versus" or _MEASURE.match(at.plain, term.end):
        return _said(form, term.start, term.end, at, raw, compared=True)
    is_absolute = form not in NAMED and not form.startswith("last_")
    if opener == "origin" and is_absolute and term.month:
        opener = "since"
    days = open_days(term, span, opener, at)
    if not days:
        return _said(form, term.start, term.end, at, raw)
    start = term.start - (len(head[0]) if head else 0)
    return _said(from_to(*days), start, end_with_words(term, at), at, raw)
