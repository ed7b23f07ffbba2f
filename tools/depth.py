"""How deep a relationship goes, 0 to 100: a weighted mean of the parts that are known.

Source: docs/metrics.md (depth); weights in the [depth] settings.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import ibis
from ibis import _

from crm.scope import ScopedTables
from crm.thresholds import Weights
from tools.arguments import open_book
from tools.facts import Chart, FactBook, Text, ToolResult, Value
from tools.listing import descending, first_rows, number, subjects
from tools.portfolio import PortfolioArguments, listed_accounts
from tools.query import Row, attach, fetch_one, times
from tools.ranks import blend
from tools.stage_records import (
    bought_lines,
    contact_record,
    deal_record,
    purchases,
    solutions_told,
)
from tools.tool import Tool
from tools.wallets import latest_wallets
from tools.words import word

PARTS = ("breadth", "departments", "levels", "wallet", "solutions", "engagement", "plan")
LEVELS = ("executive", "department head", "section head", "staff")
_NEEDED = {
    "breadth": "order_lines.product_id, products.category",
    "departments": "order_lines.department",
    "levels": "activities.contact_id, contacts.level",
    "wallet": "wallets.our_share",
    "solutions": "settings.toml [deepening] solution_categories, opportunities.category, amount",
    "engagement": "activities.direction",
    "plan": "plan_status.kpi_attainment",
}
_EXACT = 9
"""Decimals of a float64 that are kept: what is equal on paper is equal here."""


def depth_table(tables: ScopedTables, as_of: date) -> ibis.Table:
    """The depth score of each visible account.

    Columns: account_id; `score` (float64 0 to 100, NULL when no part is known); `known` (float64,
    the share of the weights whose part is known); and each of PARTS (float64 0 to 1, or NULL).
    Source: docs/metrics.md (depth).
    """
    return tables.keep(("depth", as_of), lambda: _depth_table(tables, as_of))


def _depth_table(tables: ScopedTables, as_of: date) -> ibis.Table:
    limits = tables.settings.depth
    found = tables["accounts"].select("account_id")
    sources = (
        (purchases(tables, as_of), ("categories", "departments")),
        (contact_record(tables, as_of), ("levels_met", "inbound")),
        (deal_record(tables, as_of), ("won_value", "solution_value")),
        (wallet_shares(tables, as_of), ("wallet",)),
        (plan_execution(tables), ("plan",)),
    )
    for source, columns in sources:
        found = attach(found, source, "account_id", "account_id", **{c: c for c in columns})
    solutions = found.solution_value.cast("float64") / found.won_value.cast("float64").nullif(0)
    found = found.select(
        "account_id",
        breadth=found.categories / ibis.literal(_categories_sold(tables, as_of)).nullif(0),
        departments=_capped(found.departments, limits.full_departments),
        levels=found.levels_met / len(LEVELS),
        wallet=found.wallet,
        solutions=solutions if solutions_told(tables) else ibis.null("float64"),
        engagement=_capped(found.inbound, limits.full_inbound),
        plan=found.plan,
    )
    found = found.mutate(**{part: found[part].round(_EXACT) for part in PARTS})
    return found.mutate(**_score(found, limits.weights))


def _capped(count: ibis.Value, full: int) -> ibis.Value:
    return (count >= full).ifelse(1.0, count / full)  # least() would take NULL for full


def _score(parts: ibis.Table, weights: Weights) -> dict[str, ibis.Value]:
    mean, known = blend({part: parts[part] for part in PARTS}, weights)
    total = float(sum(weights.get(part, Decimal(0)) for part in PARTS))
    share = (known / total).round(_EXACT) if total else ibis.literal(0.0)
    return {"score": (100 * mean).round(_EXACT), "known": share}


def _categories_sold(tables: ScopedTables, as_of: date) -> int:
    """How many categories anybody bought in the window."""
    if "order_lines" not in tables:
        return 0
    sold: int = fetch_one(bought_lines(tables, as_of).agg(n=_.category.nunique()))["n"]
    return sold


def wallet_shares(tables: ScopedTables, as_of: date) -> ibis.Table:
    """Our share of each account's wallet: account_id, `wallet` (NULL when no share is known)."""
    if not tables.has("wallets", "our_share"):
        return _unknown(tables, "wallet")
    known = latest_wallets(tables, as_of).filter(_.our_share.notnull(), _.spend.notnull())
    summed = known.group_by("account_id").agg(
        ours=times(_.spend, _.our_share).sum(), spend=_.spend.sum()
    )
    share = summed.ours.cast("float64") / summed.spend.cast("float64").nullif(0)
    return summed.select("account_id", wallet=share)


def plan_execution(tables: ScopedTables) -> ibis.Table:
    """How far each account's plans are carried out: account_id, `plan` (0 to 1, or NULL)."""
    if "plan_status" not in tables:
        return _unknown(tables, "plan")
    attained = tables["plan_status"].kpi_attainment.cast("float64")
    plans = tables["plan_status"].mutate(attained=attained)
    means = plans.group_by("account_id").agg(mean=_.attained.mean())
    within = ibis.greatest(0.0, ibis.least(1.0, means["mean"]))
    return means.select("account_id", plan=means["mean"].notnull().ifelse(within, None))


def _unknown(tables: ScopedTables, part: str) -> ibis.Table:
    return tables["accounts"].select("account_id", **{part: ibis.null("float64")})


def depth_score(tables: ScopedTables, arguments: PortfolioArguments) -> ToolResult:
    """The depth score with its parts: of one account, or of each account, the deepest first."""
    book = open_book("depth_score", tables, arguments, "depth", "deepening")
    scores = depth_table(tables, arguments.as_of)
    if arguments.account_id:
        tables.require_account(arguments.account_id)
        row = fetch_one(scores.filter(_.account_id == arguments.account_id))
        return _one(book, row, tables.settings.depth.weights)
    listed = listed_accounts(tables, arguments).select("account_id", "name")
    return _portfolio(tables, book, arguments, listed.join(scores, "account_id"))


def _one(book: FactBook, row: Row, weights: Weights) -> ToolResult:
    book.add("depth.score", number(row["score"]))
    book.add("depth.known", number(row["known"]))
    for part in PARTS:
        book.add(f"depth.{part}", number(row[part]))
    _warn(book, [part for part in PARTS if weights.get(part) and row[part] is None])
    table = book.table(
        {
            "depth.part": list(PARTS),
            "depth.reached": [number(row[part]) for part in PARTS],
            "depth.weight": [weights.get(part, Decimal(0)) for part in PARTS],
        },
        [f"part:{part}" for part in PARTS],
        sort=Text(ja="要素の順", en="in the order of the parts"),
    )
    return book.result(table=table, chart=Chart(kind="bar", x="depth.part", y="depth.reached"))


def _portfolio(
    tables: ScopedTables, book: FactBook, arguments: PortfolioArguments, rows: ibis.Table
) -> ToolResult:
    listed, total = first_rows(rows, [descending("score")], arguments.limit)
    counts = fetch_one(
        rows.agg(known=_.score.count(), **{part: rows[part].count() for part in PARTS})
    )
    book.add("depth.accounts", counts["known"], rows=total)
    weights = tables.settings.depth.weights
    _warn(book, [part for part in PARTS if weights.get(part) and total and not counts[part]])
    columns: dict[str, list[Value]] = {
        "account.name": [r["name"] for r in listed],
        "depth.score": [number(r["score"]) for r in listed],
        "depth.known": [number(r["known"]) for r in listed],
    }
    columns |= {f"depth.{part}": [number(r[part]) for r in listed] for part in PARTS}
    table = book.table(
        columns,
        subjects(listed),
        sort=Text(ja="深耕度の高い順", en="deepest first"),
        total_rows=total,
    )
    return book.result(table=table, chart=Chart(kind="bar", x="account.name", y="depth.score"))


def _warn(book: FactBook, unknown: list[str]) -> None:
    if not unknown:
        return
    ja = "、".join(f"{word(p, 'depth_part', 'ja')}（{_NEEDED[p]}）" for p in unknown)
    en = "; ".join(f"{word(p, 'depth_part', 'en')} ({_NEEDED[p]})" for p in unknown)
    book.warn(
        f"記録がないため深耕度に含めていない要素: {ja}。",
        f"Not on record, and so no part of the depth score: {en}.",
    )


DEPTH_SCORE = Tool(
    "depth_score",
    PortfolioArguments,
    depth_score,
    Text(
        ja="深耕度（百点満点）とその要素: カテゴリー、部署、接点のある職位、ウォレットシェア、"
        "ソリューション比率、先方からの反応、計画の実行",
        en="Depth of the relationship from nought to a hundred, and its parts: categories, "
        "departments, levels met, wallet share, solution share, engagement, plan execution",
    ),
    needs=("accounts",),
)
