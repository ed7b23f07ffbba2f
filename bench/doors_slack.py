"""How soon Slack is acknowledged while fifty turns run: `python -m bench.doors_slack`.

A real server answers on a copy of the sample company; the fake Slack of the tests sends it fifty
questions at once, and then further messages, whose acknowledgements are timed.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from crm.importer import import_folder
from tests.companies import SAMPLE
from tests.slack.fake_slack import BOT_TOKEN, FakeSlack
from tests.slack.payloads import SECRET, deliver, direct
from tests.slack.slack_server import fake_slack

TURNS, TIMED, LIMIT_MS = 50, 300, 300.0
QUESTIONS = (
    "東都電機の売上と利益は？",
    "受注率を担当マネージャー別に教えて",
    "要注意の顧客はどこ？",
    "北斗精密のブリーフィングをお願いします",
)


def serve(folder: str, port: str, url: str) -> None:
    """The real server with Slack's address at `url`."""
    import uvicorn

    from api.http.app import create_app
    from api.render.charts.apart import apart
    from api.slack.config import SlackConfig
    from assistant.bootstrap import Workspace

    slack = SlackConfig(BOT_TOKEN, SECRET, api_url=url)
    app = create_app(Workspace(Path(folder)), slack)
    with apart():
        uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="error")


def message(number: int) -> dict[str, Any]:
    """A question of one of the sixteen people in their direct conversation."""
    user = f"U0SAMPLE{number % 16 + 1:02d}"
    channel = f"D0SAMPLE{number % 16 + 1:02d}"
    text = QUESTIONS[number % len(QUESTIONS)]
    return direct(text, user=user, channel=channel, ts=f"17900{number:05d}.000100")


async def timed(client: httpx.AsyncClient, number: int) -> float:
    """The milliseconds until a message is acknowledged."""
    begun = time.perf_counter()
    said = await deliver(client, message(number))
    assert said.status_code == 200
    return (time.perf_counter() - begun) * 1000


async def measured(client: httpx.AsyncClient, slack: FakeSlack) -> list[float]:
    """The acknowledgements of further messages while the turns run."""
    await asyncio.gather(*(deliver(client, message(n)) for n in range(TURNS)))
    found = []
    for number in range(TURNS, TURNS + TIMED):
        found.append(await timed(client, number))
        await asyncio.sleep(0.02)
    answered = [*slack.said("chat.stopStream"), *slack.said("chat.postMessage")]
    print(f"messages answered meanwhile: {len(answered)}")
    return sorted(found)


async def main() -> None:
    """Import the sample company, start the server, measure, print."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "workspace"
        import_folder(SAMPLE / "data", SAMPLE / "mapping.yaml", folder)
        async with fake_slack() as slack:
            for number in range(1, 17):
                slack.person(f"U0SAMPLE{number:02d}")
            port = free_port()
            given = [sys.executable, "-m", "bench.doors_slack", str(folder), str(port), slack.url]
            with subprocess.Popen(given) as server:  # noqa: S603 - our own program
                try:
                    await listening(port)
                    address = f"http://127.0.0.1:{port}"
                    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
                        report(await measured(client, slack))
                finally:
                    server.terminate()


def report(found: list[float]) -> None:
    """Print how soon Slack was acknowledged."""
    half, most = found[len(found) // 2], found[int(len(found) * 0.99)]
    held = "holds" if most <= LIMIT_MS else "does not hold"
    print(
        f"acknowledged with {TURNS} turns running: median {half:.0f} ms, p99 {most:.0f} ms,"
        f" longest {found[-1]:.0f} ms; <= {LIMIT_MS:.0f} ms {held}"
    )


def free_port() -> int:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        port: int = made.getsockname()[1]
        return port


async def listening(port: int) -> None:
    async with asyncio.timeout(180):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(*sys.argv[1:4])
    else:
        asyncio.run(main())
