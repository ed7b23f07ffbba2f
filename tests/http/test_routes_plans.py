"""All of a plan's life over HTTP: nobody overwrites what they have not read, nothing is lost."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.keys import Keys
from assistant.bootstrap import Workspace
from crm.warehouse import Warehouse
from plans.model import Plan
from tests.companies import SAMPLE_DAY
from tests.fakes import copy_of
from tests.http.conftest import SAEKI, client_of, roomy, with_data

DAY = {"account_id": "A001", "as_of": "2026-09-30"}


@pytest.fixture(scope="module")
def workspace(
    sample_workspace: Path,
    sample_warehouse: Warehouse,
    tmp_path_factory: pytest.TempPathFactory,
) -> Workspace:
    """One for all of these: what a plan is drawn up from is calculated once."""
    made = copy_of(sample_workspace, tmp_path_factory.mktemp("plans"))
    return roomy(with_data(made, sample_warehouse))


@pytest.fixture
async def boss(app: FastAPI, workspace: Workspace) -> AsyncIterator[httpx.AsyncClient]:
    """The manager of the rep whose plans these are."""
    directory = workspace.desk.directory()
    rep = next(p for p in directory.people if p.email == SAEKI)
    manager = next(p for p in directory.people if p.person_id == rep.manager_id)
    assert manager.email
    async with client_of(app, Keys(workspace.database).issue(manager.email)) as client:
        yield client


@pytest.fixture
async def stranger(app: FastAPI, workspace: Workspace) -> AsyncIterator[httpx.AsyncClient]:
    """Another rep, who cannot see account A001."""
    directory = workspace.desk.directory()
    for person in directory.people:
        if person.role == "rep" and person.email and person.email != SAEKI:
            tables = workspace.desk.tables(directory.by_email(person.email))
            if "A001" not in tables["accounts"].to_pyarrow()["account_id"].to_pylist():
                break
    async with client_of(app, Keys(workspace.database).issue(str(person.email))) as client:
        yield client


Made = tuple[str, dict[str, Any], str]
Drafted = Callable[[httpx.AsyncClient], Awaitable[Made]]
"""Gives a new plan: its place, it, and its tag."""


@pytest.fixture(scope="module")
def content(workspace: Workspace) -> Plan:
    """What a plan of A001 says when it is drawn up."""
    who = workspace.desk.directory().by_email(SAEKI)
    return workspace.planner.draft(who, "A001", as_of=SAMPLE_DAY).plan


@pytest.fixture
def drafted(workspace: Workspace, content: Plan) -> Drafted:
    """Plans like the first one, kept without calculating everything anew."""

    async def made(client: httpx.AsyncClient) -> Made:
        who = workspace.desk.directory().by_email(SAEKI)
        place = f"/v1/plans/{workspace.planner.keep(who, content, 'draft').plan_id}"
        said = await client.get(place)
        return place, said.json(), said.headers["etag"]

    return made


def titled(plan: dict[str, Any], title: str) -> dict[str, Any]:
    content = json.loads(json.dumps(plan["plan"]))
    content["head"]["title"] = title
    return {"plan": content, "reason": "title"}


async def test_a_plan_is_drawn_up_where_its_location_says(client: httpx.AsyncClient) -> None:
    said = await client.post("/v1/plans", json=DAY)
    assert said.status_code == 201
    read = await client.get(said.headers["location"])
    assert (read.json(), read.headers["etag"]) == (said.json(), said.headers["etag"])
    hidden = await client.post("/v1/plans", json={**DAY, "account_id": "A012"})
    absent = await client.post("/v1/plans", json={**DAY, "account_id": "Z012"})
    assert hidden.status_code == absent.status_code == 404
    assert hidden.text.replace("A012", "Z012") == absent.text


async def test_a_plan_is_read_again_only_when_it_has_changed(
    drafted: Drafted, client: httpx.AsyncClient
) -> None:
    place, plan, tag = await drafted(client)
    again = await client.get(place)
    assert (again.json(), again.headers["etag"]) == (plan, tag)
    same = await client.get(place, headers={"If-None-Match": f'"x", {tag}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    await client.put(place, json=titled(plan, "次"), headers={"If-Match": tag})
    changed = await client.get(place, headers={"If-None-Match": tag})
    assert changed.status_code == 200


async def test_a_plan_is_saved_on_the_version_that_was_read(
    drafted: Drafted, client: httpx.AsyncClient
) -> None:
    place, plan, tag = await drafted(client)
    assert (await client.put(place, json=titled(plan, "次"))).status_code == 428
    saved = await client.put(place, json=titled(plan, "次"), headers={"If-Match": tag})
    assert saved.status_code == 200
    assert (saved.json()["version"], saved.json()["title"]) == (2, "次")
    assert saved.headers["etag"] != tag


async def test_who_comes_late_is_told_what_the_others_changed(
    drafted: Drafted, client: httpx.AsyncClient
) -> None:
    place, plan, tag = await drafted(client)
    await client.put(place, json=titled(plan, "先の人"), headers={"If-Match": tag})
    late = await client.put(place, json=titled(plan, "後の人"), headers={"If-Match": tag})
    assert late.status_code == 412
    assert late.headers["content-type"] == "application/problem+json"
    told = late.json()
    assert told["version"] == 2
    [change] = told["changes"]
    assert (change["field"], change["after"]) == ("title", "先の人")
    [conflict] = told["conflicts"]
    assert conflict["after"] == "後の人"
    assert (await client.get(place)).json()["title"] == "先の人"
    moved = await client.put(place, json=titled(plan, "後"), headers={"If-Match": '"9-1f"'})
    assert moved.status_code == 412


async def test_a_place_of_a_plan_is_changed_where_it_stands_as_read(
    drafted: Drafted,
    client: httpx.AsyncClient,
) -> None:
    place, plan, tag = await drafted(client)
    change = {
        "collection": "head", "id": "head", "field": "title", "before": plan["title"],
        "after": "重点プラン",
    }  # fmt: skip
    done = await client.patch(place, json={"changes": [change]}, headers={"If-Match": tag})
    assert done.json()["title"] == "重点プラン"
    again = {"If-Match": done.headers["etag"]}
    clash = await client.patch(place, json={"changes": [change]}, headers=again)
    assert clash.status_code == 409
    unknown = {"changes": [{**change, "collection": "nowhere"}]}
    assert (await client.patch(place, json=unknown, headers=again)).status_code == 422


async def test_history_versions_diff_and_undo(drafted: Drafted, client: httpx.AsyncClient) -> None:
    place, plan, tag = await drafted(client)
    saved = await client.put(place, json=titled(plan, "次"), headers={"If-Match": tag})
    diff = (await client.get(f"{place}/diff")).json()
    assert (diff["before"], diff["after"]) == (1, 2)
    assert [c["after"] for c in diff["changes"]] == ["次"]
    assert "次" in diff["changes"][0]["text"]
    tag = saved.headers["etag"]
    undone = await client.post(f"{place}/undo", headers={"If-Match": tag})
    assert (undone.json()["version"], undone.json()["title"]) == (3, plan["title"])
    assert (await client.post(f"{place}/undo", headers={"If-Match": tag})).status_code == 412
    history = (await client.get(f"{place}/history")).json()
    assert [v["version"] for v in history["versions"]] == [1, 2, 3]
    assert history["versions"][1]["reason"] == "title"
    second = (await client.get(f"{place}/versions/2")).json()
    assert second["plan"]["head"]["title"] == "次"
    assert (await client.get(f"{place}/versions/9")).status_code == 404


async def test_a_decision_is_bound_to_the_version_that_was_read(
    drafted: Drafted, client: httpx.AsyncClient, boss: httpx.AsyncClient
) -> None:
    place, plan, tag = await drafted(client)
    assert (await client.get(f"{place}/moves")).json()["to"] == ["in_review"]
    submitted = await client.post(f"{place}/moves", json={"to": "in_review", "version": 1})
    assert submitted.json()["state"] == "in_review"
    own = await client.post(f"{place}/moves", json={"to": "approved", "version": 1})
    assert own.status_code == 403
    tag = submitted.headers["etag"]
    await client.put(place, json=titled(plan, "こっそり"), headers={"If-Match": tag})
    outdated = await boss.post(f"{place}/moves", json={"to": "approved", "version": 1})
    assert outdated.status_code == 409
    assert (await boss.get(f"{place}/moves")).json()["to"] == ["approved", "draft"]
    approved = await boss.post(f"{place}/moves", json={"to": "approved", "version": 2})
    assert (approved.json()["state"], approved.json()["approved_version"]) == ("approved", 2)
    await client.post(f"{place}/moves", json={"to": "in_execution", "version": 2})
    lacking = await client.post(f"{place}/moves", json={"to": "closed", "version": 2})
    assert lacking.status_code == 422
    closing = {"to": "closed", "version": 1, "outcome": "partly", "lessons": "早めに訪問する"}
    assert (await client.post(f"{place}/moves", json=closing)).status_code == 412
    closed = await client.post(f"{place}/moves", json={**closing, "version": 2})
    assert (closed.status_code, closed.json()["state"]) == (200, "closed")
    events = (await client.get(f"{place}/history")).json()["events"]
    assert [e["to_state"] for e in events] == ["in_review", "approved", "in_execution", "closed"]


async def test_a_review_is_recorded_with_the_figures_of_its_day(
    drafted: Drafted, client: httpx.AsyncClient
) -> None:
    place, _plan, _tag = await drafted(client)
    said = {"summary": "順調", "decisions": "役員訪問", "held_on": "2026-09-29"}
    reviewed = await client.post(f"{place}/reviews", json=said)
    assert reviewed.status_code == 201
    [record] = reviewed.json()["plan"]["records"]
    assert (record["summary"], record["held_on"]) == ("順調", "2026-09-29")
    ahead = await client.post(f"{place}/reviews", json={**said, "held_on": "2026-12-01"})
    assert ahead.status_code == 422


async def test_a_plan_is_checked_asked_about_and_followed_up(
    drafted: Drafted, client: httpx.AsyncClient
) -> None:
    place, _plan, _tag = await drafted(client)
    checked = (await client.get(f"{place}/check", params={"as_of": "2026-09-30"})).json()
    assert 0 < checked["score"] < 100
    asked = (await client.get(f"{place}/questions")).json()
    assert len(asked["questions"]) == 3
    assert asked["open"] == len(checked["gaps"])
    assert asked["questions"] == checked["gaps"][:3]
    status = (await client.get(f"{place}/status")).json()
    assert status["tool"] == "plan_status"
    listed = (await client.get("/v1/portfolio")).json()
    assert "account:A001" in listed["table"]["subjects"]
    assert (await client.get("/v1/reminders")).json() == []


async def test_a_plan_goes_out_as_a_document_and_comes_back_as_a_draft(
    drafted: Drafted,
    client: httpx.AsyncClient,
) -> None:
    place, plan, _tag = await drafted(client)
    word = await client.get(f"{place}/export", params={"format": "docx"})
    assert word.headers["content-disposition"].startswith("attachment;")
    assert "word/document.xml" in zipfile.ZipFile(io.BytesIO(word.content)).namelist()
    text = await client.get(f"{place}/export")
    assert text.headers["content-type"].startswith("text/markdown")
    whole = await client.get(f"{place}/export", headers={"Accept": "application/json"})
    assert whole.json() == plan["plan"]
    sent = {"document": ("計画.docx", word.content)}
    dry = await client.post("/v1/plan-imports", data={"account_id": "A001"}, files=sent)
    assert (dry.status_code, dry.json()["saved"]) == (200, None)
    assert dry.json()["placed"]["head"] > 0
    data = {"account_id": "A001", "dry_run": "false"}
    real = await client.post("/v1/plan-imports", data=data, files=sent)
    assert real.status_code == 201
    made = await client.get(real.headers["location"])
    assert made.json()["plan"]["head"]["title"] == plan["title"]
    assert made.json()["plan_id"] != plan["plan_id"]


async def test_a_list_of_plans_is_filtered_and_goes_on_where_it_stopped(
    drafted: Drafted,
    client: httpx.AsyncClient,
) -> None:
    ids = [(await drafted(client))[1]["plan_id"] for _ in range(3)]
    first = (await client.get("/v1/plans", params={"limit": 2})).json()
    newest = (await drafted(client))[1]["plan_id"]
    rest = (await client.get("/v1/plans", params={"cursor": first["next"]})).json()
    found = [p["plan_id"] for p in first["items"] + rest["items"]]
    assert found[:3] == list(reversed(ids))
    assert newest not in found
    assert rest["next"] is None
    everything = (await client.get("/v1/plans", params={"account_id": "A001"})).json()["items"]
    assert everything[0]["plan_id"] == newest
    waiting = await client.get("/v1/plans", params={"state": "in_review"})
    assert waiting.json() == {"items": [], "next": None}
    for wrong in ("x", "W10", first["next"][:-4], "é"):
        assert (await client.get("/v1/plans", params={"cursor": wrong})).status_code == 422


async def test_a_plan_of_somebody_else_answers_like_none(
    drafted: Drafted, client: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    place, plan, tag = await drafted(client)
    nowhere = "/v1/plans/000000000000"
    asked: list[tuple[str, str, Any]] = [
        ("GET", "", None), ("GET", "/check", None), ("GET", "/history", None),
        ("GET", "/versions/1", None), ("GET", "/moves", None), ("GET", "/status", None),
        ("GET", "/export", None), ("PUT", "", titled(plan, "x")), ("POST", "/undo", None),
        ("POST", "/moves", {"to": "in_review", "version": 1}),
        ("POST", "/reviews", {"summary": "x"}), ("PATCH", "", {"changes": [
            {"collection": "head", "id": "head", "field": "title", "before": "a", "after": "b"}]}),
    ]  # fmt: skip
    for method, under, body in asked:
        given: dict[str, Any] = {"json": body} if body else {}
        headers = {"If-Match": tag}
        one = await stranger.request(method, place + under, headers=headers, **given)
        other = await stranger.request(method, nowhere + under, headers=headers, **given)
        assert (one.status_code, one.json()) == (404, other.json()), (method, under)
    assert (await stranger.get("/v1/plans")).json()["items"] == []
    hidden = await stranger.get("/v1/plans", params={"account_id": "A001"})
    absent = await stranger.get("/v1/plans", params={"account_id": "A999"})
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json()["detail"].replace("A001", "A999") == absent.json()["detail"]


async def test_a_beginning_of_an_id_is_no_id(drafted: Drafted, client: httpx.AsyncClient) -> None:
    place, _plan, _tag = await drafted(client)
    assert (await client.get(place[:-1])).status_code == 404
