"""Each line is one object; its names are columns, and its figures are read as they are written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from crm.errors import InputError
from crm.mapping import Source
from crm.readers.encoding import as_utf8
from crm.readers.loaded import Ragged, Unread
from crm.readers.staging import Reading, Row, check_columns

_LONGEST_LINE = 1 << 24
_MOST_COLUMNS = 2_000
_SHOWN = 200
_LIST = ";"
_NO_TEXT = re.compile("[\0\ud800-\udfff]")

Cells = dict[str, str]


class _UnreadError(Exception):
    """A line that is no row; says why."""

    def __init__(self, reason: Unread) -> None:
        self.reason = reason


class JsonLines:
    """A file of JSON lines; the columns are the names of all lines, in the order they come."""

    def __init__(self, path: Path, source: Source, copy: Path) -> None:
        """Raises InputError for what is no such file. It is read once for its columns."""
        self.file = source.file
        self.path, self.encoding = as_utf8(path, source.file, source.encoding, copy)
        columns: dict[str, None] = {}
        for _, cells in self._lines():
            if isinstance(cells, dict):
                columns.update(dict.fromkeys(cells))
                if len(columns) > _MOST_COLUMNS:
                    raise InputError(
                        f"{self.file}: its lines have more than {_MOST_COLUMNS:,} names.",
                        "Write values under names that all lines share.",
                    )
        if not columns:
            raise InputError(
                f"{self.file}: no line is a JSON object with values.",
                'Write one object a line: {"id": 1, "name": "..."}.',
            )
        self.columns = tuple(columns)
        check_columns(self.file, self.columns)

    def reading(self) -> Reading:
        """Its lines as rows."""
        return Reading(self.file, self.columns, self._rows(), encoding=self.encoding)

    def _rows(self) -> Iterator[Row | Ragged]:
        for number, cells in self._lines():
            if isinstance(cells, Ragged):
                yield cells
            else:
                yield number, [cells.get(column) for column in self.columns]

    def _lines(self) -> Iterator[tuple[int, Cells | Ragged]]:
        """The lines that are not blank, with their numbers."""
        number = 0
        with self.path.open(encoding="utf-8", newline="\n") as stream:
            while line := stream.readline(_LONGEST_LINE):
                number += 1
                if len(line) == _LONGEST_LINE and not line.endswith("\n"):
                    raise InputError(
                        f"{self.file}: line {number} has more than {_LONGEST_LINE:,} characters.",
                        "Write one object a line.",
                    )
                text = line.strip()
                if not text:
                    continue
                if number == 1 and text.startswith("["):
                    raise InputError(
                        f"{self.file} is one JSON list.", "Write one object a line, without a list."
                    )
                try:
                    yield number, _cells(text)
                except _UnreadError as error:
                    yield number, Ragged(number, text[:_SHOWN], error.reason)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _UnreadError("repeated_key")
    return found


def _constant(_: str) -> object:
    raise _UnreadError("not_json")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=str, parse_int=str, parse_constant=_constant
)
"""Figures stay as they are written: no binary fraction is made of them."""


def _cells(line: str) -> Cells:
    """The cells of a line by column; _UnreadError when it is no row."""
    try:
        found = _DECODER.decode(line)
    except (ValueError, RecursionError):
        raise _UnreadError("not_json") from None
    if not isinstance(found, dict):
        raise _UnreadError("not_json")
    cells: Cells = {}
    for key, value in found.items():
        if isinstance(value, dict):
            for inner, each in value.items():
                _put(cells, f"{key}.{inner}", each)
        else:
            _put(cells, key, value)
    return cells


def _put(cells: Cells, column: str, value: object) -> None:
    if column in cells:
        raise _UnreadError("repeated_key")
    if isinstance(value, list):
        items = [text for each in value if (text := _text(each))]
        if any(_LIST in each for each in items):
            raise _UnreadError("nested")
        cells[column] = _LIST.join(items)
    else:
        cells[column] = _text(value)


def _text(value: object) -> str:
    """A single value as text: null is empty."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            if _NO_TEXT.search(value):
                raise _UnreadError("not_json")
            return value
    raise _UnreadError("nested")
