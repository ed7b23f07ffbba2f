"""A figure leaves a tool only as a Fact: named, with its unit and the evidence it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

from crm.declared import declared
from crm.settings import Language
from tools.exact import round_money, round_to

Value = Decimal | int | date | str | None
"""None is unknown, and never zero."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(_Model):
    """The same words in Japanese and in English."""

    ja: str
    en: str

    def in_(self, language: Language) -> str:
        return self.ja if language == "ja" else self.en


class Metric(_Model):
    """What a fact name means: declared once in `metrics/`, documented in docs/metrics.md.

    `inputs` names the columns it is made from: `order_lines(net_amount, ordered_on)`.

    `unit` is `money` (the workspace currency), `%` (a fraction), `points` (a difference of
    fractions), `ratio` (a plain number such as a correlation), `times`, `days`, `hours`, `count`,
    `accounts`, `people`, `score`, `year`, `date`, `text`, or `signals` (codes of signals.yaml
    joined by ";").
    """

    name: str
    unit: str
    label: Text
    formula: Text
    inputs: str = ""


@cache
def metrics() -> dict[str, Metric]:
    """Every fact name; those of one file of `metrics/` stand together, in its order."""
    specs: dict[str, dict[str, str]] = {}
    names = [file.name for file in resources.files("tools").joinpath("metrics").iterdir()]
    for name in sorted(names):
        specs |= declared("tools", f"metrics/{name}")
    return {
        name: Metric(
            name=name,
            unit=spec["unit"],
            label=Text(ja=spec["ja"], en=spec["en"]),
            formula=Text(ja=spec["formula_ja"], en=spec["formula_en"]),
            inputs=spec.get("inputs", ""),
        )
        for name, spec in specs.items()
    }


class LeftOut(_Model):
    """Rows a figure could not use, and why."""

    rows: int
    reason: Text


class Basis(_Model):
    """What a fact rests on: who calculated it, from what, as of when, from how many rows.

    `settings` holds the settings that decided it, by their name in settings.toml.
    """

    tool: str
    arguments: dict[str, str]
    settings: dict[str, str] = {}
    as_of: date
    rows: int | None
    formula: str
    snapshot: str
    left_out: tuple[LeftOut, ...] = ()
    note: Text | None = None


class Fact(_Model):
    """One figure or name with its evidence; a ratio's value is the fraction.

    `subject` says what it is about when a result speaks of several ("account:A001").
    """

    name: str
    label: Text
    value: Value
    unit: str
    basis: Basis
    subject: str | None = None

    @property
    def key(self) -> str:
        """How a draft names this fact: `pipeline.win_rate` or `pipeline.win_rate@team:東日本`."""
        return self.name if self.subject is None else f"{self.name}@{self.subject}"


def _told(fact: Fact) -> dict[str, Any]:
    told = fact.model_dump(mode="json")
    if isinstance(fact.value, Decimal | date):
        told["value"] = {type(fact.value).__name__: told["value"]}
    return told


def _heard(given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    match given.get("value"):
        case {"Decimal": str(number)}:
            given = given | {"value": Decimal(number)}
        case {"date": str(day)}:
            given = given | {"value": date.fromisoformat(day)}
    return Fact.model_validate(given)


StoredFact = Annotated[Fact, BeforeValidator(_heard), PlainSerializer(_told, when_used="json")]
"""A fact that comes back from its JSON as it was: a number or a day says there that it is one, for
text can look the same."""


class TableColumn(_Model):
    """A typed column; every cell in it is the fact `name` about the row's subject."""

    name: str
    label: Text
    unit: str


class Table(_Model):
    """Rows with typed columns, in a stated order, cut off at a stated place.

    `subjects[i]` is what row i is about; `total_rows` counts the rows before the cut-off.
    """

    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Value, ...], ...]
    subjects: tuple[str, ...]
    sort: Text
    total_rows: int
    basis: Basis

    def column(self, name: str) -> int:
        """The index of the column of that name."""
        return next(i for i, c in enumerate(self.columns) if c.name == name)

    def cell(self, row: int, name: str) -> Fact:
        """The fact in one cell."""
        return self._fact(row, self.column(name))

    def facts(self) -> tuple[Fact, ...]:
        """Every cell as a fact."""
        return tuple(
            self._fact(row, column)
            for row in range(len(self.rows))
            for column in range(len(self.columns))
        )

    def _fact(self, row: int, column: int) -> Fact:
        spec = self.columns[column]
        return Fact(
            name=spec.name,
            label=spec.label,
            value=self.rows[row][column],
            unit=spec.unit,
            basis=self.basis.model_copy(update={"formula": spec.name, "rows": None}),
            subject=self.subjects[row],
        )


class Chart(_Model):
    """How the table would be drawn: which columns go where; the data stay in the table.

    `label` is the column that names a mark, `size` one that its area shows, `figures` those written
    in or beside it. `cuts` are the keys of the facts at which a line parts low from high, across x
    and across y.
    """

    kind: Literal[
        "bar",
        "line",
        "scatter",
        "waterfall",
        "whale",
        "funnel",
        "heatmap",
        "map",
        "graph",
        "routes",
    ]
    x: str
    y: str
    colour: str | None = None
    label: str | None = None
    size: str | None = None
    figures: tuple[str, ...] = ()
    cuts: tuple[str, str] | None = None


class ToolResult(_Model):
    """What a tool answers; `parts` holds the results a compound tool is made of."""

    tool: str
    facts: tuple[Fact, ...] = ()
    table: Table | None = None
    warnings: tuple[Text, ...] = ()
    chart: Chart | None = None
    next_steps: tuple[Text, ...] = ()
    parts: tuple[ToolResult, ...] = ()

    def fact(self, name: str) -> Fact | None:
        """The fact of that name without a subject, or the first with one."""
        return next((f for f in self.facts if f.name == name), None)

    def part(self, tool: str) -> ToolResult | None:
        return next((p for p in self.parts if p.tool == tool), None)

    def all_facts(self) -> tuple[Fact, ...]:
        """The facts of this result, its table and its parts."""
        own = self.facts + (self.table.facts() if self.table else ())
        return own + tuple(f for part in self.parts for f in part.all_facts())


@dataclass
class FactBook:
    """Writes down the facts of one tool run, each with the same basis."""

    tool: str
    arguments: dict[str, str]
    as_of: date
    snapshot: str
    currency: str
    settings: dict[str, str] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    warnings: list[Text] = field(default_factory=list)

    def add(
        self,
        name: str,
        value: Value,
        *,
        subject: str | None = None,
        rows: int | None = None,
        left_out: Iterable[LeftOut] = (),
        note: Text | None = None,
    ) -> Fact:
        """Record a fact; its label, unit and formula are those declared in `metrics/`."""
        metric = metrics()[name]
        fact = Fact(
            name=name,
            label=metric.label,
            value=self._exact(metric, value),
            unit=self._unit(metric),
            basis=self.basis(name, rows, left_out, note),
            subject=subject,
        )
        self.facts.append(fact)
        return fact

    def basis(
        self,
        formula: str,
        rows: int | None = None,
        left_out: Iterable[LeftOut] = (),
        note: Text | None = None,
    ) -> Basis:
        return Basis(
            tool=self.tool,
            arguments=self.arguments,
            settings=self.settings,
            as_of=self.as_of,
            rows=rows,
            formula=formula,
            snapshot=self.snapshot,
            left_out=tuple(part for part in left_out if part.rows),
            note=note,
        )

    def warn(self, ja: str, en: str) -> None:
        warning = Text(ja=ja, en=en)
        if warning not in self.warnings:
            self.warnings.append(warning)

    def table(
        self,
        columns: Mapping[str, Sequence[Value]],
        subjects: Sequence[str],
        *,
        sort: Text,
        limit: int | None = None,
        total_rows: int | None = None,
    ) -> Table:
        """A table whose columns are facts of these names, cut off after `limit` rows.

        `total_rows` counts the rows before the cut-off where the engine has made it.
        """
        declared = [metrics()[n] for n in columns]
        rows = list(zip(*columns.values(), strict=True))
        kept = rows if limit is None else rows[:limit]
        return Table(
            columns=tuple(
                TableColumn(name=m.name, label=m.label, unit=self._unit(m)) for m in declared
            ),
            rows=tuple(
                tuple(self._exact(m, v) for m, v in zip(declared, row, strict=True)) for row in kept
            ),
            subjects=tuple(subjects[: len(kept)]),
            sort=sort,
            total_rows=len(rows) if total_rows is None else total_rows,
            basis=self.basis(declared[0].name, len(rows)),
        )

    def result(
        self,
        *,
        table: Table | None = None,
        chart: Chart | None = None,
        next_steps: Iterable[Text] = (),
    ) -> ToolResult:
        return ToolResult(
            tool=self.tool,
            facts=tuple(self.facts),
            table=table,
            warnings=tuple(self.warnings),
            chart=chart,
            next_steps=tuple(next_steps),
        )

    def _unit(self, metric: Metric) -> str:
        return self.currency if metric.unit == "money" else metric.unit

    def _exact(self, metric: Metric, value: Value) -> Value:
        """Money keeps its four decimals, a ratio six, days and scores three; counts are whole."""
        if not isinstance(value, Decimal):
            return value
        if metric.unit == "money":
            return round_money(value)
        return round_to(value, 6 if metric.unit in ("%", "points", "ratio", "times") else 3)
