"""Chunks follow headings and keep their ids, so an edit touches only the chunks it changes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from knowledge.documents import Document
from knowledge.lexical import terms
from knowledge.neutral import without_addresses

CUT = 4
"""The version of the rules below; a new one cuts every document anew."""

NameKind = Literal["title", "heading", "file", "place"]
_FIRST_PAGES = frozenset({"index", "readme"})
_SEPARATORS = re.compile(r"[-_./\s]+")
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_FENCE = re.compile(r"^(```|~~~)")
_SENTENCE_END = re.compile(r"(?<=[。！？])|(?<=[.!?])\s+")
_TABLE_RULE = re.compile(r"^\s*\|?(?:\s*:?-+:?\s*\|)+\s*:?-*:?\s*$")


@dataclass(frozen=True)
class Chunk:
    """A passage of a document: its heading path, its text, and what is indexed of it.

    `indexed` is the text that is embedded, `digest` that of it, `terms` its words.
    """

    id: str
    document_id: str
    heading: str
    text: str
    position: int
    indexed: str
    digest: str
    terms: tuple[str, ...]


def chunk(document: Document, size: int, model: str) -> list[Chunk]:
    """The document's sections, those longer than `size` characters cut at paragraphs.

    `model` names the embeddings: the digest says whether a text's vector is known already.
    """
    chunks: list[Chunk] = []
    seen: dict[str, int] = {}
    for heading, text in _sections(document.body) or [("", document.body.strip())]:
        for part in _parts(text, size):
            number = seen[heading] = seen.get(heading, -1) + 1
            identity = f"{document.id}\0{heading}\0{number}"
            indexed = indexed_text(document.title, heading, part)
            chunks.append(
                Chunk(
                    id=_digest(identity)[:24],
                    document_id=document.id,
                    heading=heading,
                    text=part,
                    position=len(chunks),
                    indexed=indexed,
                    digest=vector_digest(model, indexed),
                    terms=tuple(terms(indexed)),
                )
            )
    return chunks


def indexed_text(title: str, heading: str, text: str) -> str:
    """What is embedded and looked up of a passage: its title and headings, and its words."""
    return "\n".join(line for line in (title, heading, without_addresses(text)) if line)


@dataclass(frozen=True)
class Name:
    """What a document is called; `digest` is that of its vector."""

    kind: NameKind
    name: str
    digest: str


def names(document: Document, parts: Iterable[Chunk], model: str) -> list[Name]:
    """The document's title, its headings (of each path the last), its file's name, and its place.

    The place is the folder's name and the file's.
    """
    headings = (part.heading.rsplit(" > ", 1)[-1] for part in parts)
    place = PurePosixPath(called_by(document.path)).parts
    called: list[tuple[NameKind, str]] = [
        ("title", document.title),
        *(("heading", heading) for heading in dict.fromkeys(headings)),
        ("file", spoken(place[-1])),
        ("place", spoken("/".join(place[-2:]))),
    ]
    return [Name(kind, name, vector_digest(model, name)) for kind, name in called if name.strip()]


def called_by(path: str) -> str:
    """The path without its ending; the first page of a folder goes by the folder's name."""
    plain = PurePosixPath(path).with_suffix("")
    is_first = plain.name.strip("_").casefold() in _FIRST_PAGES and plain.parent.name
    return str(plain.parent if is_first else plain)


def spoken(path: str) -> str:
    """`past_plans/amagi-ikou` as words."""
    return _SEPARATORS.sub(" ", path).strip()


def vector_digest(model: str, indexed: str) -> str:
    """The key of a text's vector: the same text has the same vector with the same embeddings."""
    return _digest(f"{model}\0{indexed}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _sections(body: str) -> list[tuple[str, str]]:
    """(heading path, text) in order; a heading that is alone on the first level is the title."""
    path: list[tuple[int, str]] = []
    sections: list[tuple[list[tuple[int, str]], list[str]]] = [([], [])]
    fenced = False
    for line in body.splitlines():
        fenced ^= bool(_FENCE.match(line))
        match = None if fenced else _HEADING.match(line)
        if match is None:
            sections[-1][1].append(line)
            continue
        level = len(match[1])
        path = [(n, h) for n, h in path if n < level] + [(level, match[2])]
        sections.append((path, []))
    tops = sum(1 for path, _lines in sections if path and len(path) == 1 and path[0][0] == 1)
    shown = 1 if tops > 1 else 2
    return [
        (" > ".join(h for n, h in path if n >= shown), text)
        for path, lines in sections
        if (text := "\n".join(lines).strip())
    ]


def _parts(text: str, size: int) -> list[str]:
    """Paragraphs joined up to `size`; a table or list stays whole unless it alone is too long."""
    parts: list[str] = []
    for block in re.split(r"\n\s*\n", text):
        for piece in _pieces(block.strip(), size):
            if parts and len(parts[-1]) + len(piece) + 2 <= size:
                parts[-1] = f"{parts[-1]}\n\n{piece}"
            else:
                parts.append(piece)
    return parts


def _pieces(block: str, size: int) -> list[str]:
    """A block in pieces of whole lines of about `size`; each piece of a table has its head."""
    if len(block) <= size:
        return [block] if block else []
    lines = block.splitlines()
    is_table = len(lines) > 2 and bool(_TABLE_RULE.match(lines[1]))
    head = "\n".join(lines[:2]) if is_table and len(lines[0]) * 2 <= size else ""
    pieces: list[str] = []
    for line in lines[2:] if head else lines:
        for part in [line] if is_table else _sentences(line, size):
            if pieces and len(pieces[-1]) + len(part) + 1 <= size:
                pieces[-1] = f"{pieces[-1]}\n{part}"
            else:
                pieces.append(f"{head}\n{part}" if head else part)
    return pieces


def _sentences(line: str, size: int) -> Iterator[str]:
    """A line in whole sentences of up to `size`; one that is longer stays whole."""
    found = ""
    for sentence in _SENTENCE_END.split(line):
        if found and len(found) + len(sentence) > size:
            yield found
            found = ""
        found += sentence if not found or found[-1] in "。！？" else f" {sentence}"
    if found:
        yield found
