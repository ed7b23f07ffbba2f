"""`tagayasu` as another process runs it, and what a workspace holds once that has ended."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb
import pytest

from crm.errors import WorkspaceError
from crm.warehouse import Warehouse, current_snapshot, snapshot_file
from tests.companies import ROOT, as_it_is, write_csv, write_mapping

ACCOUNTS, DEALS, LINES = 300, 1_500, 12_000
Tables = Mapping[str, tuple[object, ...]]
"""Of each table how many rows it has, and the sums of its rows' digests and of its amounts."""


def write_company(folder: Path, version: int) -> Path:
    """An export of three tables; each version has other figures, other rows and other rejects."""
    firms = [
        [f"A{n:04}", f"{'株式会社' * (n % 7 == 0)}東都{n // 2}", "１２人" if n % 50 else "約十人"]
        for n in range(ACCOUNTS + version % 5)
    ]
    deals = [
        [f"D{n:05}", f"A{n % ACCOUNTS:04}", "open", f"{n * 1000 + version:,}", "令和8年4月1日"]
        for n in range(DEALS + version % 7)
    ]
    lines = [
        [f"S{n:06}", 1, f"A{n % ACCOUNTS:04}", f"2026-{n % 12 + 1:02}-{n % 31 + 1:02}", n + version]
        for n in range(LINES + version % 11)
    ]
    write_csv(folder / "accounts.csv", ["account_id", "name", "employees"], firms)
    deal = ["opportunity_id", "account_id", "status", "amount", "expected_close"]
    write_csv(folder / "opportunities.csv", deal, deals)
    line = ["order_id", "line_no", "account_id", "ordered_on", "net_amount"]
    write_csv(folder / "order_lines.csv", line, lines)
    tables = as_it_is("accounts", "opportunities", "order_lines")
    write_mapping(folder / "mapping.yaml", tables=tables)
    return folder


def tagayasu(scratch: Path, *arguments: str | Path) -> subprocess.Popen[str]:
    """The command as it is begun; what it keeps for a while is kept in `scratch`."""
    scratch.mkdir(parents=True, exist_ok=True)
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "api.cli.main", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(scratch), "TAGAYASU_WORKSPACE": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def importing(export: Path, workspace: Path, *options: str | Path) -> tuple[str | Path, ...]:
    """The arguments of an import."""
    return "-w", workspace, "import", export, "-m", export / "mapping.yaml", *options


def seconds_until(process: subprocess.Popen[str], seen: Callable[[], bool]) -> float | None:
    """How long until something was seen; None when the process ended before."""
    begun = time.monotonic()
    while not seen():
        if process.poll() is not None:
            return None
        time.sleep(0.002)
    return time.monotonic() - begun


def kill_after(process: subprocess.Popen[str], longest: float, rng: random.Random) -> bool:
    """Kill the process at a random moment; whether it was still at work then."""
    try:
        process.wait(rng.uniform(0, longest))
    except subprocess.TimeoutExpired:
        process.kill()
    process.communicate()
    return process.returncode < 0


def held(workspace: Path) -> Tables | None:
    """All tables of the snapshot in use, read to their last row; None before there is one."""
    if current_snapshot(workspace) is None:
        with pytest.raises(WorkspaceError, match="holds no data yet"):
            Warehouse(workspace).open()
        return None
    snapshot = Warehouse(workspace).open()
    return tables_in(snapshot_file(workspace, snapshot.id), snapshot.id)


def tables_in(file: Path, snapshot: str) -> Tables:
    """The same of a snapshot's file."""
    with duckdb.connect(str(file), read_only=True) as con:
        assert con.execute("SELECT id FROM _snapshot").fetchall() == [(snapshot,)]
        names = [
            name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        ]
        return {name: _read(con, name) for name in names}


def _read(con: duckdb.DuckDBPyConnection, table: str) -> tuple[object, ...]:
    described = con.execute(f'DESCRIBE "{table}"').fetchall()
    cells = ", ".join(f'"{row[0]}"' for row in described)
    amounts = [f'sum("{row[0]}")' for row in described if row[1].startswith("DECIMAL")]
    shown = ", ".join(["count(*)", f"sum(hash({cells})::HUGEINT)", *amounts])
    return con.execute(f'SELECT {shown} FROM "{table}"').fetchone() or ()


def files(workspace: Path) -> set[str]:
    """Every file of a workspace but those of its database."""
    found = (p.relative_to(workspace) for p in workspace.rglob("*") if not p.is_dir())
    return {str(p) for p in found if not p.name.startswith("state.db")}
