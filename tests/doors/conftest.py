"""The companies of these proofs are made once for all processes; each has a copy of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from tests.doors import house as canaries
from tests.doors import poison
from tests.doors.house import House
from tests.doors.poison import Poisoned

DOCUMENTS = 500
Factory = pytest.TempPathFactory


def made(factory: Factory, name: str, make: Callable[[Path], House | Poisoned]) -> Path:
    """The folder in which the first process that asks for a company makes it."""
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    found, draft = shared / f"{name}-made", shared / f"{name}-draft"
    with FileLock(shared / f"{name}.lock"):
        if not found.exists():
            shutil.rmtree(draft, ignore_errors=True)
            make(draft).workspace.database.dispose()
            draft.rename(found)
    return found


@pytest.fixture(scope="session")
def house(tmp_path_factory: Factory) -> House:
    """The canary company, to be read only."""
    folder = made(tmp_path_factory, "canaries", canaries.build)
    return canaries.opened(folder).copy(tmp_path_factory.mktemp("canaries"))


@pytest.fixture
def own_house(house: House, tmp_path: Path) -> House:
    """The canary company in a folder that a test may write to."""
    return house.copy(tmp_path)


@pytest.fixture(scope="session")
def poisoned_company(tmp_path_factory: Factory) -> Poisoned:
    """The sample company with a thousand orders planted in it."""
    folder = made(tmp_path_factory, "poison", lambda draft: poison.planted(draft, DOCUMENTS))
    return poison.opened(folder).copy(tmp_path_factory.mktemp("poison"))


@pytest.fixture
def own_poison(poisoned_company: Poisoned, tmp_path: Path) -> Poisoned:
    """The poisoned company in a folder that a test may write to."""
    return poisoned_company.copy(tmp_path)


@pytest.fixture
def all_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model is offered every tool: which are offered is a help for it, not a wall."""
    monkeypatch.setattr("assistant.offer.MOST", 99)
