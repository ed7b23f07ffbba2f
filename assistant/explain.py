"""How each figure of a result was made: its formula, its inputs, and the rows it could not use."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from crm.settings import Language
from prompts import loader
from tools.facts import Basis, Fact, Metric, ToolResult, metrics
from tools.format import shown

_NOT_RECORDED: dict[Language, str] = {"ja": "記録なし", "en": "not recorded"}
"""What a group is called whose name is not recorded."""


class Explained:
    """One kind of fact in a result, as the template sees it."""

    def __init__(self, fact: Fact, language: Language, *, in_table: bool, of: str = "") -> None:
        self.metric: Metric = metrics()[fact.name]
        self.basis: Basis = fact.basis
        self.in_table, self.of = in_table, of
        self.label = fact.label.in_(language)
        self.figure = shown(fact, language)
        self.formula = self.metric.formula.in_(language)
        self.note = fact.basis.note.in_(language) if fact.basis.note else ""
        self.left_out = [(part.rows, part.reason.in_(language)) for part in fact.basis.left_out]


def explain(result: ToolResult, language: Language) -> str:
    """Every kind of fact in the result and its parts, in Markdown, in the order of the result."""
    page = loader.templates().get_template(f"answers/explain.{language}.md.j2")
    parts = [result, *result.parts]
    return "\n".join(
        page.render(result=part, basis=_basis(part), explained=_explained(part, language)).strip()
        + "\n"
        for part in parts
    )


def explain_facts(facts: Sequence[Fact], language: Language) -> str:
    """How each figure of an answer was made, in Markdown; nothing where it showed none.

    Figures of one tool, with the same arguments on the same day, stand together; a figure of one of
    several subjects says whose it is.
    """
    names = _names(facts, language)
    groups: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        if isinstance(fact.value, Decimal | int) and not fact.name.startswith("meta."):
            key = (fact.basis.tool, str(sorted(fact.basis.arguments.items())))
            groups.setdefault(key, []).append(fact)
    if not groups:
        return ""
    page = loader.templates().get_template(f"answers/evidence.{language}.md.j2")
    parts = [
        (group[0].basis, _once([_shown(f, names, language) for f in group]))
        for group in groups.values()
    ]
    return page.render(parts=parts).strip()


def _shown(fact: Fact, names: dict[str, str], language: Language) -> Explained:
    subject = fact.subject
    if subject is None:
        return Explained(fact, language, in_table=False)
    own = names.get(subject) or subject.partition(":")[2] or _NOT_RECORDED[language]
    return Explained(fact, language, in_table=False, of=own)


def _names(facts: Sequence[Fact], language: Language) -> dict[str, str]:
    """What each subject is called: the first words that the answer showed of it."""
    names: dict[str, str] = {}
    for fact in facts:
        if fact.subject and isinstance(fact.value, str) and fact.value:
            names.setdefault(fact.subject, shown(fact, language))
    return names


def _once(explained: Sequence[Explained]) -> list[Explained]:
    """One entry for each kind of fact: of a column the first cell stands for all."""
    found: dict[str, Explained] = {}
    for one in explained:
        found.setdefault(one.metric.name, one)
    return list(found.values())


def _basis(result: ToolResult) -> Basis | None:
    """What all facts of a result have in common: arguments, settings, day, snapshot."""
    facts = result.all_facts()
    return facts[0].basis if facts else None


def _explained(result: ToolResult, language: Language) -> list[Explained]:
    """One entry for each fact of its own and each column of the table; repetitions are left out."""
    found: dict[str, Explained] = {}
    for fact in result.facts:
        if not fact.name.startswith("meta."):
            found.setdefault(fact.name, Explained(fact, language, in_table=False))
    if result.table and result.table.rows:
        for column in result.table.columns:
            cell = result.table.cell(0, column.name)
            found.setdefault(cell.name, Explained(cell, language, in_table=True))
    return list(found.values())
