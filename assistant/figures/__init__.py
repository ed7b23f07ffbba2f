"""Figures in a text, in every common way of writing them, as values with their precision and unit.

1億2,345万円, ¥123.5M, 63.2 %, 三割, two thirds, 2026年9月30日, Q2, 第3位, 2週間, forty percent.
"""

from __future__ import annotations

from dataclasses import replace

from assistant.figures.dates import dates
from assistant.figures.durations import durations
from assistant.figures.figure import Figure, Kind, Parts, Span
from assistant.figures.numbers import numbers, spelled
from assistant.figures.numerals import normalised
from assistant.figures.periods import periods
from assistant.figures.ranks import ranks
from assistant.figures.shares import shares, zeros

__all__ = ["Figure", "Kind", "Parts", "Span", "find_figures", "normalised"]

_READINGS = (periods, shares, dates, durations, ranks, numbers, spelled, zeros)
"""Where two readings take the same words, the earlier one is right."""


def find_figures(text: str) -> list[Figure]:
    """Every figure in a text, in order; digits inside identifiers (A012, CV-200) are none."""
    found: list[Figure] = []
    offset = 0
    for line in normalised(text).splitlines(keepends=True):
        found += [_moved(figure, offset) for figure in _in_line(line)]
        offset += len(line)
    return found


def _in_line(line: str) -> list[Figure]:
    found: list[Figure] = []
    taken = bytearray(len(line))
    for read in _READINGS:
        for figure in read(line):
            if not any(taken[figure.start : figure.end]):
                taken[figure.start : figure.end] = b"\1" * (figure.end - figure.start)
                found.append(figure)
    return sorted(found, key=lambda f: f.start)


def _moved(figure: Figure, offset: int) -> Figure:
    if not offset:
        return figure
    return replace(figure, start=figure.start + offset, end=figure.end + offset)
