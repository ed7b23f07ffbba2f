"""Every operation of the HTTP application as it describes itself, and requests that attack it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

import httpx
from fastapi import FastAPI

from api.http.app import create_app
from api.keys import Keys
from api.slack.config import SlackConfig
from assistant.bootstrap import Workspace
from tests.doors.hostile import Attacker, resolved
from tests.doors.house import House
from tests.doors.sinks import of_response

METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
_SEGMENT = re.compile(r"\{(\w+)\}")
_SINGULAR = {"accounts": "account_id", "plans": "plan_id", "passages": "passage_id"}


@dataclass(frozen=True)
class Operation:
    """One operation: what it is asked with, as OpenAPI says."""

    method: str
    path: str
    said: Mapping[str, Any]
    document: Mapping[str, Any] = field(repr=False, hash=False, compare=False)

    @property
    def name(self) -> str:
        return f"{self.method.upper()} {self.path}"

    def parameters(self, place: str) -> dict[str, Any]:
        """The parameters of one place (path, query, header) as a schema of an object."""
        listed = [resolved(p, self.document) for p in self.said.get("parameters", ())]
        found = {p["name"]: p for p in listed if p["in"] == place}
        return {
            "properties": {name: p.get("schema", {}) for name, p in found.items()},
            "required": [name for name, p in found.items() if p.get("required")],
            **self.document,
        }

    def body(self) -> tuple[str, dict[str, Any]] | None:
        """The kind of body it takes, and its schema."""
        request = self.said.get("requestBody")
        if request is None:
            return None
        content = resolved(request, self.document)["content"]
        kind = next((k for k in content if "json" in k), next(iter(content)))
        schema = resolved(content[kind].get("schema", {}), self.document)
        return kind, {**schema, **self.document}


def operations(app: FastAPI) -> list[Operation]:
    """All there are, in the order of the description."""
    document = app.openapi()
    return [
        Operation(method, path, said, document)
        for path, methods in document["paths"].items()
        for method, said in methods.items()
        if method in METHODS
    ]


@dataclass
class Api:
    """The application on a house, and a client for each of its people."""

    app: FastAPI
    house: House
    keys: dict[str, str]
    client: httpx.AsyncClient

    def renew(self, person: str) -> None:
        """A new key for a person: an administrator may have ended theirs."""
        self.keys[person] = key_of(self.house, person)

    async def sent(self, person: str, request: Request) -> Said:
        """What the application answers a person."""
        headers = {"Authorization": f"Bearer {self.keys[person]}"} | request.headers
        response = await self.client.request(
            request.method, request.url, content=request.content, headers=headers
        )
        content = of_response(response.headers.multi_items(), response.content)
        return Said(response.status_code, content, response)


@dataclass(frozen=True)
class Request:
    """One request as it goes out; `asked` are its bytes, which an answer may say again."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None

    @property
    def asked(self) -> bytes:
        said = " ".join([self.url, unquote(self.url), *self.headers.values()])
        return said.encode() + b" " + (self.content or b"")


@dataclass(frozen=True)
class Said:
    """An answer: its status, and all of its bytes."""

    status: int
    content: bytes
    response: httpx.Response


@asynccontextmanager
async def opened(house: House) -> AsyncIterator[Api]:
    """The application running, with a key of full reach for each person."""
    boundless(house.workspace)
    keys = {person: key_of(house, person) for person in house.company.people.index}
    app = create_app(house.workspace, SlackConfig())
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            yield Api(app, house, keys, client)


def key_of(house: House, person: str) -> str:
    """A key of full reach for a person."""
    keys, mail = Keys(house.workspace.database), house.company.mail(person)
    return keys.issue(mail, scopes=("read", "write", "admin"))


def boundless(workspace: Workspace) -> None:
    """Let everybody ask as often as an attack needs."""
    settings = workspace.settings
    http = settings.http.model_copy(update={"requests_per_minute": 10_000_000})
    workspace.__dict__["settings"] = settings.model_copy(update={"http": http})


@dataclass
class Forger:
    """Makes requests for an attacker, who knows ids of what they and what others have made."""

    attacker: Attacker
    stolen: dict[str, list[str]] = field(default_factory=dict)
    own: dict[str, list[str]] = field(default_factory=dict)

    def request(self, operation: Operation, *, hostile: bool = True) -> Request:
        """A request that fits the operation; a hostile one has something that does not belong."""
        random = self.attacker.random
        place = random.choice(("path", "query", "body")) if hostile else ""
        path = self._path(operation, hostile=place == "path")
        query = self._given(operation.parameters("query"), place == "query")
        headers = self._headers(operation) if hostile else {}
        content = None
        if (body := operation.body()) is not None:
            kind, schema = body
            given = self._given(schema, place == "body")
            content, made = encoded(kind, given)
            headers |= made
        url = path + ("?" + "&".join(_pairs(query)) if query else "")
        return Request(operation.method.upper(), url, headers, content)

    def _given(self, schema: Mapping[str, Any], hostile: bool) -> dict[str, Any]:
        if hostile and schema.get("properties"):
            return self.attacker.arguments(schema)
        return self.attacker.arguments(schema, hostile=False)

    def _path(self, operation: Operation, *, hostile: bool) -> str:
        segments = operation.path.split("/")
        for n, segment in enumerate(segments):
            if name := _SEGMENT.fullmatch(segment):
                value = self.named(meaning(operation.path, name[1]), hostile)
                segments[n] = quote(value.encode("utf-8", "replace"), safe="")
        return "/".join(segments)

    def named(self, name: str, hostile: bool) -> str:
        """A value for a part of the path: often an id of somebody else's."""
        random, known = self.attacker.random, self.stolen.get(name) or []
        if hostile and known and random.random() < 0.5:
            return random.choice(known)
        if hostile:
            return str(self.attacker.hostile(name))[:3000]
        if own := self.own.get(name):
            return random.choice(own)
        return str(self.attacker.ordinary(name, {"type": "string"}, {}) or "1")

    def _headers(self, operation: Operation) -> dict[str, str]:
        random = self.attacker.random
        given = {}
        for name in operation.parameters("header")["properties"]:
            if name.lower() == "idempotency-key":
                given[name] = random.choice(("shared", "shared-2", f"own-{random.random()}"))
            elif name.lower() == "last-event-id":
                given[name] = random.choice(["1", "0", *self.stolen.get("turn_id", [])])
            elif name.lower() != "authorization" and random.random() < 0.7:
                given[name] = random.choice(['"1"', "*", '"v1"', '"2"'])
        return given


def meaning(path: str, name: str) -> str:
    """What an id in a path is of: `/plans/{id}` has a plan's."""
    before = path.split("{" + name + "}")[0].rstrip("/").rpartition("/")[2]
    if name in ("id", "name"):
        return _SINGULAR.get(before, before.removesuffix("s") + "_id")
    return name


def encoded(kind: str, given: Mapping[str, Any]) -> tuple[bytes, dict[str, str]]:
    """A body and the headers that go with it."""
    if "multipart" in kind:
        files = {
            name: ("note.md", value if isinstance(value, str) else json.dumps(value))
            for name, value in given.items()
        }
        request = httpx.Request("POST", "http://x", files=files)
        return request.read(), {"Content-Type": request.headers["content-type"]}
    return json.dumps(given, default=str).encode("utf-8"), {"Content-Type": "application/json"}


def _pairs(query: Mapping[str, Any]) -> Iterator[str]:
    for name, value in query.items():
        for one in value if isinstance(value, list) else [value]:
            shown = "true" if one is True else "false" if one is False else str(one)
            yield f"{quote(name)}={quote(shown[:3000].encode('utf-8', 'replace'), safe='')}"
