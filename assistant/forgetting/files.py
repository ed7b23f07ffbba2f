"""The workspace's files: text among them is cleaned, and every byte of all of them is searched."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import duckdb

from assistant.forgetting.binary import readable
from crm.forgetting.spellings import Spellings, digits_of, is_japanese_name, parts_of
from crm.settings import FILE
from crm.values import name
from crm.warehouse import write_text

_TEXTS = frozenset({".csv", ".tsv", ".txt", ".md", ".json", ".jsonl", ".log", ".yaml", ".yml"})
_DERIVED = ("knowledge", "cache", "warehouse")
_CHUNK = 8_000_000
_ENCODINGS = ("utf-8", "cp932", "utf-16-le")
PENDING = "forgetting"
"""The folder of what is being forgotten, which goes when it is done."""


def texts(workspace: Path, left_alone: frozenset[Path]) -> Iterator[Path]:
    """The files of text that are not derived, nor settings, nor the directory of our people."""
    for file in _all(workspace):
        below = file.relative_to(workspace).parts
        settled = file.name == FILE or file in left_alone
        if not settled and below[0] not in _DERIVED and file.suffix.lower() in _TEXTS:
            yield file


def holding(workspace: Path, spellings: Spellings, left_alone: frozenset[Path]) -> list[Path]:
    """The files of text in which the person is written."""
    return [f for f in texts(workspace, left_alone) if _holds(spellings, readable(f.read_bytes()))]


def clean(workspace: Path, spellings: Spellings, left_alone: frozenset[Path]) -> list[Path]:
    """Take the person out of the files of text; the files that were written anew."""
    done = []
    for file in holding(workspace, spellings, left_alone):
        data = file.read_bytes()
        encoding = "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8"
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue  # the search tells of it
        lines = text.splitlines(keepends=True)
        cleaned = "".join(spellings.without(line, near=spellings.is_near(line)) for line in lines)
        mark = "\ufeff" if encoding == "utf-8-sig" else ""
        write_text(file, mark + spellings.without(cleaned))
        done.append(file)
    return done


def found_in_files(workspace: Path, spellings: Spellings) -> list[str]:
    """Every place in which the person is still written: files byte by byte, and tables by row."""
    pattern = _bytes(spellings)
    found = []
    for file in _all(workspace):
        place = str(file.relative_to(workspace))
        if pattern is not None and _contains(file, pattern):
            found.append(place)
        if file.suffix == ".duckdb":
            found += [f"{place}: {cell}" for cell in _cells(file, spellings)]
        elif place not in found and file.suffix.lower() in _TEXTS:
            found += [place] if _holds(spellings, readable(file.read_bytes())) else []
    return found


def _all(workspace: Path) -> Iterator[Path]:
    for file in sorted(workspace.rglob("*")):
        if file.is_file() and file.relative_to(workspace).parts[0] != PENDING:
            yield file


def _holds(spellings: Spellings, text: str) -> bool:
    return any(
        spellings.holds(line, near=spellings.is_near(line)) for line in text.splitlines()
    ) or spellings.holds(text)


def _bytes(spellings: Spellings) -> re.Pattern[bytes] | None:
    """What the person would be in bytes, where that is nobody else's too."""
    of, shared = spellings.contact, spellings.shared
    said: set[str] = set()
    if not shared.name and len("".join(parts := parts_of(of.name))) > 2:
        gaps = ("", " ", "　") if is_japanese_name(of.name) else (" ",)
        said |= {gap.join(parts) for gap in gaps}
    if of.email and not shared.email:
        said.add(unicodedata.normalize("NFKC", of.email).strip())
    if of.phone and not shared.phone and len(digits_of(of.phone)) >= 9:
        said |= {of.phone.strip(), digits_of(of.phone)}
    known = {text.encode(encoding, errors="ignore") for text in said for encoding in _ENCODINGS} | {
        text.encode("ascii", errors="backslashreplace") for text in said
    }
    known = {one for one in known if len(one) > 4}
    return re.compile(b"|".join(map(re.escape, sorted(known))), re.IGNORECASE) if known else None


def _contains(file: Path, pattern: re.Pattern[bytes]) -> bool:
    tail = b""
    try:
        with file.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                if pattern.search(tail + chunk):
                    return True
                tail = chunk[-512:]
    except FileNotFoundError:  # a temporary file of somebody else's that is gone
        return False
    return False


def _cells(file: Path, spellings: Spellings) -> Iterator[str]:
    """The columns of a snapshot in which the person is written: its texts are compressed."""
    account = spellings.contact.account_id
    with duckdb.connect(str(file), read_only=True) as con:
        columns = con.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE data_type = 'VARCHAR' AND table_name NOT IN ('people', '_columns', '_snapshot')"
        ).fetchall()
        tables: dict[str, list[str]] = {}
        for table, column in columns:
            tables.setdefault(table, []).append(column)
        for table, names in tables.items():
            near = "account_id" if "account_id" in names else "NULL"
            for column in names:
                rows = con.execute(
                    f"SELECT DISTINCT {name(column)}, {near} FROM {name(table)} "
                    f"WHERE {name(column)} IS NOT NULL"
                ).fetchall()
                if column == "contact_id" or column == "reports_to":
                    held = sum(v == spellings.contact.contact_id for v, _a in rows)
                else:
                    held = sum(
                        spellings.holds(v, near=spellings.is_near(v) if a is None else a == account)
                        for v, a in rows
                    )
                if held:
                    yield f"{table}.{column} ({held})"
