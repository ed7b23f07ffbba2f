"""A plan as a document in Markdown: every figure written in as everywhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from crm.settings import Language
from plans.model import PLACEHOLDER, Action, Kpi, Plan, Section, Statement
from plans.wording import code_word
from prompts import loader
from tools.facts import Fact, Value
from tools.format import show, show_date, shown

_WORDS = "plans/words.yaml"
_MARKS = re.compile(r"([\\`*_|<>\[\]#])")


def markdown(plan: Plan, language: Language) -> str:
    """The whole plan; statements stand in the language in which they were written."""
    template = loader.templates().get_template(f"plans/plan.{language}.md.j2")
    drafted = template.render(p=PlanView(plan, language))
    return re.sub(r"\n{3,}", "\n\n", drafted).strip() + "\n"


def said(statement: Statement, language: Language) -> str:
    """The words of a statement with its figures in them."""
    facts = {fact.key: fact for fact in statement.facts}
    return PLACEHOLDER.sub(lambda m: shown(facts[m[1]], language), statement.text)


class PlanView:
    """A plan, as a template sees it: all text for display, unknown as a dash."""

    def __init__(self, plan: Plan, language: Language) -> None:
        self._plan, self._language = plan, language
        self._words: dict[str, dict[str, str]] = loader.data(_WORDS)
        head = plan.head
        self.title, self.owner = _safe(head.title), _safe(head.owner or "")
        self.start, self.end, self.as_of = map(self._day, (head.start, head.end, head.as_of))
        self.purpose = _safe(head.purpose or "")

    @property
    def nothing(self) -> str:
        """What stands where a part is still empty."""
        return self._word("nothing")

    def lines(self, section: Section) -> str:
        """The statements of a section as a list; the kind of each that is no fact is told."""
        lines = [f"- {self._said(s)}" for s in self._plan.section(section)]
        return "\n".join(lines) if lines else self.nothing

    @property
    def hypotheses(self) -> Iterable[dict[str, str]]:
        """What is still to be tested, with how."""
        for statement in self._plan.statements:
            if statement.status is not None and statement.section != "risk":
                yield {
                    "text": _safe(said(statement, self._language)),
                    "status": self._code("status", statement.status),
                    "test": _safe(statement.test or "—"),
                }

    @property
    def people(self) -> list[dict[str, str]]:
        return [
            {
                "name": _safe(one.name),
                "title": _safe(self._joined(one.title, one.department)),
                "role": _safe(one.role or "—"),
                "attitude": _safe(one.attitude or "—"),
                "ours": _safe(one.ours or "—"),
            }
            for one in self._plan.people
        ]

    @property
    def goals(self) -> list[dict[str, str]]:
        return [
            {
                "what": _safe(one.what),
                "amount": self._money(one.amount),
                "due": self._day(one.due),
                "stage": one.target_stage or "—",
            }
            for one in self._plan.goals
        ]

    @property
    def actions(self) -> list[dict[str, str]]:
        return [
            {
                "due": self._day(one.due),
                "what": _safe(one.what),
                "to_whom": _safe(one.to_whom or "—"),
                "owner": _safe(one.owner or "—"),
                "their_owner": _safe(one.their_owner or "—"),
                "value": self._money(one.value),
                "state": self._state(one),
            }
            for one in self._plan.actions
        ]

    @property
    def team(self) -> list[dict[str, str]]:
        return [
            {
                "name": _safe(one.name),
                "role": self._code("role", one.role),
                "duty": _safe(one.duty or "—"),
            }
            for one in self._plan.team
        ]

    @property
    def kpis(self) -> list[dict[str, str]]:
        return [
            {
                "what": _safe(one.what),
                "baseline": self._baseline(one),
                "target": self._value(one.target, one.unit),
                "due": self._day(one.due),
            }
            for one in self._plan.kpis
        ]

    @property
    def calendar(self) -> list[dict[str, str]]:
        return [
            {
                "what": _safe(one.what),
                "every": self._code("every", one.every),
                "first": self._day(one.first),
            }
            for one in sorted(self._plan.calendar, key=lambda one: one.first)
        ]

    @property
    def sources(self) -> list[str]:
        """The documents quoted, and the data that the figures come from, each once."""
        quotes = [s.quote for s in self._plan.statements if s.quote is not None]
        found = [_safe(self._joined(q.title, q.heading, q.file)) for q in quotes]
        facts: list[Fact] = [f for s in self._plan.statements for f in s.facts]
        data = sorted({(f.basis.as_of, f.basis.snapshot) for f in facts})
        source = self._word("source")
        found += [source.format(day=self._day(day), snapshot=snapshot) for day, snapshot in data]
        return list(dict.fromkeys(found))

    def _said(self, statement: Statement) -> str:
        words = _safe(said(statement, self._language))
        if statement.status is None:
            return words
        return self._word("supposed").format(
            text=words, status=self._code("status", statement.status)
        )

    def _state(self, action: Action) -> str:
        progress = self._plan.followed_up(action)
        if progress.done_on is not None:
            return self._word("done").format(day=self._day(progress.done_on))
        return self._word("dropped" if progress.dropped else "planned")

    def _baseline(self, kpi: Kpi) -> str:
        if kpi.baseline is not None:
            return shown(kpi.baseline, self._language)
        return self._value(kpi.baseline_value, kpi.unit)

    def _money(self, amount: Decimal | None) -> str:
        return self._value(amount, self._plan.head.currency)

    def _value(self, value: Value, unit: str) -> str:
        return "—" if value is None else show(value, unit, self._language)

    def _day(self, day: date | None) -> str:
        return "—" if day is None else show_date(day, self._language)

    def _joined(self, *parts: str | None) -> str:
        return ("、" if self._language == "ja" else ", ").join(p for p in parts if p) or "—"

    def _code(self, kind: str, code: str) -> str:
        return code_word(kind, code, self._language)

    def _word(self, code: str) -> str:
        return self._words[code][self._language]


def _safe(text: str) -> str:
    """Text of data or of people on one line, with nothing that would act as markup."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))
