"""Fixtures of all rooms: each company is imported once a session, by the real importer."""

from __future__ import annotations

import gc
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import pytest
import sqlalchemy as sa
from filelock import FileLock

import migrations
from assistant.bootstrap import Workspace
from assistant.desk import Desk
from crm.database import Place, open_database
from crm.importer import import_folder
from crm.scope import ScopedTables
from crm.settings import DATABASE_URL
from crm.warehouse import Warehouse
from tests.companies import MAPPINGS, SAMPLE, SHARED, KnownWarehouse, tables_of
from tests.embedded import Embedded
from tests.oracles.canonical import Tables, load

Factory = pytest.TempPathFactory
SERVER = os.environ.get("TAGAYASU_TEST_POSTGRES", "postgresql://root@127.0.0.1:5432/postgres")


def pytest_configure() -> None:
    """An expression is many small objects: looking for cycles among them took a tenth of a run."""
    gc.set_threshold(100_000, 20, 100)
    os.environ.pop(DATABASE_URL, None)  # no test writes into a database of somebody's own
    hypothesis.settings.register_profile("shared", deadline=None)  # other work slows a machine
    hypothesis.settings.load_profile("shared")


def _once(factory: Factory, name: str, make: Callable[[Path], object]) -> Path:
    """A copy of our own of a workspace that the first process to ask for it makes for all."""
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    made, workspace = shared / f"{name}-made", base / name / "workspace"
    with FileLock(shared / f"{name}.lock"):
        if not made.exists():
            draft = shared / f"{name}-draft"
            shutil.rmtree(draft, ignore_errors=True)
            make(draft)
            draft.rename(made)
    shutil.copytree(made, workspace)
    return workspace


def _imported(factory: Factory, company: str, data: Path, mapping: Path) -> Path:
    if not data.is_dir():
        pytest.skip(f"{data} is absent: this test needs the public data of that folder.")

    def made(folder: Path) -> None:
        import_folder(data, mapping, folder)
        Workspace(folder).database.dispose()  # copies find the newest schema

    return _once(factory, company, made)


@pytest.fixture(scope="session")
def sample_workspace(tmp_path_factory: Factory) -> Path:
    return _imported(tmp_path_factory, "sample", SAMPLE / "data", SAMPLE / "mapping.yaml")


@pytest.fixture(scope="session")
def sample_warehouse(sample_workspace: Path) -> Warehouse:
    """The sample company's data, opened once: what was calculated of them is calculated no more."""
    return KnownWarehouse(sample_workspace)


@pytest.fixture(scope="session")
def maven_workspace(tmp_path_factory: Factory) -> Path:
    return _imported(tmp_path_factory, "maven", SHARED / "maven_crm", MAPPINGS / "maven_crm.yaml")


@pytest.fixture(scope="session")
def adventureworks_workspace(tmp_path_factory: Factory) -> Path:
    return _imported(
        tmp_path_factory,
        "adventureworks",
        SHARED / "adventureworks",
        MAPPINGS / "adventureworks.yaml",
    )


@pytest.fixture(scope="session")
def sample(sample_workspace: Path) -> ScopedTables:
    """The sample company, all of it."""
    return tables_of(sample_workspace)


@pytest.fixture(scope="session")
def sample_raw() -> Tables:
    """The sample company's CSV files as the oracles read them."""
    return load(SAMPLE / "data")


@pytest.fixture(scope="session")
def maven(maven_workspace: Path) -> ScopedTables:
    return tables_of(maven_workspace)


@pytest.fixture(scope="session")
def adventureworks(adventureworks_workspace: Path) -> ScopedTables:
    return tables_of(adventureworks_workspace)


# ------------------------------------------------------------------ the workspace database


@contextmanager
def new_postgres() -> Iterator[str]:
    """The address of an empty database of our own, dropped afterwards; skips without a server."""
    import psycopg

    ours = f"tagayasu_state_{uuid.uuid4().hex}"
    try:
        with psycopg.connect(SERVER, connect_timeout=3, autocommit=True) as server:
            server.execute(f'CREATE DATABASE "{ours}"')
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL server to test with (TAGAYASU_TEST_POSTGRES): {error}")
    yield SERVER.rpartition("/")[0] + f"/{ours}"
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f'DROP DATABASE "{ours}" WITH (FORCE)')


@pytest.fixture
def empty_postgres() -> Iterator[str]:
    with new_postgres() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where an empty workspace database is: each kind in turn."""
    if request.param == "sqlite":
        return tmp_path / "state.db"
    found: str = request.getfixturevalue("empty_postgres")
    return found


@pytest.fixture
def engine(place: Place) -> Iterator[sa.Engine]:
    """A workspace database of the newest schema, of each kind in turn."""
    made = open_database(place)
    migrations.upgrade(made)
    yield made
    made.dispose()


# Fixtures of the assistant and of the doors go below this line.


@pytest.fixture(scope="session")
def learned_workspace(sample_workspace: Path, tmp_path_factory: Factory) -> Path:
    """The sample company with its documents, whose vectors are those that users get."""

    def learned(folder: Path) -> None:
        shutil.copytree(sample_workspace, folder)
        Workspace(folder, embeddings=Embedded()).library.add(SAMPLE / "knowledge")

    return _once(tmp_path_factory, "learned", learned)


@pytest.fixture
def unprepared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A door opens without loading ahead what its first question needs: that takes seconds."""
    monkeypatch.setattr(Desk, "warm_up", lambda _desk: None)
