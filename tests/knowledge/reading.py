"""A process that searches a library whenever a line comes in, and prints what it found."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.knowledge.house import House

if __name__ == "__main__":
    house = House(Path(sys.argv[1]))
    for line in sys.stdin:
        print("|".join(house.found(line.strip())), flush=True)  # noqa: T201 - to the test
