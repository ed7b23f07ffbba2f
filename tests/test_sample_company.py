"""The committed sample company is exactly what its generator makes, and it is small."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path

from crm.schema import tables
from tests.companies import SAMPLE

DATA = SAMPLE / "data"


def test_the_generator_makes_the_committed_files_byte_for_byte(tmp_path: Path) -> None:
    subprocess.run(  # noqa: S603
        [sys.executable, str(SAMPLE / "generate.py"), "--out", str(tmp_path)], check=True
    )
    made = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    committed = {p.name: p.read_bytes() for p in DATA.iterdir()}
    assert made.keys() == committed.keys()
    assert [name for name in made if made[name] != committed[name]] == []


def test_there_is_a_file_for_every_canonical_table() -> None:
    assert {p.stem for p in DATA.glob("*.csv")} == set(tables())


def test_the_data_are_at_most_five_megabytes() -> None:
    assert sum(p.stat().st_size for p in DATA.iterdir()) <= 5_000_000


def test_every_column_is_a_canonical_one() -> None:
    for path in DATA.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            header = next(csv.reader(stream))
        assert set(header) <= set(tables()[path.stem].names)


def test_the_readme_counts_the_rows_as_they_are() -> None:
    text = (SAMPLE / "README.md").read_text(encoding="utf-8")
    told = {m[1]: int(m[2].replace(",", "")) for m in re.finditer(r"\| (\w+) \| ([\d,]+) ", text)}
    for path in DATA.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            assert told[path.stem] == sum(1 for _ in csv.reader(stream)) - 1


def test_nobody_in_it_can_be_taken_for_a_real_person_or_company() -> None:
    with (DATA / "accounts.csv").open(encoding="utf-8", newline="") as stream:
        numbers = [r["corporate_number"] for r in csv.DictReader(stream)]
    assert all(n.startswith("9999") for n in numbers if n)
    for name in ("people", "contacts"):
        with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            people = list(csv.DictReader(stream))
        assert all(p["email"].endswith(".example") for p in people if p["email"])
        assert all("0000" in p["phone"] for p in people if p.get("phone"))
