"""A list goes on behind the last row that was shown: what is new meanwhile moves nothing.

A cursor says where that was, and nothing about who may see what: rights are worked out each time.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

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


@dataclass(frozen=True)
class Listing(Generic[T]):
    """A kind of list: its name, where a row stands in it (`parts` texts), and how one is shown."""

    name: str
    parts: int
    place: Callable[[T], tuple[str, ...]]
    shown: Callable[[T], Any]

    def after(self, cursor: str | None) -> tuple[str, ...] | None:
        """The place that a cursor names. Raises InputError when it is none of this list."""
        if cursor is None:
            return None
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            found = json.loads(base64.b64decode(padded, b"-_", validate=True).decode())
        except (binascii.Error, ValueError, RecursionError):
            found = None
        whole = isinstance(found, list) and len(found) == self.parts + 1 and found[0] == self.name
        if not whole or not all(isinstance(part, str) and "\x00" not in part for part in found):
            raise unfit()
        return tuple(found[1:])

    def page(self, rows: Sequence[T], limit: int) -> Response:
        """The first `limit` of the rows behind a place; one more says that the list goes on."""
        goes_on = len(rows) > limit
        return JSONResponse(
            {
                "items": [self.shown(row) for row in rows[:limit]],
                "next": self._cursor(rows[limit - 1]) if goes_on else None,
            }
        )

    def among(
        self, rows: Iterable[T], limit: int, cursor: str | None, *, last_first: bool = False
    ) -> Response:
        """A page of a list that is here whole, in the order of the rows' places."""
        at = self.after(cursor)
        ordered = sorted(rows, key=self.place, reverse=last_first)
        if at is not None:
            ordered = [row for row in ordered if _is_behind(self.place(row), at, last_first)]
        return self.page(ordered[: limit + 1], limit)

    def _cursor(self, row: T) -> str:
        text = json.dumps([self.name, *self.place(row)], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _is_behind(place: tuple[str, ...], at: tuple[str, ...], last_first: bool) -> bool:
    return place < at if last_first else place > at
