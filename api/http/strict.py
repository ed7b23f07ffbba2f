"""JSON is taken to the letter: no name twice, no NaN, no half characters, no bottomless nesting."""

from __future__ import annotations

import json
import math
from typing import IO, Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.problems import problem, response

DEPTH = 40
"""Objects and lists in each other at the most."""


class UnfitJsonError(ValueError):
    """It can be parsed, but holds what no part of the house could use."""


def loads(text: bytes) -> Any:
    """The value that the bytes are in UTF-8.

    Raises ValueError when they are no JSON, UnfitJsonError when a string holds half of a
    surrogate pair.
    """
    decoded = text.decode("utf-8-sig")
    if _depth(decoded) > DEPTH:
        raise ValueError(f"it is nested deeper than {DEPTH}")
    try:
        found = json.loads(
            decoded, object_pairs_hook=_object, parse_constant=_refuse, parse_float=_number
        )
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    if "\\u" in decoded:
        _whole(found)
    return found


class StrictJson:
    """Refuses a JSON body that is not strict: 400, or 422 for half a character in it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body: IO[bytes] | None = scope.get("state", {}).get("body")
        kind = Headers(scope=scope).get("content-type", "") if body is not None else ""
        if body is None or "json" not in kind.partition(";")[0].lower():
            await self._app(scope, receive, send)
            return
        text = body.read()
        body.seek(0)
        try:
            if text:
                loads(text)
        except UnfitJsonError as error:
            await response(problem(422, f"The body does not fit: {error}."))(scope, receive, send)
        except ValueError:
            await response(problem(400, "The body is not valid JSON."))(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _depth(text: str) -> int:
    """How deep brackets are nested, those in strings aside."""
    deepest = depth = 0
    in_string = escaped = False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number of JSON")


def _number(text: str) -> float:
    found = float(text)
    if not math.isfinite(found):
        raise ValueError("a number is too large")
    return found


def _whole(value: Any) -> None:
    match value:
        case str():
            if any("\ud800" <= c <= "\udfff" for c in value):
                raise UnfitJsonError("it holds half of a surrogate pair")
        case list():
            for one in value:
                _whole(one)
        case dict():
            for name, one in value.items():
                _whole(name)
                _whole(one)
