"""What every command needs: the workspace, the asker, and a console."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Awaitable, Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from rich.console import Console

    from assistant.bootstrap import Workspace
    from assistant.service import Assistant
    from crm.scope import Principal

T = TypeVar("T")
_PIPED_WIDTH = 100


class Context:
    """The command line's state for one command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def workspace(self) -> Workspace:
        """The opened workspace; WorkspaceError when the folder is none."""
        from assistant.bootstrap import Workspace

        _quiet_logs()
        workspace = Workspace(self.folder)
        _ = workspace.settings
        return workspace

    @cached_property
    def console(self) -> Console:
        from rich.console import Console

        width = None if sys.stdout.isatty() else _PIPED_WIDTH
        return Console(highlight=False, width=width)

    def principal(self, user: str | None) -> Principal:
        """The person with that e-mail address; without one, whoever holds the folder."""
        from crm.scope import OPERATOR

        if user is None:
            return OPERATOR
        snapshot = self.workspace.warehouse.open()
        return self.workspace.directories.of(snapshot).by_email(user)

    def with_assistant(self, work: Callable[[Assistant], Awaitable[T]]) -> T:
        """Run a piece of work with the assistant open."""
        import asyncio

        async def run() -> T:
            async with self.workspace.assistant() as assistant:
                return await work(assistant)

        return asyncio.run(run())

    def print_json(self, value: Any) -> None:
        sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def _quiet_logs() -> None:
    """Warnings and errors go to stderr, so that stdout holds the answer alone."""
    from api.logs import configure

    configure(logging.WARNING)
