"""The same answers as an analyst would get them with pandas from the Parquet files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

DAY = pd.Timestamp("2026-09-30")
YEAR = (pd.Timestamp("2025-10-01"), DAY)
Days = tuple[pd.Timestamp, pd.Timestamp]
ALL = (pd.Timestamp("2023-10-01"), DAY)


def _read(folder: Path, table: str, *columns: str) -> pd.DataFrame:
    frame = pd.read_parquet(folder / f"{table}.parquet", columns=list(columns))
    for column in frame:
        if column.endswith(("_on", "_close")):
            frame[column] = pd.to_datetime(frame[column])
        elif column in {
            "amount", "probability", "net_amount", "standard_cost", "freight", "minutes",
            "hourly_cost", "annual_revenue", "objective_score", "list_amount", "discount",
            "quantity",
        }:  # fmt: skip
            frame[column] = frame[column].astype(float)
    return frame


def _states(folder: Path, *more: str) -> pd.DataFrame:
    """Deals with their state on the day."""
    deals = _read(
        folder, "opportunities", "opportunity_id", "account_id", "stage", "status", "amount",
        "probability", "created_on", "closed_on", *more,
    )  # fmt: skip
    begun = deals.created_on.isna() | (deals.created_on <= DAY)
    still = (deals.closed_on.isna() & (deals.status == "open")) | (deals.closed_on > DAY)
    closed = (deals.closed_on <= DAY) & (deals.status != "open")
    deals["state"] = np.where(begun & still, "open", np.where(closed, deals.status, "other"))
    return deals


def _deals(folder: Path, *more: str) -> pd.DataFrame:
    """Deals with their state and chance on the day."""
    deals = _states(folder, *more)
    history = _read(folder, "stage_history", "opportunity_id", "stage", "entered_on")
    reached = history[history.entered_on <= DAY].drop_duplicates(["opportunity_id", "stage"])
    ended = deals[deals.state.isin(["won", "lost"])]
    record = reached.merge(ended[["opportunity_id", "state"]], on="opportunity_id")
    shares = (record.state == "won").groupby(record.stage).agg(["mean", "count"])
    shares = shares["mean"].where(shares["count"] >= 30)
    deals["chance"] = deals.probability.fillna(deals.stage.map(shares))
    deals["weighted"] = deals.amount * deals.chance
    return deals


def _money(folder: Path, days: Days = YEAR) -> pd.DataFrame:
    """Lines, orders, net sales and profit after direct costs of each account on these days."""
    accounts = _read(folder, "accounts", "account_id", "name", "owner_id", "status")
    lines = _read(folder, "order_lines", "account_id", "order_id", "ordered_on", "net_amount",
                  "standard_cost", "freight")  # fmt: skip
    lines = lines[lines.ordered_on.between(*days)]
    lines["costed"] = lines.net_amount.where(lines.standard_cost.notna())
    by_account = lines.groupby("account_id")
    sold = by_account.agg(
        lines=("net_amount", "size"), known=("standard_cost", "count"),
        orders=("order_id", "nunique"), net_sales=("net_amount", "sum"),
        costed=("costed", "sum"), cost=("standard_cost", "sum"), freight=("freight", "sum"),
    )  # fmt: skip
    costs = _read(folder, "direct_costs", "account_id", "item", "incurred_on", "amount")
    costs = costs[costs.incurred_on.between(*days)]
    booked = costs.groupby("account_id").amount.sum()
    labour = costs[costs.item == "labour"].groupby("account_id").amount.sum()
    acts = _read(folder, "activities", "account_id", "person_id", "occurred_on", "minutes")
    acts = acts[acts.occurred_on.between(*days)]
    acts = acts.merge(_read(folder, "people", "person_id", "hourly_cost"), on="person_id")
    acts["cost"] = acts.minutes * acts.hourly_cost / 60
    worked = acts.groupby("account_id").cost.sum()
    money = accounts.set_index("account_id").join(sold)
    numbers = ["lines", "orders", "net_sales", "costed", "cost", "freight", "known"]
    money[numbers] = money[numbers].fillna(0)
    own_labour = worked.where(~worked.index.isin(labour.index), 0)
    profit = money.costed - money.cost - money.freight
    profit = profit.sub(booked, fill_value=0).sub(own_labour, fill_value=0)
    money["profit"] = profit.reindex(money.index)
    money.loc[(money.lines > 0) & (money.known == 0), "profit"] = np.nan
    return money


def pipeline_metrics(folder: Path) -> float:
    deals = _deals(folder)
    accounts = _read(folder, "accounts", "account_id", "industry")
    deals = deals.merge(accounts, on="account_id", how="left")
    deals["cycle"] = (deals.closed_on - deals.created_on).dt.days
    opened, won = deals[deals.state == "open"], deals[deals.state == "won"]
    counts = deals.groupby(["industry", "state"]).size().unstack(fill_value=0)
    counts["rate"] = counts.won / (counts.won + counts.lost)
    counts["open_value"] = opened.groupby("industry").amount.sum()
    counts["weighted"] = opened.groupby("industry").weighted.sum()
    counts["won_value"] = won.groupby("industry").amount.sum()
    won.groupby("industry").cycle.agg(["mean", "median"])
    won.cycle.quantile([0.5, 0.9])
    _stages(folder, deals)
    return float(opened.amount.sum())


def _stages(folder: Path, deals: pd.DataFrame) -> pd.DataFrame:
    """How deals pass through the stages, and how long they stay in each."""
    closed = deals[deals.state.isin(["won", "lost"])][["opportunity_id", "state", "closed_on"]]
    spells = _read(folder, "stage_history", "opportunity_id", "stage", "entered_on")
    spells = spells[spells.entered_on <= DAY].merge(closed, on="opportunity_id")
    spells = spells.sort_values(["opportunity_id", "entered_on"])
    of_deal = spells.groupby("opportunity_id").entered_on
    spells["position"] = of_deal.rank(method="min")
    spells["days"] = (of_deal.shift(-1).fillna(spells.closed_on) - spells.entered_on).dt.days
    places = spells.groupby("stage").position.mean().rank()
    spells["place"] = spells.stage.map(places)
    spells["far"] = spells.groupby("opportunity_id").place.transform("max")
    spells["went_on"] = (spells.state == "won") | (spells.far > spells.place)
    once = spells.drop_duplicates(["opportunity_id", "stage"])
    days = spells.groupby("stage").days.quantile([0.5, 0.75]).unstack()
    return days.join(once.groupby("stage").went_on.mean())


def loss_analysis(folder: Path) -> float:
    deals = _states(folder)
    closed = deals[deals.state.isin(["won", "lost"]) & deals.closed_on.between(*ALL)].copy()
    closed["cycle"] = (closed.closed_on - closed.created_on).dt.days
    history = _read(folder, "stage_history", "opportunity_id", "stage", "entered_on")
    history = history[history.entered_on <= DAY]
    position = history.groupby("opportunity_id").entered_on.rank(method="min")
    places = position.groupby(history.stage).mean().rank()
    history["place"] = history.stage.map(places)
    history = history.merge(closed[["opportunity_id", "closed_on"]], on="opportunity_id")
    history = history[history.entered_on <= history.closed_on]
    history = history.sort_values(["opportunity_id", "entered_on", "place"])
    ended = history.groupby("opportunity_id").stage.last().rename("last")
    closed = closed.join(ended, on="opportunity_id")
    closed["last"] = closed["last"].fillna(closed.stage)
    closed["won"] = closed.state == "won"
    lost = closed[closed.state == "lost"]
    table = lost.groupby("last").agg(
        n=("amount", "size"), value=("amount", "sum"), cycle=("cycle", "mean")
    )
    table["win_rate"] = closed.groupby("last").won.mean()
    table.sort_values("value", ascending=False)
    return float(table.value.sum())


def kpi_pair(folder: Path) -> float:
    deals = _deals(folder)
    opened = deals[deals.state == "open"]
    expected = opened.groupby("account_id").agg(value=("amount", "sum"), w=("weighted", "sum"))
    lines = _read(folder, "order_lines", "account_id", "ordered_on", "net_amount")
    sales = lines[lines.ordered_on.between(*ALL)].groupby("account_id").net_amount.sum()
    accounts = _read(folder, "accounts", "account_id", "name").set_index("account_id")
    table = accounts.join(expected).join(sales)
    table.sort_values("value", ascending=False).head(20)
    return float(table.value.sum())


def concentration(folder: Path) -> float:
    lines = _read(folder, "order_lines", "account_id", "product_id", "ordered_on", "net_amount")
    lines = lines[lines.ordered_on.between(*ALL)]
    products = _read(folder, "products", "product_id", "category")
    lines = lines.merge(products, on="product_id")
    for unit in ("account_id", "product_id", "category"):
        sales = lines.groupby(unit).net_amount.sum()
        shares = sales[sales > 0] / sales[sales > 0].sum()
        (shares**2).sum()
    sales = lines.groupby("account_id").net_amount.sum()
    accounts = _read(folder, "accounts", "account_id", "name").set_index("account_id")
    accounts.join(sales).sort_values("net_amount", ascending=False).head(20)
    return float(sales.sum())


def whale_curve(folder: Path) -> float:
    money = _money(folder, ALL)
    curve = money[(money.lines > 0) & money.profit.notna()].sort_values("profit", ascending=False)
    curve["cumulative"] = curve.profit.cumsum()
    curve.cumulative.max(), (curve.profit < 0).sum(), curve.head(20)
    return float(curve.profit.sum())


def _placed(folder: Path, *more: str) -> pd.DataFrame:
    """The customers with their worth, record and letter."""
    money = _money(folder)
    accounts = _read(folder, "accounts", "account_id", "annual_revenue", "employees",
                     "objective_score", *more).set_index("account_id")  # fmt: skip
    money = money.join(accounts)
    own = money[money.status == "customer"]

    def blend(*columns: str) -> pd.Series:
        return own[list(columns)].rank(pct=True).round(6).mean(axis=1).round(6)

    money["worth"] = blend("annual_revenue", "employees", "objective_score")
    money["record"] = blend("orders", "net_sales", "profit")
    high_worth = money.worth >= money.worth.median()
    high_record = money.record >= money.record.median()
    money["letter"] = np.select(
        [money.worth.isna(), high_worth & high_record, high_worth, high_record],
        ["", "A", "B", "C"],
        "D",
    )
    return money


def portfolio_zones(folder: Path) -> float:
    deals = _deals(folder)
    deals = deals[deals.state.isin(["open", "won", "lost"])]
    opened = deals[deals.state == "open"].groupby("account_id").chance.mean()
    ended = deals[deals.state.isin(["won", "lost"])]
    record = (ended.state == "won").groupby(ended.account_id).mean()
    priced = deals[deals.state.isin(["open", "won"])].groupby("account_id").amount.median()
    table = pd.DataFrame({"price": priced, "record": record, "opened": opened})
    table["chance"] = table.opened.fillna(table.record)
    table = table.dropna(subset=["price", "chance"])
    x, y = table.chance.median(), table.price.median()
    high_x, high_y = table.chance >= x, table.price >= y
    table["zone"] = np.select([high_x & high_y, high_x | high_y], ["A", "B"], "C")
    table["near"] = ((table.chance - x).abs() <= 0.1 * x) | ((table.price - y).abs() <= 0.1 * y)
    table.groupby("zone").size(), table.sort_values(["zone", "price"]).head(20)
    return float(y)


def targets_and_gap(folder: Path) -> float:
    targets = _read(folder, "targets", "account_id", "period", "measure", "amount")
    targets = targets[(targets.period == "FY2026") & (targets.measure == "net_sales")]
    lines = _read(folder, "order_lines", "account_id", "ordered_on", "net_amount")
    half = lines.ordered_on.between(pd.Timestamp("2026-04-01"), DAY)
    actual = lines[half].groupby("account_id").net_amount.sum()
    deals = _deals(folder, "expected_close")
    rest = deals.expected_close.between(DAY, pd.Timestamp("2027-03-31"), inclusive="right")
    hoped = deals[(deals.state == "open") & rest].groupby("account_id").weighted.sum()
    table = targets.set_index("account_id").join(actual).join(hoped).fillna({"net_amount": 0})
    table["gap"] = table.amount - table.net_amount
    table["forecast"] = table.net_amount + table.weighted.fillna(0)
    table["pace"] = table.net_amount / (table.amount * 183 / 365)
    table.sort_values("gap", ascending=False).head(20)
    return float(table.amount.sum())


def effort_and_return(folder: Path) -> float:
    placed = _placed(folder)
    acts = _read(folder, "activities", "account_id", "person_id", "occurred_on", "minutes")
    acts = acts[acts.occurred_on.between(*ALL)]
    hours = acts.groupby("person_id").minutes.sum() / 60
    placed[["net_sales", "profit"]] = _money(folder, ALL)[["net_sales", "profit"]]
    owned = placed.groupby("owner_id")[["net_sales", "profit"]].sum()
    people = _read(folder, "people", "person_id", "name", "hourly_cost").set_index("person_id")
    table = people.join(hours.rename("hours")).join(owned)
    table["cost"] = table.hours * table.hourly_cost
    table["per_hour"] = table.net_sales / table.hours
    table["share"] = table.hours / table.hours.sum()
    table.sort_values("hours", ascending=False).head(20)
    placed["hours"] = acts.groupby("account_id").minutes.sum() / 60
    lately = acts[acts.occurred_on > pd.Timestamp("2026-07-02")].groupby("account_id").size()
    placed["lately"] = lately
    weak = placed.letter.isin(["C", "D"])
    good = placed[placed.letter.isin(["A", "B"])]
    placed[weak].hours.sum() / placed.hours.sum(), good.profit.sum() / good.hours.sum()
    placed[weak].net_sales.sum() / placed.net_sales.sum(), good.lately.isna().sum()
    return float(hours.sum())


def _borne(folder: Path, driver: str | None = None) -> pd.Series:
    """What every account bears of the pools, divided by this driver or by each pool's own."""
    lines = _read(folder, "order_lines", "account_id", "order_id", "ordered_on", "quantity",
                  "net_amount")  # fmt: skip
    lines = lines[lines.ordered_on.between(*ALL)]
    lines["period"] = lines.ordered_on.dt.strftime("%Y-%m")
    acts = _read(folder, "activities", "account_id", "kind", "occurred_on")
    acts = acts[acts.occurred_on.between(*ALL) & (acts.kind == "visit")]
    acts["period"] = acts.occurred_on.dt.strftime("%Y-%m")
    caused = lines.groupby(["period", "account_id"]).agg(
        orders=("order_id", "nunique"), quantity=("quantity", "sum"),
        net_sales=("net_amount", "sum"),
    )  # fmt: skip
    visits = acts.groupby(["period", "account_id"]).size().rename("visits")
    caused = caused.join(visits, how="outer")
    shares = caused / caused.groupby("period").transform("sum")
    pools = _read(folder, "cost_pools", "period", "driver", "amount")
    pools["driver"] = driver or pools.driver
    by_driver = pools.groupby(["driver", "period"]).amount.sum()
    parts = [
        shares[name].mul(by_driver[name], level="period").fillna(0)
        for name in pools.driver.unique()
    ]
    return sum(parts).groupby("account_id").sum()


def resource_concentration(folder: Path) -> float:
    money = _money(folder, ALL)
    borne = _borne(folder)
    money["cost"] = (money.costed - money.cost - money.profit).add(borne, fill_value=0)
    money["profit"] = money.profit.sub(borne, fill_value=0)
    table = money[(money.lines > 0) & money.profit.notna()].copy()
    table["cost_rank"] = table.cost.rank(ascending=False, method="first")
    table["profit_rank"] = table.profit.rank(ascending=False, method="first")
    table["gap"] = table.profit_rank - table.cost_rank
    table["share"] = table.cost / table.cost.sum()
    table.cost.corr(table.profit, method="spearman"), table.sort_values("gap").tail(20)
    top = table[table.cost_rank <= np.ceil(0.2 * len(table))]
    top.profit.sum() / table.profit.sum(), (top.profit_rank > len(table) / 2).sum()
    return float(top.cost.sum() / table.cost.sum())


def allocation_stress(folder: Path) -> float:
    money = _money(folder, ALL)
    money = money[(money.lines > 0) & money.profit.notna()]
    bases = {"by_sales": "net_sales", "by_orders": "orders", "by_own": None}
    for basis, driver in bases.items():
        borne = _borne(folder, driver)
        money[basis] = money.profit - borne.reindex(money.index).fillna(0)
    profits = money[list(bases)]
    money["spread"] = profits.max(axis=1) - profits.min(axis=1)
    money["changes"] = (profits < 0).sum(axis=1).isin([1, 2])
    money.sort_values(["changes", "spread"], ascending=False).head(20)
    return float(money.by_own.sum())


BY_ANALYST: dict[str, Callable[[Path], float]] = {
    "pipeline_metrics": pipeline_metrics,
    "loss_analysis": loss_analysis,
    "kpi_pair": kpi_pair,
    "concentration": concentration,
    "whale_curve": whale_curve,
    "portfolio_zones": portfolio_zones,
    "targets_and_gap": targets_and_gap,
    "effort_and_return": effort_and_return,
    "resource_concentration": resource_concentration,
    "allocation_stress": allocation_stress,
}
