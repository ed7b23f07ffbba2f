"""What a chart is about: a table, where its columns go, and the facts beside it, in a language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from api.render.charts.wording import plain
from crm.settings import Language
from tools.facts import Chart, Fact, Table, TableColumn
from tools.format import UNKNOWN, shown

_TEXTS = ("text", "trait", "viewer")


@dataclass(frozen=True)
class Subject:
    """A table to draw, with the facts of its result by their keys."""

    table: Table
    chart: Chart
    facts: Mapping[str, Fact]
    language: Language

    def column(self, name: str) -> TableColumn:
        return self.table.columns[self.table.column(name)]

    def unit(self, name: str) -> str:
        return self.column(name).unit

    def heading(self, name: str) -> str:
        """What a column is called."""
        return plain(self.column(name).label.in_(self.language), 60)

    def text(self, row: int, name: str, columns: int | None = None) -> str:
        """A cell as it is shown everywhere, in one line."""
        return plain(shown(self.table.cell(row, name), self.language), columns)

    def number(self, row: int, name: str) -> Decimal | None:
        """A cell's number; None when it is unknown or no number."""
        value = self.table.rows[row][self.table.column(name)]
        return Decimal(value) if isinstance(value, (int, Decimal)) else None

    def known(self, *names: str) -> list[int]:
        """The rows in which these columns are numbers."""
        rows = range(len(self.table.rows))
        return [row for row in rows if all(self.number(row, name) is not None for name in names)]

    def fact(self, key: str) -> Decimal | None:
        """The number of a fact; None when it is unknown or not told."""
        fact = self.facts.get(key)
        value = fact.value if fact else None
        return Decimal(value) if isinstance(value, (int, Decimal)) else None

    def fact_text(self, key: str) -> str:
        fact = self.facts.get(key)
        return plain(shown(fact, self.language)) if fact else UNKNOWN[self.language]

    def say(self, ja: str, en: str) -> str:
        return ja if self.language == "ja" else en

    def names(self, rows: list[int], name: str, columns: int) -> list[str]:
        """A name for each row, no two alike: with the label before it, or every text of the row."""
        label = self.chart.label if self.chart.label != name else None
        found = [self._joined(row, [label, name] if label else [name], columns) for row in rows]
        if len(set(found)) < len(found):
            texts = [c.name for c in self.table.columns if c.unit in _TEXTS]
            alike = {text for text, n in Counter(found).items() if n > 1}
            found = [
                self._joined(row, texts, 2 * columns) if text in alike else text
                for row, text in zip(rows, found, strict=True)
            ]
        return numbered(found)

    def _joined(self, row: int, names: list[str], columns: int) -> str:
        each = columns // len(names) if len(names) > 1 else columns
        return self.say("・", ", ").join(self.text(row, name, max(each, 12)) for name in names)


def numbered(texts: list[str]) -> list[str]:
    """The texts with a number behind each that stood before."""
    seen: Counter[str] = Counter()
    out = []
    for text in texts:
        seen[text] += 1
        out.append(text if seen[text] == 1 else f"{text} ({seen[text]})")
    return out


@dataclass(frozen=True)
class Picture:
    """What a kind of chart draws: its layers, how many rows are drawn and how many are unknown.

    `many` says how many in the place of the rows drawn; `note` explains how to read it.
    """

    layers: list[Any]
    width: int
    height: int
    drawn: int
    unknown: int = 0
    note: str = ""
    many: str = ""
