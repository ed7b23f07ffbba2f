"""The encoding of a text is seen, never assumed: what no encoding explains is refused."""

from __future__ import annotations

import codecs
from pathlib import Path

from crm.errors import InputError

_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_MARK = "\ufeff"
_BLOCK = 1 << 20
_SAMPLE = 1 << 16
_DELIMITERS = ",\t;|"


def detect_encoding(path: Path, file: str = "") -> str:
    """BOM, UTF-16 by its zero bytes, strict UTF-8, then CP932 (which holds ㈱ ① 髙 ～).

    Raises InputError, naming the file, for what is none of them.
    """
    with path.open("rb") as stream:
        start = stream.read(_SAMPLE)
    for bom, encoding in _BOMS.items():
        if start.startswith(bom):
            return encoding
    wide = _by_zero_bytes(start) if b"\0" in start else []
    for encoding in [*(each for each in wide if _is_text(start, each)), "utf-8", "cp932"]:
        if _decodes(path, encoding):
            return encoding
    raise InputError(
        f"{file or path.name} is neither UTF-8 nor CP932 (Shift_JIS) text.",
        "Save it as UTF-8, or name its encoding in the mapping.",
    )


def as_utf8(path: Path, file: str, named: str | None, copy: Path) -> tuple[Path, str]:
    """The text in UTF-8 (itself or a copy), without a byte order mark, and its encoding.

    Raises InputError when it is not in the encoding that was named, or in none.
    """
    encoding = named or detect_encoding(path, file)
    try:
        if codecs.lookup(encoding).name == "utf-8" and not _is_marked(path):
            if named and not _decodes(path, encoding):
                raise UnicodeError
            return path, encoding
        with (
            path.open(encoding=encoding, newline="") as source,
            copy.open("w", encoding="utf-8", newline="") as target,
        ):
            target.write(source.read(_BLOCK).removeprefix(_MARK))
            while block := source.read(_BLOCK):
                target.write(block)
    except (UnicodeError, LookupError) as error:
        raise InputError(
            f"{file} cannot be read as {encoding}.",
            "Correct `encoding` in the mapping or leave it out.",
        ) from error
    return copy, encoding


def _is_marked(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8


def _by_zero_bytes(data: bytes) -> list[str]:
    """UTF-16 in both orders, the likelier first: the high byte of a Latin letter is zero."""
    first, second = data[::2].count(0), data[1::2].count(0)
    both = ["utf-16-le", "utf-16-be"]
    return both if second >= first else both[::-1]


def _is_text(data: bytes, encoding: str) -> bool:
    """Whether it reads as rows: with line ends and delimiters, without NUL."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(data)
    except UnicodeDecodeError:
        return False
    ends = "\n" in text or "\r" in text
    return ends and any(each in text for each in _DELIMITERS) and "\0" not in text


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
