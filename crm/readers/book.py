"""What a workbook says beside its cells: its sheets, its shared texts, how numbers are shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from crm.errors import InputError
from crm.readers.package import DamagedError, Package, said_of
from crm.thresholds import Imports

_WORKBOOK = "xl/workbook.xml"
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_STRINGS_PER_CELL = 4
_OF_EAST_ASIA = {
    **dict.fromkeys((27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58), "yyyy/m/d"),
    **dict.fromkeys((34, 35, 55, 56), "yyyy/m/d"),
    32: "h:mm", 33: "h:mm:ss",
}  # fmt: skip
"""Formats that Excel of East Asia knows by number alone."""


@dataclass(frozen=True)
class Page:
    """A sheet of cells: its name, whether it is shown, and the part that holds it."""

    name: str
    shown: bool
    part: str


class Book:
    """A workbook, opened; `strings` are its shared texts, `formats` the number format by style."""

    def __init__(self, package: Package, limits: Imports) -> None:
        """Raises InputError when it is none that can be read."""
        self.file = package.file
        with said_of(package.file):
            part = _Main().found(package)
            outline = _Outline()
            package.read(part, outline)
            related = _Related(part)
            package.read(related.part, related)
            self.from_1904 = outline.from_1904
            self.pages = [
                Page(name, state == "visible", related.targets[key])
                for name, state, key in outline.sheets
                if related.kinds.get(key) == "worksheet"
            ]
            strings = _Strings(limits.cells_per_sheet * _STRINGS_PER_CELL)
            if shared := related.of_kind("sharedStrings"):
                package.read(shared, strings)
            styles = _Styles()
            if styled := related.of_kind("styles"):
                package.read(styled, styles)
        self.strings = strings.found
        self.formats = styles.formats()

    def page(self, sheet: str | None) -> Page:
        """The sheet of that name, or the first that is shown. Raises InputError without one."""
        if sheet is None:
            chosen = [page for page in self.pages if page.shown] or self.pages
        else:
            chosen = [page for page in self.pages if page.name == sheet]
        if not chosen:
            names = ", ".join(page.name for page in self.pages)
            raise InputError(
                f"{self.file} has no sheet `{sheet or ''}`.", f"Its sheets: {names or 'none'}."
            )
        return chosen[0]


def unescaped(text: str) -> str:
    """A text without the escapes of a workbook, but for those of no visible character."""
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return found[0] if code == 0 or 0xD800 <= code < 0xE000 else chr(code)


class _Reader:
    """Takes note of nothing."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, tag: str) -> None:
        """An element ends."""

    def text(self, data: str) -> None:
        """Text between the tags."""


class _Main(_Reader):
    """The part that is the workbook."""

    def __init__(self) -> None:
        self._part = _WORKBOOK

    def found(self, package: Package) -> str:
        if "_rels/.rels" in package:
            package.read("_rels/.rels", self)
        return self._part

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("Type", "").endswith("/officeDocument"):
            self._part = _resolved("", attributes.get("Target", _WORKBOOK))


class _Outline(_Reader):
    """The sheets in their order, and what the days are counted from."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str, str]] = []
        self.from_1904 = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "workbookPr":
            self.from_1904 = attributes.get("date1904") in ("1", "true")
        if tag == "sheet":
            keys = [v for k, v in attributes.items() if k.rpartition(":")[2] == "id"]
            if not keys or "name" not in attributes:
                raise DamagedError(tag)
            state = attributes.get("state", "visible")
            self.sheets.append((unescaped(attributes["name"]), state, keys[0]))


class _Related(_Reader):
    """The parts that belong to the workbook, by their keys."""

    def __init__(self, workbook: str) -> None:
        place = PurePosixPath(workbook)
        self.part = str(place.parent / "_rels" / f"{place.name}.rels")
        self.targets: dict[str, str] = {}
        self.kinds: dict[str, str] = {}
        self._folder = str(place.parent)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            key = attributes.get("Id", "")
            self.targets[key] = _resolved(self._folder, attributes.get("Target", ""))
            self.kinds[key] = attributes.get("Type", "").rpartition("/")[2]

    def of_kind(self, kind: str) -> str | None:
        return next((self.targets[key] for key, each in self.kinds.items() if each == kind), None)


def _resolved(folder: str, target: str) -> str:
    if target.startswith("/"):
        return target[1:]
    parts: list[str] = []
    for part in PurePosixPath(folder, target.replace("\\", "/")).parts:
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
    return "/".join(parts)


class _Strings(_Reader):
    """The shared texts; how they are to be pronounced is left out."""

    def __init__(self, most: int) -> None:
        self.found: list[str] = []
        self._most = most
        self._parts: list[str] = []
        self._reading = False
        self._phonetic = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:  # noqa: ARG002
        if tag == "t":
            self._reading = not self._phonetic
        elif tag == "rPh":
            self._phonetic = True

    def end(self, tag: str) -> None:
        if tag == "si":
            self.found.append(unescaped("".join(self._parts)))
            self._parts = []
            if len(self.found) > self._most:
                raise DamagedError("strings")
        elif tag == "t":
            self._reading = False
        elif tag == "rPh":
            self._phonetic = False

    def text(self, data: str) -> None:
        if self._reading:
            self._parts.append(data)


class _Styles(_Reader):
    """The number format of each style of cells."""

    def __init__(self) -> None:
        self._codes: dict[str, str] = {}
        self._used: list[str] = []
        self._inside = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in ("numFmts", "cellXfs"):  # both elements occur elsewhere with other meanings
            self._inside = tag
        elif tag == "numFmt" and self._inside == "numFmts":
            self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "xf" and self._inside == "cellXfs":
            self._used.append(attributes.get("numFmtId", "0"))

    def end(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""

    def formats(self) -> list[str]:
        return [self._codes.get(key) or _builtin(key) for key in self._used]


def _builtin(key: str) -> str:
    from openpyxl.styles.numbers import BUILTIN_FORMATS

    number = int(key) if key.isascii() and key.isdigit() else 0
    return BUILTIN_FORMATS.get(number) or _OF_EAST_ASIA.get(number, "General")
