"""A process that adds a folder to a library, slowly enough to be killed on the way."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from knowledge.embeddings import Vectors
from tests.knowledge.house import Counting, House


class Slow(Counting):
    """Takes a hundredth of a second for each batch of texts."""

    def passages(self, texts: Sequence[str]) -> Vectors:
        time.sleep(0.01)
        return super().passages(texts)


if __name__ == "__main__":
    house = House(Path(sys.argv[1]), Slow())
    print("begun", flush=True)  # noqa: T201 - the test waits for it
    house.library.add(Path(sys.argv[2]))
