"""What people have edited in a plan's workbook comes back: all of it, or none and every bad cell.

A cell that still says what was written into it leaves its field as it was, whatever lies behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, get_args

from pydantic import ValidationError

from api.render.documents.cells import Book, Cell, Unreadable, as_text, read, same, written
from api.render.documents.raw import Raw, RawSheet, opened
from api.render.documents.sheets import (
    NAMES,
    SHEETS,
    Column,
    Exported,
    Sheet,
    goal_names,
    title,
)
from api.render.documents.xlsx import name_of
from crm.errors import InputError
from crm.settings import Language
from plans.model import Goal, Item, Kpi, Plan, Progress, new_id
from plans.stored import Version

_TOLD = 50
"""Bad cells that are told at once; the rest is counted."""
_SHOWN = 60


@dataclass(frozen=True)
class Edited:
    """The plan as edited, and the version it was exported from.

    `left_out` names the cells of columns and sheets for reading that were changed nevertheless.
    """

    plan: Plan
    base: Version
    left_out: tuple[str, ...]


def from_xlsx(
    data: bytes,
    place: str,
    plan_id: str,
    version_of: Callable[[int], Version],
    *,
    by: str | None = None,
    on: date | None = None,
) -> Edited:
    """The plan that a workbook of it says, after people have edited it.

    `version_of` gives a stored version; `by` and `on` say who tells the progress, and when. Raises
    InputError naming every cell that cannot be read, or when it is no workbook of this plan.
    """
    raw = opened(data, place, _titles())
    exported = _exported(raw, place)
    if exported.plan_id != plan_id:
        raise InputError(
            f"{place} is a workbook of the plan `{exported.plan_id}`, not of `{plan_id}`.",
            "Edit that plan, or export this one.",
        )
    base = version_of(exported.version)
    if base.hash != exported.hash:
        raise InputError(
            f"{place} was not made of version {exported.version} as it is stored here.",
            "Export the plan again and edit the new file.",
        )
    reader = _Reader(raw, base.plan, exported.language, place, by, on)
    return Edited(reader.plan(), base, tuple(reader.left_out))


def _titles() -> set[str]:
    """The sheets that are read, in every language."""
    languages: tuple[Language, ...] = get_args(Language)
    return {title(sheet.collection, language) for sheet in SHEETS for language in languages}


def _exported(raw: Raw, place: str) -> Exported:
    """What the workbook says of itself."""
    said = {name_of(name): raw.named.get(f"tagayasu_{name}") for name in NAMES}
    number, language = said["version"], said["language"]
    if not (isinstance(number, int | float) and language in get_args(Language)):
        raise InputError(
            f"{place} does not say which plan it was made of.",
            "Export the plan as .xlsx and edit that file.",
        )
    return Exported(str(said["plan_id"]), int(number), str(said["hash"]), language)  # type: ignore[arg-type]


@dataclass
class _Reader:
    """Reads one workbook; bad cells are gathered, so that all are told together."""

    raw: Raw
    base: Plan
    language: Language
    place: str
    by: str | None
    on: date | None
    bad: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def plan(self) -> Plan:
        """The plan with every sheet read. Raises InputError naming every bad cell."""
        book = Book(self.language, self.base.head.currency, goal_names(self.base))
        parts: dict[str, Any] = {}
        progress: dict[str, Progress] = {p.id: p for p in self.base.progress}
        for sheet in SHEETS:
            lines = _Lines(self, sheet, book)
            items = lines.items()
            if sheet.collection == "statements":
                continue
            parts[sheet.collection] = items
            if sheet.collection == "goals":
                book = replace(book, renamed={i.what: i.id for i in items if isinstance(i, Goal)})
            if sheet.collection == "actions":
                gone = {action.id for action in self.base.actions} - {item.id for item in items}
                progress = {i: p for i, p in (progress | lines.progress).items() if i not in gone}
        if self.bad:
            raise self._refusal()
        try:
            return self.base.replaced({**parts, "progress": tuple(progress.values())})
        except ValidationError as error:
            raise InputError(
                f"{self.place}: {error.errors()[0]['msg']}.", "Mend it and try again."
            ) from None

    def _refusal(self) -> InputError:
        told, more = self.bad[:_TOLD], len(self.bad) - _TOLD
        count = "1 cell" if len(self.bad) == 1 else f"{len(self.bad)} cells"
        rest = [f"and {more} more"] if more > 0 else []
        return InputError(
            "\n- ".join([f"{self.place}: {count} cannot be read.", *told, *rest]) + "\n",
            "Nothing was changed. Mend them and try again.",
        )


class _Lines:
    """The rows of one sheet as items."""

    def __init__(self, reader: _Reader, sheet: Sheet, book: Book) -> None:
        self._reader, self._sheet, self._book = reader, sheet, book
        self._title = title(sheet.collection, book.language)
        self.progress: dict[str, Progress] = {}
        found = reader.raw.sheets.get(self._title)
        if found is None:
            raise InputError(
                f"{reader.place} has no sheet `{self._title}`.",
                "Export the plan again; to remove items, delete their rows.",
            )
        self._page: RawSheet = found
        self._places = self._headings()

    def _headings(self) -> dict[str, int]:
        """Where the columns are now: people may move them."""
        names = [str(cell or "").strip() for cell in self._page.header]
        wanted = ["ID", *(self._sheet.heading(c, self._book.language) for c in self._sheet.columns)]
        missing = [name for name in wanted if name not in names]
        if missing:
            raise InputError(
                f"{self._reader.place}: the sheet `{self._title}` has no column "
                f"`{'`, `'.join(missing)}`.",
                "Put it back, with that heading in row 1, or export the plan again.",
            )
        return {name: names.index(name) for name in wanted}

    def items(self) -> tuple[Item, ...]:
        """An item for each row; a row whose id is taken by one above it is a copy, and new."""
        found: dict[str, Item] = {}
        for number, cells in self._page.rows:
            row = _Row(number, {name: cells[at] for name, at in self._places.items()
                                if at < len(cells)})  # fmt: skip
            if any(not _is_empty(row.cells.get(self._name(c))) for c in self._sheet.columns):
                item = self._item(row, found)
                if item is not None:
                    found[item.id] = item
        return tuple(found.values())

    def _item(self, row: _Row, found: Mapping[str, Item]) -> Item | None:
        id_ = str(row.cells.get("ID") or "").strip()
        before = self._before(id_)
        if before is not None and before.id in found:
            id_, before = "", None
        if id_ and before is None:
            self._bad(row, "ID", id_, "is the id of no item of that version",
                      "Leave the cell empty for a new row.")  # fmt: skip
            return None
        return self._made(row, before)

    def _before(self, id_: str) -> Item | None:
        """The item of that version with this id, as the id is or as a cell shows it."""
        known = self._reader.base.items(self._sheet.collection)
        return next((item for item in known if id_ in (item.id, as_text(item.id))), None)

    def _made(self, row: _Row, before: Item | None) -> Item | None:
        model = Plan.collections[self._sheet.collection]
        own = [column for column in self._sheet.columns if not column.collection]
        changed, unread = self._changed(row, own, before)
        item = before
        if changed or unread or before is None:
            given = dict(before) if before else {"id": new_id()}
            item = self._valid(row, model, given | changed, unread)
        if len(own) < len(self._sheet.columns):
            self._follow(row, item)
        return item

    def _follow(self, row: _Row, item: Item | None) -> None:
        """What the row says of how its action goes."""
        columns = [column for column in self._sheet.columns if column.collection]
        before = None if item is None else self._reader.base.item("progress", item.id)
        changed, unread = self._changed(row, columns, before)
        if item is not None and changed and (before is not None or any(changed.values())):
            given = dict(before) if before else {"id": item.id}
            said = {"by": self._reader.by, "on": self._reader.on} if self._reader.by else {}
            progress = self._valid(row, Progress, given | changed | said, unread)
            if isinstance(progress, Progress):
                self.progress[item.id] = progress

    def _changed(
        self, row: _Row, columns: list[Column], before: Item | None
    ) -> tuple[dict[str, Any], set[str]]:
        """The fields whose cells were changed, and those whose cells cannot be read."""
        changed: dict[str, Any] = {}
        unread: set[str] = set()
        for column in columns:
            name, cell = self._name(column), row.cells.get(self._name(column))
            was = None if before is None else written(self._sheet, column, before, self._book)
            if same(was, cell):
                continue
            if column.kind == "shown":
                self._reader.left_out.append(f"{self._title}!{self._at(row, name)}")
                continue
            try:
                changed[column.field] = read(
                    self._sheet, column, cell, self._unit(row, before), self._book
                )
            except Unreadable as wrong:
                self._bad(row, name, cell, wrong.what, wrong.remedy)
                unread.add(column.field)
        return changed, unread

    def _unit(self, row: _Row, before: Item | None) -> str:
        """The unit in which the figures of a row are given."""
        column = next((c for c in self._sheet.columns if c.kind == "unit"), None)
        if column is None:
            return ""
        cell = row.cells.get(self._name(column))
        if isinstance(before, Kpi) and same(written(self._sheet, column, before, self._book), cell):
            return before.unit
        return str(read(self._sheet, column, cell, "", self._book) or "")

    def _valid(
        self, row: _Row, model: type[Item], given: dict[str, Any], unread: set[str]
    ) -> Item | None:
        """The item, when all its cells could be read and it fits the model."""
        try:
            item = model(**given)
        except ValidationError as error:
            for fault in error.errors():
                if not unread.intersection(fault["loc"]):
                    name, what, remedy = self._fault(fault)
                    self._bad(row, name, row.cells.get(name), what, remedy)
            return None
        return None if unread else item

    def _fault(self, fault: Any) -> tuple[str, str, str]:
        """Which column a fault of the model is about, what it is, and what to do."""
        field_name = str(fault["loc"][0]) if fault["loc"] else ""
        columns = [column for column in self._sheet.columns if column.field == field_name]
        name = self._name(columns[0]) if columns else self._name(self._sheet.columns[0])
        limits = fault.get("ctx", {})
        match fault["type"]:
            case "string_too_long":
                return name, f"is longer than {limits['max_length']} characters", "Shorten it."
            case "decimal_max_places" | "decimal_max_digits" | "decimal_whole_digits":
                return name, "has too many digits", "Give at most 18 digits and 6 decimals."
        if fault["type"] in ("missing", "string_too_short") or fault.get("input") is None:
            return name, "is needed", "Fill it in, or empty the whole row."
        return name, "does not fit", f"Mend it: {fault['msg']}."

    def _bad(self, row: _Row, name: str, cell: Cell, what: str, remedy: str) -> None:
        shown = "" if _is_empty(cell) else " ".join(str(cell).split())
        shown = shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…"
        quoted = f"“{shown}” " if shown else ""
        self._reader.bad.append(
            f"{self._title}!{self._at(row, name)} ({name}): {quoted}{what}. {remedy}"
        )

    def _at(self, row: _Row, name: str) -> str:
        from openpyxl.utils import get_column_letter

        return f"{get_column_letter(self._places[name] + 1)}{row.number}"

    def _name(self, column: Column) -> str:
        return self._sheet.heading(column, self._book.language)


@dataclass(frozen=True)
class _Row:
    """A row of a sheet: its number, and its cells by the headings."""

    number: int
    cells: Mapping[str, Cell]


def _is_empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
