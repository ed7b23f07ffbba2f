"""What an import makes of companies: which became one, and which a person is asked about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import duckdb

from crm.companies.answers import Answers
from crm.companies.duplicates import Group, duplicates
from crm.companies.merge import MergeReport, merge
from crm.companies.sameness import Sameness

MERGED_HEADER = ("table", "from", "into", "why", "column", "kept", "given_up")


@dataclass(frozen=True)
class CompanyCounts:
    """How many accounts became part of another, gave values up, or are asked about.

    `shared_invalid_numbers` counts the accounts that share a corporate number which is none, and
    so were not merged; `groups` are those of equal names in duplicates.csv.
    """

    merged: int = 0
    giving_up: int = 0
    groups: int = 0
    in_groups: int = 0
    shared_invalid_numbers: int = 0


def _nothing() -> MergeReport:
    return MergeReport((), (), Sameness({}, {}, {}))


@dataclass(frozen=True)
class Companies:
    """What was merged, and the groups of equal names that a person is asked about."""

    merged: MergeReport = field(default_factory=_nothing)
    asked: tuple[Group, ...] = ()

    @property
    def counts(self) -> CompanyCounts:
        numbers = Counter(number for _account, number in self.merged.sameness.invalid_numbers)
        differing = sum(  # another name is none that is given up: it stays as an alias
            any(value.column != "name" for value in one.differing) for one in self.merged.merged
        )
        return CompanyCounts(
            merged=len(self.merged.merged),
            giving_up=differing + len(self.merged.collisions),
            groups=len(self.asked),
            in_groups=sum(len(group.accounts) for group in self.asked),
            shared_invalid_numbers=sum(n for n in numbers.values() if n > 1),
        )

    def given_up(self) -> Iterator[tuple[str, ...]]:
        """The accounts that are part of another now, and every value given up, for a file."""
        for one in self.merged.merged:
            what = ("accounts", one.from_id, one.into_id, one.why)
            yield (*what, "", "", "")
            for value in one.differing:
                yield (*what, value.column, _text(value.kept), _text(value.given_up))
        for met in self.merged.collisions:
            for value in met.differing:
                key = " / ".join(map(_text, met.key))
                told = (value.column, _text(value.kept), _text(value.given_up))
                yield (met.table, met.from_id, key, "", *told)


def settle(
    con: duckdb.DuckDBPyConnection, answers: Answers, public_domains: Iterable[str]
) -> Companies:
    """Make one account of those that are one company, and find those that may be."""
    return Companies(merge(con, answers), duplicates(con, answers, public_domains))


def _text(value: object) -> str:
    return "" if value is None else str(value)
