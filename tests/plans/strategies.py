"""Plans at random: some fields set, some not, links that lead nowhere among them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from plans.model import (
    SECTIONS,
    Action,
    Appointment,
    Goal,
    KeyPerson,
    Kpi,
    Plan,
    Progress,
    Statement,
    TeamMember,
)
from tests.plans.complete import DAY, DEPARTMENTS, fact, guessed, head, quoted

GOALS = st.sampled_from([None, "g0", "g1", "g2", "nowhere"])
DAYS = st.sampled_from([None, DAY, date(2027, 2, 28)])
NAMES = st.sampled_from([None, "川口 大輔"])
AMOUNTS = st.sampled_from([None, Decimal(0), Decimal(100)])


@st.composite
def statements(draw: Any) -> tuple[Statement, ...]:
    found = []
    for number in range(draw(st.integers(0, 8))):
        section, goal = draw(st.sampled_from(SECTIONS)), draw(GOALS)
        if draw(st.booleans()):
            found.append(quoted(f"s{number}", section, goal=goal))
        else:
            status = draw(st.sampled_from(["open", "confirmed", "rejected"]))
            test = draw(st.sampled_from([None, "訪問で聞く。"]))
            found.append(guessed(f"s{number}", section, goal=goal, status=status, test=test))
    return tuple(found)


@st.composite
def goals(draw: Any) -> tuple[Goal, ...]:
    measures = st.sampled_from(["orders_won", "net_sales", "operating_profit", "other"])
    return tuple(
        Goal(id=f"g{n}", what=f"目標{n}", measure=draw(measures), amount=draw(AMOUNTS),
             due=draw(DAYS))
        for n in range(draw(st.integers(0, 3)))
    )  # fmt: skip


@st.composite
def actions(draw: Any) -> tuple[Action, ...]:
    return tuple(
        Action(id=f"a{n}", what=f"行動{n}", due=draw(DAYS), to_whom=draw(NAMES), owner=draw(NAMES),
               their_owner=draw(NAMES), goal=draw(GOALS), mutual=draw(st.booleans()),
               department=draw(st.sampled_from([None, DEPARTMENTS[0], "営業部 "])))
        for n in range(draw(st.integers(0, 4)))
    )  # fmt: skip


@st.composite
def kpis(draw: Any) -> tuple[Kpi, ...]:
    facts = st.sampled_from([None, fact(), fact(value=None)])
    measures = st.sampled_from([None, "sales.net_sales"])
    return tuple(
        Kpi(id=f"k{n}", what=f"指標{n}", unit="JPY", measure=draw(measures), baseline=draw(facts),
            baseline_value=draw(AMOUNTS), target=draw(AMOUNTS))
        for n in range(draw(st.integers(0, 3)))
    )  # fmt: skip


@st.composite
def plans(draw: Any) -> Plan:
    """A plan of a few items of every kind."""
    roles = st.sampled_from([None, "champion", "decision_maker", "決裁者", "推進者・決裁者"])
    team = st.sampled_from(["owner", "sales", "executive_sponsor"])
    levels = st.sampled_from(["manager", "executive"])
    done = actions()
    found = draw(done)
    agreed = draw(st.lists(st.sampled_from(DEPARTMENTS[:2]), max_size=2))
    return Plan(
        head=head(purpose=draw(st.sampled_from([None, "伸ばす。"])), agreed=tuple(agreed)),
        statements=draw(statements()),
        people=tuple(
            KeyPerson(id=f"p{n}", name="高橋 誠", role=draw(roles))
            for n in range(draw(st.integers(0, 2)))
        ),
        goals=draw(goals()),
        actions=found,
        team=tuple(
            TeamMember(id=f"t{n}", name="稲垣 真一", role=draw(team))
            for n in range(draw(st.integers(0, 2)))
        ),
        kpis=draw(kpis()),
        calendar=tuple(
            Appointment(id=f"c{n}", what="定例", level=draw(levels), every="month", first=DAY)
            for n in range(draw(st.integers(0, 2)))
        ),
        progress=tuple(
            Progress(id=action.id, dropped=True) for action in found if draw(st.integers(0, 3)) == 0
        ),
    )
