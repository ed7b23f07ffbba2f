"""Told to stop, a server ends its streams, leaves nothing half done, and is gone in seconds."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from api.keys import Keys
from assistant.bootstrap import Workspace
from crm.database import Place
from tests.fakes import copy_of
from tests.http.conftest import SAEKI

SILENT = """
import sys
from api.cli.context import Context
from api.cli.serving import run_http
from tests.fakes import SlowModel, TrigramEmbeddings

import assistant.desk
assistant.desk.Desk.warm_up = lambda _desk: None
from pathlib import Path
context = Context(Path(sys.argv[1]))
context.workspace.provider, context.workspace.model = SlowModel(), "test:slow"
context.workspace.embeddings = TrigramEmbeddings()
run_http(context, "127.0.0.1", int(sys.argv[2]))
"""
"""A server whose model never answers: every turn is under way when the signal comes."""
STREAMS = 20


@dataclass
class Server:
    """A server process, and a key for it."""

    process: subprocess.Popen[bytes]
    url: str
    headers: dict[str, str]
    workspace: Workspace


@pytest.fixture
def server(sample_workspace: Path, tmp_path: Path, place: Place) -> Iterator[Server]:
    workspace = copy_of(sample_workspace, tmp_path)
    if isinstance(place, str):
        with (workspace.folder / "settings.toml").open("a", encoding="utf-8") as settings:
            settings.write(f"\n[database]\nurl = {json.dumps(place)}\n")
    key = Keys(workspace.database).issue(SAEKI)
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", SILENT, str(workspace.folder), str(port)]
    root = Path(__file__).parents[2]
    environment = {**os.environ, "TAGAYASU_MODEL": "builtin", "PYTHONPATH": str(root)}
    with subprocess.Popen(  # noqa: S603 - our own server
        command, cwd=root, env=environment, stderr=subprocess.PIPE
    ) as process:
        headers = {"Authorization": f"Bearer {key}"}
        yield Server(process, f"http://127.0.0.1:{port}", headers, workspace)
        process.kill()
    workspace.database.dispose()


@pytest.mark.parametrize(
    "place", ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)], indirect=True
)
def test_twenty_streams_end_within_ten_seconds_of_the_signal(server: Server) -> None:
    _until_ready(server)
    begun = threading.Semaphore(0)
    with ThreadPoolExecutor(STREAMS) as threads:
        streams = [threads.submit(_stream, server, n, begun) for n in range(STREAMS)]
        for number in range(STREAMS):
            assert begun.acquire(timeout=60), f"only {number} streams have begun"
        told = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        code = server.process.wait(20)
        seconds = time.monotonic() - told
        ends = [stream.result(5) for stream in streams]
    assert code == 0
    assert seconds <= 10
    assert ends == ["error"] * STREAMS
    _assert_nothing_is_half_saved(server.workspace.database)


def _until_ready(server: Server) -> None:
    for _ in range(600):
        try:
            if httpx.get(f"{server.url}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
        assert server.process.poll() is None, server.process.stderr and server.process.stderr.read()
    pytest.fail("the server did not start")


def _stream(server: Server, number: int, begun: threading.Semaphore) -> str:
    """The name of the stream's last event."""
    question = {"text": "東都電機の売上と利益は？", "thread": f"t{number}"}
    headers = {**server.headers, "Accept": "text/event-stream", "Idempotency-Key": f"k{number}"}
    names: list[str] = []
    with httpx.stream(
        "POST", f"{server.url}/v1/ask", json=question, headers=headers, timeout=60
    ) as said:
        for line in said.iter_lines():
            if line.startswith("event: "):
                names.append(line.removeprefix("event: "))
                if len(names) == 1:
                    begun.release()
    return names[-1]


def _assert_nothing_is_half_saved(database: sa.Engine) -> None:
    """No lease is held, no write is under way, and the audit log holds every question whole."""
    with database.connect() as con:
        assert con.scalar(sa.text("SELECT count(*) FROM thread_leases")) == 0
        assert con.scalar(sa.text("SELECT count(*) FROM idempotent_requests")) == 0
        questions = con.scalar(sa.text("SELECT count(*) FROM audit WHERE action = 'question'"))
    assert questions == STREAMS
