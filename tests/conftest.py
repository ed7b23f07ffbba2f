"""Fixtures of all rooms: each company is imported once a session, by the real importer."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assistant.bootstrap import Workspace
from crm.importer import import_folder
from crm.scope import ScopedTables
from tests.companies import MAPPINGS, SAMPLE, SHARED, tables_of
from tests.oracles.canonical import Tables, load

Factory = pytest.TempPathFactory


def _imported(factory: Factory, company: str, data: Path, mapping: Path) -> Path:
    if not data.is_dir():
        pytest.skip(f"{data} is absent: this test needs the public data of that folder.")
    workspace = factory.mktemp(company) / "workspace"
    import_folder(data, mapping, workspace)
    return workspace


@pytest.fixture(scope="session")
def sample_workspace(tmp_path_factory: Factory) -> Path:
    return _imported(tmp_path_factory, "sample", SAMPLE / "data", SAMPLE / "mapping.yaml")


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


# Fixtures of the assistant and of the doors go below this line.


@pytest.fixture(scope="session")
def learned_workspace(sample_workspace: Path, tmp_path_factory: Factory) -> Path:
    """The sample company with its documents, embedded as users get them (takes about 40 s)."""
    folder = tmp_path_factory.mktemp("learned") / "workspace"
    with _made_once(tmp_path_factory, "learned_by_all") as (shared, is_first):
        if is_first:
            making = shared.with_suffix(".making")  # half of a library is none
            shutil.rmtree(making, ignore_errors=True)
            shutil.copytree(sample_workspace, making)
            Workspace(making).library.add(SAMPLE / "knowledge")
            making.rename(shared)
    shutil.copytree(shared, folder)
    return folder


@contextmanager
def _made_once(factory: Factory, name: str) -> Iterator[tuple[Path, bool]]:
    """A folder that the processes of a run share; True for the one that is to make it."""
    of_process = factory.getbasetemp()
    several = "PYTEST_XDIST_WORKER" in os.environ
    shared = (of_process.parent if several else of_process) / name
    with shared.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield shared, not shared.exists()
