"""Every route says what it takes and what it answers; one that does not is a fault."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI

PROBLEM = "application/problem+json"
OPEN = {"/healthz", "/readyz"}
FOREIGN = dict.fromkeys(
    ("/v1/chat/completions", "/v1/models", "/v1/models/{model}"), ("application/json",)
)
"""Routes that refuse in the shape that clients made for another interface read."""


@pytest.fixture
def spec(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def operations(spec: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in spec["paths"].items()
        for method, operation in methods.items()
    ]


async def test_every_route_says_what_it_is_for(spec: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _name, operation in operations(spec)]
    assert len(ids) == len(set(ids))
    known = {tag["name"] for tag in spec["tags"]}
    for name, operation in operations(spec):
        assert operation["summary"], name
        assert operation["description"], name
        assert operation["tags"], name
        assert set(operation["tags"]) <= known, name
        for parameter in operation.get("parameters", []):
            assert parameter["description"], (name, parameter["name"])


async def test_every_route_says_each_answer(spec: dict[str, Any]) -> None:
    for name, operation in operations(spec):
        path = name.split()[1]
        for status, answer in operation["responses"].items():
            assert answer["description"], (name, status)
            if int(status) >= 400:
                assert set(answer["content"]) <= {PROBLEM, *FOREIGN.get(path, ())}, (name, status)
        if path in OPEN:
            continue
        assert operation["security"], name
        always = {"401", "403", "429", "500", "503"}
        assert always <= set(operation["responses"]), name
        if "{" in path:
            assert "404" in operation["responses"], name
        if "requestBody" in operation:
            wrong_type = set() if path in FOREIGN else {"415"}
            assert {"400", "413", "422"} | wrong_type <= set(operation["responses"]), name


async def test_what_is_sent_and_answered_has_a_schema(spec: dict[str, Any]) -> None:
    for name, operation in operations(spec):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            assert content["schema"], name
        for status, answer in operation["responses"].items():
            if status in ("200", "201", "202"):
                assert answer["content"], (name, status)
    sent = {
        content["schema"]["$ref"].rpartition("/")[2]
        for _name, operation in operations(spec)
        for kind, content in operation.get("requestBody", {}).get("content", {}).items()
        if kind == "application/json" and "$ref" in content["schema"]
    }
    schemas = spec["components"]["schemas"]
    assert {name for name in sent if not schemas[name].get("examples")} <= {"PlanIn"}
    assert "HTTPValidationError" not in schemas


async def test_writes_take_an_idempotency_key(spec: dict[str, Any]) -> None:
    for name, operation in operations(spec):
        names = {parameter["name"] for parameter in operation.get("parameters", [])}
        is_write = name.split()[0] in ("POST", "PUT", "PATCH", "DELETE")
        assert ("Idempotency-Key" in names) == is_write, name
