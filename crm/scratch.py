"""What is kept for a while is gone when it is done, and after a kill when the next begins."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_MARK = "in-use"


@contextmanager
def scratch(what: str) -> Iterator[Path]:
    """A folder of one's own; those that killed processes have left of the same are removed."""
    prefix = f"tagayasu-{what}-"
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        with suppress(OSError):  # somebody else's, or gone meanwhile
            _remove_unless_used(left)
    with (
        tempfile.TemporaryDirectory(prefix=prefix) as folder,
        Path(folder, f"{_MARK}.new").open("w") as mark,
    ):
        fcntl.flock(mark, fcntl.LOCK_EX)
        Path(mark.name).rename(Path(folder, _MARK))  # it is never there without being held
        yield Path(folder)


def _remove_unless_used(folder: Path) -> None:
    with (folder / _MARK).open("r") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
