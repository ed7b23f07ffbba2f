"""A plan comes back from the workbook that people have edited."""

from __future__ import annotations

from pathlib import Path

import openpyxl

from tests.cli.running import Run
from tests.cli.test_plans import MANAGER, OWNER, folder, plan

__all__ = ["folder", "plan"]


def test_a_plan_is_edited_as_a_workbook_on_the_version_it_was_made_of(
    run: Run, folder: Path, plan: str, tmp_path: Path
) -> None:
    file = tmp_path / "plan.xlsx"
    assert run("-w", folder, "plan", "export", plan, "--to", file).code == 0
    assert "変更はありません" in run("-w", folder, "plan", "edit", plan, file, "--yes").out
    book = openpyxl.load_workbook(file)
    goals = book["目標"]
    amount = next(cell for cell in goals[1] if cell.value == "金額")
    goals.cell(2, amount.column).value = "1.2億"
    book.save(file)
    edited = run("-w", folder, "plan", "edit", plan, file, "--yes", *OWNER)
    assert (edited.code, "8,630万円 → 1億2,000万円" in edited.out) == (0, True)
    goals.cell(2, amount.column).value = "たくさん"
    book.save(file)
    refused = run("-w", folder, "plan", "edit", plan, file, "--yes", *OWNER)
    assert (refused.code, "is no number" in refused.err) == (2, True)
    goals.cell(2, amount.column).value = "1.5億"
    book.save(file)
    stale = run("-w", folder, "plan", "edit", plan, file, "--yes", *MANAGER)
    assert (stale.code, "saved version 2 after you opened version 1" in stale.err) == (2, True)
    kept = run("-w", folder, "plan", "show", plan, "--json").json["plan"]
    assert kept["goals"][0]["amount"] == "120000000"
