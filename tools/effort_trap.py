"""The C trap: what C and D accounts take of our hours against what they bring.

The what-if states its assumption: hours moved earn what hours at A and B earn now.
Source: docs/metrics.md (effort).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import ibis
from ibis import _

from crm.periods import Period, trailing
from crm.scope import ScopedTables
from tools.abcd import abcd_table
from tools.efforts import Effort, account_efforts, measures
from tools.exact import decimal
from tools.facts import FactBook, Text
from tools.format import how_many
from tools.query import attach, fetch, fetch_one, inside

GOOD, WEAK = ("A", "B"), ("C", "D")
_FACTS = ("trap_share", "trap_potential", "trap", "neglected", "moved_hours", "moved_profit")


def record_trap(book: FactBook, tables: ScopedTables, as_of: date, span: Period) -> None:
    """The trap, the neglected accounts and the what-if; unknown where nobody has a letter."""
    sides = _sides(tables, as_of, span) if "order_lines" in tables else {}
    if not {"good", "weak"} & sides.keys():
        _warn_unplaced(book, tables)
        for name in _FACTS:
            book.add(f"effort.{name}", "unknown" if name == "trap" else None, rows=0)
        return
    weak = sides.get("weak", Effort())
    share = _part(weak.hours, [side.hours for side in sides.values()])
    potential = _part(weak.sales, [side.sales for side in sides.values()])
    book.add("effort.trap_share", _exact(share))
    book.add("effort.trap_potential", _exact(potential))
    book.add("effort.trap", _verdict(share, potential))
    _record_neglected(book, tables, as_of)
    _record_move(book, tables, sides.get("good", Effort()), weak)


def _sides(tables: ScopedTables, as_of: date, span: Period) -> dict[str, Effort]:
    """The effort of A and B (`good`), of C and D (`weak`), and of all others, where there are."""
    of_accounts = account_efforts(tables, span)
    letters = abcd_table(tables, as_of)
    placed = attach(of_accounts, letters, "account_id", "account_id", letter="letter")
    side = ibis.cases(
        (placed.letter.isin(GOOD), "good"), (placed.letter.isin(WEAK), "weak"), else_="other"
    )
    placed = placed.mutate(side=side)
    rows = fetch(placed.group_by("side").agg(**measures(placed)))
    return {row["side"]: Effort.of(row, sold=True) for row in rows}


def _part(value: Fraction | None, all_of: list[Fraction | None]) -> Fraction | None:
    """The value as a share of the sum of the known; unknown of nothing."""
    whole = sum((v for v in all_of if v is not None), Fraction(0))
    return value / whole if whole and value is not None else None


def _verdict(share: Fraction | None, potential: Fraction | None) -> str:
    if share is None or potential is None:
        return "unknown"
    return "yes" if share > potential else "no"


def _exact(value: Fraction | None) -> Decimal | None:
    return None if value is None else decimal(value)


def _warn_unplaced(book: FactBook, tables: ScopedTables) -> None:
    if "order_lines" not in tables:
        book.warn(
            "受注明細（order_lines）がないため、売上・利益とABCDの判定は不明です。"
            "取り込みの対応表に追加してください。",
            "Sales, profit and the ABCD letters are unknown: this workspace has no `order_lines`. "
            "Add that table to the mapping and import.",
        )
    else:
        book.warn(
            "ABCDマトリクスに置ける顧客がないため、Cの罠は判定できません"
            "（accounts の annual_revenue、employees、objective_score）。",
            "The C trap cannot be told: the ABCD matrix places no customer "
            "(accounts.annual_revenue, employees, objective_score).",
        )


def _record_neglected(book: FactBook, tables: ScopedTables, as_of: date) -> None:
    limits = tables.settings.attention
    window = trailing(as_of, limits.neglected_days)
    recent = tables["activities"].filter(inside(window, "occurred_on"))
    recent = recent.group_by("account_id").agg(n=_.count())
    good = abcd_table(tables, as_of).filter(_.letter.isin(GOOD))
    good = attach(good, recent, "account_id", "account_id", n="n")
    few = good.n.fill_null(0) < limits.neglected_activities
    row = fetch_one(good.agg(all=_.count(), few=few.sum()))
    book.add(
        "effort.neglected",
        int(row["few"] or 0),
        rows=row["all"],
        note=Text(
            ja=f"直近{limits.neglected_days}日の活動が{limits.neglected_activities}件未満",
            en=f"fewer than {how_many(limits.neglected_activities, 'activity', 'activities')} in "
            f"{how_many(limits.neglected_days, 'day')}",
        ),
    )


def _record_move(book: FactBook, tables: ScopedTables, good: Effort, weak: Effort) -> None:
    """What would change if some of the hours at C and D were spent at A and B."""
    part = tables.settings.effort.move_share
    moved = None if weak.hours is None else Fraction(part) * weak.hours
    at_good, at_weak = good.an_hour(good.profit), weak.an_hour(weak.profit)
    gain = None
    if moved is not None and at_good is not None and at_weak is not None:
        gain = moved * (at_good - at_weak)
    assumed = Text(
        ja=f"仮定: CとDにかけた時間の{part:.0%}をAとBに移す。移した時間はAとBの現在の時間あたり"
        "利益を生み、CとDの利益は時間に比例して減る。",
        en=f"Assumes that {part:.0%} of the hours at C and D go to A and B, that an hour there "
        "brings the profit it brings now, and that C and D lose profit in proportion to hours.",
    )
    book.add("effort.moved_hours", _exact(moved), note=assumed)
    book.add("effort.moved_profit", _exact(gain), note=assumed)
