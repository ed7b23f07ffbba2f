"""Accounts of one match key are put to a person with what speaks for and against their being one.

To be asked after `merge`: what an id, a number or an answer makes one is one account by then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice

import duckdb

from crm.companies.answers import Answers
from crm.companies.evidence import MOST, Candidate, Evidence
from crm.companies.staging import match_key_in_sql
from crm.thresholds import Notices


@dataclass(frozen=True)
class Group:
    """Accounts of one match key, none of them told apart from all others; the earliest first."""

    key: str
    accounts: tuple[Candidate, ...]

    def of_other_numbers(self, one: Candidate) -> tuple[str, ...]:
        """The accounts whose valid corporate number is another than this one's, at most five."""
        number = one.valid_number
        if number is None:
            return ()
        others = (ids for other, ids in self._numbers.items() if other != number)
        return tuple(islice(chain.from_iterable(others), MOST))

    @cached_property
    def _numbers(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for account in self.accounts:
            if number := account.valid_number:
                found[number].append(account.account_id)
        return found


def duplicates(
    con: duckdb.DuckDBPyConnection,
    answers: Answers | None = None,
    public_domains: Iterable[str] | None = None,
) -> tuple[Group, ...]:
    """The groups of staged accounts that a person has not answered yet, in the order of their keys.

    Of e-mail addresses, `public_domains` (else those of the setting's default) say nothing.
    """
    answers = answers or Answers()
    public = Notices().public_domains if public_domains is None else public_domains
    with match_key_in_sql(con):
        con.execute(
            "CREATE OR REPLACE TEMP TABLE _keyed AS SELECT account_id, min(created_on) AS since, "
            "min(rowid) AS place, match_key(arg_min(name, rowid)) AS key "
            "FROM canonical.accounts GROUP BY account_id"
        )
    found = con.execute(
        "SELECT key, list(account_id ORDER BY since NULLS LAST, place) "
        "FROM _keyed GROUP BY key HAVING count(*) > 1 ORDER BY key"
    ).fetchall()
    parts = [(key, part) for key, ids in found for part in _open(ids, answers)]
    con.execute(
        "CREATE OR REPLACE TEMP TABLE _asked AS SELECT unnest(?::VARCHAR[]) AS account_id",
        [[id_ for _, part in parts for id_ in part]],
    )
    evidence = Evidence(con, answers, frozenset(public))
    con.execute("DROP TABLE _asked; DROP TABLE _keyed")
    return tuple(Group(key, tuple(evidence.of_group(key, part))) for key, part in parts)


def _open(ids: list[str], answers: Answers) -> Iterator[list[str]]:
    """The parts of a group within which something is still to be answered."""
    left = set(ids)
    for first in ids:
        part, reached = {first} & left, [first]
        left -= part
        while part and reached and left:
            near = left - answers.apart_from(reached.pop(), left)
            left -= near
            part |= near
            reached += near
        if len(part) > 1:
            yield [id_ for id_ in ids if id_ in part]
