"""How well the check of an answer sees, and what it takes: the ledger and its names.

Prints how many falsehoods it stops in faithful answers of the sample company, a kind a line, how
many faithful rewordings it stops by mistake, and how long it looks for many names. The exit code
says whether it keeps its bounds.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from assistant.bootstrap import Workspace
from assistant.named import Known, Names
from crm.importer import import_folder
from tests.assistant.measured import answers, faithful, falsehoods
from tests.companies import SAMPLE

CAUGHT, ALARMS, MOST_MS = 0.99, 0.01, 30.0
"""Falsehoods stopped at the least, rewordings stopped at the most, milliseconds for a draft."""
_NAMES, _CHARACTERS = 100_000, 6_000
_PARTS = [
    "朝",
    "霧",
    "北",
    "斗",
    "山",
    "川",
    "東",
    "都",
    "精",
    "密",
    "工",
    "業",
    "電",
    "機",
    "食",
    "品",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=6, help="falsehoods of a kind and answer")
    parser.add_argument("--rewordings", type=int, default=500, help="answers reworded")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        import_folder(SAMPLE / "data", SAMPLE / "mapping.yaml", Path(folder))
        workspace = Workspace(Path(folder))
        made = answers(workspace)
        caught = falsehoods(workspace, made, given.most)
        alarms = faithful(made, given.rewordings)
    print(caught.table("falsehoods"), *caught.told[:20], "", sep="\n")
    print(alarms.table("faithful rewordings"), *alarms.told[:20], "", sep="\n")
    took = names_took()
    print(f"{_NAMES:,} names in a draft of {_CHARACTERS:,} characters: {took:.1f} ms")
    kept = caught.share() >= CAUGHT and alarms.share("answer") <= ALARMS and took < MOST_MS
    print("" if kept else "OUT OF BOUNDS")
    sys.exit(0 if kept else 1)


def names_took() -> float:
    """Milliseconds in which every known name of a long draft is found, many names being known."""
    names, draft = many_names(_NAMES), long_draft(_CHARACTERS)
    names.find(draft)
    begun = time.perf_counter()
    names.find(draft)
    return (time.perf_counter() - begun) * 1000


def many_names(count: int) -> Names:
    """So many invented companies and people."""
    chance = random.Random(count)  # noqa: S311 - invented names, no secrets
    known = [
        Known("株式会社" + "".join(chance.choices(_PARTS, k=chance.randint(3, 8))), f"account:{n}")
        if n % 2
        else Known("".join(chance.choices(_PARTS, k=5)) + f"{n} 太郎", f"contact:{n}", True)
        for n in range(count)
    ]
    return Names(known)


def long_draft(characters: int) -> str:
    """A draft of the same characters as the names, so that many of them nearly stand in it."""
    chance = random.Random(characters)  # noqa: S311 - an invented text, no secret
    words = [
        "".join(chance.choices(_PARTS, k=4)) + "の売上は増えました。" for _ in range(characters)
    ]
    return "".join(words)[:characters]


if __name__ == "__main__":
    main()
