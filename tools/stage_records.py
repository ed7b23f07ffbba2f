"""What purchases, activities, deals and outside information tell of an account, a row for each.

What the import does not tell is NULL, never 0. Source: docs/metrics.md (stage); windows and words
in the [deepening] settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis
import pyarrow as pa
from ibis import _

from crm.periods import trailing
from crm.scope import ScopedTables
from tools.deals import OPEN, WON, deals_at
from tools.dimensions import labelled
from tools.groups import GroupedTables
from tools.money import MONEY
from tools.query import attach, fetch, inside

INBOUND_DAYS = 90
_OUR_LEADERS = ("executive", "manager")


def says(text: ibis.Value, words: Sequence[str]) -> ibis.Value:
    """Whether a text holds one of the words, capital or small."""
    wanted = [word.strip().lower() for word in words if word.strip()]
    if not wanted:
        return ibis.literal(False)
    return ibis.or_(*(text.lower().contains(word) for word in wanted)).fill_null(False)


def _all_accounts(
    tables: ScopedTables, record: ibis.Table, told: dict[str, bool], dates: Sequence[str] = ()
) -> ibis.Table:
    """A row of `record` for every visible account: counts of nothing are 0, where they are told."""
    columns = [*told, *dates]
    found = attach(
        tables["accounts"].select("account_id"),
        record,
        "account_id",
        "account_id",
        **{c: c for c in columns},
    )
    return found.mutate(
        **{c: found[c].fill_null(0) if known else ibis.null("int64") for c, known in told.items()}
    )


def purchases(tables: ScopedTables, as_of: date) -> ibis.Table:
    """What each visible account bought in the window: a row for each.

    Columns: account_id, `lines`, `last_bought`, `categories`, `departments`; the last two are
    NULL when there are lines and none of them has one.
    """
    return tables.keep(("purchases", as_of), lambda: _purchases(tables, as_of))


def bought_lines(tables: ScopedTables, as_of: date) -> ibis.Table:
    """The order lines of the window with the `category` of their product."""
    window = trailing(as_of, tables.settings.deepening.window_days)
    lines = tables["order_lines"].filter(inside(window, "ordered_on"))
    if not tables.has("products", "category"):
        return lines.mutate(category=ibis.null("string"))
    return attach(lines, tables["products"], "product_id", "product_id", category="category")


def _purchases(tables: ScopedTables, as_of: date) -> ibis.Table:
    by_category = tables.has("products", "category") and tables.has("order_lines", "product_id")
    told = {
        "lines": "order_lines" in tables,
        "categories": by_category,
        "departments": tables.has("order_lines", "department"),
    }
    if "order_lines" not in tables:
        nothing = tables["accounts"].select("account_id")
        unknown = {c: ibis.null("int64") for c in told}
        return nothing.mutate(**unknown, last_bought=ibis.null("date"))
    lines = bought_lines(tables, as_of)
    record = lines.group_by("account_id").agg(
        lines=_.count(),
        last_bought=_.ordered_on.max(),
        categories=_.category.nunique(),
        departments=_.department.nunique(),
    )
    found = _all_accounts(tables, record, told, ["last_bought"])
    return found.mutate(
        **{
            c: ((found.lines > 0) & (found[c] == 0)).ifelse(ibis.null("int64"), found[c])
            for c in ("categories", "departments")
        }
    )


def contact_record(tables: ScopedTables, as_of: date) -> ibis.Table:
    """What the activities with each visible account prove: a row for each.

    Columns: account_id; `levels_met` in the window (NULL when those met have none); `inbound` in
    90 days; `executive_meetings`, `executive_on`; `plan_subjects`, `plan_on`;
    `joint_subjects`, `joint_on`. Counts that the import does not tell are NULL.
    """
    return tables.keep(("contact_record", as_of), lambda: _contact_record(tables, as_of))


def _contact_record(tables: ScopedTables, as_of: date) -> ibis.Table:
    limits = tables.settings.deepening
    levels = tables.has("activities", "contact_id") and tables.has("contacts", "level")
    roles = tables.has("activities", "person_id") and tables.has("people", "role")
    subjects = tables.has("activities", "subject")
    told = {
        "levels_met": levels,
        "inbound": tables.has("activities", "direction"),
        "executive_meetings": levels and roles,
        "plan_subjects": subjects and bool(limits.plan_words),
        "joint_subjects": subjects and bool(limits.joint_words),
    }
    dates = ["executive_on", "plan_on", "joint_on"]
    if "activities" not in tables:
        nothing = tables["accounts"].select("account_id")
        return nothing.mutate(
            **{c: ibis.null("int64") for c in told}, **{c: ibis.null("date") for c in dates}
        )
    acts = _with_both_sides(
        tables, tables["activities"].filter(_.occurred_on <= ibis.literal(as_of))
    )
    record = acts.group_by("account_id").agg(**_measures(acts, tables, as_of))
    found = _all_accounts(tables, record, told, [*dates, "met", "directed", "recent"])
    unlevelled = (found.met > 0) & (found.levels_met == 0)
    undirected = (found.recent > 0) & (found.directed == 0)
    return found.mutate(
        levels_met=unlevelled.fill_null(False).ifelse(ibis.null("int64"), found.levels_met),
        inbound=undirected.fill_null(False).ifelse(ibis.null("int64"), found.inbound),
    ).drop("met", "directed", "recent")


def _with_both_sides(tables: ScopedTables, acts: ibis.Table) -> ibis.Table:
    """Activities with the `level` of the contact and the `role` of our person."""
    if "contacts" in tables:
        acts = attach(acts, tables["contacts"], "contact_id", "contact_id", level="level")
    else:
        acts = acts.mutate(level=ibis.null("string"))
    if "people" in tables:
        return attach(acts, tables["people"], "person_id", "person_id", role="role")
    return acts.mutate(role=ibis.null("string"))


def _measures(acts: ibis.Table, tables: ScopedTables, as_of: date) -> dict[str, ibis.Value]:
    limits = tables.settings.deepening

    def lately(days: int) -> ibis.Value:
        return acts.occurred_on >= ibis.literal(trailing(as_of, days).start)

    met, recent = lately(limits.window_days), lately(INBOUND_DAYS)
    executive = (acts.kind == "executive_meeting") & (acts.level == "executive")
    executive &= acts.role.isin(_OUR_LEADERS) & lately(limits.executive_days)
    plan = says(acts.subject, limits.plan_words) & lately(limits.plan_days)
    joint = says(acts.subject, limits.joint_words) & lately(limits.joint_days)
    return {
        "levels_met": acts.level.nunique(where=met),
        "met": acts.contact_id.count(where=met),
        "recent": acts.count(where=recent),
        "directed": acts.direction.count(where=recent),
        "inbound": acts.count(where=recent & (acts.direction == "in")),
        "executive_meetings": acts.count(where=executive),
        "executive_on": acts.occurred_on.max(where=executive),
        "plan_subjects": acts.count(where=plan),
        "plan_on": acts.occurred_on.max(where=plan),
        "joint_subjects": acts.count(where=joint),
        "joint_on": acts.occurred_on.max(where=joint),
    }


def deal_record(tables: ScopedTables, as_of: date) -> ibis.Table:
    """What the deals of each visible account prove: a row for each.

    Columns: account_id; `solution_deals` won ever, `solution_on`; `joint_deals`, `joint_deal_on`;
    `won_value` and `solution_value`, the amounts won in the window (NULL when none is known).
    """
    return tables.keep(("deal_record", as_of), lambda: _deal_record(tables, as_of))


def _deal_record(tables: ScopedTables, as_of: date) -> ibis.Table:
    limits = tables.settings.deepening
    told = {
        "solution_deals": solutions_told(tables),
        "joint_deals": tables.has("opportunities", "name") and bool(limits.joint_words),
    }
    others = ["solution_on", "joint_deal_on", "won_value", "solution_value"]
    if "opportunities" not in tables:
        nothing = tables["accounts"].select("account_id")
        return nothing.mutate(
            **{c: ibis.null("int64") for c in told},
            **{c: ibis.null("date") for c in others[:2]},
            **{c: ibis.null(MONEY) for c in others[2:]},
        )
    deals = labelled(tables, deals_at(tables, as_of), "category")
    record = deals.group_by("account_id").agg(**_deal_measures(deals, tables, as_of))
    none_of_them = ibis.literal(0, MONEY)
    value = (_.solutions == 0).ifelse(none_of_them, _.solution_value.cast(MONEY))
    record = record.mutate(
        won_value=_.won_value.cast(MONEY),
        solution_value=(_.labelled > 0).ifelse(value, ibis.null(MONEY)),
    )
    return _all_accounts(tables, record, told, others)


def _deal_measures(deals: ibis.Table, tables: ScopedTables, as_of: date) -> dict[str, ibis.Value]:
    limits = tables.settings.deepening
    won = deals.state == WON
    solution = won & deals.label.isin(limits.solution_categories).fill_null(False)
    lately = won & (deals.closed_on >= ibis.literal(trailing(as_of, limits.window_days).start))
    begun = deals.created_on.between(
        ibis.literal(trailing(as_of, limits.joint_days).start), ibis.literal(as_of)
    )
    joint = deals.state.isin([WON, OPEN]) & begun & says(deals.name, limits.joint_words)
    return {
        "solution_deals": deals.count(where=solution),
        "solution_on": deals.closed_on.max(where=solution),
        "joint_deals": deals.count(where=joint),
        "joint_deal_on": deals.created_on.max(where=joint),
        "won_value": deals.amount.sum(where=lately),
        "solution_value": deals.amount.sum(where=solution & lately),
        "solutions": deals.count(where=solution & lately),
        "labelled": deals.label.count(where=lately),
    }


def solutions_told(tables: ScopedTables) -> bool:
    """Whether settings and import tell which deals are solution deals."""
    categories = tables.has("opportunities", "category") or (
        tables.has("opportunities", "product_id") and tables.has("products", "category")
    )
    return categories and bool(tables.settings.deepening.solution_categories)


def plan_facts(tables: ScopedTables, as_of: date) -> ibis.Table:
    """Outside information on each visible account's mid-term plan: a row for each.

    Columns: account_id, `plan_facts` (how many; NULL without market_facts), `fact_on`.
    """
    return tables.keep(("plan_facts", as_of), lambda: _plan_facts(tables, as_of))


def _plan_facts(tables: ScopedTables, as_of: date) -> ibis.Table:
    limits = tables.settings.deepening
    accounts = tables["accounts"].select("account_id")
    if "market_facts" not in tables or not limits.plan_words:
        return accounts.mutate(plan_facts=ibis.null("int64"), fact_on=ibis.null("date"))
    facts = facts_about_accounts(tables).filter(
        inside(trailing(as_of, limits.plan_days), "observed_on"),
        says(_.statement, limits.plan_words),
    )
    record = facts.group_by("account_id").agg(plan_facts=_.count(), fact_on=_.observed_on.max())
    return _all_accounts(tables, record, {"plan_facts": True}, ["fact_on"])


def facts_about_accounts(tables: ScopedTables) -> ibis.Table:
    """The market facts whose subject is an account's id or name, with its `account_id`.

    Of a group, those about each of its members.
    """
    accounts = tables["accounts"].select("account_id", "name", member="account_id")
    if isinstance(tables, GroupedTables):
        accounts = tables.keep(("names_of_members",), lambda: _names_of_members(tables))
    by_id = accounts.select("account_id", subject="member")
    names = by_id.union(accounts.select("account_id", subject="name"), distinct=True)
    facts = tables["market_facts"]
    return facts.join(names, "subject").select("account_id", "statement", "observed_on")


def _names_of_members(tables: GroupedTables) -> pa.Table:
    """The id (`member`) and name of each account of a group, with the head as `account_id`."""
    plain = ScopedTables(
        tables.snapshot, tables.scope, tables.settings, directory=tables.directory
    )["accounts"]
    rows = fetch(plain.select(member="account_id", name="name"))
    heads = [tables.heads.get(row["member"], row["member"]) for row in rows]
    return pa.Table.from_pylist(
        [{**row, "account_id": head} for row, head in zip(rows, heads, strict=True)],
        schema=pa.schema({c: pa.string() for c in ("member", "name", "account_id")}),
    )
