"""Plans for tests: one to start from, and any at random, of every collection and kind of value."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, get_args

from hypothesis import strategies as st

from crm.scope import Principal
from plans.model import (
    SECTIONS,
    Action,
    Appointment,
    Every,
    Goal,
    Head,
    Item,
    KeyPerson,
    Kpi,
    Level,
    Measure,
    Outcome,
    Plan,
    Progress,
    Quote,
    Record,
    Role,
    Statement,
    TeamMember,
)
from tools.facts import Basis, Fact, Text

NOW = datetime(2026, 5, 1, 9, 30, 0, 123456, UTC)
MISAKI = Principal("U07", "高瀬 美咲", frozenset({"rep"}))
KEN = Principal("U08", "松田 健", frozenset({"rep"}))


def a_plan(**parts: Any) -> Plan:
    """A plan of 2026 with one goal and one action, and whatever else is given."""
    head = Head(
        account_id="A001", account_name="いなほ精機", title="2026年度計画", language="ja",
        currency="JPY", start=date(2026, 4, 1), end=date(2027, 3, 31), as_of=date(2026, 5, 1),
        owner_id="U07", owner="高瀬 美咲",
    )  # fmt: skip
    goal = Goal(id="g1", what="年度内の受注額", measure="orders_won", amount=Decimal(100_000_000))
    action = Action(id="a1", what="役員訪問", goal="g1")
    return Plan(**{"head": head, "goals": (goal,), "actions": (action,), **parts})


def a_fact(
    value: Any = Decimal("84710000"), unit: str = "JPY", name: str = "sales.net_sales"
) -> Fact:
    basis = Basis(
        tool="account_overview", arguments={"account": "A001"}, as_of=date(2026, 5, 1), rows=12,
        formula=name, snapshot="s1",
    )  # fmt: skip
    return Fact(
        name=name, label=Text(ja="売上", en="Net sales"), value=value, unit=unit, basis=basis
    )


# Few ids and few values, so that two plans often have the same place and often differ there.
IDS = st.sampled_from(["i1", "i2", "i3", "x.4"])
WORDS = st.sampled_from(["訪問する", "call 100% {x}", "「契約」\n更新", "123", "2026-03-31"])
NAMES = st.sampled_from(["佐伯 翔", "Anne O'Neil", "第1工場"])
DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
AMOUNTS = st.decimals(-10, 10**9, places=2) | st.sampled_from([Decimal("1E+8"), Decimal("100.0")])


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def _codes(literal: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(get_args(literal))


FACTS = st.builds(
    a_fact,
    value=_maybe(AMOUNTS | st.integers(0, 99) | DAYS | WORDS),
    unit=st.sampled_from(["JPY", "%", "text"]),
    name=st.sampled_from(["sales.net_sales", "pipeline.win_rate", "account.name"]),
)
QUOTES = st.builds(Quote, passage_id=IDS, title=WORDS, heading=WORDS, file=st.just("a.md"))


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    kind = draw(st.sampled_from(["fact", "quoted", "hypothesis"]))
    facts = draw(st.lists(FACTS, max_size=2, min_size=int(kind == "fact")))
    text = draw(WORDS) + ("{{" + facts[0].key + "}}" if facts and draw(st.booleans()) else "")
    hypothesis = kind == "hypothesis"
    return Statement(
        id=draw(IDS), section=draw(st.sampled_from(SECTIONS)), text=text, kind=kind,
        facts=tuple(facts), quote=draw(QUOTES) if kind == "quoted" else None,
        status=draw(st.sampled_from(["open", "confirmed", "rejected"])) if hypothesis else None,
        test=draw(_maybe(WORDS)) if hypothesis else None, goal=draw(_maybe(IDS)),
        by=draw(_maybe(NAMES)), on=draw(_maybe(DAYS)),
    )  # fmt: skip


_ITEMS: dict[str, st.SearchStrategy[Any]] = {
    "statements": statements(),
    "people": st.builds(
        KeyPerson, id=IDS, name=NAMES, title=_maybe(NAMES), role=_maybe(st.just("champion"))
    ),
    "goals": st.builds(
        Goal, id=IDS, what=WORDS, measure=_codes(Measure), amount=_maybe(AMOUNTS), due=_maybe(DAYS)
    ),
    "actions": st.builds(
        Action, id=IDS, what=WORDS, start=_maybe(DAYS), due=_maybe(DAYS), owner=_maybe(NAMES),
        goal=_maybe(IDS), value=_maybe(AMOUNTS), mutual=st.booleans(),
    ),
    "team": st.builds(TeamMember, id=IDS, name=NAMES, role=_codes(Role), duty=_maybe(WORDS)),
    "kpis": st.builds(
        Kpi, id=IDS, what=WORDS, unit=st.sampled_from(["JPY", "%", "社"]), baseline=_maybe(FACTS),
        target=_maybe(AMOUNTS),
    ),
    "calendar": st.builds(
        Appointment, id=IDS, what=WORDS, level=_codes(Level), every=_codes(Every), first=DAYS
    ),
    "progress": st.builds(
        Progress, id=IDS, done_on=_maybe(DAYS), dropped=st.booleans(), note=_maybe(WORDS)
    ),
    "records": st.builds(
        Record, id=IDS, held_on=DAYS, by=NAMES, summary=WORDS,
        facts=st.lists(FACTS, max_size=1).map(tuple),
    ),
}  # fmt: skip

HEADS = st.builds(
    Head, account_id=st.just("A001"), account_name=NAMES, title=NAMES,
    language=st.sampled_from(["ja", "en"]), currency=st.just("JPY"),
    start=st.just(date(2026, 1, 1)), end=DAYS, as_of=DAYS,
    owner_id=_maybe(IDS), owner=_maybe(NAMES), purpose=_maybe(WORDS),
    agreed=st.lists(NAMES, max_size=2).map(tuple), outcome=_maybe(_codes(Outcome)),
    lessons=_maybe(WORDS),
)  # fmt: skip


def items(collection: str) -> st.SearchStrategy[tuple[Item, ...]]:
    """Up to three items of a collection."""
    found = _ITEMS[collection]
    return st.lists(found, max_size=3, unique_by=lambda item: item.id).map(tuple)


PLANS = st.builds(Plan, head=HEADS, **{name: items(name) for name in Plan.collections})


@st.composite
def edited(draw: st.DrawFn, plan: Plan, collections: frozenset[str] | None = None) -> Plan:
    """The plan with other content in one or two of these collections, or in any part."""
    names = sorted(collections or {*Plan.collections, "head"})
    for name in draw(st.lists(st.sampled_from(names), min_size=1, max_size=2)):
        plan = plan.replaced({name: draw(HEADS if name == "head" else items(name))})
    return plan
