"""Each table is filled by the one sheet that fits it best: by its name, its columns, its keys."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from crm.proposing.fitting import Fit, fitted
from crm.proposing.keys import Chosen, overlap, referring
from crm.proposing.sheets import Sheet
from crm.proposing.synonyms import own_key
from crm.schema import Table, tables

ENOUGH = 0.5
"""The score from which a sheet is taken for a table."""
_OF_SUPPORT = 0.25
"""What it is worth that other sheets refer to a sheet by its key."""


def choose(sheets: Sequence[Sheet]) -> tuple[Chosen, dict[str, list[Fit]]]:
    """The sheet for each table, and for each table the others that would have fitted it too."""
    fits = [
        fit
        for sheet in sheets
        for table in tables().values()
        if (fit := fitted(sheet, table)) and _is_candidate(fit)
    ]
    first = _assigned(fits, {})
    support = {
        id(fit): _OF_SUPPORT * _support(fit, first)
        for fit in fits
        if any(True for _ in referring(first, fit.table.name))
    }
    chosen = _assigned(fits, support)
    taken = {id(fit.sheet) for fit in chosen.values()}
    others: dict[str, list[Fit]] = {}
    for fit in sorted(fits, key=lambda fit: -fit.score):
        if id(fit.sheet) not in taken and fit.table.name in chosen:
            taken.add(id(fit.sheet))
            others.setdefault(fit.table.name, []).append(fit)
    return chosen, others


def _is_candidate(fit: Fit) -> bool:
    """Whether a sheet is a table and not only like one: its key, its name or half it needs."""
    sure = {match.column.name for match in fit.matches if match.is_sure}
    needed = {column.name for column in fit.table.columns if column.required}
    known = bool(sure & {*own_key(fit.table), "name"}) or len(sure & needed) * 2 >= len(needed)
    return fit.score >= ENOUGH and bool(sure) and known


def _assigned(fits: Sequence[Fit], support: dict[int, float]) -> dict[str, Fit]:
    sheets = list({id(fit.sheet): fit.sheet for fit in fits}.values())
    rows = {id(sheet): place for place, sheet in enumerate(sheets)}
    order: list[Table] = list(tables().values())
    places = {table.name: place for place, table in enumerate(order)}
    matrix = np.zeros((len(sheets), len(order)))
    by_place = {}
    for fit in fits:
        place = rows[id(fit.sheet)], places[fit.table.name]
        matrix[place] = fit.score + support.get(id(fit), 0.0)
        by_place[place] = fit
    found = {
        order[column].name: by_place[row, column]
        for row, column in zip(*linear_sum_assignment(matrix, maximize=True), strict=True)
        if (row, column) in by_place
    }
    return {table: found[table] for table in places if table in found}


def _support(fit: Fit, chosen: Chosen) -> float:
    """The share of references to a table that this sheet could be meant by."""
    meant = []
    for other, column in referring(chosen, fit.table.name):
        if other.sheet is fit.sheet:
            continue
        keys = [match.heading for key in own_key(fit.table) if (match := fit.match(key))]
        same = any(heading in other.sheet.headings for heading in keys)
        named = other.match(column.name)
        shared = overlap(other.sheet.values(named.heading), fit).best if named else 0.0
        meant.append(1.0 if same else shared)
    return sum(meant) / len(meant) if meant else 0.0
