"""Every random choice comes from a stream named after its purpose; streams never mix.

Only `Random.random()` is used: its sequence for a text seed is the same on every Python version.
"""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")
SEED = "inaho-kiko-2026"


def stream(*purpose: str) -> Random:
    """A fresh generator for one purpose, such as ("orders", "A001")."""
    return Random(":".join((SEED, *purpose)))


def pick(rng: Random, items: Sequence[T]) -> T:
    """One item, all equally likely."""
    return items[int(rng.random() * len(items))]


def span(rng: Random, low: int, high: int) -> int:
    """A whole number from low to high, both included."""
    return low + int(rng.random() * (high - low + 1))


def chance(rng: Random, percent: int) -> bool:
    """True in the given share of cases."""
    return rng.random() * 100 < percent


def shuffled(rng: Random, items: Sequence[T]) -> list[T]:
    """The items in random order."""
    keyed = [(rng.random(), index) for index in range(len(items))]
    return [items[index] for _, index in sorted(keyed)]


def weighted(rng: Random, items: Sequence[tuple[T, int]]) -> T:
    """One item, as likely as its whole-number weight."""
    point = rng.random() * sum(weight for _, weight in items)
    for item, weight in items:
        point -= weight
        if point < 0:
            return item
    return items[-1][0]
