"""The registry in SQL is the truth about documents, passages and who may see them.

The vector store follows it. Every change raises the generation in the same transaction, so that
whoever keeps something of it in memory sees that it is old.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np
import sqlalchemy as sa

from crm.database import upsert
from knowledge.chunks import Chunk, Name, indexed_text, vector_digest
from knowledge.documents import Document
from knowledge.embeddings import Vectors
from knowledge.lexical import terms

_AT_ONCE = 500
"""Values in one statement: SQLite takes 32,766, older ones 999."""

metadata = sa.MetaData()

documents = sa.Table(
    "documents",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("root", sa.Text, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("language", sa.String(2)),
    sa.Column("date", sa.Date),
    sa.Column("account", sa.Text, index=True),
    sa.Column("industry", sa.Text),
    sa.Column("employees", sa.Integer),
    sa.Column("stage", sa.Text),
    sa.Column("outcome", sa.String(10)),
    sa.Column("audience", sa.Text, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("recipe", sa.Text, nullable=False),
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
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("terms", sa.Text),
)
names = sa.Table(
    "names",
    metadata,
    sa.Column(
        "document_id",
        sa.String(16),
        sa.ForeignKey("documents.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
)
vectors = sa.Table(
    "vectors",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("vector", sa.LargeBinary, nullable=False),
)
library = sa.Table(
    "library",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(32), nullable=False),
    sa.Column("model", sa.Text),
    sa.Column("dimension", sa.Integer),
    sa.Column("generation", sa.Integer, nullable=False),
)


@dataclass(frozen=True)
class Viewer:
    """Who asks: the accounts they may see (None: all) and the names they and theirs go by.

    `names` are ids, e-mail addresses, teams and roles in small letters; whoever sees all is in
    every audience.
    """

    accounts: frozenset[str] | None = None
    names: frozenset[str] = frozenset()

    def may_see(self, of: Registered) -> bool:
        if self.accounts is None:
            return True
        if of.account is not None and of.account not in self.accounts:
            return False
        return not of.audience or any(name.casefold() in self.names for name in of.audience)


@dataclass(frozen=True)
class Registered:
    """A document as registered, without its passages."""

    id: str
    root: str
    path: str
    title: str
    kind: str
    language: str | None
    date: date | None
    account: str | None
    industry: str | None
    employees: int | None
    stage: str | None
    outcome: str | None
    audience: tuple[str, ...]
    digest: str
    recipe: str


@dataclass(frozen=True)
class Passage:
    """A chunk and the document it stands in, as a citation needs it."""

    id: str
    document: Registered
    heading: str
    text: str
    position: int
    digest: str
    terms: tuple[str, ...]


@dataclass(frozen=True)
class Identity:
    """The library's own name, the embeddings its vectors are of, and its generation."""

    name: str
    model: str | None
    dimension: int | None
    generation: int


@dataclass(frozen=True)
class Entry:
    """A document as it is to be registered."""

    document: Document
    chunks: tuple[Chunk, ...]
    names: tuple[Name, ...]


class Registry:
    """Documents, passages and their vectors in the workspace database."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def identity(self) -> Identity:
        with self._engine.connect() as con:
            row = con.execute(sa.select(library)).mappings().first()
        if row is None:
            return Identity("", None, None, 0)
        return Identity(row["name"], row["model"], row["dimension"], row["generation"])

    def identify(self, model: str, dimension: int) -> Identity:
        """Give the library its name, if it has none, and the embeddings it is of from now on."""
        known = self.identity()
        if (known.model, known.dimension) == (model, dimension):
            return known
        with self._engine.begin() as con:
            con.execute(sa.delete(library))
            name = known.name or uuid.uuid4().hex
            row = {"id": 1, "name": name, "model": model, "dimension": dimension}
            con.execute(sa.insert(library).values(**row, generation=known.generation + 1))
        return self.identity()

    def documents(self) -> list[Registered]:
        """All documents by path."""
        with self._engine.connect() as con:
            rows = con.execute(sa.select(documents).order_by(documents.c.path)).mappings().all()
        return [_registered(row) for row in rows]

    def replace(self, entries: Sequence[Entry], recipe: str) -> None:
        """Register documents with exactly these chunks and names, in one transaction."""
        called = [
            {"document_id": entry.document.id, "position": n, **asdict(name)}
            for entry in entries
            for n, name in enumerate(entry.names)
        ]
        with self._engine.begin() as con:
            _delete(con, [entry.document.id for entry in entries])
            con.execute(sa.insert(documents), [_document_row(e.document, recipe) for e in entries])
            con.execute(sa.insert(chunks), [_chunk_row(p) for e in entries for p in e.chunks])
            con.execute(sa.insert(names), called)
            _next_generation(con)

    def remove(self, ids: Collection[str]) -> None:
        """Forget these documents and their passages, in one transaction."""
        if ids:
            with self._engine.begin() as con:
                _delete(con, ids)
                _next_generation(con)

    def move(self, id_: str, root: str) -> None:
        """Note that a document's folder lies elsewhere now."""
        with self._engine.begin() as con:
            con.execute(sa.update(documents).where(documents.c.id == id_).values(root=root))

    def texts(self, model: str) -> dict[str, str]:
        """Every text that these embeddings must have a vector of, by its digest."""
        found = {}
        for passage in self.passages():
            indexed = indexed_text(passage.document.title, passage.heading, passage.text)
            found[vector_digest(model, indexed)] = indexed
        return found | {vector_digest(model, n.name): n.name for _id, n in self.names()}

    def redigest(self, model: str) -> None:
        """Let every passage and name have the vectors of these embeddings, and its words anew."""
        parts = []
        for passage in self.passages():
            indexed = indexed_text(passage.document.title, passage.heading, passage.text)
            digest = vector_digest(model, indexed)
            parts.append({"key": passage.id, "new": digest, "words": " ".join(terms(indexed))})
        called = {name.name: vector_digest(model, name.name) for _id, name in self.names()}
        by_id = sa.update(chunks).where(chunks.c.id == sa.bindparam("key"))
        by_name = sa.update(names).where(names.c.name == sa.bindparam("key"))
        with self._engine.begin() as con:
            if parts:
                con.execute(
                    by_id.values(digest=sa.bindparam("new"), terms=sa.bindparam("words")), parts
                )
            if called:
                rows = [{"key": name, "new": digest} for name, digest in called.items()]
                con.execute(by_name.values(digest=sa.bindparam("new")), rows)
            _next_generation(con)

    def chunk_ids(self, ids: Collection[str]) -> list[str]:
        """The ids of the passages of these documents."""
        query = sa.select(chunks.c.id).where(chunks.c.document_id.in_(list(ids)))
        with self._engine.connect() as con:
            return list(con.scalars(query))

    def passages(self, ids: Collection[str] | None = None) -> list[Passage]:
        """The registered passages among these ids, or all, by path and place in the document."""
        query = (
            sa.select(chunks, documents)
            .join_from(chunks, documents, chunks.c.document_id == documents.c.id)
            .order_by(documents.c.path, chunks.c.position)
        )
        if ids is not None:
            query = query.where(chunks.c.id.in_(list(ids)))
        known: dict[str, Registered] = {}
        found = []
        with self._engine.connect() as con:
            for row in con.execute(query).mappings():
                key = row[documents.c.id]
                of = known.get(key) or known.setdefault(key, _registered(row))
                found.append(_passage(row, of))
        return found

    def names(self) -> list[tuple[str, Name]]:
        """What each document is called, by the document's id."""
        query = sa.select(names).order_by(names.c.document_id, names.c.position)
        with self._engine.connect() as con:
            return [
                (row.document_id, Name(row.kind, row.name, row.digest))
                for row in con.execute(query)
            ]

    def counts(self) -> tuple[int, int]:
        """How many documents and passages are registered."""
        with self._engine.connect() as con:
            return (
                con.scalar(sa.select(sa.func.count()).select_from(documents)) or 0,
                con.scalar(sa.select(sa.func.count()).select_from(chunks)) or 0,
            )

    def vectors(self, digests: Iterable[str]) -> dict[str, Vectors]:
        """The vectors that are known of these digests."""
        found = {}
        with self._engine.connect() as con:
            for some in _batches(sorted(set(digests))):
                query = sa.select(vectors).where(vectors.c.digest.in_(some))
                for row in con.execute(query):
                    found[row.digest] = np.frombuffer(row.vector, dtype=np.float32)
        return found

    def keep_vectors(self, found: Mapping[str, Vectors]) -> None:
        """Remember the vectors of these digests: they are the same for ever."""
        rows = [
            {"digest": digest, "vector": vector.astype(np.float32).tobytes()}
            for digest, vector in found.items()
        ]
        with self._engine.begin() as con:
            upsert(con, vectors, rows)

    def forget_vectors(self) -> int:
        """Drop the vectors that no passage has; how many there were."""
        used = sa.union(sa.select(chunks.c.digest), sa.select(names.c.digest))
        with self._engine.begin() as con:
            return con.execute(sa.delete(vectors).where(vectors.c.digest.not_in(used))).rowcount


def _batches(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]


def _delete(con: sa.Connection, ids: Collection[str]) -> None:
    for table in (chunks, names):
        con.execute(sa.delete(table).where(table.c.document_id.in_(list(ids))))
    con.execute(sa.delete(documents).where(documents.c.id.in_(list(ids))))


def _next_generation(con: sa.Connection) -> None:
    con.execute(sa.update(library).values(generation=library.c.generation + 1))


def _registered(row: sa.RowMapping) -> Registered:
    said = {c.name: row[c] for c in documents.c if c.name != "audience"}
    return Registered(**said, audience=tuple(json.loads(row[documents.c.audience])))


def _passage(row: sa.RowMapping, of: Registered) -> Passage:
    said = {c.name: row[c] for c in chunks.c if c.name not in ("document_id", "terms")}
    return Passage(**said, document=of, terms=tuple((row[chunks.c.terms] or "").split()))


def _document_row(document: Document, recipe: str) -> dict[str, object]:
    about = document.about
    return {
        "id": document.id,
        "root": document.root,
        "path": document.path,
        "title": document.title,
        "kind": about.kind,
        "language": about.language,
        "date": about.dated,
        "account": about.account,
        "industry": about.industry,
        "employees": about.employees,
        "stage": about.stage,
        "outcome": about.outcome,
        "audience": json.dumps(about.audience, ensure_ascii=False),
        "digest": document.digest,
        "recipe": recipe,
    }


def _chunk_row(part: Chunk) -> dict[str, object]:
    return {
        "id": part.id,
        "document_id": part.document_id,
        "heading": part.heading,
        "text": part.text,
        "position": part.position,
        "digest": part.digest,
        "terms": " ".join(part.terms),
    }
