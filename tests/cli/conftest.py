"""Every command runs in this process, on workspaces of the session."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.running import run

__all__ = ["run"]


@pytest.fixture(scope="session")
def own_workspace(sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company in a folder that commands may write to."""
    folder = tmp_path_factory.mktemp("cli") / "workspace"
    shutil.copytree(sample_workspace, folder)
    return folder
