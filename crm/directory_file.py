"""A directory file names everybody of ours; a row that cannot be read shuts the door."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import yaml

from crm.directory import Access, Directory, Person, Share
from crm.errors import WorkspaceError
from crm.settings import Settings
from crm.snapshot import Snapshot

_COLUMNS = tuple(one.name for one in fields(Person))
_SHARE = tuple(one.name for one in fields(Share))
_MOST_BYTES = 20_000_000
Row = Mapping[str, Any]


class Directories:
    """Our people as they are now: of the directory file, where one is set, else of the snapshot.

    Every door asks here for every request: whoever is taken out of either has no access any more.
    """

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._file = folder / settings.access.directory if settings.access.directory else None
        self._zone = ZoneInfo(settings.company.time_zone)
        self._lock = threading.Lock()
        self._read: tuple[tuple[int, ...], tuple[list[Person], list[Share] | None]] | None = None

    def of(self, snapshot: Snapshot) -> Directory:
        """The directory that goes with a snapshot; WorkspaceError when its file cannot be used."""
        day = datetime.now(self._zone).date()
        if self._file is None:
            return Directory.of(snapshot, day)
        people, shares = self._as_it_is(self._file)
        return Directory(people, shares, day=day)

    def _as_it_is(self, file: Path) -> tuple[list[Person], list[Share] | None]:
        """What the file says; read again when it has changed."""
        try:
            now = file.stat()
        except OSError as error:
            raise _unusable(file, "it cannot be opened") from error
        stamp = (now.st_mtime_ns, now.st_size, now.st_ino)
        with self._lock:
            if self._read is None or self._read[0] != stamp:
                self._read = None
                self._read = stamp, read_directory(file)
            return self._read[1]


def read_directory(file: Path) -> tuple[list[Person], list[Share] | None]:
    """The people in a CSV or YAML file, and, where a YAML file has `account_team`, the shares.

    Raises WorkspaceError, one sentence about the first thing that does not fit.
    """
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise _unusable(file, "it is larger than 20 MB")
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(file, "it cannot be read as UTF-8 text") from error
    if file.suffix.lower() in (".yaml", ".yml"):
        people, shares = _of_yaml(file, text)
    elif file.suffix.lower() == ".csv":
        people, shares = _of_csv(file, text), None
    else:
        raise _unusable(file, "its name ends neither in .csv nor in .yaml")
    if not people:
        raise _unusable(file, "it names nobody")
    return _people(file, people), None if shares is None else _shares(file, shares)


def _of_csv(file: Path, text: str) -> list[tuple[str, Row]]:
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    found: list[tuple[str, Row]] = []
    try:
        for row in rows:
            if None in row or None in row.values():
                raise _unusable(
                    file, f"line {rows.line_num} has more or fewer cells than the header"
                )
            found.append((f"line {rows.line_num}", row))
    except csv.Error as error:
        raise _unusable(file, f"line {rows.line_num} is not CSV ({error})") from error
    return found


def _of_yaml(file: Path, text: str) -> tuple[list[tuple[str, Row]], list[tuple[str, Row]] | None]:
    try:
        said = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise _unusable(file, f"line {mark.line + 1} is not YAML" if mark else "no YAML") from error
    if not isinstance(said, dict) or said.keys() - {"people", "account_team"}:
        raise _unusable(file, "it needs `people:` and may have `account_team:`, and nothing else")
    shares = said.get("account_team")
    people = _entries(file, "people", said.get("people") or [])
    return people, None if shares is None else _entries(file, "account_team", shares)


def _entries(file: Path, part: str, said: Any) -> list[tuple[str, Row]]:
    if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
        raise _unusable(file, f"`{part}` is not a list of entries")
    return [(f"entry {number} of `{part}`", one) for number, one in enumerate(said, 1)]


def _people(file: Path, rows: Iterable[tuple[str, Row]]) -> list[Person]:
    found: dict[str, Person] = {}
    for place, row in rows:
        said = _cells(file, place, row, _COLUMNS)
        day = said.pop("left_on")
        if not said["person_id"] or not said["name"]:
            raise _unusable(file, f"{place} has no person_id or no name")
        if said["email"] and (said["email"].count("@") != 1 or " " in said["email"]):
            raise _unusable(file, f"{place} has an e-mail address that is none")
        person = Person(**said, left_on=_day(file, place, day))  # type: ignore[arg-type]
        if person.person_id in found:
            raise _unusable(file, f"{place} has the person_id of an earlier one")
        found[person.person_id] = person
    return list(found.values())


def _shares(file: Path, rows: Iterable[tuple[str, Row]]) -> list[Share]:
    found = []
    for place, row in rows:
        said = _cells(file, place, row, _SHARE)
        account, access = said["account_id"], said["access"] or "read"
        if not account or (said["person_id"] is None) == (said["team"] is None):
            raise _unusable(file, f"{place} needs an account_id and either a person_id or a team")
        known: dict[str, Access] = {one: one for one in get_args(Access)}
        if access not in known:
            raise _unusable(file, f"{place} has an access that is neither read nor write")
        found.append(Share(account, said["person_id"], said["team"], known[access]))
    return found


def _cells(file: Path, place: str, row: Row, columns: tuple[str, ...]) -> dict[str, str | None]:
    unknown = [str(name) for name in row if name not in columns]
    if unknown:
        raise _unusable(file, f"{place} has `{unknown[0]}`; it may have {', '.join(columns)}")
    for name, value in row.items():
        if not isinstance(value, str | int | date | None) or isinstance(value, bool):
            raise _unusable(file, f"{place}: `{name}` is not a text")
    cells = {name: str(row.get(name) or "").strip() for name in columns}
    return {name: value or None for name, value in cells.items()}


def _day(file: Path, place: str, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise _unusable(file, f"{place} has a left_on that is no day (write 2026-04-01)") from error


def _unusable(file: Path, why: str) -> WorkspaceError:
    return WorkspaceError(
        f"The directory file {file.name} cannot be used: {why}.",
        "Mend it; until then nobody but the operator can ask.",
    )
