"""Where documents come from: a file, a folder with all below it, or a zip archive; in limits."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from crm.errors import InputError
from knowledge.readers import SUFFIXES

MAX_BYTES = 25 * 2**20
"""One file, unpacked."""
MAX_ARCHIVE_BYTES = 500 * 2**20
"""All files of an archive, unpacked."""
MAX_FILES = 10_000
_MAX_RATIO = 200
"""How much larger than packed a file may be: text packs to a tenth, a bomb to a thousandth."""
_SIDECARS = (".yaml", ".yml")


@dataclass(frozen=True)
class Source:
    """One file: its place below what was named, and how to read it.

    `sidecar` reads the YAML file beside it that says what it is; None without one. `fault` is why
    the file cannot be read at all.
    """

    place: str
    read: Callable[[], bytes]
    sidecar: Callable[[], bytes] | None = None
    fault: InputError | None = None

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.place).suffix.lower()


def root_of(path: Path) -> Path:
    """The folder or archive that a path's documents are filed under."""
    path = path.resolve()
    return path if path.is_dir() or _is_archive(path) else path.parent


def sources(path: Path) -> list[Source]:
    """The files there that can be read as documents, by place.

    Raises InputError when nothing there can be.
    """
    path = path.resolve()
    if path.is_dir():
        found = list(_in_folder(path))
    elif _is_archive(path):
        found = _in_archive(path)
    elif path.is_file():
        if path.suffix.lower() not in SUFFIXES:
            raise InputError(f"{path} is of a kind that cannot be read.", _KINDS)
        found = [_file(path, path.parent)]
    else:
        raise InputError(f"{path} does not exist.", "Give a file, a folder or a zip archive.")
    if not found:
        raise InputError(f"{path} holds no documents.", _KINDS)
    if len(found) > MAX_FILES:
        raise InputError(f"{path} holds more than {MAX_FILES} documents.", "Add it in parts.")
    return sorted(found, key=lambda source: source.place)


_KINDS = f"They end in {', '.join(sorted(SUFFIXES))}."


def _is_archive(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() == ".zip"


def _in_folder(root: Path) -> Iterator[Source]:
    for file in root.rglob("*"):
        hidden = any(part.startswith((".", "~$")) for part in file.relative_to(root).parts)
        if file.suffix.lower() in SUFFIXES and not hidden and file.is_file():
            yield _file(file, root)


def _file(file: Path, root: Path) -> Source:
    place = f"{root.name}/{file.relative_to(root).as_posix()}"
    beside = [s for suffix in _SIDECARS if (s := file.with_name(file.name + suffix)).is_file()]
    fault = None
    if not file.resolve().is_relative_to(root):
        fault = InputError(f"{place} leads out of {root}.", "Copy the file there.")
    elif file.stat().st_size > MAX_BYTES:
        fault = _too_large(place)
    return Source(place, file.read_bytes, beside[0].read_bytes if beside else None, fault)


def _too_large(place: str) -> InputError:
    return InputError(f"{place} is larger than {MAX_BYTES // 2**20} MiB.", "Split it.")


def _in_archive(path: Path) -> list[Source]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = {m.filename: m for m in archive.infolist() if not m.is_dir()}
    except (zipfile.BadZipFile, OSError) as error:
        raise InputError(f"{path} is not a zip archive, or a damaged one.", "Pack it again.") from (
            error
        )
    if sum(m.file_size for m in members.values()) > MAX_ARCHIVE_BYTES:
        limit = MAX_ARCHIVE_BYTES // 2**20
        raise InputError(f"{path} unpacks to more than {limit} MiB.", "Add it in parts.")
    return [
        _member(path, members, member)
        for name, member in members.items()
        if PurePosixPath(name).suffix.lower() in SUFFIXES and not _is_hidden(name)
    ]


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "~$", "__MACOSX")) for part in PurePosixPath(name).parts)


def _member(path: Path, members: dict[str, zipfile.ZipInfo], member: zipfile.ZipInfo) -> Source:
    place = f"{path.stem}/{member.filename}"
    beside = [s for suffix in _SIDECARS if (s := member.filename + suffix) in members]
    fault = None
    if member.flag_bits & 1:
        fault = InputError(f"{place} is encrypted.", "Pack it without a password.")
    elif member.file_size > MAX_BYTES:
        fault = _too_large(place)
    elif member.file_size > _MAX_RATIO * max(member.compress_size, 1024):
        fault = InputError(f"{place} unpacks to far more than it is packed.", "Leave it out.")
    sidecar = _unpacked(path, beside[0]) if beside else None
    return Source(place, _unpacked(path, member.filename), sidecar, fault)


def _unpacked(path: Path, name: str) -> Callable[[], bytes]:
    """What reads a member, and never more of it than its limit: the archive's word is not taken."""

    def read() -> bytes:
        with zipfile.ZipFile(path) as archive, archive.open(name) as stream:
            return stream.read(MAX_BYTES + 1)

    return read
