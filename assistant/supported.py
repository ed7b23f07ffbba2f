"""What a figure of a draft may rest on: a fact as shown, a period asked for, a place in an order.

Rounding is allowed, never to more digits than are shown; derived arithmetic is not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from assistant.figures import Figure, Parts, Span
from crm.errors import InputError
from crm.periods import Period, add_months, months, parse_period
from tools.facts import Fact, Table

_FALLS = re.compile(
    r"減|(?<!以)下(?!位|記|期|半)|落|赤字|損失|マイナス|不足|down|fell|fall|declin|decreas|drop|los[st]|lower|behind|short",
    re.IGNORECASE,
)
_FALL_WINDOW = 14
_CLAUSE = re.compile(r"[。\n|;；]|\.\s")
_LINE = re.compile(r"[。\n]|\.\s")
_MARK = re.compile(r"(?m)^\s*(?:(\d{1,2})[.)．、]|([①-⑳]))\s")
_DAYS_OF_MONTH = Decimal("30.436875")
_HALF, _NEAR = Decimal("0.5"), Decimal("0.2")
_GROWTH = ("change", "growth")


@dataclass(frozen=True)
class Place:
    """A row's place in the order of its table, and the words that name the row."""

    number: int
    names: tuple[str, ...]


def places_of(table: Table) -> list[Place]:
    """The places of a table's rows; a row is named by its texts and by its subject."""
    found = []
    for number, (row, subject) in enumerate(zip(table.rows, table.subjects, strict=True), 1):
        texts = tuple(v for v in row if isinstance(v, str) and len(v) > 1)[:1]
        found.append(Place(number, (*texts, f"@{subject}}}")))
    return found


def periods_of(facts: Sequence[Fact], year_begins: int) -> set[Period]:
    """The periods a result speaks of: the one asked for, and the days that it says it took."""
    found: set[Period] = set()
    days = {f.name: f.value for f in facts if f.name in ("meta.from", "meta.to")}
    begin, end = days.get("meta.from"), days.get("meta.to")
    if isinstance(begin, date) and isinstance(end, date) and begin <= end:
        found.add(Period(begin, end))
    bases = [f.basis for f in facts if "period" in f.basis.arguments]
    if bases:
        try:
            found.add(parse_period(bases[0].arguments["period"], bases[0].as_of, year_begins))
        except InputError:
            return found
    return found


@dataclass(frozen=True)
class Evidence:
    """All that a turn knows: facts with their figures as shown, periods, places, others' words."""

    as_of: date
    year_begins: int
    facts: Sequence[Fact]
    shown: Sequence[tuple[Fact, Figure]]
    periods: frozenset[Period]
    places: Sequence[Place]
    quoted: Sequence[Figure]
    said: Sequence[Figure]


class Supported:
    """What supports the figures of one draft."""

    def __init__(self, evidence: Evidence, draft: str) -> None:
        self._evidence = evidence
        facts = evidence.facts
        self._dates = {f.value for f in facts if isinstance(f.value, date)} | {evidence.as_of}
        self._dates |= {f.basis.as_of for f in facts}
        self._dates |= {day for p in evidence.periods for day in (p.start, p.end)}
        self._codes = {f.value for f in facts if isinstance(f.value, str) and f.value.isdigit()}
        self._years = {f.value for f in facts if f.unit == "year"}
        self._marks = {_mark(match) for match in _MARK.finditer(draft)}
        self._draft = draft

    def holds(self, figure: Figure, text: str) -> bool:
        """Whether a figure of a text may be said, in one of the ways it can be read."""
        return self._holds(figure, text) or (
            figure.other is not None and self._holds(figure.other, text)
        )

    def _holds(self, figure: Figure, text: str) -> bool:
        if any(_equal(figure, quoted) for quoted in self._evidence.quoted):
            return True
        if any(_equal(figure, s, of_any_noun=s.noun is None) for s in self._evidence.said):
            return True
        if figure.noun is None and figure.text in self._codes:
            return True  # an id of digits alone
        match figure.kind:
            case "date":
                return any(_is_part_of(figure, day) for day in self._dates) or (
                    figure.day is not None and figure.day in {(y, None, None) for y in self._years}
                )
            case "period":
                return any(self._names(figure, period) for period in self._evidence.periods)
            case "rank":
                return self._is_place(figure)
        if any(_matches(figure, fact, display, text) for fact, display in self._evidence.shown):
            return True
        return any(_lasts(figure, Decimal(period.days)) for period in self._evidence.periods)

    def _names(self, figure: Figure, period: Period) -> bool:
        """A half or quarter has the period's very days, a fiscal year holds all of them."""
        if figure.span is None:
            return False
        years = (period.start.year, period.start.year - 1)
        for year in years if figure.span.year is None else (figure.span.year,):
            whole = _days_of(figure.span, year, self._evidence.year_begins)
            if figure.span.part == "year":
                if whole.start <= period.start and period.end <= whole.end:
                    return True
            elif whole.start == period.start and period.end in (
                whole.end, min(whole.end, self._evidence.as_of),
            ):  # fmt: skip
                return True
        return False

    def _is_place(self, figure: Figure) -> bool:
        number = int(figure.value or 0)
        if number in self._marks:
            return True
        for fact in self._evidence.facts:
            is_place = fact.unit == "count" or "rank" in fact.name
            if is_place and isinstance(fact.value, Decimal | int) and fact.value == number:
                return True
        around = _sentence_around(self._draft, figure)
        return any(
            place.number == number and any(name in around for name in place.names)
            for place in self._evidence.places
        )


def _mark(match: re.Match[str]) -> int:
    return int(match[1]) if match[1] else ord(match[2]) - ord("①") + 1


def _sentence_around(draft: str, figure: Figure) -> str:
    begin = max((m.end() for m in _LINE.finditer(draft, 0, figure.start)), default=0)
    end = _LINE.search(draft, figure.end)
    return draft[begin : end.start() if end else len(draft)]


def _days_of(span: Span, year: int, year_begins: int) -> Period:
    first = date(year, year_begins, 1)
    match span.part:
        case "half":
            return months(add_months(first, 6 * (span.number - 1)), 6)
        case "quarter":
            return months(add_months(first, 3 * (span.number - 1)), 3)
    return months(first, 12)


def _matches(figure: Figure, fact: Fact, display: Figure, text: str) -> bool:
    """Whether a figure is a fact as shown, or rounded from it."""
    if figure.value is None or display.value is None:
        return False
    value = Decimal(fact.value)  # type: ignore[arg-type]
    if figure.bound and display.kind == "percent":
        return value > _HALF if figure.bound == "above" else value < _HALF
    if figure.kind == "number" and figure.noun is None and figure.value == value == 0:
        return True  # nothing is nothing in every unit
    if display.kind == "days" and figure.kind == "months":
        return _lasts(figure, value)
    if figure.kind == "times" and display.kind == "percent" and fact.name.endswith(_GROWTH):
        return (1 + value).quantize(Decimal("0.01")) == figure.value
    if not _same_kind(figure, display, fact):
        return False
    if figure.step < display.step:
        return figure.value == display.value == value  # ¥98,000M for ¥98.0B, if it is exact
    rounded = _round_to_step(value, figure, display)
    if rounded == 0 and display.value != 0:
        return False  # so coarse that nothing is left
    if figure.value == rounded:
        return True
    return figure.value == -rounded and rounded < 0 and _speaks_of_fall(figure, text)


def _lasts(figure: Figure, days: Decimal) -> bool:
    """Whether a duration is that many days, or rounded from them to weeks, months or years.

    A month or a year is said of what is near to it, not of all that rounds to it: 45 days are none.
    """
    if figure.value is None or figure.kind not in ("days", "months"):
        return False
    length = days if figure.kind == "days" else days / _DAYS_OF_MONTH
    rounded = (length / figure.step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * figure.step
    is_near = figure.kind == "days" or abs(rounded - length) <= length * _NEAR
    return is_near and rounded == figure.value != 0


def _round_to_step(value: Decimal, figure: Figure, display: Figure) -> Decimal:
    """The fact's value at the figure's own precision: as displayed, or coarser."""
    if figure.step == display.step and display.value is not None:
        return display.value
    return (value / figure.step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * figure.step


def _same_kind(figure: Figure, display: Figure, fact: Fact) -> bool:
    if figure.kind != display.kind:
        return False
    if figure.kind == "money":
        return figure.noun == display.noun
    if figure.kind == "number":
        noun = "count" if figure.noun == "occasions" else figure.noun
        return noun in (None, display.noun, fact.unit)
    return True


def _speaks_of_fall(figure: Figure, text: str) -> bool:
    """A falling figure may be written without its sign when the words around say that it falls."""
    before = text[max(0, figure.start - _FALL_WINDOW) : figure.start]
    if before.rstrip().endswith("+"):
        return False
    after = text[figure.end : figure.end + _FALL_WINDOW]
    return bool(_FALLS.search(_CLAUSE.split(before)[-1] + "|" + _CLAUSE.split(after)[0]))


def _equal(figure: Figure, quoted: Figure, *, of_any_noun: bool = False) -> bool:
    """The same figure; what it counts may be left unsaid (or, of the user's own "5", be added)."""
    if figure.day and quoted.day:
        return _agrees(figure.day, quoted.day)
    if figure.span and quoted.span:
        return figure.span in (quoted.span, Span(None, quoted.span.part, quoted.span.number))
    same = (figure.kind, figure.value, figure.bound) == (quoted.kind, quoted.value, quoted.bound)
    same = same and figure.day is quoted.day and figure.span is quoted.span
    return same and (figure.noun in (None, quoted.noun) or of_any_noun)


def _is_part_of(figure: Figure, day: date) -> bool:
    return figure.day is not None and _agrees(figure.day, (day.year, day.month, day.day))


def _agrees(written: Parts, day: Parts) -> bool:
    """A written date agrees with a day in every part it writes."""
    return all(part is None or part == known for part, known in zip(written, day, strict=True))
