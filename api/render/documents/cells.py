"""A field becomes a cell and a cell a field; a text is never a formula, and empty is unknown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, get_args

from api.render.documents.sheets import Column, Sheet, codes_of, words
from assistant.figures import Figure, find_figures, normalised
from assistant.planning.show import said
from crm.links import defanged
from crm.settings import Language
from crm.text import visible
from plans.model import Quote, Statement
from plans.wording import code_word
from tools.facts import Fact, metrics
from tools.format import shown
from tools.words import word

Cell = str | int | float | bool | date | datetime | Decimal | None
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_DIGITS = re.compile(r"(\d{4})(\d\d)(\d\d)")
_LONGEST = 32_000
"""Characters in a cell; Excel takes 32,767."""
_WORD_KINDS = {"role": "buying_role", "attitude": "attitude"}
_SHARES = ("%", "points")


class Unreadable(Exception):  # noqa: N818 - it is told to a person as a bad cell, not as an error
    """A cell that cannot be read: what is wrong with it, and what to write instead."""

    def __init__(self, what: str, remedy: str) -> None:
        self.what, self.remedy = what, remedy
        super().__init__(what)


@dataclass(frozen=True)
class Book:
    """What cells are written and read by; `goals` are the names of the goals by id, `renamed` the
    ids by the names that goals have in the workbook now."""

    language: Language
    currency: str
    goals: Mapping[str, str]
    renamed: Mapping[str, str] = field(default_factory=dict)


def as_text(text: str) -> str:
    """Text as a cell can hold it, in which nothing hides and no address is one to follow."""
    return _LOOKS_ESCAPED.sub("_x005F_", _clean(text))


def _clean(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NOT_XML.sub("", defanged(visible(lines)))[:_LONGEST]


def written(sheet: Sheet, column: Column, item: object, book: Book) -> Cell:
    """The cell of a field; of a `shown` one a text, of figures and days the value itself."""
    value = getattr(item, column.field)
    if isinstance(value, Fact):
        return shown(value, book.language)
    if isinstance(value, Quote):
        return " › ".join(part for part in (value.title, value.heading, value.file) if part)
    if value is None or value is False:
        return None
    if isinstance(value, Decimal | date):
        return value
    text = str(value)
    match column.kind:
        case "code":
            return code_word(column.field, text, book.language)
        case "flag":
            return code_word(column.field, "true", book.language)
        case "word":
            return word(text, _WORD_KINDS[column.field], book.language)
        case "unit":
            return unit_word(text, book.language)
        case "goal":
            return book.goals.get(text, text)
        case "shown":
            return _shown(sheet.of(column), column.field, text, item, book.language)
    return text


def _shown(collection: str, field: str, text: str, item: object, language: Language) -> str:
    if isinstance(item, Statement) and field == "text":
        return said(item, language)
    if (collection, field) == ("kpis", "measure"):
        metric = metrics().get(text.partition("@")[0])
        return metric.label.in_(language) if metric else text
    return code_word(field, text, language) if field in ("section", "kind", "status") else text


def unit_word(unit: str, language: Language) -> str:
    """What a unit is called; one of no word of ours is called as it is."""
    found: str = words()["units"].get(unit, {}).get(language, unit)
    return found


def same(before: Cell, now: Cell) -> bool:
    """Whether a cell still says what was written into it."""
    if isinstance(now, datetime):
        now = now.date()
    if isinstance(before, Decimal) and isinstance(now, int | float) and not isinstance(now, bool):
        return float(before) == float(now)
    return _plain(before) == _plain(now)


def _plain(cell: Cell) -> str:
    text = "" if cell is None else _clean(str(cell))
    return text.replace("x005F_", "").strip()


def read(sheet: Sheet, column: Column, cell: Cell, unit: str, book: Book) -> Any:
    """The value of a field as somebody has typed it; None for an empty cell. Raises Unreadable."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return False if column.kind == "flag" else None
    match column.kind:
        case "day":
            return _day(cell)
        case "money":
            return _amount(cell, book.currency)
        case "figure":
            return _amount(cell, unit)
        case "code":
            return _code(sheet.of(column), column.field, _text(cell))
        case "flag":
            return _flag(column.field, cell)
        case "unit":
            return _unit(_text(cell))
        case "goal":
            return _goal(_text(cell), book)
    return _text(cell)


def _text(cell: Cell) -> str:
    """Also what a spreadsheet has taken for a number or a day."""
    if isinstance(cell, datetime | date):
        return f"{cell:%Y-%m-%d}"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).replace("\r\n", "\n").strip()


def _day(cell: Cell) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = normalised(_text(cell)).strip()
    if digits := _DIGITS.fullmatch(text):
        parts: tuple[int | None, ...] = tuple(int(part) for part in digits.groups())
    else:
        figure = _only(text, "date")
        parts = figure.day if figure and figure.day and figure.other is None else (None,)
    try:
        return date(*(part or 0 for part in parts))
    except (TypeError, ValueError):
        raise Unreadable("is no day", "Write it as 2027-04-01 or 2027/4/1.") from None


def _amount(cell: Cell, unit: str) -> Decimal:
    """An amount of money, or a figure of a unit; of a share the fraction."""
    if isinstance(cell, bool | date):
        raise Unreadable("is no number", "Write digits, such as 5000000 or 500万.")
    if isinstance(cell, int | float | Decimal):
        value = Decimal(str(cell))
        return value.quantize(Decimal("0.000001"), ROUND_HALF_UP) if abs(value) < 10**18 else value
    text = normalised(cell or "").strip()
    figure = _only(text, "number", "money", "percent", "points", "days", "hours", "times")
    if figure is None or figure.value is None:
        raise Unreadable("is no number", "Write digits, such as 5000000 or 500万.")
    if figure.kind == "money" and figure.noun not in (None, unit):
        raise Unreadable(f"is not in {unit}", f"Write the amount in {unit}.")
    if (figure.kind in ("percent", "points")) != (unit in _SHARES):
        raise Unreadable(
            f"does not fit the unit {unit or '(none)'}",
            "Write it with %." if unit in _SHARES else "Write it in that unit.",
        )
    return figure.value


def _only(text: str, *kinds: str) -> Figure | None:
    """The figure that a text is, and nothing else beside it."""
    found = find_figures(text)
    whole = len(found) == 1 and (found[0].start, found[0].end) == (0, len(text))
    return found[0] if whole and found[0].kind in kinds else None


def _code(collection: str, field: str, text: str) -> str:
    asked = text.casefold()
    codes = codes_of(collection, field)
    for code in codes:
        if asked in _names(field, code):
            return code
    spoken = "、".join(dict.fromkeys(code_word(field, code, "ja") for code in codes))
    english = ", ".join(code_word(field, code, "en") for code in codes)
    raise Unreadable("is none of the choices", f"Choose one: {english} ({spoken}).")


def _names(field: str, code: str) -> set[str]:
    languages: tuple[Language, ...] = get_args(Language)
    return {code.casefold(), *(code_word(field, code, each).casefold() for each in languages)}


def _flag(field: str, cell: Cell) -> bool:
    if isinstance(cell, bool):
        return cell
    text = _text(cell).casefold()
    for code, value in (("true", True), ("false", False)):
        if text in _names(field, code):
            return value
    yes, no = (code_word(field, code, "en") for code in ("true", "false"))
    ja = code_word(field, "true", "ja")
    raise Unreadable("is none of the choices", f"Write {yes} or {no} ({ja}), or leave it empty.")


def _unit(text: str) -> str:
    named = {
        name.casefold(): unit for unit, each in words()["units"].items() for name in each.values()
    }
    unit: str = named.get(text.casefold(), text)
    return unit


def _goal(text: str, book: Book) -> str:
    names = [*book.renamed.items(), *((name, id_) for id_, name in book.goals.items())]
    for name, id_ in names:
        if text == id_ or _plain(name) == _plain(text):
            return id_
    raise Unreadable("is no goal of this plan", "Choose one of the sheet of goals.")
