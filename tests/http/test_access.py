"""Nobody gets in without a key, and a key shows no more than its person may see."""

from __future__ import annotations

import httpx
import pytest

from api.keys import Keys
from assistant.bootstrap import Workspace

ROUTES = [
    ("POST", "/v1/ask"),
    ("GET", "/v1/accounts/A001/briefing"),
    ("GET", "/v1/attention"),
    ("GET", "/v1/nothing"),
    ("DELETE", "/v1"),
]


HEADERS = [None, "", "Bearer", "Bearer ", "Bearer tgy_no", "Basic dGd5Og==", "tgy_x", "Bearer \xff"]


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
