"""Results of real tools as the drafts and ledgers of a turn."""

from __future__ import annotations

from datetime import date
from typing import Any

from assistant.bootstrap import Workspace
from assistant.compose import compose
from assistant.ledger import Ledger, render
from crm.scope import OPERATOR
from crm.settings import Language
from tests.companies import SAMPLE_DAY
from tools.facts import ToolResult


def run(workspace: Workspace, tool: str, day: date = SAMPLE_DAY, **arguments: Any) -> ToolResult:
    """A tool's result as the operator gets it."""
    return workspace.desk.run_tool(OPERATOR, tool, arguments, day)


def drafted(result: ToolResult, language: Language, day: date = SAMPLE_DAY) -> tuple[str, Ledger]:
    """The template's draft of a result, with the ledger that holds it."""
    ledger = Ledger(day)
    ledger.add(result)
    return compose(result, ledger, language), ledger


def rendered(result: ToolResult, language: Language) -> tuple[str, Ledger]:
    """The answer as a person reads it: every figure written out."""
    draft, ledger = drafted(result, language)
    return render(draft, ledger, language), ledger
