"""Who viewed which document, when and how long; a view by nobody named is not recorded, not lost.

Source: docs/metrics.md (engagement report).
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import ibis
from ibis import _
from pydantic import Field

from crm.periods import Period, parse_period, trailing
from crm.scope import ScopedTables
from tools.arguments import open_book
from tools.facts import Chart, FactBook, LeftOut, Table, Text, ToolResult, Value
from tools.money import MONEY
from tools.portfolio import PortfolioArguments, listed_accounts
from tools.query import Row, attach, fetch, fetch_one, inside
from tools.tool import Tool

TREND_DAYS = 30
NOT_RECORDED = "not_recorded"
By = Literal["person", "document", "account"]
_KEYS: dict[str, tuple[str, ...]] = {
    "person": ("account_id", "contact_id"),
    "document": ("document",),
    "account": ("account_id",),
    "view": ("account_id", "contact_id", "document"),
}


class EngagementArguments(PortfolioArguments):
    """Whose views to report, over which time and by what."""

    period: str = Field(
        default="last_90_days",
        description="Period of the views, e.g. last_90_days, FY2026Q2, 2026-04-01..2026-09-30.",
    )
    by: By = Field(default="person", description="A row for each person, document or account.")


def engagement_report(tables: ScopedTables, arguments: EngagementArguments) -> ToolResult:
    """Views by person, document or account, with what each person viewed as a second part."""
    book = open_book("engagement_report", tables, arguments)
    start = tables.settings.company.fiscal_year_start
    period = parse_period(arguments.period, arguments.as_of, start).until(arguments.as_of)
    book.add("meta.from", period.start)
    book.add("meta.to", period.end)
    views = _views(tables, arguments, period)
    _record(book, fetch_one(views.agg(**_totals(views))))
    result = book.result(
        table=_table(tables, book, views, arguments.by, arguments.limit),
        chart=_chart(_LEADING[arguments.by]),
    )
    single = _table(tables, book, views, "view", arguments.limit)
    part = ToolResult(tool="engagement_views", table=single)
    return result.model_copy(update={"parts": (part,)})


_LEADING = {
    "person": "engagement.who",
    "document": "engagement.document",
    "account": "account.name",
}


def _chart(leading: str) -> Chart:
    """A bar for each row; a person is named with the account."""
    whose = "account.name" if leading == "engagement.who" else None
    return Chart(kind="bar", x=leading, y="engagement.views", label=whose)


def _views(tables: ScopedTables, arguments: EngagementArguments, period: Period) -> ibis.Table:
    """What each viewer of the accounts asked for viewed, with the account's `name`."""
    listed = listed_accounts(tables, arguments).select("account_id", "name")
    return viewed(tables, arguments.as_of, period).join(listed, "account_id")


def viewed(tables: ScopedTables, as_of: date, period: Period) -> ibis.Table:
    """The views of each document by each contact of each visible account: a row for each.

    Columns: account_id, contact_id (NULL: not recorded), document; of the period `views`, `timed`
    (of them with seconds), `seconds`, `first`, `last`; and `trend`, the views of the last 30 days
    less those of the 30 before.
    """
    return tables.keep(("viewed", as_of, period), lambda: _viewed(tables, as_of, period))


def _viewed(tables: ScopedTables, as_of: date, period: Period) -> ibis.Table:
    views = tables["engagements"].filter(_.viewed_at <= ibis.literal(as_of))
    before = trailing(as_of - timedelta(days=TREND_DAYS), TREND_DAYS)
    views = views.mutate(
        counted=inside(period, "viewed_at"),
        now=inside(trailing(as_of, TREND_DAYS), "viewed_at"),
        before=inside(before, "viewed_at"),
    )
    return views.group_by(*_KEYS["view"]).agg(
        views=_.count(where=_.counted),
        timed=_.seconds.count(where=_.counted),
        seconds=_.seconds.sum(where=_.counted).cast(MONEY),
        first=_.viewed_at.min(where=_.counted),
        last=_.viewed_at.max(where=_.counted),
        trend=_.count(where=_.now) - _.count(where=_.before),
    )


def _totals(views: ibis.Table) -> dict[str, ibis.Value]:
    counted = views.views > 0
    return {
        "views": views.views.sum(),
        "viewers": views.contact_id.nunique(where=counted),
        "documents": views.document.nunique(where=counted),
        "unnamed": views.views.sum(where=views.contact_id.isnull()),
        "timed": views.timed.sum(),
    }


def _record(book: FactBook, row: Row) -> None:
    views = row["views"] or 0
    unnamed = LeftOut(
        rows=row["unnamed"] or 0, reason=Text(ja="閲覧者の記録がない", en="viewer not recorded")
    )
    book.add("engagement.views_total", views, rows=views)
    book.add("engagement.viewers", row["viewers"], rows=views, left_out=[unnamed])
    book.add("engagement.documents", row["documents"], rows=views)
    if untimed := views - (row["timed"] or 0):
        book.warn(
            f"閲覧秒数が不明な閲覧が{untimed}件あります。",
            f"Views whose seconds are unknown: {untimed}.",
        )


def _table(tables: ScopedTables, book: FactBook, views: ibis.Table, by: str, limit: int) -> Table:
    rows = _grouped(tables, views, by, limit)
    columns: dict[str, list[Value]] = {}
    if by != "document":
        columns["account.name"] = [row["name"] for row in rows]
    if by in ("person", "view"):
        columns["engagement.who"] = [_who(row) for row in rows]
    if by == "person":
        columns["engagement.document"] = _favourites(views, rows)
    if by in ("document", "view"):
        columns["engagement.document"] = [row["document"] for row in rows]
    columns |= {
        "engagement.views": [row["views"] for row in rows],
        "engagement.seconds": [row["seconds"] for row in rows],
        "engagement.first": [row["first"] for row in rows],
        "engagement.last": [row["last"] for row in rows],
        "engagement.trend": [row["trend"] for row in rows],
        "engagement.score": [_interest(row) for row in rows],
        "engagement.rank": [row["rank"] for row in rows],
    }
    return book.table(
        columns,
        [_subject(row, by) for row in rows],
        sort=Text(ja="関心度の高い順", en="most interest first"),
        total_rows=rows[0]["total"] if rows else 0,
    )


def _grouped(tables: ScopedTables, views: ibis.Table, by: str, limit: int) -> list[Row]:
    """The first rows by interest, with their `rank`, and how many there are in `total`."""
    keys = _KEYS[by]
    names = {"name": views.name.min()} if by != "document" else {}
    rows = views.group_by(*keys).agg(
        **names,
        views=views.views.sum(),
        seconds=views.seconds.sum(),
        first=views["first"].min(),
        last=views["last"].max(),
        trend=views.trend.sum(),
    )
    rows = rows.filter(_.views > 0)
    none = ibis.literal(0, MONEY)
    weight = rows.views.cast(MONEY) * 60 + rows.seconds.cast(MONEY).fill_null(none)
    order = [weight.desc(), *(rows[key].asc(nulls_first=False) for key in keys)]
    rows = rows.mutate(
        rank=ibis.row_number().over(ibis.window(order_by=order)) + 1, total=rows.count().over()
    )
    rows = rows.order_by("rank").limit(limit)
    if "contact_id" in keys and "contacts" in tables:
        rows = attach(rows, tables["contacts"], "contact_id", "contact_id", who="name")
    return fetch(rows.order_by("rank"))


def _favourites(views: ibis.Table, rows: list[Row]) -> list[Value]:
    """The document that each of these people viewed most; ties by its name."""
    accounts = sorted({row["account_id"] for row in rows})
    seen = views.filter(_.account_id.isin(accounts)).select(*_KEYS["view"], "views")
    best: dict[tuple[str, str | None], str] = {}
    for row in sorted(fetch(seen), key=lambda r: (-r["views"], r["document"])):
        best.setdefault((row["account_id"], row["contact_id"]), row["document"])
    return [best[row["account_id"], row["contact_id"]] for row in rows]


def _interest(row: Row) -> Decimal:
    """Views and the minutes known to be viewed."""
    return Decimal(row["views"]) + (row["seconds"] or Decimal(0)) / 60


def _who(row: Row) -> str:
    if row["contact_id"] is None:
        return NOT_RECORDED
    return str(row.get("who") or row["contact_id"])


def _subject(row: Row, by: str) -> str:
    match by:
        case "account":
            return f"account:{row['account_id']}"
        case "document":
            return f"document:{row['document']}"
    viewer = row["contact_id"] or f"{NOT_RECORDED}@{row['account_id']}"
    return f"contact:{viewer}" if by == "person" else f"view:{viewer}/{row['document']}"


ENGAGEMENT_REPORT = Tool(
    "engagement_report",
    EngagementArguments,
    engagement_report,
    Text(
        ja="資料の閲覧: 誰が、どの資料を、いつ、どれだけ見たか。人・資料・取引先別の関心度と増減",
        en="Document views: who viewed which document, when and how long; interest and trend by "
        "person, document or account",
    ),
    needs=("accounts", "engagements"),
)
