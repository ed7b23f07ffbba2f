"""A document is a file with what is said of it; its text is data, never instructions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from crm.errors import InputError
from crm.text import visible
from knowledge.neutral import neutral
from knowledge.readers import Reader
from knowledge.sources import Source

Kind = Literal["playbook", "past_plan", "note", "meeting_record", "product_sheet"]
Outcome = Literal["achieved", "partly", "missed"]
Language = Literal["ja", "en"]


class About(BaseModel):
    """What a document says of itself, in its front matter or in the YAML file beside it.

    A document about an account is for those who may see the account; one with an `audience` is
    for those people (id or e-mail address), teams and roles, and whoever answers for them.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    title: str | None = None
    kind: Kind = "note"
    language: Language | None = None
    dated: date | None = Field(default=None, alias="date")
    account: str | None = None
    industry: str | None = None
    employees: int | None = Field(default=None, ge=0)
    stage: str | None = None
    outcome: Outcome | None = None
    author: str | None = None
    audience: tuple[str, ...] = ()

    @field_validator("audience", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("audience")
    @classmethod
    def _named(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """An audience of nobody would read like one of everybody: it is refused."""
        if not value or not all(name.strip() for name in value):
            raise ValueError("it names nobody; leave it out, or name people, teams or roles")
        return tuple(name.strip() for name in value)


@dataclass(frozen=True)
class Document:
    """One document: `id` follows from its place below the folder it was added from.

    `root` is that folder or archive, `body` its text as neutral Markdown, `digest` that of the file
    and of what is said beside it.
    """

    id: str
    root: str
    path: str
    title: str
    about: About
    body: str
    digest: str


def id_of(place: str) -> str:
    return hashlib.sha256(place.encode()).hexdigest()[:16]


def digest_of(source: Source) -> str:
    """Of the file's bytes and of those beside it. Raises InputError for a faulty source."""
    if source.fault is not None:
        raise source.fault
    found = hashlib.sha256(source.read())
    if source.sidecar is not None:
        found.update(b"\0" + source.sidecar())
    return found.hexdigest()


def document(source: Source, root: str, digest: str, reader: Reader) -> Document:
    """Read a file as a document. Raises InputError naming the place when it cannot be."""
    place = source.place
    text = reader.markdown(place, source.suffix, source.read())
    head, body = _split(text.lstrip("\ufeff"), place)
    beside = source.sidecar().decode("utf-8", "replace") if source.sidecar else ""
    about = _about(_said(head, place) | _said(beside, place), place)
    body = neutral(body)
    if not body.strip() and about.title:
        body = neutral(about.title)  # a page that only says what it is called
    if not body.strip():
        raise InputError(f"{place} is empty.", "Write something in it or leave it out.")
    title = about.title or _first_heading(body) or PurePosixPath(place).stem
    return Document(id_of(place), root, place, visible(title), about, body, digest)


def written(place: str, title: str, about: About, body: str) -> Document:
    """A document that is no file: what the product itself has written, such as a plan.

    `place` is its name among all documents; its text is neutralised like any other.
    """
    said = about.model_dump_json()
    digest = hashlib.sha256("\0".join((place, title, said, body)).encode()).hexdigest()
    return Document(id_of(place), "", place, visible(title), about, neutral(body), digest)


def _split(text: str, place: str) -> tuple[str, str]:
    """The front matter, if there is one, and the rest."""
    text = text.replace("\r\n", "\n")
    if not text.startswith("---\n"):
        return "", text
    head, found, body = text[4:].partition("\n---\n")
    if not found:
        raise InputError(f"{place}: the front matter has no end.", "Close it with a line `---`.")
    return head, body


def _said(text: str, place: str) -> dict[str, Any]:
    try:
        said = yaml.safe_load(text) or {}
    except yaml.YAMLError:
        said = None
    if not isinstance(said, dict):
        raise InputError(
            f"{place}: what is said of the document does not fit (it is no list of keys).",
            "See docs/knowledge.md.",
        )
    return said


def _about(said: dict[str, Any], place: str) -> About:
    try:
        return About.model_validate(said)
    except ValidationError as error:
        first = error.errors()[0]
        detail = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise InputError(
            f"{place}: what is said of the document does not fit ({detail}).",
            "See docs/knowledge.md.",
        ) from None


def _first_heading(body: str) -> str | None:
    for line in body.splitlines():
        if line.startswith("#"):
            return line.lstrip("#").strip() or None
    return None
