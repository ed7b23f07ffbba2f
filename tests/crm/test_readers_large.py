"""Two million rows are read within a gibibyte, whatever their encoding and their quotes."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from tests.companies import ROOT

ROWS = 2_000_000
COLUMNS = "受注番号,行,顧客コード,顧客名,商品コード,商品名,受注日,数量,単価,金額,担当,備考"
READ = """
import json, resource, sys
from pathlib import Path
import duckdb
from crm.mapping import Source
from crm.readers import load

folder = Path(sys.argv[1])
settings = {"memory_limit": "512MB", "temp_directory": str(folder / "spilled")}
con = duckdb.connect(str(folder / "staging.duckdb"), config=settings)
con.execute("SET enable_progress_bar = false")
loaded = load(con, "t", folder, Source(file="large.csv"), folder)
last = con.execute("SELECT * FROM t ORDER BY _row DESC LIMIT 1").fetchone()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([loaded.rows, len(loaded.ragged), loaded.encoding, last, peak]))
"""


def _line(number: int, note: str) -> str:
    return (
        f"SO{number:08d},{number % 5 + 1},C{number % 10_000:05d},株式会社東都製作所{number % 500},"
        f"P{number % 300:04d},精密部品（標準）,2026-04-{number % 28 + 1:02d},{number % 90 + 1},"
        f"{number % 1_000 * 100},{number % 90_000 * 100},U{number % 50:02d},{note}\n"
    )


def _written(file: Path, encoding: str, notes: list[str], ragged: int) -> None:
    lines = (_line(number, notes[number % len(notes)]) for number in range(ROWS))
    with file.open("w", encoding=encoding, newline="") as stream:
        stream.write(COLUMNS + "\n")
        while part := "".join(islice(lines, 10_000)):
            stream.write(part)
        stream.write("短い行\n" * ragged)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("encoding", "notes", "ragged", "last"),
    [
        ("utf-8", ["至急", ""], 0, None),
        ("cp932", ["至急", ""], 0, None),
        ("utf-8", ["至急", '"一行目\n二行目, ""至急"""'], 0, '一行目\n二行目, "至急"'),
        ("cp932", ["至急", '"一行目\n二行目"'], 1_000, "一行目\n二行目"),
    ],
    ids=["utf-8", "cp932", "quoted-line-breaks", "row-by-row"],
)
def test_two_million_rows_are_read_within_a_gibibyte(
    tmp_path: Path, encoding: str, notes: list[str], ragged: int, last: str | None
) -> None:
    _written(tmp_path / "large.csv", encoding, notes, ragged)
    ran = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", READ, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    rows, refused, seen, row, peak_kib = json.loads(ran.stdout)
    assert (rows, refused, seen) == (ROWS, ragged, encoding)
    assert row[:2] == [ROWS + 1, f"SO{ROWS - 1:08d}"]
    assert row[-1] == last
    assert peak_kib < 1 << 20
    print(f"{peak_kib >> 10} MiB")  # noqa: T201 - shown with -s
