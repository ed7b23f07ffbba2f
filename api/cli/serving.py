"""`serve` and `slack`: the other doors, started from here."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, NoReturn

from api.cli.context import Context
from crm.errors import InputError

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

    from crm.thresholds import Http

_LONGEST_HEADERS = 64 * 1024


def run_http(context: Context, host: str, port: int) -> None:
    """Serve HTTP until stopped."""
    import uvicorn

    from api.http.app import create_app
    from api.logs import configure
    from api.render.charts.apart import apart
    from api.telemetry import Metrics, observed
    from assistant.models import check_model

    settings = context.workspace.settings
    check_model(settings.models)
    configure(logging.INFO)
    metrics = Metrics() if settings.http.metrics else None
    app = create_app(context.workspace, metrics=metrics)
    # The server does what the signal asks of it first, and then passes it on to us.
    signal.signal(signal.SIGTERM, _stopped)
    try:
        with observed(os.environ, metrics), apart(), _bound(host, port) as listener:
            context.console.print(f"Listening on http://{host}:{port} (stop with Ctrl-C)")
            uvicorn.Server(served(app, settings.http)).run(sockets=[listener])
    except SystemExit as stopped:
        _leave(stopped.code)


def served(app: FastAPI, settings: Http) -> uvicorn.Config:
    """How the application is served: it believes its proxies alone, and stops in time."""
    import uvicorn

    return uvicorn.Config(
        app,
        http="h11",
        h11_max_incomplete_event_size=_LONGEST_HEADERS,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.proxies,
        timeout_graceful_shutdown=max(1, round(settings.shutdown_seconds)),
    )


def _stopped(_signal: int, _frame: object) -> NoReturn:
    raise SystemExit(0)


def _leave(code: object) -> NoReturn:
    """End the process now that all is closed: taking the interpreter apart would take seconds."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


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
    from api.logs import configure
    from api.render.charts.apart import apart
    from api.slack.app import run_socket
    from api.slack.config import SlackConfig
    from api.telemetry import observed

    workspace = context.workspace
    config = SlackConfig.of_environment(os.environ).for_socket()
    configure(logging.INFO)
    with observed(os.environ, None), apart():
        context.console.print("Answering in Slack over Socket Mode (stop with Ctrl-C)")
        asyncio.run(until_stopped(run_socket(workspace, config)))
    _leave(0)


async def until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Do it until SIGTERM or Ctrl-C comes; what is open is closed first."""
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)
    told = (signal.SIGTERM, signal.SIGINT)
    for each in told:
        loop.add_signal_handler(each, task.cancel)
    try:
        await asyncio.wait((task,))
    finally:
        task.cancel()
        for each in told:
            loop.remove_signal_handler(each)
    if not task.cancelled():
        task.result()
