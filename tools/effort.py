"""Effort and return: hours and their cost against sales and profit; hours unknown are left out.

Source: docs/metrics.md (effort).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from ibis import _
from pydantic import Field

from crm.scope import ScopedTables
from tools.arguments import RowArguments, YearArguments, open_book
from tools.effort_trap import record_trap
from tools.efforts import By, Effort, account_efforts, efforts, measures
from tools.exact import decimal
from tools.facts import Chart, FactBook, LeftOut, Table, Text, ToolResult, Value
from tools.listing import descending, first_rows
from tools.people import names_of_people
from tools.query import Row, fetch, fetch_one
from tools.spans import record_span
from tools.tool import Tool

_SETTINGS: dict[By, tuple[str, ...]] = {"zone": ("zones", "deals"), "cell": ("drivers",)}
"""The settings that decide who is in which group, beside those of the trap."""


class EffortArguments(YearArguments, RowArguments):
    """By what to sum up hours, sales and profit."""

    by: By = Field(
        default="account",
        description="Account, portfolio zone, abcd (letter of the ABCD matrix), person (who did "
        "the work, and the accounts they own), team, or cell of the driver grid.",
    )
    limit: int = Field(default=20, ge=1, le=500, description="Rows at the most.")


def effort_and_return(tables: ScopedTables, arguments: EffortArguments) -> ToolResult:
    """Hours, their cost, net sales and profit after direct costs, and what an hour brings.

    Letters, zones and cells are those of as_of; a person's money is that of the accounts they own,
    their hours are those of what they did. Shares are of all hours and all sales the asker sees.
    Raises MissingDataError without activities. Source: docs/metrics.md (effort).
    """
    groups = _SETTINGS.get(arguments.by, ())
    book = open_book("effort_and_return", tables, arguments, "effort", "abcd", *groups)
    span = arguments.span(tables)
    record_span(book, span)
    sold = "order_lines" in tables
    every = account_efforts(tables, span)
    row = fetch_one(every.agg(**measures(every)))
    total = Effort.of(row, sold)
    _record_total(book, row, total)
    record_trap(book, tables, arguments.as_of, span)
    found, n = first_rows(
        efforts(tables, arguments.as_of, span, arguments.by),
        [descending("minutes")],
        arguments.limit,
        ties=("whose",),
    )
    table = _table(tables, book, arguments.by, found, total, sold, n)
    chart = Chart(kind="scatter", x="effort.hours", y="effort.profit", label="effort.group")
    return book.result(table=table, chart=chart)


def _record_total(book: FactBook, row: Row, total: Effort) -> None:
    acts, timed, priced = (int(row[c] or 0) for c in ("acts", "timed", "priced"))
    untimed = Text(ja="時間が不明な活動", en="activities without minutes")
    unpriced = Text(ja="時間または時間単価が不明な活動", en="no minutes or no hourly cost")
    unknown = Text(ja="利益が不明な取引先", en="accounts of unknown profit")
    book.add(
        "effort.hours",
        _exact(total.hours),
        rows=timed,
        left_out=[LeftOut(rows=acts - timed, reason=untimed)],
    )
    book.add(
        "effort.cost",
        _exact(total.cost),
        rows=priced,
        left_out=[LeftOut(rows=acts - priced, reason=unpriced)],
    )
    book.add("effort.sales", _exact(total.sales), rows=row["accounts"])
    book.add(
        "effort.profit",
        _exact(total.profit),
        rows=row["known"],
        left_out=[LeftOut(rows=row["accounts"] - row["known"], reason=unknown)],
    )
    book.add("effort.sales_per_hour", _exact(total.an_hour(total.sales)), rows=timed)
    book.add("effort.profit_per_hour", _exact(total.an_hour(total.profit)), rows=timed)
    if acts > timed:
        book.warn(
            f"所要時間（activities の minutes）が不明な活動が{acts - timed}件あり、"
            "時間から除きました。",
            f"Activities without minutes, left out of the hours: {acts - timed}.",
        )
    if timed > priced:
        book.warn(
            f"時間単価（people の hourly_cost）が不明な活動が{timed - priced}件あり、"
            "費用から除きました。",
            f"Activities without an hourly cost (people.hourly_cost), left out of the cost: "
            f"{timed - priced}.",
        )


def _table(
    tables: ScopedTables,
    book: FactBook,
    by: By,
    rows: Sequence[Row],
    total: Effort,
    sold: bool,
    n: int,
) -> Table:
    found = [Effort.of(row, sold) for row in rows]
    hours = [_share(effort.hours, total.hours) for effort in found]
    sales = [_share(effort.sales, total.sales) for effort in found]
    columns: dict[str, list[Value]] = {
        "effort.group": _labels(tables, by, [row["whose"] for row in rows]),
        "effort.hours": [_exact(effort.hours) for effort in found],
        "effort.cost": [_exact(effort.cost) for effort in found],
        "effort.sales": [_exact(effort.sales) for effort in found],
        "effort.profit": [_exact(effort.profit) for effort in found],
        "effort.sales_per_hour": [_exact(effort.an_hour(effort.sales)) for effort in found],
        "effort.profit_per_hour": [_exact(effort.an_hour(effort.profit)) for effort in found],
        "effort.hours_share": [_exact(part) for part in hours],
        "effort.sales_share": [_exact(part) for part in sales],
        "effort.index": [_exact(_share(h, s)) for h, s in zip(hours, sales, strict=True)],
    }
    return book.table(
        columns,
        [f"{by}:{row['whose'] or ''}" for row in rows],
        sort=Text(ja="活動時間の多い順", en="most hours first"),
        total_rows=n,
    )


def _labels(tables: ScopedTables, by: By, keys: Sequence[str | None]) -> list[Value]:
    """What the groups are called; None where there is none."""
    if by == "account":
        accounts = tables["accounts"].filter(_.account_id.isin([k for k in keys if k]))
        rows = fetch(accounts.select("account_id", "name"))
        names = {row["account_id"]: row["name"] for row in rows}
    else:
        names = names_of_people(tables) if by == "person" else {}
    return [names.get(key or "", key) for key in keys]


def _share(part: Fraction | None, whole: Fraction | None) -> Fraction | None:
    return None if part is None or not whole else part / whole


def _exact(value: Fraction | None) -> Decimal | None:
    return None if value is None else decimal(value)


EFFORT_AND_RETURN = Tool(
    "effort_and_return",
    EffortArguments,
    effort_and_return,
    Text(
        ja="工数と成果: 取引先・ゾーン・ABCD・担当・チーム・グリッド別に、時間と費用に対する売上と"
        "利益。Cの罠、手薄なA・B、時間を移した場合の試算",
        en="Effort and return: hours and cost against sales and profit by account, zone, letter, "
        "person, team or cell; the C trap, neglected A and B, and a reallocation what-if",
    ),
    needs=("accounts", "activities"),
)
