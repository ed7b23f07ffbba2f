"""What somebody sent becomes a folder of files: nothing leaves it, and nothing blows up in it."""

from __future__ import annotations

import unicodedata
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from crm.errors import InputError

MAX_FILES = 1_000
MAX_UNPACKED = 2 * 2**30
MAX_RATIO = 100
"""How much larger than packed an archive may be in the whole."""
_DEEPEST = 8
_ARCHIVE = ".zip"
_PIECE = 1 << 20
_UTF8 = 0x800


@dataclass(frozen=True)
class Sent:
    """A file as it was sent: the name that the sender gave it, and its content."""

    name: str
    content: IO[bytes]


def unpack(sent: Iterable[Sent], folder: Path) -> list[str]:
    """Write the files into a new folder, archives unpacked; their names there.

    An archive that holds one folder gives what is in it. Raises InputError for a name that cannot
    be used, one that comes twice, a damaged archive, or too much.
    """
    folder.mkdir(parents=True)
    left = MAX_UNPACKED
    for one in sent:
        name = safe_name(PurePosixPath(one.name.replace("\\", "/")).name)
        if name.lower().endswith(_ARCHIVE):
            left -= _unpack(one.content, name, folder, left)
        else:
            left -= _write(one.content, _target(folder, name), left)
    _without_top(folder)
    found = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    if not found:
        raise InputError("Nothing was sent.", "Send the export's files, or a zip archive of them.")
    return found


def safe_name(name: str) -> str:
    """A file's name that means the same everywhere. Raises InputError for one that cannot be."""
    text = unicodedata.normalize("NFC", name).strip()
    faulty = any(unicodedata.category(c) in ("Cc", "Cs") or c in "/\\" for c in text)
    if not text or faulty or text.startswith(".") or len(text.encode()) > 200:
        raise InputError("A file has a name that cannot be used.", "Rename it.")
    return text


def _unpack(content: IO[bytes], name: str, folder: Path, limit: int) -> int:
    """Unpack an archive; how many bytes it holds, which are no more than the limit."""
    left = limit
    try:
        with zipfile.ZipFile(content) as archive:
            members = [m for m in archive.infolist() if not m.is_dir() and not _is_hidden(m)]
            _refuse_bombs(name, members)
            for member in members:
                with archive.open(member) as stream:
                    left -= _write(stream, _target(folder, _path(member)), left)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise InputError(
            f"{name} is no zip archive that can be read.", "Pack it again, without a password."
        ) from error
    return limit - left


def _is_hidden(member: zipfile.ZipInfo) -> bool:
    """What systems put beside the files of a folder."""
    parts = PurePosixPath(member.filename.replace("\\", "/")).parts
    return any(part == "__MACOSX" or part.startswith("._") for part in parts) or (
        parts[-1:] == (".DS_Store",)
    )


def _refuse_bombs(name: str, members: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(m.file_size for m in members)
    packed = max(sum(m.compress_size for m in members), 1 << 16)
    if len(members) > MAX_FILES:
        raise InputError(f"{name} holds more than {MAX_FILES:,} files.", "Send it in parts.")
    if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * packed:
        raise InputError(f"{name} unpacks to far too much.", "Send the files as they are.")


def _path(member: zipfile.ZipInfo) -> str:
    """The path in the archive; one that Windows wrote in Japanese is read as it was meant."""
    name = member.filename
    if not member.flag_bits & _UTF8:
        try:
            name = name.encode("cp437").decode("cp932")
        except UnicodeError:
            name = member.filename
    return name.replace("\\", "/")


def _target(folder: Path, path: str) -> Path:
    """Where a file goes: below the folder, and nowhere else."""
    parts = PurePosixPath(path).parts
    if not parts or PurePosixPath(path).is_absolute() or len(parts) > _DEEPEST:
        raise InputError("A file has a place that cannot be used.", "Pack the files anew.")
    target = folder.joinpath(*(safe_name(part) for part in parts))
    if target.exists():
        raise InputError(f"{path} was sent twice.", "Send each file once.")
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _write(content: IO[bytes], target: Path, limit: int) -> int:
    """Copy, and stop at the limit whatever was declared; how many bytes it was."""
    size = 0
    with target.open("xb") as out:
        while piece := content.read(_PIECE):
            size += len(piece)
            if size > limit:
                raise InputError("What was sent unpacks to far too much.", "Send it in parts.")
            out.write(piece)
    return size


def _without_top(folder: Path) -> None:
    """A folder that holds nothing but one folder becomes that one."""
    inside = list(folder.iterdir())
    if len(inside) == 1 and inside[0].is_dir():
        aside = folder.with_name(f"{folder.name}.top")
        inside[0].rename(aside)
        folder.rmdir()
        aside.rename(folder)
