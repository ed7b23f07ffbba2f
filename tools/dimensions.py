"""What deals are compared by: each has the label of its group, and NULL where none is recorded."""

from __future__ import annotations

from typing import Literal

import ibis
from ibis import _

from crm.scope import MissingDataError, ScopedTables
from tools.query import attach
from tools.sizes import banded

Dimension = Literal[
    "owner", "manager", "team", "industry", "region", "country", "channel", "product",
    "category", "competitor", "size_band", "stage", "account", "loss_reason",
]  # fmt: skip


def labelled(tables: ScopedTables, deals: ibis.Table, by: Dimension) -> ibis.Table:
    """Deals with `label`, the name of the group each belongs to (NULL: not recorded).

    `group_id` is the id of the person or account, else the label.
    """
    match by:
        case "stage" | "competitor" | "loss_reason":
            found = deals.mutate(label=deals[by])
        case "owner" | "manager" | "team":
            found = _by_person(tables, deals, by)
        case "product" | "category":
            found = _by_product(tables, deals, by)
        case _:
            found = _by_account(tables, deals, by)
    ids = {"owner": "owner_id", "manager": "chief", "account": "account_id"}
    return found.mutate(group_id=found[ids.get(by, "label")])


def _by_person(tables: ScopedTables, deals: ibis.Table, by: Dimension) -> ibis.Table:
    if "people" not in tables:
        if by == "owner":
            return deals.mutate(label=deals.owner_id)
        raise MissingDataError(
            f"Deals cannot be compared by {by}: this workspace has no `people`.",
            "Add that table to the mapping and import.",
        )
    people = tables["people"]
    deals = attach(
        deals, people, "owner_id", "person_id", owner_label="name", chief="manager_id", crew="team"
    )
    if by == "owner":
        return deals.mutate(label=ibis.coalesce(_.owner_label, _.owner_id))
    if by == "team":
        return deals.mutate(label=_.crew)
    deals = attach(deals, people, "chief", "person_id", chief_name="name")
    return deals.mutate(label=ibis.coalesce(_.chief_name, _.chief))


def _by_product(tables: ScopedTables, deals: ibis.Table, by: Dimension) -> ibis.Table:
    if "products" not in tables:
        return deals.mutate(label=deals.product_id if by == "product" else deals.category)
    deals = attach(
        deals,
        tables["products"],
        "product_id",
        "product_id",
        product_name="name",
        product_category="category",
    )
    if by == "product":
        return deals.mutate(label=ibis.coalesce(_.product_name, _.product_id))
    return deals.mutate(label=ibis.coalesce(_.category, _.product_category))


def _by_account(tables: ScopedTables, deals: ibis.Table, by: Dimension) -> ibis.Table:
    accounts = tables["accounts"]
    label = {
        "account": accounts.name,
        "size_band": banded(accounts.employees),
    }
    return attach(deals, accounts, "account_id", "account_id", label=label.get(by, by))
