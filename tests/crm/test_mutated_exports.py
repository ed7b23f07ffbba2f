"""However an export is written, a value comes in exactly or is refused with its place and why."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crm.corrections import HEADER
from crm.errors import InputError
from crm.importer import ImportReport, import_folder
from crm.rejects import reasons
from crm.warehouse import snapshot_file
from tests.crm.mutators.exports import FAULTS, Export, Refused, expected, export_sets
from tests.crm.mutators.reading import seen
from tests.crm.mutators.truth import FIELDS, KEYS, Row, companies
from tests.crm.mutators.writing import mapping_of, needed_column, write

_UNCLEAR = {"header": "header_row", "what parts its columns": "delimiter"}
"""What may be unclear of a file, and what its mapping must say then."""


LEAST = {
    **dict.fromkeys(("encoding utf-16", "encoding cp932", "encoding utf-8-sig"), 30),
    **dict.fromkeys(("format csv", "format tsv", "format xlsx", "format jsonl"), 100),
    **dict.fromkeys(("form full width", "form unit", "form negative", "form thousands"), 100),
    **dict.fromkeys(("form era", "form short era", "form excel serial", "form moment"), 50),
    **dict.fromkeys(("titles", "two-row header", "spaces in heading", "column missing"), 30),
    **dict.fromkeys(("blank row", "unreadable row", "reason duplicate", "form broken"), 100),
    **dict.fromkeys(("scale 1000", "scale 100000000", "scale 0.01", "delimiter ;"), 30),
    **{f"fault {fault}": 3 for fault in FAULTS},
}
"""How many files have each of these, of a thousand, at the least."""


class Folder:
    """Exports in a folder, and what an import makes of them."""

    def __init__(self, place: Path, exports: list[Export]) -> None:
        self.exports, self.place = exports, place
        self.data, self.workspace = place / "export", place / "workspace"
        self.data.mkdir(parents=True)
        self.said: dict[str, dict[str, object]] = {}
        self.asked: list[str] = []
        for export in exports:
            write(export, self.data)

    def imported(self, *, dry_run: bool = False) -> ImportReport:
        """The report; where a header or a delimiter is unclear it is asked for, and then said."""
        while True:
            mapping = mapping_of(self.exports, self.place / "mapping.yaml", self.said)
            try:
                return import_folder(self.data, mapping, self.workspace, dry_run=dry_run)
            except InputError as error:
                if not self._answer(error):
                    raise

    def _answer(self, error: InputError) -> bool:
        """Say what a refusal asks for; whether it was anything that was not said yet."""
        export = next(e for e in self.exports if error.what.startswith(e.file))
        said = self.said.setdefault(export.table, {})
        for words, setting in _UNCLEAR.items():
            if words in error.what and f"`{setting}`" in error.remedy and setting not in said:
                if setting == "delimiter":
                    said[setting] = export.delimiter
                else:
                    said |= {"header_row": export.header_row, "header_rows": export.header_rows}
                self.asked.append(setting)
                return not export.fault
        return False

    def kept(self, report: ImportReport, table: str) -> dict[tuple[object, ...], Row]:
        """What stands in a table of the snapshot, by key."""
        file = snapshot_file(self.workspace, report.snapshot)
        with duckdb.connect(str(file), read_only=True) as con:
            cursor = con.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description or ()]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        found = {tuple(row[c] for c in KEYS[table]): row for row in rows}
        assert len(found) == len(rows)
        return found


def check(folder: Folder) -> Counter[str]:
    """All that must be true of an import of these exports; what was mutated in them."""
    faults = Counter(f"fault {export.fault}" for export in folder.exports if export.fault)
    if faults:
        check_refused(folder)
        folder = Folder(folder.place / "mended", [replace(e, fault="") for e in folder.exports])
    dry = folder.imported(dry_run=True)
    assert not folder.workspace.exists()
    real = folder.imported()
    assert without_files(dry) == without_files(replace(real, dry_run=True))
    for export in folder.exports:
        check_table(folder, export, real)
    check_file(real)
    again = folder.imported()
    assert again.unchanged
    assert again.snapshot == real.snapshot
    return mutations(folder) + faults


def check_refused(folder: Folder) -> None:
    """A file with a fault is refused whole, in a sentence about it; nothing is made."""
    (bad,) = (export for export in folder.exports if export.fault)
    with pytest.raises(InputError) as refusal:
        folder.imported()
    assert bad.file in refusal.value.what
    assert refusal.value.remedy
    if bad.fault == "column gone":
        assert f"`{needed_column(bad)}`" in refusal.value.what
    assert not folder.workspace.exists()


def check_table(folder: Folder, export: Export, report: ImportReport) -> None:
    """Each row of the file is in the table exactly, or refused for what is wrong with it."""
    kept, accepted, refused = expected(export)
    table = next(t for t in report.tables if t.table == export.table)
    source = next(s for s in report.sources if s.file == export.file)
    rows = seen(export, folder.data / export.file)
    assert table.read == source.read == len(rows)
    assert table.accepted + table.rejected == len(rows)
    assert table.accepted == accepted
    found = folder.kept(report, export.table)
    nothing: Row = dict.fromkeys(FIELDS[export.table])
    assert {k: {c: row[c] for c in nothing} for k, row in found.items()} == {
        key: nothing | row for key, row in kept.items()
    }
    assert all(v is None for row in found.values() for c, v in row.items() if c not in nothing)
    told = [r for r in report.rejects if r.table == export.table]
    assert {Refused(r.row, r.column, r.value, r.reason) for r in told} == refused
    assert len(told) == len(refused)
    for one in told:
        assert one.file == export.file
        shown = rows[one.row]
        columns = one.column.split(", ") if one.column else []
        if columns:
            assert " / ".join(shown[c] for c in columns) == one.value
        elif export.format != "xlsx":
            assert shown[""]
            assert shown[""] in one.value


def check_file(report: ImportReport) -> None:
    """rejects.csv says the same in both languages' words: where, what, why and what to do."""
    assert report.rejects_file is not None
    with report.rejects_file.open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert len(lines) == len(report.rejects)
    for line, one in zip(lines, report.rejects, strict=True):
        assert tuple(line) == HEADER
        assert (line["file"], line["row"], line["table"]) == (one.file, str(one.row), one.table)
        assert line["value"].removeprefix("'") == one.value.removeprefix("'")
        said = reasons()[one.reason]
        assert (line["reason"], line["how_to_mend"]) == said["ja"]
        assert all(words.strip() for language in ("ja", "en") for words in said[language])


def without_files(report: ImportReport) -> ImportReport:
    return replace(report, rejects_file=None, broken_file=None, duplicates_file=None)


def mutations(folder: Folder) -> Counter[str]:
    """What is out of the ordinary in these exports, once for each file that has it."""
    found = Counter[str]({"file": len(folder.exports)})
    found.update(f"asked {setting}" for setting in folder.asked)
    for export in folder.exports:
        headings = [c.before + c.behind for c in export.columns if export.format != "jsonl"]
        lines = export.lines
        odd = {
            "titles": export.titles,
            "two-row header": export.header_rows == 2,
            "spaces in heading": any(headings),
            "column missing": len(export.columns) < len(FIELDS[export.table]),
            "blank row": any(not line.cells and not line.raw for line in lines),
            "unreadable row": any(line.raw for line in lines),
        }
        marks = {mark for mark, has in odd.items() if has}
        marks |= {f"format {export.format}", f"encoding {export.encoding}"}
        marks |= {f"delimiter {export.delimiter}", f"ends {export.line_end!r}"}
        marks |= {f"scale {column.style.scale}" for column in export.columns}
        marks |= {f"form {cell.form}" for line in lines for cell in line.cells}
        marks |= {f"reason {one.reason}" for one in expected(export)[2]}
        found.update(marks)
    return found


def check_many(factory: pytest.TempPathFactory, count: int) -> Counter[str]:
    total: Counter[str] = Counter()

    @settings(
        derandomize=True, max_examples=count, deadline=None, database=None,
        phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.data())
    def each(data: st.DataObject) -> None:
        exports = data.draw(companies().flatmap(export_sets))
        place = factory.mktemp("mutated")
        total.update(check(Folder(place, exports)))
        shutil.rmtree(place)

    each()
    return total


def test_what_is_written_in_any_shape_comes_in_exactly_or_is_refused_with_its_place(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    assert check_many(tmp_path_factory, 15)["file"] >= 60


@pytest.mark.slow
def test_over_a_thousand_files_come_in_exactly_or_are_refused_with_their_place(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    seen = check_many(tmp_path_factory, 260)
    assert seen["file"] > 1_000
    forms = {mark for mark in seen if mark.startswith("form ")}
    for mark, least in LEAST.items():
        assert sum(n for each, n in seen.items() if each.startswith(mark)) >= least, mark
    assert len(forms) > 90
