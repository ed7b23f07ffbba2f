"""AdventureWorks' reseller sales, straight from raw parquet: sums stay exact Decimals.

Source: ../shared/data/adventureworks (MIT), "today" 2013-11-30. Net sales is SalesAmount,
list sales ExtendedAmount, cost TotalProductCost (of the whole line); amounts are all in the
reporting currency whatever their CurrencyKey. DuckDB only reads the files.
"""

from __future__ import annotations

import importlib
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from .canonical import Frame, Row, Tables, divide, frame, ratio6, window, within

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "adventureworks"
AS_OF = date(2013, 11, 30)
ZERO = Decimal(0)


def read(name: str, columns: str, folder: Path = FOLDER) -> list[Row]:
    """Rows of one parquet file; `columns` is a select list."""
    duckdb: Any = importlib.import_module("duckdb")
    path = str(folder / f"{name}.parquet").replace("'", "''")
    with duckdb.connect() as connection:
        found = connection.execute(f"select {columns} from read_parquet('{path}')")
        names = [d[0] for d in found.description]
        return [dict(zip(names, values, strict=True)) for values in found.fetchall()]


@cache
def lines(folder: Path = FOLDER) -> tuple[Row, ...]:
    """Every order line once: reseller, day, list, discount, net, cost, freight, category.

    DiscountAmount is a float in the source, read to its 4 decimals; on 378 lines
    ExtendedAmount - DiscountAmount differs from SalesAmount by the last digit (0.0001).
    """
    categories = product_categories(folder)
    raw = read(
        "FactResellerSales",
        "SalesOrderNumber, SalesOrderLineNumber, ResellerKey, ProductKey, OrderDate, "
        "OrderQuantity, ExtendedAmount, DiscountAmount, TotalProductCost, SalesAmount, Freight",
        folder,
    )
    out: list[Row] = []
    for r in raw:
        discount = Decimal(repr(r["DiscountAmount"])).quantize(Decimal("0.0001"))
        if abs(r["ExtendedAmount"] - discount - r["SalesAmount"]) > Decimal("0.0001"):
            raise ValueError(f"discount differs on {r['SalesOrderNumber']}")
        out.append(
            {
                "order_id": r["SalesOrderNumber"],
                "line_no": int(r["SalesOrderLineNumber"]),
                "account_id": str(r["ResellerKey"]),
                "product_id": str(r["ProductKey"]),
                "category": categories[r["ProductKey"]],
                "ordered_on": r["OrderDate"].date(),
                "quantity": Decimal(r["OrderQuantity"]),
                "list_amount": r["ExtendedAmount"],
                "discount": discount,
                "net_amount": r["SalesAmount"],
                "standard_cost": r["TotalProductCost"],
                "freight": r["Freight"],
            }
        )
    return tuple(out)


def product_categories(folder: Path = FOLDER) -> dict[int, str | None]:
    """ProductKey to English category name, over subcategory; None where there is none."""
    names = {
        c["ProductCategoryKey"]: c["EnglishProductCategoryName"]
        for c in read("DimProductCategory", "*", folder)
    }
    subs = {
        s["ProductSubcategoryKey"]: names[s["ProductCategoryKey"]]
        for s in read("DimProductSubcategory", "*", folder)
    }
    return {
        p["ProductKey"]: subs.get(p["ProductSubcategoryKey"])
        for p in read("DimProduct", "ProductKey, ProductSubcategoryKey", folder)
    }


def chosen(start: date | None, end: date | None, folder: Path = FOLDER) -> list[Row]:
    """The lines ordered between two days, both included; None leaves an end open."""
    return [x for x in lines(folder) if within(x["ordered_on"], start, end)]


def summed(some: list[Row]) -> Row:
    """Totals over lines: orders, lines, below_cost, money; profit is after cost and freight."""
    net = sum((x["net_amount"] for x in some), ZERO)
    cost = sum((x["standard_cost"] for x in some), ZERO)
    freight = sum((x["freight"] for x in some), ZERO)
    return {
        "orders": len({x["order_id"] for x in some}),
        "lines": len(some),
        "lines_below_cost": sum(x["net_amount"] < x["standard_cost"] for x in some),
        "list_sales": sum((x["list_amount"] for x in some), ZERO),
        "discount": sum((x["discount"] for x in some), ZERO),
        "net_sales": net,
        "product_cost": cost,
        "gross_profit": net - cost,
        "freight": freight,
        "profit": net - cost - freight,
    }


def totals(start: date | None = None, end: date | None = None, folder: Path = FOLDER) -> Row:
    """`summed` over all lines of a period (default: all history)."""
    return summed(chosen(start, end, folder))


def resellers(start: date | None = None, end: date | None = None, folder: Path = FOLDER) -> Frame:
    """One row per reseller that bought in the period: account_id, name and the `summed` columns.

    Sorted by profit descending, then account_id as a number: the order of the whale curve.
    """
    names = {str(r["ResellerKey"]): r["ResellerName"] for r in dim_reseller(folder)}
    mine: dict[str, list[Row]] = {}
    for line in chosen(start, end, folder):
        mine.setdefault(line["account_id"], []).append(line)
    out = [{"account_id": k, "name": names[k]} | summed(v) for k, v in mine.items()]
    out.sort(key=lambda r: (-r["profit"], int(r["account_id"])))
    return frame(out)


def losers(start: date | None = None, end: date | None = None, folder: Path = FOLDER) -> Row:
    """How many buyers lose money, the whale curve's peak and end, best and worst reseller."""
    table = resellers(start, end, folder).to_dict("records")
    running, peak, at_peak = ZERO, ZERO, 0
    for place, row in enumerate(table, 1):
        running += row["profit"]
        if running > peak:
            peak, at_peak = running, place
    keep = ("account_id", "name", "profit")
    return {
        "buyers": len(table),
        "losing": sum(r["profit"] < 0 for r in table),
        "peak": peak,
        "peak_accounts": at_peak,
        "end": running,
        "best": {k: table[0][k] for k in keep},
        "worst": {k: table[-1][k] for k in keep},
    }


def margin_by_category(
    start: date | None = None, end: date | None = None, folder: Path = FOLDER
) -> Frame:
    """One row per category: the `summed` columns and gross_margin (share of net sales)."""
    mine: dict[str, list[Row]] = {}
    for line in chosen(start, end, folder):
        mine.setdefault(line["category"], []).append(line)
    out: list[Row] = []
    for name in sorted(mine):
        row = {"category": name} | summed(mine[name])
        out.append(row | {"gross_margin": ratio6(divide(row["gross_profit"], row["net_sales"]))})
    return frame(out)


def trailing(as_of: date = AS_OF, days: int = 365, folder: Path = FOLDER) -> Row:
    """Totals of the trailing days, and of the same number of days 365 days before.

    {"now": totals, "before": totals, "change": net sales change or None}. With 365 days the
    second window is the 365 days before; with 90 the same days one year before.
    """
    now = totals(*window(as_of, days), folder)
    before = totals(*window(as_of, days, 365), folder)
    change = divide(now["net_sales"] - before["net_sales"], before["net_sales"])
    return {"now": now, "before": before, "change": ratio6(change)}


def dim_reseller(folder: Path = FOLDER) -> list[Row]:
    """The 701 resellers, with their type, size and geography key."""
    return read(
        "DimReseller",
        "ResellerKey, ResellerName, BusinessType, NumberEmployees, AnnualRevenue, AnnualSales, "
        "YearOpened, GeographyKey",
        folder,
    )


def canonical_tables(folder: Path = FOLDER) -> Tables:
    """accounts (all 701) and order_lines as canonical DataFrames; status customer = ever bought.

    annual_revenue is AnnualRevenue as the source names it; industry is left unknown and channel
    is BusinessType. The line's category rides along in order_lines.
    """
    bought = {x["account_id"] for x in lines(folder)}
    accounts = [
        {
            "account_id": str(r["ResellerKey"]),
            "name": r["ResellerName"],
            "channel": r["BusinessType"],
            "employees": r["NumberEmployees"],
            "annual_revenue": r["AnnualRevenue"],
            "founded_year": r["YearOpened"],
            "status": "customer" if str(r["ResellerKey"]) in bought else "prospect",
        }
        for r in dim_reseller(folder)
    ]
    return {"accounts": frame(accounts), "order_lines": frame(list(lines(folder)))}
