"""A figure of a plan is read anew by the tool that gave it, within what the asker may see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from crm.errors import TagayasuError
from crm.scope import ScopedTables
from plans.model import Kpi, Plan, Statement
from tools.catalog import Catalog
from tools.facts import Fact, ToolResult

_ACCOUNT_TOOLS = (
    "account_overview", "kpi_pair", "pipeline_metrics", "customer_profitability", "depth_score",
    "relationship_map", "targets_and_gap",
)  # fmt: skip
"""Tools that may know the measure of a KPI without a baseline, in the order they are asked."""


class Meter:
    """Reads facts about one account on one day; each tool is asked once with the same arguments.

    Raises NotFoundError when the account cannot be seen.
    """

    def __init__(
        self, catalog: Catalog, tables: ScopedTables, account_id: str, as_of: date
    ) -> None:
        self._account = tables.require_account(account_id)
        self._catalog = {tool.name: tool for tool in catalog}
        self._tables, self._as_of = tables, as_of
        self._asked: dict[tuple[str, tuple[tuple[str, str], ...]], ToolResult | None] = {}

    def again(self, fact: Fact) -> Fact | None:
        """The fact as it is now; None when no tool gives it any more, or it was of another's."""
        given = fact.basis.arguments
        if given.get("account_id", self._account) != self._account:
            return None
        result = self._result(fact.basis.tool, given)
        if result is None:
            return None
        return next((f for f in result.all_facts() if f.key == fact.key), None)

    def of_kpi(self, kpi: Kpi) -> Fact | None:
        """The fact about the account that a KPI is read from, as it is now."""
        if kpi.baseline is not None:
            own = kpi.baseline.basis.arguments.get("account_id") == self._account
            return self.again(kpi.baseline) if own else None
        if kpi.measure is None:
            return None
        for tool in _ACCOUNT_TOOLS:
            result = self._result(tool, {"account_id": self._account})
            found = None if result is None else result.fact(kpi.measure)
            if found is not None:
                return found
        return None

    def _result(self, tool: str, given: dict[str, str]) -> ToolResult | None:
        key = tool, tuple(sorted(given.items()))
        if key not in self._asked:
            self._asked[key] = self._ask(tool, given)
        return self._asked[key]

    def _ask(self, tool: str, given: dict[str, str]) -> ToolResult | None:
        if tool not in self._catalog:
            return None
        try:
            return self._catalog[tool].call(self._tables, {**given, "as_of": self._as_of})
        except TagayasuError:  # a table is gone, or the tool takes other arguments now
            return None


@dataclass(frozen=True)
class Reread:
    """A fact of a statement beside what it is now (None: no longer known); `stale` if it moved."""

    statement: Statement
    then: Fact
    now: Fact | None
    stale: bool

    @property
    def unknown(self) -> bool:
        return self.now is None or (self.now.value is None and self.then.value is not None)


def reread(plan: Plan, meter: Meter, share: Decimal, counts: Decimal) -> Iterator[Reread]:
    """Every fact of the statements that were not rejected, as it was and as it is."""
    for statement in plan.statements:
        if statement.status == "rejected":
            continue
        for fact in statement.facts:
            now = meter.again(fact)
            known = now is not None and now.value is not None
            moved = known and has_moved(fact, now, share, counts)  # type: ignore[arg-type]
            yield Reread(statement, fact, now, moved)


def has_moved(then: Fact, now: Fact, share: Decimal, counts: Decimal) -> bool:
    """Whether a figure has changed by more than its tolerance.

    Whole numbers by more than the share `counts` and at least 1, other numbers by more than
    `share`, both of the old value; days, text and what was unknown by any change.
    """
    old, new = then.value, now.value
    if not isinstance(old, Decimal | int) or not isinstance(new, Decimal | int):
        return old != new
    change = abs(Decimal(new) - Decimal(old))
    if isinstance(old, int) and isinstance(new, int):
        return change >= 1 and change > counts * abs(old)
    return change > share * abs(Decimal(old))
