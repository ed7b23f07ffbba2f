"""`tagayasu` is killed at random moments, drawn over what it takes when nobody kills it."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen

from tests.crm.outside import kill_after, seconds_until, tagayasu

Arguments = Callable[[Path], Sequence[str | Path]]
"""The arguments of a command for a workspace."""


@dataclass
class Killer:
    """Kills commands over a workspace in `place`; half of them once they write into it.

    A command is known to work when its folder in TMPDIR is there or the workspace's lock is taken,
    and to write when anything else in the workspace changes. Its start is no part of it.
    """

    place: Path
    rng: random.Random = field(default_factory=lambda: random.Random(20261127))
    _working: float = 0.0
    _writing: float = 0.0

    @property
    def workspace(self) -> Path:
        return self.place / "workspace"

    def measure(self, arguments: Arguments) -> None:
        """Let the command run on a copy of the workspace."""
        copy = self.place / "measured"
        if self.workspace.exists():
            shutil.copytree(self.workspace, copy)
        watch = _Watch(copy, self.place / "tmp")
        process = tagayasu(watch.scratch, *arguments(copy))
        assert seconds_until(process, watch.works) is not None
        until_it_writes = seconds_until(process, watch.writes)
        assert until_it_writes is not None
        self._writing = _seconds_to_the_end(process)
        assert process.returncode == 0
        self._working = until_it_writes + self._writing
        shutil.rmtree(copy)

    def kill(self, arguments: Arguments) -> bool:
        """Begin the command and kill it; whether it was still at work."""
        watch = _Watch(self.workspace, self.place / "tmp")
        process = tagayasu(watch.scratch, *arguments(self.workspace))
        seconds_until(process, watch.works)
        longest = self._working * 1.1
        if self.rng.random() < 0.5:
            seconds_until(process, watch.writes)
            longest = self._writing
        return kill_after(process, longest, self.rng)


def _seconds_to_the_end(process: Popen[str]) -> float:
    begun = time.monotonic()
    process.communicate()
    return time.monotonic() - begun


class _Watch:
    """What may be seen of a command from outside since it was begun."""

    def __init__(self, workspace: Path, scratch: Path) -> None:
        self.scratch = scratch
        self._workspace = workspace
        self._lock, self._files = self._seen()
        self._left = self._folders()

    def works(self) -> bool:
        return self._folders() != self._left or self._seen()[0] != self._lock

    def writes(self) -> bool:
        return self._seen()[1] != self._files

    def _folders(self) -> set[str]:
        """The folders of imports that are in use, and of those that were killed."""
        return {str(mark) for mark in self.scratch.glob("tagayasu-*/in-use")}

    def _seen(self) -> tuple[object, set[tuple[str, int]]]:
        """When the lock was taken last, and when every other file was written."""
        lock, found = None, set()
        for path in self._workspace.rglob("*"):
            try:
                written = path.stat().st_mtime_ns
            except FileNotFoundError:
                continue
            if path.name == "import.lock":
                lock = written
            elif path.is_file():
                found.add((str(path), written))
        return lock, found
