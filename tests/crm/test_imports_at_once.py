"""Of two imports into one workspace at once the first goes in whole; the other waits its turn."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from crm import history, warehouse
from crm.errors import UnavailableError
from crm.importer import import_folder
from crm.warehouse import current_snapshot
from tests.crm.outside import files, held, importing, tagayasu, write_company


def imported(export: Path, workspace: Path, *, dry_run: bool = False) -> str:
    mapping = export / "mapping.yaml"
    return import_folder(export, mapping, workspace, dry_run=dry_run).snapshot


def test_while_an_import_runs_another_is_refused_and_so_is_a_rollback(tmp_path: Path) -> None:
    export, workspace = write_company(tmp_path / "export", 0), tmp_path / "workspace"
    first = imported(export, workspace)
    write_company(export, 1)
    with warehouse.alone(workspace):
        with pytest.raises(UnavailableError, match=r"Another import into .* is running"):
            imported(export, workspace)
        with pytest.raises(UnavailableError, match=r"Another import into .* is running"):
            history.roll_back(workspace, first, "")
        second = imported(export, workspace, dry_run=True)
    assert imported(export, workspace) == second
    assert current_snapshot(workspace) == second != first


def race(place: Path, rounds: int, *, first_imports: bool) -> Counter[str]:
    """Two processes import two exports at once, round after round; how they ended."""
    seen = Counter[str]()
    exports = [place / "one", place / "two"]
    workspace = place / "workspace"
    for n in range(rounds):
        if first_imports:
            workspace = place / f"workspace{n}"
        for k, export in enumerate(exports):
            write_company(export, 2 * n + k + 1)
        whole = {}
        for export in exports:
            snapshot = imported(export, place / f"alone{n}")
            whole[snapshot] = held(place / f"alone{n}")
        running = [tagayasu(place / "tmp", *importing(e, workspace)) for e in exports]
        ended = [(*process.communicate(), process.returncode) for process in running]
        codes = sorted(code for _, _, code in ended)
        assert codes in ([0, 0], [0, 2])
        seen["both" if codes == [0, 0] else "one"] += 1
        for _, complaint, code in ended:
            if code == 2:
                assert complaint.startswith("Another import ")
                assert len(complaint.splitlines()) == 1
        assert held(workspace) == whole[current_snapshot(workspace) or ""]
        left = {f for f in files(workspace) if f.endswith((".tmp", ".arriving"))}
        assert not left
    return seen


@pytest.mark.parametrize("first_imports", [False, True])
def test_two_processes_that_import_at_once_leave_one_whole(
    tmp_path: Path, first_imports: bool
) -> None:
    race(tmp_path, 1, first_imports=first_imports)


@pytest.mark.slow
@pytest.mark.parametrize("first_imports", [False, True])
def test_ten_rounds_of_two_imports_leave_one_whole(tmp_path: Path, first_imports: bool) -> None:
    assert race(tmp_path, 10, first_imports=first_imports).total() == 10
