"""How far net sales hang on a few accounts, products or categories; only what sold is counted."""

from __future__ import annotations

from decimal import Decimal

import ibis
from ibis import _
from pydantic import Field

from crm.periods import Period
from crm.scope import ScopedTables
from tools.arguments import RowArguments, YearArguments, open_book
from tools.deal_sums import FEW_CASES
from tools.exact import ratio
from tools.facts import Chart, FactBook, LeftOut, Text, ToolResult
from tools.format import how_many
from tools.listing import first_rows, number, subjects
from tools.money import MONEY
from tools.query import Row, attach, fetch_one, inside
from tools.sales import account_sales
from tools.spans import record_span
from tools.tool import Tool

_TOPS = (1, 5, 10)
_UNITS = {
    "accounts": ("取引先", "account", "accounts"),
    "products": ("製品", "product", "products"),
    "categories": ("カテゴリー", "category", "categories"),
}
"""What sales are concentrated on: in Japanese, and one and several in English."""
_NOTHING_SOLD = Text(ja="正味売上がゼロ以下", en="net sales of zero or less")
_NO_PRODUCT = Text(ja="製品の登録がない明細", en="order lines without a product")
_NO_CATEGORY = Text(ja="カテゴリーの分からない明細", en="order lines without a category")


class ConcentrationArguments(YearArguments, RowArguments):
    """Which period to look at, and how many accounts to list."""

    limit: int = Field(default=20, ge=1, le=500, description="Accounts at the most.")


def concentration(tables: ScopedTables, arguments: ConcentrationArguments) -> ToolResult:
    """HHI of net sales by account, product and category, with the shares of the top accounts.

    HHI is the sum of squared shares, above 0 to 1, over units with net sales above zero; shares
    are of their sum. Raises MissingDataError without order_lines.
    Source: docs/metrics.md (concentration).
    """
    book = open_book("concentration", tables, arguments)
    period = arguments.span(tables)
    record_span(book, period)
    sold = _ranked(account_sales(tables, period), "account_id")
    tops = {f"top{top}": sold.sold.sum(where=sold.place < top) for top in _TOPS}
    row = fetch_one(sold.agg(**_summed(sold, "account_id"), **tops))
    hhi = _record(book, "accounts", "concentration.hhi_account", row, [])
    book.add("concentration.sales", row["total"] if row["n"] else Decimal(0), rows=row["n"])
    book.add("concentration.effective_accounts", None if hhi is None else 1 / hhi, rows=row["n"])
    for top in _TOPS:
        share = ratio(row[f"top{top}"], row["total"])
        book.add(f"concentration.top{top}_share", share, rows=row["n"])
    _record_products(book, tables, period)
    return _listed(book, tables, sold, arguments.limit)


def _ranked(units: ibis.Table, key: str) -> ibis.Table:
    """The units that sold: `place` from 0, `total`, and `so_far`, the sum up to each."""
    in_order = {"order_by": [ibis.desc("net_sales"), key]}
    units = _sold(units, key)
    return units.mutate(
        place=ibis.row_number().over(**in_order),
        total=_.sold.sum().over(),
        so_far=_.sold.sum().over(ibis.window(preceding=None, following=0, **in_order)),
    )


def _sold(units: ibis.Table, key: str) -> ibis.Table:
    """The units with `sells`, whether they are known and sold, and `sold`, what."""
    sells = units[key].notnull() & (units.net_sales > 0)
    return units.mutate(sells=sells, sold=sells.ifelse(units.net_sales, ibis.literal(0, MONEY)))


def _summed(units: ibis.Table, key: str) -> dict[str, ibis.Value]:
    """How many sold and how many did not, what, and the sum of the squares of their shares."""
    total, each = units.sold.sum(), units.sold.cast("float64")
    return {
        "n": units.sells.sum(),
        "others": (~units.sells & units[key].notnull()).sum(),
        "total": total,
        "hhi": (each * each).sum() / (total.cast("float64") * total.cast("float64")).nullif(0),
    }


def _record(
    book: FactBook, units: str, name: str, row: Row, left_out: list[LeftOut]
) -> Decimal | None:
    """The HHI of what sold, None when nothing did, and how many there are."""
    n = row["n"] or 0
    hhi = number(row["hhi"]) if n else None
    unsold = LeftOut(rows=row["others"] or 0, reason=_NOTHING_SOLD)
    book.add(name, hhi, rows=n, left_out=[unsold, *left_out])
    book.add(f"concentration.{units}", n, rows=n)
    if 0 < n < FEW_CASES:
        ja, one, many = _UNITS[units]
        book.warn(
            f"売上のある{ja}が{n}件と少なく、集中度は参考値です。",
            f"Few cases: only {how_many(n, one, many)} with sales.",
        )
    return hhi


def _record_products(book: FactBook, tables: ScopedTables, period: Period) -> None:
    """The HHI by product and by category; lines that name none are left out and counted."""
    by_product = tables.keep(("product_sales", period), lambda: _product_sales(tables, period))
    _record_unit(book, "products", "product", by_product, "product_id", _NO_PRODUCT)
    if not tables.has("products", "category"):
        book.add("concentration.hhi_category", None)
        book.warn(
            "製品のカテゴリー（products の category）がないため、カテゴリー別の集中度は"
            "分かりません。マッピングに加えて取り込んでください。",
            "Without categories of products (products.category) the concentration by category "
            "is unknown: add them to the mapping and import.",
        )
        return
    named = attach(by_product, tables["products"], "product_id", "product_id", category="category")
    by_category = named.group_by("category").agg(n=_.n.sum(), net_sales=_.net_sales.sum())
    _record_unit(book, "categories", "category", by_category, "category", _NO_CATEGORY)


def _product_sales(tables: ScopedTables, period: Period) -> ibis.Table:
    """Lines (`n`) and net sales by product; also lines whose account is not registered count."""
    lines = tables["order_lines"].filter(inside(period, "ordered_on"))
    sold = lines.group_by("product_id").agg(n=_.count(), net_sales=_.net_amount.sum())
    return sold.mutate(net_sales=_.net_sales.cast(MONEY))


def _record_unit(
    book: FactBook, units: str, unit: str, sold: ibis.Table, key: str, reason: Text
) -> None:
    known = _sold(sold, key)
    unnamed = known.n.sum(where=known[key].isnull())
    row = fetch_one(known.agg(**_summed(known, key), unnamed=unnamed))
    left_out = [LeftOut(rows=int(row["unnamed"] or 0), reason=reason)]
    _record(book, units, f"concentration.hhi_{unit}", row, left_out)


def _listed(book: FactBook, tables: ScopedTables, sold: ibis.Table, limit: int) -> ToolResult:
    """The accounts that sold most, each with its share and the share of all up to it."""
    named = attach(
        sold.filter(_.sells), tables["accounts"], "account_id", "account_id", name="name"
    )
    rows, total = first_rows(named, [_.place.asc()], limit)
    table = book.table(
        {
            "account.name": [row["name"] for row in rows],
            "concentration.sales": [row["sold"] for row in rows],
            "concentration.share": [ratio(row["sold"], row["total"]) for row in rows],
            "concentration.cumulative": [ratio(row["so_far"], row["total"]) for row in rows],
        },
        subjects(rows),
        sort=Text(ja="正味売上の多い順", en="highest net sales first"),
        total_rows=total,
    )
    return book.result(
        table=table, chart=Chart(kind="bar", x="account.name", y="concentration.share")
    )


CONCENTRATION = Tool(
    "concentration",
    ConcentrationArguments,
    concentration,
    Text(
        ja="売上の集中度: 取引先・製品・カテゴリー別のHHI、上位取引先の割合、累積",
        en="Concentration of net sales: HHI by account, product and category, shares of the top "
        "accounts, cumulative",
    ),
    needs=("accounts", "order_lines"),
)
