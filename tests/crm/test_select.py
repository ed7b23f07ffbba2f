"""A `select` of a mapping reads the staged files of its import, and can do nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm.errors import InputError
from crm.importer import ImportReport, import_folder
from tests.companies import tables_of, write_mapping


def run(folder: Path, select: str, **more: object) -> ImportReport:
    (folder / "export").mkdir(exist_ok=True)
    (folder / "export" / "in.csv").write_text("account_id,name\nA1,a\n", encoding="utf-8")
    (folder / "secret.csv").write_text("account_id,name\nS,secret\n", encoding="utf-8")
    spec = {"source": "s", "select": select, **more}
    mapping = write_mapping(
        folder / "m.yaml", sources={"s": {"file": "in.csv"}}, tables={"accounts": spec}
    )
    return import_folder(folder / "export", mapping, folder / "workspace")


@pytest.mark.parametrize(
    "source",
    ["read_csv('{0}/secret.csv')", "'{0}/secret.csv'", "read_text('{0}/secret.csv')",
     "read_blob('{0}/secret.csv')", "glob('{0}/*')", "sniff_csv('{0}/secret.csv')",
     "read_csv_auto('{0}/*.csv')", "read_parquet('{0}/x.parquet')", "read_json('{0}/x.json')",
     "'https://example.com/x.csv'", "read_csv('/proc/self/environ')"],
)  # fmt: skip
def test_it_cannot_read_another_file(tmp_path: Path, source: str) -> None:
    source = source.format(tmp_path)
    with pytest.raises(InputError, match=r"cannot be (run|read)") as refusal:
        run(tmp_path, f"SELECT 'A1' AS account_id, s.name FROM s, {source} AS x")
    assert "S,secret" not in str(refusal.value)
    assert not (tmp_path / "workspace").exists()


@pytest.mark.parametrize(
    "statement",
    ["COPY s TO '{0}/out.csv'", "ATTACH '{0}/other.duckdb'", "INSTALL httpfs", "LOAD httpfs",
     "DROP TABLE s", "UPDATE s SET name = 'x'", "DELETE FROM s", "CREATE TABLE t AS SELECT 1",
     "INSERT INTO s VALUES (1)", "SET enable_external_access = true", "PRAGMA database_list",
     "EXPORT DATABASE '{0}/dump'", "CALL pragma_version()", "", "   ", "not sql at all",
     "SELECT 1; SELECT 2", "SELECT * FROM s; DROP TABLE s", "EXPLAIN SELECT 1"],
)  # fmt: skip
def test_it_is_one_select_and_nothing_else(tmp_path: Path, statement: str) -> None:
    with pytest.raises(InputError, match=r"one SELECT|not valid SQL|cannot be run|give `columns`"):
        run(tmp_path, statement.format(tmp_path))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["export", "m.yaml", "secret.csv"]


@pytest.mark.parametrize(
    "select",
    ["SELECT * FROM (INSERT INTO s VALUES ('x','y') RETURNING *)",
     "WITH x AS (DELETE FROM s RETURNING *) SELECT * FROM x",
     "SELECT * FROM query('DROP TABLE s')",
     "SELECT * FROM s) TO '{0}/out.csv'"],
)  # fmt: skip
def test_it_cannot_hide_a_write_inside(tmp_path: Path, select: str) -> None:
    with pytest.raises(InputError):
        run(tmp_path, select.format(tmp_path))
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    "where",
    ["1=1); DROP TABLE canonical.accounts; SELECT (1",
     "1=1); UPDATE canonical.accounts SET name = 'x'; --",
     "account_id IN (SELECT account_id FROM read_csv('{0}/secret.csv'))",
     "no such column"],
)  # fmt: skip
def test_a_left_out_condition_is_a_condition_and_nothing_else(tmp_path: Path, where: str) -> None:
    left_out = [{"where": where.format(tmp_path), "reason": "r"}]
    with pytest.raises(InputError, match="left_out"):
        run(tmp_path, "SELECT * FROM s", left_out=left_out)
    assert not (tmp_path / "workspace").exists()


def test_a_column_that_the_table_does_not_have_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"returns `colour`, which is no column.*account_id, name"):
        run(tmp_path, "SELECT *, 'red' AS colour FROM s")


def test_a_column_that_the_source_does_not_have_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"select of `accounts` cannot be run.*title"):
        run(tmp_path, "SELECT account_id, title AS name FROM s")


def test_a_source_that_is_not_listed_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be run.*sources listed in the mapping"):
        run(tmp_path, "SELECT * FROM elsewhere")


@pytest.mark.parametrize(
    "select",
    ["SELECT * FROM s", "SELECT * FROM s;", "select * from s  ;  ", "FROM s",
     "WITH x AS (SELECT * FROM s) SELECT * FROM x", "SELECT * FROM s -- all of them",
     "SELECT * FROM s /* all */"],
)  # fmt: skip
def test_every_way_to_write_one_select_is_taken(tmp_path: Path, select: str) -> None:
    run(tmp_path, select)
    assert tables_of(tmp_path / "workspace")["accounts"].name.execute().tolist() == ["a"]


def test_a_comment_may_stand_behind_a_left_out_condition(tmp_path: Path) -> None:
    left_out = [{"where": "name = 'a' -- none of them", "reason": "r"}]
    report = run(tmp_path, "SELECT * FROM s WHERE name <> 'a'", left_out=left_out)
    assert report.sources[0].left_out == (("r", 1),)
