"""`serve`, `slack` and `key`: the other doors, started from here."""

from __future__ import annotations

from api.cli.context import Context
from crm.errors import NotFoundError


def run_http(context: Context, host: str, port: int) -> None:
    """Serve HTTP until stopped."""
    import uvicorn

    from api.http.app import create_app

    app = create_app(context.workspace)
    context.console.print(f"Listening on http://{host}:{port} (stop with Ctrl-C)")
    uvicorn.run(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=10)


def run_slack(context: Context) -> None:
    """Answer in Slack over Socket Mode until stopped."""
    import asyncio

    from api.slack.app import run_socket

    asyncio.run(run_socket(context.workspace))


def add_key(context: Context, email: str) -> None:
    """Make a key for a person of the directory and show it."""
    from api.keys import Keys

    context.principal(email)
    key = Keys(context.workspace.database).issue(email)
    context.console.print(key)


def revoke_key(context: Context, key: str) -> None:
    """Revoke a key."""
    from api.keys import Keys

    if not Keys(context.workspace.database).revoke(key):
        raise NotFoundError("There is no such key.", "Check that it is whole: it begins with tgy_.")
    context.console.print("Revoked.")
