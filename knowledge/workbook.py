"""A workbook is read as its cells show: a share as 30%, money with its sign, a day as a day."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

_CURRENCY = re.compile(r"\[\$([^\]-]*)(?:-[^\]]*)?\]")
_NOT_SHOWN = re.compile(r"\[[^\]]*\]|_.|\*.")
_FORMAT = re.compile(
    r'(?P<before>(?:"[^"]*"|[¥￥$€\s])*)[#0?,.]*[#0?](?P<thousands>,*)(?P<after>(?:"[^"]*"|[%\s])*)'
)
At = tuple[int, int]
"""Row and column of a cell, from 1 on."""


@dataclass(frozen=True)
class Sheet:
    """The filled cells of a sheet.

    `beside` are the cells that are one with that to their left, `below` with that above them.
    `comments` and `formulas`, those whose value was never stored, are by the name of their cell.
    """

    name: str
    cells: Mapping[At, str]
    beside: frozenset[At]
    below: frozenset[At]
    comments: Mapping[str, str]
    formulas: Mapping[str, str]


def read(data: bytes) -> list[Sheet]:
    """The sheets of a workbook; meant to run in a process of its own, within limits.

    Values are those stored when the workbook was last computed: nothing in it is run. What the
    library raises leaves as a ValueError without words.
    """
    import openpyxl

    try:
        stored, written = (
            openpyxl.load_workbook(io.BytesIO(data), data_only=is_stored, keep_links=False)
            for is_stored in (True, False)
        )
        both = zip(stored.worksheets, written.worksheets, strict=True)
        return [_sheet(values, formulas) for values, formulas in both]
    except Exception:  # noqa: BLE001 - any file: the caller names the place
        raise ValueError from None


def markdown(sheets: Sequence[Sheet]) -> str:
    """The sheets that hold something as headings and tables, the first filled row their head."""
    return "\n\n".join(_table(sheet) for sheet in sheets if sheet.cells)


def _table(sheet: Sheet) -> str:
    rows, columns = (sorted({at[n] for at in sheet.cells}) for n in (0, 1))
    lines = [
        "| " + " | ".join(_cell(sheet.cells.get((row, column), "")) for column in columns) + " |"
        for row in rows
    ]
    rule = "|" + " --- |" * len(columns)
    return "\n".join([f"## {_cell(sheet.name)}", "", lines[0], rule, *lines[1:]])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _sheet(values: Any, written: Any) -> Sheet:
    existing, formulas = (
        sheet._cells  # those that exist: asking for another cell would make it
        for sheet in (values, written)
    )
    shown = {at: _shown(cell.value, cell.number_format) for at, cell in existing.items()}
    cells = {at: text for at, text in shown.items() if text.strip()}
    last_row, last_column = (max((at[n] for at in cells), default=0) for n in (0, 1))
    beside: set[At] = set()
    below: set[At] = set()
    for merged in values.merged_cells.ranges:
        rows = range(merged.min_row, min(merged.max_row, last_row) + 1)
        columns = range(merged.min_col, min(merged.max_col, last_column) + 1)
        beside |= {(row, column) for row in rows for column in columns[1:]}
        below |= {(row, merged.min_col) for row in rows[1:]}
    return Sheet(
        values.title,
        cells,
        frozenset(beside),
        frozenset(below),
        {cell.coordinate: cell.comment.text for cell in existing.values() if cell.comment},
        {
            cell.coordinate: str(getattr(cell.value, "text", cell.value))
            for at, cell in formulas.items()
            if cell.data_type == "f" and at not in cells
        },
    )


def _shown(value: Any, number_format: str) -> str:
    """A cell as it is seen, but never rounded."""
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).upper()
    if isinstance(value, int | float):
        return _number(Decimal(f"{value:.15g}"), number_format)
    if isinstance(value, datetime):
        return value.isoformat(" ") if value.time() != time() else value.date().isoformat()
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _number(value: Decimal, number_format: str) -> str:
    """A number with the sign and unit that its format adds: 0% and `"¥"#,##0` and `0"名"`."""
    form = _CURRENCY.sub(r'"\1"', number_format.partition(";")[0])
    form = re.sub(r"\\(.)", r'"\1"', form)
    found = _FORMAT.fullmatch(_NOT_SHOWN.sub("", form))
    if found is None:
        return f"{value:f}"
    before, after = (found[part].replace('"', "").strip() for part in ("before", "after"))
    scaled = value * (100 if "%" in after else 1) / 1000 ** len(found["thousands"])
    sign = "-" if scaled < 0 else ""
    digits = f"{abs(scaled):f}"
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return f"{sign}{before}{digits}{after}"
