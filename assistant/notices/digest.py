"""The weekly digest on one page: what to do first, then what has changed and what lies ahead.

Those who answer for others (managers, executives) read of their team; everybody else of the
accounts they own. Whoever has neither gets none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from assistant.answer import Answer, ToolCall
from assistant.compose import RowView, View
from assistant.desk import Desk
from assistant.notices.meetings import Agenda
from assistant.notices.page import Page, account_name, clock
from assistant.notices.plans import DuePlans, due_plans
from crm.directory import Principal
from crm.scope import MissingDataError, ScopedTables
from crm.settings import Language
from plans.stored import Stored
from tools.arguments import Arguments
from tools.facts import Text, Value
from tools.territory import TerritoryArguments, territory_changes

_LEADS = frozenset({"manager", "executive"})
_TOP = 3
_EVENTS = 4
_LISTED = 5
WEEK = timedelta(days=7)
Row = tuple[str, dict[str, Value]]
"""What a row is about, and its cells by column."""


@dataclass(frozen=True)
class Asked:
    """What a digest speaks of: the day of the data, since when, for whom, and in which words."""

    who: Principal
    day: date
    since: date
    language: Language
    zone: ZoneInfo

    @property
    def leads(self) -> bool:
        return bool(self.who.roles & _LEADS)

    @property
    def owner(self) -> dict[str, str]:
        """Whose accounts are meant, as tools ask for it; an executive's are all."""
        return {} if "executive" in self.who.roles else {"owner_id": self.who.person_id}


class Digests:
    """Writes digests. `live` gives the plan that counts of each of some accounts."""

    def __init__(self, desk: Desk, live: Callable[[Sequence[str] | None], list[Stored]]) -> None:
        self._desk, self._live = desk, live

    def write(self, asked: Asked, agenda: Agenda) -> Answer | None:
        """The digest of a person; None when there is nothing that it could be about."""
        tables = self._desk.tables(asked.who)
        changes = territory_changes(
            tables,
            TerritoryArguments(as_of=asked.day, since=asked.since, limit=_EVENTS, **asked.owner),
        )
        accounts = changes.fact("changes.accounts")
        if accounts is None or not accounts.value:
            return None
        page = Page("digest", self._desk, tables, Arguments(as_of=asked.day), asked.language)
        page.add(page.say("title", day=page.name(page.book.facts[0])))
        plans = due_plans(asked.who, self._live(_ids(tables)), self._desk, asked.day)
        attention = self._tool(asked, page, "needs_attention", {**asked.owner, "limit": _TOP})
        portfolio = None
        if asked.leads:
            view = {**asked.owner, "view": "waiting", "limit": _TOP}
            portfolio = self._tool(asked, page, "plan_portfolio", view)
        _lead(page, attention, portfolio, plans, leads=asked.leads)
        _attention(page, attention, leads=asked.leads)
        if portfolio is not None:
            _approvals(page, portfolio)
            _coverage(page, portfolio)
            _reviews(page, plans)
        changed = page.take(changes)
        _changes(page, changed)
        _actions(page, plans)
        if not asked.leads:
            _gaps(page, plans)
        _meetings(page, tables, agenda, asked.zone)
        _unknown(page, [v for v in (attention, changed) if v is not None], agenda)
        return page.answer()

    def _tool(
        self, asked: Asked, page: Page, name: str, arguments: dict[str, object]
    ) -> View | None:
        """What a tool finds for the person; None where the workspace lacks what it needs."""
        try:
            found = self._desk.run_tool(asked.who, name, dict(arguments), asked.day)
        except MissingDataError:
            return None
        return page.take(found, ToolCall(name=name, arguments=dict(arguments)))


def _ids(tables: ScopedTables) -> list[str] | None:
    """The accounts that are seen; None for all."""
    if tables.scope.sees_all:
        return None
    seen = tables["accounts"].select("account_id").to_pyarrow()["account_id"]
    return sorted(seen.to_pylist())


# ------------------------------------------------------------------ what to do first


def _lead(
    page: Page, attention: View | None, portfolio: View | None, plans: DuePlans, *, leads: bool
) -> None:
    """The conclusion, in one or two sentences."""
    said = []
    if attention is not None:
        found = attention.above_zero("attention.flagged_count")
        calm = "_unsure" if attention.warnings() else "_calm"
        phrase = "lead" + ("_team" if leads else "") + ("" if found else calm)
        said.append(
            page.say(
                phrase,
                accounts=attention.f("attention.account_count"),
                flagged=attention.f("attention.flagged_count"),
            )
        )
    if portfolio is not None and portfolio.number("plan.waiting_mine"):
        said.append(page.say("lead_waiting", waiting=portfolio.f("plan.waiting_mine")))
    if plans.overdue:
        overdue = page.book.add("due.overdue", plans.overdue, rows=plans.overdue)
        said.append(page.say("lead_overdue", overdue=page.name(overdue)))
    if said:
        page.add(f"**{('' if page.language == 'ja' else ' ').join(said)}**")


def _attention(page: Page, view: View | None, *, leads: bool) -> None:
    lines = []
    between = page.say("between")
    if view is None:
        return
    for number, row in enumerate(view.rows(), 1):
        owned = leads and row.has("attention.owner")
        line = page.say(
            "attention_owned" if owned else "attention_row",
            account=row("attention.account"),
            owner=row("attention.owner"),
            reasons=between.join(view.reasons(row)),
            money=row("attention.money_at_stake"),
            kind=row("attention.money_kind"),
            step=row("attention.next_step"),
        )
        lines.append(f"{number}. {line}")
    page.section("attention", lines)


def _approvals(page: Page, view: View) -> None:
    page.section(
        "approvals",
        [
            page.say(
                "approval",
                account=row("account.name"),
                owner=row("plan.owner"),
                waits=row("plan.approval_waits"),
                approver=row("plan.approval_by"),
            )
            for row in view.rows(_TOP)
        ],
    )


def _coverage(page: Page, view: View) -> None:
    if view.number("plan.key_accounts"):
        names = {"keys": "plan.key_accounts", "covered": "plan.key_covered"}
        names["uncovered"] = "plan.key_uncovered"
        lines = [page.say("coverage", **{key: view.f(name) for key, name in names.items()})]
    else:
        lines = [page.say("coverage_none")]
    if view.number("plan.behind"):
        lines.append(page.say("behind", behind=view.f("plan.behind")))
    page.section("plans", lines)


# ------------------------------------------------------------------ what has changed


def _changes(page: Page, view: View) -> None:
    parts = []
    if view.number("changes.orders"):
        orders, value = view.f("changes.orders"), view.f("changes.order_value")
        parts.append(page.say("orders", orders=orders, value=value))
    deals = ("changes.deals_new", "changes.deals_won", "changes.deals_lost")
    if any(view.number(name) for name in deals):
        new, won, lost = (view.f(name) for name in deals)
        parts.append(page.say("deals", new=new, won=won, lost=lost))
    if view.number("changes.activities"):
        parts.append(page.say("activities", activities=view.f("changes.activities")))
    told = page.say("between").join(parts) or page.say("nothing")
    lines = [page.say("changes_counts", parts=told)]
    for row in view.rows(_EVENTS):
        named = {"kind": row("change.kind"), "account": row("change.account")}
        named |= {"what": row("change.what"), "day": row("change.happened")}
        if row.code("change.kind") == "left":
            lines.append(page.say("change_left", **named))
        else:
            lines.append(page.say("change_deal", amount=row("change.amount"), **named))
    page.section("changes", lines, since=view.f("changes.since"))


# ------------------------------------------------------------------ what lies ahead


def _actions(page: Page, plans: DuePlans) -> None:
    rows: list[Row] = [
        (
            f"action:{stored.plan_id}:{one.action.id}",
            {
                "account.name": stored.head.account_name,
                "plan.action": one.action.what,
                "plan.action_due": one.action.due,
                "plan.action_late": one.late,
            },
        )
        for stored, one in plans.actions
    ]

    def line(row: RowView) -> str:
        return page.say(
            "action_late" if row.has("plan.action_late") else "action_due",
            account=row("account.name"),
            action=row("plan.action"),
            due=row("plan.action_due"),
            late=row("plan.action_late"),
        )

    _by_day(page, "actions", rows, _LISTED, line)


def _reviews(page: Page, plans: DuePlans) -> None:
    rows: list[Row] = [
        (
            f"review:{stored.plan_id}:{one.appointment.id}",
            {
                "account.name": stored.head.account_name,
                "plan.review": one.appointment.what,
                "plan.review_due": one.due,
            },
        )
        for stored, one in plans.reviews
    ]

    def line(row: RowView) -> str:
        return page.say(
            "review",
            account=row("account.name"),
            review=row("plan.review"),
            due=row("plan.review_due"),
        )

    _by_day(page, "reviews", rows, _TOP, line)


def _by_day(
    page: Page, what: str, rows: Sequence[Row], most: int, line: Callable[[RowView], str]
) -> None:
    """A section of what is due, the earliest first, headed by how much there is of it."""
    if not rows:
        return
    count = page.book.add(f"due.{what}", len(rows), rows=len(rows))
    shown = rows[:most]
    columns = {name: [cells[name] for _subject, cells in shown] for name in shown[0][1]}
    order = Text(ja="期日の早い順", en="earliest due first")
    table = page.book.table(columns, [subject for subject, _cells in shown], sort=order)
    lines = [line(row) for row in page.rows(table).rows()]
    page.section(what, lines, count=page.name(count))


def _gaps(page: Page, plans: DuePlans) -> None:
    shown = plans.gaps[:_TOP]
    if not shown:
        return
    columns: dict[str, list[Value]] = {
        "account.name": [stored.head.account_name for stored, _checked in shown],
        "due.gap": [checked.gaps[0].text.in_(page.language) for _stored, checked in shown],
        "plan.score": [checked.score for _stored, checked in shown],
    }
    subjects = [f"plan:{stored.plan_id}" for stored, _checked in shown]
    order = Text(ja="完成度の低い順", en="lowest score first")
    view = page.rows(page.book.table(columns, subjects, sort=order))
    page.section(
        "gaps",
        [
            page.say(
                "gap", account=row("account.name"), gap=row("due.gap"), score=row("plan.score")
            )
            for row in view.rows()
        ],
    )


def _meetings(page: Page, tables: ScopedTables, agenda: Agenda, zone: ZoneInfo) -> None:
    lines = []
    count = page.book.add("meeting.count", len(agenda.meetings), rows=len(agenda.meetings))
    shown = agenda.meetings[:_LISTED]
    if shown:
        columns: dict[str, list[Value]] = {
            "meeting.account": [account_name(tables, m.account_id) for m in shown],
            "meeting.title": [m.title or None for m in shown],
            "meeting.day": [m.day for m in shown],
            "meeting.time": [clock(m.start, zone) for m in shown],
        }
        subjects = [f"meeting:{number}" for number in range(len(shown))]
        order = Text(ja="日時の早い順", en="earliest first")
        view = page.rows(page.book.table(columns, subjects, sort=order))
        for row in view.rows():
            title = page.say("meeting_title", title=row("meeting.title"))
            named = {"account": row("meeting.account"), "day": row("meeting.day")}
            named["title"] = title if row.has("meeting.title") else ""
            if row.has("meeting.time"):
                lines.append(page.say("meeting_timed", time=row("meeting.time"), **named))
            else:
                lines.append(page.say("meeting_dated", **named))
    page.section("meetings", lines, count=page.name(count))


def _unknown(page: Page, views: Sequence[View], agenda: Agenda) -> None:
    """What could not be told, the first of it."""
    said = list(dict.fromkeys(warning for view in views for warning in view.warnings()))[:_TOP]
    said += [page.say("calendar_unread")] if agenda.unread else []
    page.section("unknown", [page.say("unknown_line", what=what) for what in said])
