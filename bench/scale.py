"""Tools on a company of 100,000 accounts, beside SQL written by hand and pandas: ratios of one run.

Every contender runs in a process of its own on the same rows, from a cold snapshot (nothing kept or
remembered), and must give the same key figure. A tool may take at most 1.5 times the SQL and a
fifth of pandas; the exit code says whether every bound was kept.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.company import DAY, MANAGER, make

RUNS = 5
SQL_AT_MOST, PANDAS_AT_LEAST, MEMORY_GIB = 1.5, 5.0, 2.0
SIZES = (0.01, 0.1, 1.0)


@dataclass(frozen=True)
class Asked:
    """How a tool is asked, and where in its answer the key figure stands."""

    arguments: dict[str, Any]
    key: str


_ALL = {"period": "2023-10-01..2026-09-30"}
"""All three years of the company; tools without a period look at their own window."""

TOOLS = {
    "loss_analysis": Asked({"by": "stage"} | _ALL, "loss.total_value"),
    "kpi_pair": Asked(_ALL, "kpi.expected"),
    "concentration": Asked(_ALL, "concentration.sales"),
    "whale_curve": Asked({"basis": "contribution"} | _ALL, "whale.total"),
    "targets_and_gap": Asked({"level": "account", "period": "FY2026"}, "targets.target"),
    "effort_and_return": Asked({"by": "person"} | _ALL, "effort.hours"),
    "resource_concentration": Asked(_ALL, "resource.top_cost_share"),
    "allocation_stress": Asked(_ALL, "stress.total_activity"),
    "pipeline_metrics": Asked({"by": "industry"}, "pipeline.open_value"),
    "portfolio_zones": Asked({}, "zones.y_cut"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="keep (or find) the companies here")
    parser.add_argument("--only", help="only this tool")
    parser.add_argument("--one", nargs=3, metavar=("WHO", "TOOL", "COMPANY"), help="for itself")
    given = parser.parse_args()
    if given.one:
        who, tool, company = given.one
        print(json.dumps(_measure(who, tool, Path(company))))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        kept = _table(folder, [given.only] if given.only else list(TOOLS))
        if not given.only:
            kept = _people(_company(folder, 1.0)) and kept
    sys.exit(0 if kept else 1)


def _company(folder: Path, share: float) -> Path:
    company = folder / f"company_{share}"
    if not company.exists():
        begun = time.perf_counter()
        make(company, share)
        print(f"company at {share:.0%} made in {time.perf_counter() - begun:.0f} s")
    return company


def _table(folder: Path, tools: list[str]) -> bool:
    """One line a tool: its time, the ratios, its memory, and how it grows."""
    companies = {share: _company(folder, share) for share in SIZES}
    print(f"\n{'tool':20} {'seconds':>8} {'/ SQL':>7} {'pandas /':>9} {'GiB':>5}  at " + _sizes())
    kept = True
    for tool in tools:
        at = {share: _run("tool", tool, company) for share, company in companies.items()}
        sql = _run("sql", tool, companies[1.0])
        pandas = _run("pandas", tool, companies[1.0])
        whole = at[1.0]
        for other in (sql, pandas):
            apart = abs(whole["key"] - other["key"])  # the tools round shares to six decimals
            assert apart <= 1e-6 * max(abs(other["key"]), 1), (tool, whole, other)
        slower, faster = whole["seconds"] / sql["seconds"], pandas["seconds"] / whole["seconds"]
        linear = at[1.0]["seconds"] <= 10 * max(at[0.1]["seconds"], 0.02) * 1.2
        fine = slower <= SQL_AT_MOST and faster >= PANDAS_AT_LEAST
        fine = fine and whole["memory"] <= MEMORY_GIB and linear
        growth = " ".join(f"{at[share]['seconds']:7.2f}" for share in SIZES)
        print(
            f"{tool:20} {whole['seconds']:8.2f} {slower:7.2f} {faster:9.1f} "
            f"{whole['memory']:5.2f}  {growth}{'' if fine else '   OUT OF BOUNDS'}",
            flush=True,
        )
        kept = kept and fine
    return kept


def _sizes() -> str:
    return " ".join(f"{share:7.0%}" for share in SIZES)


def _run(who: str, tool: str, company: Path) -> dict[str, float]:
    words = [sys.executable, "-m", "bench.scale", "--one", who, tool, str(company)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)  # noqa: S603
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def _measure(who: str, tool: str, company: Path) -> dict[str, float]:
    """The median time of one contender from a cold start, its key figure and its peak memory."""
    once: Callable[[], float] = {"tool": _tool, "sql": _sql, "pandas": _pandas}[who](tool, company)
    times, key = [], 0.0
    runs = 1 if who == "pandas" else RUNS + 1  # the first warms the interpreter and the file cache
    for _run_number in range(runs):
        begun = time.perf_counter()
        key = once()
        times.append(time.perf_counter() - begun)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"seconds": statistics.median(times[-RUNS:]), "key": key, "memory": memory}


def _tool(tool: str, company: Path) -> Callable[[], float]:
    from crm.scope import Scope, ScopedTables
    from crm.settings import load_settings
    from crm.snapshot import Snapshot
    from crm.warehouse import Warehouse
    from tools.catalog import CATALOG

    asked, workspace = TOOLS[tool], company / "workspace"
    settings = load_settings(workspace)
    opened = Warehouse(workspace).open()

    def once() -> float:
        fresh = Snapshot(opened.id, opened.engine)  # open as on a server, with nothing kept
        tables = ScopedTables(fresh, Scope(sees_all=True), settings)
        result = CATALOG[tool].call(tables, {"as_of": DAY, **asked.arguments})
        # a total of its own, else the total of its parts
        found = [f for f in result.facts if f.name == asked.key]
        whole = [f for f in found if f.subject is None] or found
        return float(sum(fact.value for fact in whole))  # type: ignore[misc, arg-type]

    return once


def _sql(tool: str, company: Path) -> Callable[[], float]:
    import duckdb

    from bench.by_hand import MORE, SQL

    file = next((company / "workspace" / "warehouse").glob("*.duckdb"))
    con = duckdb.connect(str(file), read_only=True)

    def once() -> float:
        found = con.execute(SQL[tool])
        names = [column[0] for column in found.description]
        rows = found.fetchall()
        if tool in MORE:
            con.execute(MORE[tool]).fetchall()
        key = names.index("key")
        if tool == "pipeline_metrics":  # a roll-up: its first row is the total
            return float(max(row[key] for row in rows))
        return float(rows[0][key])

    return once


def _pandas(tool: str, company: Path) -> Callable[[], float]:
    from bench.by_analyst import BY_ANALYST

    return lambda: BY_ANALYST[tool](company / "parquet")


def _people(company: Path) -> bool:
    """What people wait for: a briefing, and the attention lists of a manager and of everybody."""
    from crm.scope import Directory, Principal, Scope, ScopedTables
    from crm.settings import load_settings
    from crm.warehouse import Warehouse
    from tools.catalog import CATALOG

    workspace = company / "workspace"
    snapshot, settings = Warehouse(workspace).open(), load_settings(workspace)
    manager = Principal(MANAGER, "manager", frozenset({"manager"}))
    scopes = {
        "attention of a manager (2,000 accounts)": (Directory.of(snapshot).scope(manager), 2.0),
        "attention of everybody": (Scope(sees_all=True), 8.0),
    }
    kept = True
    print(f"\n{'what people wait for':44} {'seconds':>8} {'bound':>6}")
    for what, (scope, bound) in scopes.items():
        fresh = ScopedTables(Warehouse(workspace).open(), scope, settings)
        begun = time.perf_counter()
        CATALOG["needs_attention"].call(fresh, {"as_of": DAY})
        seconds = time.perf_counter() - begun
        kept = _line(what, seconds, bound) and kept
    return _briefings(workspace) and kept


def _briefings(workspace: Path) -> bool:
    """Briefings of accounts not asked about before, for one who sees all, from a warm server."""
    from assistant.bootstrap import Workspace
    from crm.scope import OPERATOR

    desk = Workspace(workspace).desk
    desk.brief(OPERATOR, "A0000001")
    times = []
    for account in range(100, 100 + 3 * RUNS):
        begun = time.perf_counter()
        desk.brief(OPERATOR, f"A{account:07}")
        times.append(time.perf_counter() - begun)
    return _line("briefing, server running, new account", statistics.median(times), 0.6)


def _line(what: str, seconds: float, bound: float) -> bool:
    fine = seconds <= bound
    print(f"{what:44} {seconds:8.2f} {bound:6.1f}{'' if fine else '   OUT OF BOUNDS'}", flush=True)
    return fine


if __name__ == "__main__":
    main()
