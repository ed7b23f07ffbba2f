"""A file of companies as a person has filled it in: an answer is understood or refused by its row.

The column `same_as` of a row holds the account_id of another row of its group, `no` (違う, 別), or
nothing yet.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from crm.companies.answers import AnsweredGroup, Answers
from crm.csv_files import read_csv, write_csv
from crm.errors import InputError

FILE = "companies.csv"
"""Where a workspace keeps what has been answered."""
COLUMNS = ("group", "account_id", "same_as")
NO = "no"
_NO = frozenset({NO, "違う", "別"})
_REMEDY = "Write the account_id of another row of the same group, `no`, or nothing."


@dataclass(frozen=True)
class _Row:
    number: int
    group: str
    account: str
    same_as: str


@dataclass
class _Group:
    """The rows of one group by account, and what they say."""

    rows: dict[str, _Row] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    apart: set[str] = field(default_factory=set)


def read_answers(path: Path) -> Answers:
    """What a filled file says; a chain of accounts leads to its last one.

    Raises InputError with the row and the remedy for an account that is unknown or of another
    group, one named twice, a circle, and an answer that contradicts another.
    """
    groups: dict[str, _Group] = {}
    home: dict[str, set[str]] = {}
    for row in _rows(path):
        group = groups.setdefault(row.group, _Group())
        before = group.rows.setdefault(row.account, row)
        if before is not row and before.same_as != row.same_as:
            raise _refused(path, row, f"`{row.account}` is answered in row {before.number} too.")
        home.setdefault(row.account, set()).add(row.group)
    for group in groups.values():
        for row in group.rows.values():
            _hear(path, row, group, home)
    said = (_answered(path, label, group) for label, group in groups.items())
    return Answers(tuple(group for group in said if group.answered))


def kept_answers(workspace: Path) -> Answers:
    """What a workspace keeps of answers; none where it keeps no file."""
    path = workspace / FILE
    return read_answers(path) if path.exists() else Answers()


def keep_answers(workspace: Path, answers: Answers) -> Path:
    """Replace what a workspace keeps, whole or not at all; the file can be filled in further."""
    rows = (
        (group.group, id_, NO if id_ in group.apart else group.same.get(id_))
        for group in answers.groups
        for id_ in group.accounts
    )
    write_csv(workspace / FILE, COLUMNS, rows)
    return workspace / FILE


def _hear(path: Path, row: _Row, group: _Group, home: dict[str, set[str]]) -> None:
    means_no = unicodedata.normalize("NFKC", row.same_as).casefold() in _NO
    named = row.same_as
    if means_no and named in group.rows:
        raise _refused(path, row, f"`{named}` is both an answer and an account.")
    if means_no:
        group.apart.add(row.account)
    elif named in group.rows:
        if named != row.account:  # the row that stays may name itself
            group.said[row.account] = named
    elif named in home:
        raise _refused(path, row, f"`{named}` stands in another group.")
    elif named:
        raise _refused(path, row, f"`{named}` is no account of this file.")


def _answered(path: Path, label: str, group: _Group) -> AnsweredGroup:
    same = _without_chains(path, group)
    for account, other in same.items():
        if other in group.apart:
            problem = f"`{account}` is the same as `{other}`, which is said to be no other's."
            raise _refused(path, group.rows[account], problem)
    return AnsweredGroup(label, tuple(group.rows), same, frozenset(group.apart))


def _without_chains(path: Path, group: _Group) -> dict[str, str]:
    last: dict[str, str] = {}
    for start in group.said:
        way: dict[str, None] = {}
        account = start
        while account in group.said and account not in last:
            if account in way:
                circle = " -> ".join(f"`{id_}`" for id_ in [*list(way)[:5], account])
                raise _refused(path, group.rows[account], f"{circle} leads back to itself.")
            way[account] = None
            account = group.said[account]
        last.update(dict.fromkeys(way, last.get(account, account)))
    return last


def _refused(path: Path, row: _Row, problem: str) -> InputError:
    return InputError(f"{path.name}, row {row.number}: {problem}", _REMEDY)


def _rows(path: Path) -> Iterator[_Row]:
    """The rows that name an account."""
    for number, row in read_csv(path, COLUMNS):
        group, account, same_as = (row[column] for column in COLUMNS)
        if not group or not account:
            raise InputError(
                f"{path.name}, row {number}: the group or the account_id is missing.",
                "Leave both as they were written.",
            )
        yield _Row(number, group, account, same_as)
