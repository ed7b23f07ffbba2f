"""The workspace database of the plans: SQLite always, PostgreSQL where a server answers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

import migrations
from crm.database import open_database
from plans.store import Plans
from tests.conftest import SERVER

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
    server = sa.make_url(SERVER).set(drivername="postgresql+psycopg")
    ours = f"tagayasu_plans_{os.getpid()}"
    admin = sa.create_engine(
        server, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3}
    )
    try:
        with admin.connect() as con:
            con.execute(sa.text(f'CREATE DATABASE "{ours}"'))
    except sa.exc.OperationalError as error:
        pytest.skip(f"no PostgreSQL server to test with (TAGAYASU_TEST_POSTGRES): {error}")
    engine = sa.create_engine(server.set(database=ours))
    migrations.upgrade(engine)
    yield engine
    engine.dispose()
    with admin.connect() as con:
        con.execute(sa.text(f'DROP DATABASE "{ours}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> sa.Engine:
    found: sa.Engine = request.getfixturevalue(f"{request.param}_engine")
    return found


@pytest.fixture
def plans(engine: sa.Engine) -> Plans:
    return Plans(engine)
