"""A first plan for an account: what the data know, by the rules of prompts/plans/draft.yaml.

A rule's sentence stands only when every fact it names is known, so that nothing is filled in where
the data say nothing: that is left as a gap for the checks, and asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ibis import _

from assistant.compose import beginning
from crm.periods import Period, add_months, fiscal_year_of, months
from crm.scope import Directory, MissingDataError, ScopedTables
from crm.settings import Language
from plans.model import (
    PLACEHOLDER,
    Action,
    Appointment,
    Goal,
    Head,
    KeyPerson,
    Kpi,
    Plan,
    Quote,
    Statement,
    TeamMember,
)
from prompts import loader
from tools.catalog import Catalog
from tools.facts import Fact, ToolResult
from tools.format import shown
from tools.query import fetch
from tools.rows import Condition, conditions

_RULES = "plans/draft.yaml"
_PEOPLE, _PASSAGES, _MARKET = 8, 3, 3
"""Key persons, passages and outside statements in a first draft, at the most."""
_MONTHS_OF = {"month": 1, "quarter": 3}
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Asked:
    """Which plan is wanted: the account, the day it is drawn up, its period and language."""

    account_id: str
    as_of: date
    period: Period
    language: Language


def usual_period(as_of: date, start_month: int) -> Period:
    """The fiscal year that a plan drawn up on a day is for.

    In the last quarter of a year that is the next one.
    """
    year = fiscal_year_of(add_months(as_of, 3), start_month)
    return months(date(year, start_month, 1), 12)


def draft(catalog: Catalog, tables: ScopedTables, asked: Asked) -> Plan:
    """The first plan of an account, from what the asker may see.

    Raises NotFoundError when there is no such account to be seen.
    """
    tables.require_account(asked.account_id)
    return _Drafter(catalog, tables, asked).plan()


def head(catalog: Catalog, tables: ScopedTables, asked: Asked) -> Head:
    """What the data say a plan of the account is about.

    Raises NotFoundError when there is no such account to be seen.
    """
    tables.require_account(asked.account_id)
    return _Drafter(catalog, tables, asked).head()


class _Drafter:
    """Draws up one plan; each tool is asked once."""

    def __init__(self, catalog: Catalog, tables: ScopedTables, asked: Asked) -> None:
        self._catalog, self._tables, self._asked = catalog, tables, asked
        self._rules: dict[str, Any] = loader.data(_RULES)
        self._results: dict[str, ToolResult | None] = {}

    def plan(self) -> Plan:
        asked = self._asked
        goals = self._goals()
        linked = goals[0].id if goals else None
        statements = [*self._statements(linked), *self._market(), *self._passages(linked)]
        return Plan(
            head=self.head(),
            statements=tuple(statements),
            people=tuple(self._people()),
            goals=tuple(goals),
            actions=tuple(self._actions(linked)),
            team=tuple(self._team()),
            kpis=tuple(self._kpis()),
            calendar=tuple(
                Appointment(
                    id=rule["id"],
                    what=rule[asked.language],
                    level=rule["level"],
                    every=rule["every"],
                    first=add_months(
                        max(asked.period.start, asked.as_of), _MONTHS_OF[rule["every"]]
                    ),
                )
                for rule in self._rules["calendar"]
            ),
        )

    # ------------------------------------------------------------------ what the tools say

    def _result(self, tool: str) -> ToolResult | None:
        """What a tool says of the account; None where the workspace lacks its tables."""
        if tool not in self._results:
            given: dict[str, Any] = {"account_id": self._asked.account_id}
            if tool == "targets_and_gap":
                span = self._asked.period
                given |= {"level": "account", "period": f"{span.start}..{span.end}"}
            if tool == "search_knowledge":
                given = self._search()
            try:
                self._results[tool] = self._catalog[tool].call(
                    self._tables, {**given, "as_of": self._asked.as_of}
                )
            except MissingDataError:
                self._results[tool] = None
        return self._results[tool]

    def _fact(self, tool: str, name: str) -> Fact | None:
        """A known fact of a tool about the account."""
        result = self._result(tool)
        found = result.fact(name) if result else None
        return found if found is not None and found.value not in (None, "") else None

    def _shown(self, tool: str, name: str) -> str | None:
        found = self._fact(tool, name)
        return shown(found, self._asked.language) if found else None

    # ------------------------------------------------------------------ rules

    def _said(self, rule: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Fact]]]:
        """What a rule says: an id, its words with placeholders by key, and the facts by name."""
        result = self._result(rule["tool"])
        if result is None:
            return
        if "fact" in rule:
            sources = [
                (f"{rule['id']}.{n}", {rule["fact"]: fact})
                for n, fact in enumerate(f for f in result.facts if f.name == rule["fact"])
            ]
        elif "rows" in rule:
            sources = _rows(rule["id"], result, rule["rows"], rule.get("if"))
        else:
            sources = [(rule["id"], {})]
        whole = {f.name: f for f in reversed(result.facts) if f.subject is None}
        for id_, cells in sources:
            facts = whole | cells
            text = rule[self._asked.language]
            named = {m[1]: facts.get(m[1]) for m in PLACEHOLDER.finditer(text)}
            known = {n: f for n, f in named.items() if f is not None and f.value not in (None, "")}
            if len(known) < len(named) or not ("rows" in rule or _holds(rule.get("if"), facts)):
                continue
            yield id_, _keyed(text, known), facts | known

    def _statements(self, goal: str | None) -> Iterator[Statement]:
        language = self._asked.language
        for place, rule in enumerate(self._rules["statements"]):
            supposed = rule.get("kind") == "hypothesis"
            for id_, text, facts in self._said(rule):
                named = tuple(f for f in facts.values() if f"{{{{{f.key}}}}}" in text)
                yield Statement(
                    id=f"{rule['section']}.{place:02}.{id_}",
                    section=rule["section"],
                    text=text,
                    kind="hypothesis" if supposed else "fact",
                    facts=named,
                    status="open" if supposed else None,
                    test=rule[f"test_{language}"] if supposed else None,
                    goal=goal if supposed and rule["section"] != "risk" else None,
                )

    def _actions(self, goal: str | None) -> Iterator[Action]:
        owner = self._shown("account_overview", "account.owner")
        for rule in self._rules["actions"]:
            for id_, text, facts in self._said(rule):
                due = self._due(rule, facts)
                if due is None:
                    continue
                worth = facts.get(rule.get("value", ""))
                to_whom = facts.get(rule.get("to", ""))
                yield Action(
                    id=id_,
                    what=self._filled(text, facts),
                    due=due,
                    owner=owner,
                    to_whom=str(to_whom.value) if to_whom and to_whom.value else None,
                    goal=goal,
                    value=worth.value if worth and isinstance(worth.value, Decimal) else None,
                )

    def _due(self, rule: Mapping[str, Any], facts: Mapping[str, Fact]) -> date | None:
        """The day that a rule's action is due; None where the day it is counted from is no part
        of the plan, or has passed."""
        period, today = self._asked.period, self._asked.as_of
        if "before" in rule:
            day = facts[rule["before"]].value
            if not isinstance(day, date) or not max(today, period.start) < day <= period.end:
                return None
            return max(add_months(day, -rule["months"]), min(add_months(today, 1), day))
        begins = period.start
        while add_months(begins, 3) <= today + timedelta(days=1):
            begins = add_months(begins, 3)
        return min(add_months(begins, 3 * rule["quarter"]) - timedelta(days=1), period.end)

    def _filled(self, text: str, facts: Mapping[str, Fact]) -> str:
        """The words with names, days and codes written in: what is done holds no live figure."""
        by_key = {fact.key: fact for fact in facts.values()}
        return PLACEHOLDER.sub(lambda m: shown(by_key[m[1]], self._asked.language), text)

    # ------------------------------------------------------------------ the parts

    def head(self) -> Head:
        asked = self._asked
        name = self._shown("account_overview", "account.name") or asked.account_id
        period = _period(asked.period, self._tables.settings.company.fiscal_year_start, asked)
        title: str = self._rules["titles"][asked.language]
        own = self._tables["accounts"].filter(_.account_id == asked.account_id).select("owner_id")
        owner_id = fetch(own)[0]["owner_id"]
        return Head(
            account_id=asked.account_id,
            account_name=name,
            title=title.format(name=name, period=period),
            language=asked.language,
            currency=self._tables.settings.company.currency,
            start=asked.period.start,
            end=asked.period.end,
            as_of=asked.as_of,
            owner_id=owner_id,
            owner=self._shown("account_overview", "account.owner"),
        )

    def _goals(self) -> list[Goal]:
        """The goal of the period: its target where one is set, else an amount that is asked for."""
        asked = self._asked
        target = self._fact("targets_and_gap", "targets.target")
        stage = self._fact("deepening_stage", "stage.next")
        period = _period(asked.period, self._tables.settings.company.fiscal_year_start, asked)
        return [
            Goal(
                id="sales",
                what=self._rules["goal"][asked.language].format(period=period),
                measure="net_sales",
                amount=target.value if target and isinstance(target.value, Decimal) else None,
                due=asked.period.end,
                target_stage=str(stage.value) if stage else None,  # type: ignore[arg-type]
            )
        ]

    def _people(self) -> Iterator[KeyPerson]:
        result = self._result("relationship_map")
        table = result.table if result else None
        if table is None:
            return
        for row in range(min(len(table.rows), _PEOPLE)):
            cells = {c.name: table.cell(row, c.name) for c in table.columns}
            yield KeyPerson(
                id=table.subjects[row].replace("contact:", ""),
                name=str(cells["contact.name"].value),
                contact_id=table.subjects[row].partition(":")[2],
                title=self._cell(cells, "contact.title"),
                department=self._cell(cells, "contact.department"),
                role=self._cell(cells, "contact.buying_role"),
                attitude=self._cell(cells, "contact.attitude"),
                ours=self._cell(cells, "map.counterpart"),
            )

    def _cell(self, cells: Mapping[str, Fact], name: str) -> str | None:
        fact = cells.get(name)
        if fact is None or fact.value in (None, ""):
            return None
        return shown(fact, self._asked.language)

    def _team(self) -> Iterator[TeamMember]:
        directory = Directory.of(self._tables.snapshot)
        known = {p.person_id: p for p in directory.people}
        owner = known.get(self.head().owner_id or "")
        if owner is None:
            return
        yield TeamMember(id="owner", name=owner.name, person_id=owner.person_id, role="owner")
        manager = known.get(owner.manager_id or "")
        if manager is not None:
            yield TeamMember(
                id="manager", name=manager.name, person_id=manager.person_id, role="manager"
            )

    def _kpis(self) -> Iterator[Kpi]:
        target = self._fact("targets_and_gap", "targets.target")
        for rule in self._rules["kpis"]:
            base = self._fact(rule["tool"], rule["measure"])
            if base is None:
                continue
            of_sales = rule["measure"] == "kpi.transacted" and target is not None
            yield Kpi(
                id=rule["id"],
                what=rule[self._asked.language],
                unit=base.unit,
                measure=base.name,
                baseline=base,
                target=target.value if of_sales else None,  # type: ignore[union-attr, arg-type]
                due=self._asked.period.end,
            )

    # ------------------------------------------------------------------ what others have written

    def _market(self) -> Iterator[Statement]:
        """What is known from outside about the account and its industry, the newest first."""
        tables = self._tables
        if not tables.has("market_facts", "subject", "statement"):
            return
        industry = self._fact("account_overview", "account.industry")
        account = self._fact("account_overview", "account.name")
        subjects = {str(f.value) for f in (industry, account) if f} | {self._asked.account_id}
        rows = fetch(
            tables["market_facts"]
            .filter(_.subject.isin(sorted(subjects)) & (_.observed_on <= self._asked.as_of))
            .order_by(_.observed_on.desc(), _.statement)
            .limit(_MARKET)
        )
        for n, row in enumerate(rows):
            source = str(row.get("source") or "")
            text = self._rules["market"][self._asked.language]
            yield Statement(
                id=f"industry.market.{n}",
                section="industry",
                text=text.format(source=_plain(source), text=_plain(row["statement"])),
                kind="quoted",
                quote=Quote(passage_id="", title=source, heading="", file="market_facts"),
                on=row["observed_on"],
            )

    def _search(self) -> dict[str, Any]:
        industry = self._shown("account_overview", "account.industry") or ""
        stage = self._shown("deepening_stage", "stage.next") or ""
        asked = {"ja": "戦略シナリオ 教訓 進め方", "en": "strategy lessons approach"}
        return {
            "question": f"{industry} {stage} {asked[self._asked.language]}".strip(),
            "like_account": self._asked.account_id,
            "limit": _PASSAGES,
            "per_document": 1,
        }

    def _passages(self, goal: str | None) -> Iterator[Statement]:
        """What playbooks and past plans of like accounts say, each with its source."""
        result = self._result("search_knowledge")
        table = result.table if result else None
        if table is None:
            return
        for row in range(len(table.rows)):
            cells = {c.name: table.cell(row, c.name).value for c in table.columns}
            title, heading = str(cells["passage.title"]), str(cells["passage.heading"] or "")
            text = _plain(beginning(str(cells["passage.text"])))
            yield Statement(
                id=f"scenario.99.passage.{row}",
                section="scenario",
                text=self._rules["quoted"][self._asked.language].format(
                    title=_plain(title), heading=_plain(heading), text=text
                ),
                kind="quoted",
                quote=Quote(
                    passage_id=table.subjects[row].partition(":")[2],
                    title=title,
                    heading=heading,
                    file=str(cells["passage.file"]),
                ),
                goal=goal,
            )


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


def _plain(text: str) -> str:
    """Text from data on one line; braces would be taken for the name of a fact."""
    return _SPACE.sub(" ", text).replace("{", "(").replace("}", ")").strip()


def _period(period: Period, start_month: int, asked: Asked) -> str:
    """A whole fiscal year by its name, else its days."""
    year = fiscal_year_of(period.start, start_month)
    if period == months(date(year, start_month, 1), 12):
        return f"{year}年度" if asked.language == "ja" else f"FY{year}"
    return f"{period.start:%Y-%m-%d}〜{period.end:%Y-%m-%d}"
