"""Exports become files, and the mapping says of them what a person would say."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl

from tests.companies import write_mapping
from tests.crm.mutators.exports import Column, Export, Line
from tests.crm.mutators.forms import Cell


def write(export: Export, folder: Path) -> Path:
    """The export as a file, with its fault if it has one."""
    path = folder / export.file
    columns = _columns(export)
    match export.format:
        case "xlsx":
            _workbook(export, columns).save(path)
        case "jsonl":
            path.write_bytes(_encoded(_json_lines(export, columns), export.encoding))
        case _:
            path.write_bytes(_encoded(_text(export, columns), export.encoding))
    return path


def _encoded(text: str, encoding: str) -> bytes:
    if encoding == "utf-16-be-bom":
        return ("\ufeff" + text).encode("utf-16-be")
    return text.encode(encoding)


def mapping_of(exports: Sequence[Export], path: Path, said: dict[str, dict[str, object]]) -> Path:
    """The mapping of these exports; `said` is what is said of a file beyond its name."""
    sources = {e.table: {"file": e.file, **_titled(e), **said.get(e.table, {})} for e in exports}
    tables = {e.table: {"source": e.table, "columns": _mapped(e)} for e in exports}
    company = {"time_zone": exports[0].zone}
    return write_mapping(path, workspace=company, sources=sources, tables=tables)


def _titled(export: Export) -> dict[str, object]:
    """Of a text with titles it must be said where the header is; of a workbook it is seen."""
    told = export.format in ("csv", "tsv") and export.header_row > 1
    return {"header_row": export.header_row} if told and export.fault != "title unsaid" else {}


def _mapped(export: Export) -> dict[str, object]:
    return {c.canonical: _entry(export, c) for c in export.columns if c.canonical}


def _entry(export: Export, column: Column) -> dict[str, object]:
    entry: dict[str, object] = {"column": export.name_of(column)}
    if column.multiplied:
        entry["multiply"] = int(column.style.scale)
    if column.style.order != "ymd":
        entry["date_order"] = column.style.order
    if column.style.values:
        entry["values"] = dict(column.style.values)
    return entry


def needed_column(export: Export) -> str:
    """The heading that a fault takes away or repeats: that of the table's key."""
    return next(export.name_of(c) for c in export.columns if c.canonical)


def _columns(export: Export) -> list[Column]:
    """The columns as they are written: a fault changes the first that is wanted, or one beside."""
    columns = list(export.columns)
    wanted = next(n for n, c in enumerate(columns) if c.canonical)
    other = next(n for n, c in enumerate(columns) if n != wanted)
    match export.fault:
        case "same heading":
            columns[other] = columns[wanted]
        case "column gone":
            columns[wanted] = Column("", "ほか", columns[wanted].group)
        case "heading empty":
            columns[wanted] = Column("", "", columns[wanted].group)
    return columns


# ------------------------------------------------------------------ texts


def _text(export: Export, columns: Sequence[Column]) -> str:
    stream = io.StringIO(newline="")
    # Python 3.11 does not quote a line feed where the lines end with a carriage return.
    quotes = export.quote_all or export.line_end == "\r"
    writer = csv.writer(
        stream,
        delimiter=export.delimiter,
        lineterminator=export.line_end,
        quoting=csv.QUOTE_ALL if quotes else csv.QUOTE_MINIMAL,
    )
    for title in export.titles:
        writer.writerow([title])
    if export.gap:
        stream.write(export.line_end)
    writer.writerow([c.before + c.heading + c.behind for c in columns])
    for line in export.lines:
        if line.cells:
            writer.writerow([cell.text for cell in line.cells])
        else:
            stream.write(export.line_end)
    text = stream.getvalue()
    return text if export.ended else text.removesuffix(export.line_end)


# ------------------------------------------------------------------ JSON lines


def _json_lines(export: Export, columns: Sequence[Column]) -> str:
    lines = [line.raw or _json(export, columns, line) for line in export.lines]
    return "\n".join(lines) + "\n" * export.ended


def _json(export: Export, columns: Sequence[Column], line: Line) -> str:
    if not line.cells:
        return ""
    found: dict[str, Any] = {}
    for column, cell in zip(columns, line.cells, strict=True):
        inner = found.setdefault(column.group, {}) if export.nested and column.group else found
        inner[column.heading] = _json_value(cell)
    if not any(cell.text for cell in line.cells):
        return ""
    return _dumped(found)


def _json_value(cell: Cell) -> object:
    if isinstance(cell.native, Decimal):
        return cell.native
    return None if cell.form == "empty" and not cell.text else cell.text


def _dumped(value: object) -> str:
    """JSON in which a number stands as its digits: no binary fraction is made of it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_dumped(k)}: {_dumped(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return json.dumps(value, ensure_ascii=False)


# ------------------------------------------------------------------ workbooks


def _workbook(export: Export, columns: Sequence[Column]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for number, title in enumerate(export.titles, start=1):
        sheet.cell(number, 1, title)
    _head(sheet, export, columns)
    for number, line in export.numbered():
        for place, cell in enumerate(line.cells, start=1):
            _put(sheet.cell(number, place), cell)
        if line.raw:
            sheet.cell(number, 1).value = line.raw
            sheet.cell(number, 2).value = "x"
    if export.fault == "stray cell":
        sheet.cell(export.header_row + export.header_rows, len(columns) + 2, "?")
    if export.hidden_sheet:
        book.create_sheet("作業用", 0).sheet_state = "hidden"
        book.active = 1
    return book


def _head(sheet: Any, export: Export, columns: Sequence[Column]) -> None:
    """The header: in two rows a group stands over its columns, and a lone heading fills both."""
    top = export.header_row
    if export.header_rows == 1:
        for place, column in enumerate(columns, start=1):
            sheet.cell(top, place, (column.before + column.heading + column.behind) or None)
        return
    place = 1
    while place <= len(columns):
        column, last = columns[place - 1], place
        if column.group:
            while last < len(columns) and columns[last].group == column.group:
                last += 1
            sheet.cell(top, place, column.group)
            for n in range(place, last + 1):
                sheet.cell(top + 1, n, columns[n - 1].heading or None)
        else:
            sheet.cell(top, place, column.heading or None)
        if last > place or not column.group:
            sheet.merge_cells(
                start_row=top, end_row=top + (not column.group), start_column=place,
                end_column=last,
            )  # fmt: skip
        place = last + 1


def _put(at: Any, cell: Cell) -> None:
    if cell.native is not None:
        held = cell.native
        if isinstance(held, Decimal):
            held = int(held) if held == held.to_integral_value() else float(held)  # type: ignore[assignment]
        at.value = held
        at.number_format = cell.shown_by
    elif cell.text:
        at.value = cell.text
        at.data_type = "s"  # whatever it looks like
