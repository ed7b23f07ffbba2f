"""What the routes share while the application runs; it is opened and closed in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, FastAPI, Request

from api.keys import Keys
from assistant.bootstrap import Workspace
from assistant.service import Assistant


@dataclass(frozen=True)
class Door:
    """The open workspace behind the HTTP door."""

    workspace: Workspace
    assistant: Assistant
    keys: Keys

    @staticmethod
    def of(app: FastAPI) -> Door:
        door: Door = app.state.door
        return door


def _of(request: Request) -> Door:
    return Door.of(request.app)


Opened = Annotated[Door, Depends(_of)]
