"""An import through a door is one at a time, whole or not at all, and its end is always told."""

from __future__ import annotations

import io
import time
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from assistant import imports as module
from assistant.imports import FOLDER, Import, Imports, RunningError
from crm.audit import Audit, through
from crm.database import utc_now
from crm.errors import InputError, NotAllowedError, NotFoundError
from crm.scope import Principal
from crm.uploads import Sent
from crm.warehouse import current_snapshot

ADMIN = Principal("U02", "管理 さくら", frozenset({"admin"}))
MAPPING = b"""version: 1
tables:
  accounts: {source: accounts.csv, columns: {account_id: id, name: name}}
"""


@pytest.fixture
def imports(engine: sa.Engine, tmp_path: Path) -> Imports:
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "settings.toml").write_text("", encoding="utf-8")
    return Imports(engine, tmp_path / "workspace", Audit(engine))


def accounts(*rows: str) -> list[Sent]:
    return [Sent("accounts.csv", io.BytesIO("\n".join(["id,name", *rows]).encode()))]


def ended(imports: Imports, id_: str) -> Import:
    for _ in range(400):
        found = imports.of(id_)
        if found.status != "running":
            return found
        time.sleep(0.05)
    raise AssertionError("it did not end")


def test_an_import_is_done_in_the_background_and_noted(
    imports: Imports, engine: sa.Engine, tmp_path: Path
) -> None:
    with through("http"):
        begun = imports.begin(ADMIN, accounts("A1,東都電機", ",北斗"), MAPPING, dry_run=False)
    done = ended(imports, begun.id)
    assert (done.status, done.reason, done.file) == ("done", None, "accounts.csv")
    assert done.report is not None
    assert done.report["tables"][0]["accepted"] == 1
    [reject] = done.report["rejects"]
    assert (reject["row"], reject["column"], reject["reason"]) == (3, "id", "missing")
    assert current_snapshot(tmp_path / "workspace") == done.report["snapshot"]
    assert not list((tmp_path / "workspace" / FOLDER).iterdir())
    [entry] = Audit(engine).read()
    assert (entry.action, entry.person, entry.door) == ("import", "U02", "http")


def test_a_dry_run_writes_nothing_and_reports_the_same(imports: Imports, tmp_path: Path) -> None:
    dry = ended(imports, imports.begin(ADMIN, accounts("A1,東都電機"), MAPPING, dry_run=True).id)
    assert current_snapshot(tmp_path / "workspace") is None
    real = ended(imports, imports.begin(ADMIN, accounts("A1,東都電機"), MAPPING, dry_run=False).id)
    assert dry.report is not None
    assert real.report is not None
    assert dry.report | {"dry_run": False} == real.report


def test_one_that_fails_says_why_and_names_no_place_on_the_server(
    imports: Imports, tmp_path: Path
) -> None:
    mapping = MAPPING.replace(b"accounts.csv", b"other.csv")
    failed = ended(imports, imports.begin(ADMIN, accounts("A1,x"), mapping, dry_run=False).id)
    assert failed.status == "failed"
    assert failed.reason is not None
    assert "other.csv does not exist" in failed.reason
    assert str(tmp_path) not in failed.reason
    with pytest.raises(InputError) as refused:
        imports.begin(ADMIN, accounts("A1,x"), b"tables: [", dry_run=False)
    assert str(tmp_path) not in str(refused.value)


def test_only_an_admin_imports(imports: Imports) -> None:
    for roles in ({"rep"}, {"manager"}, {"executive"}):
        with pytest.raises(NotAllowedError):
            imports.begin(
                Principal("U07", "x", frozenset(roles)), accounts("A1,x"), MAPPING, dry_run=True
            )
    reader = Principal("U02", "x", frozenset({"admin"}), read_only=True)
    with pytest.raises(NotAllowedError):
        imports.begin(reader, accounts("A1,x"), MAPPING, dry_run=True)
    assert imports.page(10) == []


def test_there_is_one_at_a_time_and_one_that_died_is_failed(
    imports: Imports, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Imports, "_work", lambda *_given: None)  # as of a process that was killed
    begun = imports.begin(ADMIN, accounts("A1,x"), MAPPING, dry_run=False)
    with pytest.raises(RunningError):
        imports.begin(ADMIN, accounts("A1,x"), MAPPING, dry_run=False)
    with engine.begin() as con:
        con.execute(sa.update(module.imports).values(seen_at=utc_now() - timedelta(minutes=1)))
    died = imports.of(begun.id)
    assert died.status == "failed"
    assert died.reason is not None
    assert "stopped" in died.reason
    imports.begin(ADMIN, accounts("A1,x"), MAPPING, dry_run=False)


def test_the_list_goes_on_where_it_stopped(
    imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [
        ended(imports, imports.begin(ADMIN, accounts("A1,x"), MAPPING, dry_run=True).id).id
        for _ in range(3)
    ]
    [first] = imports.page(1)
    rest = imports.page(10, (first.begun_at, first.id))
    assert [first.id, *(one.id for one in rest)] == list(reversed(ids))
    assert first.report is None
    with pytest.raises(NotFoundError):
        imports.of("0" * 16)
