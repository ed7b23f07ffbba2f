"""What is imported stays as it is while it is read, or the import says that it did not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from crm.errors import InputError

Stamp = tuple[int, int, int] | None
"""Which file it is, how long, and when it was written last; None where there is none."""


@contextmanager
def unchanged(files: Iterable[Path]) -> Iterator[None]:
    """While it lasts nobody changes these files.

    Raises InputError when somebody did, whatever else came of it.
    """
    before = {file: _stamp(file) for file in files}
    try:
        yield
    except Exception as error:
        if changed := _changed(before):
            raise changed from error
        raise
    if changed := _changed(before):
        raise changed


def _changed(before: dict[Path, Stamp]) -> InputError | None:
    for file, stamp in before.items():
        if (now := _stamp(file)) != stamp:
            done = "changed" if now else "removed"
            return InputError(
                f"{file.name} was {done} while it was read.", "Import again once it stays as it is."
            )
    return None


def _stamp(file: Path) -> Stamp:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
