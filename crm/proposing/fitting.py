"""The headings of a sheet go to the columns of a table as they fit best in all, each to one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

from crm.proposing.sheets import Sheet
from crm.proposing.synonyms import meanings, own_key
from crm.proposing.values import fit, is_code
from crm.schema import Column, Table

SURE_ENOUGH = 0.7
"""The confidence from which a column is proposed; below it stands in a comment."""
_WORTH_SAYING = 0.3
_HIGHEST = 0.99
_OF_NAME, _OF_VALUES = 0.4, 0.6
"""How much of a confidence is left where no value fits, and how much the values are worth."""
_RICH = 6
"""Columns found from which a table is a rich one."""


@dataclass(frozen=True)
class Evidence:
    """What other sheets say of a heading: how sure it is at least, or how much less than said."""

    at_least: float = 0.0
    times: float = 1.0


Proof = Mapping[tuple[str, str], Evidence]
"""Evidence by heading and canonical column."""


@dataclass(frozen=True)
class Match:
    """A heading that fills a canonical column, with how sure that is from 0 to 1."""

    column: Column
    heading: str
    confidence: float

    @property
    def is_sure(self) -> bool:
        return self.confidence >= SURE_ENOUGH


@dataclass(frozen=True)
class Fit:
    """How the headings of a sheet fill a table; `score` says how well in all."""

    sheet: Sheet
    table: Table
    matches: tuple[Match, ...]
    by_column: Mapping[str, Match] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_column", {m.column.name: m for m in self.matches})

    def match(self, column: str) -> Match | None:
        return self.by_column.get(column)

    @property
    def score(self) -> float:
        """From 0 to 1: what its name says, the columns every row needs, and how many are found."""
        sure = [m.confidence for m in self.matches if m.is_sure]
        needed = [self._found(column) for column in self.table.columns if column.required]
        headings = sum(1 for h in self.sheet.headings if self.sheet.values(h).filled)
        named = self.sheet.called.get(self.table.name, 0.0)
        return (
            0.3 * named
            + 0.35 * (sum(needed) / len(needed) if needed else 0.0)
            + 0.2 * min(1.0, sum(sure) / _RICH)
            + 0.15 * min(1.0, sum(sure) / max(headings, 1))
        )

    def _found(self, column: Column) -> float:
        """How sure the column is, or what may take its place: a name for a key, a stage for it."""
        if match := self.by_column.get(column.name):
            return match.confidence
        stand_in = "name" if column.name in own_key(self.table) else _STAND_INS.get(column.name)
        other = self.by_column.get(stand_in or "")
        return other.confidence * 0.8 if other else 0.0


_STAND_INS = {"status": "stage", "line_no": "order_id"}


def fitted(sheet: Sheet, table: Table, proof: Proof | None = None) -> Fit | None:
    """The best way in which the headings of a sheet fill a table, or None where none does."""
    found = dict(_confidences(sheet, table, proof or {}))
    if not found:
        return None
    headings = sorted({heading for heading, _ in found}, key=sheet.headings.index)
    matrix = np.zeros((len(headings), len(table.columns)))
    for (heading, column), confidence in found.items():
        matrix[headings.index(heading), table.names.index(column)] = confidence
    rows, places = linear_sum_assignment(matrix, maximize=True)
    by_column = {table.columns[p]: headings[r] for r, p in zip(rows, places, strict=True)}
    matches = [
        Match(column, by_column[column], round(found[by_column[column], column.name], 2))
        for column in table.columns
        if column in by_column and (by_column[column], column.name) in found
    ]
    return Fit(sheet, table, tuple(matches)) if matches else None


def _confidences(
    sheet: Sheet, table: Table, proof: Proof
) -> Iterable[tuple[tuple[str, str], float]]:
    weights = {
        (heading, column): weight
        for heading in sheet.headings
        for (of, column), weight in meanings(heading).items()
        if of == table.name
    }
    for place, evidence in proof.items():
        weights[place] = max(weights.get(place, 0.0), evidence.at_least)
    for (heading, name), weight in weights.items():
        column = table.column(name)
        if column is None or not weight:
            continue
        times = proof.get((heading, name), Evidence()).times
        good = _goodness(sheet, table, column, heading)
        confidence = min(_HIGHEST, weight * times * (_OF_NAME + _OF_VALUES * good))
        if confidence >= _WORTH_SAYING:
            yield (heading, name), confidence


def _goodness(sheet: Sheet, table: Table, column: Column, heading: str) -> float:
    """How well the values fit; those of a table's own key differ, all of them."""
    values = sheet.values(heading)
    if table.key != (column.name,):
        return fit(table.name, column, values)
    if not values.rows:
        return 0.9
    gone = (values.rows - values.different) / values.rows
    looks = 1.0 if values.share(is_code) > 0.5 else 0.95
    return looks if not gone else max(0.0, looks * (0.8 - 4 * gone))
