"""A complete plan, the empty one, and the item that fills a gap: what the tests of checks share."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from plans.checks import Gap
from plans.model import (
    FIVE_P,
    SWOT,
    Action,
    Appointment,
    Goal,
    Head,
    Item,
    KeyPerson,
    Kpi,
    Plan,
    Quote,
    Section,
    Statement,
    TeamMember,
)
from tools.facts import Basis, Fact, Text

DAY = date(2026, 9, 30)
DUE = date(2027, 3, 31)
DEPARTMENTS = ("営業部", "サービス部", "マーケティング部")


def fact(name: str = "sales.net_sales", value: Any = Decimal(120)) -> Fact:
    basis = Basis(tool="t", arguments={}, as_of=DAY, rows=1, formula=name, snapshot="0" * 12)
    label = Text(ja="正味売上", en="Net sales")
    return Fact(name=name, label=label, value=value, unit="JPY", basis=basis)


def head(**more: Any) -> Head:
    given: dict[str, Any] = {
        "account_id": "A010", "account_name": "株式会社北斗精密", "title": "2026年度下期",
        "language": "ja", "currency": "JPY", "start": date(2026, 10, 1), "end": DUE, "as_of": DAY,
    }  # fmt: skip
    return Head(**(given | more))


def quoted(id_: str, section: Section, **more: Any) -> Statement:
    quote = Quote(passage_id="p1", title="市場調査", heading="動向", file="market.md")
    return Statement(id=id_, section=section, text="市場は伸びている。", kind="quoted", quote=quote,
                     **more)  # fmt: skip


def guessed(id_: str, section: Section, **more: Any) -> Statement:
    given = {"text": "増設を検討している。", "kind": "hypothesis", "status": "open"} | more
    return Statement(id=id_, section=section, **given)


EMPTY = Plan(head=head())


def complete() -> Plan:
    """A plan that passes every check in full."""
    analysis: tuple[Section, ...] = ("industry", "account", "organisation", *SWOT)
    strategy: tuple[Section, ...] = ("scenario", *FIVE_P)
    return Plan(
        head=head(purpose="先方の品質を高め、取引を倍にする。", agreed=DEPARTMENTS[:2]),
        statements=(
            *(quoted(section, section) for section in analysis),
            *(quoted(section, section, goal="g1") for section in strategy),
            guessed("risk", "risk", test="10月の定例会で購買部長に確認する。"),
        ),
        people=(KeyPerson(id="k1", name="高橋 誠", role="decision_maker"),),
        goals=(
            Goal(id="g1", what="受注額", measure="orders_won", amount=Decimal(10**8), due=DUE),
        ),
        actions=(
            full_action("a1", goal="g1", department=DEPARTMENTS[0]),
            full_action("a2", goal="g1", department=DEPARTMENTS[1]),
        ),
        team=(
            TeamMember(id="t1", name="川口 大輔", role="owner"),
            TeamMember(id="t2", name="稲垣 真一", role="executive_sponsor"),
        ),
        kpis=(Kpi(id="m1", what="実績", unit="JPY", measure="sales.net_sales", baseline=fact(),
                  target=Decimal(200)),),
        calendar=(
            Appointment(id="c1", what="月例", level="manager", every="month", first=DAY),
            Appointment(id="c2", what="四半期", level="executive", every="quarter", first=DAY),
        ),
    )  # fmt: skip


def full_action(id_: str, **more: Any) -> Action:
    given = {
        "what": "現場診断を行う", "due": date(2026, 12, 10), "owner": "川口 大輔",
        "to_whom": "高橋 誠", "their_owner": "高橋 誠", "mutual": True,
    }  # fmt: skip
    return Action(id=id_, **(given | more))


def changed(plan: Plan, collection: str, id_: str, **fields: Any) -> Plan:
    """The plan with fields of an item set anew, and checked."""
    item = plan.item(collection, id_)
    assert item is not None
    return plan.with_items(collection, [type(item)(**{**dict(item), **fields})])


def fill(plan: Plan, gap: Gap) -> Plan:
    """The plan with what the gap asks for, and nothing else."""
    if gap.collection == "head":
        return _in_head(plan, gap)
    if gap.item is not None:
        assert gap.field is not None
        return changed(plan, gap.collection, gap.item, **{gap.field: _value(plan, gap)})
    return plan.with_items(gap.collection, [new_item(plan, gap.collection, gap.field, gap.value)])


def _in_head(plan: Plan, gap: Gap) -> Plan:
    if gap.field == "purpose":
        return plan.with_head(purpose="全社で取引を広げる。")
    assert gap.field == "agreed"
    new = next(name for name in DEPARTMENTS if name not in plan.head.agreed)
    return plan.with_head(agreed=(*plan.head.agreed, new))


def _value(plan: Plan, gap: Gap) -> object:
    values: dict[str | None, object] = {
        "status": gap.value, "goal": plan.goals[0].id if plan.goals else None,
        "amount": Decimal(5), "due": DUE, "owner": "川口 大輔", "their_owner": "高橋 誠",
        "department": _new_department(plan), "baseline": fact(), "baseline_value": Decimal(3),
        "target": Decimal(4), "test": "次の訪問で確認する。",
    }  # fmt: skip
    return values[gap.field]


def _new_department(plan: Plan) -> str:
    taken = {action.department for action in plan.actions}
    free = [name for name in DEPARTMENTS if name not in taken]
    return free[0] if free else f"第{len(plan.actions)}部"


def new_item(plan: Plan, collection: str, field: str | None, value: str | None) -> Item:
    """An item that has all the fields that its checks want."""
    id_ = f"new{len(plan.items(collection))}"
    goal = value if field == "goal" else (plan.goals[0].id if plan.goals else None)
    match collection:
        case "statements":
            assert field == "section"
            if value == "risk":
                return guessed(id_, "risk", test="次の訪問で確認する。")
            strategic = value in ("scenario", *FIVE_P)
            return quoted(id_, value, goal=goal if strategic else None)  # type: ignore[arg-type]
        case "people":
            return KeyPerson(id=id_, name="佐藤 明", role=value)
        case "goals":
            return Goal(id=id_, what="売上", measure="net_sales", amount=Decimal(7), due=DUE)
        case "actions":
            return full_action(id_, goal=goal, department=_new_department(plan))
        case "team":
            return TeamMember(id=id_, name="稲垣 真一", role=value)  # type: ignore[arg-type]
        case "kpis":
            return Kpi(id=id_, what="訪問", unit="count", baseline_value=Decimal(1),
                       target=Decimal(2))  # fmt: skip
        case "calendar":
            return Appointment(id=id_, what="定例", level=value, every="month",  # type: ignore[arg-type]
                               first=DAY)  # fmt: skip
    raise AssertionError(collection)
