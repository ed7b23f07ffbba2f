"""Rows are left out on purpose or taken of several files, and each of them is accounted for."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from crm.errors import InputError
from crm.importer import ImportReport, import_folder
from tests.companies import tables_of, write_csv, write_mapping

HEADER = ["id", "firm", "day", "state"]
CALLS = [("1", "A1", "2026-04-01", "done"), ("2", "A1", "2026-02-30", "done")]
VISITS = [("11", "A2", "2026-04-02", "done"), ("2", "A2", "2026-04-03", "planned")]
SELECT = """
SELECT id AS activity_id, firm AS account_id, day AS occurred_on, 'call' AS kind,
       'calls' AS _source, _row FROM calls
UNION ALL
SELECT id, firm, day, 'visit', 'visits', _row FROM visits WHERE state <> 'planned'
"""
PLANNED = {"source": "visits", "where": "state = 'planned'", "reason": "not done"}


def imported(folder: Path, corrections: Path | None = None, **spec: Any) -> ImportReport:
    export = folder / "export"
    write_csv(export / "calls.csv", HEADER, CALLS)
    write_csv(export / "visits.csv", HEADER, VISITS)
    sources = {"calls": {"file": "calls.csv"}, "visits": {"file": "visits.csv"}}
    mapping = write_mapping(folder / "m.yaml", sources=sources, tables={"activities": spec})
    return import_folder(export, mapping, folder / "workspace", corrections=corrections)


def of_several(folder: Path, corrections: Path | None = None) -> ImportReport:
    return imported(
        folder,
        corrections=corrections,
        source="calls",
        also=["visits"],
        select=SELECT,
        left_out=[PLANNED],
    )


COLUMNS = {
    "activity_id": "id", "account_id": "firm", "occurred_on": "day", "kind": {"constant": "visit"}
}  # fmt: skip


def test_rows_are_left_out_by_a_condition_without_a_select(tmp_path: Path) -> None:
    left_out = [{"where": "state = 'planned'", "reason": "not done"}]
    report = imported(tmp_path, source="visits", columns=COLUMNS, left_out=left_out)
    source = next(one for one in report.sources if one.file == "visits.csv")
    assert (source.read, source.used, source.left_out) == (2, 1, (("not done", 1),))
    kept = tables_of(tmp_path / "workspace")["activities"].activity_id.execute().tolist()
    assert kept == ["11"]


def test_a_row_of_which_a_condition_says_nothing_is_kept(tmp_path: Path) -> None:
    left_out = [{"where": "nullif(state, 'planned') = 'done'", "reason": "done"}]
    imported(tmp_path, source="visits", columns=COLUMNS, left_out=left_out)
    kept = tables_of(tmp_path / "workspace")["activities"].activity_id.execute().tolist()
    assert kept == ["2"]


@pytest.mark.parametrize(
    "where",
    ["true); DROP TABLE visits; SELECT (1", "state = (", "no such column",
     "id IN (SELECT id FROM read_csv('/etc/hostname'))", "CAST(firm AS INTEGER) = 1"],
)  # fmt: skip
def test_what_is_no_condition_leaves_nothing_out(tmp_path: Path, where: str) -> None:
    left_out = [{"where": where, "reason": "r"}]
    with pytest.raises(InputError, match="left_out"):
        imported(tmp_path, source="visits", columns=COLUMNS, left_out=left_out)


def test_a_row_is_left_out_for_the_first_reason_that_holds(tmp_path: Path) -> None:
    left_out = [
        {"where": "state = 'planned'", "reason": "not done"},
        {"where": "firm = 'A2'", "reason": "of that firm"},
    ]
    report = imported(tmp_path, source="visits", columns=COLUMNS, left_out=left_out)
    source = next(one for one in report.sources if one.file == "visits.csv")
    assert source.left_out == (("not done", 1), ("of that firm", 1))
    assert source.unexplained == 0


def test_rows_of_two_files_become_one_table_and_each_is_accounted_for(tmp_path: Path) -> None:
    report = of_several(tmp_path)
    (table,) = report.tables
    assert (table.file, table.read, table.accepted) == ("calls.csv, visits.csv", 3, 2)
    calls, visits = report.sources
    assert (calls.read, calls.used, calls.unexplained) == (2, 2, 0)
    assert (visits.read, visits.used, visits.left_out) == (2, 1, (("not done", 1),))
    assert [(r.file, r.row, r.value, r.reason) for r in report.rejects] == [
        ("calls.csv", 3, "2026-02-30", "impossible_date")
    ]


def test_a_key_that_two_files_have_is_refused_in_the_second(tmp_path: Path) -> None:
    of_several(tmp_path)
    write_csv(tmp_path / "export" / "calls.csv", HEADER, [("11", "A1", "2026-04-01", "done")])
    report = import_folder(tmp_path / "export", tmp_path / "m.yaml", tmp_path / "workspace")
    assert [(r.file, r.row, r.value, r.reason) for r in report.rejects] == [
        ("visits.csv", 2, "11", "duplicate")
    ]


def test_a_correction_goes_into_the_file_it_was_refused_in(tmp_path: Path) -> None:
    rejects = of_several(tmp_path).rejects_file
    assert rejects is not None
    with rejects.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    mended = [[*list(row.values())[:-1], "2026-03-02"] for row in rows]
    write_csv(tmp_path / "mended.csv", list(rows[0]), mended)
    report = of_several(tmp_path, tmp_path / "mended.csv")
    assert report.rejects == ()
    days = tables_of(tmp_path / "workspace")["activities"].order_by("occurred_on")
    assert [str(day)[:10] for day in days.occurred_on.execute()] == [
        "2026-03-02", "2026-04-01", "2026-04-02"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("select", "said"),
    [(SELECT.replace("AS _source", "AS body"), "which source a row is of"),
     (SELECT.replace("'visits'", "'mails'"), "the `_source` `mails`")],
)  # fmt: skip
def test_each_row_of_several_files_says_which_one_it_is_of(
    tmp_path: Path, select: str, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        imported(tmp_path, source="calls", also=["visits"], select=select)


@pytest.mark.parametrize(
    ("spec", "said"),
    [({"source": "calls", "also": ["visits"], "columns": COLUMNS}, "need a `select`"),
     ({"source": "calls", "also": ["mails"], "select": SELECT}, "names the source `mails`"),
     ({"source": "calls", "columns": COLUMNS, "left_out": [PLANNED]}, "of which no row is taken")],
)  # fmt: skip
def test_a_mapping_names_the_files_it_takes_rows_of(
    tmp_path: Path, spec: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        imported(tmp_path, **spec)
