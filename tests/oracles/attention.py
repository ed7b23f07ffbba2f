"""A signal holds only on known facts; each carries the money it puts at stake, or None.

Recomputes docs/metrics.md section 7 for every account from the other oracles. Thresholds are
the defaults and are compared exactly, before any rounding.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from .abcd import abcd
from .canonical import Frame, Row, Tables, divide, frame, group, mean, money, rows, window
from .canonical import within as inside
from .deal_health import deal_health, has_left, single_threaded
from .periods import period
from .pipeline import known_sum
from .sales import change, exact_sales

Signals = dict[str, Decimal | None]
DEAL_SIGNALS = ("stalled", "overdue", "silent_30", "one_sided", "next_step_overdue")


def top_accounts(year: Mapping[str, Row]) -> list[str]:
    """The ceil(20 %) with the highest net sales among accounts with sales; ties by account_id."""
    selling = sorted(
        (i for i in year if year[i]["net_sales"] > 0), key=lambda i: (-year[i]["net_sales"], i)
    )
    return selling[: -(-len(selling) // 5)]


def sales_signals(tables: Tables, as_of: date) -> dict[str, Signals]:
    """sales_down, profit_negative, margin_down, concentration per account."""
    quarter = exact_sales(tables, *window(as_of, 90))
    quarter_before = exact_sales(tables, *window(as_of, 90, 365))
    year = exact_sales(tables, *window(as_of, 365))
    year_before = exact_sales(tables, *window(as_of, 365, 365))
    everything = sum((r["net_sales"] for r in year.values()), Decimal(0))
    out: dict[str, Signals] = {}
    for i, row in year.items():
        mine: Signals = {}
        new = quarter[i]["net_sales"] if i in quarter else Decimal(0)
        old = quarter_before[i]["net_sales"] if i in quarter_before else Decimal(0)
        moved = change(new, old)
        if moved is not None and moved <= Fraction(-20, 100):
            mine["sales_down"] = old - new
        if row["net_sales"] > 0:
            mine |= profit_signals(row, year_before.get(i))
        share = divide(row["net_sales"], everything)
        if share is not None and share >= Fraction(25, 100):
            mine["concentration"] = row["net_sales"]
        out[i] = mine
    return out


def profit_signals(row: Row, before: Row | None) -> Signals:
    """profit_negative and margin_down of an account with sales, from its two years."""
    out: Signals = {}
    if row["contribution"] is not None and row["contribution"] < 0:
        out["profit_negative"] = money(-row["contribution"])
    margin = divide(row["contribution"], row["net_costed"])
    past = None if before is None else divide(before["contribution"], before["net_costed"])
    if margin is not None and past is not None and past - margin >= Fraction(5, 100):
        out["margin_down"] = money((past - margin) * Fraction(row["net_sales"]))
    return out


def deal_signals(health: list[Row]) -> Signals:
    """Each deal signal that holds on at least one open deal of the account.

    Money is the sum over those deals of the weighted value, else the amount; None when neither
    is known for any of them.
    """
    out: Signals = {}
    for name in DEAL_SIGNALS:
        hit = [d for d in health if d[name] is True]
        if hit:
            out[name] = known_sum(
                [d["weighted"] if d["weighted"] is not None else d["amount"] for d in hit]
            )
    return out


def contact_signals(contacts: list[Row], value: Decimal | None, as_of: date) -> Signals:
    """decision_maker_gone and champion_left: left in 180 days and none of that role remains."""
    out: Signals = {}
    for role, name in (("decision_maker", "decision_maker_gone"), ("champion", "champion_left")):
        holders = [c for c in contacts if c.get("buying_role") == role]
        recent = [c for c in holders if inside(c.get("left_on"), *window(as_of, 180))]
        if recent and all(has_left(c, as_of) for c in holders):
            out[name] = value
    return out


def target_gap(targets: list[Row], lines: list[Row], as_of: date, fiscal_start: int) -> Signals:
    """Sales behind 80 % of the pro-rata target; money is expected to date less actual to date.

    targets and lines are the account's own. Of several net_sales targets whose period contains
    as_of and that are behind, the largest shortfall.
    """
    gaps: list[Fraction] = []
    for target in targets:
        first, last = period(target["period"], fiscal_start)
        if target["measure"] != "net_sales" or not inside(as_of, first, last):
            continue
        actual = sum(
            (Fraction(x["net_amount"]) for x in lines if inside(x["ordered_on"], first, as_of)),
            Fraction(0),
        )
        share = Fraction((as_of - first).days + 1, (last - first).days + 1)
        expected = Fraction(target["amount"]) * share
        if actual < expected * Fraction(80, 100):
            gaps.append(expected - actual)
    return {"target_gap": money(max(gaps))} if gaps else {}


def engagement_signals(views: list[date], value: Decimal | None, as_of: date) -> Signals:
    """engagement_surge and engagement_drop from the days of an account's document views.

    value is the weighted open value, None without open deals.
    """
    counts = [sum(inside(day, *window(as_of, 30, 30 * back)) for day in views) for back in range(4)]
    now, usual = counts[0], Fraction(sum(counts[1:]), 3)
    out: Signals = {}
    if now >= 5 and now >= 3 * usual:
        out["engagement_surge"] = value
    if usual >= 5 and now <= usual / 3:
        out["engagement_drop"] = value
    return out


def silent(acts: list[Row], days: int, as_of: date) -> bool:
    """No activity in the last `days` days, as_of included."""
    return not any(inside(a["occurred_on"], *window(as_of, days)) for a in acts)


def mean_sales_of_a(cells: Mapping[str, str | None], year: Mapping[str, Row]) -> Fraction | None:
    """The mean net sales of the year over the accounts in cell A; None when there is none."""
    return mean([year[i]["net_sales"] for i, cell in cells.items() if cell == "A"])


def effort_signals(
    cells: Mapping[str, str | None],
    acts: list[Row],
    year: Mapping[str, Row],
    account_id: str,
    hours: Fraction,
    as_of: date,
) -> Signals:
    """c_trap (share of all activity minutes > 2 x share of all net sales) and neglected_b.

    c_trap puts the account's net sales at stake, neglected_b what it lacks to the mean of the A
    accounts (not below 0).
    """
    cell, own = cells.get(account_id), year[account_id]["net_sales"]
    out: Signals = {}
    if cell == "C":
        sold = sum((Fraction(r["net_sales"]) for r in year.values()), Fraction(0))
        effort = divide(minutes(acts, as_of), hours)
        share = divide(own, sold)
        if effort is not None and share is not None and effort > 2 * share:
            out["c_trap"] = own
    recent = sum(inside(a["occurred_on"], *window(as_of, 180)) for a in acts)
    if cell == "B" and recent < 4:
        usual = mean_sales_of_a(cells, year)
        gap = None if usual is None else max(usual - Fraction(own), Fraction(0))
        out["neglected_b"] = money(gap)
    return out


def minutes(acts: list[Row], as_of: date) -> Fraction:
    """Known minutes of the activities of the trailing 365 days."""
    return sum(
        (
            Fraction(a["minutes"])
            for a in acts
            if a.get("minutes") is not None and inside(a["occurred_on"], *window(as_of, 365))
        ),
        Fraction(0),
    )


def attention_signals(
    tables: Tables,
    as_of: date,
    stage_default: Mapping[str, Decimal] | None = None,
    fiscal_start: int = 4,
) -> dict[str, Signals]:
    """account_id to {signal: money at stake or None}, for every row of accounts (maybe {}).

    Without an activities table the silence, threading and effort signals are left out; without
    order_lines every signal that rests on sales is, and a money that rests on it is None.
    """
    have_acts = tables.get("activities") is not None
    have_sales = tables.get("order_lines") is not None
    acts = [a for a in rows(tables, "activities") if a["occurred_on"] <= as_of]
    acts_of = group(acts, "account_id")
    lines_of = group(rows(tables, "order_lines"), "account_id")
    health_of = group(deal_health(tables, as_of, stage_default).to_dict("records"), "account_id")
    contacts_of = group(rows(tables, "contacts"), "account_id")
    targets_of = group(rows(tables, "targets"), "account_id")
    views_of = group(rows(tables, "engagements"), "account_id")
    year = exact_sales(tables, *window(as_of, 365))
    by_sales = sales_signals(tables, as_of) if have_sales else {}
    cells = {r["account_id"]: r["cell"] for r in abcd(tables, as_of).to_dict("records")}
    top = set(top_accounts(year))
    hours = minutes(acts, as_of)
    out: dict[str, Signals] = {}
    for account in rows(tables, "accounts"):
        i = account["account_id"]
        mine, health = acts_of.get(i, []), health_of.get(i, [])
        value = known_sum([d["weighted"] for d in health])
        sold: Decimal | None = year[i]["net_sales"] if have_sales else None
        found: Signals = dict(by_sales.get(i, {})) | deal_signals(health)
        limit = 30 if i in top else 90 if account.get("status") == "customer" else None
        if have_acts and limit and silent(mine, limit, as_of):
            found["silence"] = None if sold is None else sold * Decimal("0.25")
        if inside(account.get("contract_end"), as_of, as_of + timedelta(days=90)):
            found["contract_ends"] = sold
        if have_sales:
            found |= target_gap(targets_of.get(i, []), lines_of.get(i, []), as_of, fiscal_start)
        if have_acts and (health or i in top) and single_threaded(mine, as_of):
            found["single_threaded"] = value
        found |= contact_signals(contacts_of.get(i, []), value, as_of)
        if have_acts and have_sales:
            found |= effort_signals(cells, mine, year, i, hours, as_of)
        found |= engagement_signals(
            [v["viewed_at"] for v in views_of.get(i, [])], value if health else None, as_of
        )
        out[i] = found
    return out


def attention_frame(
    tables: Tables,
    as_of: date,
    stage_default: Mapping[str, Decimal] | None = None,
    fiscal_start: int = 4,
) -> Frame:
    """`attention_signals` as rows account_id, signal, money; sorted by account_id, signal."""
    found = attention_signals(tables, as_of, stage_default, fiscal_start)
    return frame(
        [
            {"account_id": i, "signal": name, "money": found[i][name]}
            for i in sorted(found)
            for name in sorted(found[i])
        ],
        ["account_id", "signal", "money"],
    )
