"""What has been achieved of a goal, and what open deals may bring before it is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from ibis import _

from crm.periods import Period
from crm.scope import ScopedTables
from plans.model import Goal, Plan
from tools.facts import FactBook, LeftOut, Text
from tools.query import Row, fetch
from tools.target_actuals import actuals, expected_in_rest, warn_of_unknown_amounts
from tools.target_rows import SOURCES, attributable
from tools.targets import Measure
from tools.words import word

_NONE: Row = {"coming": 0, "weighed": 0, "weighted": None, "overdue": 0, "undated": 0}


@dataclass(frozen=True)
class Progressed:
    """The actual and the weighted value expected, and the goal's amount less both."""

    actual: Decimal | None
    weighted: Decimal | None
    amount: Decimal | None

    @property
    def to_go(self) -> Decimal | None:
        if self.amount is None or self.actual is None:
            return None
        return self.amount - self.actual

    @property
    def remaining(self) -> Decimal | None:
        if self.to_go is None or self.weighted is None:
            return None
        return self.to_go - self.weighted


def record_progress(
    book: FactBook, tables: ScopedTables, plan: Plan, goal: Goal, as_of: date
) -> Progressed:
    """Record the actual from the plan's first day on, and what open deals may bring by the due day.

    As docs/metrics.md (targets) has actual and forecast: a profit to come is unknown.
    """
    actual = weighted = None
    account = plan.head.account_id
    if goal.measure == "other":
        book.warn(
            "目標の指標が商談や受注の金額ではないため、実績と必要な商談額は計算できません。",
            "The goal's measure is not one that the data hold: what was achieved and the pipeline "
            "needed are unknown.",
        )
    elif goal.due is not None and goal.due < plan.head.start:
        book.warn(
            "目標の期日がプランの開始日より前のため、実績と必要な商談額は計算できません。",
            "The goal is due before the plan begins: what was achieved and the pipeline needed are "
            "unknown.",
        )
    else:
        past = Period(plan.head.start, min(as_of, goal.due or as_of))
        actual = _actual(book, tables, goal.measure, account, past)
        weighted = _weighted(book, tables, plan, goal, as_of)
    found = Progressed(actual, weighted, goal.amount)
    for name in ("goal.actual", "goal.weighted"):
        if name not in {fact.name for fact in book.facts}:
            book.add(name, None)
    book.add("goal.to_go", found.to_go)
    book.add("goal.remaining", found.remaining)
    return found


def _actual(
    book: FactBook, tables: ScopedTables, measure: Measure, account: str, past: Period
) -> Decimal | None:
    """What the account has brought in the days; zero of days still to come."""
    if SOURCES[measure] not in tables or not attributable(tables, "account", measure, book.as_of):
        _warn_without_source(book, tables, measure)
        return None
    row: Row = {"rows": 0, "known": 0, "actual": None}
    if past.start <= past.end:
        rows = actuals(tables, measure, "account", past, book.as_of)
        row = next(iter(fetch(rows.filter(_.key == account))), row)
    unknown = row["rows"] - row["known"]
    value: Decimal | None = row["actual"] if row["known"] else None
    actual = value if row["rows"] else Decimal(0)
    book.add(
        "goal.actual",
        actual,
        rows=row["known"],
        left_out=[LeftOut(rows=unknown, reason=Text(ja="金額が不明", en="no amount"))],
    )
    if unknown:
        _warn_of_unknown(book, measure, unknown)
    return actual


def _weighted(
    book: FactBook, tables: ScopedTables, plan: Plan, goal: Goal, as_of: date
) -> Decimal | None:
    """Amount x probability of the open deals expected in the days that are left."""
    if goal.measure == "operating_profit":
        book.warn(
            "営業利益の目標に必要な商談額は、商談の金額からは計算できません。",
            "The value of deals does not tell a profit: the pipeline needed is unknown.",
        )
        return None
    if not tables.has("opportunities", "account_id", "expected_close"):
        book.warn(
            "商談の取引先か受注予定日が登録されていないため、期日までに受注予定の金額は"
            "分かりません。マッピングに加えて取り込んでください。",
            "Without the accounts and expected closes of deals (opportunities.account_id, "
            "opportunities.expected_close) the value expected by the due day is unknown: add them "
            "to the mapping and import.",
        )
        return None
    if goal.due is None:
        return None
    rest = Period(max(plan.head.start, as_of + timedelta(days=1)), goal.due)
    rows = expected_in_rest(tables, "account", rest, as_of)
    row = next(iter(fetch(rows.filter(_.key == plan.head.account_id))), _NONE)
    unweighed = row["coming"] - row["weighed"]
    value: Decimal | None = row["weighted"] if row["weighed"] else None
    weighted = value if row["coming"] else Decimal(0)
    no_chance = Text(ja="金額または受注確度が不明", en="no amount or no probability")
    missing = [
        LeftOut(rows=unweighed, reason=no_chance),
        LeftOut(rows=row["overdue"], reason=Text(ja="受注予定日が過去", en="expected in the past")),
        LeftOut(rows=row["undated"], reason=Text(ja="受注予定日が不明", en="no expected close")),
    ]
    book.add("goal.weighted", weighted, rows=row["weighed"], left_out=missing)
    _warn_of_deals(book, row, unweighed)
    return weighted


def _warn_without_source(book: FactBook, tables: ScopedTables, measure: Measure) -> None:
    source = SOURCES[measure]
    if source in tables:
        book.warn(
            "商談の取引先か完了日が登録されていないため、実績は分かりません。"
            "補って取り込んでください。",
            "Without opportunities.account_id, opportunities.closed_on the actual is unknown: fill "
            "in what is missing and import.",
        )
        return
    book.warn(
        f"{word(source, 'evidence_source', 'ja')}がないため、実績は分かりません。"
        "マッピングに加えて取り込んでください。",
        f"Without `{source}` the actual is unknown: add it to the mapping and import.",
    )


def _warn_of_unknown(book: FactBook, measure: Measure, unknown: int) -> None:
    if measure == "orders_won":
        warn_of_unknown_amounts(book, unknown)
    else:
        book.warn(
            "原価が分からない受注明細があるため、営業利益の実績は分かりません。",
            "Some order lines have no cost: the actual profit is unknown.",
        )


def _warn_of_deals(book: FactBook, row: Row, unweighed: int) -> None:
    """Say which open deals are not in the weighted value."""
    if row["overdue"]:
        book.warn(
            f"受注予定日が基準日以前の未完了の商談が{row['overdue']}件あり、加重金額に"
            "含めていません。",
            f"Open deals whose expected close has passed are not in the weighted value: "
            f"{row['overdue']}.",
        )
    if row["undated"]:
        book.warn(
            f"受注予定日が不明な進行中の商談{row['undated']}件は、加重金額に含めていません。",
            f"Open deals without an expected close are not in the weighted value: "
            f"{row['undated']}.",
        )
    if unweighed:
        book.warn(
            f"金額または受注確度が不明な進行中の商談{unweighed}件は、加重金額に含めていません。",
            f"Open deals without an amount or a probability are not in the weighted value: "
            f"{unweighed}.",
        )
