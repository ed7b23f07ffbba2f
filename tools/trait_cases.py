"""A case of a model is a deal or an account with its attributes; what is unknown is its own level.

Source: docs/metrics.md (traits).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import ibis
import numpy as np
import pyarrow as pa
from ibis import _
from numpy.typing import NDArray

from crm.scope import ScopedTables
from tools.deals import LOST, OPEN, WON, deals_at
from tools.portfolio import customers, statuses_known
from tools.query import attach
from tools.sizes import banded

Attribute = Literal["industry", "size_band", "region", "channel", "owner", "category"]
OF_ACCOUNT: tuple[Attribute, ...] = ("industry", "size_band", "region", "channel")
OF_DEAL: tuple[Attribute, ...] = ("owner", "category")
ATTRIBUTES = (*OF_ACCOUNT, *OF_DEAL)
_LAST = date(9999, 12, 31)


@dataclass(frozen=True, eq=False)
class Cases:
    """Cases in a stated order; `codes[a]` holds the place of each case's value in `values[a]`.

    `state` is won, lost or open of a deal, the status of an account; a value None is unknown.
    """

    ids: Sequence[str]
    state: NDArray[Any]
    codes: Mapping[Attribute, NDArray[np.int64]]
    values: Mapping[Attribute, list[str | None]]

    def __len__(self) -> int:
        return len(self.ids)

    def value(self, attribute: Attribute, case: int) -> str | None:
        return self.values[attribute][int(self.codes[attribute][case])]


def deal_rows(tables: ScopedTables, as_of: date) -> ibis.Table:
    """Won, lost and open deals as of a day: `id`, `state`, `closed_on` and the attributes.

    Industry, size band, region and channel are the account's; the category is the deal's own, else
    its product's; the owner is a person's id. Raises MissingDataError without opportunities.
    """
    deals = deals_at(tables, as_of).filter(_.state.isin([WON, LOST, OPEN]))
    if "products" in tables:
        products = tables["products"]
        deals = attach(deals, products, "product_id", "product_id", product_category="category")
        deals = deals.mutate(category=_.category.fill_null(_.product_category))
    accounts = account_rows(tables, as_of)
    deals = attach(deals, accounts, "account_id", "id", **{a: a for a in OF_ACCOUNT})
    return deals.select(
        id=deals.opportunity_id,
        state=deals.state,
        closed_on=deals.closed_on,
        **{a: deals[a] for a in OF_ACCOUNT},
        owner=deals.owner_id,
        category=deals.category,
    )


def account_rows(tables: ScopedTables, as_of: date) -> ibis.Table:
    """The visible accounts: `id`, `state`, `closed_on` (NULL), and their attributes.

    The state is the status; where no account has one, customer of those that have ordered, and
    `other` of the rest.
    """
    accounts = tables["accounts"]
    state = accounts.status
    if not statuses_known(tables):
        ordered = customers(tables, as_of)
        accounts = attach(accounts, ordered, "account_id", "account_id", ordered="account_id")
        state = accounts.ordered.notnull().ifelse("customer", "other")
    return accounts.select(
        id=accounts.account_id,
        state=state,
        closed_on=ibis.null("date"),
        industry=accounts.industry,
        size_band=banded(accounts.employees),
        region=accounts.region,
        channel=accounts.channel,
    )


def cases(rows: Sequence[ibis.Table], attributes: Sequence[Attribute]) -> Cases:
    """The rows of these tables as cases, those of each by closing date (none: last) and id."""
    texts = pa.schema([(column, pa.string()) for column in ("id", "state", *attributes)])
    day = ibis.literal(_LAST)
    found = pa.concat_tables(
        part.order_by(part.closed_on.fill_null(day), part.id)
        .select(*texts.names)
        .to_pyarrow()
        .cast(texts)
        for part in rows
    )
    codes, values = {}, {}
    for attribute in attributes:
        column = found[attribute].combine_chunks()
        encoded = column.dictionary_encode(null_encoding="encode")
        codes[attribute] = np.asarray(encoded.indices, dtype=np.int64)
        values[attribute] = encoded.dictionary.to_pylist()
    state = np.array(found["state"].to_pylist(), dtype=object)
    return Cases(found["id"].to_pylist(), state, codes, values)
