"""What the machine refuses (space, a folder, a file) is said in one sentence, and what to do."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from crm.errors import InputError, TagayasuError, WorkspaceError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FULL_TO_DUCKDB = ("No space left on device", "Disk quota exceeded", "File too large",
                   "max_temp_directory_size")  # fmt: skip


@contextmanager
def told(workspace: Path, export: Path | None = None) -> Iterator[None]:
    """While a workspace is written, and the folder `export` is read.

    Raises WorkspaceError, or InputError where it is the export that cannot be read.
    """
    try:
        yield
    except (OSError, duckdb.OperationalError, TagayasuError) as error:
        if _is_full(error) or _is_full(error.__cause__):
            raise WorkspaceError(
                f"There is no space left for {workspace}, or in {tempfile.gettempdir()}.",
                "Free some, or let TMPDIR name a folder with more; the workspace is as it was.",
            ) from error
        if isinstance(error, TagayasuError):
            raise
        raise _refused(error, export) from error


def _is_full(error: BaseException | None) -> bool:
    if isinstance(error, OSError):
        return error.errno in _FULL
    return isinstance(error, duckdb.Error) and any(word in str(error) for word in _FULL_TO_DUCKDB)


def _refused(error: OSError | duckdb.Error, export: Path | None) -> TagayasuError:
    if isinstance(error, duckdb.Error):
        said = str(error).splitlines()[0].rstrip(".")
        return WorkspaceError(
            f"The import could not go on: {said}.", "The workspace is as it was; import again."
        )
    place, reason = Path(str(error.filename or "")), error.strerror or type(error).__name__
    if export and any(place.is_relative_to(each) for each in (export, export.resolve())):
        return InputError(
            f"{place.name} cannot be read: {reason}.", "Check who may read it, and import again."
        )
    return WorkspaceError(
        f"{error.filename or 'A file'} cannot be written: {reason}.",
        "Check who may write there, and import again.",
    )
