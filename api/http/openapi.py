"""The description of the API says what each route really takes and answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.http.problems import Problem
from api.http.schemas_plans import OthersOut

_WRITES = {"post", "put", "patch", "delete"}
_IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same request is done once, and answered alike for a day.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
}
_TAGS = {
    "conversation": "Questions and answers, and what people thought of them.",
    "accounts": "Who our accounts are, one page about each, and which need attention.",
    "tools": "Every calculation, with the evidence of each figure, and its chart.",
    "plans": "Account plans, all of their life: draft, check, change, approve, review, close.",
    "knowledge": "Playbooks, past plans and notes, each for its readers.",
    "imports": "CRM exports that come in.",
    "chat": "For chat clients made for OpenAI's interface, errors in its shape too.",
    "me": "The person who asks.",
    "admin": "People, keys, the audit log.",
    "operation": "For whoever runs the server.",
}
Described = dict[str, Any]


def describe(app: FastAPI) -> None:
    """Let the application describe itself in full."""

    def described() -> Described:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _described(app: FastAPI) -> Described:
    tags = [{"name": name, "description": text} for name, text in _TAGS.items()]
    spec = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        tags=tags,
    )
    schemas = spec.setdefault("components", {}).setdefault("schemas", {})
    for model in (Problem, OthersOut):
        whole = model.model_json_schema(ref_template="#/components/schemas/{model}")
        for name, part in whole.pop("$defs", {}).items():
            schemas.setdefault(name, part)
        schemas[model.__name__] = whole
    for method, operation in _operations(spec):
        if method in _WRITES and operation.get("security"):
            operation.setdefault("parameters", []).append(_IDEMPOTENCY)
        _without_framework(operation)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return spec


def _operations(spec: Described) -> Iterator[tuple[str, Described]]:
    for methods in spec["paths"].values():
        yield from methods.items()


def _without_framework(operation: Described) -> None:
    """Without what the framework adds: its own document of what does not fit, a text for events."""
    refused = operation["responses"].get("422", {}).get("content", {})
    refused.pop("application/json", None)
    for answer in operation["responses"].values():
        answer.get("content", {}).get("text/event-stream", {}).pop("schema", None)
