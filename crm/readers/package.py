"""A workbook is a zip archive from a stranger: it is expanded within limits, and runs nothing."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Protocol
from xml.parsers import expat

from crm.errors import InputError
from crm.thresholds import Imports

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PIECE = 1 << 16
_SMALL = 1 << 16
_MANY_PARTS = 10_000
_ENCRYPTED = 0x1


class DamagedError(ValueError):
    """A part of a workbook is not what it should be."""


class Handler(Protocol):
    """What is told of the elements of a part, in their order."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins; its tag is without a namespace."""

    def end(self, tag: str) -> None:
        """An element ends."""

    def text(self, data: str) -> None:
        """Text between the tags."""


class Package:
    """The parts of a workbook by their names, each expanded as it is read."""

    def __init__(self, path: Path, file: str, limits: Imports) -> None:
        """Raises InputError for what is no such archive, is protected, or expands to too much."""
        self.file = file
        self._most = limits.expanded_mib << 20
        self._mib = limits.expanded_mib
        with path.open("rb") as stream:
            if stream.read(len(_OLE)) == _OLE:
                raise InputError(
                    f"{file} is protected by a password, or is an old .xls workbook.",
                    "Save it as .xlsx without a password.",
                )
        with said_of(file):
            self._archive = zipfile.ZipFile(path)
            members = [each for each in self._archive.infolist() if not each.is_dir()]
            self._parts = {_name(each.filename): each for each in members}
        self._check(members, path.stat().st_size, limits)

    def __enter__(self) -> Package:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._parts

    def parse(self, part: str, handler: Handler) -> Iterator[None]:
        """Tell the handler of the elements of a part, piece by piece."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        local = _Local()
        began, ended = handler.start, handler.end
        parser.StartElementHandler = lambda tag, attributes: began(local[tag], attributes)
        parser.EndElementHandler = lambda tag: ended(local[tag])
        parser.CharacterDataHandler = handler.text
        for piece in self._pieces(part):
            parser.Parse(piece, False)
            yield
        parser.Parse(b"", True)
        yield

    def read(self, part: str, handler: Handler) -> None:
        """Tell the handler of all elements of a part."""
        for _ in self.parse(part, handler):
            pass

    def _pieces(self, part: str) -> Iterator[bytes]:
        """A part as it is expanded: no more of it than the limit, whatever the archive says."""
        member = self._parts.get(part.lower())
        if member is None:
            raise DamagedError(part)
        size = 0
        with self._archive.open(member) as stream:
            while piece := stream.read(_PIECE):
                size += len(piece)
                if size > self._most:
                    raise self._too_much()
                yield piece

    def _check(self, members: list[zipfile.ZipInfo], packed: int, limits: Imports) -> None:
        expanded = sum(each.file_size for each in members)
        if any(each.flag_bits & _ENCRYPTED for each in members):
            raise InputError(
                f"{self.file} is protected by a password.", "Save it without a password."
            )
        if len(members) > _MANY_PARTS or len(self._parts) < len(members):
            raise InputError(
                f"{self.file} is no ordinary workbook: it has too many parts, or one twice.",
                "Open it in its program and save it as .xlsx again.",
            )
        if expanded > self._most:
            raise self._too_much()
        if expanded > limits.expansion_ratio * max(packed, _SMALL):
            raise InputError(
                f"{self.file} expands to more than {limits.expansion_ratio:,} times its size.",
                "Export it as .csv, or raise `imports.expansion_ratio` in settings.toml.",
            )

    def _too_much(self) -> InputError:
        return InputError(
            f"{self.file} expands to more than {self._mib:,} MiB.",
            "Export it as .csv, or raise `imports.expanded_mib` in settings.toml.",
        )


@contextmanager
def said_of(file: str) -> Iterator[None]:
    """What goes wrong inside is said in a sentence about the file."""
    try:
        yield
    except (
        ValueError, KeyError, expat.ExpatError, zipfile.BadZipFile, zlib.error, EOFError, OSError,
        NotImplementedError, RuntimeError,
    ) as error:  # fmt: skip
        raise InputError(
            f"{file} is not an .xlsx workbook that can be read.", "Save it as .xlsx again."
        ) from error


def _name(written: str) -> str:
    """The name of a part, as it is looked for. Raises DamagedError for one that leads elsewhere."""
    path = PurePosixPath(written.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in written:
        raise DamagedError(written)
    return str(path).lower()


class _Local(dict[str, str]):
    """The names of elements without the prefix of their namespace."""

    def __missing__(self, tag: str) -> str:
        self[tag] = tag.rpartition(":")[2]
        return self[tag]


def _refuse_doctype(*_: object) -> None:
    """No workbook declares a document type; what declares one means to expand entities."""
    raise DamagedError("doctype")
