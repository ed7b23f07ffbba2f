"""How one plan goes: what was planned beside what is, each figure read anew by its tool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from assistant.planning.show import said
from crm.scope import Directory, ScopedTables
from plans.checks import check
from plans.follow_up import (
    IN_FORCE,
    ActionStanding,
    KpiStanding,
    ReviewStanding,
    action_standings,
    attainment,
    kpi_standing,
    next_review,
    review_standings,
)
from plans.goals import goal_arithmetic
from plans.life import approvers
from plans.measuring import Meter, Reread, reread
from plans.stored import Event, Stored
from tools.arguments import Arguments, open_book
from tools.exact import decimal
from tools.facts import FactBook, Table, Text, ToolResult, Value
from tools.portfolio import record_name

_SETTINGS = ("plans", "attention")
_GOAL_FACTS = (
    "goal.amount", "goal.due", "goal.actual", "goal.remaining", "goal.required_pipeline",
    "goal.open_by", "goal.planned_reaches",
)  # fmt: skip


@dataclass(frozen=True)
class Followed:
    """A plan on a day beside what its KPIs, actions and reviews are at."""

    stored: Stored
    as_of: date
    kpis: Sequence[KpiStanding]
    actions: Sequence[ActionStanding]
    reviews: Sequence[ReviewStanding]

    @property
    def behind(self) -> int:
        return sum(one.behind is True for one in self.kpis)

    @property
    def overdue(self) -> int:
        return sum(one.state == "overdue" for one in self.actions)

    @property
    def missed(self) -> int:
        """Reviews overdue; a plan that is not in force has none."""
        return sum(one.missed for one in self.reviews) if self.in_force else 0

    @property
    def late(self) -> int | None:
        days = [one.late for one in self.reviews if one.late is not None]
        return max(days) if days and self.in_force else None

    @property
    def in_force(self) -> bool:
        return self.stored.state in IN_FORCE

    @property
    def verdict(self) -> str:
        """The plan in one word: see the metric plan.verdict."""
        if not self.in_force:
            return "not_in_force"
        if self.behind or self.overdue or self.missed:
            return "behind"
        if self.as_of < self.stored.head.start:
            return "not_begun"
        known = any(one.behind is not None for one in self.kpis)
        return "on_track" if known else "unknown"


def followed(stored: Stored, meter: Meter, tables: ScopedTables, as_of: date) -> Followed:
    """The plan beside what its KPIs are now."""
    plan, settings = stored.plan, tables.settings
    kpis = []
    for kpi in plan.kpis:
        now = meter.of_kpi(kpi)
        value = None if now is None else now.value
        kpis.append(kpi_standing(plan, kpi, value, as_of, settings.attention.target_attainment))
    actions = action_standings(plan, as_of, settings.plans.soon_days)
    return Followed(stored, as_of, kpis, actions, review_standings(plan, as_of))


@dataclass(frozen=True)
class About:
    """What is known of a plan beside its content: its moves, our people, the account's plans."""

    events: Sequence[Event]
    directory: Directory
    live: int


def plan_status(
    stored: Stored, about: About, meter: Meter, tables: ScopedTables, arguments: Arguments
) -> ToolResult:
    """The status of a plan as facts `plan.*`; its KPIs are the table, all else are parts."""
    book = open_book("plan_status", tables, arguments, *_SETTINGS)
    found = followed(stored, meter, tables, arguments.as_of)
    record_name(book, tables, stored.account_id)
    _record_head(book, found, about, tables)
    if about.live > 1:
        book.warn(
            f"この取引先には有効なプランが{about.live}件あります。優先する1件を示しています。",
            f"The account has {about.live} live plans; this is the one that counts first.",
        )
    parts = [
        _goals(found, tables, arguments),
        _actions(found, tables, arguments),
        _stale(found, meter, tables, arguments, book),
        _hypotheses(found, tables, arguments, book),
        _reviews(found, tables, arguments),
    ]
    _record_counts(book, found)
    table = _kpis(book, found)
    for part in parts:
        for warning in part.warnings:
            book.warn(warning.ja, warning.en)
    return book.result(table=table).model_copy(update={"parts": tuple(parts)})


def _record_head(book: FactBook, found: Followed, about: About, tables: ScopedTables) -> None:
    stored = found.stored
    changed = local_day(stored.updated_at, tables)
    book.add("plan.id", stored.plan_id)
    book.add("plan.title", stored.head.title)
    book.add("plan.state", stored.state)
    book.add("plan.version", str(stored.version))
    book.add("plan.owner", stored.head.owner)
    book.add("plan.score", check(stored.plan, found.as_of).score)
    book.add("plan.changed", changed)
    book.add("plan.age", max((found.as_of - changed).days, 0))
    book.add("plan.live", about.live, rows=about.live)
    book.add("plan.verdict", found.verdict)
    if stored.state == "in_review":
        since = waiting_since(stored, about.events, tables)
        names = [person.name for person in approvers(stored.plan, about.directory)]
        book.add("plan.approval_by", ", ".join(names) or None)
        book.add("plan.approval_since", since)
        book.add("plan.approval_waits", max((found.as_of - since).days, 0))


def local_day(moment: datetime, tables: ScopedTables) -> date:
    """The day of a moment where the company is."""
    return moment.astimezone(ZoneInfo(tables.settings.company.time_zone)).date()


def waiting_since(stored: Stored, events: Sequence[Event], tables: ScopedTables) -> date:
    """The day on which the plan was last submitted."""
    moments = [event.said_at for event in events if event.to_state == "in_review"]
    return local_day(max(moments, default=stored.updated_at), tables)


def _record_counts(book: FactBook, found: Followed) -> None:
    kpis, states = found.kpis, [one.state for one in found.actions]
    attained = attainment(kpis)
    kept = len(states) - states.count("dropped")
    book.add("plan.kpis", len(kpis), rows=len(kpis))
    book.add("plan.kpis_known", sum(k.behind is not None for k in kpis), rows=len(kpis))
    book.add("plan.kpis_behind", found.behind, rows=len(kpis))
    book.add("plan.attainment", None if attained is None else decimal(attained), rows=len(kpis))
    book.add("plan.actions", kept, rows=kept)
    book.add("plan.actions_done", states.count("done"), rows=kept)
    book.add("plan.actions_overdue", found.overdue, rows=kept)
    book.add("plan.actions_soon", states.count("soon"), rows=kept)
    book.add("plan.goals", len(found.stored.plan.goals))
    book.add("plan.review_due", next_review(found.reviews))
    book.add("plan.reviews_overdue", found.missed)
    book.add("plan.review_late", found.late)
    held = [record.held_on for record in found.stored.plan.records]
    book.add("plan.review_held", max(held, default=None), rows=len(held))


def add_own(book: FactBook, name: str, value: Value, unit: str, subject: str) -> None:
    """A fact in a unit of its own: what a KPI counts, what a statement names."""
    fact = book.add(name, value, subject=subject)
    book.facts[-1] = fact.model_copy(update={"unit": unit})


def _kpis(book: FactBook, found: Followed) -> Table:
    subjects = [f"kpi:{one.kpi.id}" for one in found.kpis]
    for one, subject in zip(found.kpis, subjects, strict=True):
        add_own(book, "plan.kpi_base", one.kpi.begins_at, one.kpi.unit, subject)
        add_own(book, "plan.kpi_actual", one.actual, one.kpi.unit, subject)
        add_own(book, "plan.kpi_target", one.kpi.target, one.kpi.unit, subject)
    end = found.stored.head.end
    behind = [None if k.behind is None else "yes" if k.behind else "no" for k in found.kpis]
    return book.table(
        {
            "plan.kpi": [k.kpi.what for k in found.kpis],
            "plan.kpi_way": [None if k.way is None else decimal(k.way) for k in found.kpis],
            "plan.kpi_expected": [
                None if k.expected is None else decimal(k.expected) for k in found.kpis
            ],
            "plan.kpi_behind": behind,
            "plan.kpi_due": [k.kpi.due or end for k in found.kpis],
        },
        subjects,
        sort=Text(ja="プランの順", en="in the order of the plan"),
    )


def _goals(found: Followed, tables: ScopedTables, arguments: Arguments) -> ToolResult:
    """What each goal still asks for."""
    book = open_book("plan_goals", tables, arguments, "deals", "plans")
    plan = found.stored.plan
    results = [goal_arithmetic(plan, goal, tables, found.as_of) for goal in plan.goals]
    facts = [{fact.name: fact.value for fact in result.facts} for result in results]
    columns: dict[str, list[Value]] = {"plan.goal": [goal.what for goal in plan.goals]}
    columns["plan.goal_share"] = [
        share(one.get("goal.actual"), one.get("goal.amount")) for one in facts
    ]
    columns |= {name: [one.get(name) for one in facts] for name in _GOAL_FACTS}
    for result in results:
        for warning in result.warnings:
            book.warn(warning.ja, warning.en)
    return book.result(
        table=book.table(
            columns,
            [f"goal:{goal.id}" for goal in plan.goals],
            sort=Text(ja="期日の早い順", en="earliest due first"),
        )
    )


def share(part: Value, whole: Value) -> Value:
    """A part of a whole that is above zero, else unknown."""
    if not isinstance(part, Decimal | int) or not isinstance(whole, Decimal | int) or whole <= 0:
        return None
    return decimal(Fraction(part) / Fraction(whole))


def _actions(found: Followed, tables: ScopedTables, arguments: Arguments) -> ToolResult:
    book = open_book("plan_actions", tables, arguments, "plans")
    order = ("overdue", "soon", "later", "undated", "done", "dropped")
    rows = sorted(found.actions, key=lambda one: order.index(one.state))
    return book.result(
        table=book.table(
            {
                "plan.action": [one.action.what for one in rows],
                "plan.action_due": [one.action.due for one in rows],
                "plan.action_owner": [one.action.owner for one in rows],
                "plan.action_state": [one.state for one in rows],
                "plan.action_late": [one.late for one in rows],
            },
            [f"action:{one.action.id}" for one in rows],
            sort=Text(ja="期限超過、期日の早い順", en="overdue first, then by due day"),
        )
    )


def _stale(
    found: Followed, meter: Meter, tables: ScopedTables, arguments: Arguments, whole: FactBook
) -> ToolResult:
    """Facts that have moved or are no longer known; how many, recorded in `whole`."""
    book = open_book("plan_stale", tables, arguments, "plans")
    limits, plan = tables.settings.plans, found.stored.plan
    every = list(reread(plan, meter, limits.stale_share, limits.stale_count_share))
    told = [one for one in every if one.stale or one.unknown]
    stale = sum(one.stale for one in every)
    whole.add("plan.stated", len(every), rows=len(every))
    whole.add("plan.stale", stale, rows=len(every))
    whole.add("plan.stale_unknown", len(told) - stale, rows=len(every))
    subjects = [f"stale:{number}" for number in range(1, len(told) + 1)]
    for one, subject in zip(told, subjects, strict=True):
        add_own(book, "plan.was", one.then.value, one.then.unit, subject)
        value = None if one.now is None else one.now.value
        add_own(book, "plan.now", value, one.then.unit, subject)
    language = plan.head.language
    return book.result(
        table=book.table(
            {
                "plan.statement": [said(one.statement, language) for one in told],
                "plan.figure": [one.then.label.in_(language) for one in told],
                "plan.now_state": [_now(one) for one in told],
            },
            subjects,
            sort=Text(ja="プランの順", en="in the order of the plan"),
        )
    )


def _now(one: Reread) -> str:
    return "unknown" if one.unknown else "changed"


def _hypotheses(
    found: Followed, tables: ScopedTables, arguments: Arguments, whole: FactBook
) -> ToolResult:
    book = open_book("plan_hypotheses", tables, arguments)
    plan = found.stored.plan
    rows = [one for one in plan.statements if one.status == "open"]
    rows.sort(key=lambda one: (one.on or plan.head.as_of, one.id))
    whole.add("plan.hypotheses", len(rows), rows=len(rows))
    return book.result(
        table=book.table(
            {
                "plan.hypothesis": [said(one, plan.head.language) for one in rows],
                "plan.hypothesis_test": [one.test for one in rows],
                "plan.hypothesis_age": [
                    max((found.as_of - (one.on or plan.head.as_of)).days, 0) for one in rows
                ],
            },
            [f"hypothesis:{one.id}" for one in rows],
            sort=Text(ja="古い順", en="oldest first"),
        )
    )


def _reviews(found: Followed, tables: ScopedTables, arguments: Arguments) -> ToolResult:
    book = open_book("plan_reviews", tables, arguments)
    reviews = found.reviews
    return book.result(
        table=book.table(
            {
                "plan.review": [one.appointment.what for one in reviews],
                "plan.review_due": [one.due for one in reviews],
                "plan.reviews_overdue": [one.missed if found.in_force else 0 for one in reviews],
            },
            [f"review:{one.appointment.id}" for one in reviews],
            sort=Text(ja="プランの順", en="in the order of the plan"),
        )
    )
