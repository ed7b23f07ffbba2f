"""Where the machine fails an import, one sentence says so and the workspace is as it was."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crm.errors import InputError, TagayasuError, WorkspaceError
from crm.importer import import_folder
from crm.warehouse import current_snapshot
from tests.companies import as_it_is, import_rows, write_csv, write_mapping
from tests.crm.outside import write_company

ROWS = [["A1", "東都"], ["A2", "北斗"]]
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


def contents(folder: Path) -> dict[str, bytes]:
    """Every file under a folder with its bytes, but for the lock, which holds nothing."""
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != "import.lock"
    }


def another_export(folder: Path) -> tuple[Path, Path]:
    """A workspace of one account, and an export of others in its place: folder and mapping."""
    import_rows(folder, {"accounts": [{"account_id": "A0", "name": "old"}]})
    header = ["account_id", "name"]
    export = write_csv(folder / "export" / "accounts.csv", header, ROWS).parent
    write_csv(export / "people.csv", ["person_id", "name"], [["P1", "佐藤"]])
    tables = as_it_is("people", "accounts")
    return export, write_mapping(folder / "mapping.yaml", tables=tables)


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """What a full disk does to whoever writes: no file grows beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_without_space_the_import_says_so_wherever_it_runs_out(tmp_path: Path) -> None:
    import_rows(tmp_path, {"accounts": [{"account_id": "A0", "name": "old"}]})
    workspace, export = tmp_path / "workspace", write_company(tmp_path / "large", 0)
    before = contents(workspace)
    for power in (10, 12, 14, 16, 18, 20):  # its snapshot has 1.5 MB
        with (
            no_file_larger_than(1 << power),
            pytest.raises(WorkspaceError, match="There is no space left") as refusal,
        ):
            import_folder(export, export / "mapping.yaml", workspace)
        assert "the workspace is as it was" in refusal.value.remedy
        assert contents(workspace) == before
    assert import_folder(export, export / "mapping.yaml", workspace).snapshot


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MiB of our own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:  # noqa: S603
        pytest.skip("only root makes a disk of its own")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)  # noqa: S603, S607


def finds_no_space(export: Path, workspace: Path) -> bool:
    """Whether the import says that it finds none; else it is made."""
    try:
        report = import_folder(export, export / "mapping.yaml", workspace)
    except WorkspaceError as error:
        return error.what.startswith("There is no space left")
    return report.snapshot != current_snapshot(workspace)


def test_a_disk_that_fills_at_any_moment_of_the_end_leaves_what_was_there(
    tmp_path: Path, small_disk: Path
) -> None:
    export, workspace = write_company(tmp_path / "large", 0), small_disk / "workspace"
    filler = small_disk / "filler"
    for is_there in (False, True):
        before, failed = contents(workspace), 0
        for free in (4, 400, *range(1_552, 2_000, 32)):  # KiB; the snapshot has 1,548
            filler.unlink(missing_ok=True)
            space = os.statvfs(small_disk)
            filler.write_bytes(bytes(space.f_bavail * space.f_frsize - (free << 10)))
            if not finds_no_space(export, workspace):
                break
            failed += 1
            assert contents(workspace) == before
            assert workspace.exists() == is_there
        assert failed >= 3
        assert workspace.exists()
        filler.unlink()
        write_company(export, 1)


def unreachable(_export: Path, workspace: Path) -> None:
    """The tables are kept in a database that does not answer, which is seen last of all."""
    settings = workspace / "settings.toml"
    settings.write_text(settings.read_text() + f'\n[warehouse]\nurl = "{NOWHERE}"\n')


def is_a_file(name: str) -> Callable[[Path, Path], None]:
    def spoil(_export: Path, workspace: Path) -> None:
        for entry in sorted((workspace / name).rglob("*"), reverse=True):
            entry.unlink() if entry.is_file() else entry.rmdir()
        (workspace / name).rmdir()
        (workspace / name).write_text("mine")

    return spoil


TROUBLES = {
    "the database does not answer": (unreachable, "cannot be reached"),
    "the warehouse is a file": (is_a_file("warehouse"), "cannot be written"),
    "the folder of imports is a file": (is_a_file("imports"), "cannot be written"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_workspace_that_takes_nothing_stays_as_it_is(tmp_path: Path, trouble: str) -> None:
    export, mapping = another_export(tmp_path)
    spoil, words = TROUBLES[trouble]
    spoil(export, tmp_path / "workspace")
    before = contents(tmp_path / "workspace")
    with pytest.raises(WorkspaceError, match=words):
        import_folder(export, mapping, tmp_path / "workspace")
    assert contents(tmp_path / "workspace") == before


def test_a_first_import_that_fails_at_the_last_step_makes_no_workspace(tmp_path: Path) -> None:
    export, _ = another_export(tmp_path)
    mapping = write_mapping(
        tmp_path / "m.yaml", tables=as_it_is("accounts"), settings={"warehouse": {"url": NOWHERE}}
    )
    with pytest.raises(WorkspaceError, match="cannot be reached"):
        import_folder(export, mapping, tmp_path / "new" / "workspace")
    assert not (tmp_path / "new").exists()


def test_a_workspace_below_a_file_is_refused(tmp_path: Path) -> None:
    export, mapping = another_export(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="cannot be made"):
        import_folder(export, mapping, tmp_path / "file" / "workspace")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
@pytest.mark.parametrize("kept", [".", "warehouse", "imports"])
def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path, kept: str) -> None:
    export, mapping = another_export(tmp_path)
    before, folder = contents(tmp_path / "workspace"), tmp_path / "workspace" / kept
    (tmp_path / "workspace" / "import.lock").unlink()
    folder.chmod(0o500)
    with pytest.raises(WorkspaceError, match=r"cannot be written: Permission denied"):
        import_folder(export, mapping, tmp_path / "workspace")
    folder.chmod(0o700)
    assert contents(tmp_path / "workspace") == before


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "removed": (lambda file: file.unlink(), "removed"),
    "longer": (lambda file: file.write_text(file.read_text() + "A3,more\n"), "changed"),
    "of the same length": (
        lambda file: file.write_text(file.read_text().replace("A1", "A9")), "changed",
    ),
    "another in its place": (lambda file: file.with_suffix(".new").rename(file), "changed"),
    "in another encoding": (
        lambda file: file.write_text("account_id,name\nA1,ｱ\n", encoding="cp932"), "changed",
    ),
    "empty": (lambda file: file.write_text(""), "changed"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("moment", ["people.csv", "accounts.csv", "people", "accounts"])
def test_a_file_that_changes_while_it_is_read_is_not_imported(
    tmp_path: Path, change: str, moment: str
) -> None:
    export, mapping = another_export(tmp_path)
    (export / "accounts.new").write_text("account_id,name\nA7,other\n")
    alter, word = CHANGES[change]
    before = contents(tmp_path / "workspace")

    def progress(doing: str, _done: float) -> None:
        if doing == moment:
            alter(export / "accounts.csv")

    with pytest.raises(InputError, match=rf"^accounts\.csv was {word} while it was read\."):
        import_folder(export, mapping, tmp_path / "workspace", progress=progress)
    assert contents(tmp_path / "workspace") == before


def test_a_mapping_that_changes_while_it_is_used_is_not_used(tmp_path: Path) -> None:
    export, mapping = another_export(tmp_path)
    before = contents(tmp_path / "workspace")

    def progress(_doing: str, _done: float) -> None:
        mapping.write_text("version: 1\n")

    with pytest.raises(InputError, match=r"mapping\.yaml was changed"):
        import_folder(export, mapping, tmp_path / "workspace", progress=progress)
    assert contents(tmp_path / "workspace") == before


def test_a_reader_that_fails_is_told_in_one_line(tmp_path: Path) -> None:
    export, mapping = another_export(tmp_path)
    (export / "accounts.csv").unlink()
    (export / "accounts.csv").mkdir()
    with pytest.raises(TagayasuError) as refusal:
        import_folder(export, mapping, tmp_path / "workspace")
    assert len(str(refusal.value).splitlines()) == 1
