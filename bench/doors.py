"""What one server bears: fifty people asking at once, and ten thousand turns in a row.

A server of its own process on the sample company answers builtin questions over HTTP. Beside the
crowd, one person alone asks the same questions in the same minute. The exit code says whether
everybody got an answer and the memory stayed flat.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from api.keys import Keys
from assistant.bootstrap import Workspace
from bench.briefing import SAMPLE
from crm.importer import import_folder

PEOPLE, EACH = 50, 6
TURNS, WARM = 10_000, 1_000
GROWTH_MIB = 64
"""How much the memory may grow over the turns after the first thousand."""
ASKED = (
    "受注率を業種別に教えて",
    "注意が必要な取引先は？",
    "北斗精密の担当者は？",
    "パイプラインの状況は？",
    "Which deals are stuck?",
    "How is our win rate this year?",
    "値引きの進め方は？",
    "売上上位の取引先は？",
)
LIGHT = ("ありがとう", "何ができますか？", "Thanks!", "What can you do?")
"""Turns without a lookup: what ten thousand of them leave behind is of the turns themselves."""
_LOOKUP_EVERY = 20


@dataclass
class Told:
    """The seconds of each turn, and what was no answer."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        ordered = sorted(self.seconds)
        return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=TURNS)
    turns: int = parser.parse_args().turns
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "sample"
        import_folder(SAMPLE / "data", SAMPLE / "mapping.yaml", folder)
        workspace = Workspace(folder)
        workspace.library.add(SAMPLE / "knowledge")
        people = [p.email for p in workspace.desk.directory().people if p.email]
        keys = [Keys(workspace.database).issue(email) for email in people]
        workspace.database.dispose()
        with served(folder) as (url, process):
            kept = asyncio.run(_crowd(url, keys))
            kept = asyncio.run(_long(url, keys, process.pid, turns)) and kept
    print("" if kept else "OUT OF BOUNDS")
    sys.exit(0 if kept else 1)


async def _crowd(url: str, keys: list[str]) -> bool:
    """Fifty at once, and one alone beside them."""
    alone, crowd = Told(), Told()
    async with _client(url) as client:
        for text in ASKED:
            await _ask(client, keys[0], text, None, Told())
        for text in ASKED:
            await _ask(client, keys[0], text, None, alone)
        begun = time.perf_counter()
        await asyncio.gather(*(_person(client, keys, n, crowd) for n in range(PEOPLE)))
        took = time.perf_counter() - begun
    answers = len(crowd.seconds)
    print(
        f"{PEOPLE} people at once: {answers} answers, {len(crowd.errors)} errors, "
        f"{answers / took:.1f} a second; median {statistics.median(crowd.seconds):.2f} s, "
        f"p95 {crowd.percentile(0.95):.2f} s"
    )
    one = statistics.mean(alone.seconds)
    print(
        f"one alone beside them: {one:.2f} s at the mean, {1 / one:.1f} a second; "
        f"the crowd gets {answers / took * one:.1f} times that"
    )
    for error in crowd.errors[:5]:
        print("  ", error)
    return not crowd.errors and answers == PEOPLE * EACH


async def _person(client: httpx.AsyncClient, keys: list[str], number: int, told: Told) -> None:
    """One person's questions, one after the other, in a thread of their own."""
    chosen = random.Random(number)  # noqa: S311 - the same questions in every run
    for _ in range(EACH):
        thread = f"bench-{number}"
        await _ask(client, keys[number % len(keys)], chosen.choice(ASKED), thread, told)


async def _long(url: str, keys: list[str], pid: int, turns: int) -> bool:
    """Ten thousand turns; the server's memory after a thousand, and at the end."""
    told, before = Told(), 0.0
    begun = time.perf_counter()
    async with _client(url) as client:
        for number in range(turns):
            looks_up = number % _LOOKUP_EVERY == 0
            text = ASKED[number % len(ASKED)] if looks_up else LIGHT[number % len(LIGHT)]
            thread = f"long-{number // 10}"
            await _ask(client, keys[number // 10 % len(keys)], text, thread, told)
            if number + 1 == min(WARM, turns // 2):
                before = resident_mib(pid)
    after = resident_mib(pid)
    print(
        f"{turns:,} turns in {time.perf_counter() - begun:.0f} s, {len(told.errors)} errors; "
        f"memory {before:.0f} MiB after {min(WARM, turns // 2):,}, {after:.0f} MiB at the end "
        f"({after - before:+.0f}; at most +{GROWTH_MIB})"
    )
    return not told.errors and after - before <= GROWTH_MIB


async def _ask(
    client: httpx.AsyncClient, key: str, text: str, thread: str | None, told: Told
) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    begun = time.perf_counter()
    said = await client.post("/v1/ask", json={"text": text, "thread": thread}, headers=headers)
    told.seconds.append(time.perf_counter() - begun)
    if said.status_code != 200 or not said.json()["text"]:
        told.errors.append(f"{said.status_code} {text}: {said.text[:200]}")


def _client(url: str) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=PEOPLE)
    return httpx.AsyncClient(base_url=url, timeout=120, limits=limits)


def resident_mib(pid: int) -> float:
    """The resident memory of a process in MiB (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"/proc/{pid}/status tells no resident memory")


@contextmanager
def served(folder: Path, **environment: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server of its own process on a workspace; its address, and the process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    tagayasu = str(Path(sys.executable).parent / "tagayasu")
    command = [tagayasu, "-w", str(folder), "serve", "--port", str(port)]
    process = subprocess.Popen(  # noqa: S603 - our own command
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _until_ready(url, process)
        yield url, process
    finally:
        process.terminate()
        process.wait(timeout=30)


def _until_ready(url: str, process: subprocess.Popen[bytes], seconds: float = 120) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise RuntimeError("the server did not become ready")


if __name__ == "__main__":
    main()
