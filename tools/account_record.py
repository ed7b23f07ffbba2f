"""What the tables hold about one account, for the checklists: each is read when first asked for."""

from __future__ import annotations

from datetime import date
from functools import cached_property

import ibis
from ibis import _

from crm.periods import Period, trailing
from crm.scope import ScopedTables
from tools.checklists import checklist_items
from tools.deals import OPEN, deals_at
from tools.query import Row, fetch, fetch_one, inside
from tools.relationships import present_on
from tools.stage_evidence import stage_evidence
from tools.stage_records import facts_about_accounts, purchases, says
from tools.wallets import latest_wallets


class AccountRecord:
    """What the tables hold about one account, each read when first asked for."""

    def __init__(self, tables: ScopedTables, account_id: str, as_of: date) -> None:
        self.tables = tables
        self.account_id = account_id
        self.as_of = as_of

    @property
    def window(self) -> Period:
        return trailing(self.as_of, self.tables.settings.deepening.window_days)

    def own(self, rows: ibis.Table) -> ibis.Table:
        """The rows about this account."""
        return rows.filter(_.account_id == self.account_id)

    @cached_property
    def account(self) -> Row:
        return fetch_one(self.own(self.tables["accounts"]).select("current_stage"))

    @cached_property
    def evidence(self) -> Row:
        return fetch_one(self.own(stage_evidence(self.tables, self.as_of)))

    @cached_property
    def bought(self) -> Row:
        return fetch_one(self.own(purchases(self.tables, self.as_of)))

    @cached_property
    def contacts(self) -> list[Row]:
        """The contacts who have not left."""
        people = self.own(self.tables["contacts"]).filter(present_on(self.as_of))
        return fetch(people.select("contact_id", "buying_role", "level", "reports_to"))

    @cached_property
    def last_of_kind(self) -> dict[str, date]:
        """The last activity of each kind in the window."""
        acts = self.own(self.tables["activities"]).filter(inside(self.window, "occurred_on"))
        rows = fetch(acts.group_by("kind").agg(last=_.occurred_on.max()))
        return {row["kind"]: row["last"] for row in rows}

    @cached_property
    def open_deals(self) -> Row:
        """How many deals are open, how many with a next step, and when the last of each began."""
        deals = self.own(deals_at(self.tables, self.as_of)).filter(_.state == OPEN)
        planned = deals.next_step.notnull()
        return fetch_one(
            deals.agg(
                deal_open=deals.count(),
                deal_open_on=deals.created_on.max(),
                next_step=deals.next_step.count(),
                next_step_on=deals.created_on.max(where=planned),
            )
        )

    @cached_property
    def wallets(self) -> int:
        n: int = fetch_one(self.own(latest_wallets(self.tables, self.as_of)).agg(n=_.count()))["n"]
        return n

    @cached_property
    def last_subject(self) -> dict[str, date | None]:
        """For each item with words, the last activity whose subject holds one."""
        return self._last_words(self.own(self.tables["activities"]), "subject", "occurred_on")

    @cached_property
    def last_fact(self) -> dict[str, date | None]:
        """For each item with words, the last outside information that holds one."""
        facts = self.own(facts_about_accounts(self.tables))
        return self._last_words(facts, "statement", "observed_on")

    def _last_words(self, rows: ibis.Table, text: str, day: str) -> dict[str, date | None]:
        items = [i for i in checklist_items().values() if i.kind == "subject_words"]
        rows = rows.filter(rows[day] <= ibis.literal(self.as_of))
        days = rows[day].cast("date")  # which may be NULL, as the last of no days is
        said = {i.code: says(rows[text], i.value.split("|")) for i in items}
        return fetch_one(rows.agg(**{code: days.max(where=held) for code, held in said.items()}))
