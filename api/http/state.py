"""What the routes share while the application runs; it is opened and closed in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, FastAPI, Request

from api.http.oidc import Tokens
from api.http.rates import Buckets
from api.keys import Keys
from assistant.bootstrap import Workspace
from assistant.service import Assistant


@dataclass(frozen=True)
class Door:
    """The open workspace behind the HTTP door.

    `requests` are counted by person, `failures` to get in by address.
    """

    workspace: Workspace
    assistant: Assistant
    keys: Keys
    tokens: Tokens | None
    requests: Buckets
    failures: Buckets

    @staticmethod
    def behind(workspace: Workspace, assistant: Assistant) -> Door:
        """The door as the workspace's settings open it."""
        http, oidc = workspace.settings.http, workspace.settings.oidc
        return Door(
            workspace,
            assistant,
            Keys(workspace.database),
            Tokens(oidc) if oidc.issuer else None,
            Buckets(http.requests_per_minute),
            Buckets(http.failures_per_minute),
        )

    @staticmethod
    def of(app: FastAPI) -> Door:
        door: Door = app.state.door
        return door


def _of(request: Request) -> Door:
    return Door.of(request.app)


Opened = Annotated[Door, Depends(_of)]
