"""A write under an Idempotency-Key is done once; whoever sends it again gets the same response.

Only what was done is kept, for a day: a refusal changes nothing and may be tried again. An access
with other rights than the one it was done with is told that it was done, and no more. The
response is kept before its last byte goes out, so a client that has it whole can rely on it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.auth import Caller
from api.http.limits import body_digest
from api.http.problems import MEDIA_TYPE, Problem, problem, response
from api.http.state import Door
from crm.database import utc_now

HEADER = "idempotency-key"
KEPT = timedelta(hours=24)
SECRET = {"/v1/admin/keys"}
"""Paths whose response is shown once: that it was done is kept, and not what it said."""
_LOST = timedelta(minutes=10)
"""After this nobody is working on a request any more: its process has died."""
_WRITES = {"POST", "PUT", "PATCH", "DELETE"}
_REQUEST = 40
"""So much of a digest is of the request itself."""
_FORM = re.compile(r"[\x21-\x7e]{1,255}")
_END = re.compile(rb"(?m)^(event: done|data: \[DONE\])\r?$")
_HEADERS = (b"content-type", b"content-disposition", b"location", b"etag", b"link", b"retry-after")

metadata = sa.MetaData()

idempotent_requests = sa.Table(
    "idempotent_requests",
    metadata,
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("key", sa.String(255), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("begun_at", sa.DateTime, nullable=False, index=True),
    sa.Column("status", sa.Integer),
    sa.Column("headers", sa.Text),
    sa.Column("body", sa.LargeBinary),
)


@dataclass(frozen=True)
class Kept:
    """A response as it went out."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


@dataclass(frozen=True)
class Once:
    """One request of one person, under its key; `digest` is also of the rights it came with."""

    person: str
    key: str
    digest: str


class Requests:
    """The requests of the last day that came with a key, shared by every process that serves."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def begin(self, once: Once) -> Kept | Problem | None:
        """None when the request is to be done now; else the response to it, or why there is none.

        The person's key is taken by it until `keep` or `release`.
        """
        now = utc_now()
        row = {"person": once.person, "key": once.key, "digest": once.digest, "begun_at": now}
        try:
            with self._engine.begin() as con:
                con.execute(sa.delete(idempotent_requests).where(_over(now)))
                con.execute(sa.insert(idempotent_requests).values(row))
        except sa.exc.IntegrityError:
            return self._found(once)
        return None

    def forget_old(self) -> int:
        """Remove what is kept no longer, and what nobody works on any more; how many."""
        with self._engine.begin() as con:
            return con.execute(sa.delete(idempotent_requests).where(_over(utc_now()))).rowcount

    def keep(self, once: Once, done: Kept) -> None:
        """Keep the response to a request that was done."""
        listed = [[part.decode("latin-1") for part in pair] for pair in done.headers]
        values = {"status": done.status, "headers": json.dumps(listed), "body": done.body}
        with self._engine.begin() as con:
            con.execute(sa.update(idempotent_requests).where(_is(once)).values(values))

    def release(self, once: Once) -> None:
        """Let go of the key of a request that was not done."""
        free = _is(once) & idempotent_requests.c.status.is_(None)
        with self._engine.begin() as con:
            con.execute(sa.delete(idempotent_requests).where(free))

    def _found(self, once: Once) -> Kept | Problem:
        with self._engine.connect() as con:
            row = con.execute(sa.select(idempotent_requests).where(_is(once))).one_or_none()
        if row is not None and row.digest[:_REQUEST] != once.digest[:_REQUEST]:
            return problem(
                422, "This Idempotency-Key was used for another request.", "Use a new one."
            )
        if row is None or row.status is None:
            return _busy()
        if row.digest != once.digest:
            return _shown_once()
        headers = tuple((k.encode("latin-1"), v.encode("latin-1")) for k, v in
                        json.loads(row.headers))  # fmt: skip
        return Kept(row.status, headers, bytes(row.body))


def _over(now: datetime) -> sa.ColumnElement[bool]:
    """Which requests are from long ago, or were lost with their process."""
    table = idempotent_requests.c
    lost = table.status.is_(None) & (table.begun_at < now - _LOST)
    return (table.begun_at < now - KEPT) | lost


def _is(once: Once) -> sa.ColumnElement[bool]:
    table = idempotent_requests.c
    return (table.person == once.person) & (table.key == once.key)


class Idempotency:
    """Sees to writes below /v1 that carry an Idempotency-Key; all others pass."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = Headers(scope=scope).get(HEADER) if _may_have_key(scope) else None
        if given is None:
            await self._app(scope, receive, send)
            return
        if not _FORM.fullmatch(given):
            refusal = problem(400, "The Idempotency-Key is not 1 to 255 visible ASCII characters.")
            await response(refusal)(scope, receive, send)
            return
        application: FastAPI = scope["app"]
        requests, once = Requests(Door.of(application).workspace.database), _once(scope, given)
        found = await asyncio.to_thread(requests.begin, once)
        if found is None:
            await self._do(requests, once, scope, receive, send)
        elif isinstance(found, Problem):
            waiting = {"Retry-After": "1"} if found == _busy() else {}
            await response(found, waiting)(scope, receive, send)
        else:
            await _replay(found, send)

    async def _do(
        self, requests: Requests, once: Once, scope: Scope, receive: Receive, send: Send
    ) -> None:
        recorder = _Recorder(requests, once, send, is_secret=scope["path"] in SECRET)
        try:
            await self._app(scope, receive, recorder)
        finally:
            if not recorder.kept:
                await asyncio.shield(asyncio.to_thread(requests.release, once))


class _Recorder:
    """Passes a response on, and keeps it before its end when something was done."""

    def __init__(self, requests: Requests, once: Once, send: Send, *, is_secret: bool) -> None:
        self._requests, self._once, self._send = requests, once, send
        self._is_secret = is_secret
        self._status, self._body = 0, bytearray()
        self._headers: tuple[tuple[bytes, bytes], ...] = ()
        self.kept = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = tuple((k, v) for k, v in message["headers"] if k in _HEADERS)
        elif message["type"] == "http.response.body" and 200 <= self._status < 300:
            self._body += message.get("body", b"")
            if not message.get("more_body", False) and self._is_whole():
                done = Kept(self._status, self._headers, bytes(self._body))
                done = _withheld() if self._is_secret else done
                await asyncio.shield(asyncio.to_thread(self._requests.keep, self._once, done))
                self.kept = True
        await self._send(message)

    def _is_whole(self) -> bool:
        """A stream that was cut off has no end of its own, or ends with an error."""
        kind = dict(self._headers).get(b"content-type", b"")
        return not kind.startswith(b"text/event-stream") or bool(_END.search(self._body))


def _busy() -> Problem:
    return problem(409, "This request is being worked on.", "Ask again a little later.")


def _shown_once() -> Problem:
    return problem(409, "This was done already, and what it answered is shown only once.")


def _withheld() -> Kept:
    """What is answered again in the place of a secret."""
    said = _shown_once()
    kind = (b"content-type", MEDIA_TYPE.encode())
    return Kept(409, (kind,), json.dumps(said.json_body()).encode())


async def _replay(found: Kept, send: Send) -> None:
    length = (b"content-length", str(len(found.body)).encode())
    headers = [*found.headers, (b"idempotency-replayed", b"true")]
    headers += [length] if found.status != 204 else []
    await send({"type": "http.response.start", "status": found.status, "headers": headers})
    await send({"type": "http.response.body", "body": found.body})


def _may_have_key(scope: Scope) -> bool:
    is_write = scope["type"] == "http" and scope["method"] in _WRITES
    return is_write and "caller" in scope.get("state", {}) and scope["path"].startswith("/v1/")


def _once(scope: Scope, key: str) -> Once:
    caller: Caller = scope["state"]["caller"]
    parts = (scope["method"], scope["path"], scope["query_string"].decode("latin-1"))
    whole = "\n".join([*parts, body_digest(scope)])
    digest = _digest(whole)[:_REQUEST] + _digest(caller.rights)[_REQUEST:]
    return Once(caller.principal.person_id, key, digest)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
