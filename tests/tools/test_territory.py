"""What happened at many accounts is what the files say, counted in plain pandas."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from crm.directory import Directory, Principal
from crm.scope import ScopedTables
from tests.companies import SAMPLE_DAY
from tests.oracles.canonical import Tables
from tools.territory import TerritoryArguments, territory_changes

SINCE = date(2026, 9, 1)


def within(days: pd.Series) -> pd.Series:
    parsed = pd.to_datetime(days)
    return (parsed >= pd.Timestamp(SINCE)) & (parsed <= pd.Timestamp(SAMPLE_DAY))


@pytest.mark.parametrize(
    ("owner", "below"), [("U07", ["U07"]), ("U03", ["U03", "U06", "U07", "U08"])]
)
def test_the_counts_are_those_of_the_files(
    sample: ScopedTables, sample_raw: Tables, owner: str, below: list[str]
) -> None:
    found = territory_changes(
        sample, TerritoryArguments(as_of=SAMPLE_DAY, owner_id=owner, since=SINCE, limit=50)
    )
    told = {fact.name: fact.value for fact in found.facts}
    accounts = sample_raw["accounts"]
    mine = set(accounts[accounts.owner_id.isin(below)].account_id)
    orders = sample_raw["order_lines"]
    orders = orders[orders.account_id.isin(mine) & within(orders.ordered_on)]
    deals = sample_raw["opportunities"]
    deals = deals[deals.account_id.isin(mine)]
    closed = deals[within(deals.closed_on)]
    contacts = sample_raw["contacts"]
    left = contacts[contacts.account_id.isin(mine) & within(contacts.left_on)]
    acts = sample_raw["activities"]
    assert told["changes.accounts"] == len(mine)
    assert told["changes.orders"] == orders.order_id.nunique()
    assert float(told["changes.order_value"]) == pytest.approx(  # type: ignore[arg-type]
        orders.net_amount.astype(float).sum()
    )
    assert told["changes.deals_new"] == within(deals.created_on).sum()
    assert told["changes.deals_won"] == (closed.status == "won").sum()
    assert told["changes.deals_lost"] == (closed.status == "lost").sum()
    assert (
        told["changes.activities"] == (acts.account_id.isin(mine) & within(acts.occurred_on)).sum()
    )
    assert found.table is not None
    assert found.table.total_rows == len(closed) + len(left)
    kinds = [found.table.cell(n, "change.kind").value for n in range(len(found.table.rows))]
    assert kinds.count("won") == (closed.status == "won").sum()
    assert kinds.count("left") == len(left)


def test_only_accounts_in_the_scope_are_counted(sample: ScopedTables, sample_raw: Tables) -> None:
    directory = Directory.of(sample.snapshot)
    scope = directory.scope(Principal("U07", "高瀬 美咲", frozenset({"rep"})))
    own = ScopedTables(sample.snapshot, scope, sample.settings, directory=directory)
    asked = TerritoryArguments(as_of=SAMPLE_DAY, owner_id="U08", since=SINCE)
    accounts, team = sample_raw["accounts"], sample_raw["account_team"]
    of_other = set(accounts[accounts.owner_id == "U08"].account_id)
    shared = set(team[team.person_id == "U07"].account_id)
    assert territory_changes(own, asked).fact("changes.accounts").value == len(  # type: ignore[union-attr]
        of_other & shared
    )
