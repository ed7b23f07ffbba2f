"""Direct costs follow an account's sales; pools are the company's overheads with their drivers."""

from collections import defaultdict
from datetime import date

from .draw import chance, span, stream
from .model import SERVICE, Profile
from .periods import MONTHS, month_end, month_index, month_label
from .tables import Row, row

Sales = dict[tuple[str, int], int]

# per mille of net sales: service, delivery, inventory
_TOTO = (134, 101, 42)
_RESIDENT_ENGINEERS = {"A083": 420_000, "A107": 460_000}
_POOLS = (
    # pool, item, department, driver, yearly amount in units of 10,000 yen
    ("受注処理", "order_processing", "営業管理部", "orders", 15_300),
    ("出荷・梱包", "packing", "物流部", "order_lines", 18_200),
    ("倉庫保管", "inventory", "物流部", "quantity", 12_400),
    ("訪問旅費", "travel", "営業本部", "visits", 10_500),
    ("営業支援", "sales_support", "営業本部", "hours", 20_100),
    ("技術問い合わせ窓口", "service", "サービス部", "inquiries", 22_000),
    ("返品処理", "returns", "品質保証部", "returns", 5_700),
    ("展示会・広告宣伝", "marketing", "マーケティング部", "net_sales", 16_300),
    ("経理・与信管理", "accounting", "管理部", "orders", 13_400),
)


def monthly_sales(order_lines: list[Row]) -> Sales:
    """Net sales by account and month number."""
    sales: Sales = defaultdict(int)
    for line in order_lines:
        month = month_index(date.fromisoformat(line["ordered_on"]))
        sales[line["account_id"], month] += int(line["net_amount"])
    return sales


def direct_cost_rows(profiles: tuple[Profile, ...], sales: Sales) -> list[Row]:
    """Small accounts are booked by quarter, the others by month."""
    rows: list[Row] = []
    for profile in profiles:
        if profile.sales:
            rows += _account_costs(profile, sales)
    return sorted(
        rows, key=lambda cells: (cells["incurred_on"], cells["account_id"], cells["item"])
    )


def _account_costs(profile: Profile, sales: Sales) -> list[Row]:
    rng = stream("costs", profile.id)
    step = 3 if profile.sales < 45_000_000 else 1
    rates = _rates(profile)
    rows = []
    for index in range(step - 1, 36, step):
        months = range(index - step + 1, index + 1)
        base = sum(sales.get((profile.id, month), 0) for month in months)
        amounts = {item: base * rate // 1000 for item, rate in rates.items()}
        amounts["entertainment"] = 0
        if profile.sales >= 100_000_000 and chance(rng, 25):
            amounts["entertainment"] = span(rng, 30, 120) * 1000
        if profile.id in _RESIDENT_ENGINEERS:
            amounts["labour"] = _RESIDENT_ENGINEERS[profile.id] + span(rng, -20, 20) * 1000
        if profile.id == "A001":
            amounts["customer_manufacturing"] = base * 11 // 1000
        rows += [
            row(
                "direct_costs",
                account_id=profile.id,
                item=item,
                incurred_on=month_end(MONTHS[index]),
                amount=amount,
            )
            for item, amount in amounts.items()
            if amount
        ]
    return rows


def _rates(profile: Profile) -> dict[str, int]:
    if profile.id == "A001":
        service, delivery, inventory = _TOTO
        return {"service": service, "delivery": delivery, "inventory": inventory}
    rng = stream("cost rates", profile.id)
    has_service = any(category == SERVICE for category, _ in profile.mix)
    rates = {"delivery": span(rng, 12, 26), "service": span(rng, 18, 40) if has_service else 0}
    if profile.channel == "代理店":
        rates["rebate"] = span(rng, 15, 30)
    if profile.industry == "商社":
        rates["store_promotion"] = span(rng, 3, 8)
    if profile.sales >= 180_000_000:
        rates["inventory"] = span(rng, 4, 9)
        rates["capital"] = span(rng, 3, 6)
    return rates


def pool_rows() -> list[Row]:
    """Nine pools in each of 36 months, higher by two percent each year."""
    rng = stream("pools")
    return [
        row(
            "cost_pools",
            pool=pool,
            item=item,
            department=department,
            period=month_label(month),
            driver=driver,
            amount=yearly * 10_000 // 12 * span(rng, 96, 104) * (100 + index // 12 * 2) // 10_000,
        )
        for index, month in enumerate(MONTHS)
        for pool, item, department, driver, yearly in _POOLS
    ]


def driver_rows(profiles: tuple[Profile, ...], sales: Sales) -> list[Row]:
    """Support inquiries and returned items, only where there were any."""
    rows = []
    for profile in profiles:
        rng = stream("drivers", profile.id)
        for index, month in enumerate(MONTHS):
            base = sales.get((profile.id, index), 0)
            if not base:
                continue
            scale = 3 if profile.id in {"A001", "A013"} else 1
            counts = {
                "inquiries": span(rng, 0, 2 + base // 6_000_000) * scale,
                "returns": span(rng, 0, base // 5_000_000) * scale,
            }
            rows += [
                row(
                    "account_drivers",
                    account_id=profile.id,
                    driver=driver,
                    period=month_label(month),
                    quantity=quantity,
                )
                for driver, quantity in counts.items()
                if quantity
            ]
    return rows
