"""Maven's CRM export, straight from its raw CSV: every figure counts the raw rows again.

Source: ../shared/data/maven_crm (public domain), "today" 2017-12-31. Prospecting and Engaging
are open; a lost deal's close_value of 0 is an unknown amount; revenue is in millions of USD.
"""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from .canonical import (
    Frame,
    Row,
    Tables,
    days3,
    frame,
    mean,
    percentile,
    ratio6,
    wilson,
)

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "maven_crm"
AS_OF = date(2017, 12, 31)
PRODUCTS = {"GTXPro": "GTX Pro"}
SECTORS = {"technolgy": "technology"}
COUNTRIES = {"Philipines": "Philippines"}
STATUS = {"Won": "won", "Lost": "lost", "Engaging": "open", "Prospecting": "open"}
HALF = Fraction(1, 2)


def read(name: str, folder: Path = FOLDER) -> list[dict[str, str]]:
    """The raw rows of one file, every cell as text."""
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def deals(folder: Path = FOLDER) -> list[Row]:
    """Pipeline rows with names repaired, dates typed, and manager, region and sector joined."""
    sectors = {
        a["account"]: SECTORS.get(a["sector"], a["sector"]) for a in read("accounts", folder)
    }
    sellers = {s["sales_agent"]: s for s in read("sales_teams", folder)}
    out: list[Row] = []
    for raw in read("sales_pipeline", folder):
        stage = raw["deal_stage"]
        value = Decimal(raw["close_value"]) if raw["close_value"] else None
        seller = sellers[raw["sales_agent"]]
        out.append(
            {
                "opportunity_id": raw["opportunity_id"],
                "agent": raw["sales_agent"],
                "manager": seller["manager"],
                "team": seller["regional_office"],
                "product": PRODUCTS.get(raw["product"], raw["product"]),
                "account": raw["account"] or None,
                "sector": sectors[raw["account"]] if raw["account"] else None,
                "stage": stage,
                "status": STATUS[stage],
                "amount": None if stage == "Lost" and value == 0 else value,
                "engaged": date.fromisoformat(raw["engage_date"]) if raw["engage_date"] else None,
                "closed": date.fromisoformat(raw["close_date"]) if raw["close_date"] else None,
            }
        )
    return out


def counts_by_stage(folder: Path = FOLDER) -> dict[str, int]:
    """Deals per raw stage: Won, Lost, Engaging, Prospecting."""
    out: dict[str, int] = {}
    for deal in deals(folder):
        out[deal["stage"]] = out.get(deal["stage"], 0) + 1
    return out


def win_rate(by: str | None = None, folder: Path = FOLDER) -> Frame:
    """won, lost, n, win_rate, wilson_low, wilson_high over closed deals, one row per value of `by`.

    by: None (one row, key "all"), "manager", "agent", "product", "sector" or "team". Closed
    deals all have an account, so no sector is unknown. Sorted by key.
    """
    tally: dict[str, list[int]] = {}
    for deal in deals(folder):
        if deal["status"] != "open":
            pair = tally.setdefault("all" if by is None else deal[by], [0, 0])
            pair[0 if deal["status"] == "won" else 1] += 1
    out: list[Row] = []
    for key in sorted(tally):
        won, lost = tally[key]
        low, high = wilson(won, won + lost)
        rate = ratio6(Fraction(won, won + lost))
        out.append(
            {"key": key, "won": won, "lost": lost, "n": won + lost, "win_rate": rate}
            | {"wilson_low": low, "wilson_high": high}
        )
    return frame(out)


def cycle(statuses: tuple[str, ...] = ("won",), folder: Path = FOLDER) -> dict[str, Any]:
    """n, mean and median days from engage to close; statuses ("won", "lost") for all closed."""
    spans = [
        (d["closed"] - d["engaged"]).days
        for d in deals(folder)
        if d["status"] in statuses and d["engaged"] and d["closed"]
    ]
    return {"n": len(spans), "mean": days3(mean(spans)), "median": days3(percentile(spans, HALF))}


def facts(folder: Path = FOLDER) -> dict[str, Any]:
    """The figures of data/README.md, and the natural defects, from the raw rows."""
    every = deals(folder)
    return {
        "stages": counts_by_stage(folder),
        "won_value": sum((d["amount"] for d in every if d["status"] == "won"), Decimal(0)),
        "win_rate": win_rate(None, folder).iloc[0]["win_rate"],
        "cycle_won": cycle(("won",), folder),
        "cycle_closed": cycle(("won", "lost"), folder),
        "without_account": sum(d["account"] is None for d in every),
        "open_without_account": sum(d["account"] is None and d["status"] == "open" for d in every),
        "without_engage_date": sum(d["engaged"] is None for d in every),
        "open_with_amount": sum(d["status"] == "open" and d["amount"] is not None for d in every),
        "gtxpro_rows": sum(r["product"] == "GTXPro" for r in read("sales_pipeline", folder)),
        "technolgy_rows": sum(r["sector"] == "technolgy" for r in read("accounts", folder)),
        "philipines_rows": sum(
            r["office_location"] == "Philipines" for r in read("accounts", folder)
        ),
    }


def canonical_tables(folder: Path = FOLDER) -> Tables:
    """accounts, people, products, opportunities, stage_history as DataFrames; names serve as ids.

    The engage date is the day a deal entered Engaging (data dictionary).

    created_on is the engage date (unknown for Prospecting), stage the raw deal_stage, team the
    regional office; account status is not in the source and stays unknown.
    """
    accounts = [
        {
            "account_id": a["account"],
            "name": a["account"],
            "parent_id": a["subsidiary_of"] or None,
            "industry": SECTORS.get(a["sector"], a["sector"]),
            "country": COUNTRIES.get(a["office_location"], a["office_location"]),
            "employees": int(a["employees"]),
            "annual_revenue": Decimal(a["revenue"]) * 1_000_000,
            "founded_year": int(a["year_established"]),
            "status": None,
        }
        for a in read("accounts", folder)
    ]
    products = [
        {
            "product_id": p["product"],
            "name": p["product"],
            "category": p["series"],
            "list_price": Decimal(p["sales_price"]),
        }
        for p in read("products", folder)
    ]
    opportunities = [
        {
            "opportunity_id": d["opportunity_id"],
            "account_id": d["account"],
            "owner_id": d["agent"],
            "product_id": d["product"],
            "stage": d["stage"],
            "status": d["status"],
            "amount": d["amount"],
            "created_on": d["engaged"],
            "closed_on": d["closed"],
        }
        for d in deals(folder)
    ]
    stage_history = [
        {"opportunity_id": d["opportunity_id"], "stage": "Engaging", "entered_on": d["engaged"]}
        for d in deals(folder)
        if d["engaged"] is not None
    ]
    return {
        "accounts": frame(accounts),
        "people": frame(people(folder)),
        "products": frame(products),
        "opportunities": frame(opportunities),
        "stage_history": frame(stage_history),
    }


def people(folder: Path = FOLDER) -> list[Row]:
    """35 sellers with their manager, and each manager once."""
    sellers = read("sales_teams", folder)
    out: list[Row] = [
        {"person_id": s["sales_agent"], "name": s["sales_agent"], "role": "rep"}
        | {"manager_id": s["manager"], "team": s["regional_office"]}
        for s in sellers
    ]
    bosses = {s["manager"]: s["regional_office"] for s in sellers}
    out += [
        {"person_id": m, "name": m, "role": "manager", "manager_id": None, "team": bosses[m]}
        for m in sorted(bosses)
    ]
    return out
