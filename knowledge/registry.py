"""The registry in SQL is the truth about documents and chunks; the vector store follows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from knowledge.chunks import Chunk
from knowledge.documents import Document

metadata = sa.MetaData()

documents = sa.Table(
    "documents",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("language", sa.String(2)),
    sa.Column("date", sa.Date),
    sa.Column("account", sa.Text, index=True),
    sa.Column("industry", sa.Text),
    sa.Column("stage", sa.Text),
    sa.Column("outcome", sa.String(10)),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("embeddings", sa.Text, nullable=False),
)
chunks = sa.Table(
    "chunks",
    metadata,
    sa.Column("id", sa.String(24), primary_key=True),
    sa.Column(
        "document_id",
        sa.String(16),
        sa.ForeignKey("documents.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    sa.Column("heading", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("digest", sa.String(24), nullable=False),
)


@dataclass(frozen=True)
class Passage:
    """A chunk with the document it stands in, as a citation needs it."""

    id: str
    text: str
    heading: str
    title: str
    path: str
    kind: str
    account: str | None
    industry: str | None
    outcome: str | None


class Registry:
    """Documents and chunks in the workspace database."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def digest(self, document_id: str, embeddings: str) -> str | None:
        """The digest of the document as registered with these embeddings, if it is."""
        query = sa.select(documents.c.digest).where(
            documents.c.id == document_id, documents.c.embeddings == embeddings
        )
        with self._engine.connect() as con:
            return con.scalar(query)

    def chunk_digests(self, document_id: str, embeddings: str) -> dict[str, str]:
        """The digests of a document's chunks that were embedded with these embeddings."""
        query = (
            sa.select(chunks.c.id, chunks.c.digest)
            .join_from(chunks, documents, chunks.c.document_id == documents.c.id)
            .where(documents.c.id == document_id, documents.c.embeddings == embeddings)
        )
        with self._engine.connect() as con:
            return {row.id: row.digest for row in con.execute(query)}

    def replace(self, document: Document, parts: Sequence[Chunk], embeddings: str) -> None:
        """Register a document with exactly these chunks, in one transaction."""
        with self._engine.begin() as con:
            con.execute(sa.delete(chunks).where(chunks.c.document_id == document.id))
            con.execute(sa.delete(documents).where(documents.c.id == document.id))
            con.execute(sa.insert(documents).values(_document_row(document, embeddings)))
            if parts:
                con.execute(sa.insert(chunks), [_chunk_row(part) for part in parts])

    def passages(self, ids: Iterable[str]) -> dict[str, Passage]:
        """The registered passages among these chunk ids."""
        query = (
            sa.select(chunks, documents)
            .join_from(chunks, documents, chunks.c.document_id == documents.c.id)
            .where(chunks.c.id.in_(list(ids)))
        )
        with self._engine.connect() as con:
            rows = con.execute(query).mappings().all()
        return {
            row[chunks.c.id]: Passage(
                id=row[chunks.c.id],
                text=row[chunks.c.text],
                heading=row[chunks.c.heading],
                title=row[documents.c.title],
                path=row[documents.c.path],
                kind=row[documents.c.kind],
                account=row[documents.c.account],
                industry=row[documents.c.industry],
                outcome=row[documents.c.outcome],
            )
            for row in rows
        }

    def counts(self) -> tuple[int, int]:
        """How many documents and chunks are registered."""
        with self._engine.connect() as con:
            return (
                con.scalar(sa.select(sa.func.count()).select_from(documents)) or 0,
                con.scalar(sa.select(sa.func.count()).select_from(chunks)) or 0,
            )


def _document_row(document: Document, embeddings: str) -> dict[str, object]:
    about = document.about
    return {
        "id": document.id,
        "path": document.path,
        "title": document.title,
        "kind": about.kind,
        "language": about.language,
        "date": about.dated,
        "account": about.account,
        "industry": about.industry,
        "stage": about.stage,
        "outcome": about.outcome,
        "digest": document.digest,
        "embeddings": embeddings,
    }


def _chunk_row(part: Chunk) -> dict[str, object]:
    return {
        "id": part.id,
        "document_id": part.document_id,
        "heading": part.heading,
        "text": part.text,
        "position": part.position,
        "digest": part.digest,
    }
