"""Every body that is sent has an example in the description, and what is shown there is taken."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.keys import Keys
from assistant.bootstrap import Workspace
from tests.fakes import copy_of
from tests.http.conftest import client_of, roomy

FILES = {
    "calendar": "my.ics",
    "document": "note.md",
    "files": "accounts.csv",
    "mapping": "mapping.yaml",
}
"""The parts of forms that are files, and what they may be called."""


@pytest.fixture(scope="module")
def workspace(sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """One for all of these."""
    return roomy(copy_of(sample_workspace, tmp_path_factory.mktemp("examples")))


@pytest.fixture
async def admin(app: FastAPI, workspace: Workspace) -> AsyncIterator[httpx.AsyncClient]:
    key = Keys(workspace.database).issue("kanri@inaho.example", scopes=["admin"])
    async with client_of(app, key) as client:
        yield client


def bodies(spec: dict[str, Any]) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Method, path, media type and description of each body that is sent."""
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            for kind, said in operation.get("requestBody", {}).get("content", {}).items():
                yield method, path, kind, said


def example_of(spec: dict[str, Any], said: dict[str, Any]) -> Any:
    schema = said["schema"]
    if "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return said.get("example") or next(iter(schema.get("examples", ())), None)


async def test_every_body_has_an_example(app: FastAPI) -> None:
    spec = app.openapi()
    without = [(m, path) for m, path, _k, said in bodies(spec) if not example_of(spec, said)]
    assert without == []


async def test_the_forms_that_are_shown_are_taken(app: FastAPI, admin: httpx.AsyncClient) -> None:
    spec, taken = app.openapi(), {}
    for method, path, kind, said in bodies(spec):
        if kind == "multipart/form-data":
            form = example_of(spec, said)
            files, data = [], {}
            for name, value in form.items():
                if name in FILES:
                    each = value if isinstance(value, list) else [value]
                    files += [(name, (FILES[name], part.encode())) for part in each]
                else:
                    data[name] = str(value).lower() if isinstance(value, bool) else value
            response = await admin.request(method, path, data=data, files=files)
            taken[path] = response.status_code
    assert taken == {
        "/v1/plan-imports": 200,
        "/v1/documents": 201,
        "/v1/imports": 202,
        "/v1/me/calendar": 200,
    }


async def test_the_plan_that_is_shown_can_be_saved(app: FastAPI, admin: httpx.AsyncClient) -> None:
    spec = app.openapi()
    [said] = [s for m, path, _k, s in bodies(spec) if (m, path) == ("put", "/v1/plans/{plan_id}")]
    drafted = await admin.post("/v1/plans", json={"account_id": "A001"})
    place = drafted.headers["Location"]
    headers = {"If-Match": drafted.headers["ETag"]}
    saved = await admin.put(place, json=example_of(spec, said), headers=headers)
    assert saved.status_code == 200, saved.text
    assert saved.json()["plan"]["goals"][0]["what"] == "受注額を伸ばす"
