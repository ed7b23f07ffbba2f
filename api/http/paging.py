"""A list goes on behind the last row that was shown: what is new meanwhile moves nothing.

A cursor says where that was, and nothing about who may see what: rights are worked out each time.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from crm.errors import InputError

T = TypeVar("T")
MOST = 100
_LONGEST = 600

Limit = Annotated[int, Query(ge=1, le=MOST, description="Rows at the most.")]
Cursor = Annotated[
    str | None,
    Query(
        max_length=_LONGEST,
        description="`next` of the page before; without it the list begins.",
    ),
]


class Page(BaseModel, Generic[T]):
    """Some rows of a list, and where it goes on."""

    items: list[T]
    next: str | None = Field(
        description="The cursor of the next page; null when this is the last one."
    )


def cursor(of: str, *position: str) -> str:
    """Names a place in a list of that kind."""
    text = json.dumps([of, *position], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def position(of: str, given: str | None, parts: int) -> list[str] | None:
    """The place that a cursor names. Raises InputError when it is none of a list of that kind."""
    if given is None:
        return None
    try:
        padded = given.encode("ascii") + b"=" * (-len(given) % 4)
        found = json.loads(base64.b64decode(padded, b"-_", validate=True).decode())
    except (binascii.Error, ValueError, RecursionError):
        found = None
    whole = isinstance(found, list) and len(found) == parts + 1 and found[0] == of
    if not whole or not all(isinstance(part, str) and "\x00" not in part for part in found):
        raise unfit()
    return [str(part) for part in found[1:]]


def moment_of(text: str) -> datetime:
    """The moment in a cursor. Raises InputError for anything else."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError
        moment.timestamp()
    except (ValueError, OverflowError):
        raise unfit() from None
    return moment


def number_of(text: str) -> int:
    """The number in a cursor. Raises InputError for anything else."""
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise unfit()
    return int(text)


def unfit() -> InputError:
    """What to say of a cursor that is none of ours."""
    return InputError("`cursor` does not fit.", "Take `next` of the page before as it came.")


def page_of(
    found: Sequence[T], limit: int, shown: Callable[[T], Any], after: Callable[[T], str]
) -> dict[str, Any]:
    """A page of at most `limit` rows; `found` holds one more when the list goes on."""
    rows: Iterable[T] = found[:limit]
    goes_on = len(found) > limit
    return {
        "items": [shown(row) for row in rows],
        "next": after(found[limit - 1]) if goes_on else None,
    }
