"""Files become Markdown: each kind by the library that knows it, apart from us and within limits.

Office files and PDFs are read in a process of its own: one that hangs, or takes too much memory,
is ended, and the file is refused.
"""

from __future__ import annotations

import io
import multiprocessing
import resource
import zipfile
from collections.abc import Callable
from multiprocessing.pool import Pool
from types import TracebackType
from typing import Any

from crm.errors import InputError
from knowledge import workbook
from knowledge.workbook import Sheet

TEXTS = frozenset({".md", ".markdown", ".txt"})
_WORKBOOK = ".xlsx"
PACKED = frozenset({".docx", ".pptx", _WORKBOOK})
SUFFIXES = TEXTS | PACKED | {".html", ".htm", ".pdf"}
_SECONDS = 60
_MEMORY = 4 * 2**30
_MAX_UNPACKED = 200 * 2**20
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How a password-protected Office file begins."""
_ENCODINGS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


class Reader:
    """Reads files one after the other; a context manager, which ends its process."""

    def __init__(self) -> None:
        self._pool: Pool | None = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._end()

    def markdown(self, place: str, suffix: str, data: bytes) -> str:
        """The text of a file as Markdown. Raises InputError naming the place and the remedy."""
        if not data.strip():
            raise InputError(f"{place} is empty.", "Write something in it or leave it out.")
        if suffix in TEXTS:
            return _decoded(place, data)
        if suffix == _WORKBOOK:
            text = workbook.markdown(self.sheets(place, data))
        else:
            if suffix in PACKED:
                check_package(place, data)
            text = str(self._apart(place, _convert, suffix, data))
        if not text.strip():
            raise InputError(
                f"{place} holds no text (a scan has none).", "Add it as text, or leave it out."
            )
        return text

    def sheets(self, place: str, data: bytes) -> list[Sheet]:
        """The sheets of a workbook. Raises InputError naming the place and the remedy."""
        check_package(place, data)
        found: list[Sheet] = self._apart(place, workbook.read, data)
        return found

    def _apart(self, place: str, work: Callable[..., Any], *given: Any) -> Any:
        """What is done with a file in a process of its own, within limits."""
        if self._pool is None:
            # A process made anew holds no lock of ours.
            self._pool = multiprocessing.get_context("spawn").Pool(1, _limit)
        waiting = self._pool.apply_async(work, given)
        try:
            return waiting.get(_SECONDS)
        except multiprocessing.TimeoutError:
            self._end()
            raise InputError(
                f"{place} could not be read within {_SECONDS} seconds.", "Save it as text."
            ) from None
        except (ValueError, MemoryError):
            raise InputError(
                f"{place} cannot be read: it is damaged, protected by a password, or of another "
                "kind than its name says.",
                "Open it in its program and save it again.",
            ) from None

    def _end(self) -> None:
        if self._pool is not None:
            self._pool.terminate()
            self._pool.join()
            self._pool = None


def _decoded(place: str, data: bytes) -> str:
    """By its byte order mark, else strict UTF-8, else CP932 (as Windows in Japan writes)."""
    marked = [encoding for mark, encoding in _ENCODINGS.items() if data.startswith(mark)]
    for each in marked or ["utf-8", "cp932"]:
        try:
            return data.decode(each)
        except UnicodeDecodeError:
            continue
    raise InputError(f"{place} is neither UTF-8 nor CP932 text.", "Save it as UTF-8.")


def check_package(place: str, data: bytes) -> None:
    """Refuse an Office file that is protected, damaged, or too large when unpacked."""
    if data.startswith(_OLE):
        raise InputError(
            f"{place} is protected by a password, or of an old format.",
            "Save it without a password in the present format.",
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            unpacked = sum(member.file_size for member in package.infolist())
    except zipfile.BadZipFile:
        raise InputError(f"{place} is damaged.", "Open it in its program and save it again.") from (
            None
        )
    if unpacked > _MAX_UNPACKED:
        raise InputError(f"{place} unpacks to more than {_MAX_UNPACKED // 2**20} MiB.", "Split it.")


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def _convert(suffix: str, data: bytes) -> str:
    """In the process of its own; what a library raises leaves it as a ValueError without words.

    The converter is that of the file's name: guessing would take a broken PDF for text.
    """
    from markitdown import StreamInfo, converters

    kinds: dict[str, Any] = {
        ".pdf": converters.PdfConverter,
        ".docx": converters.DocxConverter,
        ".pptx": converters.PptxConverter,
    }
    converter = kinds.get(suffix, converters.HtmlConverter)()
    try:
        found = converter.convert(io.BytesIO(data), StreamInfo(extension=suffix))
    except Exception:  # noqa: BLE001 - any library, any file: the caller names the place
        raise ValueError from None
    return str(found.markdown)
