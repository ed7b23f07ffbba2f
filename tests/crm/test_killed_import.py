"""An import that is killed at any moment leaves the old snapshot in use or the new one, whole."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from crm import history
from crm.companies.answer_file import FILE as ANSWERS
from crm.importer import import_folder
from crm.warehouse import current_snapshot, snapshot_file
from tests.crm.killing import Killer
from tests.crm.outside import Tables, files, held, importing, tables_in, write_company

KEPT = 10
"""Snapshots that are kept, as settings have it."""
TOLD = ("rejects.csv", "broken_references.csv", "merged.csv", "duplicates.csv", "import.json")
"""What is told of each."""


@dataclass(frozen=True)
class Asked:
    """An import as it is asked for."""

    export: Path
    rejects: Path | None = None
    duplicates: Path | None = None

    def arguments(self, workspace: Path) -> tuple[str | Path, ...]:
        options: list[str | Path] = []
        options += ["--rejects", self.rejects] if self.rejects else []
        options += ["--duplicates", self.duplicates] if self.duplicates else []
        return importing(self.export, workspace, *options)

    def done(self, workspace: Path) -> str:
        """Import to the end; the snapshot."""
        mapping = self.export / "mapping.yaml"
        report = import_folder(
            self.export, mapping, workspace, corrections=self.rejects, answers=self.duplicates
        )
        assert current_snapshot(workspace) == report.snapshot
        return report.snapshot


@dataclass(frozen=True)
class Expected:
    """What an import makes of a workspace when nobody kills it."""

    snapshot: str
    tables: Tables
    answers: bytes

    @classmethod
    def of(cls, workspace: Path, asked: Asked, copy: Path) -> Expected:
        shutil.rmtree(copy, ignore_errors=True)
        if workspace.exists():
            shutil.copytree(workspace, copy)
        snapshot = asked.done(copy)
        tables = held(copy)
        assert tables is not None
        return cls(snapshot, tables, answers_of(copy))


def answers_of(workspace: Path) -> bytes:
    return (workspace / ANSWERS).read_bytes() if (workspace / ANSWERS).exists() else b""


def check_whole(workspace: Path, old: str | None, before: bytes, new: Expected) -> str:
    """The workspace opens on the old snapshot or the new; all that is there is whole."""
    found, current = held(workspace), current_snapshot(workspace)
    assert current in (old, new.snapshot)
    if current == new.snapshot:
        assert found == new.tables
    for past in history.snapshots(workspace):
        tables_in(snapshot_file(workspace, past.snapshot), past.snapshot)
    assert answers_of(workspace) in (before, new.answers)
    return "new" if current == new.snapshot else "old"


def check_tidy(workspace: Path) -> None:
    """Nothing is in the workspace but what belongs to the snapshots that are kept."""
    snapshots = {past.snapshot for past in history.snapshots(workspace)}
    assert len(snapshots) <= KEPT
    allowed = {"settings.toml", "import.lock", ANSWERS, "warehouse/CURRENT"}
    allowed |= {f"warehouse/{each}.duckdb" for each in snapshots}
    allowed |= {f"imports/{each}/{name}" for each in snapshots for name in TOLD}
    assert files(workspace) <= allowed


def filled(file: Path, target: Path, column: str, fill: Callable[[int, str], str]) -> Path:
    """A file that an import has written, in which a person fills a column; rows count from 0."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        for n, row in enumerate(rows):
            writer.writerow({**row, column: fill(n, row.get("field", ""))})
    return target


def asked_for(place: Path, workspace: Path, version: int) -> Asked:
    """Imports of three kinds in turn, each of other figures than the one before."""
    folder = history.folder_of(workspace, current_snapshot(workspace) or "")
    if version % 3 == 1:
        return Asked(write_company(place / "export", version))
    if version % 3 == 2:  # the same export as before, mended
        mended = filled(
            folder / "rejects.csv", place / "rejects.csv", "correction",
            lambda n, field: ("12" if field == "employees" else "2026-04-01") if n else "",
        )  # fmt: skip
        return Asked(place / "export", rejects=mended)
    answered = filled(
        folder / "duplicates.csv", place / "duplicates.csv", "same_as",
        lambda n, _field: "no" if n == version else "",
    )  # fmt: skip
    return Asked(write_company(place / "export", version), duplicates=answered)


def kill_imports(place: Path, kills: int) -> Counter[str]:
    """Kill imports of three kinds over one workspace; how often it opened on which snapshot."""
    killer, seen = Killer(place), Counter[str]()
    first = Asked(write_company(place / "export", 0))
    first.done(killer.workspace)
    killer.measure(Asked(write_company(place / "export", 1)).arguments)
    version = 0
    while seen["killed"] < kills:
        version += 1
        asked = asked_for(place, killer.workspace, version)
        old, before = current_snapshot(killer.workspace), answers_of(killer.workspace)
        new = Expected.of(killer.workspace, asked, place / "copy")
        assert new.snapshot != old
        seen["killed" if killer.kill(asked.arguments) else "ended before"] += 1
        seen[check_whole(killer.workspace, old, before, new)] += 1
        if version % 3 == 1 or version % 2:  # the same again; else another comes over what is left
            assert asked.done(killer.workspace) == new.snapshot
            assert held(killer.workspace) == new.tables
            check_tidy(killer.workspace)
    return seen


def kill_first_imports(place: Path, kills: int) -> Counter[str]:
    """Kill first imports: there is no workspace then, one that holds nothing, or a whole one."""
    killer, seen = Killer(place), Counter[str]()
    asked = Asked(write_company(place / "export", 0))
    new = Expected.of(killer.workspace, asked, place / "copy")
    killer.measure(asked.arguments)
    while seen["killed"] < kills:
        shutil.rmtree(killer.workspace, ignore_errors=True)
        seen["killed" if killer.kill(asked.arguments) else "ended before"] += 1
        if (killer.workspace / "settings.toml").exists():
            seen[check_whole(killer.workspace, None, b"", new)] += 1
        else:
            assert not files(killer.workspace) - {"import.lock", "settings.toml.tmp"}
            seen["none"] += 1
        assert asked.done(killer.workspace) == new.snapshot
        assert held(killer.workspace) == new.tables
        check_tidy(killer.workspace)
    return seen


def kill_rollbacks(place: Path, kills: int) -> Counter[str]:
    """Kill the way back to another snapshot; each is whole, and the way is open."""
    killer, seen = Killer(place), Counter[str]()
    tables: dict[str, Tables | None] = {}
    for version in (0, 1):
        made = Asked(write_company(place / "export", version)).done(killer.workspace)
        tables[made] = held(killer.workspace)

    def arguments(workspace: Path) -> tuple[str | Path, ...]:
        (other,) = set(tables) - {current_snapshot(workspace)}
        return "-w", workspace, "import", "--rollback", other

    killer.measure(arguments)
    while seen["killed"] < kills:
        old = current_snapshot(killer.workspace)
        (other,) = set(tables) - {old}
        seen["killed" if killer.kill(arguments) else "ended before"] += 1
        current = current_snapshot(killer.workspace)
        assert current in tables
        assert held(killer.workspace) == tables[current]
        seen["old" if current == old else "new"] += 1
        history.roll_back(killer.workspace, other, "")
        assert held(killer.workspace) == tables[other]
    Asked(place / "export").done(killer.workspace)
    check_tidy(killer.workspace)
    return seen


def test_an_import_that_is_killed_leaves_the_old_snapshot_or_the_new(tmp_path: Path) -> None:
    assert kill_imports(tmp_path, 4)["killed"] == 4


def test_a_first_import_that_is_killed_leaves_no_data_or_all(tmp_path: Path) -> None:
    assert kill_first_imports(tmp_path, 1)["killed"] == 1


def test_a_rollback_that_is_killed_leaves_either_snapshot(tmp_path: Path) -> None:
    assert kill_rollbacks(tmp_path, 1)["killed"] == 1


@pytest.mark.slow
def test_a_hundred_killed_imports_leave_the_old_snapshot_or_the_new(tmp_path: Path) -> None:
    seen = kill_imports(tmp_path, 100)
    assert min(seen["old"], seen["new"]) >= 5, seen


@pytest.mark.slow
def test_thirty_killed_first_imports_leave_no_data_or_all(tmp_path: Path) -> None:
    seen = kill_first_imports(tmp_path, 30)
    assert seen["new"] >= 2, seen


@pytest.mark.slow
def test_ten_killed_rollbacks_leave_either_snapshot(tmp_path: Path) -> None:
    kill_rollbacks(tmp_path, 10)
