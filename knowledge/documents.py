"""A document is a Markdown file with its front matter; its text is data, never instructions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crm.errors import InputError

Kind = Literal["playbook", "past_plan", "note", "meeting_record", "product_sheet"]
Outcome = Literal["achieved", "partly", "missed"]
SUFFIXES = (".md", ".markdown")
MAX_BYTES = 5 * 1024 * 1024


class FrontMatter(BaseModel):
    """What a document says of itself; a document about an account is for those who may see it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    title: str | None = None
    kind: Kind = "note"
    language: Literal["ja", "en"] | None = None
    dated: date | None = Field(default=None, alias="date")
    account: str | None = None
    industry: str | None = None
    stage: str | None = None
    outcome: Outcome | None = None
    author: str | None = None


@dataclass(frozen=True)
class Document:
    """One document: `id` follows from its place below the folder it was added from."""

    id: str
    path: str
    title: str
    about: FrontMatter
    body: str
    digest: str


def read_documents(path: Path) -> list[Document]:
    """The documents in a file or a folder, by path.

    Raises InputError naming the file when one cannot be used.
    """
    if path.is_dir():
        files = sorted(f for f in path.rglob("*") if f.suffix.lower() in SUFFIXES)
        root = path
    elif path.is_file():
        files, root = [path], path.parent
    else:
        raise InputError(f"{path} does not exist.", "Give a Markdown file or a folder of them.")
    if not files:
        raise InputError(f"{path} holds no Markdown files.", "They end in .md.")
    return [_read(file, root) for file in files]


def _read(file: Path, root: Path) -> Document:
    if file.suffix.lower() not in SUFFIXES:
        raise InputError(f"{file} is not a Markdown file.", "They end in .md.")
    if file.stat().st_size > MAX_BYTES:
        raise InputError(f"{file} is larger than 5 MiB.", "Split it.")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8 text.", "Save it as UTF-8.") from error
    about, body = _split(text, file)
    if not body.strip():
        raise InputError(f"{file} is empty.", "Write something in it or leave it out.")
    place = f"{root.name}/{file.relative_to(root).as_posix()}"
    return Document(
        id=hashlib.sha256(place.encode()).hexdigest()[:16],
        path=place,
        title=about.title or _first_heading(body) or file.stem,
        about=about,
        body=body,
        digest=hashlib.sha256(text.encode()).hexdigest(),
    )


def _split(text: str, file: Path) -> tuple[FrontMatter, str]:
    if not text.startswith("---\n"):
        return FrontMatter(), text
    head, found, body = text[4:].partition("\n---\n")
    if not found:
        raise InputError(f"{file}: the front matter has no end.", "Close it with a line `---`.")
    try:
        return FrontMatter.model_validate(yaml.safe_load(head) or {}), body
    except (yaml.YAMLError, ValidationError) as error:
        detail = ""
        if isinstance(error, ValidationError):
            first = error.errors()[0]
            detail = f" ({'.'.join(map(str, first['loc']))}: {first['msg']})"
        raise InputError(
            f"{file}: the front matter does not fit{detail}.", "See docs/knowledge.md."
        ) from None


def _first_heading(body: str) -> str | None:
    for line in body.splitlines():
        if line.startswith("#"):
            return line.lstrip("#").strip()
    return None
