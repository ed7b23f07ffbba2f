"""An entity tag names a plan as it stood: whoever changes it says which one they have read."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Header

from crm.errors import TagayasuError
from plans.stored import Stored

_TAG = re.compile(r'(W/)?"([^"]*)"')
_VERSION = re.compile(r"([0-9]{1,9})-[0-9a-f]{1,16}")

IfMatch = Annotated[
    str | None,
    Header(
        description="The `ETag` of the plan as you have read it. Without it: 428.",
        examples=['"3-6a1f"'],
    ),
]
IfNoneMatch = Annotated[
    str | None, Header(description="The `ETag` you have: 304 when the plan is still the same.")
]


class UnconditionalError(TagayasuError):
    """A change that does not say which version was read."""


class ChangedError(TagayasuError):
    """The plan is not as it was when it was read."""


def tag_of(stored: Stored) -> str:
    """The tag of a plan: its version, and when it was last saved or moved."""
    return f'"{stored.version}-{int(stored.updated_at.timestamp() * 1_000_000):x}"'


def read_version(given: str | None, stored: Stored) -> int:
    """The version that somebody has read, as their If-Match says.

    Raises UnconditionalError without it, ChangedError when it names no version of this plan, or
    the present one before it was moved.
    """
    if given is None or not given.strip():
        raise UnconditionalError(
            "Say which version of the plan you have read.", "Send its `ETag` in `If-Match`."
        )
    if given.strip() == "*":
        return stored.version
    tags = [tag for weak, tag in _TAG.findall(given) if not weak]
    if tag_of(stored).strip('"') in tags:
        return stored.version
    versions = [int(found[1]) for tag in tags if (found := _VERSION.fullmatch(tag))]
    older = [number for number in versions if 0 < number < stored.version]
    if not older:
        raise ChangedError(
            f"The plan is no longer as you have read it: it is version {stored.version} now, "
            f"{stored.state}.",
            "Read it again and decide on that.",
        )
    return max(older)


def is_known(given: str | None, stored: Stored) -> bool:
    """Whether somebody has the plan as it stands."""
    if given is None:
        return False
    tags = {tag for _weak, tag in _TAG.findall(given)}
    return given.strip() == "*" or tag_of(stored).strip('"') in tags
