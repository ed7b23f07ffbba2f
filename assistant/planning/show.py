"""A plan as every kind of document shows it: plain text, every figure written in as everywhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from crm.links import defanged
from crm.settings import Language
from crm.text import visible
from plans.model import PLACEHOLDER, Action, Kpi, Plan, Section, Statement
from plans.wording import code_word
from prompts import loader
from tools.facts import Fact, Value
from tools.format import show, show_date, shown

_WORDS, _DOCUMENT = "plans/words.yaml", "plans/document.yaml"
_MARKS = re.compile(r"([\\`*_|<>\[\]#])")
_CALLS = re.compile(r"<(?=[!@#])")
"""What calls people together where a chat reads it."""
_NO_LETTERS = {ord(c): None for c in "\ufffe\uffff"}
"""What Unicode says is never a letter, and XML cannot hold."""
Row = dict[str, str]


@dataclass(frozen=True)
class Said:
    """A statement in words: `status` is that of a hypothesis, `told` the words with it.

    `quoted` says that the words are those of a document.
    """

    text: str
    status: str | None
    told: str
    quoted: bool


@dataclass(frozen=True)
class Group:
    """The statements of one section; no title where that of the part says it."""

    section: Section
    title: str | None
    statements: Sequence[Said]


@dataclass(frozen=True)
class PartTable:
    """A table of a part: `columns` are the codes of the columns, `rows` their cells in order."""

    name: str
    columns: Sequence[str]
    titles: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Part:
    """A part of the document: its statements, its table or its lines, whichever it has."""

    code: str
    number: int
    title: str
    groups: Sequence[Group]
    table: PartTable | None
    lines: Sequence[str]


def markdown(plan: Plan, language: Language) -> str:
    """The whole plan; statements stand in the language in which they were written."""
    template = loader.templates().get_template("plans/plan.md.j2")
    drafted = template.render(p=PlanView(plan, language), md=_escaped, cells=_cells)
    return re.sub(r"\n{3,}", "\n\n", drafted).strip() + "\n"


def said(statement: Statement, language: Language) -> str:
    """The words of a statement with its figures in them."""
    facts = {fact.key: fact for fact in statement.facts}
    return PLACEHOLDER.sub(lambda m: shown(facts[m[1]], language), statement.text)


class PlanView:
    """A plan for display: every text on one line and clean, unknown as a dash.

    No text is escaped; that is for the document that shows it.
    """

    def __init__(self, plan: Plan, language: Language) -> None:
        self.plan, self.language = plan, language
        self._words: dict[str, dict[str, str]] = loader.data(_WORDS)
        self._document: dict[str, Any] = loader.data(_DOCUMENT)
        head = plan.head
        self.title, self.owner = _line(head.title), _line(head.owner or "")
        self.account = _line(head.account_name)
        self.start, self.end, self.as_of = map(self._day, (head.start, head.end, head.as_of))
        self.purpose = _line(head.purpose or "")

    @property
    def nothing(self) -> str:
        """What stands where a part is still empty."""
        return self._word("nothing")

    @property
    def byline(self) -> str:
        """Whose plan it is, for which period, with the figures of which day."""
        named = self.owner or self._document["unowned"][self.language]
        form: str = self._document["byline"][self.language]
        return form.format(owner=named, start=self.start, end=self.end, as_of=self.as_of)

    @property
    def purpose_title(self) -> str:
        title: str = self._document["purpose"][self.language]
        return title

    @property
    def parts(self) -> list[Part]:
        """The parts of the document, numbered in their order."""
        named = self._document["parts"].items()
        found = [self._part(number, code, of) for number, (code, of) in enumerate(named, 1)]
        return [p for p in found if p.lines or not self._document["parts"][p.code].get("optional")]

    def statements(self, section: Section) -> list[Said]:
        """What is said in a section; the kind of each that is no fact is told."""
        return [self._said(statement) for statement in self.plan.section(section)]

    def table(self, name: str) -> PartTable:
        """A table of the document: people, goals, actions, team, kpis, calendar or hypotheses."""
        columns: dict[str, dict[str, str]] = self._document["tables"][name]
        rows: list[Row] = getattr(self, name)
        return PartTable(
            name=name,
            columns=list(columns),
            titles=[title[self.language] for title in columns.values()],
            rows=[[row[code] for code in columns] for row in rows],
        )

    @property
    def hypotheses(self) -> list[Row]:
        """What is still to be tested, with how."""
        return [
            {
                "text": _line(said(statement, self.language)),
                "status": self._code("status", statement.status),
                "test": _line(statement.test or "—"),
            }
            for statement in self.plan.statements
            if statement.status is not None and statement.section != "risk"
        ]

    @property
    def people(self) -> list[Row]:
        return [
            {
                "name": _line(one.name),
                "title": _line(self._joined(one.title, one.department)),
                "role": _line(one.role or "—"),
                "attitude": _line(one.attitude or "—"),
                "ours": _line(one.ours or "—"),
            }
            for one in self.plan.people
        ]

    @property
    def goals(self) -> list[Row]:
        return [
            {
                "what": _line(one.what),
                "amount": self._money(one.amount),
                "due": self._day(one.due),
                "stage": one.target_stage or "—",
            }
            for one in self.plan.goals
        ]

    @property
    def actions(self) -> list[Row]:
        return [
            {
                "due": self._day(one.due),
                "what": _line(one.what),
                "to_whom": _line(one.to_whom or "—"),
                "owner": _line(one.owner or "—"),
                "their_owner": _line(one.their_owner or "—"),
                "value": self._money(one.value),
                "state": self._state(one),
            }
            for one in self.plan.actions
        ]

    @property
    def team(self) -> list[Row]:
        return [
            {
                "name": _line(one.name),
                "role": self._code("role", one.role),
                "duty": _line(one.duty or "—"),
            }
            for one in self.plan.team
        ]

    @property
    def kpis(self) -> list[Row]:
        return [
            {
                "what": _line(one.what),
                "baseline": self._baseline(one),
                "target": self._value(one.target, one.unit),
                "due": self._day(one.due),
            }
            for one in self.plan.kpis
        ]

    @property
    def calendar(self) -> list[Row]:
        return [
            {
                "what": _line(one.what),
                "every": self._code("every", one.every),
                "first": self._day(one.first),
            }
            for one in sorted(self.plan.calendar, key=lambda one: one.first)
        ]

    @property
    def sources(self) -> list[str]:
        """The documents quoted, and the data that the figures come from, each once."""
        quotes = [s.quote for s in self.plan.statements if s.quote is not None]
        found = [
            _line(self._joined(q.title, q.heading, q.file if q.passage_id else None))
            for q in quotes
        ]
        facts: list[Fact] = [f for s in self.plan.statements for f in s.facts]
        data = sorted({(f.basis.as_of, f.basis.snapshot) for f in facts})
        source = self._word("source")
        found += [source.format(day=self._day(day), snapshot=snapshot) for day, snapshot in data]
        return list(dict.fromkeys(map(_line, found)))

    def _part(self, number: int, code: str, of: dict[str, Any]) -> Part:
        sections: list[Section] = of.get("statements", [])
        headings = self._document["headings"]
        return Part(
            code=code,
            number=number,
            title=of[self.language],
            groups=[
                Group(s, headings[s][self.language] if s in headings else None, self.statements(s))
                for s in sections
            ],
            table=self.table(of["table"]) if "table" in of else None,
            lines=getattr(self, of["list"]) if "list" in of else [],
        )

    def _said(self, statement: Statement) -> Said:
        words = _line(said(statement, self.language))
        if statement.status is None:
            return Said(words, None, words, quoted=statement.kind == "quoted")
        status = self._code("status", statement.status)
        told = self._word("supposed").format(text=words, status=status)
        return Said(words, status, told, quoted=False)

    def _state(self, action: Action) -> str:
        progress = self.plan.followed_up(action)
        if progress.done_on is not None:
            return self._word("done").format(day=self._day(progress.done_on))
        return self._word("dropped" if progress.dropped else "planned")

    def _baseline(self, kpi: Kpi) -> str:
        if kpi.baseline is not None:
            return shown(kpi.baseline, self.language)
        return self._value(kpi.baseline_value, kpi.unit)

    def _money(self, amount: Decimal | None) -> str:
        return self._value(amount, self.plan.head.currency)

    def _value(self, value: Value, unit: str) -> str:
        return "—" if value is None else show(value, unit, self.language)

    def _day(self, day: date | None) -> str:
        return "—" if day is None else show_date(day, self.language)

    def _joined(self, *parts: str | None) -> str:
        return ("、" if self.language == "ja" else ", ").join(p for p in parts if p) or "—"

    def _code(self, kind: str, code: str) -> str:
        return code_word(kind, code, self.language)

    def _word(self, code: str) -> str:
        return self._words[code][self.language]


def _line(text: str) -> str:
    """Text of data or of people on one line, of letters that can be seen, with no address in it."""
    return " ".join(_CALLS.sub("‹", defanged(visible(text))).translate(_NO_LETTERS).split())


def _escaped(text: str) -> str:
    """The text with nothing that would act as Markdown."""
    return _MARKS.sub(r"\\\1", text)


def _cells(row: Sequence[str]) -> str:
    return " | ".join(map(_escaped, row))
