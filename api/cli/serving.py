"""`serve` and `slack`: the other doors, started from here."""

from __future__ import annotations

import socket

from api.cli.context import Context
from crm.errors import InputError


def run_http(context: Context, host: str, port: int) -> None:
    """Serve HTTP until stopped."""
    import uvicorn

    from api.http.app import create_app
    from assistant.models import check_model

    check_model(context.workspace.settings.models)
    app = create_app(context.workspace)
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=10)
    with _bound(host, port) as listener:
        context.console.print(f"Listening on http://{host}:{port} (stop with Ctrl-C)")
        uvicorn.Server(config).run(sockets=[listener])


def _bound(host: str, port: int) -> socket.socket:
    """A socket bound to the address; InputError when it is taken or no address of this machine."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise InputError(
            f"{host}:{port} cannot be listened on: {error.strerror}.", "Choose another --port."
        ) from error
    return listener


def run_slack(context: Context) -> None:
    """Answer in Slack over Socket Mode until stopped."""
    import asyncio

    from api.slack.app import run_socket

    asyncio.run(run_socket(context.workspace))
