"""A long message costs the others little."""

from __future__ import annotations

from pathlib import Path

from assistant.builtin.understand import Understanding
from knowledge.embeddings import Vectors
from tests.fakes import TrigramEmbeddings


class Counted(TrigramEmbeddings):
    """Remembers how long the texts were."""

    def __init__(self) -> None:
        self.lengths: list[int] = []

    def query(self, text: str) -> Vectors:
        self.lengths.append(len(text))
        return super().query(text)


def test_a_long_message_is_likened_by_its_beginning_and_its_words_count_all(tmp_path: Path) -> None:
    counted = Counted()
    understanding = Understanding(counted, tmp_path)
    text = "あ" * 3990 + "受注率"
    guesses = understanding.guess(text)
    assert max(counted.lengths) <= 400
    assert any(guess.words for guess in guesses if guess.intent.name == "pipeline")
