"""Nobody gets in without a key, and a key shows no more than its person may see."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api.keys import Keys, key_id
from assistant.bootstrap import Workspace
from crm.scope import OPERATOR, Principal
from crm.warehouse import Warehouse
from tests.fakes import copy_of
from tests.http.conftest import SAEKI, client_of, roomy, with_data

TAKASE = "takase@inaho.example"

ROUTES = [
    ("POST", "/v1/ask"),
    ("GET", "/v1/accounts/A001/briefing"),
    ("GET", "/v1/attention"),
    ("GET", "/v1/nothing"),
    ("DELETE", "/v1"),
]


HEADERS = [None, "", "Bearer", "Bearer ", "Bearer tgy_no", "Basic dGd5Og==", "tgy_x", "Bearer \xff"]


@pytest.fixture(scope="module")
def workspace(
    sample_workspace: Path,
    sample_warehouse: Warehouse,
    tmp_path_factory: pytest.TempPathFactory,
) -> Workspace:
    """One for all of these, whose figures are calculated once."""
    made = copy_of(sample_workspace, tmp_path_factory.mktemp("access"))
    return roomy(with_data(made, sample_warehouse))


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_without_a_key_there_is_only_401(
    anonymous: httpx.AsyncClient, method: str, path: str
) -> None:
    for header in HEADERS:
        headers = {} if header is None else {b"Authorization": header.encode("latin-1")}
        said = await anonymous.request(method, path, headers=headers, content=b"{not json")
        assert said.status_code == 401
        assert said.headers["content-type"] == "application/problem+json"
        assert said.headers["www-authenticate"].startswith("Bearer")
        assert said.json()["detail"] == "The key or token is missing, wrong or no longer in use."


async def test_a_revoked_key_is_refused_at_once(
    workspace: Workspace, client: httpx.AsyncClient, key: str
) -> None:
    assert (await client.get("/v1/attention?limit=1")).status_code == 200
    Keys(workspace.database).revoke(key)
    assert (await client.get("/v1/attention?limit=1")).status_code == 401


async def test_a_key_of_nobody_is_refused(
    workspace: Workspace, anonymous: httpx.AsyncClient
) -> None:
    key = Keys(workspace.database).issue("nobody@x.example")
    headers = {"Authorization": f"Bearer {key}"}
    assert (await anonymous.get("/v1/attention", headers=headers)).status_code == 401


async def test_a_rep_gets_the_briefing_on_an_own_account(client: httpx.AsyncClient) -> None:
    said = await client.get("/v1/accounts/A001/briefing?language=en")
    assert said.status_code == 200
    assert "Toto Denki" in said.text or "東都電機" in said.text


async def test_hidden_and_nonexistent_accounts_answer_alike(client: httpx.AsyncClient) -> None:
    hidden = await client.get("/v1/accounts/A012/briefing")
    nothing = await client.get("/v1/accounts/A999/briefing")
    assert hidden.status_code == nothing.status_code == 404
    assert hidden.text.replace("A012", "?") == nothing.text.replace("A999", "?")
    assert hidden.headers["content-type"] == nothing.headers["content-type"]


async def test_attention_lists_only_what_the_asker_may_see(
    workspace: Workspace, client: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    rep = (await client.get("/v1/attention?limit=500")).json()
    boss = Keys(workspace.database).issue("inagaki@inaho.example")
    everything = await anonymous.get(
        "/v1/attention?limit=500", headers={"Authorization": f"Bearer {boss}"}
    )
    own = set(rep["table"]["subjects"])
    assert own
    assert own < set(everything.json()["table"]["subjects"])
    assert "account:A012" not in own


class TestScopesOfKeys:
    """A key may do what its scopes say: what writes refuses the others however it is reached."""

    WRITES = (
        ("POST", "/v1/plans", {"account_id": "A001"}),
        ("POST", "/v1/feedback", {"answer": "0" * 16, "useful": True}),
        ("DELETE", "/v1/threads/mine", None),
    )

    @pytest.fixture
    def workspace(
        self, sample_workspace: Path, sample_warehouse: Warehouse, tmp_path: Path
    ) -> Workspace:
        """One of its own: what was kept and noted in it is looked at."""
        return roomy(with_data(copy_of(sample_workspace, tmp_path), sample_warehouse))

    @pytest.mark.parametrize(("method", "path", "body"), WRITES, ids=lambda v: str(v)[:20])
    async def test_a_key_that_may_read_changes_nothing(
        self, workspace: Workspace, app: FastAPI, method: str, path: str, body: object
    ) -> None:
        key = Keys(workspace.database).issue(SAEKI, scopes=["read"])
        async with client_of(app, key) as client:
            said = await client.request(method, path, json=body)
            assert said.status_code == 403
            assert said.json()["detail"] == "This access lacks the scope `write`."
            assert (await client.get("/v1/attention?limit=1")).status_code == 200
        assert workspace.planner.all(OPERATOR) == []

    async def test_a_yes_with_such_a_key_saves_nothing(
        self, workspace: Workspace, app: FastAPI
    ) -> None:
        keys = Keys(workspace.database)
        read, write = keys.issue(TAKASE, scopes=["read"]), keys.issue(TAKASE)
        stored = workspace.planner.draft(Principal("U07", "高瀬 美咲"), "A010")
        async with client_of(app, write) as writer, client_of(app, read) as reader:
            await _say(writer, "北斗精密のプランの目標を1.2億円に")
            refused = await _say(reader, "はい")
            assert workspace.planner.get(OPERATOR, stored.plan_id) == stored
            assert "第2版" not in refused
            drawn = await _say(reader, "北斗精密の新しいプランを作って")
            assert "write" in drawn
            assert len(workspace.planner.all(OPERATOR)) == 1
            await _say(writer, "北斗精密のプランの目標を1.2億円に")
            await _say(writer, "はい")
        assert workspace.planner.get(OPERATOR, stored.plan_id).version == 2

    async def test_an_admin_needs_the_role_and_the_scope(
        self, workspace: Workspace, app: FastAPI
    ) -> None:
        keys = Keys(workspace.database)
        admin = next(p for p in workspace.desk.directory().people if p.role == "admin")
        assert admin.email
        for email, scopes, status in (
            (SAEKI, ["admin"], 403),
            (admin.email, ["write"], 403),
            (admin.email, ["admin"], 200),
        ):
            async with client_of(app, keys.issue(email, scopes=scopes)) as client:
                assert (await client.get("/v1/admin/people")).status_code == status, email

    async def test_whoever_ended_is_noted_without_their_key(
        self, workspace: Workspace, app: FastAPI
    ) -> None:
        keys = Keys(workspace.database)
        ended, nobodys = keys.issue(SAEKI), keys.issue("nobody@x.example")
        keys.revoke(ended)
        for given in (ended, nobodys, "tgy_" + "x" * 43, "eyJ.e30.x"):
            async with client_of(app, given) as client:
                assert (await client.get("/v1/attention")).status_code == 401
        noted = workspace.audit.read(action="login.refused")
        assert [entry.subject for entry in noted] == [
            f"key:{key_id(ended)}", f"key:{key_id(nobodys)}",
        ]  # fmt: skip
        assert [entry.details for entry in noted] == [
            {"reason": "revoked"}, {"reason": "no person"},
        ]  # fmt: skip
        assert {entry.door for entry in noted} == {"http"}


async def _say(client: httpx.AsyncClient, text: str) -> str:
    said = await client.post("/v1/ask", json={"text": text, "thread": "t"})
    assert said.status_code == 200
    return str(said.json()["text"])
