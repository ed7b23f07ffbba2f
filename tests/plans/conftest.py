"""The workspace database of the plans: SQLite always, PostgreSQL where a server answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

import migrations
from crm.database import open_database
from plans.store import Plans
from tests.conftest import new_postgres

Factory = pytest.TempPathFactory


@pytest.fixture(scope="session")
def sqlite_path(tmp_path_factory: Factory) -> Path:
    """A migrated SQLite file; its tests each use plans of their own."""
    path = tmp_path_factory.mktemp("plans") / "state.db"
    engine = open_database(path)
    migrations.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def sqlite_engine(sqlite_path: Path) -> sa.Engine:
    return open_database(sqlite_path)


@pytest.fixture(scope="session")
def postgres_engine() -> Iterator[sa.Engine]:
    """A migrated database of our own, made for the tests and dropped after them."""
    with new_postgres() as address:
        engine = open_database(address)
        migrations.upgrade(engine)
        yield engine
        engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> sa.Engine:
    found: sa.Engine = request.getfixturevalue(f"{request.param}_engine")
    return found


@pytest.fixture
def plans(engine: sa.Engine) -> Plans:
    return Plans(engine)
