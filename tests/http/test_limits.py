"""Bodies are counted in bytes, uploads may be larger and lie on the disk, and JSON is strict."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.http.limits import MIB, BodyLimit, body_digest
from api.http.strict import DEPTH, UnfitJsonError, loads


def _client(limit: int = 1000) -> httpx.AsyncClient:
    async def told(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        request = Request(scope, receive)
        digest, size, pieces = hashlib.sha256(), 0, 0
        async for piece in request.stream():
            digest.update(piece)
            size, pieces = size + len(piece), pieces + 1
        on_disk = bool(scope["state"]["body"]._rolled)
        same = digest.hexdigest() == body_digest(scope)
        said = {"size": size, "pieces": pieces, "on_disk": on_disk, "same": same}
        await JSONResponse(said)(scope, receive, send)

    app = BodyLimit(told, limit, {"/upload": 8 * MIB, "/under/": 2000})
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/", 0, 200),
        ("/", 1000, 200),
        ("/", 1001, 413),
        ("/under/x", 2000, 200),
        ("/under/x", 2001, 413),
        ("/under", 1001, 413),
        ("/upload", 8 * MIB, 200),
        ("/upload", 8 * MIB + 1, 413),
        ("/upload/x", 1001, 413),
    ],
)
async def test_each_path_has_its_limit_to_the_byte(path: str, size: int, status: int) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, size, 100_000):
            yield b"\xe3" * min(100_000, size - start)

    async with _client() as client:
        for content in (b"\xe3" * size, chunks()):
            said = await client.post(path, content=content)
            assert said.status_code == status
            if status == 200:
                assert said.json()["size"] == size
                assert said.json()["same"]


async def test_a_large_upload_lies_on_the_disk_and_comes_in_pieces() -> None:
    async with _client() as client:
        small = (await client.post("/upload", content=b"x" * MIB)).json()
        large = (await client.post("/upload", content=b"x" * (MIB + 1))).json()
    assert not small["on_disk"]
    assert large["on_disk"]
    assert large["pieces"] > 4


NOT_STRICT = [
    b'{"text": NaN}',
    b'{"text": Infinity}',
    b'{"text": -Infinity}',
    b'{"text": 1e999}',
    b'{"text": "a", "text": "b"}',
    b'{"a": ' * (DEPTH + 1) + b"1" + b"}" * (DEPTH + 1),
    b"[" * 60_000,
    b'{"text": ' + b"9" * 5000 + b"}",
    '{"text": "あ"}'.encode("utf-16"),
    '{"text": "あ"}'.encode("cp932"),
    b'{"text": "a"} {}',
    b"{'text': 'a'}",
]


@pytest.mark.parametrize("body", NOT_STRICT, ids=range(len(NOT_STRICT)))
async def test_json_that_is_not_strict_is_400(client: httpx.AsyncClient, body: bytes) -> None:
    for kind in ("application/json", "application/json; charset=utf-8", "application/x+json"):
        said = await client.post("/v1/ask", content=body, headers={"Content-Type": kind})
        assert said.status_code == 400
        assert said.json()["detail"] == "The body is not valid JSON."


@pytest.mark.parametrize("body", ['"\\ud800"', '{"\\udfff": 1}', '[[{"a": ["x\\ud83d"]}]]'])
def test_half_a_character_does_not_fit(body: str) -> None:
    with pytest.raises(UnfitJsonError):
        loads(body.encode())


@pytest.mark.parametrize(
    "value", [None, True, 1.5, "]]]]{{{{", 'q"\\"[', "😀", [[]] * 50, {"a": {"b": [1, {}]}}]
)
def test_strict_json_is_read_like_any(value: object) -> None:
    for ascii_ in (True, False):
        assert loads(json.dumps(value, ensure_ascii=ascii_).encode()) == value
    assert loads(b"\xef\xbb\xbf" + json.dumps(value).encode()) == value


def test_nesting_is_counted_to_the_level() -> None:
    assert loads(b"[" * DEPTH + b"]" * DEPTH)
    with pytest.raises(ValueError, match="nested"):
        loads(b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1))
