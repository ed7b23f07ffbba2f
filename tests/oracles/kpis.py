"""What is expected beside what was transacted, and how few units the sales rest on.

Recomputes docs/metrics.md section 2 (KPI pair, concentration) over the rows of accounts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .canonical import Row, Tables, divide, group, ratio6, rows, within
from .choosing import Money, closed_in, descending, exact_sum
from .pipeline import is_open, stage_shares, weighted
from .spans import Asked, cut

ZERO = Fraction(0)
Chances = Mapping[str, Decimal]


def kpi_pair(
    tables: Tables,
    as_of: date,
    period: Asked = None,
    stage_default: Chances | None = None,
    fiscal_start: int = 4,
) -> Row:
    """{"facts": ..., "rows": ...}: what is expected and what was transacted, per account.

    rows, kpi.expected descending: account_id, account.name, kpi.expected, expected_weighted,
    transacted, transacted_from (orders, or won_deals when there is no order_lines table), ratio;
    for accounts with an open deal, or an order line (a won deal) in the period. facts: the first
    three summed and the ratio of the sums; without_account counts open deals that name none.
    """
    days = cut(period, as_of, fiscal_start)
    defaults, chances = stage_default or {}, stage_shares(tables, as_of)
    opened = [d for d in rows(tables, "opportunities") if is_open(d, as_of)]
    open_of = group(opened, "account_id")
    source, column = "orders", "net_amount"
    if tables.get("order_lines") is None:
        source, column = "won_deals", "amount"
        traded, _ = closed_in(rows(tables, "opportunities"), as_of, days)
    else:
        traded = [r for r in rows(tables, "order_lines") if within(r["ordered_on"], *days)]
    traded_of = group(traded, "account_id")
    table: list[Row] = []
    for account in rows(tables, "accounts"):
        i = account["account_id"]
        deals, past = open_of.get(i, []), traded_of.get(i, [])
        if not deals and not past:
            continue
        ahead = exact_sum(weighted(d, chances, defaults) for d in deals)
        transacted = exact_sum(r.get(column) for r in past)
        table.append(
            {
                "account_id": i,
                "account.name": account["name"],
                "kpi.expected": exact_sum(d.get("amount") for d in deals),
                "kpi.expected_weighted": ahead,
                "kpi.transacted": transacted,
                "kpi.transacted_from": source,
                "kpi.ratio": ratio6(divide(ahead, transacted)),
            }
        )
    table.sort(key=lambda r: descending(r["kpi.expected"], r["account_id"]))
    names = ("kpi.expected", "kpi.expected_weighted", "kpi.transacted")
    facts: Row = {name: exact_sum(r[name] for r in table) for name in names}
    facts["kpi.ratio"] = ratio6(divide(facts["kpi.expected_weighted"], facts["kpi.transacted"]))
    return {
        "facts": facts,
        "rows": table,
        "without_account": sum(d.get("account_id") is None for d in opened),
    }


def herfindahl(sales: Mapping[Any, Fraction]) -> Money:
    """The sum of the squared shares of the units with sales above 0; None without one."""
    above = [v for v in sales.values() if v > 0]
    total = sum(above, ZERO)
    return sum((v * v for v in above), ZERO) / (total * total) if above else None


def concentration(tables: Tables, as_of: date, period: Asked = None, fiscal_start: int = 4) -> Row:
    """{"facts": ..., "rows": ...}: how few accounts, products and categories the sales rest on.

    Over the lines of the accounts listed. facts: concentration.hhi_account, hhi_product,
    hhi_category, top1_share, top5_share, top10_share (6 decimals), effective_accounts (exact).
    rows: accounts with sales above 0, sales descending: account_id, account.name,
    concentration.sales, share, cumulative (shares of the sum of these). no_product and
    no_category count the lines left out of the two other indices.
    """
    days = cut(period, as_of, fiscal_start)
    names = {a["account_id"]: a["name"] for a in rows(tables, "accounts")}
    category = {p["product_id"]: p.get("category") for p in rows(tables, "products")}
    lines = [
        r
        for r in rows(tables, "order_lines")
        if within(r["ordered_on"], *days) and r["account_id"] in names
    ]
    by_account: dict[Any, Fraction] = {}
    by_product: dict[Any, Fraction] = {}
    by_category: dict[Any, Fraction] = {}
    for line in lines:
        product = line.get("product_id")
        for sales, key in (
            (by_account, line["account_id"]),
            (by_product, product),
            (by_category, category.get(product)),
        ):
            sales[key] = sales.get(key, ZERO) + Fraction(line["net_amount"])
    by_product.pop(None, None)
    by_category.pop(None, None)
    above = {i: v for i, v in by_account.items() if v > 0}
    total = sum(above.values(), ZERO)
    table: list[Row] = []
    running = ZERO
    for i in sorted(above, key=lambda k: (-above[k], k)):
        running += above[i]
        table.append(
            {
                "account_id": i,
                "account.name": names[i],
                "concentration.sales": above[i],
                "concentration.share": ratio6(above[i] / total),
                "concentration.cumulative": ratio6(running / total),
            }
        )
    hhi = herfindahl(by_account)
    facts: Row = {
        "concentration.hhi_account": ratio6(hhi),
        "concentration.hhi_product": ratio6(herfindahl(by_product)),
        "concentration.hhi_category": ratio6(herfindahl(by_category)),
        "concentration.effective_accounts": divide(1, hhi),
    }
    for top in (1, 5, 10):
        share = table[min(top, len(table)) - 1]["concentration.cumulative"] if table else None
        facts[f"concentration.top{top}_share"] = share
    return {
        "facts": facts,
        "rows": table,
        "no_product": sum(r.get("product_id") is None for r in lines),
        "no_category": sum(category.get(r.get("product_id")) is None for r in lines),
    }
