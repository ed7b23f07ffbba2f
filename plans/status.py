"""What plans are at, kept small: the table `plan_status` that other rooms may read.

Measuring a plan's KPIs takes a tool for each, so that what was measured last is kept in the
database; what follows from the plan itself and the day is worked out each time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from plans.follow_up import (
    IN_FORCE,
    LIVE,
    action_standings,
    live_plan,
    next_review,
    review_standings,
)
from plans.store import Plans, lock
from plans.stored import Listed, Stored
from plans.tables import plan_measured

_LIVE = frozenset(state for states in LIVE for state in states)
_KEPT = 2000
TABLE = pa.schema(
    {
        "account_id": pa.string(),
        "plan_id": pa.string(),
        "state": pa.string(),
        "version": pa.int64(),
        "kpi_attainment": pa.decimal128(9, 6),
        "kpis_behind": pa.int64(),
        "actions_overdue": pa.int64(),
        "review_due": pa.date32(),
    }
)


@dataclass(frozen=True)
class Measured:
    """What was read of a plan's KPIs and first goal on a day, from one import."""

    as_of: date
    snapshot: str
    attainment: Decimal | None
    kpis_known: int
    kpis_behind: int
    goal_share: Decimal | None


class Statuses:
    """The status of every live plan; measurements hold as long as the plan's content does."""

    def __init__(self, engine: sa.Engine, plans: Plans) -> None:
        self._engine, self._plans = engine, plans
        self._read: OrderedDict[tuple[str, int], Stored] = OrderedDict()

    def keep(self, stored: Stored, found: Measured) -> None:
        """Keep what was measured of a plan in the place of what was measured before."""
        row = {
            "plan_id": stored.plan_id, "hash": stored.hash, "as_of": found.as_of,
            "snapshot": found.snapshot, "kpis_known": found.kpis_known,
            "kpis_behind": found.kpis_behind,
            "attainment": _told(found.attainment), "goal_share": _told(found.goal_share),
        }  # fmt: skip
        with self._engine.begin() as con:
            lock(con, stored.plan_id)
            con.execute(sa.delete(plan_measured).where(plan_measured.c.plan_id == stored.plan_id))
            con.execute(sa.insert(plan_measured).values(row))

    def kept(self, plans: Sequence[Listed]) -> dict[str, Measured]:
        """What was measured last of plans whose content is still the same, by plan."""
        hashes = {plan.plan_id: plan.hash for plan in plans}
        with self._engine.connect() as con:
            rows = con.execute(sa.select(plan_measured)).mappings().all()
        return {
            row["plan_id"]: _measured(row)
            for row in rows
            if hashes.get(row["plan_id"]) == row["hash"]
        }

    def live(self, accounts: Sequence[str] | None = None) -> list[Stored]:
        """The plan that counts of each of these accounts (of all), with its content."""
        by_account: dict[str, list[Listed]] = {}
        for plan in self._plans.list(accounts):
            if plan.state in _LIVE:
                by_account.setdefault(plan.account_id, []).append(plan)
        chosen = (live_plan(plans) for plans in by_account.values())
        return [self._content(plan) for plan in chosen if plan is not None]

    def table(self, day: date) -> pa.Table:
        """One row for each account with a live plan: its plan that counts, as TABLE says.

        `kpi_attainment` (0 to 1), `kpis_behind` and `review_due` only of a plan in force; of KPIs
        what was measured last.
        """
        plans = self.live()
        measured = self.kept(plans) if plans else {}
        rows = [_row(plan, measured.get(plan.plan_id), day) for plan in plans]
        return pa.Table.from_pylist(sorted(rows, key=lambda r: str(r["plan_id"])), schema=TABLE)

    def _content(self, plan: Listed) -> Stored:
        """A plan's content at that version; what was read last is kept in memory."""
        key = plan.plan_id, plan.version
        found = self._read.get(key)
        if found is None or (found.state, found.updated_at) != (plan.state, plan.updated_at):
            found = self._read[key] = self._plans.get(plan.plan_id)
            while len(self._read) > _KEPT:
                self._read.popitem(last=False)
        return found


def _row(stored: Stored, measured: Measured | None, day: date) -> dict[str, Any]:
    in_force = stored.state in IN_FORCE
    actions = action_standings(stored.plan, day, 0)
    known = measured if in_force else None
    return {
        "account_id": stored.account_id,
        "plan_id": stored.plan_id,
        "state": stored.state,
        "version": stored.version,
        "kpi_attainment": known.attainment if known else None,
        "kpis_behind": known.kpis_behind if known else None,
        "actions_overdue": sum(one.state == "overdue" for one in actions),
        "review_due": next_review(review_standings(stored.plan, day)) if in_force else None,
    }


def _told(share: Decimal | None) -> str | None:
    return None if share is None else f"{share:f}"


def _measured(row: sa.RowMapping) -> Measured:
    attained, share = row["attainment"], row["goal_share"]
    return Measured(
        as_of=row["as_of"],
        snapshot=row["snapshot"],
        attainment=None if attained is None else Decimal(attained),
        kpis_known=row["kpis_known"],
        kpis_behind=row["kpis_behind"],
        goal_share=None if share is None else Decimal(share),
    )
