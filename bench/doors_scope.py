"""How long a refusal takes: what is hidden and what does not exist are of one timing class.

`python -m bench.doors_scope WORKSPACE` asks each in turn, over HTTP in this process, and prints the
medians and their ratio.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from pathlib import Path

import httpx

from api.http.app import create_app
from api.keys import Keys
from api.slack.config import SlackConfig
from assistant.bootstrap import Workspace

ROUNDS = 60
PATHS = ("/v1/accounts/{}", "/v1/accounts/{}/briefing", "/v1/plans?account_id={}")
PERSON, HIDDEN, NOTHING = "saeki@inaho.example", "A012", "A999"
"""A rep of the sample company, an account of somebody else's, and none."""


async def main(folder: Path) -> None:
    workspace = Workspace(folder)
    http = workspace.settings.http.model_copy(update={"requests_per_minute": 1_000_000})
    workspace.__dict__["settings"] = workspace.settings.model_copy(update={"http": http})
    app = create_app(workspace, SlackConfig())
    headers = {"Authorization": f"Bearer {Keys(workspace.database).issue(PERSON)}"}
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost", headers=headers
        ) as client:
            for path in PATHS:
                print(path, *await measured(client, path))


async def measured(client: httpx.AsyncClient, path: str) -> tuple[str, str]:
    """The medians for both, asked in turn, and the ratio of one to the other."""
    took: dict[str, list[float]] = {HIDDEN: [], NOTHING: []}
    for _ in range(ROUNDS):
        for account in took:
            begun = time.perf_counter()
            await client.get(path.format(account))
            took[account].append(time.perf_counter() - begun)
    hidden, nothing = (statistics.median(took[account]) * 1000 for account in took)
    return f"hidden {hidden:.1f} ms, nonexistent {nothing:.1f} ms", f"ratio {hidden / nothing:.2f}"


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
