"""A door of files: each notice is a line. As a program it sends what is due, and may be killed.

`python -m tests.assistant.notifying FOLDER OUT MOMENT [SECONDS]`; it takes SECONDS for each notice
before and after its line is written.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from assistant.answer import Answer
from assistant.bootstrap import Workspace
from crm.directory import Person
from tests.fakes import TrigramEmbeddings


@dataclass
class FileSender:
    """Appends a line for each notice, as whole as the operating system writes it."""

    file: Path
    seconds: float = 0
    unreachable: frozenset[str] = frozenset()
    answers: dict[str, Answer] = field(default_factory=dict)
    errors: list[Exception] = field(default_factory=list)

    async def reaches(self, person: Person) -> bool:
        return person.person_id not in self.unreachable

    async def send(self, _person: Person, answer: Answer, key: str, *, again: bool) -> None:
        del again  # a file tells nothing of what is there
        await asyncio.sleep(self.seconds)
        file = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, f"{key}\n".encode())
        os.close(file)
        self.answers[key] = answer
        await asyncio.sleep(self.seconds)

    def failed(self, _person: Person, _kind: str, error: Exception) -> None:
        self.errors.append(error)

    @property
    def lines(self) -> list[str]:
        return self.file.read_text().splitlines() if self.file.exists() else []


def main(folder: str, out: str, moment: str, seconds: str = "0") -> None:
    now = datetime.fromisoformat(moment)
    workspace = Workspace(Path(folder), embeddings=TrigramEmbeddings(), clock=lambda: now)
    sender = FileSender(Path(out), float(seconds))
    asyncio.run(workspace.notices.send_due(sender))
    if sender.errors:
        raise sender.errors[0]


if __name__ == "__main__":
    main(*sys.argv[1:])
