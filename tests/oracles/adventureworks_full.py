"""AdventureWorks' resellers as the product imports them: accounts, people, pools and targets too.

adventureworks.canonical_tables has the sales only. Here the raw files are joined in plain Python
by the rules that examples/mappings/adventureworks.yaml writes down as SQL: annual_revenue is
AnnualSales, the owner the lowest employee of the account's contacts, cost pools the Actual
expenditures by account, department and month. The fiscal year starts in January.
"""

from __future__ import annotations

import csv
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from .adventureworks import FOLDER, dim_reseller, lines, product_categories, read
from .canonical import Row, Tables, frame, group, half_up

FISCAL_START = 1
BY_SALES = {"Commissions", "Returns and Adjustments"}
NO_POOL = {"Standard Cost of Sales", "Discounts", "Taxes", "Interest Expense"}


def listed(name: str, folder: Path = FOLDER) -> list[dict[str, str]]:
    """The raw rows of one CSV file, every cell as text."""
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def accounts(folder: Path = FOLDER) -> list[Row]:
    """The 701 resellers with their owner."""
    key_of = {e["BusinessEntityID"]: e["EmployeeKey"] for e in listed("employee_map", folder)}
    owners: dict[str, str] = {}
    for contact in listed("reseller_contacts", folder):
        owner = key_of.get(contact["SalesPersonBEID"])
        if owner:
            i = contact["ResellerKey"]
            owners[i] = min(owner, owners.get(i, owner))
    bought = {x["account_id"] for x in lines(folder)}
    return [
        {
            "account_id": str(r["ResellerKey"]),
            "name": r["ResellerName"],
            "industry": "Bicycle retail",
            "channel": r["BusinessType"],
            "employees": r["NumberEmployees"],
            "annual_revenue": r["AnnualSales"],
            "founded_year": r["YearOpened"],
            "status": "customer" if str(r["ResellerKey"]) in bought else "prospect",
            "owner_id": owners.get(str(r["ResellerKey"])),
        }
        for r in dim_reseller(folder)
    ]


def people(folder: Path = FOLDER) -> list[Row]:
    """The sellers, with their title as team; nobody reports to anybody, no hour has a cost."""
    return [
        {
            "person_id": e["EmployeeKey"],
            "name": e["LoginID"].split("\\")[1],
            "role": "manager" if e["c5"].endswith("Manager") else "rep",
            "team": e["c5"],
            "manager_id": None,
            "hourly_cost": None,
        }
        for e in listed("employee_map", folder)
    ]


def cost_pools(folder: Path = FOLDER) -> list[Row]:
    """The Actual expenditures, one row each, in the month of their day."""
    names = {
        a["AccountKey"]: a["AccountDescription"]
        for a in read("DimAccount", "AccountKey, AccountDescription, AccountType", folder)
        if a["AccountType"] == "Expenditures" and a["AccountDescription"] not in NO_POOL
    }
    departments = {
        d["DepartmentGroupKey"]: d["DepartmentGroupName"]
        for d in read("DimDepartmentGroup", "DepartmentGroupKey, DepartmentGroupName", folder)
    }
    out: list[Row] = []
    for r in read("FactFinance", "*", folder):
        name = names.get(r["AccountKey"])
        if r["ScenarioKey"] == 1 and name is not None:
            out.append(
                {
                    "pool": name,
                    "item": name,
                    "department": departments.get(r["DepartmentGroupKey"]),
                    "period": r["Date"].strftime("%Y-%m"),
                    "amount": half_up(Decimal(repr(r["Amount"])), 4),
                    "driver": "net_sales" if name in BY_SALES else "orders",
                }
            )
    return out


def targets(folder: Path = FOLDER) -> list[Row]:
    """Each quota until the day before the seller's next one, the last for three months."""
    out: list[Row] = []
    quotas = read("FactSalesQuota", "EmployeeKey, Date, SalesAmountQuota", folder)
    for owner, mine in group(quotas, "EmployeeKey").items():
        mine.sort(key=lambda q: q["Date"])
        for place, quota in enumerate(mine):
            first = quota["Date"].date()
            if place + 1 < len(mine):
                after = mine[place + 1]["Date"].date()
            else:  # three months on, within the last day of that month
                month = first.year * 12 + first.month - 1 + 3
                end = (month + 1) // 12, (month + 1) % 12 + 1
                last_day = (first.replace(year=end[0], month=end[1], day=1) - timedelta(1)).day
                after = first.replace(
                    year=month // 12, month=month % 12 + 1, day=min(first.day, last_day)
                )
            out.append(
                {
                    "owner_id": str(owner),
                    "team": None,
                    "account_id": None,
                    "period": f"{first}..{after - timedelta(1)}",
                    "measure": "net_sales",
                    "amount": quota["SalesAmountQuota"],
                }
            )
    return out


def tables(folder: Path = FOLDER) -> Tables:
    """accounts, people, products, order_lines, cost_pools and targets as canonical DataFrames."""
    categories = product_categories(folder)
    names = read("DimProduct", "ProductKey, EnglishProductName", folder)
    products = [
        {
            "product_id": str(p["ProductKey"]),
            "name": p["EnglishProductName"],
            "category": categories[p["ProductKey"]],
        }
        for p in names
    ]
    return {
        "accounts": frame(accounts(folder)),
        "people": frame(people(folder)),
        "products": frame(products),
        "order_lines": frame(list(lines(folder))),
        "cost_pools": frame(cost_pools(folder)),
        "targets": frame(targets(folder)),
    }
