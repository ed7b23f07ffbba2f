"""The provider's tokens open the door to their person; ten thousand forged ones open nothing."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from itertools import islice

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from api.http.app import create_app
from api.http.oidc import KeySet, Tokens
from api.keys import Keys, api_keys, key_id
from assistant.bootstrap import Workspace
from crm.database import utc_now
from crm.errors import UnavailableError
from crm.thresholds import Oidc
from tests.http import forged
from tests.http.conftest import ONLY_HTTP, SAEKI, client_of
from tests.http.issuer import AUDIENCE, ISSUER, Issuer, issuing

OPEN = "/v1/nothing"
"""A path that answers 404 to whoever gets in, and 401 to all others."""


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as found:
        yield found


@pytest.fixture
async def app(workspace: Workspace, issuer: Issuer, unprepared: None) -> AsyncIterator[FastAPI]:
    with (workspace.folder / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write(issuer.settings())
    app = create_app(workspace, ONLY_HTTP)
    async with app.router.lifespan_context(app):
        yield app


def tokens_of(issuer: Issuer, **settings: object) -> Tokens:
    given = {"issuer": ISSUER, "audience": AUDIENCE, "jwks_url": issuer.url, **settings}
    return Tokens(Oidc.model_validate(given))


@pytest.mark.parametrize("alg", ["ES256", "RS256"])
async def test_a_token_of_the_provider_opens_the_door(
    app: FastAPI, issuer: Issuer, alg: str
) -> None:
    async with client_of(app, issuer.token(SAEKI.upper(), alg=alg)) as client:
        said = await client.get("/v1/attention?limit=1")
        assert said.status_code == 200
        assert (await client.get("/v1/accounts/A012/briefing")).status_code == 404


@pytest.mark.parametrize("count", [600, pytest.param(10_000, marks=pytest.mark.slow)])
async def test_forged_keys_and_tokens_open_nothing(
    workspace: Workspace, app: FastAPI, issuer: Issuer, key: str, count: int
) -> None:
    draw, ended = random.Random(7), _ended(workspace)
    given = [
        *islice(forged.keys(draw, key, ended), count // 2),
        *islice(forged.tokens(draw, issuer, SAEKI), count // 2),
    ]
    classes = {name for name, _header in given}
    assert len(classes) > 55
    statuses: Counter[tuple[str, int]] = Counter()
    async with client_of(app) as client:
        assert await _status(client, f"Bearer {key}".encode()) == 404
        for start in range(0, len(given), 50):
            some = given[start : start + 50]
            found = await asyncio.gather(*(_status(client, header) for _name, header in some))
            statuses.update(zip((name for name, _header in some), found, strict=True))
        assert await _status(client, f"Bearer {key}".encode()) == 404
        assert await _status(client, f"Bearer {issuer.token(SAEKI)}".encode()) == 404
    assert {pair: n for pair, n in statuses.items() if pair[1] != 401} == {}
    assert sum(statuses.values()) == count
    assert issuer.asked <= 2  # at the start, and once for all the unknown keys


async def _status(client: httpx.AsyncClient, header: bytes) -> int:
    return (await client.get(OPEN, headers={b"Authorization": header})).status_code


def _ended(workspace: Workspace) -> list[str]:
    keys = Keys(workspace.database)
    revoked, expired, nobodys = keys.issue(SAEKI), keys.issue(SAEKI), keys.issue("a@b.example")
    keys.revoke(revoked)
    yesterday = utc_now() - timedelta(days=1)
    is_it = api_keys.c.digest.startswith(key_id(expired))
    with workspace.database.begin() as con:
        con.execute(sa.update(api_keys).where(is_it).values(expires_at=yesterday))
    return [revoked, expired, nobodys]


class TestScopes:
    """What a token may do is the settings' or its claim's word."""

    def test_every_token_may_do_what_the_settings_say(self, issuer: Issuer) -> None:
        found = tokens_of(issuer, scopes=["read"]).bearer(
            issuer.token(SAEKI, scope="tagayasu.admin")
        )
        assert found is not None
        assert found.scopes == {"read"}

    @pytest.mark.parametrize(
        ("claim", "scopes"),
        [
            ("openid tagayasu.write", {"write"}),
            (["tagayasu.read", "x"], {"read"}),
            ("tagayasu.writer", set()),
            ("", set()),
            (5, set()),
            ({"tagayasu.admin": 1}, set()),
        ],
    )
    def test_a_token_may_do_what_its_claim_says(
        self, issuer: Issuer, claim: object, scopes: set[str]
    ) -> None:
        found = tokens_of(issuer, scope_claim="scp").bearer(issuer.token(SAEKI, scp=claim))
        assert found is not None
        assert found.scopes == scopes


class TestKeysOfTheProvider:
    """They are fetched rarely, from one address, and only those that sign are used."""

    def test_a_new_key_is_fetched_once_it_is_met(
        self, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tokens = tokens_of(issuer)
        assert tokens.bearer(issuer.token(SAEKI)) is not None
        issuer.publish({**issuer.keys[1], "kid": "ec-2"})
        fresh = issuer.token(SAEKI, headers={"kid": "ec-2"})
        assert tokens.bearer(fresh) is None  # within the minute
        monkeypatch.setattr("api.http.oidc._BETWEEN_SECONDS", 0.0)
        assert tokens.bearer(fresh) is not None
        assert issuer.asked == 2

    def test_the_last_keys_hold_while_the_provider_is_silent(
        self, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tokens = tokens_of(issuer)
        assert tokens.bearer(issuer.token(SAEKI)) is not None
        monkeypatch.setattr("api.http.oidc._BETWEEN_SECONDS", 0.0)
        monkeypatch.setattr("api.http.oidc._FRESH_SECONDS", 0.0)
        issuer.status = 500
        assert tokens.bearer(issuer.token(SAEKI)) is not None
        assert issuer.asked == 2

    @pytest.mark.parametrize(
        ("status", "served"),
        [(500, b""), (200, b"no"), (200, b"[]"), (200, b'{"keys": 5}'), (200, b"x" * 2**21)],
    )
    def test_without_keys_nobody_can_be_told(
        self, issuer: Issuer, status: int, served: bytes
    ) -> None:
        issuer.status, issuer.served = status, served
        with pytest.raises(UnavailableError):
            tokens_of(issuer).bearer(issuer.token(SAEKI))

    def test_a_redirect_is_not_followed(self, issuer: Issuer) -> None:
        issuer.status = 302
        with pytest.raises(UnavailableError):
            tokens_of(issuer).bearer(issuer.token(SAEKI))
        assert issuer.asked == 1

    def test_keys_that_do_not_sign_are_left_out(self, issuer: Issuer) -> None:
        rsa, ec = issuer.keys
        issuer.publish(
            {**rsa, "kid": "enc", "use": "enc"},
            {**ec, "kid": "other-alg", "alg": "ES512"},
            {"kty": "oct", "k": "c2VjcmV0", "kid": "oct", "alg": "HS256"},
            {"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "short"},
            {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "off-curve"},
            {**rsa, "kid": 5},
        )
        settings = Oidc(issuer=ISSUER, audience=AUDIENCE, jwks_url=issuer.url)
        keys = KeySet(settings, lambda _url, _seconds: issuer.served)
        assert keys.key("rsa-1") is not None
        for kid in ("enc", "other-alg", "oct", "short", "off-curve", "5"):
            assert keys.key(kid) is None, kid


@pytest.mark.parametrize(
    "given",
    [
        {"issuer": ISSUER},
        {"issuer": ISSUER, "audience": "a", "jwks_url": "http://login.inaho.example/jwks"},
        {"issuer": ISSUER, "audience": "a", "jwks_url": "file:///etc/passwd"},
        {"algorithms": ["HS256"]},
        {"algorithms": ["none"]},
        {"algorithms": []},
    ],
)
def test_unsafe_settings_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        Oidc.model_validate(given)
