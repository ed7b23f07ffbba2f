"""How fast an export comes in, validation on: `python -m bench.importing [rows]`.

One file of order lines is imported into a workspace; beside it DuckDB reads the same file into a
table of a database file, and pandas into memory. The import may take four times as long as DuckDB
and must be faster than pandas.
"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import yaml

from crm.importer import import_folder
from crm.schema import tables
from crm.values import quote

ROWS, ROUNDS, LIMIT = 1_000_000, 3, 4.0


def export(folder: Path, rows: int) -> Path:
    """A file of order lines with a value in every column."""
    file = folder / "order_lines.csv"
    with duckdb.connect() as con:
        con.execute(
            "COPY (SELECT 'O' || (i // 4) AS order_id, i % 4 + 1 AS line_no, "
            "'A' || (hash(i // 4) % 5000) AS account_id, 'P' || (hash(i) % 300) AS product_id, "
            "DATE '2022-04-01' + CAST(hash(i // 4) % 1600 AS INTEGER) AS ordered_on, "
            "hash(i) % 40 + 1 AS quantity, (hash(i) % 900000 + 1000) AS list_amount, "
            "hash(i) % 1000 AS discount, (hash(i) % 900000) / 4 AS net_amount, "
            "hash(i) % 500000 AS standard_cost, hash(i) % 3000 AS freight, "
            "['製造部', '購買部', '設備課'][CAST(hash(i) % 3 AS INTEGER) + 1] AS department "
            f"FROM range({rows}) t(i)) TO {quote(str(file))} (HEADER)"
        )
    return file


def mapping(folder: Path) -> Path:
    """Every column of the file as it stands."""
    columns = {name: name for name in tables()["order_lines"].names}
    spec = {"source": "order_lines.csv", "columns": columns}
    path = folder / "mapping.yaml"
    path.write_text(yaml.safe_dump({"version": 1, "tables": {"order_lines": spec}}), "utf-8")
    return path


def seconds(do: Callable[[], object]) -> float:
    """How long something takes."""
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


def measured(folder: Path, file: Path) -> dict[str, float]:
    """The median of the seconds that each way takes, one after the other in every round."""
    mapped = mapping(folder)

    def imported() -> None:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            report = import_folder(file.parent, mapped, Path(place) / "workspace")
            assert not report.refusals

    def read_by_duckdb() -> None:
        with (
            tempfile.TemporaryDirectory(dir=folder) as place,
            duckdb.connect(str(Path(place) / "plain.duckdb")) as con,
        ):
            con.execute(f"CREATE TABLE t AS SELECT * FROM read_csv({quote(str(file))})")

    ways: dict[str, Callable[[], object]] = {
        "duckdb": read_by_duckdb,
        "import": imported,
        "pandas": lambda: pd.read_csv(file),
    }
    rounds = [{name: seconds(do) for name, do in ways.items()} for _ in range(ROUNDS)]
    return {name: statistics.median(one[name] for one in rounds) for name in ways}


def main(rows: int) -> None:
    """Make the file, measure, print."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "export").mkdir()
        file = export(folder / "export", rows)
        found = measured(folder, file)
        size = file.stat().st_size / 2**20
    print(f"{rows:,} rows of 12 columns, {size:.0f} MiB; median of {ROUNDS} rounds")
    for name, taken in found.items():
        print(f"{name:8} {taken:6.2f} s  {rows / taken:10,.0f} rows/s")
    ratio, beside = found["import"] / found["duckdb"], found["import"] / found["pandas"]
    held = "holds" if ratio <= LIMIT else "does not hold"
    faster = "holds" if beside < 1 else "does not hold"
    print(f"import / duckdb {ratio:.2f} (<= {LIMIT:.0f} {held})")
    print(f"import / pandas {beside:.2f} (< 1 {faster})")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of all of them {peak:.0f} MiB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
