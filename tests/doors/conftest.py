"""The canary company is built once for all processes; what is written to gets a copy of it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from filelock import FileLock

from tests.doors.house import House, build, opened
from tests.doors.poison import Poisoned, planted


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """The canary company, to be read only."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    made, draft = shared / "canaries-made", shared / "canaries-draft"
    with FileLock(shared / "canaries.lock"):
        if not made.exists():
            shutil.rmtree(draft, ignore_errors=True)
            build(draft).workspace.database.dispose()
            draft.rename(made)
    return opened(made).copy(tmp_path_factory.mktemp("canaries"))


@pytest.fixture
def own_house(house: House, tmp_path: Path) -> House:
    """The canary company in a folder that a test may write to."""
    return house.copy(tmp_path)


@pytest.fixture(scope="session")
def poisoned_company(tmp_path_factory: pytest.TempPathFactory) -> Poisoned:
    """The sample company with a thousand orders planted in it."""
    return planted(tmp_path_factory.mktemp("poisoned"), 500)


@pytest.fixture
def own_poison(poisoned_company: Poisoned, tmp_path: Path) -> Poisoned:
    """The poisoned company in a folder that a test may write to."""
    return poisoned_company.copy(tmp_path)
