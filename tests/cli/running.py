"""The command line as a person runs it: its exit code, what it prints, and what it complains."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from api.cli.main import main
from assistant.bootstrap import Workspace
from tests.companies import KnownWarehouse


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Outcome]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Runs `tagayasu` with these arguments, in this process, where the data stay open."""
    monkeypatch.setattr(Workspace, "warehouse", property(lambda w: KnownWarehouse(w.folder)))
    for name in ("TAGAYASU_MODEL", "TAGAYASU_WORKSPACE", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)

    def one(*arguments: str | Path) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["tagayasu", *map(str, arguments)])
        capfd.readouterr()
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        captured = capfd.readouterr()
        return Outcome(code, captured.out, captured.err)

    yield one
    structlog.reset_defaults()
