"""Falsehoods that are true elsewhere: another period's, another account's name or figure.

Nothing here uses `assistant.figures` or `assistant.named`.
"""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from crm.settings import Language
from tests.assistant.rewordings import Piece
from tests.companies import SAMPLE
from tools.facts import Fact, ToolResult
from tools.format import show_date, shown

_FISCAL = re.compile(r"FY(\d{4})(?:([HQ])(\d))?")
_OTHER_HALF = {"1": "2", "2": "1"}


@dataclass(frozen=True)
class Names:
    """The names of one kind in the sample company, each with its short forms."""

    of: dict[str, tuple[str, ...]]

    @classmethod
    @cache
    def read(cls, table: str) -> Names:
        with (SAMPLE / "data" / f"{table}.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        return cls({
            row["name"]: (row["name"], *filter(None, (row.get("aliases") or "").split(";")))
            for row in rows
        })  # fmt: skip


def names_swapped(
    pieces: Sequence[Piece], facts: Sequence[Fact], chance: random.Random
) -> Iterator[tuple[int, str]]:
    """Another's name in the place of an account's or a person's; no fact of the turn holds it."""
    said = "\n".join([*(str(f.value) for f in facts), *(p.text for p in pieces)])
    said = re.sub(r"\s", "", said).casefold()
    for place, piece in enumerate(pieces):
        if piece.fact is None or not isinstance(piece.fact.value, str):
            continue
        for table in ("accounts", "contacts", "people"):
            known = Names.read(table).of
            if piece.fact.value in known:
                for other in chance.sample(sorted(known), 4):
                    name = chance.choice(known[other])
                    if not _is_said(known[other], said):
                        yield place, name


def _is_said(names: Sequence[str], said: str) -> bool:
    short = [re.sub(r"株式会社|,? (?:Co\., Ltd|Inc)\.?$", "", name) for name in names]
    return any(re.sub(r"\s", "", name).casefold() in said for name in short)


def other_figures(
    pieces: Sequence[Piece], others: Sequence[ToolResult], language: Language
) -> Iterator[tuple[int, str]]:
    """A figure of the same unit from another account's result, as it is displayed there."""
    by_unit: dict[str, set[str]] = {}
    for result in others:
        for fact in result.facts:
            if isinstance(fact.value, Decimal | int) and fact.value:
                by_unit.setdefault(fact.unit, set()).add(shown(fact, language))
    for place, piece in enumerate(pieces):
        if piece.is_figure and piece.fact is not None and not isinstance(piece.fact.value, date):
            yield from ((place, text) for text in sorted(by_unit.get(piece.fact.unit, ())))


def days_shifted(pieces: Sequence[Piece], language: Language) -> Iterator[tuple[int, str]]:
    """The day of the answer, or an end of its period, a little or a year earlier or later."""
    for place, piece in enumerate(pieces):
        fact = piece.fact
        if fact is not None and fact.name.startswith("meta.") and isinstance(fact.value, date):
            for days in (-365, -92, -30, -1, 1, 31, 365):
                yield place, show_date(fact.value + timedelta(days=days), language)


def period_named(arguments: dict[str, object], language: Language) -> str:
    """A sentence that names the fiscal period a tool was asked for; "" where it was asked none."""
    match = _FISCAL.fullmatch(str(arguments.get("period", "")))
    return _sentence(match[1], match[2], match[3], language) if match else ""


def periods_shifted(arguments: dict[str, object], language: Language) -> Iterator[str]:
    """The same sentence of another year, and of another half or quarter."""
    match = _FISCAL.fullmatch(str(arguments.get("period", "")))
    if match is None:
        return
    year, part, number = match[1], match[2], match[3]
    for other in (int(year) - 1, int(year) + 1):
        yield _sentence(str(other), part, number, language)
    if part == "H":
        yield _sentence(year, part, _OTHER_HALF[number], language)
        yield _sentence("", part, _OTHER_HALF[number], language)
        yield _sentence("", "Q", number, language)


def _sentence(year: str, part: str | None, number: str | None, language: Language) -> str:
    if language == "en":
        name = {None: "", "H": f" H{number}", "Q": f" Q{number}"}[part]
        return f"The period is {f'FY{year}' if year else ''}{name}.".replace("is  ", "is ")
    name = {None: "", "H": {"1": "上期", "2": "下期"}.get(number or "", ""),
            "Q": f"第{number}四半期"}[part]  # fmt: skip
    return f"対象は{f'{year}年度' if year else ''}{name}です。"
