"""Conversation cases are run against any model, and every turn is held against what it expects."""

from __future__ import annotations

import statistics
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from assistant.answer import Answer, Done
from assistant.expected_plan import Expected
from assistant.service import Assistant
from crm.errors import InputError, TagayasuError
from crm.periods import parse_period
from crm.scope import OPERATOR, Principal
from crm.settings import Language

_FREE = {"question", "passage_id"}
"""Arguments that are compared only where a case gives them."""
NO_PLAN = "none"
"""The `plan` of a case that begins without one."""


class ExpectedTurn(BaseModel):
    """What is said, and what must follow: calls in order (or one of several lists), and words.

    Without `calls` and `or` no call is looked at.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    say: str
    calls: list[dict[str, dict[str, Any]]] | None = None
    any_of: list[list[dict[str, dict[str, Any]]]] | None = Field(default=None, alias="or")
    says: list[str] = []
    lacks: list[str] = []
    language: Language | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> ExpectedTurn:
        if self.calls is not None and self.any_of is not None:
            raise ValueError("give either `calls` or `or`")
        return self

    def accepted(self) -> list[list[tuple[str, dict[str, Any]]]] | None:
        """The lists of calls that are right; None where any is."""
        lists = self.any_of if self.any_of is not None else None
        if lists is None:
            lists = None if self.calls is None else [self.calls]
        if lists is None:
            return None
        return [[pair for call in calls for pair in call.items()] for calls in lists]


class Case(BaseModel):
    """A conversation: its turns in order, in one thread, as one person.

    One about a plan has a `plan`: the account whose plan is drafted before the first turn, or
    `none`; and `then`, what has changed in it after the last one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    case: str
    language: Language
    user: str | None = None
    turns: list[ExpectedTurn] = Field(min_length=1)
    plan: str | None = None
    then: list[Expected] = []

    @model_validator(mode="after")
    def _about_a_plan(self) -> Case:
        if (self.plan is None) != ("then" not in self.model_fields_set):
            raise ValueError("`plan` and `then` go together")
        drafted = any(entry.drafted for entry in self.then)
        if drafted != (self.plan == NO_PLAN and bool(self.then)):
            raise ValueError("`then` names what is `drafted` where a case begins without a plan")
        return self


@dataclass(frozen=True)
class TurnResult:
    """How a turn went; `faults` say what was not as expected, none where all was.

    `plan_right` is known of the last turn of a conversation about a plan, else None.
    """

    case: str
    turn: int
    language: Language
    said: str
    tools_right: bool
    calls_right: bool
    wrong_account: bool
    faults: tuple[str, ...]
    cut: bool
    seconds: float
    tokens: int | None
    plan_right: bool | None = None


@dataclass
class Report:
    """The results of all turns."""

    turns: list[TurnResult] = field(default_factory=list)

    def of(self, language: Language) -> Report:
        return Report([turn for turn in self.turns if turn.language == language])

    def share(self, what: str) -> float | None:
        """The share of turns with right tools, calls or everything, or of right `plans`.

        None where there are none.
        """
        held = {
            "tools": [t.tools_right for t in self.turns],
            "calls": [t.calls_right for t in self.turns],
            "all": [not t.faults for t in self.turns],
            "plans": [t.plan_right for t in self.turns if t.plan_right is not None],
        }[what]
        return sum(held) / len(held) if held else None

    @property
    def median_seconds(self) -> float | None:
        return statistics.median(t.seconds for t in self.turns) if self.turns else None


def load_cases(path: Path) -> list[Case]:
    """The cases of a file, or of all YAML files of a folder. Raises InputError naming the place."""
    files = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
    if not files or not all(file.is_file() for file in files):
        raise InputError(f"{path} holds no cases.", "Give a YAML file or a folder of them.")
    cases: list[Case] = []
    for file in files:
        try:
            declared = yaml.safe_load(file.read_text(encoding="utf-8")) or []
            cases += [Case.model_validate(one) for one in declared]
        except (yaml.YAMLError, ValidationError, TypeError) as error:
            raise InputError(
                f"{file}: a case does not fit ({_first(error)}).", "See its README."
            ) from (None)
    names = [case.case for case in cases]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"Two cases are called `{twice}`.", "Give each a name of its own.")
    return cases


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error).splitlines()[0]


async def evaluate(
    assistant: Assistant, cases: Iterable[Case], as_of: date
) -> AsyncIterator[TurnResult]:
    """Every turn of every case that is about no plan: see assistant.plan_evaluation for those."""
    for case in cases:
        if case.plan is None:
            async for turn in converse(assistant, case, as_of):
                yield turn


async def converse(assistant: Assistant, case: Case, as_of: date) -> AsyncIterator[TurnResult]:
    """The turns of a case, asked in order in one thread."""
    principal = asking(assistant, case)
    thread: str | None = None
    for number, expected in enumerate(case.turns, 1):
        begun = time.perf_counter()
        answer = await _asked(assistant, principal, thread, expected.say, as_of)
        took = time.perf_counter() - begun
        thread = answer.thread if isinstance(answer, Answer) else thread
        yield _judged(assistant, case, number, expected, answer, took, as_of)


def asking(assistant: Assistant, case: Case) -> Principal:
    """Who speaks in a case."""
    return assistant.directory().by_email(case.user) if case.user else OPERATOR


async def _asked(
    assistant: Assistant, principal: Principal, thread: str | None, text: str, as_of: date
) -> Answer | str:
    try:
        async for event in assistant.ask(principal, thread, text, as_of=as_of):
            if isinstance(event, Done):
                return event.answer
    except TagayasuError as error:
        return str(error)
    return "no answer"


def _judged(
    assistant: Assistant,
    case: Case,
    number: int,
    expected: ExpectedTurn,
    answer: Answer | str,
    took: float,
    as_of: date,
) -> TurnResult:
    language = expected.language or case.language
    if isinstance(answer, str):
        return TurnResult(case.case, number, language, expected.say, False, False, False,
                          (f"no answer: {answer}",), False, took, None)  # fmt: skip
    start = assistant.settings.company.fiscal_year_start
    usual = {
        tool.name: {name: info.default for name, info in tool.arguments.model_fields.items()}
        for tool in assistant.catalog
    }
    given = [(call.name, call.arguments) for call in answer.tool_calls]
    accepted = expected.accepted()
    tools_right = accepted is None or any(
        [name for name, _a in calls] == [name for name, _a in given] for calls in accepted
    )
    calls_right = accepted is None or any(
        len(calls) == len(given)
        and all(
            same_call(one, other, as_of, start, usual)
            for one, other in zip(calls, given, strict=True)
        )
        for calls in accepted
    )
    faults = [] if calls_right else [f"called {_written(given)}"]
    faults += [f"does not say “{word}”" for word in expected.says if word not in answer.text]
    faults += [f"says “{word}”" for word in expected.lacks if word in answer.text]
    if answer.language != language:
        faults.append(f"answers in {answer.language}")
    faults += [f"notice: {notice}" for notice in answer.notices]
    wrong = accepted is not None and _accounts(given) - _accounts_of(accepted) != set()
    return TurnResult(case.case, number, language, expected.say, tools_right, calls_right, wrong,
                      tuple(faults), bool(answer.notices), took, answer.tokens)  # fmt: skip


def same_call(
    expected: tuple[str, dict[str, Any]],
    given: tuple[str, dict[str, Any]],
    as_of: date,
    start: int,
    defaults: Mapping[str, Mapping[str, Any]],
) -> bool:
    """Whether a call is the one expected: the same tool with the same arguments and no others.

    `defaults` are the usual arguments of each tool, which count as not given.
    """
    if expected[0] != given[0]:
        return False
    usual = defaults.get(expected[0], {})
    one = {n: v for n, v in expected[1].items() if str(v) != str(usual.get(n))}
    other = dict(given[1])
    for name in _FREE - one.keys():
        other.pop(name, None)
    return one.keys() == other.keys() and all(
        _value(name, one[name], as_of, start) == _value(name, other[name], as_of, start)
        for name in one
    )


def _value(name: str, value: Any, as_of: date, start: int) -> Any:
    """A value as it is compared: a period by its days, a condition without its spaces."""
    if name == "period":
        return parse_period(str(value), as_of, start)
    return "".join(str(value).split()).casefold()


def _accounts(calls: Sequence[tuple[str, dict[str, Any]]]) -> set[str]:
    return {str(arguments["account_id"]) for _name, arguments in calls if "account_id" in arguments}


def _accounts_of(accepted: Sequence[Sequence[tuple[str, dict[str, Any]]]]) -> set[str]:
    return {account for calls in accepted for account in _accounts(calls)}


def _written(calls: Sequence[tuple[str, dict[str, Any]]]) -> str:
    if not calls:
        return "nothing"
    return "; ".join(
        name + (f" {', '.join(f'{k}={v}' for k, v in given.items())}" if given else "")
        for name, given in calls
    )
