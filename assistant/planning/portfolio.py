"""The plans of a manager's accounts in one list, and which key accounts have none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Literal

from ibis import _
from pydantic import Field

from assistant.planning.status import Followed, followed, local_day, share, waiting_since
from crm.errors import TagayasuError
from crm.scope import Directory, ScopedTables
from plans.checks import check
from plans.follow_up import action_standings, attainment, review_standings
from plans.goals import goal_arithmetic
from plans.life import approvers
from plans.measuring import Meter
from plans.status import Measured
from plans.stored import Event, Stored
from tools.arguments import Arguments, RowArguments, open_book
from tools.catalog import Catalog
from tools.exact import decimal, round_to
from tools.facts import FactBook, Table, Text, ToolResult, Value
from tools.listing import number
from tools.portfolio import PortfolioArguments, listed_accounts
from tools.query import Row, fetch
from tools.selection import selection_table

_SHARE_PLACES = 6


class PlanPortfolioArguments(Arguments, RowArguments):
    """Whose plans to list."""

    owner_id: str | None = Field(
        default=None, description="Only the accounts of this person and those below."
    )
    team: str | None = Field(default=None, description="Only this team's accounts.")
    view: Literal["plans", "uncovered", "waiting"] = Field(
        default="plans",
        description="plans: every account's plan; uncovered: key accounts without one; waiting: "
        "plans that wait for approval.",
    )
    limit: int = Field(default=20, ge=1, le=500, description="Rows at the most.")


@dataclass(frozen=True)
class Entry:
    """One plan of the list: the account's row, the plan, what was measured, its last change."""

    account: Row
    found: Followed
    measured: Measured
    changed: date
    waits_since: date | None

    @property
    def behind(self) -> bool:
        trouble = self.measured.kpis_behind or self.found.overdue or self.found.missed
        return self.found.in_force and bool(trouble)


def measure(stored: Stored, catalog: Catalog, tables: ScopedTables, as_of: date) -> Measured:
    """What a plan's KPIs and first goal are at, for all who may see the account alike.

    Raises NotFoundError when the account is in nobody's tables any more.
    """
    company = tables.company_wide()
    meter = Meter(catalog, company, stored.account_id, as_of)
    found = followed(stored, meter, company, as_of)
    attained = attainment(found.kpis)
    return Measured(
        as_of=as_of,
        snapshot=tables.snapshot.id,
        attainment=None if attained is None else round_to(decimal(attained), _SHARE_PLACES),
        kpis_known=sum(one.behind is not None for one in found.kpis),
        kpis_behind=found.behind,
        goal_share=_goal_share(stored, company, as_of),
    )


def _goal_share(stored: Stored, tables: ScopedTables, as_of: date) -> Decimal | None:
    """The share achieved of the goal with an amount that is due first."""
    goal = next((one for one in stored.plan.goals if one.amount is not None), None)
    if goal is None:
        return None
    try:
        result = goal_arithmetic(stored.plan, goal, tables, as_of)
    except TagayasuError:  # another currency, a day that is none: the goal cannot be counted
        return None
    actual = result.fact("goal.actual")
    found = share(None if actual is None else actual.value, goal.amount)
    return round_to(found, _SHARE_PLACES) if isinstance(found, Decimal) else None


def at(stored: Stored, tables: ScopedTables, as_of: date) -> Followed:
    """A plan on a day without its KPIs, which have been measured."""
    soon = tables.settings.plans.soon_days
    actions = action_standings(stored.plan, as_of, soon)
    return Followed(stored, as_of, (), actions, review_standings(stored.plan, as_of))


def entry(
    account: Row, stored: Stored, measured: Measured, events: Sequence[Event], tables: ScopedTables,
    as_of: date,
) -> Entry:  # fmt: skip
    """A plan as the list shows it."""
    waits = waiting_since(stored, events, tables) if stored.state == "in_review" else None
    changed = local_day(stored.updated_at, tables)
    return Entry(account, at(stored, tables, as_of), measured, changed, waits)


def accounts_asked(tables: ScopedTables, arguments: PlanPortfolioArguments) -> list[Row]:
    """The accounts asked for, with what key account selection says of each."""
    asked = PortfolioArguments(
        as_of=arguments.as_of, owner_id=arguments.owner_id, team=arguments.team
    )
    rows = fetch(listed_accounts(tables, asked).order_by("account_id"))
    scores = {
        row["account_id"]: row
        for row in fetch(
            selection_table(tables, arguments.as_of)
            .filter(_.place.notnull())
            .select("account_id", "place", "score")
        )
    }
    last = math.ceil(len(scores) * tables.settings.plans.key_share)
    for row in rows:
        scored = scores.get(row["account_id"])
        row["place"] = scored["place"] if scored else None
        row["selection_score"] = scored["score"] if scored else None
        row["key"] = scored is not None and scored["place"] <= last
    return rows


def portfolio(
    accounts: Sequence[Row], entries: Sequence[Entry], directory: Directory, tables: ScopedTables,
    arguments: PlanPortfolioArguments,
) -> ToolResult:  # fmt: skip
    """Totals as facts; the rows of the view asked for as the table, each about an account."""
    book = open_book("plan_portfolio", tables, arguments, "plans", "selection")
    planned = {one.found.stored.account_id for one in entries}
    uncovered = [a for a in accounts if a["key"] and a["account_id"] not in planned]
    waiting = [one for one in entries if one.waits_since is not None]
    _record(book, accounts, entries, len(uncovered), waiting, directory, tables)
    book.warn(*_definition(tables))
    match arguments.view:
        case "uncovered":
            table = _uncovered(book, uncovered, arguments.limit)
        case "waiting":
            ordered = sorted(waiting, key=lambda one: (one.waits_since or date.max, _name(one)))
            sort = Text(ja="承認待ちの長い順", en="waiting longest first")
            table = _plans(book, ordered, sort, directory, arguments.limit)
        case _:
            ordered = sorted(entries, key=_worst_first)
            sort = Text(ja="遅れの多い順", en="most behind first")
            table = _plans(book, ordered, sort, directory, arguments.limit)
    return book.result(table=table)


def _definition(tables: ScopedTables) -> tuple[str, str]:
    share_ = tables.settings.plans.key_share
    return (
        "重点顧客は、重点顧客の選定の評点が上位の顧客です"
        f"（閲覧できる顧客のうち上位{share_:.0%}、設定 plans.key_share）。",
        "Key accounts are the customers with the highest scores of key account selection (the top "
        f"{share_:.0%} of those seen, setting plans.key_share).",
    )


def _record(
    book: FactBook, accounts: Sequence[Row], entries: Sequence[Entry], uncovered: int,
    waiting: Sequence[Entry], directory: Directory, tables: ScopedTables,
) -> None:  # fmt: skip
    keys = sum(bool(a["key"]) for a in accounts)
    scores = [_score(one) for one in entries]
    book.add("plan.plans", len(entries), rows=len(entries))
    book.add("plan.score_median", Decimal(str(median(scores))) if scores else None)
    book.add("plan.behind", sum(one.behind for one in entries), rows=len(entries))
    book.add("plan.key_accounts", keys, rows=len(accounts))
    book.add("plan.key_covered", keys - uncovered, rows=len(accounts))
    book.add("plan.key_uncovered", uncovered, rows=len(accounts))
    book.add("plan.waiting", len(waiting), rows=len(entries))
    asker = _asker(tables, directory)
    mine = [
        one
        for one in waiting
        if asker in {person.person_id for person in approvers(one.found.stored.plan, directory)}
    ]
    book.add("plan.waiting_mine", None if asker is None else len(mine), rows=len(waiting))


def _asker(tables: ScopedTables, directory: Directory) -> str | None:
    """Who asks: the one of those whose accounts are seen that none of them manages."""
    seen = tables.scope.person_ids
    manager = {person.person_id: person.manager_id for person in directory.people}
    heads = [id_ for id_ in sorted(seen) if manager.get(id_) not in seen]
    return heads[0] if len(heads) == 1 and not tables.scope.sees_all else None


def _score(one: Entry) -> int:
    return check(one.found.stored.plan, one.found.as_of).score


def _name(one: Entry) -> str:
    return str(one.account["name"])


def _worst_first(one: Entry) -> tuple[Value, ...]:
    late = one.found.late or 0
    trouble = one.measured.kpis_behind * one.found.in_force + one.found.overdue
    return (-trouble, -late, _name(one), one.found.stored.plan_id)


def _plans(
    book: FactBook, rows: Sequence[Entry], sort: Text, directory: Directory, limit: int
) -> Table:
    plans = [one.found for one in rows]
    as_of = book.as_of
    states = [[action.state for action in one.actions] for one in plans]
    columns: dict[str, list[Value]] = {
        "account.name": [_name(one) for one in rows],
        "plan.title": [one.stored.head.title for one in plans],
        "plan.owner": [one.stored.head.owner for one in plans],
        "plan.state": [one.stored.state for one in plans],
        "plan.score": [_score(one) for one in rows],
        "plan.age": [max((as_of - one.changed).days, 0) for one in rows],
        "plan.actions_done": [one.count("done") for one in states],
        "plan.actions_overdue": [one.overdue for one in plans],
        "plan.kpis_behind": [
            one.measured.kpis_behind if one.measured.kpis_known and one.found.in_force else None
            for one in rows
        ],
        "plan.goal_share": [one.measured.goal_share for one in rows],
        "plan.review_late": [one.late for one in plans],
        "plan.approval_waits": [
            None if one.waits_since is None else max((as_of - one.waits_since).days, 0)
            for one in rows
        ],
        "plan.approval_by": [_approvers(one, directory) for one in rows],
    }
    subjects = [f"account:{one.account['account_id']}" for one in rows]
    return book.table(columns, subjects, sort=sort, limit=limit)


def _approvers(one: Entry, directory: Directory) -> str | None:
    if one.waits_since is None:
        return None
    names = [person.name for person in approvers(one.found.stored.plan, directory)]
    return ", ".join(names) or None


def _uncovered(book: FactBook, accounts: Sequence[Row], limit: int) -> Table:
    rows = sorted(accounts, key=lambda a: a["place"])
    return book.table(
        {
            "account.name": [a["name"] for a in rows],
            "account.owner": [a["owner"] for a in rows],
            "selection.rank": [a["place"] for a in rows],
            "selection.score": [number(a["selection_score"]) for a in rows],
        },
        [f"account:{a['account_id']}" for a in rows],
        sort=Text(ja="評点の高い順", en="highest score first"),
        limit=limit,
    )
