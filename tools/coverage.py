"""Coverage: what is open for the rest of a target, against what the win rate asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

import ibis
from ibis import _

from crm.periods import Period, trailing
from crm.scope import ScopedTables
from tools.deal_sums import FEW_CASES, sum_or_unknown
from tools.deals import LOST, OPEN, WON, closings_known
from tools.exact import decimal
from tools.facts import FactBook, LeftOut, Text
from tools.format import how_many
from tools.people import with_reports
from tools.query import Row, fetch, fetch_one
from tools.target_rows import days_known
from tools.targets import LEVELS, Level, targets_of, warn_unread, whole_teams

YEAR = 365
_OF_LEVEL = {
    "person": Text(ja="担当者の目標", en="targets of people"),
    "team": Text(ja="チームの目標", en="targets of teams"),
    "account": Text(ja="取引先の目標", en="targets of accounts"),
}


@dataclass(frozen=True)
class Asked:
    """Whose deals: of an account, else of a person and those below, else of a team, else all."""

    account_id: str | None = None
    owner_id: str | None = None
    team: str | None = None

    @property
    def anybody(self) -> bool:
        return not (self.account_id or self.owner_id or self.team)


@dataclass(frozen=True)
class Target:
    """Orders to be won in a period: the sum of `count` targets of one level."""

    amount: Decimal
    level: Level
    count: int


@dataclass(frozen=True)
class Coverage:
    """The figures of coverage; money in the workspace currency, None is unknown."""

    target: Decimal | None
    won: Decimal | None
    open: Decimal | None
    required: Fraction | None

    @property
    def reached(self) -> bool | None:
        if self.target is None or self.won is None:
            return None
        return self.target <= self.won

    @property
    def attainment(self) -> Decimal | None:
        """Won so far / target."""
        if not self.target or self.won is None:
            return None
        return decimal(Fraction(self.won) / Fraction(self.target))

    @property
    def coverage(self) -> Fraction | None:
        """Open value / what is still to be won; unknown once the target is reached."""
        if self.target is None or self.won is None or self.open is None or self.reached:
            return None
        return Fraction(self.open) / Fraction(self.target - self.won)

    @property
    def verdict(self) -> str:
        if self.reached:
            return "reached"
        if self.coverage is None or self.required is None:
            return "unknown"
        return "enough" if self.coverage >= self.required else "short"


def orders_target(tables: ScopedTables, asked: Asked, period: Period, as_of: date) -> Target | None:
    """The orders to be won in a period, of one level only; None without targets for it.

    Targets of that period, or those within it; a longer one is not prorated. For everybody: those
    of people, else of teams, else of accounts. Source: docs/metrics.md (pipeline).
    """
    if "targets" not in tables:
        return None
    rows = targets_of(tables, "orders_won", period, as_of).filter(_.how != "prorated")
    if asked.account_id:
        rows = rows.filter(_.level == "account", _.subject == asked.account_id)
    elif asked.owner_id:
        people = with_reports(tables, asked.owner_id)
        rows = rows.filter(_.level == "person", _.subject.isin(people))
    elif asked.team:
        rows = rows.filter(_.level == "team", _.subject == asked.team)
    if (teams := whole_teams(tables)) is not None:
        rows = rows.filter((_.level != "team") | _.subject.isin(teams))
    found = {row["level"]: row for row in fetch(_summed(rows))}
    for level in LEVELS:
        if level in found:
            return Target(found[level]["amount"], level, found[level]["n"])
    return None


def _summed(rows: ibis.Table) -> ibis.Table:
    return rows.group_by("level").agg(n=_.count(), amount=_.amount.sum())


def record_coverage(
    book: FactBook,
    tables: ScopedTables,
    deals: ibis.Table,
    asked: Asked,
    period: Period,
    as_of: date,
) -> None:
    """Target, won so far, open in the rest of the period, coverage, and what it should be.

    `deals` are those of `asked` with `state`, of any day. The win rate is that of the deals closed
    in the 365 days up to as_of. Source: docs/metrics.md (pipeline).
    """
    target = orders_target(tables, asked, period, as_of)
    row = fetch_one(deals.agg(**_sums(deals, period, as_of)))
    row = {k: v if v is not None or k.endswith("_value") else 0 for k, v in row.items()}
    dated, closings = days_known(tables), closings_known(tables, as_of)
    won = sum_or_unknown(row["won_n"], row["won_known"], row["won_value"])
    found = Coverage(
        target=target.amount if target else None,
        won=won if closings else None,
        open=sum_or_unknown(row["open_n"], row["open_known"], row["open_value"]) if dated else None,
        required=Fraction(row["closed"], row["won_year"]) if row["won_year"] else None,
    )
    book.add("pipeline.coverage_from", period.start)
    book.add("pipeline.coverage_to", period.end)
    _record(book, found, target, row)
    if target is None:
        _warn_without_target(book, tables, asked, period, as_of)
    elif not dated:
        book.warn(
            "商談の受注予定日が登録されていないため、カバレッジは"
            "分かりません。マッピングに加えて取り込んでください。",
            "Without the expected closes of deals (opportunities.expected_close) the coverage is "
            "unknown: add them to the mapping and import.",
        )
    if 0 < row["closed"] < FEW_CASES:
        book.warn(
            f"直近一年に完了した商談が{row['closed']}件と少なく、必要カバレッジは参考値です。",
            f"Few cases: the required coverage rests on {how_many(row['closed'], 'deal')} closed "
            "in a year.",
        )


def _sums(deals: ibis.Table, period: Period, as_of: date) -> dict[str, ibis.Value]:
    rest = Period(max(period.start, as_of), period.end)
    is_open = deals.state == OPEN
    won = (deals.state == WON) & _in(period, deals.closed_on)
    expected = is_open & _in(rest, deals.expected_close)
    year = _in(trailing(as_of, YEAR), deals.closed_on)
    known = deals.amount.notnull()
    return {
        "won_n": won.sum(),
        "won_known": (won & known).sum(),
        "won_value": deals.amount.sum(where=won),
        "open_n": expected.sum(),
        "open_known": (expected & known).sum(),
        "open_value": deals.amount.sum(where=expected),
        "undated": (is_open & deals.expected_close.isnull()).sum(),
        "won_year": (year & (deals.state == WON)).sum(),
        "closed": (year & deals.state.isin([WON, LOST])).sum(),
    }


def _in(period: Period, day: ibis.Column) -> ibis.Value:
    return day.between(ibis.literal(period.start), ibis.literal(period.end))


def _record(book: FactBook, found: Coverage, target: Target | None, row: Row) -> None:
    no_amount = Text(ja="金額が不明", en="no amount")
    undated = Text(ja="受注予定日が不明", en="no expected close")
    coverage, required = found.coverage, found.required
    book.add(
        "pipeline.target",
        found.target,
        rows=target.count if target else 0,
        note=_OF_LEVEL[target.level] if target else None,
    )
    book.add("pipeline.target_attainment", found.attainment, rows=row["won_known"])
    book.add(
        "pipeline.won_so_far",
        found.won,
        rows=row["won_known"],
        left_out=[LeftOut(rows=row["won_n"] - row["won_known"], reason=no_amount)],
    )
    book.add(
        "pipeline.open_in_period",
        found.open,
        rows=row["open_known"],
        left_out=[
            LeftOut(rows=row["open_n"] - row["open_known"], reason=no_amount),
            LeftOut(rows=row["undated"], reason=undated),
        ],
    )
    book.add(
        "pipeline.coverage",
        None if coverage is None else decimal(coverage),
        rows=row["open_known"],
    )
    book.add(
        "pipeline.required_coverage",
        None if required is None else decimal(required),
        rows=row["closed"],
    )
    book.add("pipeline.coverage_verdict", found.verdict)
    reached = {None: None, True: "yes", False: "no"}[found.reached]
    book.add("pipeline.target_reached", reached)


def _warn_without_target(
    book: FactBook, tables: ScopedTables, asked: Asked, period: Period, as_of: date
) -> None:
    if "targets" in tables:
        warn_unread(book, tables, "orders_won", as_of)
    if asked.anybody:
        book.warn(
            f"{period.start}〜{period.end}の受注目標がないため、カバレッジは分かりません。"
            "目標（受注額）に加えて取り込んでください。",
            f"No target of orders won for {period.start} to {period.end}: the coverage is "
            "unknown. Add it to targets (measure orders_won) and import.",
        )
