"""The driver grid: two drivers, each cut into high and low; an account without one has no cell.

High/high is top priority, one high is priority, low/low is maintain. Always name the grid.
Source: docs/metrics.md (grid).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, cast

import ibis
from ibis import _
from pydantic import Field

from crm.errors import InputError
from crm.scope import ScopedTables
from tools.arguments import open_book
from tools.cuts import Centre, at_least, centres
from tools.deal_sums import FEW_CASES
from tools.drivers import DRIVERS, Driver, driver_table, warn_of_missing
from tools.facts import Chart, FactBook, LeftOut, Text, ToolResult, Value
from tools.format import how_many
from tools.listing import descending, first_rows, number, subjects
from tools.portfolio import PortfolioArguments, listed_accounts, warn_without_statuses
from tools.query import Row, attach, fetch, fetch_one
from tools.tool import Tool

CELLS = ("top_priority", "priority", "maintain")
CutKind = Literal["mean", "median", "fixed"]


class DriverGridArguments(PortfolioArguments):
    """Which two drivers to lay across each other, and where high begins."""

    x: Driver | None = Field(
        default=None, description="Driver across (default: settings drivers.x)."
    )
    y: Driver | None = Field(
        default=None, description="Driver upwards (default: settings drivers.y)."
    )
    cut: CutKind | None = Field(
        default=None,
        description="Where high begins: mean or median of the customers, or fixed "
        "(default: settings drivers.cut).",
    )
    x_cut: Decimal | None = Field(default=None, description="Fixed cut across (cut fixed).")
    y_cut: Decimal | None = Field(default=None, description="Fixed cut upwards (cut fixed).")


@dataclass(frozen=True)
class Axes:
    """Two drivers and where high begins on each; the cuts are given when `cut` is fixed."""

    x: Driver
    y: Driver
    cut: CutKind
    x_cut: Decimal | None = None
    y_cut: Decimal | None = None


@dataclass(frozen=True, eq=False)
class Grid:
    """The accounts with both drivers known, and the cuts (None when there is nobody to cut by).

    `rows`: account_id, customer, closed, the two drivers, `x_level`, `y_level` (high, low), `cell`.
    """

    rows: ibis.Table
    x_cut: Decimal | None
    y_cut: Decimal | None


def usual_axes(tables: ScopedTables) -> Axes:
    """The axes that the settings name. Raises InputError when they fit no grid."""
    chosen = tables.settings.drivers
    return _axes(tables, chosen.x, chosen.y, None, None, None)


def grid(tables: ScopedTables, as_of: date, axes: Axes) -> Grid:
    """Every visible account with both drivers known in its cell; at the cut is high.

    A mean or median is that of the customers among them (of all where there is no customer).
    """
    drivers = driver_table(tables, as_of).select("account_id", "customer", "closed", axes.x, axes.y)
    rows = drivers.filter(drivers[axes.x].notnull(), drivers[axes.y].notnull())
    x_cut, y_cut = axes.x_cut, axes.y_cut
    if axes.cut != "fixed":
        x_cut, y_cut = (_middle(c, axes.cut) for c in _of_customers(rows, axes))
    if x_cut is None or y_cut is None:
        level = ibis.null("string")
        return Grid(rows.mutate(x_level=level, y_level=level, cell=level), x_cut, y_cut)
    x_high, y_high = at_least(rows[axes.x], x_cut), at_least(rows[axes.y], y_cut)
    cell = ibis.cases((x_high & y_high, CELLS[0]), (x_high | y_high, CELLS[1]), else_=CELLS[2])
    levels = {"x_level": x_high.ifelse("high", "low"), "y_level": y_high.ifelse("high", "low")}
    return Grid(rows.mutate(**levels, cell=cell), x_cut, y_cut)


def _of_customers(rows: ibis.Table, axes: Axes) -> tuple[Centre, Centre]:
    found = centres(rows.filter(_.customer), (axes.x, axes.y))
    if not found[axes.x].n:
        found = centres(rows, (axes.x, axes.y))
    return found[axes.x], found[axes.y]


def _middle(centre: Centre, cut: CutKind) -> Decimal | None:
    return centre.mean if cut == "mean" else centre.median


def _axes(
    tables: ScopedTables,
    x: str,
    y: str,
    cut: CutKind | None,
    x_cut: Decimal | None,
    y_cut: Decimal | None,
) -> Axes:
    """The axes asked for; a fixed cut of the settings holds for the settings' own drivers only."""
    usual = tables.settings.drivers
    for place, driver in (("x", x), ("y", y)):
        if driver not in DRIVERS:
            raise InputError(
                f"There is no driver `{driver}` (settings drivers.{place}).",
                f"The drivers are: {', '.join(DRIVERS)}.",
            )
    if x == y:
        raise InputError(f"The driver `{x}` stands on both axes.", "Name two different drivers.")
    given = x_cut is not None or y_cut is not None
    kind: CutKind = cut or ("fixed" if given else usual.cut)
    named = cast("Driver", x), cast("Driver", y)
    if kind != "fixed":
        if given:
            raise InputError(
                f"x_cut and y_cut are for fixed cuts; this cut is the {kind}.",
                "Ask with cut=fixed, or without x_cut and y_cut.",
            )
        return Axes(*named, kind)
    x_cut = usual.x_cut if x_cut is None and x == usual.x else x_cut
    y_cut = usual.y_cut if y_cut is None and y == usual.y else y_cut
    if x_cut is None or y_cut is None:
        raise InputError(
            "A fixed cut needs a value on both axes.",
            "Give x_cut and y_cut, or set drivers.x_cut and drivers.y_cut in settings.toml.",
        )
    return Axes(*named, kind, x_cut, y_cut)


def driver_grid(tables: ScopedTables, arguments: DriverGridArguments) -> ToolResult:
    """The cell of each account by two drivers, top priority first; counts are of all it can see.

    Source: docs/metrics.md (grid).
    """
    usual = tables.settings.drivers
    axes = _axes(
        tables, arguments.x or usual.x, arguments.y or usual.y,
        arguments.cut, arguments.x_cut, arguments.y_cut,
    )  # fmt: skip
    listed = listed_accounts(tables, arguments)
    book = open_book("driver_grid", tables, arguments, "drivers")
    warn_without_statuses(book, tables)
    warn_of_missing(book, tables, [axes.x, axes.y])
    found = grid(tables, arguments.as_of, axes)
    _record(book, tables, axes, found)
    drivers = {"x_value": axes.x, "y_value": axes.y}
    rows = attach(
        listed, found.rows, "account_id", "account_id",
        **drivers, x_level="x_level", y_level="y_level", cell="cell",
    ).filter(_.cell.notnull())  # fmt: skip
    rank = ibis.cases(*((_.cell == cell, i) for i, cell in enumerate(CELLS)))
    first, total = first_rows(rows, [rank, descending("y_value")], arguments.limit)
    table = book.table(
        _columns(first, axes),
        subjects(first),
        sort=Text(
            ja="最優先・優先・現状維持の順、その中は縦軸の大きい順",
            en="top priority, priority, maintain; within each by the driver upwards, largest first",
        ),
        total_rows=total,
    )
    x, y = f"driver.{axes.x}", f"driver.{axes.y}"
    chart = Chart(
        kind="scatter",
        x=x,
        y=y,
        colour="grid.cell",
        label="account.name",
        cuts=(f"{x}@cut", f"{y}@cut"),
    )
    return book.result(table=table, chart=chart)


def _record(book: FactBook, tables: ScopedTables, axes: Axes, found: Grid) -> None:
    few = (found.rows.closed > 0) & (found.rows.closed < FEW_CASES)
    cells = fetch(found.rows.group_by("cell").agg(n=_.count(), few=few.sum()))
    counts: dict[str, int] = {row["cell"]: row["n"] for row in cells}
    _warn_of_few(book, axes, sum(int(row["few"] or 0) for row in cells))
    placed = sum(counts.values())
    unplaced = fetch_one(tables["accounts"].agg(n=_.count()))["n"] - placed
    left_out = [
        LeftOut(rows=unplaced, reason=Text(ja="ドライバーの値が不明", en="a driver is unknown"))
    ]
    for axis, driver, cut in (("x", axes.x, found.x_cut), ("y", axes.y, found.y_cut)):
        book.add(f"grid.{axis}_driver", driver)
        book.add(f"driver.{driver}", cut, subject="cut", rows=placed, left_out=left_out)
    for cell in CELLS:
        n = counts.get(cell, 0)
        book.add("grid.count", n, subject=f"cell:{cell}", rows=n)
    book.add("grid.unplaced", unplaced, rows=unplaced)


def _warn_of_few(book: FactBook, axes: Axes, few: int) -> None:
    if few and "win_rate" in (axes.x, axes.y):
        book.warn(
            f"受注率を{FEW_CASES}件未満の完了商談から求めた取引先が{few}社あり、参考値です。",
            f"Few cases: the win rate of {how_many(few, 'account')} rests on fewer than "
            f"{FEW_CASES} closed deals.",
        )


def _columns(rows: list[Row], axes: Axes) -> dict[str, list[Value]]:
    return {
        "account.name": [row["name"] for row in rows],
        "account.status": [row["status"] for row in rows],
        f"driver.{axes.x}": [value_of(row["x_value"]) for row in rows],
        f"driver.{axes.y}": [value_of(row["y_value"]) for row in rows],
        "grid.x_level": [row["x_level"] for row in rows],
        "grid.y_level": [row["y_level"] for row in rows],
        "grid.cell": [row["cell"] for row in rows],
    }


def value_of(value: float | int | Decimal | None) -> Decimal | int | None:
    """A driver's value as a fact holds it: counts stay whole."""
    return value if isinstance(value, int) else number(value)


DRIVER_GRID = Tool(
    "driver_grid",
    DriverGridArguments,
    driver_grid,
    Text(
        ja="ドライバー・グリッド: 二つの要因の高低で取引先を最優先・優先・現状維持に分ける",
        en="Driver grid: accounts by two drivers, high or low: top priority, priority, maintain",
    ),
    needs=("accounts",),
)
