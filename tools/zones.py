"""Portfolio zones: accounts by win probability and unit price of their deals; always name the grid.

A both at or above the cut, C both below, B the rest; who is near a cut is marked, so that a strict
cut hides no potential. Source: docs/metrics.md (zones).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

import ibis
from ibis import _
from pydantic import Field

from crm.errors import InputError
from crm.scope import ScopedTables
from tools.arguments import open_book
from tools.cuts import at_least, at_most, centres, quotient
from tools.deal_sums import FEW_CASES, sum_or_unknown
from tools.deals import LOST, OPEN, WON, deals_at, with_probability
from tools.facts import Chart, FactBook, LeftOut, Text, ToolResult, Value
from tools.format import how_many
from tools.listing import ascending, descending, first_rows, number, subjects
from tools.money import MONEY
from tools.portfolio import PortfolioArguments, listed_accounts
from tools.query import Row, attach, fetch
from tools.ranks import percentile_rank
from tools.tool import Tool

ZONES = ("A", "B", "C")
_NINE = tuple((x, y) for x in (1, 2, 3) for y in (1, 2, 3))
"""The cells of the heat map: third of the win probability, third of the unit price."""
PRICE = "decimal(38,6)"
"""A median of four decimals has five, and the median of such has six."""

_OPEN = ("open_n", "open_known", "open_value")
_COLUMNS = ("zone", "win_probability", "unit_price", "deals", "near")


class ZoneArguments(PortfolioArguments):
    """Where high begins."""

    cut: Literal["median", "fixed"] | None = Field(
        default=None, description="Median of the accounts placed, or fixed (settings zones.cut)."
    )
    x_cut: Decimal | None = Field(
        default=None, ge=0, le=1, description="Fixed cut of the win probability, a fraction."
    )
    y_cut: Decimal | None = Field(default=None, description="Fixed cut of the unit price, money.")


@dataclass(frozen=True)
class Cuts:
    """Fixed cuts; both None: the medians of the accounts placed."""

    x: Decimal | None = None
    y: Decimal | None = None


@dataclass(frozen=True, eq=False)
class Zones:
    """The accounts with a deal, and the cuts (None when none can be placed).

    `rows`: account_id, deals, win_probability (float64), unit_price (decimal(38,6)); `zone` and
    `near` (boolean), NULL where one of both is unknown.
    """

    rows: ibis.Table
    x_cut: Decimal | None
    y_cut: Decimal | None


def usual_cuts(tables: ScopedTables) -> Cuts:
    """The cuts that the settings name. Raises InputError when fixed ones are missing."""
    return _cuts(tables, None, None, None)


def zones(tables: ScopedTables, as_of: date, cuts: Cuts) -> Zones:
    """Every visible account with a deal in its zone; at the cut is high."""
    rows = deal_prices(tables, as_of)
    placed = _placed(rows)
    x_cut, y_cut = cuts.x, cuts.y
    if x_cut is None or y_cut is None:
        found = centres(placed, ("win_probability", "unit_price"))
        x_cut, y_cut = found["win_probability"].median, found["unit_price"].median
    if x_cut is None or y_cut is None:
        unknown = {"zone": ibis.null("string"), "near": ibis.null("boolean")}
        return Zones(rows.mutate(**unknown), x_cut, y_cut)
    x_high, y_high = at_least(rows.win_probability, x_cut), at_least(rows.unit_price, y_cut)
    share = tables.settings.zones.near
    near = _near(rows.win_probability, x_cut, share) | _near(rows.unit_price, y_cut, share)
    both = rows.win_probability.notnull() & rows.unit_price.notnull()
    zone = ibis.cases(
        (~both, ibis.null("string")), (x_high & y_high, "A"), (x_high | y_high, "B"), else_="C"
    )
    return Zones(rows.mutate(zone=zone, near=both.ifelse(near, None)), x_cut, y_cut)


def deal_prices(tables: ScopedTables, as_of: date) -> ibis.Table:
    """Win probability and unit price of each visible account with a deal won, lost or open.

    Columns: account_id; `deals`, their number; `win_probability`, the mean chance of the open
    deals, where none is known won / closed (float64 or NULL), and `few` when that is of few deals;
    `unit_price`, the median amount of the won and the open deals (decimal(38,6) or NULL);
    `open_n` open deals, `open_known` of them with an amount, and `open_value`, the sum of these.
    Raises MissingDataError without opportunities.
    """
    return tables.keep(("deal_prices", as_of), lambda: _deal_prices(tables, as_of))


def _deal_prices(tables: ScopedTables, as_of: date) -> ibis.Table:
    deals = with_probability(tables, deals_at(tables, as_of), as_of)
    deals = deals.filter(_.state.isin([OPEN, WON, LOST]))
    opened, won = deals.state == OPEN, deals.state == WON
    summed = deals.group_by("account_id").agg(
        deals=deals.count(),
        won=won.sum(),
        open_n=opened.sum(),
        open_known=deals.amount.count(where=opened),
        open_value=deals.amount.sum(where=opened).cast(MONEY),
        closed=deals.state.isin([WON, LOST]).sum(),
        chances=deals.chance.cast(PRICE).sum(where=opened),
        known=deals.chance.count(where=opened),
        unit_price=deals.amount.cast(PRICE).quantile(0.5, where=opened | won),
    )
    mine = tables["accounts"].select("account_id").inner_join(summed, "account_id")
    expected, record = quotient(mine.chances, mine.known), quotient(mine.won, mine.closed)
    return mine.select(
        "account_id",
        "deals",
        win_probability=ibis.coalesce(expected, record),
        few=expected.isnull() & (mine.closed > 0) & (mine.closed < FEW_CASES),
        unit_price=mine.unit_price.cast(PRICE),
        **{column: mine[column] for column in _OPEN},
    )


def _placed(rows: ibis.Table) -> ibis.Table:
    return rows.filter(_.win_probability.notnull(), _.unit_price.notnull())


def _near(column: ibis.Value, cut: Decimal, share: Decimal) -> ibis.BooleanValue:
    width = share * abs(cut)
    return at_least(column, cut - width) & at_most(column, cut + width)


def _cuts(
    tables: ScopedTables, cut: str | None, x_cut: Decimal | None, y_cut: Decimal | None
) -> Cuts:
    usual = tables.settings.zones
    given = x_cut is not None or y_cut is not None
    if (cut or ("fixed" if given else usual.cut)) == "median":
        if given:
            raise InputError(
                "x_cut and y_cut are for fixed cuts; this cut is the median.",
                "Ask with cut=fixed, or without x_cut and y_cut.",
            )
        return Cuts()
    x_cut = usual.x_cut if x_cut is None else x_cut
    y_cut = usual.y_cut if y_cut is None else y_cut
    if x_cut is None or y_cut is None:
        raise InputError(
            "A fixed cut needs a value on both axes.",
            "Give x_cut and y_cut, or set zones.x_cut and zones.y_cut in settings.toml.",
        )
    return Cuts(x_cut, y_cut)


def portfolio_zones(tables: ScopedTables, arguments: ZoneArguments) -> ToolResult:
    """The zone of each account with deals, A first; counts are of all that can be seen.

    Source: docs/metrics.md (zones).
    """
    cuts = _cuts(tables, arguments.cut, arguments.x_cut, arguments.y_cut)
    listed = listed_accounts(tables, arguments)
    book = open_book("portfolio_zones", tables, arguments, "zones", "deals")
    found = zones(tables, arguments.as_of, cuts)
    heat = _record(book, found)
    rows = attach(listed, found.rows, "account_id", "account_id", **{c: c for c in _COLUMNS})
    rows = rows.filter(_.deals.notnull())
    order = [ascending("zone"), descending("unit_price")]
    first, total = first_rows(rows, order, arguments.limit)
    table = book.table(
        _columns(first),
        subjects(first),
        sort=Text(
            ja="A・B・Cの順、その中は商談単価の高い順",
            en="zones A, B, C; within each the highest unit price first",
        ),
        total_rows=total,
    )
    x, y = "zones.win_probability", "zones.unit_price"
    chart = Chart(
        kind="scatter",
        x=x,
        y=y,
        colour="zones.zone",
        label="account.name",
        cuts=("zones.x_cut", "zones.y_cut"),
    )
    return book.result(table=table, chart=chart).model_copy(update={"parts": (heat,)})


def _record(book: FactBook, found: Zones) -> ToolResult:
    """Write down the facts of all that can be seen; the part is the heat map."""
    cells = fetch(_cells(found.rows))
    if few := sum(int(row["few"] or 0) for row in cells):
        book.warn(
            f"受注見込みを{FEW_CASES}件未満の完了商談から求めた取引先が{few}社あり、参考値です。",
            f"Few cases: the win probability of {how_many(few, 'account')} rests on fewer than "
            f"{FEW_CASES} closed deals.",
        )
    unplaced = sum(row["n"] for row in cells if row["zone"] is None)
    placed = sum(row["n"] for row in cells) - unplaced
    reason = Text(ja="受注見込みまたは単価が不明", en="win probability or unit price unknown")
    left_out = [LeftOut(rows=unplaced, reason=reason)]
    book.add("zones.x_cut", found.x_cut, rows=placed, left_out=left_out)
    book.add("zones.y_cut", found.y_cut, rows=placed, left_out=left_out)
    for zone in ZONES:
        n = sum(row["n"] for row in cells if row["zone"] == zone)
        book.add("zones.count", n, subject=f"zone:{zone}", rows=n)
    near = sum(int(row["near"] or 0) for row in cells)
    book.add("zones.near_count", near, rows=placed)
    book.add("zones.unplaced", unplaced, rows=unplaced)
    for x, y in _NINE:
        n = sum(row["n"] for row in cells if (row["x"], row["y"]) == (x, y))
        book.add("zones.heat", n, subject=f"heat:{x}-{y}")
    return _heat(book, cells)


def _heat(book: FactBook, cells: list[Row]) -> ToolResult:
    """The heat map: accounts and open value by thirds of win probability and of unit price."""
    parts = [[row for row in cells if (row["x"], row["y"]) == nine] for nine in _NINE]
    table = book.table(
        {
            "zones.win_third": [str(x) for x, _y in _NINE],
            "zones.price_third": [str(y) for _x, y in _NINE],
            "zones.heat": [sum(row["n"] for row in part) for part in parts],
            "zones.heat_value": [_open_value(part) for part in parts],
        },
        [f"heat:{x}-{y}" for x, y in _NINE],
        sort=Text(ja="受注見込み、商談単価の低い順", en="by win probability, then unit price"),
    )
    chart = Chart(
        kind="heatmap",
        x="zones.win_third",
        y="zones.price_third",
        colour="zones.heat",
        figures=("zones.heat_value",),
    )
    return ToolResult(tool="portfolio_heat", table=table, chart=chart)


def _open_value(part: list[Row]) -> Decimal | None:
    """The value of the open deals of these cells; unknown when none of theirs has an amount."""
    n, known = (sum(int(row[c] or 0) for row in part) for c in ("open_n", "open_known"))
    return sum_or_unknown(
        n, known, sum((row["open_value"] or Decimal(0) for row in part), Decimal(0))
    )


def _cells(rows: ibis.Table) -> ibis.Table:
    """The accounts counted by zone and by the thirds `x` and `y`, all three NULL if not placed."""
    both = rows.win_probability.notnull() & rows.unit_price.notnull()
    known = rows.mutate(
        x=both.ifelse(rows.win_probability, None), y=both.ifelse(rows.unit_price, None)
    )
    thirds = known.mutate(x=_third(known.x), y=_third(known.y))
    measures = {"n": _.count(), "near": _.near.sum(), "few": _.few.sum()}
    measures |= {column: thirds[column].sum() for column in _OPEN}
    return thirds.group_by("zone", "x", "y").agg(**measures)


def _third(column: ibis.Column) -> ibis.Value:
    """1, 2 or 3 by rank; a rank of 2/3, which is rounded to 0.666667, is still in the second."""
    return (percentile_rank(column) * 3 - 0.000002).ceil().cast("int64")


def _columns(rows: list[Row]) -> dict[str, list[Value]]:
    words = {True: "yes", False: "no", None: "unknown"}
    return {
        "account.name": [row["name"] for row in rows],
        "zones.zone": [row["zone"] for row in rows],
        "zones.win_probability": [number(row["win_probability"]) for row in rows],
        "zones.unit_price": [row["unit_price"] for row in rows],
        "zones.deals": [row["deals"] for row in rows],
        "zones.near": [words[row["near"]] for row in rows],
    }


PORTFOLIO_ZONES = Tool(
    "portfolio_zones",
    ZoneArguments,
    portfolio_zones,
    Text(
        ja="ポートフォリオのゾーン: 受注見込みと商談単価で取引先をA・B・Cに分け、境界付近も示す",
        en="Portfolio zones A, B, C by win probability and unit price; who is near a cut",
    ),
    needs=("accounts", "opportunities"),
)
