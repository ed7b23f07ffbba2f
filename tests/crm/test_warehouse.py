"""A snapshot never changes under a reader; the next open sees the next one."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import duckdb
import pytest

from crm.engines import DuckDB
from crm.errors import WorkspaceError
from crm.scope import ScopedTables
from crm.settings import load_settings
from crm.snapshot import Snapshot
from crm.warehouse import Warehouse, current_snapshot
from tests.companies import EVERYTHING, import_rows


def accounts(*ids: str) -> dict[str, list[dict[str, object]]]:
    return {"accounts": [{"account_id": i, "name": i} for i in ids]}


def ids(tables: ScopedTables) -> list[str]:
    found: list[str] = tables["accounts"].account_id.execute().tolist()
    return sorted(found)


def test_a_reader_keeps_its_snapshot_while_a_new_one_is_swapped_in(tmp_path: Path) -> None:
    workspace, first = import_rows(tmp_path, accounts("A1"))
    warehouse = Warehouse(workspace)
    open_snapshot = warehouse.open()
    reader = ScopedTables(open_snapshot, EVERYTHING, load_settings(workspace))
    _, second = import_rows(tmp_path, accounts("A2", "A3"))
    assert ids(reader) == ["A1"]
    after = ScopedTables(warehouse.open(), EVERYTHING, load_settings(workspace))
    assert ids(after) == ["A2", "A3"]
    assert (open_snapshot.id, after.snapshot.id) == (first.snapshot, second.snapshot)
    assert ids(reader) == ["A1"]


def test_an_open_warehouse_opens_its_file_once(tmp_path: Path) -> None:
    workspace, _ = import_rows(tmp_path, accounts("A1"))
    warehouse = Warehouse(workspace)
    assert warehouse.open() is warehouse.open()


def test_many_threads_read_one_snapshot(tmp_path: Path) -> None:
    workspace, _ = import_rows(tmp_path, accounts("A1", "A2"))
    warehouse, found = Warehouse(workspace), []

    def read() -> None:
        settings = load_settings(workspace)
        found.append(ids(ScopedTables(warehouse.open(), EVERYTHING, settings)))

    threads = [Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [["A1", "A2"]] * 8


def test_a_snapshot_cannot_be_written(tmp_path: Path) -> None:
    workspace, _ = import_rows(tmp_path, accounts("A1"))
    with pytest.raises(Exception, match="read-only"):
        Warehouse(workspace).open().engine.backend().con.execute("DELETE FROM accounts")


def test_a_snapshot_knows_which_columns_the_import_filled(tmp_path: Path) -> None:
    workspace, _ = import_rows(tmp_path, {"products": [{"product_id": "P", "name": "p"}]})
    filled = Warehouse(workspace).open().filled
    assert filled == {"products": frozenset({"product_id", "name"})}


def test_a_workspace_before_its_first_import_holds_no_data(tmp_path: Path) -> None:
    assert current_snapshot(tmp_path) is None
    with pytest.raises(WorkspaceError, match=r"holds no data yet.*tagayasu import"):
        Warehouse(tmp_path).open()


@pytest.mark.parametrize(
    "pointer", [b"", b"zzz\n", b"../../../etc/passwd", b"\xff\xfe\x00", b"0123456789abcdef"]
)
def test_a_damaged_pointer_is_called_so_and_an_import_mends_it(
    tmp_path: Path, pointer: bytes
) -> None:
    workspace, _ = import_rows(tmp_path, accounts("A1"))
    (workspace / "warehouse" / "CURRENT").write_bytes(pointer)
    with pytest.raises(WorkspaceError, match=r"pointer of .* is damaged.*Import the data again"):
        Warehouse(workspace).open()
    import_rows(tmp_path, accounts("A1"))
    assert Warehouse(workspace).open().id


@pytest.mark.parametrize("damage", [b"", b"not a database at all"])
def test_a_damaged_snapshot_is_called_so_and_an_import_mends_it(
    tmp_path: Path, damage: bytes
) -> None:
    workspace, report = import_rows(tmp_path, accounts("A1"))
    (workspace / "warehouse" / f"{report.snapshot}.duckdb").write_bytes(damage)
    with pytest.raises(WorkspaceError, match=r"cannot be opened.*Import the data again"):
        Warehouse(workspace).open()
    import_rows(tmp_path, accounts("A1"))
    assert Warehouse(workspace).open().id == report.snapshot


def test_a_missing_snapshot_is_called_so_and_an_import_mends_it(tmp_path: Path) -> None:
    workspace, report = import_rows(tmp_path, accounts("A1"))
    (workspace / "warehouse" / f"{report.snapshot}.duckdb").unlink()
    with pytest.raises(WorkspaceError, match="cannot be opened"):
        Warehouse(workspace).open()
    import_rows(tmp_path, accounts("A1"))
    assert Warehouse(workspace).open().id == report.snapshot


def test_a_missing_pointer_is_a_workspace_without_data(tmp_path: Path) -> None:
    workspace, _ = import_rows(tmp_path, accounts("A1"))
    (workspace / "warehouse" / "CURRENT").unlink()
    with pytest.raises(WorkspaceError, match="holds no data yet"):
        Warehouse(workspace).open()


def test_nothing_half_written_is_left_behind(tmp_path: Path) -> None:
    workspace, report = import_rows(tmp_path, accounts("A1"))
    assert {str(p.relative_to(workspace)) for p in workspace.rglob("*") if p.is_file()} == {
        f"imports/{report.snapshot}/broken_references.csv",
        f"imports/{report.snapshot}/duplicates.csv",
        f"imports/{report.snapshot}/import.json",
        f"imports/{report.snapshot}/merged.csv",
        f"imports/{report.snapshot}/rejects.csv",
        "import.lock",
        "settings.toml",
        "warehouse/CURRENT",
        f"warehouse/{report.snapshot}.duckdb",
    }


def test_a_column_that_an_older_import_did_not_know_is_unknown() -> None:
    con = duckdb.connect()
    con.execute("CREATE TABLE accounts (account_id VARCHAR, name VARCHAR)")
    con.execute("INSERT INTO accounts VALUES ('A1', 'company')")
    older = Snapshot("0" * 12, DuckDB(con, {"accounts": frozenset({"account_id", "name"})}))
    rows = older.table("accounts")
    assert str(rows.schema()["employees"]) == "int64"
    assert str(rows.schema()["revenue_growth"]) == "decimal(18, 4)"
    assert rows.to_pyarrow().to_pylist()[0]["employees"] is None
