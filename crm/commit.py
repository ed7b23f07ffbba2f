"""What an import has made goes into the workspace whole; where it cannot, all is as it was."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crm import history, settings, warehouse
from crm.companies.answer_file import FILE as ANSWERS
from crm.companies.answer_file import keep_answers
from crm.companies.answers import Answers
from crm.errors import InputError, UnavailableError, WorkspaceError
from crm.forgetting.list import Forgotten, forgotten_of


@dataclass(frozen=True)
class Finished:
    """A snapshot that was built, the files that tell of it, and what it was built with.

    `is_new` is set where it is another than the one in use; `rows` are those of each table.
    """

    snapshot: str
    built: Path
    files: Sequence[Path]
    rows: Mapping[str, int]
    answers: Answers
    forgotten: Forgotten
    is_new: bool


def commit(workspace: Path, finished: Finished, new_settings: str) -> Path:
    """Make the snapshot the one in use; the folder in which the files that tell of it lie.

    A workspace that is none yet is made, with these settings; of any other the caller is
    `warehouse.alone`.
    """
    if (workspace / settings.FILE).exists():
        return _put(workspace, finished)
    made = _make(workspace)
    with warehouse.alone(workspace):
        if (workspace / settings.FILE).exists():
            raise UnavailableError(f"Another import has just made {workspace}.", "Import again.")
        with _unmade(workspace, made):
            warehouse.write_text(workspace / settings.FILE, new_settings)
            return _put(workspace, finished)


def _put(workspace: Path, finished: Finished) -> Path:
    chosen, snapshot = settings.load_settings(workspace), finished.snapshot
    folder = history.folder_of(workspace, snapshot)
    with _undone(workspace, snapshot):
        warehouse.put(workspace, finished.built, snapshot)
        folder.mkdir(parents=True, exist_ok=True)
        for file in finished.files:
            warehouse.copy_whole(file, folder / file.name)
        if finished.is_new:
            history.record(workspace, snapshot, datetime.now(UTC), finished.rows)
        if finished.answers:
            keep_answers(workspace, finished.answers)
        if forgotten_of(workspace) != finished.forgotten:
            raise InputError(
                "Somebody was forgotten while this import was running.", "Import once more."
            )
        warehouse.use(workspace, snapshot, chosen.warehouse.url)
    history.keep_newest(workspace, chosen.imports.keep_snapshots, chosen.warehouse.url)
    return folder


@contextmanager
def _undone(workspace: Path, snapshot: str) -> Iterator[None]:
    """Where it fails nothing of it is left but what was there: neither snapshot, files nor answers.

    A kill leaves what `history.tidy` removes, and maybe a snapshot that is whole but not in use.
    """
    folder, answers = history.folder_of(workspace, snapshot), workspace / ANSWERS
    was_there, was_told = warehouse.snapshot_file(workspace, snapshot).exists(), folder.exists()
    kept = answers.read_text(encoding="utf-8") if answers.exists() else None
    try:
        yield
    except BaseException:
        if _in_use(workspace) == snapshot:
            raise  # it had come in whole
        if not was_there:
            warehouse.remove(workspace, snapshot)
        warehouse.remove_unfinished(workspace / warehouse.FOLDER)
        if not was_told:
            shutil.rmtree(folder, ignore_errors=True)
        if kept is None:
            answers.unlink(missing_ok=True)
        elif answers.read_text(encoding="utf-8") != kept:
            warehouse.write_text(answers, kept)
        raise


def _make(workspace: Path) -> list[Path]:
    """Make the folder; those that were not there, the innermost first."""
    made = [each for each in (workspace, *workspace.parents) if not each.exists()]
    try:
        workspace.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkspaceError(
            f"The folder {workspace} cannot be made: {error.strerror}.",
            "Name another with --workspace.",
        ) from error
    return made


@contextmanager
def _unmade(workspace: Path, made: Sequence[Path]) -> Iterator[None]:
    """Where it fails there is no workspace."""
    try:
        yield
    except BaseException:
        if _in_use(workspace) is not None:
            raise
        for name in (settings.FILE, f"{settings.FILE}.tmp", warehouse.LOCK):
            (workspace / name).unlink(missing_ok=True)
        for folder in (workspace / warehouse.FOLDER, workspace / history.FOLDER, *made):
            with suppress(OSError):  # it is not there, or holds something of somebody's own
                folder.rmdir()
        raise


def _in_use(workspace: Path) -> str | None:
    try:
        return warehouse.current_snapshot(workspace)
    except WorkspaceError:  # a damaged pointer
        return None
