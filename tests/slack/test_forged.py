"""Whatever is forged, old or malformed gets 401 or 400, never 500, and is never stored."""

from __future__ import annotations

import collections
import json
import random
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from api.slack.events import MAX_EVENT, signed, well_formed
from api.slack.inbox import slack_inbox
from assistant.bootstrap import Workspace
from tests.slack.payloads import SECRET, command, direct, form, pressed, submitted
from tests.slack.payloads import signed as sign

RAW = json.dumps(direct("x")).encode()
Headers = dict[str, str]


def _with(**changed: str | None) -> Callable[[], Headers]:
    def headers() -> Headers:
        names = {"stamp": "X-Slack-Request-Timestamp", "signature": "X-Slack-Signature"}
        made = sign(RAW)
        for name, value in changed.items():
            if value is None:
                del made[names[name]]
            else:
                made[names[name]] = value
        return made

    return headers


FORGED: dict[str, Callable[[], Headers]] = {
    "no headers": dict,
    "no timestamp": _with(stamp=None),
    "no signature": _with(signature=None),
    "empty timestamp": _with(stamp=""),
    "word for a timestamp": _with(stamp="yesterday"),
    "float timestamp": _with(stamp=f"{time.time()}"),
    "negative timestamp": _with(stamp="-5"),
    "timestamp with sign": _with(stamp=f"+{int(time.time())}"),
    "timestamp with underscores": _with(stamp="1_790_000_000"),
    "huge timestamp": _with(stamp="9" * 5000),
    "NaN": _with(stamp="nan"),
    "empty signature": _with(signature=""),
    "other version": _with(signature="v1=" + "0" * 64),
    "wrong signature": _with(signature="v0=" + "0" * 64),
    "short signature": _with(signature="v0=00"),
    "long signature": _with(signature="v0=" + "0" * 5000),
    "other secret": lambda: sign(RAW, "another secret"),
    "old": lambda: sign(RAW, at=time.time() - 301),
    "from the future": lambda: sign(RAW, at=time.time() + 360),
    "another body's": lambda: sign(RAW + b" "),
}


async def test_what_is_not_signed_by_slack_is_401(
    client: httpx.AsyncClient, workspace: Workspace
) -> None:
    for name, headers in FORGED.items():
        said = await client.post("/slack/events", content=RAW, headers=headers())
        assert said.status_code == 401, name
        assert said.headers["content-type"] == "application/problem+json"
    for odd in (b"\xd9\xa3", b"v0=\xff"):
        forged = {b"X-Slack-Request-Timestamp": odd, b"X-Slack-Signature": odd}
        said = await client.post("/slack/events", content=RAW, headers=forged)
        assert said.status_code == 401
    assert _stored(workspace) == 0


UNFIT: list[dict[str, Any]] = [
    {"event": None},
    {"event": 5},
    {"event": []},
    {"event": "message"},
    {"event": {}},
    {"event": {"type": 5}},
    {"event": {"type": None}},
    {"authorizations": {}},
    {"authorizations": [5]},
    {"authorizations": "x"},
    {"team_id": 5},
    {"team": 5},
    {"enterprise_id": []},
    {"enterprise": 5},
    {"user": 5},
    {"channel": 5},
]
MALFORMED: list[bytes] = [
    b"",
    b"{",
    b"\xff\xfe",
    b"null",
    b"[]",
    b"5",
    b'"text"',
    b"{}",
    b"payload=%7B",
    b"payload=nojson",
    b"[" * 100_000,
    b'{"type": 5}',
    b'{"type": "event_callback"}',
    *(json.dumps({**direct("x"), **changed}).encode() for changed in UNFIT),
]


async def test_what_is_signed_but_malformed_is_400(
    client: httpx.AsyncClient, workspace: Workspace
) -> None:
    for raw in MALFORMED:
        for kind in ("application/json", "application/x-www-form-urlencoded", "text/plain"):
            headers = sign(raw) | {"Content-Type": kind}
            said = await client.post("/slack/events", content=raw, headers=headers)
            assert said.status_code == 400, raw[:80]
    assert _stored(workspace) == 0


async def test_an_event_that_is_too_large_is_413(client: httpx.AsyncClient) -> None:
    raw = b" " * (MAX_EVENT + 1)
    said = await client.post("/slack/events", content=raw, headers=sign(raw))
    assert said.status_code == 413


async def test_slack_can_verify_the_address(client: httpx.AsyncClient) -> None:
    raw = json.dumps({"type": "url_verification", "challenge": "3eZbr", "token": "x"}).encode()
    said = await client.post("/slack/events", content=raw, headers=sign(raw))
    assert said.status_code == 200
    assert said.json() == {"challenge": "3eZbr"}


async def test_other_events_are_acknowledged(client: httpx.AsyncClient) -> None:
    raw = json.dumps({**direct("x"), "event": {"type": "reaction_added"}}).encode()
    assert (await client.post("/slack/events", content=raw, headers=sign(raw))).status_code == 200


async def test_only_posts_are_taken(client: httpx.AsyncClient) -> None:
    assert (await client.get("/slack/events")).status_code == 405


Json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(raw=st.binary(max_size=200), stamp=st.text(max_size=20), signature=st.text(max_size=80))
def test_no_forged_header_is_taken_or_raises(raw: bytes, stamp: str, signature: str) -> None:
    headers = {"x-slack-request-timestamp": stamp, "x-slack-signature": signature}
    assert not signed(SECRET, headers, raw, time.time())


@given(key=st.sampled_from(sorted(direct("x"))), value=Json)
def test_no_shape_of_a_body_raises(key: str, value: Any) -> None:
    well_formed(json.dumps({**direct("x"), key: value}).encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("seconds", [-299, 0, 299])
def test_a_fresh_signature_is_taken(seconds: int) -> None:
    now = time.time()
    headers = {name.lower(): value for name, value in sign(RAW, at=now + seconds).items()}
    assert signed(SECRET, headers, RAW, now)


# --------------------------------------------------------------------- ten thousand of them


def _forms() -> list[bytes]:
    """What is sent as a form: commands and whatever is pressed or submitted."""
    return [
        form(one) for one in (command("brief A001"), pressed("say_yes", "d"), submitted("edit"))
    ]


FORMS = _forms()
UNFIT_FORMS: list[bytes] = [
    b"payload=",
    b"payload=nojson",
    b"payload=5",
    b"payload=[]",
    b"payload=null",
    b"payload=%7B%7D",
    b"payload=" + b"[" * 50_000,
    b"payload=%ff%fe",
    b"command=/tagayasu",
    b"command=/tagayasu&command=/other&team_id=T1&channel_id=C1&user_id=U1&trigger_id=1",
    b"&" * 200,
    b"a=1&" * 100,
    b"\xff\xfe",
    *(
        form({**pressed("x"), **changed})
        for changed in (
            {"type": 5},
            {"user": "U1"},
            {"user": None},
            {"team": 5},
            {"actions": {}},
            {"actions": [5]},
            {"view": "x"},
            {"channel": "C1"},
            {"message": []},
        )
    ),
]


async def test_forms_that_are_signed_but_malformed_are_400(
    client: httpx.AsyncClient, workspace: Workspace
) -> None:
    for raw in UNFIT_FORMS:
        said = await client.post("/slack/events", content=raw, headers=sign(raw) | FORM)
        assert said.status_code == 400, raw[:80]
    assert _stored(workspace) == 0


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _class(name: str, raw: bytes, chance: random.Random) -> Headers:
    """Headers of a class of forgeries for these bytes."""
    now = time.time()
    if name in STALE:
        return sign(raw, at=now + STALE[name])
    made = sign(raw)
    match name:
        case "another body":
            return sign(raw + b" ")
        case "another secret":
            return sign(raw, secrets_of(chance))
        case "one digit changed":
            signature = made["X-Slack-Signature"]
            at = chance.randrange(3, len(signature))
            other = "0" if signature[at] != "0" else "1"
            made["X-Slack-Signature"] = signature[:at] + other + signature[at + 1 :]
        case "upper case":
            made["X-Slack-Signature"] = made["X-Slack-Signature"].upper()
        case "another minute":
            made["X-Slack-Request-Timestamp"] = str(int(now) - 60)
        case "random signature":
            made["X-Slack-Signature"] = "v0=" + chance.randbytes(32).hex()
        case _:
            return FORGED[name]()
    return made


STALE = {"five minutes old": -301, "an hour old": -3600, "a day ahead": 86_400}
CLASSES = [
    *(name for name in FORGED if name not in ("another body's", "other secret", "old")),
    *STALE,
    "another body",
    "another secret",
    "one digit changed",
    "upper case",
    "another minute",
    "random signature",
]


def secrets_of(chance: random.Random) -> str:
    return chance.randbytes(16).hex()


@pytest.mark.parametrize("many", [500, pytest.param(10_000, marks=pytest.mark.slow)])
async def test_forgeries_are_refused_and_none_is_handled(
    client: httpx.AsyncClient, workspace: Workspace, many: int
) -> None:
    chance = random.Random(3)
    assert len(CLASSES) >= 18
    statuses: collections.Counter[int] = collections.Counter()
    for number in range(many):
        raw = chance.choice([RAW, *FORMS])
        kind = FORM if raw != RAW else {"Content-Type": "application/json"}
        headers = _class(CLASSES[number % len(CLASSES)], raw, chance) | kind
        said = await client.post("/slack/events", content=raw, headers=headers)
        statuses[said.status_code] += 1
    assert statuses == {401: many}
    assert _stored(workspace) == 0


def _stored(workspace: Workspace) -> int:
    with workspace.database.connect() as con:
        return con.scalar(sa.select(sa.func.count()).select_from(slack_inbox)) or 0
