"""Target against actual: the forecast is what is there plus what open deals may still bring."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import ibis
from ibis import _
from pydantic import Field

from crm.periods import Period, parse_period
from crm.scope import ScopedTables
from tools.allocation import unallocated
from tools.arguments import open_book
from tools.deal_groups import told_apart
from tools.exact import decimal
from tools.facts import Chart, FactBook, Text, ToolResult, Value
from tools.listing import descending, first_rows
from tools.money import account_money
from tools.portfolio import PortfolioArguments
from tools.profit_warnings import warn_of_direct_costs, warn_of_pools
from tools.query import Row, fetch, fetch_one
from tools.spans import record_span
from tools.target_actuals import warn_of_unknown_amounts
from tools.target_rows import (
    DEALS,
    SOURCES,
    asked_targets,
    attributable,
    days_known,
    target_rows,
)
from tools.targets import Level, Measure, partial_targets, warn_unread, whole_teams
from tools.tool import Tool
from tools.words import word

_FIGURES = (
    "targets.target", "targets.actual", "targets.attainment", "targets.gap", "targets.forecast",
    "targets.forecast_attainment", "targets.to_date", "targets.pace",
)  # fmt: skip
_SIDES = {"n": "amount", "done_n": "done_target", "ahead_n": "ahead_target"}
"""How many targets there are, have an actual, have a forecast; and the sum of each."""
_KNOWN = {
    "targets.actual": "done_n",
    "targets.attainment": "done_n",
    "targets.gap": "done_n",
    "targets.pace": "done_n",
    "targets.forecast": "ahead_n",
    "targets.forecast_attainment": "ahead_n",
}
"""Over which targets the figures of the whole are, where not over all."""


_COUNTED: dict[Level, str] = {
    "person": "targets.people",
    "team": "targets.teams",
    "account": "targets.accounts",
}
"""What counts the targets of a level."""


class TargetArguments(PortfolioArguments):
    """Whose targets, of which measure, for which period."""

    period: str | None = Field(
        default=None,
        description=(
            "Period, e.g. FY2026, FY2026H1, FY2026Q2, 2026-04, this_quarter, "
            "2026-04-01..2026-09-30. Without it: the running fiscal half."
        ),
    )
    level: Level = Field(
        default="person", description="Targets of people, of teams or of accounts."
    )
    measure: Measure = Field(default="net_sales", description="What the targets are set for.")
    account_id: str | None = Field(
        default=None, description="Only this account (with another level: whoever owns it)."
    )
    owner_id: str | None = Field(
        default=None, description="Only this person and those below, or what they own."
    )
    team: str | None = Field(default=None, description="Only this team, its people or accounts.")
    limit: int = Field(default=20, ge=1, le=500, description="Rows at the most.")

    def span(self, tables: ScopedTables) -> Period:
        start = tables.settings.company.fiscal_year_start
        return parse_period(self.period or "this_half", self.as_of, start)


@dataclass(frozen=True)
class Compared:
    """A target beside what it is for; `gone` is the share of its days that are over."""

    target: Fraction
    actual: Decimal | None
    forecast: Decimal | None
    gone: Fraction

    def figures(self) -> dict[str, Value]:
        """Every figure by its fact name; money in the workspace currency."""
        target, to_date = decimal(self.target), self.target * self.gone
        gap = None if self.actual is None else self.target - Fraction(self.actual)
        return {
            "targets.target": target,
            "targets.actual": self.actual,
            "targets.attainment": _share(self.actual, self.target),
            "targets.gap": None if gap is None else decimal(gap),
            "targets.forecast": self.forecast,
            "targets.forecast_attainment": _share(self.forecast, self.target),
            "targets.to_date": decimal(to_date),
            "targets.pace": _share(self.actual, to_date),
        }


def _share(part: Decimal | None, whole: Fraction) -> Decimal | None:
    return None if part is None or whole == 0 else decimal(Fraction(part) / whole)


def targets_and_gap(tables: ScopedTables, arguments: TargetArguments) -> ToolResult:
    """Target, actual, attainment, gap and forecast of each person, team or account with a target.

    The totals are of all rows, not only of those listed. Raises MissingDataError without targets.
    Source: docs/metrics.md (targets).
    """
    book = open_book("targets_and_gap", tables, arguments, "deals")
    period = arguments.span(tables)
    record_span(book, period)
    book.add("targets.measure", arguments.measure)
    warn_unread(book, tables, arguments.measure, arguments.as_of)
    level = arguments.level
    _warn_partly(book, tables, arguments, period)
    rows = target_rows(tables, level, arguments.measure, period, arguments.as_of)
    rows = asked_targets(tables, arguments, level, rows)
    gone = Fraction(max(period.until(arguments.as_of).days, 0), period.days)
    totals = fetch(_totals(rows))
    _record_totals(book, totals, gone, arguments.measure, level)
    _warn(book, tables, arguments, totals)
    return _listed(book, arguments, rows, gone)


def _totals(rows: ibis.Table) -> ibis.Table:
    """The sums over the rows, by the share of the days that their targets have."""
    done, ahead = rows.actual.notnull(), rows.forecast.notnull()
    return rows.group_by("days", "of_days").agg(
        n=rows.count(),
        amount=rows.amount.sum(),
        done_n=done.sum(),
        done_target=rows.amount.sum(where=done),
        actual=rows.actual.sum(),
        ahead_n=ahead.sum(),
        ahead_target=rows.amount.sum(where=ahead),
        forecast=rows.forecast.sum(),
        **{c: rows[c].sum() for c in ("unknown", *DEALS)},
    )


def _record_totals(
    book: FactBook, totals: list[Row], gone: Fraction, measure: Measure, level: Level
) -> None:
    """The figures of all rows; what compares two sides is over the rows that know both."""
    no_forecast = Text(
        ja="営業利益の着地見込は、商談の額からは分からない",
        en="the value of deals does not tell a profit to come",
    )
    n = _total(totals, "n")
    book.add("targets.count", n, rows=n)
    book.add(_COUNTED[level], n, rows=n)
    sums = {count: _sum(totals, count, target, gone) for count, target in _SIDES.items()}
    for name in _FIGURES:
        count = _KNOWN.get(name, "n")
        note = no_forecast if count == "ahead_n" and measure == "operating_profit" else None
        book.add(name, sums[count].get(name), rows=_total(totals, count), note=note)


def _sum(totals: list[Row], count: str, target: str, gone: Fraction) -> dict[str, Value]:
    """The figures over the rows counted; nothing is known of none."""
    if not _total(totals, count):
        return {}
    parts = ((row[target], Fraction(row["days"], row["of_days"])) for row in totals)
    whole = sum((Fraction(amount) * part for amount, part in parts if amount), Fraction(0))
    actual, forecast = (_money(totals, name) for name in ("actual", "forecast"))
    return Compared(whole, actual, forecast, gone).figures()


def _total(totals: list[Row], name: str) -> int:
    return sum(int(row[name] or 0) for row in totals)


def _money(totals: list[Row], name: str) -> Decimal | None:
    known = [row[name] for row in totals if row[name] is not None]
    return sum(known, Decimal(0)) if known else None


def _listed(
    book: FactBook, arguments: TargetArguments, rows: ibis.Table, gone: Fraction
) -> ToolResult:
    """The largest gap first."""
    found, total = first_rows(rows, [descending("gap")], arguments.limit, ties=("subject",))
    found = told_apart([row | {"group_id": row["subject"]} for row in found])
    figures = [
        Compared(
            Fraction(row["amount"]) * row["days"] / row["of_days"],
            row["actual"],
            row["forecast"],
            gone,
        ).figures()
        for row in found
    ]
    columns: dict[str, list[Value]] = {
        "targets.name": [row["label"] for row in found],
        **{name: [each[name] for each in figures] for name in _FIGURES},
        "targets.how": [row["how"] for row in found],
    }
    table = book.table(
        columns,
        [f"{arguments.level}:{row['subject']}" for row in found],
        sort=Text(ja="目標との差額の大きい順", en="largest gap first"),
        total_rows=total,
    )
    return book.result(table=table, chart=Chart(kind="bar", x="targets.name", y="targets.gap"))


def _warn_partly(
    book: FactBook, tables: ScopedTables, arguments: TargetArguments, period: Period
) -> None:
    """Sales of a half beside the target of a quarter would look like a success."""
    rows = partial_targets(tables, arguments.measure, period, arguments.as_of)
    rows = rows.filter(_.level == arguments.level)
    rows = asked_targets(tables, arguments, arguments.level, rows)
    if left := fetch_one(rows.agg(n=_.count()))["n"]:
        book.warn(
            f"目標が期間の一部にしかない対象が{left}件あり、除きました。",
            f"Left out, because their targets cover a part of the period only: {left}.",
        )


def _warn(
    book: FactBook, tables: ScopedTables, arguments: TargetArguments, totals: list[Row]
) -> None:
    rows, done = _total(totals, "n"), _total(totals, "done_n")
    if not rows:
        book.warn(
            "この期間・指標・対象の目標がありません（目標に加えて取り込んでください）。",
            "There is no target of this measure, level and period: add it to targets and import.",
        )
        return
    source = SOURCES[arguments.measure]
    if source not in tables:
        book.warn(
            f"{word(source, 'evidence_source', 'ja')}がないため、実績は分かりません。"
            "マッピングに加えて取り込んでください。",
            f"Without `{source}` the actual is unknown: add it to the mapping and import.",
        )
    elif not attributable(tables, arguments.level, arguments.measure, arguments.as_of):
        _warn_whose(book, arguments)
    elif arguments.level == "team" and done < rows and whole_teams(tables) is not None:
        book.warn(
            "一部しか見えないチームの実績は不明としました。",
            "The actual of a team is unknown to those who see a part of it only.",
        )
    if unknown := _total(totals, "unknown"):
        _warn_unknown(book, arguments.measure, unknown)
    if arguments.measure != "operating_profit":
        _warn_deals(book, tables, totals)
    elif source in tables:
        _warn_costs(book, tables, arguments.span(tables).until(arguments.as_of))


def _warn_whose(book: FactBook, arguments: TargetArguments) -> None:
    """Say which columns would tell whose the actual is."""
    if arguments.measure == "orders_won":
        whose = "account_id" if arguments.level == "account" else "owner_id"
        columns = f"opportunities.{whose}, opportunities.closed_on"
        words = f"商談の{'取引先' if arguments.level == 'account' else '担当者'}か完了日"
    else:
        columns, words = "accounts.owner_id", "取引先の担当者"
    book.warn(
        f"{words}が登録されていないため、実績は分かりません。補って取り込んでください。",
        f"Without {columns} the actual is unknown: fill in what is missing and import.",
    )


def _warn_unknown(book: FactBook, measure: Measure, unknown: int) -> None:
    if measure == "orders_won":
        warn_of_unknown_amounts(book, unknown)
    else:
        book.warn(
            f"原価が分からない取引先が{unknown}社あり、その利益は実績に含めていません。",
            f"Accounts whose cost is unknown are not in the actual profit: {unknown}.",
        )


def _warn_costs(book: FactBook, tables: ScopedTables, past: Period) -> None:
    """Say what the operating profit of the days leaves out."""
    if past.end < past.start:
        return
    uncosted = fetch_one(account_money(tables, past).agg(n=_.uncosted.sum()))["n"]
    warn_of_direct_costs(book, tables, int(uncosted or 0))
    warn_of_pools(book, tables, unallocated(tables, past))


def _warn_deals(book: FactBook, tables: ScopedTables, totals: list[Row]) -> None:
    """Say which open deals a forecast leaves out."""
    if not days_known(tables):
        book.warn(
            "商談の受注予定日が登録されていないため、着地見込は"
            "分かりません。マッピングに加えて取り込んでください。",
            "Without the expected closes of deals (opportunities.expected_close) the forecast is "
            "unknown: add them to the mapping and import.",
        )
    if overdue := _total(totals, "overdue"):
        book.warn(
            f"受注予定日が基準日以前の未完了の商談が{overdue}件あり、着地見込に含めていません。",
            f"Open deals whose expected close has passed are not in the forecast: {overdue}.",
        )
    if undated := _total(totals, "undated"):
        book.warn(
            f"受注予定日が不明な進行中の商談{undated}件は、着地見込に含めていません。",
            f"Open deals without an expected close are not in the forecast: {undated}.",
        )
    if unweighed := _total(totals, "coming") - _total(totals, "weighed"):
        book.warn(
            f"金額または受注確度が不明な進行中の商談{unweighed}件は、着地見込に含めていません。",
            f"Open deals without an amount or a probability are not in the forecast: {unweighed}.",
        )


TARGETS_AND_GAP = Tool(
    "targets_and_gap",
    TargetArguments,
    targets_and_gap,
    Text(
        ja="目標と差額: 担当者・チーム・取引先ごとの目標、実績、達成率、差額、着地見込、進捗",
        en="Targets and gap: target, actual, attainment, gap, forecast and pace of each person, "
        "team or account",
    ),
    needs=("targets",),
)
