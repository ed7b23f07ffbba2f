"""The sample company on each engine; a test whose engine is not here skips and says why."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from crm.importer import import_folder
from crm.scope import ScopedTables
from tests.companies import SAMPLE, tables_of
from tests.conftest import new_postgres

Factory = pytest.TempPathFactory


def on_engine(factory: Factory, url: str) -> ScopedTables:
    """The sample company imported into a workspace whose tables are at that URL."""
    workspace = factory.mktemp("engine") / "workspace"
    workspace.mkdir()
    settings = f'[warehouse]\nurl = "{url}"\n[deepening]\nsolution_categories = ["制御ソフト"]\n'
    (workspace / "settings.toml").write_text(settings, encoding="utf-8")
    import_folder(SAMPLE / "data", SAMPLE / "mapping.yaml", workspace)
    return tables_of(workspace)


@pytest.fixture(scope="session")
def duckdb_tables(tmp_path_factory: Factory) -> ScopedTables:
    return on_engine(tmp_path_factory, "")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with new_postgres() as address:
        yield address


@pytest.fixture(scope="session")
def postgres_tables(tmp_path_factory: Factory, postgres_url: str) -> ScopedTables:
    return on_engine(tmp_path_factory, postgres_url)


@pytest.fixture(scope="session")
def spark_tables(tmp_path_factory: Factory) -> ScopedTables:
    if find_spec("pyspark") is None:
        pytest.skip("pyspark is not installed: `make test-spark` installs it")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java 17 or later, and there is no `java`")
    return on_engine(tmp_path_factory, "spark:local[2]")
