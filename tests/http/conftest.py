"""The HTTP application on a copy of the sample company, and keys of its people."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import structlog
from fastapi import FastAPI

from api.http.app import create_app
from api.keys import Keys
from api.slack.config import SlackConfig
from assistant.bootstrap import Workspace
from crm.warehouse import Warehouse
from tests.fakes import copy_of

SAEKI = "saeki@inaho.example"
"""A rep; account A001 is theirs, A012 is not."""
ONLY_HTTP = SlackConfig()


@pytest.fixture(autouse=True, scope="package")
def _quiet_logs() -> Iterator[None]:
    """Of the thousands of requests no line is written, but what goes wrong."""
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(),
    )
    yield
    structlog.reset_defaults()


@pytest.fixture
def workspace(sample_workspace: Path, sample_warehouse: Warehouse, tmp_path: Path) -> Workspace:
    return roomy(with_data(copy_of(sample_workspace, tmp_path), sample_warehouse))


def with_data(made: Workspace, data: Warehouse) -> Workspace:
    """A workspace that knows what was calculated of the same data before."""
    made.__dict__["warehouse"] = data
    return made


def roomy(made: Workspace) -> Workspace:
    """A workspace where nobody makes too many requests."""
    with (made.folder / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[http]\nrequests_per_minute = 100000\nfailures_per_minute = 100000\n")
    return made


@pytest.fixture
def key(workspace: Workspace) -> str:
    return Keys(workspace.database).issue(SAEKI)


@pytest.fixture
async def app(workspace: Workspace, unprepared: None) -> AsyncIterator[FastAPI]:
    app = create_app(workspace, ONLY_HTTP)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def anonymous(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


@pytest.fixture
async def client(app: FastAPI, key: str) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app, key) as client:
        yield client


def client_of(app: FastAPI, key: str | None = None) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers)
