"""A plan, who speaks of it, and how an edit is told in a test."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from assistant.builtin.slots import Colleague
from assistant.planning.edits import Edited, Said, Unclear, edited
from plans.model import (
    Action,
    Appointment,
    Goal,
    KeyPerson,
    Kpi,
    Plan,
    Section,
    Statement,
    TeamMember,
)
from tests.plans.complete import DUE, head

COLLEAGUES = (
    Colleague("U01", "稲垣 真一", "経営", "inagaki@inaho.example", "executive"),
    Colleague("U03", "大野 恵", "東日本営業部", "ohno@inaho.example", "manager"),
    Colleague("U06", "佐伯 翔", "東日本営業部", "saeki@inaho.example", "rep"),
    Colleague("U07", "高瀬 美咲", "東日本営業部", "takase@inaho.example", "rep"),
    Colleague("U16", "佐伯 純", "マーケティング部", "jun.saeki@inaho.example", "rep"),
    Colleague("U15", "村井 剛", "サービス部", "murai@inaho.example", "other department"),
)
SAID = Said("U07", "高瀬 美咲", date(2026, 9, 30), 4, "ja", COLLEAGUES)


def _supposed(id_: str, section: Section, text: str) -> Statement:
    return Statement(id=id_, section=section, text=text, kind="hypothesis", status="open")


def plan(**more: object) -> Plan:
    """A plan of the half-year to March 2027, with something of every kind."""
    given = {
        "head": head(owner="大野 恵", owner_id="U03"),
        "goals": (Goal(id="g1", what="受注額", measure="orders_won", amount=Decimal(10**8), due=DUE),),  # noqa: E501
        "actions": (
            Action(id="a1", what="更新案を提示する", due=date(2026, 11, 30), owner="大野 恵", goal="g1"),  # noqa: E501
            Action(id="a2", what="工場の現場診断を行う", due=date(2026, 12, 10), owner="大野 恵"),
            Action(id="a3", what="QBR with the plant manager", due=date(2027, 2, 10)),
        ),
        "statements": (
            _supposed("h1", "price", "値引きは5%を上限とする。"),
            _supposed("h2", "scenario", "樹脂部品から広げる。"),
            _supposed("w1", "weakness", "技術者の訪問が少ない。"),
            _supposed("w2", "weakness", "納期が長い。"),
        ),
        "people": (KeyPerson(id="k1", name="福島 典子", title="取締役工場長", role="決裁者"),),
        "team": (TeamMember(id="t1", name="大野 恵", person_id="U03", role="owner"),),
        "kpis": (
            Kpi(id="m1", what="進行中の商談額", unit="JPY", measure="kpi.expected"),
            Kpi(id="m2", what="訪問回数", unit="回"),
        ),
        "calendar": (
            Appointment(id="c1", what="マネージャーとの進捗確認", level="manager", every="month",
                        first=date(2026, 10, 30)),
        ),
    }  # fmt: skip
    return Plan.model_validate(given | more)


def told(text: str, before: Plan | None = None) -> dict[str, object] | str | None:
    """What an edit sets, by place: `a1.due`, `head.purpose`, `+actions.what` of a new item."""
    plan_ = before or plan()
    outcome = edited(text, plan_, SAID)
    if isinstance(outcome, Edited):
        return places(outcome)
    return outcome.question.ja if isinstance(outcome, Unclear) else None


def places(outcome: Edited) -> dict[str, object]:
    found: dict[str, object] = {}
    for change in outcome.changes:
        if change.field is not None:
            found[f"{change.id}.{change.field}"] = change.after
        elif change.after is None:
            found[f"-{change.collection}"] = change.id
        else:
            given = {
                k: v for k, v in change.after.items() if k != "id" and v not in (None, [], False)
            }
            found |= {f"+{change.collection}.{k}": v for k, v in given.items()}
    return found
