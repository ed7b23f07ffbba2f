"""Accounts, conversations, tools, documents, imports, people and keys: each for who may."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.keys import Keys
from assistant.bootstrap import Workspace
from crm.warehouse import Warehouse
from tests.fakes import copy_of
from tests.http.conftest import client_of, roomy, with_data

MAPPING = b"""version: 1
tables:
  accounts: {source: accounts.csv, columns: {account_id: id, name: name}}
"""


@pytest.fixture(scope="module")
def workspace(
    sample_workspace: Path,
    sample_warehouse: Warehouse,
    tmp_path_factory: pytest.TempPathFactory,
) -> Workspace:
    """One for all of these."""
    made = copy_of(sample_workspace, tmp_path_factory.mktemp("house"))
    return roomy(with_data(made, sample_warehouse))


@pytest.fixture
async def admin(app: FastAPI, workspace: Workspace) -> AsyncIterator[httpx.AsyncClient]:
    key = Keys(workspace.database).issue("kanri@inaho.example", scopes=["admin"])
    async with client_of(app, key) as client:
        yield client


@pytest.fixture
async def reader(app: FastAPI, workspace: Workspace) -> AsyncIterator[httpx.AsyncClient]:
    """The rep, with a key that may only read."""
    key = Keys(workspace.database).issue("saeki@inaho.example", scopes=["read"])
    async with client_of(app, key) as client:
        yield client


async def everything(client: httpx.AsyncClient, path: str, **asked: Any) -> list[Any]:
    """All items of a list, page by page."""
    found: list[Any] = []
    while True:
        page = (await client.get(path, params=asked)).json()
        found += page["items"]
        if page["next"] is None:
            return found
        asked["cursor"] = page["next"]


async def test_accounts_are_those_one_may_see_page_by_page(
    client: httpx.AsyncClient, workspace: Workspace
) -> None:
    whole = await everything(client, "/v1/accounts", limit=100)
    parts = await everything(client, "/v1/accounts", limit=2)
    assert parts == whole
    who = workspace.desk.directory().by_email("saeki@inaho.example")
    rows = workspace.desk.tables(who)["accounts"].to_pyarrow()["account_id"].to_pylist()
    assert [one["account_id"] for one in whole] == sorted(rows)
    found = await everything(client, "/v1/accounts", name="東都", limit=1)
    assert found[0]["name"] == "東都電機株式会社"
    assert (await client.get("/v1/accounts/A001")).json() == whole[0]
    assert (await client.get("/v1/accounts", params={"name": " "})).status_code == 422


async def test_a_hidden_account_answers_like_none(client: httpx.AsyncClient) -> None:
    hidden = await client.get("/v1/accounts/A012")
    absent = await client.get("/v1/accounts/Z012")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.text.replace("A012", "Z012") == absent.text


async def test_tools_are_described_and_run(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/v1/tools")).json()["tools"]
    one = next(tool for tool in listed if tool["name"] == "account_overview")
    assert "as_of" not in one["arguments"]["properties"]
    asked = {"arguments": {"account_id": "A001"}, "as_of": "2026-09-30"}
    result = await client.post("/v1/tools/account_overview", json=asked)
    assert result.json()["tool"] == "account_overview"
    assert (await client.post("/v1/tools/nothing", json={})).status_code == 404
    wrong = await client.post("/v1/tools/account_overview", json={"arguments": {"user": "U01"}})
    assert wrong.status_code == 422
    other = await client.post(
        "/v1/tools/account_overview", content=json.dumps(asked), headers={"Content-Type": "a/b"}
    )
    assert (other.status_code, other.json()["detail"]) == (
        415,
        "The body must be application/json.",
    )


async def test_charts_come_as_png_svg_and_vega_lite(client: httpx.AsyncClient) -> None:
    asked = {"arguments": {"by": "stage"}, "as_of": "2026-09-30"}
    place = "/v1/tools/pipeline_metrics/chart"
    png = await client.post(place, json=asked)
    assert png.content.startswith(b"\x89PNG")
    svg = await client.post(place, json=asked, headers={"Accept": "image/svg+xml"})
    assert (svg.headers["content-type"], b"<svg" in svg.content) == ("image/svg+xml", True)
    spec = await client.post(place, json=asked, params={"format": "vega-lite"})
    assert "vega-lite" in spec.json()["$schema"]
    nothing = await client.post("/v1/tools/find_account/chart", json={"arguments": {"text": "東"}})
    assert nothing.status_code == 422


async def test_conversations_are_listed_read_and_deleted(
    client: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    asked = {"text": "停滞している商談は？", "thread": "a/b"}
    answer = (await client.post("/v1/ask", json=asked)).json()
    assert [t["thread"] for t in await everything(client, "/v1/threads", limit=1)] == ["a/b"]
    read = (await client.get("/v1/threads/a/b")).json()
    assert [m["by"] for m in read["messages"]] == ["person", "assistant"]
    assert read["messages"][1]["text"] in answer["text"]
    assert (await admin.get("/v1/threads/a/b")).status_code == 404
    assert (await admin.delete("/v1/threads/a/b")).status_code == 404
    said = {"answer": answer["id"], "useful": False, "reason": "古い"}
    assert (await client.post("/v1/feedback", json=said)).status_code == 204
    [opinion] = await everything(admin, "/v1/feedback", limit=1)
    assert (opinion["answer"], opinion["reason"]) == (answer["id"], "古い")
    assert (await client.get("/v1/feedback")).status_code == 403
    assert (await client.delete("/v1/threads/a/b")).status_code == 204
    assert (await client.get("/v1/threads/a/b")).status_code == 404


async def test_a_document_is_for_its_readers_and_from_who_may_write_for_them(
    client: httpx.AsyncClient, admin: httpx.AsyncClient, reader: httpx.AsyncClient
) -> None:
    text = "# 価格交渉の型\n\n価格交渉では更新時期を先に決める。".encode()
    sent = {"document": ("型.md", text)}
    add = "/v1/documents"
    assert (await reader.post(add, files=sent, data={"account_id": "A001"})).status_code == 403
    assert (await client.post(add, files=sent)).status_code == 403
    assert (await client.post(add, files=sent, data={"account_id": "A012"})).status_code == 404
    assert (await client.post(add, files=sent, data={"audience": "rep"})).status_code == 403
    hidden = {"document": ("秘.md", b"---\naccount: A012\n---\nx")}
    assert (await client.post(add, files=hidden)).status_code == 404
    made = await client.post(add, files=sent, data={"account_id": "A001"})
    assert made.status_code == 201, made.text
    place = made.headers["location"]
    assert made.json()["account_id"] == "A001"
    again = await client.post(add, files=sent, data={"account_id": "A001"})
    assert (again.status_code, again.json()["id"]) == (200, made.json()["id"])
    found = await client.post("/v1/knowledge/search", json={"question": "価格交渉の型"})
    assert found.status_code == 200
    theirs = await admin.post(add, files={"document": ("社外秘.md", text)})
    assert theirs.status_code == 201
    assert (await client.delete(theirs.headers["location"])).status_code == 403
    assert len(await everything(client, "/v1/documents", limit=1)) == 2
    assert (await client.delete(place)).status_code == 204
    assert (await client.get(place)).status_code == 404


async def test_an_import_is_tried_and_told_to_an_admin_alone(
    client: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    files = [
        ("files", ("accounts.csv", "id,name\nA1,東都電機\n,北斗\n".encode())),
        ("mapping", ("m.yaml", MAPPING)),
    ]
    assert (await client.post("/v1/imports", files=files)).status_code == 403
    begun = await admin.post("/v1/imports", files=files)
    assert begun.status_code == 202
    place = begun.headers["location"]
    for _ in range(600):
        told = (await admin.get(place)).json()
        if told["status"] != "running":
            break
        await asyncio.sleep(0.1)
    assert (told["status"], told["dry_run"]) == ("done", True)
    assert told["report"]["tables"][0]["rejected"] == 1
    assert [i["id"] for i in await everything(admin, "/v1/imports")] == [told["id"]]
    assert (await admin.get("/v1/imports/none")).status_code == 404
    bad = [files[0], ("mapping", ("m.yaml", b"tables: ["))]
    assert (await admin.post("/v1/imports", files=bad)).status_code == 422


async def test_who_one_is_and_when_one_is_written_to(
    client: httpx.AsyncClient, reader: httpx.AsyncClient
) -> None:
    me = (await client.get("/v1/me")).json()
    assert (me["email"], me["scopes"]) == ("saeki@inaho.example", ["read", "write"])
    assert (await reader.get("/v1/me")).json()["scopes"] == ["read"]
    assert "accounts" in me["workspace"]["tables"]
    place = "/v1/me/preferences"
    chosen = await client.patch(place, json={"digest": "friday 16:00"})
    assert chosen.json() == (await client.get(place)).json()
    assert chosen.json()["digest"] == "friday 16:00"
    assert (await client.patch(place, json={"digest": "never"})).status_code == 422
    assert (await reader.patch(place, json={"digest": "off"})).status_code == 403


async def test_an_admin_sees_to_people_keys_and_the_audit_log(
    client: httpx.AsyncClient, admin: httpx.AsyncClient, app: FastAPI
) -> None:
    people = await everything(admin, "/v1/admin/people", limit=7)
    assert [p["person_id"] for p in people] == sorted(p["person_id"] for p in people)
    asked = {"email": "saeki@inaho.example", "name": "BI", "scopes": ["read"], "days": 1}
    made = await admin.post("/v1/admin/keys", json=asked)
    assert made.status_code == 201
    async with client_of(app, made.json()["key"]) as theirs:
        assert (await theirs.get("/v1/me")).json()["access"] == f"key:{made.json()['id']}"
    listed = await everything(admin, "/v1/admin/keys", limit=1)
    assert [key["id"] for key in listed].count(made.json()["id"]) == 1
    assert "key" not in listed[0]
    place = f"/v1/admin/keys/{made.json()['id']}"
    assert (await admin.delete(place)).status_code == 204
    assert (await admin.delete(place)).status_code == 404
    nobody = await admin.post("/v1/admin/keys", json={"email": "nobody@inaho.example"})
    assert nobody.status_code == 404
    entries = await everything(admin, "/v1/admin/audit", limit=3, action="key.added")
    assert entries[-1]["subject"] == f"key:{made.json()['id']}"
    assert entries[-1]["door"] == "http"
    verified = (await admin.get("/v1/admin/audit/verification")).json()
    assert verified["holds"]
    for path in ("people", "keys", "audit", "audit/verification"):
        assert (await client.get(f"/v1/admin/{path}")).status_code == 403


async def test_where_a_person_is_written_is_looked_up_before_they_are_forgotten(
    client: httpx.AsyncClient, admin: httpx.AsyncClient, workspace: Workspace
) -> None:
    contacts = workspace.warehouse.open().table("contacts").select("contact_id").limit(1)
    contact = contacts.to_pyarrow()["contact_id"][0].as_py()
    looked = await admin.post("/v1/admin/erasures", json={"contact_id": contact})
    assert looked.status_code == 200, looked.text
    assert looked.json()["places"]
    assert looked.json()["pseudonym"] is None
    absent = await admin.post("/v1/admin/erasures", json={"contact_id": "nobody"})
    assert absent.status_code == 404
    refused = await client.post("/v1/admin/erasures", json={"contact_id": contact})
    assert refused.status_code == 403
