"""A plan as a workbook that people edit; text stays text, whatever it begins with."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from api.render.charts.palette import BLUE, FAINT, INK, RULE
from api.render.documents.cells import Book, Cell, as_text, unit_word, written
from api.render.documents.document import PlanDocument
from api.render.documents.sheets import (
    GOAL_ROWS,
    NAMES,
    SHEETS,
    Column,
    Exported,
    Sheet,
    codes_of,
    goal_names,
    title,
    words,
)
from assistant.planning.show import PlanView
from crm.settings import Language
from plans.model import Item, Kpi, Plan
from plans.wording import code_word, collection_word, field_word

FONT = "Noto Sans CJK JP"
_SIZE = 10
_HEAD_FILL, _READ_FILL = "EAF3F9", "F3F3F3"
_FREE_ROWS = 200
"""Rows below the last one that are ready to be filled in."""
_MONEY = {"JPY": {"ja": '#,##0"円"', "en": '"¥"#,##0'}, "USD": {"ja": '#,##0.##"ドル"',
          "en": '"$"#,##0.##'}, "EUR": {"ja": '#,##0.##"ユーロ"', "en": '"€"#,##0.##'}}  # fmt: skip
_DAY = {"ja": 'yyyy"年"m"月"d"日"', "en": "d mmm yyyy"}
_A3, _A4, _A4_COLUMNS = 8, 9, 8
"""Sizes of paper, and the columns that are readable on the smaller one."""
_LIST_LENGTH = 255
"""Characters that a list of choices may have in a cell's rule."""
_LINE = Side(style="thin", color=RULE.removeprefix("#"))


def content(document: PlanDocument) -> bytes:
    """The workbook of a document's plan, in the document's language."""
    stored = document.stored
    exported = Exported(stored.plan_id, stored.version, stored.hash, document.language)
    return xlsx(stored.plan, exported)


def xlsx(plan: Plan, exported: Exported) -> bytes:
    """The plan as a workbook in the language of `exported`; `from_xlsx` reads it back."""
    language = exported.language
    book = Book(language, plan.head.currency, goal_names(plan))
    workbook = Workbook()
    first: Any = workbook.active
    _overview(workbook, first, plan, exported)
    for sheet in SHEETS:
        _items(workbook, sheet, plan, book)
    _sources(workbook, plan, language)
    for page in workbook.worksheets:
        _page(page, plan, language)
    about, moment = workbook.properties, datetime.combine(plan.head.as_of, time(), UTC)
    about.title, about.creator = as_text(plan.head.title), as_text(plan.head.owner or "")
    about.created = about.modified = moment.replace(tzinfo=None)
    into = io.BytesIO()
    workbook.save(into)
    return into.getvalue()


def money_format(currency: str, language: Language) -> str:
    """How a spreadsheet shows amounts of a currency."""
    return _MONEY.get(currency, {}).get(language, f'#,##0.## "{currency}"')


def _overview(workbook: Workbook, page: Any, plan: Plan, exported: Exported) -> None:
    """What the plan is, how to edit it, and, in named cells, which version it was made of."""
    language, head, said = exported.language, plan.head, words()["overview"]
    page.title = title("overview", language)
    view = PlanView(plan, language)
    _put(page.cell(1, 1), head.title, Font(FONT, size=16, bold=True, color=_hex(INK)))
    between = said["between"][language].format(start=view.start, end=view.end)
    fields: list[tuple[str, Cell]] = [
        (field_word("head", "account_name", language), head.account_name),
        (said["period"][language], between),
        (field_word("head", "owner", language), head.owner),
        (field_word("head", "as_of", language), view.as_of),
        (field_word("head", "purpose", language), head.purpose),
        (field_word("head", "agreed", language), "\n".join(head.agreed)),
        (field_word("head", "outcome", language),
         code_word("outcome", head.outcome, language) if head.outcome else None),
        (field_word("head", "lessons", language), head.lessons),
    ]  # fmt: skip
    fields += [
        (collection_word(s.collection, language), len(plan.items(s.collection)))
        for s in SHEETS if s.collection not in ("statements", "records")
    ]  # fmt: skip
    for row, (name, value) in enumerate(fields, 3):
        _field(page, row, name, value)
    row = 4 + len(fields)
    for number, step in enumerate(words()["steps"]):
        name = said["how"][language] if number == 0 else ""
        _field(page, row + number, name, step[language].format(plan=exported.plan_id))
    row += len(words()["steps"]) + 1
    for number, name in enumerate(NAMES):
        _field(page, row + number, said[name][language], getattr(exported, name_of(name)), FAINT)
        place = f"{quote_sheetname(page.title)}!$B${row + number}"
        workbook.defined_names[f"tagayasu_{name}"] = DefinedName(
            f"tagayasu_{name}", attr_text=place
        )
    page.column_dimensions["A"].width, page.column_dimensions["B"].width = 26, 90
    page.sheet_view.showGridLines = False
    page.protection.sheet = True


def name_of(named: str) -> str:
    """The field of `Exported` that a named cell holds."""
    return "plan_id" if named == "plan" else named


def _field(page: Any, row: int, name: str, value: Cell, colour: str = INK) -> None:
    _put(page.cell(row, 1), name, Font(FONT, size=_SIZE, bold=True, color=_hex(FAINT)))
    _put(page.cell(row, 2), value, Font(FONT, size=_SIZE, color=_hex(colour)))
    page.cell(row, 2).alignment = Alignment("left", "top", wrap_text=True)


def _items(workbook: Workbook, sheet: Sheet, plan: Plan, book: Book) -> None:
    page: Any = workbook.create_sheet(title(sheet.collection, book.language))
    headings = ["ID", *(sheet.heading(column, book.language) for column in sheet.columns)]
    _headings(page, headings, [column.kind == "shown" for column in sheet.columns])
    page.column_dimensions["A"].hidden = True
    for number, column in enumerate(sheet.columns, 2):
        _column(page, sheet, column, number, book)
    for row, item in enumerate(plan.items(sheet.collection), 2):
        _put(page.cell(row, 1), item.id, Font(FONT, size=_SIZE))
        for number, column in enumerate(sheet.columns, 2):
            _cell(page.cell(row, number), _value(sheet, column, plan, item, book), column, item,
                  book)  # fmt: skip
    page.freeze_panes = "C2"
    last = max(page.max_row, 2)
    page.auto_filter.ref = f"A1:{get_column_letter(len(headings))}{last}"
    if sheet.collection == "statements":
        page.protection.sheet = True
        page.protection.autoFilter = page.protection.formatColumns = False


def _value(sheet: Sheet, column: Column, plan: Plan, item: Item, book: Book) -> Cell:
    of: Item | None = plan.item(column.collection, item.id) if column.collection else item
    return None if of is None else written(sheet, column, of, book)


def _cell(cell: Any, value: Cell, column: Column, item: Item, book: Book) -> None:
    _put(cell, value, Font(FONT, size=_SIZE, color=_hex(INK)))
    number = isinstance(value, Decimal)
    cell.alignment = Alignment(
        "right" if number else "left", "top", wrap_text=True, indent=int(number)
    )
    cell.border = Border(bottom=_LINE)
    if column.kind == "shown":
        cell.fill = PatternFill("solid", fgColor=_READ_FILL)
    _format(cell, column, book, item.unit if isinstance(item, Kpi) else "")


def _format(cell: Any, column: Column, book: Book, unit: str) -> None:
    if column.kind == "day":
        cell.number_format = _DAY[book.language]
    elif column.kind == "money" or (column.kind == "figure" and unit == book.currency):
        cell.number_format = money_format(book.currency, book.language)
    elif column.kind == "figure":
        cell.number_format = "0.0##%" if unit in ("%", "points") else "#,##0.######"


def _column(page: Any, sheet: Sheet, column: Column, number: int, book: Book) -> None:
    """Width, the look of rows still to be filled in, and the choices where there are some."""
    letter = get_column_letter(number)
    look = page.column_dimensions[letter]
    look.width, look.font = column.width, Font(FONT, size=_SIZE)
    if column.kind in ("day", "money"):
        _format(look, column, book, "")
    choices = _choices(sheet, column, book.language)
    if choices is None:
        return
    strict = column.kind in ("code", "flag")
    rule = DataValidation(type="list", formula1=choices, allow_blank=True, showErrorMessage=strict)
    rule.error = words()["choose"][book.language]
    page.add_data_validation(rule)
    rule.add(f"{letter}2:{letter}{page.max_row + _FREE_ROWS}")


def _choices(sheet: Sheet, column: Column, language: Language) -> str | None:
    match column.kind:
        case "code":
            codes = codes_of(sheet.of(column), column.field)
            found = [code_word(column.field, code, language) for code in codes]
        case "flag":
            found = [code_word(column.field, code, language) for code in ("true", "false")]
        case "unit":
            found = ["JPY", "%", *(unit_word(unit, language) for unit in words()["units"])]
        case "goal":
            return f"{quote_sheetname(title('goals', language))}!$B$2:$B${GOAL_ROWS}"
        case _:
            return None
    text = ",".join(found)
    return f'"{text}"' if len(text) <= _LIST_LENGTH else None


def _sources(workbook: Workbook, plan: Plan, language: Language) -> None:
    page: Any = workbook.create_sheet(title("sources", language))
    _headings(page, [words()["source"][language]], [False])
    for row, source in enumerate(PlanView(plan, language).sources, 2):
        _put(page.cell(row, 1), source, Font(FONT, size=_SIZE))
        page.cell(row, 1).alignment = Alignment("left", "top", wrap_text=True)
    page.column_dimensions["A"].width = 110
    page.freeze_panes = "A2"
    page.protection.sheet = True


def _headings(page: Any, names: Sequence[str], is_read: Iterable[bool]) -> None:
    for number, name in enumerate(names, 1):
        cell = page.cell(1, number)
        _put(cell, name, Font(FONT, size=_SIZE, bold=True, color=_hex(INK)))
        cell.fill = PatternFill("solid", fgColor=_HEAD_FILL)
        cell.border = Border(bottom=Side(style="medium", color=_hex(BLUE)))
        cell.alignment = Alignment("left", "center", wrap_text=True)
    for number, read in enumerate(is_read, 2):
        if read:
            page.cell(1, number).fill = PatternFill("solid", fgColor=_READ_FILL)
    page.row_dimensions[1].height = 24


def _put(cell: Any, value: Cell, font: Font) -> None:
    """A value in a cell; a text that begins like a formula stays the text that it is."""
    if isinstance(value, str):
        text = as_text(value)
        cell.value = text or None
        if text:
            cell.data_type = "s"
            cell.quotePrefix = text[0] in "=+-@\t\r\n"
    else:
        cell.value = value
    cell.font = font


def _page(page: Any, plan: Plan, language: Language) -> None:
    """As it is printed: across, as wide as the paper, the headings on every page."""
    is_wide = page.max_column > _A4_COLUMNS
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = _A3 if is_wide else _A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_area = f"A1:{get_column_letter(page.max_column)}{page.max_row}"
    if page.freeze_panes:
        page.print_title_rows = "1:1"
    page.page_margins.left = page.page_margins.right = 0.4
    name = as_text(plan.head.title)[:100].replace("&", "&&")
    page.oddHeader.left.text, page.oddHeader.right.text = name, words()["confidential"][language]
    page.oddFooter.left.text, page.oddFooter.right.text = page.title, words()["page"][language]


def _hex(colour: str) -> str:
    return colour.removeprefix("#")
