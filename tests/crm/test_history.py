"""Old snapshots are kept by a rule, compared, and gone back to."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crm import history
from crm.compare import Change, Changes, Example
from crm.errors import InputError, WorkspaceError
from crm.importer import ImportReport
from crm.warehouse import current_snapshot, snapshot_file
from tests.companies import import_rows, tables_of


def accounts(*ids: str) -> list[dict[str, Any]]:
    return [{"account_id": i, "name": f"{i} 社"} for i in ids]


def deals(*rows: tuple[str, str, str, str | None]) -> list[dict[str, Any]]:
    names = ("opportunity_id", "status", "stage", "amount")
    return [{**dict(zip(names, row, strict=True)), "name": f"deal {row[0]}"} for row in rows]


def imported(folder: Path, *ids: str) -> ImportReport:
    time.sleep(0.002)  # an import is later than the one before it
    return import_rows(folder, {"accounts": accounts(*ids)})[1]


def test_the_oldest_leave_and_the_one_in_use_stays(tmp_path: Path) -> None:
    made = [imported(tmp_path, f"A{n}").snapshot for n in range(13)]
    known = history.snapshots(tmp_path / "workspace")
    assert [past.snapshot for past in known] == made[:2:-1]
    assert [past.in_use for past in known] == [True] + [False] * 9
    assert known[0].rows == {"accounts": 1}


def test_an_old_one_in_use_is_never_removed(tmp_path: Path) -> None:
    made = [imported(tmp_path, f"A{n}").snapshot for n in range(4)]
    workspace = tmp_path / "workspace"
    history.roll_back(workspace, made[0], "")
    assert history.keep_newest(workspace, 2, "") == [made[2], made[1]]
    assert {p.snapshot for p in history.snapshots(workspace)} == {made[0], made[3]}


def test_going_back_goes_back_one_by_one(tmp_path: Path) -> None:
    made = [imported(tmp_path, *(f"A{n}" for n in range(1, m))).snapshot for m in (2, 3, 4)]
    workspace = tmp_path / "workspace"
    for expected, count in ((made[1], 2), (made[0], 1)):
        assert history.roll_back(workspace, None, "").snapshot == expected
        assert current_snapshot(workspace) == expected
        assert tables_of(workspace)["accounts"].count().execute() == count
    with pytest.raises(InputError, match="no snapshot before"):
        history.roll_back(workspace, None, "")
    assert history.roll_back(workspace, made[2], "").snapshot == made[2]


def test_one_that_is_not_there_or_damaged_is_not_gone_back_to(tmp_path: Path) -> None:
    first, second = imported(tmp_path, "A1").snapshot, imported(tmp_path, "A2").snapshot
    workspace = tmp_path / "workspace"
    with pytest.raises(InputError, match="no snapshot `0123`"):
        history.roll_back(workspace, "0123", "")
    snapshot_file(workspace, first).write_bytes(b"damaged")
    with pytest.raises(WorkspaceError, match="damaged"):
        history.roll_back(workspace, first, "")
    assert current_snapshot(workspace) == second


def test_the_same_files_again_change_nothing(tmp_path: Path) -> None:
    first = imported(tmp_path, "A1")
    (noted,) = history.snapshots(tmp_path / "workspace")
    second = imported(tmp_path, "A1")
    assert (second.unchanged, second.snapshot) == (True, first.snapshot)
    assert second.changes == Changes(first.snapshot, ())
    assert history.snapshots(tmp_path / "workspace") == [noted]


def test_what_came_went_moved_and_changed_is_told(tmp_path: Path) -> None:
    old = {
        "accounts": accounts("A1", "A2", "A3"),
        "opportunities": deals(("D1", "open", "提案", "100"), ("D2", "open", "提案", "50"),
                               ("D3", "won", "受注", None), ("D4", "open", "商談", "7")),
    }  # fmt: skip
    new = {
        "accounts": accounts("A2", "A3", "A4", "A5"),
        "opportunities": deals(("D1", "won", "受注", "120"), ("D2", "open", "提案", "50"),
                               ("D3", "won", "受注", "30"), ("D5", "open", "商談", "9")),
    }  # fmt: skip
    first = import_rows(tmp_path, old)[1]
    assert first.changes is None
    found = import_rows(tmp_path, new)[1].changes
    assert found is not None
    assert found.since == first.snapshot
    assert found.changes == (
        Change("accounts_new", 2, (Example("A4", "A4 社", None, None),
                                   Example("A5", "A5 社", None, None))),
        Change("accounts_gone", 1, (Example("A1", "A1 社", None, None),)),
        Change("deals_new", 1, (Example("D5", "deal D5", None, "9.0000"),), Decimal(9)),
        Change("deals_gone", 1, (Example("D4", "deal D4", "7.0000", None),), Decimal(-7)),
        Change("deals_moved", 1, (Example("D1", "deal D1", "open / 提案", "won / 受注"),)),
        Change("amounts_changed", 2, (Example("D1", "deal D1", "100.0000", "120.0000"),
                                      Example("D3", "deal D3", None, "30.0000")), Decimal(50)),
    )  # fmt: skip


def test_a_table_that_was_not_there_before_is_all_new(tmp_path: Path) -> None:
    import_rows(tmp_path, {"accounts": accounts("A1")})
    rows = {"accounts": accounts("A1"), "opportunities": deals(("D1", "open", "x", "1"))}
    found = import_rows(tmp_path, rows)[1].changes
    assert found is not None
    assert [(c.kind, c.count) for c in found.changes] == [("deals_new", 1)]
