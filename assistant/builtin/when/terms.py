"""The terms of a message: the longest that begin first, a year joined to the parts beside it."""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.builtin.when.english import ENGLISH
from assistant.builtin.when.japanese import JAPANESE
from assistant.builtin.when.message import Message
from assistant.builtin.when.term import IN_CONTEXT, SURE, Reader, Term

_HAS_LATIN = re.compile(r"[a-z]|\d\d|\d/\d")
_YEAR_FIRST = re.compile(r"(?:の|'s|、|,|/|-|:)?\s*(?:from |の)?(?:the )?")
_YEAR_LAST = re.compile(r"\s*[,(]?\s*(?:(?:of|in) )?(?:the )?")
_TOGETHER = re.compile(r"\s*(?:と|や|、|,|・|and|or|vs\.?)\s*")
_IN_BEFORE = re.compile(
    r"(?:in|during|since|for|from|of|through|until|till|by|between|year|late|early|mid|on|before)"
    r"[ -](?:the )?(?:(?:end|start|beginning) of )?$"
)
_LABEL = re.compile(r"(?:number|no\.?|order|room|id|ticket|invoice|po|#) ?$")
_ON_BEFORE = re.compile(r"(?:since|from|on|until|by|through|between|before) $")
_IN_AFTER = re.compile(
    r"\s?(?:以降|以来|から|まで|より前|以前|'s\b|[?]|$)|"
    r"\s(?:sales|orders|revenue|deals|figures|numbers|results|pipeline|onwards?)\b"
)
_ON_AFTER = re.compile(r"\s?(?:以降|から|まで|より|以前|に)")


def terms_of(at: Message) -> list[Term]:
    """The expressions of time in a message, in order, each year joined to its parts."""
    return _with_years(_scan(at), at)


def _scan(at: Message) -> list[Term]:
    """The expressions of a message: the longest of those that begin first."""
    rules: list[tuple[re.Pattern[str], Reader]] = []
    if not at.plain.isascii():
        rules += JAPANESE
    if _HAS_LATIN.search(at.plain):
        rules += ENGLISH
    found = [t for p, read in rules for m in p.finditer(at.plain) if (t := read(m, at))]
    kept: list[Term] = []
    for term in sorted(found, key=lambda t: (t.start, -t.end)):
        if not kept or term.start >= kept[-1].end:
            kept.append(term)
    return kept


def between(at: Message, one: Term, other: Term) -> str:
    """What stands from one term to another."""
    return at.plain[one.end : other.start]


def _in_year(part: Term, year: Term, at: Message) -> Term:
    """A part of a year in its year: a month of a fiscal year may lie in the calendar year after."""
    fiscal, calendar = year.years
    number = fiscal or calendar or at.year
    if part.month:
        number = calendar or (fiscal or at.year) + (part.month < at.start_month)
    start, end = min(part.start, year.start), max(part.end, year.end)
    return replace(
        part, start=start, end=end, form=part.form.format(y=number), years=(None, None), trust=SURE
    )


def _with_years(terms: list[Term], at: Message) -> list[Term]:
    """Years joined to the parts that stand beside them (2025年度の下期, Q2 of last year)."""
    joined: list[Term] = []
    year: Term | None = None
    for term in terms:
        before = joined[-1] if joined else None
        glue = between(at, before, term) if before else ""
        if before and before.is_year and term.is_open and _YEAR_FIRST.fullmatch(glue):
            joined[-1], year = _in_year(term, before, at), before
        elif before and before.is_open and term.is_year and _YEAR_LAST.fullmatch(glue):
            joined[-1], year = _in_year(before, term, at), None
        elif before and year and term.is_open and _TOGETHER.fullmatch(glue):
            joined.append(replace(_in_year(term, year, at), start=term.start))
        else:
            joined.append(term)
            year = None
    return joined


def counts(term: Term, at: Message) -> bool:
    """Whether words that may mean something else are of time by what stands around them."""
    if term.trust == IN_CONTEXT:
        before = at.plain[max(0, term.start - 24) : term.start]
        if _LABEL.search(before):
            return False
        is_slash = "/" in at.plain[term.start : term.end]
        leads, follows = (_ON_BEFORE, _ON_AFTER) if is_slash else (_IN_BEFORE, _IN_AFTER)
        return bool(leads.search(before) or follows.match(at.plain, term.end))
    return term.trust == SURE
