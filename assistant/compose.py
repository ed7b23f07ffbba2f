"""A tool's result becomes a draft through the template of its name and language.

Templates name facts; they never hold a figure. The renderer writes the figures in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from assistant.ledger import Ledger, passage_of, plain
from crm.settings import Language
from prompts import loader
from tools.facts import Fact, Table, ToolResult, Value
from tools.signals import signals

_QUOTE_LENGTH = 110
_MOST_BESIDE = 10
"""Figures that are set side by side."""
_ENOUGH_PROSE = 40
_TABLE_RULE = re.compile(r"\|?[\s:|-]+\|?")
_STRESS = re.compile(r"\*+|`+|(?m:^\s*(?:[-・*]|\d{1,2}[.)])\s+)")
_ABOVE_GROSS_PROFIT = {
    "list_sales", "discount", "list_gap", "uncosted_sales", "standard_cost",
    "customer_manufacturing",
}  # fmt: skip
_MARKUP = re.compile(r"[#_>|\[\]]+|\s+")


class RowView:
    """One row of a table, as a template sees it."""

    def __init__(self, view: View, table: Table, row: int) -> None:
        self._view, self._table, self._row = view, table, row

    def __call__(self, name: str) -> str:
        """The placeholder of the cell's fact."""
        return self._view.name(self._table.cell(self._row, name))

    def has(self, name: str) -> bool:
        return self._table.cell(self._row, name).value not in (None, "")

    def code(self, name: str) -> str:
        """The cell's code, for a template to choose by."""
        return str(self._table.cell(self._row, name).value or "")

    def number(self, name: str) -> Decimal:
        """The cell's amount, for a template to choose by; unknown is zero."""
        value = self._table.cell(self._row, name).value
        return Decimal(value) if isinstance(value, Decimal | int) else Decimal(0)

    def how_many(self, name: str, one: str, many: str | None = None) -> str:
        """The placeholder of a count with what is counted, as English says it."""
        return f"{self(name)} {self.form(name, one, many)}"

    def form(self, name: str, one: str, many: str | None = None) -> str:
        """The word that goes with the count of the cell: `one` of 1, else `many`."""
        return _form(self._table.cell(self._row, name).value, one, many)

    def subject(self) -> str:
        return self._table.subjects[self._row]

    def cite(self) -> str:
        """The citation mark of a passage row."""
        return self._view.ledger.cite(passage_of(self._table, self._row))

    def reads_well(self) -> bool:
        """Whether a passage has enough prose for a quotation (a mere table has not)."""
        return len("".join(_prose(passage_of(self._table, self._row).text))) >= _ENOUGH_PROSE

    def quote(self) -> str:
        """The beginning of a passage on one line, without markup, cut at a sentence if possible."""
        passage = passage_of(self._table, self._row)
        return self._view.ledger.quote(passage, beginning(passage.text))

    def lines(self) -> list[str]:
        """The whole text of a passage line by line, without markup; a table's row is one line."""
        passage = passage_of(self._table, self._row)
        lines = [_flat(line) for line in _table_as_lines(passage.text)]
        return [self._view.ledger.quote(passage, line) for line in lines if line]


def _prose(text: str) -> list[str]:
    """The lines of a passage that are no table."""
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("|")]


def beginning(text: str) -> str:
    """The beginning of a passage as one line; of a mere table, its cells."""
    flat = _flat("\n".join(_prose(text) or _table_as_lines(text)))
    if len(flat) <= _QUOTE_LENGTH:
        return flat
    cut = flat[:_QUOTE_LENGTH]
    stop = max(cut.rfind("。"), cut.rfind(". "))
    return cut[: stop + 1] if stop > _QUOTE_LENGTH // 2 else cut + "…"


def _table_as_lines(text: str) -> list[str]:
    """The lines of a passage; of a table each row, its cells divided by strokes."""
    rows = [r.strip() for r in text.splitlines() if not _TABLE_RULE.fullmatch(r.strip())]
    return [" / ".join(c.strip() for c in row.strip("|").split("|")) for row in rows]


def _flat(text: str) -> str:
    """Text from data on one line, without marks of markup."""
    return plain(_MARKUP.sub(" ", _STRESS.sub("", text)))


class View:
    """A result, as a template sees it: facts by name, rows of its table, its parts and warnings."""

    def __init__(self, result: ToolResult, ledger: Ledger, language: Language) -> None:
        self.result, self.ledger, self.language = result, ledger, language

    def name(self, fact: Fact) -> str:
        return "{{" + self.ledger.key_of(fact) + "}}"

    def f(self, name: str, subject: str | None = None) -> str:
        """The placeholder of the fact of that name (and subject)."""
        return self.name(self._find(name, subject))

    def has(self, name: str, subject: str | None = None) -> bool:
        """Whether the fact is there and known."""
        found = self._lookup(name, subject)
        return found is not None and found.value not in (None, "")

    def code(self, name: str) -> str:
        """The fact's value as text, for a template to choose by."""
        return str(self._find(name, None).value)

    def number(self, name: str) -> int:
        """The fact's count, for a template to choose by; unknown is 0."""
        found = self._lookup(name, None)
        return int(found.value) if found and isinstance(found.value, int) else 0

    def how_many(self, name: str, one: str, many: str | None = None) -> str:
        """The placeholder of a count with what is counted, as English says it."""
        return f"{self.f(name)} {self.form(name, one, many)}"

    def form(self, name: str, one: str, many: str | None = None) -> str:
        """The word that goes with a count: `one` of 1, else `many`."""
        return _form(self._find(name, None).value, one, many)

    def above_zero(self, name: str) -> bool:
        found = self._lookup(name, None)
        return found is not None and isinstance(found.value, Decimal | int) and found.value > 0

    def negative(self, name: str) -> bool:
        found = self._lookup(name, None)
        return found is not None and found.value is not None and found.value < 0  # type: ignore[operator]

    def rows(self, limit: int | None = None) -> Iterator[RowView]:
        table = self.result.table
        if table is not None:
            for row in range(len(table.rows[:limit])):
                yield RowView(self, table, row)

    def row_count(self) -> int:
        return len(self.result.table.rows) if self.result.table else 0

    def total_rows(self) -> int:
        return self.result.table.total_rows if self.result.table else 0

    def subjects(self, name: str) -> list[str]:
        """What the facts of that name are about, in order."""
        return [f.subject for f in self.result.facts if f.name == name and f.subject]

    def part(self, tool: str) -> View | None:
        found = self.result.part(tool)
        return View(found, self.ledger, self.language) if found else None

    def heaviest_costs(self, limit: int) -> list[RowView]:
        """The lines of a waterfall below gross profit that cost most, the heaviest first."""
        below = [row for row in self.rows() if row.code("profit.kind") != "sum"]
        below = [row for row in below if row.code("profit.line") not in _ABOVE_GROSS_PROFIT]
        costs = [(row.number("profit.amount"), row) for row in below]
        heaviest = sorted((cost for cost in costs if cost[0] < 0), key=lambda cost: cost[0])
        return [row for _amount, row in heaviest[:limit]]

    def open_items(self, limit: int) -> list[RowView]:
        """The items of a checklist that are still open, in its order."""
        return [row for row in self.rows() if row.code("checklist.done") != "done"][: max(limit, 0)]

    def reasons(self, row: RowView) -> list[str]:
        """An attention row's signals in words, each with the placeholder of its figure."""
        reasons = []
        for code in row.code("attention.signals").split(";"):
            signal = signals()[code]
            label = signal.ja if self.language == "ja" else signal.en
            figure = signal.figure_ja if self.language == "ja" else signal.figure_en
            fact = self.f(f"signal.{code}", row.subject())
            space = "" if figure.endswith(("で", "から", "まで")) else " "
            reasons.append(
                f"{label}（{figure}{space}{fact}）"
                if self.language == "ja"
                else f"{label} ({figure}: {fact})"
            )
        return reasons

    def facts(self) -> list[tuple[str, str]]:
        """The facts about the whole: what each is called, and its placeholder."""
        return [
            (f.label.in_(self.language), self.name(f))
            for f in self.result.facts
            if f.subject is None and not f.name.startswith("meta.")
        ]

    def columns(self) -> list[str]:
        """What the columns of the table are called."""
        columns = self.result.table.columns if self.result.table else ()
        return [column.label.in_(self.language) for column in columns]

    def cells(self, row: RowView) -> list[str]:
        """The placeholders of a row's cells, in the order of the columns."""
        columns = self.result.table.columns if self.result.table else ()
        return [row(column.name) for column in columns]

    def warnings(self) -> list[str]:
        return [w.in_(self.language) for w in self.result.warnings]

    def chosen(self) -> str:
        """What rows were chosen by a condition, in words; empty where all were asked for."""
        table = self.result.table
        asked = table is not None and bool(table.basis.arguments.get("where"))
        return self.warnings()[0] if asked else ""

    def argument(self, name: str) -> str:
        """The argument as it was asked for, for a template to choose by."""
        facts = self.result.all_facts()
        return facts[0].basis.arguments.get(name, "") if facts else ""

    def sort(self) -> str:
        return self.result.table.sort.in_(self.language) if self.result.table else ""

    def plain_fact(self, name: str) -> Fact | None:
        """The fact of that name about the whole, if there is one."""
        return next((f for f in self.result.facts if f.name == name and f.subject is None), None)

    def _lookup(self, name: str, subject: str | None) -> Fact | None:
        facts = [f for f in self.result.facts if f.name == name]
        return next((f for f in facts if subject in (None, f.subject)), None)

    def _find(self, name: str, subject: str | None) -> Fact:
        found = self._lookup(name, subject)
        if found is None:
            raise KeyError(f"{self.result.tool} has no fact {name} of {subject}")
        return found


def _form(count: Value, one: str, many: str | None) -> str:
    """The word for so many: without `many`, it takes an s."""
    return one if count == 1 else many or one + "s"


def compose(result: ToolResult, ledger: Ledger, language: Language) -> str:
    """The draft of a result, in Markdown with placeholders."""
    template = loader.templates().select_template(
        [f"answers/{name}.{language}.md.j2" for name in (result.tool, "figures")]
    )
    drafted = template.render(v=View(result, ledger, language))
    return re.sub(r"\n{3,}", "\n\n", drafted).strip()


def compose_beside(results: Sequence[ToolResult], ledger: Ledger, language: Language) -> str:
    """The figures of several accounts side by side; nothing where no account is named."""
    views = [View(result, ledger, language) for result in results]
    if not all(view.has("account.name") for view in views):
        return ""
    rows = []
    for fact in results[0].facts:
        beside = [view.plain_fact(fact.name) for view in views]
        if fact.subject is None and _is_figure(fact) and all(beside):
            cells = [view.name(found) for view, found in zip(views, beside, strict=True) if found]
            rows.append((fact.label.in_(language), cells))
    if not rows:
        return ""
    names = [view.f("account.name") for view in views]
    template = loader.templates().get_template(f"answers/beside.{language}.md.j2")
    return template.render(names=names, rows=rows[:_MOST_BESIDE]).strip()


def _is_figure(fact: Fact) -> bool:
    return isinstance(fact.value, Decimal | int)


def page(name: str, language: Language) -> str:
    """A page of our own words: `prompts/answers/<name>`."""
    return loader.templates().get_template(f"answers/{name}.{language}.md.j2").render().strip()


def say(name: str, language: Language, **values: object) -> str:
    """A sentence of the assistant's own: `prompts/answers/phrases.yaml`, filled in."""
    phrase: str = loader.data("answers/phrases.yaml")[name][language]
    return phrase.format(**values)
