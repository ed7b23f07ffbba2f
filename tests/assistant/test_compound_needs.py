"""The tools beside the tables refuse for lack of data where a table that they need is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assistant.bootstrap import Workspace, full_catalog
from assistant.desk import Desk
from crm.errors import NotFoundError
from crm.scope import OPERATOR, MissingDataError
from tests.companies import SAMPLE_DAY, import_rows
from tests.fakes import TrigramEmbeddings
from tools.catalog import CATALOG
from tools.tool import Tool

ACCOUNT = {"account_id": "A1", "name": "東都電機"}
ORDER = {"order_id": "O1", "line_no": 1, "account_id": "A1", "ordered_on": "2026-09-01"}
ORDERS = {"order_lines": [ORDER | {"quantity": 1, "net_amount": 100}]}
ASKED: dict[str, dict[str, Any]] = {
    "briefing": {"account_id": "A1"},
    "search_knowledge": {"question": "停滞"},
    "open_passage": {"passage_id": "0" * 24},
    "plan_status": {"account_id": "A1"},
    "plan_goal": {"account_id": "A1"},
    "plan_portfolio": {},
}
TOOLS = [tool for tool in full_catalog(lambda: None, lambda: None) if tool not in set(CATALOG)]  # type: ignore[arg-type, return-value]


def desk_of(folder: Path, **rows: Any) -> Desk:
    return Workspace(import_rows(folder, rows)[0], embeddings=TrigramEmbeddings()).desk


@pytest.fixture(scope="module")
def without_accounts(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return desk_of(tmp_path_factory.mktemp("orders"), **ORDERS)


@pytest.fixture(scope="module")
def accounts_alone(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return desk_of(tmp_path_factory.mktemp("accounts"), accounts=[ACCOUNT])


def refuses(desk: Desk, tool: str) -> bool:
    """Whether a tool refuses for lack of data; that there is no such plan or passage is none."""
    try:
        desk.run_tool(OPERATOR, tool, ASKED[tool], SAMPLE_DAY)
    except MissingDataError:
        return True
    except NotFoundError:
        return False
    return False


def test_each_of_them_is_asked() -> None:
    assert [tool.name for tool in TOOLS] == list(ASKED)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_tool_refuses_without_accounts_where_it_needs_them(
    without_accounts: Desk, tool: Tool
) -> None:
    assert refuses(without_accounts, tool.name) == ("accounts" in tool.needs)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_tool_needs_no_other_table(accounts_alone: Desk, tool: Tool) -> None:
    assert set(tool.needs) <= {"accounts"}
    assert not refuses(accounts_alone, tool.name)
