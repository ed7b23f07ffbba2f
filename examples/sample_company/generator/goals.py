"""Targets follow last year's sales; only the accounts named here were given one out of reach."""

from .costs import Sales
from .draw import span, stream, weighted
from .model import CATEGORIES, Deal, Product, Profile
from .people import REPS, TEAM_OF
from .tables import Row, row

_STRETCH = {"A021": 176}
_OWNER_PLAN = {
    "U06": 106,
    "U07": 104,
    "U08": 109,
    "U09": 103,
    "U10": 112,
    "U11": 114,
    "U12": 102,
    "U13": 108,
    "U14": 101,
}
_WON_PLAN = {
    "U06": 104,
    "U07": 112,
    "U08": 118,
    "U09": 105,
    "U10": 134,
    "U11": 138,
    "U12": 98,
    "U13": 116,
    "U14": 94,
}
_SOURCE = "担当者ヒアリング"
_RIVALS = {
    "搬送装置": "大和オートメーション",
    "産業用ロボット": "セントラルロボ",
    "センサー": "光進センサー",
}


def yearly(sales: Sales, account_id: str, fiscal_year: int) -> int:
    """Net sales of the account in one fiscal year, as far as the data goes."""
    first = (fiscal_year - 2023) * 12 - 6
    return sum(sales.get((account_id, month), 0) for month in range(max(0, first), first + 12))


def target_rows(profiles: tuple[Profile, ...], sales: Sales, deals: tuple[Deal, ...]) -> list[Row]:
    """Account targets first, then owners, then teams."""
    rows = [cells for profile in profiles for cells in _account_targets(profile, sales)]
    team_sums: dict[tuple[str, str, str], int] = {}
    for owner in REPS:
        for period, measure, amount in _owner_targets(owner, profiles, sales, deals):
            rows.append(
                row("targets", owner_id=owner, period=period, measure=measure, amount=amount)
            )
            key = (TEAM_OF[owner], period, measure)
            team_sums[key] = team_sums.get(key, 0) + amount
    rows += [
        row("targets", team=team, period=period, measure=measure, amount=amount)
        for (team, period, measure), amount in team_sums.items()
    ]
    return rows


def _account_targets(profile: Profile, sales: Sales) -> list[Row]:
    wanted = profile.sales >= 90_000_000 or profile.quirk == "target_gap"
    if profile.status != "customer" or not (wanted or int(profile.id[1:]) < 27):
        return []
    base = yearly(sales, profile.id, 2025)
    percent = _STRETCH.get(profile.id, 148 if profile.quirk == "target_gap" else 103)
    if profile.id == "A018" or profile.quirk == "sales_down":
        percent = 92
    return [
        _target(profile.id, "FY2025", base * 98 // 100),
        _target(profile.id, "FY2026", base * percent // 100),
    ]


def _target(account_id: str, period: str, amount: int) -> Row:
    return row(
        "targets",
        account_id=account_id,
        period=period,
        measure="net_sales",
        amount=_rounded(amount),
    )


def _rounded(amount: int) -> int:
    return round(amount / 100_000) * 100_000


def _owner_targets(
    owner: str, profiles: tuple[Profile, ...], sales: Sales, deals: tuple[Deal, ...]
) -> list[tuple[str, str, int]]:
    base = sum(yearly(sales, p.id, 2025) for p in profiles if p.owner == owner)
    won = (
        sum(
            deal.amount or 0
            for deal in deals
            if deal.owner == owner and deal.status == "won" and deal.closed
        )
        // 3
    )
    plan, won_plan = _OWNER_PLAN[owner], _WON_PLAN[owner]
    return [
        ("FY2025", "net_sales", _rounded(base * 99 // 100)),
        ("FY2026", "net_sales", _rounded(base * plan // 100)),
        ("FY2026H1", "net_sales", _rounded(base * plan * 49 // 10_000)),
        ("FY2026H2", "net_sales", _rounded(base * plan * 51 // 10_000)),
        ("FY2025", "orders_won", _rounded(won)),
        ("FY2026", "orders_won", _rounded(won * won_plan // 100)),
        ("FY2026H1", "orders_won", _rounded(won * won_plan * 48 // 10_000)),
        ("FY2026H2", "orders_won", _rounded(won * won_plan * 52 // 10_000)),
        ("FY2026", "operating_profit", _rounded(base * plan * 13 // 10_000)),
    ]


def wallet_rows(
    profiles: tuple[Profile, ...], products: tuple[Product, ...], order_lines: list[Row]
) -> list[Row]:
    """What about forty accounts spend per category in FY2025, with our share of it."""
    category_of = {item.id: item.category for item in products}
    own: dict[tuple[str, str], int] = {}
    for line in order_lines:
        if "2025-04-01" <= line["ordered_on"] <= "2026-03-31":
            key = (line["account_id"], category_of[line["product_id"]])
            own[key] = own.get(key, 0) + int(line["net_amount"])
    rows = []
    for profile in profiles:
        chosen = int(profile.id[1:]) < 27 or profile.sales >= 100_000_000
        if profile.status == "customer" and chosen and profile.id != "A014":
            rows += _account_wallet(profile, own)
    return rows


def _account_wallet(profile: Profile, own: dict[tuple[str, str], int]) -> list[Row]:
    rng = stream("wallet", profile.id)
    rows = []
    for category in CATEGORIES:
        bought = own.get((profile.id, category), 0)
        if bought:
            share = span(rng, 62, 84) if profile.id == "A022" else span(rng, 22, 68)
            spend = bought * 100 // share
        elif profile.id == "A012":
            spend = span(rng, 40, 160) * 1_000_000
        else:
            continue
        spend = max(100_000, _rounded(spend))
        rows.append(
            row(
                "wallets",
                account_id=profile.id,
                category=category,
                period="FY2025",
                spend=spend,
                our_share=f"{bought * 1000 // spend / 1000:.3f}",
                competitor=_RIVALS.get(category, ""),
                confidence=weighted(rng, (("high", 2), ("medium", 5), ("low", 3))),
                source=_SOURCE,
            )
        )
    return rows
