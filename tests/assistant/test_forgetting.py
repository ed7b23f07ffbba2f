"""A customer's person is forgotten everywhere, nobody else is, and no import brings them back."""

from __future__ import annotations

import csv
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import psycopg
import pytest
import sqlalchemy as sa

from assistant.bootstrap import Workspace
from crm.database import Place
from crm.errors import NotFoundError
from crm.forgetting.spellings import MARK
from crm.importer import import_folder
from crm.scope import OPERATOR
from crm.settings import DATABASE_URL
from plans.store import Plans
from tests.assistant.forgetting import (
    MAIL,
    NAME,
    PHONE,
    ROWS,
    SPELLINGS,
    fill,
    import_company,
    opened,
)
from tests.companies import ROOT, import_rows

FAR = re.compile("福島[ 　]?正樹|fukushima@|0000[-−]?1583|００００−１５８３")


@pytest.fixture
def workspace(tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace in which the person is written everywhere, on SQLite and on PostgreSQL."""
    if isinstance(place, str):
        monkeypatch.setenv(DATABASE_URL, place)
    made = opened(import_company(tmp_path))
    fill(made)
    return made


def words_of(engine: sa.Engine) -> str:
    """Everything that stands in a database, but for the audit log's chain."""
    tables = sa.MetaData()
    tables.reflect(engine)
    said = []
    with engine.connect() as con:
        for table in tables.sorted_tables:
            for row in con.execute(sa.select(table)):
                said += [
                    v.decode("utf-8", "ignore") if isinstance(v, bytes) else str(v) for v in row
                ]
    return "\n".join(said)


def tables_of(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    [file] = (folder / "warehouse").glob("*.duckdb")
    with duckdb.connect(str(file), read_only=True) as con:
        return {t: con.execute(f"SELECT * FROM {t} ORDER BY ALL").fetchall() for t in ROWS}


def test_nothing_of_the_person_is_left_anywhere(workspace: Workspace) -> None:
    found = workspace.forgetting.look("C001")
    assert {
        "chunks", "conversations", "plan_versions", "slack_inbox", "made_later", "audit_details",
        "notes/visit.csv", "tables: activities.body",
    } <= found.places.keys()  # fmt: skip
    forgot = workspace.forgetting.forget(OPERATOR, "C001")
    assert forgot.left == ()
    words = words_of(workspace.database) + str(tables_of(workspace.folder))
    assert not FAR.search(words)
    assert "\\u798f\\u5cf6" not in words
    for file in workspace.folder.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            assert not any(s.encode() in data for s in (NAME, "福島正樹", MAIL, PHONE)), file


def test_nothing_of_anybody_else_is_lost(workspace: Workspace) -> None:
    before = tables_of(workspace.folder)
    pseudonym = workspace.forgetting.forget(OPERATOR, "C001").pseudonym
    after = tables_of(workspace.folder)
    assert {t: len(rows) for t, rows in after.items()} == {t: len(r) for t, r in before.items()}
    assert [r for r in after["contacts"] if r[0] in ("C002", "C003")] == [
        tuple(pseudonym if v == "C001" else v for v in row)
        for row in before["contacts"] if row[0] != "C001"
    ]  # fmt: skip
    bodies = {row[0]: row[-1] for row in after["activities"]}
    assert bodies["V2"] == f"中島様と面談。{MARK}専務は欠席。"
    assert bodies["V3"] == f"福島様と面談。丸栄機材の{MARK}様の紹介。"
    words = words_of(workspace.database)
    assert "福島 花子" in words
    assert "売上は" in words
    assert workspace.audit.verify().holds
    with (workspace.folder / "notes" / "visit.csv").open(encoding="utf-8-sig") as file:
        assert list(csv.reader(file))[1:] == [["1", MARK], ["2", "福島 花子"]]


def test_plans_stay_plans_and_documents_are_still_found(workspace: Workspace) -> None:
    pseudonym = workspace.forgetting.forget(OPERATOR, "C001").pseudonym
    store = Plans(workspace.database)
    [listed] = store.list(None)
    stored = store.get(listed.plan_id)
    [person] = stored.plan.people
    assert (person.name, person.contact_id, person.title, person.role) == (
        MARK, pseudonym, None, None,
    )  # fmt: skip
    assert stored.head.title == f"{MARK}様との計画"
    assert len(store.history(listed.plan_id)) == 2
    stats = workspace.library.stats()
    assert (stats.documents, stats.missing, stats.orphans) == (2, 0, 0)


def test_it_is_noted_in_the_audit_log_without_the_person(workspace: Workspace) -> None:
    pseudonym = workspace.forgetting.forget(OPERATOR, "C001").pseudonym
    [entry] = workspace.audit.read(action="forget")
    assert entry.subject == f"contact:{pseudonym}"
    assert not FAR.search(str(entry))


def test_to_look_changes_nothing(workspace: Workspace) -> None:
    before = words_of(workspace.database), tables_of(workspace.folder)
    workspace.forgetting.look("C001")
    assert (words_of(workspace.database), tables_of(workspace.folder)) == before


def test_an_import_does_not_bring_the_person_back(workspace: Workspace) -> None:
    workspace.forgetting.forget(OPERATOR, "C001")
    kept = tables_of(workspace.folder)
    export, mapping = workspace.folder.parent / "export", workspace.folder.parent / "mapping.yaml"
    report = import_folder(export, mapping, workspace.folder)
    assert any("forgotten" in note for note in report.notes)
    for old in (workspace.folder / "warehouse").glob("*.duckdb"):
        if old.stem != report.snapshot:
            old.unlink()
    assert tables_of(workspace.folder) == kept
    assert import_folder(export, mapping, workspace.folder).unchanged


def test_a_document_that_is_read_again_does_not_bring_the_person_back(tmp_path: Path) -> None:
    workspace = opened(import_company(tmp_path))
    workspace.forgetting.forget(OPERATOR, "C001")
    (tmp_path / "memo.md").write_text(f"# {NAME}様のメモ\n\n{PHONE}へ電話。", encoding="utf-8")
    workspace.library.add(tmp_path / "memo.md")
    words = words_of(workspace.database)
    assert f"{MARK}様のメモ" in words
    assert f"{MARK}へ電話。" in words
    assert not FAR.search(words)


def test_a_warehouse_in_postgresql_keeps_no_older_snapshot(
    tmp_path: Path, empty_postgres: str
) -> None:
    folder = import_company(tmp_path)
    with (folder / "settings.toml").open("a") as file:
        file.write(f'\n[warehouse]\nurl = "{empty_postgres}"\n')
    import_folder(tmp_path / "export", tmp_path / "mapping.yaml", folder)
    opened(folder).forgetting.forget(OPERATOR, "C001")
    current = (folder / "warehouse" / "CURRENT").read_text().strip()
    with psycopg.connect(empty_postgres) as con:
        schemas = con.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^tagayasu'")
        assert schemas.fetchall() == [(f"tagayasu_{current}",)]
        names = con.execute(f"SELECT name FROM tagayasu_{current}.contacts").fetchall()
    assert sorted(names) == sorted([("中島 美穂",), ("福島 花子",), (MARK,)])


def test_a_new_row_of_the_same_person_or_only_their_name_in_a_text_comes_in_blank(
    tmp_path: Path,
) -> None:
    workspace = opened(import_company(tmp_path))
    workspace.forgetting.forget(OPERATOR, "C001")
    again = {**ROWS["contacts"][0], "contact_id": "C900"}
    text = {**ROWS["activities"][0], "contact_id": None, "body": f"福島 正樹様、{PHONE}、{MAIL}"}
    import_rows(tmp_path, ROWS | {"contacts": [again, *ROWS["contacts"][1:]], "activities": [text]})
    current = (tmp_path / "workspace" / "warehouse" / "CURRENT").read_text().strip()
    file = tmp_path / "workspace" / "warehouse" / f"{current}.duckdb"
    with duckdb.connect(str(file), read_only=True) as con:
        assert con.execute("SELECT body FROM activities").fetchall() == [
            (f"{MARK}様、{MARK}、{MARK}",)
        ]
        names = con.execute("SELECT name, email FROM contacts WHERE account_id = 'A001'").fetchall()
    assert (MARK, None) in names
    assert not FAR.search(str(names))


def test_a_namesake_elsewhere_keeps_their_name_and_what_both_may_be_is_told(tmp_path: Path) -> None:
    namesake = {"contact_id": "C004", "account_id": "A002", "name": "福島正樹"}
    about = {
        "activity_id": "V9", "account_id": "A002", "contact_id": "C004", "kind": "call",
        "occurred_on": "2026-04-05", "body": "福島正樹様と面談。",
    }  # fmt: skip
    rows = ROWS | {
        "contacts": [*ROWS["contacts"], namesake], "activities": [*ROWS["activities"], about],
    }  # fmt: skip
    folder, _report = import_rows(tmp_path, rows)
    workspace = opened(folder)
    assert workspace.forgetting.look("C001").shared.name
    assert workspace.forgetting.forget(OPERATOR, "C001").left == ()
    after = tables_of(folder)
    bodies = {row[0]: row[-1] for row in after["activities"]}
    assert bodies["V9"] == "福島正樹様と面談。"
    assert MARK in str(bodies["V1"])
    assert [row[2] for row in after["contacts"] if row[0] == "C004"] == ["福島正樹"]


def test_who_is_unknown_or_forgotten_already_is_not_there(workspace: Workspace) -> None:
    with pytest.raises(NotFoundError):
        workspace.forgetting.look("C999")
    workspace.forgetting.forget(OPERATOR, "C001")
    with pytest.raises(NotFoundError):
        workspace.forgetting.forget(OPERATOR, "C001")


def test_a_file_that_cannot_be_cleaned_is_told(tmp_path: Path) -> None:
    workspace = opened(import_company(tmp_path))
    (workspace.folder / "scan.bin").write_bytes(b"\x00\xff" + MAIL.encode() + b"\x00")
    assert workspace.forgetting.forget(OPERATOR, "C001").left == ("scan.bin",)
    (workspace.folder / "scan.bin").unlink()
    assert workspace.forgetting.forget(OPERATOR, "C001").left == ()


@pytest.mark.parametrize(
    "moment", [0, 1, *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, 12))]
)
def test_a_kill_at_any_moment_is_made_good_by_the_next_run(tmp_path: Path, moment: int) -> None:
    first = opened(import_company(tmp_path))
    fill(first)
    first.database.dispose()
    folder = first.folder
    process = subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-m", "tests.assistant.forgetting", str(folder)],
        cwd=ROOT, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    time.sleep(random.Random(moment).uniform(0.5, 2.5))
    process.send_signal(signal.SIGKILL)
    process.wait()
    workspace = opened(folder)
    if any((folder / "forgetting").glob("*")) or "C001" in contacts_of(folder):
        assert workspace.forgetting.forget(OPERATOR, "C001").left == ()
    assert not FAR.search(words_of(workspace.database) + str(tables_of(folder)))
    assert not list((folder / "forgetting").iterdir())
    stats = workspace.library.stats()
    assert (stats.documents, stats.missing, stats.orphans) == (2, 0, 0)


def contacts_of(folder: Path) -> set[str]:
    """The contacts of the snapshot in use; a kill may have left an older one beside it."""
    current = (folder / "warehouse" / "CURRENT").read_text().strip()
    with duckdb.connect(str(folder / "warehouse" / f"{current}.duckdb"), read_only=True) as con:
        return {id_ for (id_,) in con.execute("SELECT contact_id FROM contacts").fetchall()}


def test_every_spelling_is_found_where_it_is_about_the_person(tmp_path: Path) -> None:
    workspace = opened(import_company(tmp_path))
    note = workspace.folder / "note.md"
    lines = [f"丸栄機材: {spelling} まで連絡" for spelling in SPELLINGS]
    note.write_text("\n".join(lines), encoding="utf-8")
    workspace.forgetting.forget(OPERATOR, "C001")
    for spelling, line in zip(SPELLINGS, note.read_text(encoding="utf-8").split("\n"), strict=True):
        honorific = "様" if spelling.endswith("様") else ""
        assert line == f"丸栄機材: {MARK}{honorific} まで連絡", spelling
