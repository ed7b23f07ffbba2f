"""The canary company is built once a session; what is written to gets a copy of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.doors.house import House, build


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """The canary company, to be read only."""
    return build(tmp_path_factory.mktemp("canaries"))


@pytest.fixture
def own_house(house: House, tmp_path: Path) -> House:
    """The canary company in a folder that a test may write to."""
    return house.copy(tmp_path)
