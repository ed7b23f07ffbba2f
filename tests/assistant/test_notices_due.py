"""The digest lists what is due by its day under how much there is of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.bootstrap import Workspace
from assistant.notices.sending import principal_of
from crm.settings import Language
from crm.warehouse import Warehouse
from tests.fakes import copy_of
from tests.plans.following import followed_plan, in_force, kept


@pytest.fixture(scope="module")
def workspace(
    sample_workspace: Path, sample_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> Workspace:
    """U07 has a plan in force, with an overdue action and a review that was not held."""
    found = copy_of(sample_workspace, tmp_path_factory.mktemp("due"))
    found.__dict__["warehouse"] = sample_warehouse
    in_force(found, kept(found, followed_plan(found)))
    return found


@pytest.mark.parametrize(
    ("person_id", "language", "heading", "line"),
    [
        (
            "U07",
            "ja",
            "## 期日の近い・過ぎたアクション（2件）",
            "- 北斗精密「役員訪問」: 10日超過（期日 2026年9月20日）\n"
            "- 北斗精密「提案」: 期日 2026年10月10日",
        ),
        (
            "U07",
            "en",
            "## Actions due soon or overdue (2)",
            "- 北斗精密, “役員訪問”: 10 days overdue (due 20 September 2026)\n"
            "- 北斗精密, “提案”: due 10 October 2026",
        ),
        (
            "U03",
            "ja",
            "## 予定日の近い・過ぎたレビュー（1件）",
            "- 北斗精密「進捗確認」: 2026年8月5日",
        ),
        (
            "U03",
            "en",
            "## Reviews due soon or overdue (1)",
            "- 北斗精密, “進捗確認”: 5 August 2026",
        ),
    ],
)
def test_actions_and_reviews_stand_earliest_first(
    workspace: Workspace, person_id: str, language: Language, heading: str, line: str
) -> None:
    directory = workspace.desk.directory()
    person = directory.person(person_id)
    assert person is not None
    who = principal_of(person, directory)
    assert who is not None
    page = workspace.notices.preview(who, "digest", language)
    assert page is not None
    assert f"{heading}\n\n{line}" in page.text
