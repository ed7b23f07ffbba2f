"""Each ready-made mapping reads the export that it says it fits, to the last row and value."""

from __future__ import annotations

import csv
import importlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crm.importer import ImportReport, import_folder
from crm.mapping import Mapping, load_mapping
from crm.proposing import propose, written
from crm.rejects import reasons
from crm.schema import tables as canonical_tables
from tests.companies import MAPPINGS, tables_of, write_csv
from tests.crm.ready_made import OUTCOMES

SYSTEMS = sorted(OUTCOMES)
Import = tuple[Path, ImportReport]


def write_export(system: str, folder: Path) -> Path:
    """The export of a system, in a new folder."""
    written: Path = importlib.import_module(f"tests.exports.{system}").write(folder)
    return written


def mapping_of(system: str) -> Path:
    return MAPPINGS / f"{system}.yaml"


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Import]:
    """The folder and the report of the import of each system, made once."""
    made: dict[str, Import] = {}

    def import_once(system: str) -> Import:
        if system not in made:
            folder = tmp_path_factory.mktemp(system)
            export = write_export(system, folder / "export")
            made[system] = folder, import_folder(export, mapping_of(system), folder / "workspace")
        return made[system]

    return import_once


# ------------------------------------------------------------------ every row, every value


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_row_is_accounted_for(system: str, imported: Callable[[str], Import]) -> None:
    _, report = imported(system)
    known = OUTCOMES[system]
    assert {t.table: (t.accepted, t.rejected) for t in report.tables} == known.counts
    assert all(t.accepted + t.rejected == t.read for t in report.tables)
    for source in report.sources:
        left_out = sum(count for _, count in source.left_out)
        assert source.unexplained == 0
        assert source.read == (source.used or 0) + source.ragged + left_out
    found = {(s.file, why): n for s in report.sources for why, n in s.left_out if n}
    assert found == known.left_out


@pytest.mark.parametrize("system", SYSTEMS)
def test_what_is_refused_is_what_was_planted(
    system: str, imported: Callable[[str], Import]
) -> None:
    _, report = imported(system)
    found = [(r.file, r.row, r.column, r.value, r.reason) for r in report.rejects]
    assert found == OUTCOMES[system].rejects
    assert all(all(said) for r in report.rejects for said in reasons()[r.reason].values())
    broken = [(b.table, b.column, b.value, b.rows) for b in report.broken]
    assert broken == OUTCOMES[system].broken
    assert (report.companies.groups, report.companies.in_groups) == (1, 2)


@pytest.mark.parametrize("system", SYSTEMS)
def test_values_are_those_worked_out_by_hand(
    system: str, imported: Callable[[str], Import]
) -> None:
    folder, _ = imported(system)
    tables = tables_of(folder / "workspace")
    known = OUTCOMES[system].values
    assert sum(map(len, known.values())) >= 12
    for (table, id_), values in known.items():
        key = canonical_tables()[table].key
        rows = tables[table].filter(tables[table][key[0]] == id_).to_pyarrow().to_pylist()
        order = "entered_on" if table == "stage_history" else key[-1]
        rows.sort(key=lambda row: row[order])
        for column, value in values.items():
            wanted = value if isinstance(value, list) else [value]
            assert [row[column] for row in rows] == wanted, (table, id_, column)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_dry_run_and_the_same_files_again_say_the_same(
    system: str, imported: Callable[[str], Import]
) -> None:
    folder, report = imported(system)
    again = import_folder(folder / "export", mapping_of(system), folder / "workspace", dry_run=True)
    assert again.unchanged
    assert _without_files(again) == _without_files(report)


def _without_files(report: ImportReport) -> ImportReport:
    return replace(
        report, dry_run=False, unchanged=False, changes=None,
        rejects_file=None, broken_file=None, duplicates_file=None,
    )  # fmt: skip


def test_a_company_that_stands_there_twice_is_found_once_a_person_has_said_it_is_one(
    tmp_path: Path,
) -> None:
    export = write_export("dynamics365", tmp_path / "export")
    report = import_folder(export, mapping_of("dynamics365"), tmp_path / "workspace")
    assert report.duplicates_file is not None
    with report.duplicates_file.open(encoding="utf-8-sig", newline="") as stream:
        header, *rows = list(csv.reader(stream))
    same_as, account_id = header.index("same_as"), header.index("account_id")
    rows[0][same_as] = rows[1][account_id]
    answers = write_csv(tmp_path / "answers.csv", header, rows)
    report = import_folder(
        export, mapping_of("dynamics365"), tmp_path / "workspace", answers=answers
    )
    assert report.companies.merged == 1
    assert "西海道計器" not in {r.value for r in report.rejects}


# ------------------------------------------------------------------ what a mapping says of itself


def _headings(mapping: Mapping) -> Iterator[str]:
    """The headings of the files that a mapping reads without a SELECT."""
    for spec in mapping.tables.values():
        if not spec.select:
            yield from (one.column for one in spec.columns.values() if one.column)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_mapping_names_above_it_every_column_to_be_exported(system: str) -> None:
    text = mapping_of(system).read_text(encoding="utf-8")
    head = re.sub(r"\n#\s*", " ", text[: text.index("version: 1")])
    for heading in _headings(load_mapping(mapping_of(system))):
        hidden = heading.startswith("(Do Not Modify)")
        parts = [heading] if heading in head else heading.split()  # 基本情報（業種, 所在地）
        assert hidden or all(part in head for part in parts), heading


@pytest.mark.parametrize("system", SYSTEMS)
def test_what_stages_and_ranks_mean_is_for_the_company_to_change(system: str) -> None:
    columns: dict[str, Any] = load_mapping(mapping_of(system)).tables["opportunities"].columns
    assert {"open", "won", "lost"} <= set(columns["status"].values.values())


# ------------------------------------------------------------------ without a ready-made mapping

MOST_EDITS = 4
EDITS: dict[str, dict[str, str]] = {
    "salesforce": {
        "# Other: ?": "Other: null",
        "FROM opportunities": "FROM opportunities WHERE \"IsDeleted\" = 'false'",
    },
    "hubspot": {
        "# Other: ?": "Other: null",
        "# kind: ?": "kind: {constant: mail}",
        "# time_zone: Asia/Tokyo": "time_zone: America/New_York",
    },
    "dynamics365": {
        "account_id: Account Number": 'account_id: "(Do Not Modify) Account"',
        "# Reseller: ?": "Reseller: customer",
        "# Supplier: ?": "Supplier: null",
        "# account_id: ?": "account_id: {column: Regarding, match: name}",
    },
    "kintone": {"A: null": "A: 80%", "B: null": "B: 50%", "C: null": "C: 20%"},
    "spreadsheet_ja": {
        "# activity_id: ?": "activity_id: _row",
        "owner_id: {column: 担当, match: name}": (
            "owner_id: {column: 担当, match: name, values: {佐伯: 佐伯 美咲, 森川: 森川 健}}"
        ),
    },
}
"""The line of a proposal that a person edits, by what it begins with, and what it is then."""
_TOLD = ("account_id", "status", "probability", "created_on", "expected_close", "closed_on")
"""What a proposal reads of a deal as the ready-made mapping does."""


def _edited(text: str, edits: dict[str, str]) -> tuple[str, int]:
    """A proposal with its lines edited, and how many are."""
    lines, count = [], 0
    for line in text.splitlines():
        bare = line.strip()
        new = next((new for old, new in edits.items() if f"{bare} ".startswith(f"{old} ")), None)
        count += new is not None
        lines.append(line if new is None else line[: len(line) - len(line.lstrip())] + new)
    return "\n".join(lines), count


def _deals(workspace: Path, columns: tuple[str, ...]) -> dict[str, tuple[Any, ...]]:
    rows = tables_of(workspace)["opportunities"].to_pyarrow().to_pylist()
    return {row["opportunity_id"]: tuple(row[column] for column in columns) for row in rows}


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_proposal_with_a_few_lines_edited_reads_the_same_deals(
    system: str, imported: Callable[[str], Import], tmp_path: Path
) -> None:
    folder, report = imported(system)
    text, count = _edited(written(propose(str(folder / "export"))), EDITS[system])
    assert len(EDITS[system]) <= count <= MOST_EDITS
    (tmp_path / "m.yaml").write_text(text, encoding="utf-8")
    proposed = import_folder(folder / "export", tmp_path / "m.yaml", tmp_path / "workspace")
    columns = _TOLD if system == "dynamics365" else (*_TOLD, "amount")  # actual revenue: a select
    known = _deals(folder / "workspace", columns)
    assert known.items() <= _deals(tmp_path / "workspace", columns).items()
    found, wanted = ({t.table: t.accepted for t in one.tables} for one in (proposed, report))
    assert found["people"] == wanted["people"]
    assert found["accounts"] >= wanted["accounts"]  # Salesforce's recycle bin comes in too
    assert found["activities"] > 0
