"""A conversation about a plan is right only when exactly what it should has changed."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator, Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assistant.answer import Answer, Done, Event
from assistant.bootstrap import Workspace
from assistant.desk import Desk
from assistant.evaluation import Case, Report, load_cases
from assistant.expected_plan import Conversed, Expected, plan_faults, same
from assistant.plan_evaluation import rehearsal, rehearse
from assistant.service import Assistant
from crm.errors import InputError
from crm.scope import Principal
from crm.settings import Language
from plans.model import Action, Goal, Head, Plan, Progress, Statement
from tests.companies import SAMPLE, SAMPLE_DAY
from tests.fakes import copy_of

SHIPPED = SAMPLE / "conversations" / "plans"
SPEAKER = "高瀬 美咲"

BEFORE = Plan(
    head=Head(
        account_id="A010",
        account_name="株式会社北斗精密",
        title="プラン",
        language="ja",
        currency="JPY",
        start=date(2026, 4, 1),
        end=date(2027, 3, 31),
        as_of=SAMPLE_DAY,
    ),
    goals=(Goal(id="g", what="売上", measure="net_sales", amount=Decimal(86300000)),),
    actions=(
        Action(id="a", what="更新案を提示する", due=date(2026, 11, 28)),
        Action(id="b", what="決裁者と面談する", due=date(2026, 12, 31)),
    ),
    statements=(
        Statement(id="p", section="price", text="条件を見直す", kind="hypothesis", status="open"),
    ),
)


def _goal(amount: int) -> Plan:
    goal = BEFORE.goals[0].model_copy(update={"amount": Decimal(amount)})
    return BEFORE.with_items("goals", [goal])


def _visit(**given: Any) -> Plan:
    action = Action.model_validate({"id": "n", "what": "役員訪問", "due": "2027-04-30", **given})
    return BEFORE.with_items("actions", [action])


def _confirmed(**given: Any) -> Plan:
    said = {"by": SPEAKER, "on": SAMPLE_DAY, **given}
    statement = BEFORE.statements[0].model_copy(update={"status": "confirmed", **said})
    return BEFORE.with_items("statements", [statement])


def _progress(**given: Any) -> Plan:
    return BEFORE.with_items("progress", [Progress(id="b", **given)])


def _faults(then: list[dict[str, Any]], after: Plan) -> tuple[str, ...]:
    seen = Conversed(BEFORE, after, SPEAKER, SAMPLE_DAY, "ja")
    return plan_faults([Expected.model_validate(one) for one in then], seen)


RAISED = {"set": "goals[0].amount", "to": 120000000}
VISIT = {"add": "actions", "what": ["役員 訪問", "訪問"], "due": date(2027, 4, 30)}
CONFIRMED = {"set": "price[0].status", "to": "confirmed"}
DROPPED = {"set": "progress[actions[面談]].dropped", "to": True}


@pytest.mark.parametrize(
    ("then", "after", "right"),
    [
        ([], BEFORE, True),
        ([], _goal(120000000), False),
        ([RAISED], _goal(120000000), True),
        ([RAISED], _goal(12000000), False),
        ([RAISED], BEFORE, False),
        ([RAISED], _visit(), False),
        ([VISIT], _visit(), True),
        ([VISIT], _visit(goal="g"), True),  # the plan's only goal
        ([VISIT], _visit(owner=SPEAKER), False),  # nobody was named
        ([VISIT | {"owner": "高瀬美咲"}], _visit(owner=SPEAKER), True),
        ([VISIT | {"owner": SPEAKER}], _visit(), False),
        ([VISIT], _visit(due="2027-04-01"), False),
        ([VISIT], _visit(what="役員面談"), False),
        ([VISIT, VISIT], _visit(), False),
        ([{"remove": "actions[1]"}], BEFORE.without("actions", "b"), True),
        ([{"remove": "actions[0]"}], BEFORE.without("actions", "b"), False),
        ([DROPPED], _progress(dropped=True, by=SPEAKER, on=SAMPLE_DAY), True),
        ([DROPPED], _progress(dropped=True), True),
        ([DROPPED], _progress(dropped=True, note="中止"), False),
        ([DROPPED], _progress(dropped=True, by="大野 恵"), False),
        ([CONFIRMED], _confirmed(), True),
        ([CONFIRMED], _confirmed(by=None), False),  # by whom, is part of a confirmation
        ([CONFIRMED], _confirmed(on=date(2026, 9, 1)), False),
        ([{"or": [{"remove": "actions[1]"}, DROPPED]}], _progress(dropped=True), True),
        ([{"or": [{"remove": "actions[1]"}, [DROPPED, RAISED]]}], _goal(120000000), False),
        ([{"set": "actions[2].due", "to": None}], BEFORE, False),  # there is no third one
    ],
)
def test_the_plan_is_compared_exactly(then: list[dict[str, Any]], after: Plan, right: bool) -> None:
    faults = _faults(then, after)
    assert (not faults) is right, faults


def test_a_risk_that_is_added_is_an_open_hypothesis() -> None:
    risk = {"add": "risk", "text": "予算が凍結される。", "test": "12月に確認する"}
    made = Statement(id="r", section="risk", text="予算が凍結される", kind="hypothesis",
                     status="open", test="12月に確認する", by=SPEAKER, on=SAMPLE_DAY)  # fmt: skip
    assert not _faults([risk], BEFORE.with_items("statements", [made]))
    threat = made.model_copy(update={"section": "threat"})
    assert _faults([risk], BEFORE.with_items("statements", [threat]))


def test_a_fault_says_what_is_missing_and_what_is_too_much() -> None:
    lacks, also = _faults([VISIT], _goal(120000000))
    assert lacks.startswith("the plan lacks add: actions")
    assert "8,630万円" in also
    assert "1億2,000万円" in also


@pytest.mark.parametrize(
    ("expected", "actual", "is_same"),
    [
        (["品質保証部", "営業部"], ["営業部", "品質保証部"], True),
        (["営業部"], ["営業部", "品質保証部"], False),
        ("営業部", ["営業部"], True),
        ([["a"], ["b"]], ["b"], True),
        (120000000, "120000000", True),
        (6, "six", False),
        (True, False, False),
        (None, None, True),
        (None, "x", False),
        (["x", None], None, True),
        ("ＱＢＲ を開く。", "QBRを開く", True),
    ],
)
def test_values_are_compared_as_people_read_them(expected: Any, actual: Any, is_same: bool) -> None:
    assert same(expected, actual) is is_same


@pytest.mark.parametrize(
    "text",
    [
        "{plan: A010}",
        "{then: []}",
        "{plan: none, then: [{set: head.purpose, to: x}]}",
        "{plan: A010, then: [{drafted: A010}]}",
        "{plan: A010, then: [{set: head.purpose}]}",
        "{plan: A010, then: [{set: head.purpose, to: x, remove: 'actions[0]'}]}",
        "{plan: A010, then: [{add: actions, due: 2027-04-30}]}",
        "{plan: A010, then: [{add: actions, what: x, when: 2027-04-30}]}",
        "{plan: A010, then: [{add: plots, what: x}]}",
    ],
)
def test_a_case_that_expects_nothing_clear_is_refused(tmp_path: Path, text: str) -> None:
    case = "{case: a, language: ja, turns: [{say: x}], " + text[1:]
    (tmp_path / "a.yaml").write_text(f"- {case}", encoding="utf-8")
    with pytest.raises(InputError, match="a case does not fit"):
        load_cases(tmp_path)


def test_the_shipped_conversations_are_many_in_both_languages_and_by_many_people() -> None:
    cases = load_cases(SHIPPED)
    for language in ("ja", "en"):
        spoken = [case for case in cases if case.language == language]
        assert len(spoken) >= 24
        assert len({case.user for case in spoken}) >= 5
        assert all(case.plan is not None for case in spoken)


class _Scripted(Assistant):
    """No conversation: at every message it does what a test tells it."""

    def __init__(self, copy: Workspace, act: Callable[[Principal, str], None]) -> None:
        Desk.__init__(self, copy._desk_parts)
        self._act = act

    async def ask(
        self,
        principal: Principal,
        thread: str | None,
        text: str,
        *,
        as_of: date | None = None,  # noqa: ARG002
        language: Language | None = None,
    ) -> AsyncGenerator[Event, None]:
        self._act(principal, text)
        parts: dict[str, Any] = dict.fromkeys(
            ("blocks", "facts", "citations", "tool_calls", "notices"), ()
        )
        answer = Answer(
            text=text, language=language or "ja", model="script", thread=thread or "t", **parts
        )
        yield Done(answer=answer)


async def test_a_conversation_is_held_against_the_plan_it_leaves_and_leaves_none_behind(
    sample_workspace: Path, tmp_path: Path
) -> None:
    def case(name: str, plan: str, then: list[dict[str, Any]]) -> Case:
        turns = [{"say": "目標1.2億で"}, {"say": "はい"}]
        return Case.model_validate(
            {"case": name, "language": "ja", "user": "takase@inaho.example", "turns": turns}
            | {"plan": plan, "then": then}
        )

    cases = [
        case("right", "A010", [RAISED]),
        case("wrong", "A010", []),
        case("moved", "A010", [RAISED, {"state": "in_review"}]),
        case("drafted", "none", [{"drafted": "A010"}]),
        case("nothing", "none", []),
        case("another", "none", [{"drafted": "A019"}]),
    ]
    workspace = copy_of(sample_workspace, tmp_path)
    with rehearsal(workspace) as copy:

        def act(who: Principal, text: str) -> None:
            plans = copy.planner.all(who)
            if text != "はい":
                return
            if not plans:
                copy.planner.draft(who, "A010", as_of=SAMPLE_DAY)
                return
            stored = copy.planner.get(who, plans[0].plan_id)
            goal = stored.plan.goals[0].model_copy(update={"amount": Decimal(120000000)})
            copy.planner.save(who, stored, stored.plan.with_items("goals", [goal]), "said")

        scripted = _Scripted(copy, act)
        turns = [turn async for turn in rehearse(copy, scripted, cases, SAMPLE_DAY)]
    assert [turn.plan_right for turn in turns[::2]] == [None] * len(cases)
    assert [turn.plan_right for turn in turns[1::2]] == [True, False, False, True, False, False]
    assert [bool(turn.faults) for turn in turns[1::2]] == [False, True, True, False, True, True]
    assert Report(turns).share("plans") == pytest.approx(2 / 6)
    assert workspace.planner.all(Principal("", "", frozenset({"admin"}))) == []


@pytest.mark.slow
@pytest.mark.parametrize("language", ["ja", "en"])
async def test_nine_of_ten_shipped_conversations_leave_the_plan_they_should(
    sample_workspace: Path, tmp_path: Path, language: Language
) -> None:
    cases = [case for case in load_cases(SHIPPED) if case.language == language]
    copied = shutil.copytree(sample_workspace, tmp_path / "workspace")
    workspace = Workspace(copied, model="builtin")
    with rehearsal(workspace) as copy:
        async with copy.assistant() as assistant:
            report = Report([turn async for turn in rehearse(copy, assistant, cases, SAMPLE_DAY)])
    share = report.share("plans")
    assert share is not None
    assert share >= 0.9, [(turn.case, turn.faults) for turn in report.turns if turn.faults]
    assert not any(turn.wrong_account for turn in report.turns)
