"""The days that a term means: without a year, the last that has begun or the one that fits."""

from __future__ import annotations

import re
from datetime import date, timedelta

from assistant.builtin.when.ends import is_until
from assistant.builtin.when.message import Message
from assistant.builtin.when.term import Term
from crm.periods import Period

_NEAR = 160
"""How many characters around a term are looked at for its sentence."""
_HALF_YEAR = timedelta(days=184)
_AHEAD = re.compile(
    r"予定(?!だった|でした|通り)|見込|見通し|予想|予測|そう(?:な|か|です|だ)|\bwill\b|\bexpect|"
    r"(?<!was )(?<!were )\bplanned\b|\bforecast|\bdue\b|\bcoming\b|\bupcoming\b|\bto close\b"
)
_SENTENCE = re.compile(r"[。.!?！？\n](?!\d)")


def span_of(
    term: Term, at: Message, after: date | None = None, before: date | None = None
) -> tuple[str, Period] | None:
    """The days of a term; without a year the most recent that has begun, or the one that fits.

    Quarters and halves without a year are those of this fiscal year.
    """
    if not term.is_open:
        span = at.span(term.form)
        return (term.form, span) if span else None
    near = (after or before or at.as_of).year
    forms = [term.form.format(y=y) for y in range(near - 2, near + 3)]
    spans = [(f, s) for f in forms if (s := at.span(f))]
    if after:
        return next((x for x in spans if x[1].start >= after), None)
    if before or term.month:
        begun = [x for x in spans if x[1].start <= (before or at.as_of)]
        is_ahead = not before and _is_ahead(term, at)
        soon = [x for x in spans if at.as_of < x[1].start <= at.as_of + _HALF_YEAR]
        this = [x for x in spans if x[1].contains(at.as_of)]
        return next(iter((is_ahead and not this and soon) or begun[-1:]), None)
    return next((x for x in spans if x[0] == term.form.format(y=at.year)), None)


def _is_ahead(term: Term, at: Message) -> bool:
    """Whether the sentence speaks of what is to come: a forecast, a plan, a deadline."""
    start, end = max(0, term.start - _NEAR), term.end + _NEAR
    cuts = [m.end() for m in _SENTENCE.finditer(at.plain, start, end)]
    start = max((c for c in cuts if c <= term.start), default=start)
    end = min((c for c in cuts if c > term.end), default=end)
    return is_until(term, at, start) or bool(_AHEAD.search(at.plain, start, end))
