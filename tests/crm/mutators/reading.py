"""A file is read back as a person sees it, by nothing of ours: its rows, and what stands where."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import openpyxl

from tests.crm.mutators.exports import Export
from tests.crm.mutators.truth import AROUND

Seen = dict[int, dict[str, str]]
"""The cells of the rows below the header, by the row's number and the column's name; trimmed.

A row that fits no header stands under "" whole.
"""


def seen(export: Export, path: Path) -> Seen:
    """What a person sees in the file; rows without any value are none."""
    match export.format:
        case "xlsx":
            found = _sheet(export, path)
        case "jsonl":
            found = _objects(export, path)
        case _:
            found = _rows(export, path)
    return {number: cells for number, cells in found.items() if any(cells.values())}


def _text(export: Export, path: Path) -> str:
    encoding = {"utf-16-be-bom": "utf-16"}.get(export.encoding, export.encoding)
    return path.read_bytes().decode(encoding)


def _rows(export: Export, path: Path) -> Seen:
    text = _text(export, path)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=export.delimiter))
    header = [cell.strip(AROUND) for cell in rows[export.header_row - 1]]
    return {
        number: {name: cell.strip(AROUND) for name, cell in zip(header, row, strict=True)}
        if len(row) == len(header)
        else {"": export.delimiter.join(row).strip(AROUND + export.delimiter)}
        for number, row in enumerate(rows, start=1)
        if number > export.header_row
    }


def _objects(export: Export, path: Path) -> Seen:
    lines = _text(export, path).split("\n")
    return {number: _object(line) for number, line in enumerate(lines, start=1)}


def _object(line: str) -> dict[str, str]:
    try:
        found = json.loads(line, parse_float=str, parse_int=str, parse_constant=_no_constant)
    except ValueError:
        return {"": line.strip()}
    if not isinstance(found, dict):
        return {"": line.strip()}
    flat: dict[str, Any] = {}
    for key, value in found.items():
        inner = {f"{key}.{k}": v for k, v in value.items()} if isinstance(value, dict) else None
        flat |= inner if inner is not None else {key: value}
    return {key: str(value or "").strip(AROUND) for key, value in flat.items()}


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _sheet(export: Export, path: Path) -> Seen:
    book: Any = openpyxl.load_workbook(path)
    sheet = next(each for each in book.worksheets if each.sheet_state == "visible")
    names = [export.name_of(column) for column in export.columns]
    first = export.header_row + export.header_rows
    return {
        number: {name: _shown(cell) for name, cell in zip(names, cells, strict=False)}
        for number, cells in enumerate(sheet.iter_rows(min_row=first), first)
    }


def _shown(cell: Any) -> str:
    """What the cell shows of a text or a whole number; of others, that there is something."""
    if isinstance(cell.value, int) and set(cell.number_format) == {"0"}:
        return str(cell.value).zfill(len(cell.number_format))
    return str("" if cell.value is None else cell.value).strip(AROUND)
