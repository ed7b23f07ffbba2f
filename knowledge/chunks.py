"""Chunks follow headings and keep their ids, so an edit touches only the chunks it changes."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from knowledge.documents import Document

CUT = 2
"""The version of the rules below; a new one cuts every document anew."""

_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_FENCE = re.compile(r"^(```|~~~)")


@dataclass(frozen=True)
class Chunk:
    """A passage of a document: its heading path, its text, and a digest of what is indexed."""

    id: str
    document_id: str
    heading: str
    text: str
    position: int
    digest: str

    def embedded_text(self, title: str) -> str:
        return "\n".join(part for part in (title, self.heading, self.text) if part)


def chunk(document: Document, size: int) -> list[Chunk]:
    """The document's sections, those longer than `size` characters cut at paragraphs."""
    chunks: list[Chunk] = []
    seen: dict[str, int] = {}
    for heading, text in _sections(document.body):
        for part in _parts(text, size):
            number = seen[heading] = seen.get(heading, -1) + 1
            identity = f"{document.id}\0{heading}\0{number}"
            content = f"{document.about.account or ''}\0{document.title}\0{heading}\0{part}"
            chunks.append(
                Chunk(
                    id=hashlib.sha256(identity.encode()).hexdigest()[:24],
                    document_id=document.id,
                    heading=heading,
                    text=part,
                    position=len(chunks),
                    digest=hashlib.sha256(content.encode()).hexdigest()[:24],
                )
            )
    return chunks


def _sections(body: str) -> list[tuple[str, str]]:
    """(heading path, text) in order; the first level is the document's title, not a section."""
    path: list[tuple[int, str]] = []
    sections: list[tuple[str, list[str]]] = [("", [])]
    fenced = False
    for line in body.splitlines():
        fenced ^= bool(_FENCE.match(line))
        match = None if fenced else _HEADING.match(line)
        if match is None:
            sections[-1][1].append(line)
            continue
        level = len(match[1])
        path = [(n, h) for n, h in path if n < level] + [(level, match[2])]
        shown = " > ".join(h for n, h in path if n > 1)
        sections.append((shown, []))
    return [(h, text) for h, lines in sections if (text := "\n".join(lines).strip())]


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
    """A block in pieces of whole lines, each at most about `size` (a single line is never cut)."""
    if len(block) <= size:
        return [block] if block else []
    pieces: list[str] = []
    for line in block.splitlines():
        if pieces and len(pieces[-1]) + len(line) + 1 <= size:
            pieces[-1] = f"{pieces[-1]}\n{line}"
        else:
            pieces.append(line)
    return pieces
