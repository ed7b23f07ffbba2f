"""A workbook is read as its cells show: a share as 30%, money with its sign, a day as a day.

It is read in a process of its own: one that hangs, or takes too much memory, is ended, and the file
is refused.
"""

from __future__ import annotations

import io
import multiprocessing
import re
import resource
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from crm.errors import InputError
from knowledge.readers import check_package

_SECONDS = 60
_MEMORY = 4 * 2**30
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


def sheets(place: str, data: bytes) -> list[Sheet]:
    """The sheets of a workbook. Raises InputError naming the place and the remedy."""
    check_package(place, data)
    with multiprocessing.get_context("spawn").Pool(1, _limit) as pool:
        try:
            return pool.apply_async(_read, (data,)).get(_SECONDS)
        except multiprocessing.TimeoutError:
            problem = f"could not be read within {_SECONDS} seconds"
        except (ValueError, MemoryError):
            problem = "cannot be read: it is damaged, or no workbook"
    raise InputError(f"{place} {problem}.", "Open it in its program and save it again.")


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def _read(data: bytes) -> list[Sheet]:
    """In the process of its own; what the library raises leaves it as a ValueError without words.

    Values are those stored when the workbook was last computed: nothing in it is run.
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
