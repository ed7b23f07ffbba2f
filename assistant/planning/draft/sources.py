"""What the tools say of an account, as far as the asker may see it; each tool is asked once."""

from __future__ import annotations

from typing import Any

from assistant.planning.draft.asked import Asked
from crm.scope import MissingDataError, ScopedTables
from tools.catalog import Catalog
from tools.facts import Fact, ToolResult
from tools.format import shown

_PASSAGES = 3
"""Passages in a first draft, at the most."""


class Sources:
    """The tools' answers about the account of one plan."""

    def __init__(self, catalog: Catalog, tables: ScopedTables, asked: Asked) -> None:
        self.tables, self.asked = tables, asked
        self._catalog = catalog
        self._results: dict[str, ToolResult | None] = {}

    def result(self, tool: str) -> ToolResult | None:
        """What a tool says of the account; None where the workspace lacks its tables."""
        if tool not in self._results:
            given = {**self._given(tool), "as_of": self.asked.as_of}
            try:
                self._results[tool] = self._catalog[tool].call(self.tables, given)
            except MissingDataError:
                self._results[tool] = None
        return self._results[tool]

    def fact(self, tool: str, name: str) -> Fact | None:
        """A known fact of a tool about the account."""
        result = self.result(tool)
        found = result.fact(name) if result else None
        return found if found is not None and found.value not in (None, "") else None

    def shown(self, tool: str, name: str) -> str | None:
        """A known fact in words of the plan's language."""
        found = self.fact(tool, name)
        return shown(found, self.asked.language) if found else None

    def period_name(self) -> str:
        """What the plan's period is called."""
        return self.asked.period_name(self.tables.settings.company.fiscal_year_start)

    def _given(self, tool: str) -> dict[str, Any]:
        if tool == "search_knowledge":
            return self._searched()
        given: dict[str, Any] = {"account_id": self.asked.account_id}
        if tool == "targets_and_gap":
            span = self.asked.period
            given |= {"level": "account", "period": f"{span.start}..{span.end}"}
        return given

    def _searched(self) -> dict[str, Any]:
        """What is looked for in playbooks and past plans of like accounts."""
        industry = self.shown("account_overview", "account.industry") or ""
        stage = self.shown("deepening_stage", "stage.next") or ""
        asked = {"ja": "戦略シナリオ 教訓 進め方", "en": "strategy lessons approach"}
        return {
            "question": f"{industry} {stage} {asked[self.asked.language]}".strip(),
            "like_account": self.asked.account_id,
            "limit": _PASSAGES,
            "per_document": 1,
        }
