"""A file of companies as a person has filled it in: an answer is understood or refused by its row.

The column `same_as` of a row holds the account_id of another row of its group, `no` (違う, 別), or
nothing yet.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from crm.companies import cells
from crm.companies.answers import AnsweredGroup, Answers
from crm.errors import InputError
from crm.readers import detect_encoding
from crm.warehouse import write_text

FILE = "companies.csv"
"""Where a workspace keeps what has been answered."""
COLUMNS = ("group", "account_id", "same_as")
NO = "no"
_NO = frozenset({NO, "違う", "別"})
_DELIMITERS = (",", "\t", ";")
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
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for group in answers.groups:
        for id_ in group.accounts:
            said = NO if id_ in group.apart else cells.written(group.same.get(id_))
            writer.writerow((cells.written(group.group), cells.written(id_), said))
    write_text(workspace / FILE, "\ufeff" + stream.getvalue())
    return workspace / FILE


def _hear(path: Path, row: _Row, group: _Group, home: dict[str, set[str]]) -> None:
    means_no = unicodedata.normalize("NFKC", row.same_as).casefold() in _NO
    named = cells.read(row.same_as)
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
    """The rows that name an account; the header is row 1."""
    text = _text(path)
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [cell.strip().casefold() for cell in next(reader, [])]
        missing = [column for column in COLUMNS if column not in header]
        if missing:
            raise InputError(
                f"{path.name} has no column `{missing[0]}`.",
                "Fill in `same_as` in duplicates.csv as it was written, and save it as CSV.",
            )
        places = [header.index(column) for column in COLUMNS]
        for number, row in enumerate(reader, start=2):
            if not any(cell.strip() for cell in row):
                continue
            group, account, same_as = (row[n].strip() if n < len(row) else "" for n in places)
            if not group or not account:
                raise InputError(
                    f"{path.name}, row {number}: the group or the account_id is missing.",
                    "Leave both as they were written.",
                )
            yield _Row(number, cells.read(group), cells.read(account), same_as)
    except csv.Error as error:
        raise InputError(
            f"{path.name} cannot be read: {error}.", "Save it as CSV once more."
        ) from error


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            if stream.read(2) == b"PK":
                raise InputError(f"{path.name} is a workbook.", "Save it as CSV (UTF-8).")
        encoding = detect_encoding(path)
        return path.read_bytes().decode(encoding).removeprefix("\ufeff")
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}.", "Name the filled duplicates.csv."
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is damaged text.", "Save it as CSV (UTF-8).") from error
