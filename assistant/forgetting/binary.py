"""What bytes say: text in the encodings that exports come in, and what lies in archives."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator

_MOST_UNPACKED = 200_000_000
_JSON = re.compile(r"\\u([0-9a-fA-F]{4})")


def readable(data: bytes) -> str:
    """Bytes as text: UTF-8 where they are it, else whatever of them is; archives unpacked."""
    if data[:2] == b"PK":
        return "\n".join(_plain(part) for part in _unpacked(data))
    return _plain(data)


def _plain(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        pass
    said = [data.decode("utf-8", errors="ignore")]
    for encoding in ("cp932", "utf-16"):
        try:
            said.append(data.decode(encoding))
        except (UnicodeDecodeError, UnicodeError):
            continue
    return "\n".join(said)


def _unpacked(data: bytes) -> Iterator[bytes]:
    left = _MOST_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist():
                if entry.file_size <= left:
                    left -= entry.file_size
                    yield archive.read(entry)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError):
        yield data
