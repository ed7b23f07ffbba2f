"""What an Office file says outside its text: in headers and footers, comments, drawings.

None of it is placed; it is found so that it can be listed.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from xml.parsers import expat

from assistant.planning.importing.blocks import harmless
from crm.text import visible

_PARTS = {
    "margin": re.compile(r"word/(?:header|footer)[0-9]*\.xml"),
    "comment": re.compile(r"word/comments\.xml|ppt/comments/.+\.xml"),
    "drawing": re.compile(
        r"xl/drawings/drawing[0-9]*\.xml|(?:word|ppt|xl)/(?:diagrams/data|charts/chart)[0-9]*\.xml"
    ),
}
"""The parts of a package by what they hold; their names are the reasons in headings.yaml."""
_MOST = 4 * 2**20
"""Bytes of a part that is read; of a larger one only the name is told."""


def asides(data: bytes) -> Iterator[tuple[str, str]]:
    """The paragraphs of such parts, each with the code of what it is; a text only once."""
    seen: set[tuple[str, str]] = set()
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for member in package.infolist():
            code = next((c for c, name in _PARTS.items() if name.fullmatch(member.filename)), None)
            if code is None:
                continue
            texts = _paragraphs(package.read(member)) if member.file_size <= _MOST else None
            for text in [member.filename] if texts is None else texts:
                if (code, text) not in seen:
                    seen.add((code, text))
                    yield code, text


def _paragraphs(part: bytes) -> list[str] | None:
    """The texts of a part; None where it is broken, or declares entities as no Office file does."""
    found: list[str] = [""]
    is_text = False

    def begin(name: str, _attributes: object) -> None:
        nonlocal is_text
        is_text = name.rpartition(":")[2] in ("t", "text")

    def end(name: str) -> None:
        nonlocal is_text
        is_text = False
        if name.rpartition(":")[2] == "p":
            found.append("")

    def said(text: str) -> None:
        if is_text:
            found[-1] += text

    def refuse(*_declared: object) -> None:
        raise ValueError

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = said, refuse
    try:
        parser.Parse(part, True)
    except (expat.ExpatError, ValueError):
        return None
    texts = (harmless(visible(text)) for text in found)
    return [text for text in texts if text]
