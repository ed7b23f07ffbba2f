"""What an access may do at most; what its person may see is another matter.

A scope holds those before it: who may write may read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

Access = Literal["read", "write", "admin"]
READ: Access = "read"
WRITE: Access = "write"
ADMIN: Access = "admin"
SCOPES: tuple[Access, ...] = (READ, WRITE, ADMIN)


def reach(scopes: Iterable[Access]) -> frozenset[Access]:
    """The scopes with all that they hold."""
    given = [SCOPES.index(scope) for scope in scopes]
    return frozenset(SCOPES[: max(given) + 1]) if given else frozenset()
