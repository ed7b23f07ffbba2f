"""A rule's sentence stands only when every fact that it names is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.planning.draft.sources import Sources
from plans.model import PLACEHOLDER
from prompts import loader
from tools.facts import Fact, ToolResult
from tools.rows import Condition, conditions

_RULES = "plans/draft.yaml"
Rule = Mapping[str, Any]


@dataclass(frozen=True)
class Sentence:
    """What a rule says: its words, with placeholders by key, and the facts by name."""

    id: str
    text: str
    facts: Mapping[str, Fact]


def rules() -> Mapping[str, Any]:
    """The rules by part of a plan."""
    found: dict[str, Any] = loader.data(_RULES)
    return found


def sentences(rule: Rule, sources: Sources) -> Iterator[Sentence]:
    """What a rule says of the account, once for each fact or row that it is about."""
    result = sources.result(rule["tool"])
    if result is None:
        return
    whole = {f.name: f for f in reversed(result.facts) if f.subject is None}
    for id_, cells in _subjects(rule, result):
        facts = whole | cells
        text = rule[sources.asked.language]
        named = {m[1]: facts.get(m[1]) for m in PLACEHOLDER.finditer(text)}
        known = {n: f for n, f in named.items() if f is not None and f.value not in (None, "")}
        if len(known) < len(named) or not ("rows" in rule or _holds(rule.get("if"), facts)):
            continue
        yield Sentence(id_, _keyed(text, known), facts | known)


def _subjects(rule: Rule, result: ToolResult) -> list[tuple[str, dict[str, Fact]]]:
    """What a rule is about: each fact of a name, the first rows of the table, or the account."""
    id_: str = rule["id"]
    if "fact" in rule:
        named = [f for f in result.facts if f.name == rule["fact"]]
        return [(f"{id_}.{n}", {fact.name: fact}) for n, fact in enumerate(named)]
    if "rows" in rule:
        return _rows(id_, result, rule["rows"], rule.get("if"))
    return [(id_, {})]


def _rows(
    id_: str, result: ToolResult, most: int, condition: str | None
) -> list[tuple[str, dict[str, Fact]]]:
    """The first rows of a table that fit, each as its cells."""
    table = result.table
    if table is None:
        return []
    asked = conditions(condition) if condition else []

    def fits(row: int) -> bool:
        return all(c.holds(table.cell(row, c.column).value) for c in asked)

    found = [n for n in range(len(table.rows)) if fits(n)]
    return [
        (f"{id_}.{n}", {c.name: table.cell(row, c.name) for c in table.columns})
        for n, row in enumerate(found[:most])
    ]


def _holds(condition: str | None, facts: Mapping[str, Fact]) -> bool:
    """Whether the facts fit the conditions of a rule; an unknown one fits none."""
    return not condition or all(_true(c, facts) for c in _conditions(condition))


def _conditions(condition: str) -> Sequence[Condition]:
    """The conditions; one that ends with `!= ` asks that there is something."""
    name, compared, value = condition.partition(" != ")
    return [Condition(name, "!=", "")] if compared and not value else conditions(condition)


def _true(condition: Condition, facts: Mapping[str, Fact]) -> bool:
    fact = facts.get(condition.column)
    if fact is None or fact.value in (None, ""):
        return False
    return condition.holds(fact.value)


def _keyed(text: str, facts: Mapping[str, Fact]) -> str:
    """The words with each placeholder naming its fact by key."""
    return PLACEHOLDER.sub(lambda m: f"{{{{{facts[m[1]].key}}}}}", text)
