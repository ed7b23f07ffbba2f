"""The app is added by link: only a browser that began here, once, and only for a team that may."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from api.render.slack import sentence
from api.slack.config import SlackConfig
from api.slack.install import bot_scopes
from api.slack.installations import Installation, Installations, slack_states
from api.slack.item import Item
from api.slack.outbox import Post
from api.slack.registry import Surfaces, Workplace
from api.slack.reply import Reply
from assistant.bootstrap import Workspace
from crm.errors import InputError
from tests.slack.conftest import handled, until
from tests.slack.fake_slack import BOT_USER, CLIENT_ID, CLIENT_SECRET, FakeSlack
from tests.slack.payloads import body, deliver, direct
from tests.slack.server import transport

KEY = Fernet.generate_key().decode()
OURS, ORGANISATION, STRANGERS = "T0SECOND", "E0INAHO", "T0STRANGER"


@pytest.fixture
def workspace(workspace: Workspace) -> Workspace:
    settings = workspace.folder / "settings.toml"
    named = f'\n[slack]\nteams = ["{OURS}", "{ORGANISATION}"]\n'
    settings.write_text(settings.read_text(encoding="utf-8") + named, encoding="utf-8")
    return Workspace(workspace.folder, embeddings=workspace.embeddings)


@pytest.fixture
def config(config: SlackConfig) -> SlackConfig:
    return replace(
        config,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        token_key=KEY,
        address="https://tagayasu.example",
    ).checked()


async def answer(item: Item, workplace: Workplace, reply: Reply) -> None:
    ours = await workplace.people.ourselves()
    await reply.answer([Post(sentence(f"{item.text} {ours.team}"))])


@asynccontextmanager
async def serving(workspace: Workspace, config: SlackConfig) -> AsyncIterator[httpx.AsyncClient]:
    app = transport(workspace, config, Surfaces({("message", ""): answer}))
    async with app.router.lifespan_context(app):
        asgi = httpx.ASGITransport(app)
        address = config.address or "https://tagayasu.example"
        async with httpx.AsyncClient(transport=asgi, base_url=address) as client:
            client.headers["x-test"] = "1"
            yield client


@pytest.fixture
async def client(workspace: Workspace, config: SlackConfig) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(workspace, config) as client:
        yield client


@pytest.fixture
def kept(workspace: Workspace) -> Installations:
    return Installations(workspace.database, KEY)


def consent(team: str = OURS, enterprise: str = "", **more: Any) -> dict[str, Any]:
    """What Slack answers to a code."""
    return {
        "access_token": f"xoxb-{team or enterprise}",
        "token_type": "bot",
        "scope": ",".join(bot_scopes()),
        "bot_user_id": BOT_USER,
        "app_id": "A0TAGAYASU",
        "team": {"id": team, "name": "x"} if team else None,
        "enterprise": {"id": enterprise, "name": "x"} if enterprise else None,
        "is_enterprise_install": bool(enterprise and not team),
        "authed_user": {"id": "U0SAMPLE01"},
        **more,
    }


async def begun(client: httpx.AsyncClient) -> str:
    """The state of an installation that this browser has begun."""
    said = await client.get("/slack/install")
    assert said.status_code == 302
    return parse_qs(urlsplit(said.headers["location"]).query)["state"][0]


async def back(client: httpx.AsyncClient, **query: str) -> httpx.Response:
    return await client.get("/slack/oauth_redirect", params=query)


def message(team: str, enterprise: str = "", text: str = "x") -> dict[str, Any]:
    """A direct message in a team."""
    made = direct(text)
    made |= {"team_id": team, "enterprise_id": enterprise or None}
    whole = not team
    made["authorizations"] = [
        {"team_id": team, "enterprise_id": enterprise or None, "is_enterprise_install": whole}
    ]
    return made


async def test_slack_is_asked_for_the_scopes_of_the_manifest(client: httpx.AsyncClient) -> None:
    said = await client.get("/slack/install")
    at = urlsplit(said.headers["location"])
    assert (at.scheme, at.netloc, at.path) == ("https", "slack.com", "/oauth/v2/authorize")
    asked = parse_qs(at.query)
    assert asked["scope"] == [",".join(bot_scopes())]
    assert asked["redirect_uri"] == ["https://tagayasu.example/slack/oauth_redirect"]
    cookie = said.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("httponly", "secure", "samesite=lax"))


async def test_a_team_that_may_is_served_with_its_own_token(
    client: httpx.AsyncClient, slack: FakeSlack, kept: Installations
) -> None:
    slack.codes["c1"] = consent()
    said = await back(client, state=await begun(client), code="c1")
    assert (said.status_code, "完了" in said.text) == (200, True)
    made = kept.of("", OURS)
    assert made
    assert made.bot_token == f"xoxb-{OURS}"
    await deliver(client, message(OURS))
    await until(lambda: bool(slack.posts))
    assert slack.posts[0]["text"] == f"x {OURS}"
    assert [call.token for call in slack.calls if call.method == "chat.postMessage"] == [
        f"xoxb-{OURS}"
    ]


async def test_tokens_are_sealed_in_the_database(
    client: httpx.AsyncClient, slack: FakeSlack, workspace: Workspace
) -> None:
    slack.codes["c1"] = consent()
    await back(client, state=await begun(client), code="c1")
    with workspace.database.connect() as con:
        row = con.execute(sa.text("SELECT * FROM slack_installations")).one()
    assert "xoxb" not in str(tuple(row))
    assert f"xoxb-{OURS}".encode() not in (workspace.folder / "state.db").read_bytes()
    with pytest.raises(InputError, match="SLACK_TOKEN_KEY"):
        Installations(workspace.database, Fernet.generate_key().decode()).of("", OURS)


async def test_strangers_cannot_install_and_their_token_is_given_back(
    client: httpx.AsyncClient, slack: FakeSlack, kept: Installations
) -> None:
    slack.codes["c1"] = consent(STRANGERS)
    said = await back(client, state=await begun(client), code="c1")
    assert said.status_code == 403
    assert kept.all() == []
    assert f"xoxb-{STRANGERS}" not in slack.tokens


async def test_a_team_that_is_not_named_gets_nothing_even_when_it_is_installed(
    client: httpx.AsyncClient, slack: FakeSlack, kept: Installations, workspace: Workspace
) -> None:
    token = f"xoxb-{STRANGERS}"
    slack.tokens[token] = {"team_id": STRANGERS, "user_id": BOT_USER}
    kept.keep(Installation("", STRANGERS, "A", BOT_USER, token))
    assert (await deliver(client, message(STRANGERS))).status_code == 200
    await handled(workspace)
    assert not slack.posts


@pytest.mark.parametrize("wrong", ["", "x", "é", "a b", "../x", "x" * 501, "%00"])
async def test_a_state_that_is_not_ours_is_refused(client: httpx.AsyncClient, wrong: str) -> None:
    await begun(client)
    assert (await back(client, state=wrong, code="c1")).status_code == 400


async def test_a_state_is_good_once_and_in_its_own_browser_only(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack, kept: Installations
) -> None:
    async with serving(workspace, config) as client:
        state = await begun(client)
        cookies = dict(client.cookies)
        client.cookies.clear()
        slack.codes["c1"] = consent()
        assert (await back(client, state=state, code="c1")).status_code == 400
        client.cookies.update(cookies)
        assert (await back(client, state=state, code="c1")).status_code == 200
        client.cookies.update(cookies)
        slack.codes["c2"] = consent()
        assert (await back(client, state=state, code="c2")).status_code == 400
    assert "c2" in slack.codes


async def test_a_state_ends_after_ten_minutes(
    client: httpx.AsyncClient, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack.codes["c1"], now = consent(), time.time()
    with monkeypatch.context() as then:
        then.setattr("api.slack.installations.time.time", lambda: now - 601)
        state = await begun(client)
    assert (await back(client, state=state, code="c1")).status_code == 400


async def test_whoever_only_begins_leaves_nothing_behind(
    client: httpx.AsyncClient, workspace: Workspace
) -> None:
    for _ in range(3):
        await begun(client)
    with workspace.database.connect() as con:
        assert con.scalar(sa.select(sa.func.count()).select_from(slack_states)) == 0


async def test_who_does_not_agree_and_a_code_slack_does_not_know(client: httpx.AsyncClient) -> None:
    said = await back(client, state=await begun(client), error="access_denied")
    assert (said.status_code, "取り消" in said.text) == (200, True)
    assert (await back(client, state=await begun(client), code="unknown")).status_code == 400


async def test_a_token_that_ends_soon_is_renewed_before_it_is_used(
    client: httpx.AsyncClient, slack: FakeSlack, kept: Installations
) -> None:
    old = {"expires_in": 60, "refresh_token": "xoxe-1"}
    slack.codes["c1"] = consent(**old)
    await back(client, state=await begun(client), code="c1")
    new = {"access_token": "xoxe.xoxb-2", "expires_in": 43200, "refresh_token": "xoxe-2"}
    slack.codes["xoxe-1"] = consent(**new)
    await deliver(client, message(OURS))
    await until(lambda: bool(slack.posts))
    made = kept.of("", OURS)
    assert made
    assert (made.bot_token, made.refresh_token) == ("xoxe.xoxb-2", "xoxe-2")
    assert {call.token for call in slack.calls if call.method == "chat.postMessage"} == {
        "xoxe.xoxb-2"
    }


async def test_a_token_that_another_process_has_renewed_is_used(kept: Installations) -> None:
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=1)
    old = Installation("", OURS, "A", BOT_USER, "xoxb-1", "xoxe-1", ends)
    kept.keep(old)
    assert kept.renewed(old, replace(old, bot_token="b", expires_at=ends + timedelta(hours=12)))
    assert not kept.renewed(old, replace(old, bot_token="c"))
    made = kept.of("", OURS)
    assert made
    assert made.bot_token == "b"


async def test_an_organisation_is_served_in_each_of_its_teams(
    client: httpx.AsyncClient, slack: FakeSlack, kept: Installations
) -> None:
    slack.codes["c1"] = consent("", ORGANISATION)
    assert (await back(client, state=await begun(client), code="c1")).status_code == 200
    assert kept.of(ORGANISATION, "T0ANY")
    await deliver(client, message("T0ANY", ORGANISATION))
    await until(lambda: bool(slack.posts))
    assert not kept.of("E0OTHER", "T0ANY")


@pytest.mark.parametrize("name", ["app_uninstalled", "tokens_revoked"])
async def test_a_team_that_removes_the_app_is_forgotten(
    client: httpx.AsyncClient,
    slack: FakeSlack,
    kept: Installations,
    workspace: Workspace,
    name: str,
) -> None:
    slack.codes["c1"] = consent()
    await back(client, state=await begun(client), code="c1")
    event = body({"type": name, "tokens": {"bot": [BOT_USER]}}) | {"team_id": OURS}
    event["authorizations"] = [{"team_id": OURS, "enterprise_id": None}]
    await deliver(client, event | {"event_id": "Ev1"})
    await handled(workspace)
    assert kept.of("", OURS), "the token still works: somebody else's was meant"
    del slack.tokens[f"xoxb-{OURS}"]
    await deliver(client, event | {"event_id": "Ev2"})
    await until(lambda: kept.of("", OURS) is None)
    await deliver(client, message(OURS))
    await handled(workspace)
    assert not slack.posts


@pytest.mark.parametrize("missing", ["SLACK_CLIENT_SECRET", "SLACK_TOKEN_KEY", "SLACK_ADDRESS"])
def test_what_belongs_together_must_be_complete(missing: str) -> None:
    given = {
        "SLACK_CLIENT_ID": "1",
        "SLACK_CLIENT_SECRET": "s",
        "SLACK_TOKEN_KEY": KEY,
        "SLACK_ADDRESS": "https://a.example",
        "SLACK_SIGNING_SECRET": "s",
    }
    assert SlackConfig.of_environment(given).installs
    with pytest.raises(InputError, match=missing):
        SlackConfig.of_environment({**given, missing: ""})


def test_a_key_that_is_none_is_refused(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="Fernet"):
        Installations(workspace.database, "short")
