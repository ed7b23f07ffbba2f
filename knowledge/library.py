"""Documents go in, passages come out; what is interrupted is taken up again where it stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from crm.errors import InputError, NotFoundError, TagayasuError
from crm.forgetting.list import Forgotten
from crm.settings import Knowledge
from knowledge.chunks import CUT, chunk, names
from knowledge.documents import Document, digest_of, document, id_of
from knowledge.embeddings import Embeddings, unit
from knowledge.index import Index
from knowledge.readers import Reader
from knowledge.registry import Entry, Identity, Registered, Registry
from knowledge.retrieval import Retrieval
from knowledge.sources import Source, root_of, sources

_BATCH = 16
_TOGETHER = 500
"""Passages that are stored at once, and the seconds after which fewer are."""
_LONGEST_WAIT = 1.0

Progress = Callable[[int, int], None]
"""Called with (files done, files to do)."""


@dataclass
class AddReport:
    """What adding documents did.

    `documents` were new or changed, with `chunks` passages, of which `embedded` were not known;
    `unchanged` ones were left alone, `removed` ones left the library, their file being gone or of
    no use any more; `refused` says of each file that could not be used why.
    """

    documents: int = 0
    unchanged: int = 0
    removed: int = 0
    chunks: int = 0
    embedded: int = 0
    refused: list[InputError] = field(default_factory=list)


@dataclass(frozen=True)
class Stats:
    """What the library holds, and whether the vector store holds the same.

    `missing` passages are registered but not in the store, `orphans` in the store but not
    registered (these are never shown); `fault` is why the store cannot be asked.
    """

    documents: int
    chunks: int
    model: str | None
    missing: int | None
    orphans: int | None
    fault: str | None


class Library:
    """The workspace's playbooks, past plans and notes."""

    def __init__(
        self,
        registry: Registry,
        index: Index,
        embeddings: Embeddings,
        settings: Knowledge,
        forgotten: Callable[[], Forgotten] = Forgotten,
    ) -> None:
        self._forgotten = forgotten
        self._registry = registry
        self._index = index
        self._embeddings = embeddings
        self._settings = settings
        self.retrieval = Retrieval(registry, index, embeddings, settings)

    def add(self, path: Path, progress: Progress = lambda _done, _all: None) -> AddReport:
        """Bring the library to what a file, folder or archive holds now.

        New and changed files are read, and only their new texts embedded; documents of a folder
        or archive whose file is gone leave. A file that cannot be used is told in the report.
        Raises InputError when nothing there can be read, UnavailableError while another process
        writes.
        """
        found, root = sources(path), root_of(path)
        report = AddReport()
        entering = _Entering()
        with self._index.writing(), Reader() as reader:
            self._identify()
            known = {d.id: d for d in self._registry.documents()}
            self._refuse_namesakes(root, known.values())
            for done, source in enumerate(found):
                progress(done, len(found))
                try:
                    entry = self._read(source, root, known.get(id_of(source.place)), reader)
                except InputError as error:
                    # What it said before, and to whom, is not what the file says now.
                    report.removed += self._remove(known.keys() & {id_of(source.place)})
                    if path.is_file() and len(found) == 1:
                        raise
                    report.refused.append(error)
                    continue
                if entry is None:
                    report.unchanged += 1
                    continue
                report.embedded += self._embed(_texts(entry))
                entering.add(entry)
                if entering.is_due():
                    self._enter(entering.taken(), report)
            self._enter(entering.taken(), report)
            progress(len(found), len(found))
            if root == path.resolve():
                here = {id_of(source.place) for source in found}
                gone = [d for d in known.values() if d.root == str(root) and d.id not in here]
                report.removed += self._remove([d.id for d in gone])
            self._mend()
        return report

    def put(self, found: Document) -> AddReport:
        """Take in a document that is no file, in the place of what it said before.

        Only texts that are new are embedded; a plan that gets its outcome embeds nothing again.
        Raises UnavailableError while another process writes.
        """
        report = AddReport()
        with self._index.writing():
            self._identify()
            known = {d.id: d for d in self._registry.documents()}.get(found.id)
            if known is not None and (known.digest, known.recipe) == (found.digest, self._recipe):
                report.unchanged = 1
                return report
            entry = self._entry(found)
            report.embedded = self._embed(_texts(entry))
            self._enter([entry], report)
            self._mend()
        return report

    def remove(self, text: str) -> list[Registered]:
        """Take out the documents with that id, path or folder; they are not shown from then on.

        Raises NotFoundError when there are none.
        """
        asked = text.strip().rstrip("/")
        with self._index.writing():
            gone = [
                d
                for d in self._registry.documents()
                if asked in (d.id, d.path, d.root) or d.path.startswith(f"{asked}/")
            ]
            if not gone:
                raise NotFoundError(
                    f"The library holds no document `{text}`.",
                    "`tagayasu knowledge list` names them.",
                )
            self._remove([d.id for d in gone])
        return gone

    def documents(self) -> list[Registered]:
        """All documents by path, whoever may see them."""
        return self._registry.documents()

    def rebuild(self, progress: Progress = lambda _done, _all: None) -> int:
        """Make the vector store anew from the registry; how many texts had to be embedded.

        None has to be, unless the embeddings have changed since: then the library is of the new
        ones from here on.
        """
        with self._index.writing():
            model = self._embeddings.name
            texts = self._registry.texts(model)
            embedded = self._embed(texts, progress)
            self._registry.identify(model, self._embeddings.dimension)
            self._registry.redigest(model)
            self._index.clear()
            self._mend()
            self._registry.forget_vectors()
        return embedded

    def stats(self) -> Stats:
        """What the library holds; the vector store is asked for every id it has."""
        documents, passages = self._registry.counts()
        identity = self._registry.identity()
        registered = {p.id for p in self._registry.passages()}
        try:
            held = self._index.ids(identity) if registered else set()
        except TagayasuError as error:
            return Stats(documents, passages, identity.model, None, None, str(error))
        missing, orphans = len(registered - held), len(held - registered)
        return Stats(documents, passages, identity.model, missing, orphans, None)

    def counts(self) -> tuple[int, int]:
        """How many documents and passages there are."""
        return self._registry.counts()

    @property
    def _recipe(self) -> str:
        """How chunks come about: when it changes, every document is read and cut anew."""
        return f"cut={CUT};size={self._settings.chunk_characters}"

    def _identify(self) -> Identity:
        """The library's identity; its embeddings must be those of the settings."""
        identity = self._registry.identity()
        if identity.model is None:
            return self._registry.identify(self._embeddings.name, self._embeddings.dimension)
        self.retrieval.require(identity)
        return identity

    def _read(
        self, source: Source, root: Path, known: Registered | None, reader: Reader
    ) -> Entry | None:
        """A file as it is to be registered; None when the library holds it as it is."""
        digest = digest_of(source)
        if known is not None and (known.digest, known.recipe) == (digest, self._recipe):
            if known.root != str(root):
                self._registry.move(known.id, str(root))
            return None
        return self._entry(document(source, str(root), digest, reader))

    def _entry(self, found: Document) -> Entry:
        """A document as it is to be registered, without those who were forgotten."""
        if forgotten := self._forgotten():
            account = found.about.account
            found = replace(
                found,
                title=forgotten.without(found.title, account),
                body=forgotten.without(found.body, account),
            )
        model = self._embeddings.name
        parts = chunk(found, self._settings.chunk_characters, model)
        return Entry(found, tuple(parts), tuple(names(found, parts, model)))

    def _enter(self, entries: Sequence[Entry], report: AddReport) -> None:
        """Store the vectors of documents, then register them; a kill between leaves the old."""
        if not entries:
            return
        passages = [(p.id, p.digest, e.document.id) for e in entries for p in e.chunks]
        self._store(self._registry.identity(), passages)
        self._registry.replace(entries, self._recipe)
        report.documents += len(entries)
        report.chunks += len(passages)

    def _embed(
        self, texts: Mapping[str, str], progress: Progress = lambda _done, _all: None
    ) -> int:
        """Embed the texts whose vectors are not known yet, by their digests; how many."""
        known = self._registry.vectors(texts)
        new = [(digest, text) for digest, text in texts.items() if digest not in known]
        for start in range(0, len(new), _BATCH):
            progress(start, len(new))
            batch = new[start : start + _BATCH]
            found = unit(self._embeddings.passages([text for _digest, text in batch]))
            self._registry.keep_vectors(
                {digest: vector for (digest, _text), vector in zip(batch, found, strict=True)}
            )
        progress(len(new), len(new))
        return len(new)

    def _store(self, identity: Identity, passages: Sequence[tuple[str, str, str]]) -> None:
        """Put passages, as (id, digest, document's id), into the vector store."""
        if passages:
            ids, digests, owners = zip(*passages, strict=True)
            vectors = self._registry.vectors(digests)
            self._index.put(identity, ids, np.stack([vectors[d] for d in digests]), owners)

    def _mend(self) -> None:
        """Make the vector store hold exactly what is registered."""
        identity = self._registry.identity()
        registered = {p.id: p for p in self._registry.passages()}
        held = self._index.ids(identity, create=True)
        self._index.remove(identity, sorted(held - registered.keys()))
        lost = [registered[id_] for id_ in sorted(registered.keys() - held)]
        self._store(identity, [(p.id, p.digest, p.document.id) for p in lost])

    def _remove(self, ids: Collection[str]) -> int:
        """First from the registry: from then on nobody is shown a passage of them."""
        gone = self._registry.chunk_ids(ids)
        self._registry.remove(ids)
        if gone:
            self._index.remove(self._registry.identity(), gone)
        return len(ids)

    def _refuse_namesakes(self, root: Path, known: Iterable[Registered]) -> None:
        """Documents of another folder of the same name would take each other's places."""
        other = {d.root for d in known if d.root and Path(d.root).name == root.name}
        for place in sorted(other - {str(root)}):
            if Path(place).exists():
                raise InputError(
                    f"The library holds documents of {place}, a folder of the same name.",
                    f"Rename one of them, or run `tagayasu knowledge remove {root.name}` first.",
                )


def _texts(entry: Entry) -> dict[str, str]:
    """What has to be embedded of a document, by its digest."""
    return {p.digest: p.indexed for p in entry.chunks} | {n.digest: n.name for n in entry.names}


class _Entering:
    """Documents that wait to be stored together: one by one the store takes far longer."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._passages = 0
        self._since = 0.0

    def add(self, entry: Entry) -> None:
        if not self._entries:
            self._since = time.monotonic()
        self._entries.append(entry)
        self._passages += len(entry.chunks)

    def is_due(self) -> bool:
        """Whether they are many, or have waited long enough."""
        waited = time.monotonic() - self._since
        return self._passages >= _TOGETHER or waited >= _LONGEST_WAIT

    def taken(self) -> list[Entry]:
        entries, self._entries, self._passages = self._entries, [], 0
        return entries
