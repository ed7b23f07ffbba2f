"""Documents as they come out of LibreOffice: their pages, words, pictures and fonts."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pdfplumber
import pytest

_OFFICE = shutil.which("libreoffice") or shutil.which("soffice")
_SECONDS = 180
MISSING = ("\ufffd", "□", "(cid:")
"""What stands in the text of a page where a letter has no glyph."""


@dataclass(frozen=True)
class Rendered:
    """A document as printed: `texts` has one text a page, `sizes` width and height in points.

    `fonts` are the names of those used; the ones in `embedded` are held in the file.
    """

    pdf: Path
    texts: Sequence[str]
    sizes: Sequence[tuple[float, float]]
    images: Sequence[int]
    fonts: frozenset[str]
    embedded: frozenset[str]

    @property
    def pages(self) -> int:
        return len(self.texts)

    @property
    def words(self) -> str:
        """All text without spaces and line breaks, in the order of the pages."""
        return squeezed("".join(self.texts))


def squeezed(text: str) -> str:
    """The text without anything that a line break could have changed."""
    return "".join(text.split())


def rendered(document: Path, folder: Path) -> Rendered:
    """The document, converted to PDF in `folder`; skips where LibreOffice is not installed.

    The office's settings lie beside the folders of all tests: to make them anew takes seconds.
    """
    if _OFFICE is None:
        pytest.skip("LibreOffice is not installed, so documents cannot be looked at")
    profile = (folder.parent / "office").absolute().as_uri()
    done = subprocess.run(  # noqa: S603 - a fixed program on a file of the test
        [
            _OFFICE, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf",
            "--outdir", str(folder), str(document),
        ],
        capture_output=True, timeout=_SECONDS, check=False,
    )  # fmt: skip
    pdf = folder / f"{document.stem}.pdf"
    assert pdf.is_file(), done.stderr.decode(errors="replace")
    return _read(pdf)


def _read(pdf: Path) -> Rendered:
    with pdfplumber.open(pdf) as opened:
        pages = opened.pages
        return Rendered(
            pdf=pdf,
            texts=[page.extract_text() for page in pages],
            sizes=[(float(page.width), float(page.height)) for page in pages],
            images=[len(page.images) for page in pages],
            fonts=frozenset(c["fontname"] for page in pages for c in page.chars),
            embedded=_embedded(opened),
        )


def _embedded(opened: pdfplumber.PDF) -> frozenset[str]:
    """The names of the fonts whose outlines the file holds."""
    from pdfminer.pdftypes import resolve1

    found = set()
    for page in opened.pages:
        fonts = resolve1((resolve1(page.page_obj.resources) or {}).get("Font")) or {}
        for font in map(resolve1, fonts.values()):
            below = [resolve1(one) for one in resolve1(font.get("DescendantFonts")) or [font]]
            for one in below:
                described = resolve1(one.get("FontDescriptor")) or {}
                if any(key in described for key in ("FontFile", "FontFile2", "FontFile3")):
                    found.add(described["FontName"].name)
    return frozenset(found)
