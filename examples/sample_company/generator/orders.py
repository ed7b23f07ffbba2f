"""Months follow an account's yearly sales, growth and season; lines fill each month's budget."""

from datetime import date
from random import Random

from .draw import pick, span, stream
from .model import (
    CONSUMABLES,
    CONVEYING,
    ROBOTS,
    SENSORS,
    SERVICE,
    SOFTWARE,
    Product,
    Profile,
)
from .periods import MONTHS, month_index, working_days
from .tables import Row, row

_SEASON = (97, 95, 106, 84, 94, 132, 90, 92, 101, 98, 88, 123)
_FOOD_SEASON = (94, 104, 96, 86, 96, 118, 98, 108, 110, 102, 86, 102)
_LINE_WEIGHT = {CONVEYING: 2, ROBOTS: 2, SENSORS: 3, SOFTWARE: 1, SERVICE: 1, CONSUMABLES: 4}
_DEPARTMENTS = {
    CONVEYING: ("製造部", "生産技術部", "物流部"),
    ROBOTS: ("生産技術部", "製造部", "生産技術部"),
    SENSORS: ("品質保証部", "生産技術部", "製造部"),
    SOFTWARE: ("情報システム部", "生産技術部", "生産技術部"),
    SERVICE: ("設備保全部", "設備保全部", "製造部"),
    CONSUMABLES: ("購買部", "設備保全部", "製造部"),
}
_UNCOSTED = ("P024", 24, 26)  # standard cost of this product not yet set in these months


def order_rows(profiles: tuple[Profile, ...], products: tuple[Product, ...]) -> list[Row]:
    """The order_lines table, numbered by day."""
    orders: list[tuple[date, str, int, list[Row]]] = []
    for profile in profiles:
        if profile.sales:
            orders += _account_orders(profile, products)
    orders.sort(key=lambda order: order[:3])
    rows = []
    for number, (_, _, _, lines) in enumerate(orders, start=1):
        for line_no, line in enumerate(lines, start=1):
            rows.append({**line, "order_id": f"R{number:05d}", "line_no": str(line_no)})
    return rows


def _account_orders(
    profile: Profile, products: tuple[Product, ...]
) -> list[tuple[date, str, int, list[Row]]]:
    rng = stream("orders", profile.id)
    carry = dict.fromkeys((category for category, _ in profile.mix), 0)
    result = []
    for index, month in enumerate(MONTHS):
        budget = _month_budget(rng, profile, index)
        if not budget:
            continue
        lines = _month_lines(rng, profile, products, index, budget, carry)
        count = max(1, int(profile.orders_a_month * (0.8 + 0.4 * rng.random()) + 0.5))
        days = working_days(month)[2:]
        for position in range(min(count, len(lines))):
            day = pick(rng, days)
            own = [{**line, "ordered_on": day.isoformat()} for line in lines[position::count]]
            result.append((day, profile.id, index * 100 + position, own))
    return result


def _month_budget(rng: Random, profile: Profile, index: int) -> int:
    season = _FOOD_SEASON if profile.industry == "食品" else _SEASON
    level = 1 + profile.growth / 100 * (index - 29.5) / 12
    jitter = 0.96 + 0.08 * rng.random()
    if profile.status == "former" and index > 15:
        return 0
    shape = season[index % 12] / 100 * level * jitter * _event(profile, index)
    return int(profile.sales / 12 * shape)


def _event(profile: Profile, index: int) -> float:
    if profile.id == "A018" and index >= month_index(date(2026, 7, 1)):
        return 0.62
    if profile.quirk == "sales_down" and index >= month_index(date(2026, 7, 1)):
        return 0.70
    return 1.0


def _discount(rng: Random, profile: Profile, index: int) -> int:
    rate = profile.discount_permille
    if profile.id == "A023" and index >= 24:
        rate = 160
    return rate + span(rng, -15, 15)


def _month_lines(
    rng: Random,
    profile: Profile,
    products: tuple[Product, ...],
    index: int,
    budget: int,
    carry: dict[str, int],
) -> list[Row]:
    wanted = profile.orders_a_month * profile.lines_an_order * (0.85 + 0.3 * rng.random())
    weights = sum(_LINE_WEIGHT[category] for category, _ in profile.mix)
    lines: list[Row] = []
    for category, share in profile.mix:
        money = budget * share // 100 + carry[category]
        count = max(1, int(wanted * _LINE_WEIGHT[category] / weights + 0.5))
        items = [item for item in products if item.category == category]
        for left in range(count, 0, -1):
            part = money if left == 1 else int(money / left * (0.7 + 0.6 * rng.random()))
            line = _line(rng, profile, items, part, index, left == 1)
            if line:
                lines.append(line)
                money -= int(line["net_amount"])
        carry[category] = money
    return lines


def _line(
    rng: Random, profile: Profile, items: list[Product], part: int, index: int, last: bool
) -> Row | None:
    rate = _discount(rng, profile, index)
    fitting = sorted(
        (item for item in items if item.price * (1000 - rate) // 1000 <= part),
        key=lambda item: item.price,
    )
    if not fitting:
        return None
    half = (len(fitting) + 1) // 2
    item = pick(rng, fitting[:half] if last else fitting[-half:])
    quantity = max(1, part * 1000 // (item.price * (1000 - rate)))
    listed = item.price * quantity
    discount = listed * rate // 1000
    net = listed - discount
    cost = item.cost * quantity * (1000 + 6 * (index // 12)) // 1000
    known = not (item.id == _UNCOSTED[0] and _UNCOSTED[1] <= index <= _UNCOSTED[2])
    return row(
        "order_lines",
        account_id=profile.id,
        product_id=item.id,
        quantity=quantity,
        list_amount=listed,
        discount=discount,
        net_amount=net,
        standard_cost=cost if known or int(profile.id[1:]) < 27 else None,
        freight=_freight(rng, item, net),
        department=_department(rng, profile, item.category),
    )


def _freight(rng: Random, item: Product, net: int) -> int:
    if item.category in {SOFTWARE, SERVICE}:
        return 0
    rate = 16 if item.category in {CONVEYING, ROBOTS} else 8
    return net * rate // 10_000 * 10 + span(rng, 6, 14) * 100


def _department(rng: Random, profile: Profile, category: str) -> str:
    if profile.departments == 1:
        return "製造部" if category == CONVEYING else "生産技術部"
    return pick(rng, _DEPARTMENTS[category][: max(1, profile.departments - 1)])
