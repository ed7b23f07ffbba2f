"""A mapping from a stranger reads the listed files and nothing else, whatever its texts hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm.errors import InputError
from crm.importer import ImportReport, import_folder
from tests.companies import tables_of, write_csv, write_mapping

SECRET = "the-secret-of-the-house"
FROM_OUTSIDE = (
    "SELECT content AS account_id, 'x' AS name FROM read_text('{secret}')",
    "SELECT column0 AS account_id, 'x' AS name FROM read_csv('{secret}', header=false)",
    "SELECT column0 AS account_id, 'x' AS name FROM '{secret}'",
    "SELECT column0 AS account_id, 'x' AS name FROM read_csv_auto('{secret}')",
    "SELECT filename AS account_id, content::VARCHAR AS name FROM read_blob('{secret}')",
    "SELECT file AS account_id, 'x' AS name FROM glob('{folder}/*')",
    "SELECT * FROM read_parquet('{secret}')",
    "SELECT json AS account_id, 'x' AS name FROM read_json_objects('{secret}')",
    "SELECT Columns::VARCHAR AS account_id, 'x' AS name FROM sniff_csv('{secret}')",
    "SELECT content AS account_id, 'x' AS name FROM query('FROM read_text(''{secret}'')')",
    "SELECT account_id, (SELECT content FROM read_text('{secret}')) AS name FROM firms",
    "WITH x AS (SELECT content AS c FROM read_text('{secret}')) SELECT c AS account_id, c AS name "
    "FROM x",
    "SELECT getenv('SECRET') AS account_id, 'x' AS name",
    "SELECT * FROM read_csv('https://127.0.0.1:1/x.csv')",
    "SELECT * FROM sqlite_scan('{secret}', 'x')",
    "FROM stolen",
)  # fmt: skip
STATEMENTS = (
    "COPY firms TO '{out}'",
    "COPY (SELECT * FROM firms) TO '{out}' (FORMAT csv)",
    "ATTACH '{out}' AS other",
    "EXPORT DATABASE '{out}'",
    "PRAGMA enable_external_access",
    "SET enable_external_access = true",
    "RESET lock_configuration",
    "INSTALL httpfs",
    "LOAD httpfs",
    "CALL pragma_version()",
    "DROP TABLE firms",
    "UPDATE firms SET name = 'mine'",
    "CREATE TABLE mine AS SELECT 1",
    "SELECT account_id, name FROM firms; COPY firms TO '{out}'",
    "SELECT account_id, name FROM firms) TO '{out}'; --",
    "EXPLAIN ANALYZE SELECT account_id, name FROM firms",
    "CREATE MACRO match_key(x) AS 'mine'",
    "CHECKPOINT",
    "",
)  # fmt: skip
CONDITIONS = (
    "account_id IN (SELECT content FROM read_text('{secret}'))",
    "true); COPY firms TO '{out}'; SELECT count(*) FROM firms WHERE (true",
    "true) UNION ALL (SELECT count(*) FROM read_text('{secret}')",
)


def one(folder: Path, **table: object) -> ImportReport:
    """Import a file of two firms with this mapping of it; a secret lies beside the export."""
    write_csv(folder / "export" / "firms.csv", ["account_id", "name"], [["A1", "a"], ["A2", "b"]])
    (folder / "secret.csv").write_text(f"{SECRET}\n{SECRET}\n")
    mapping = write_mapping(
        folder / "m.yaml",
        sources={"firms": {"file": "firms.csv"}},
        tables={"accounts": {"source": "firms", **table}},
    )
    return import_folder(folder / "export", mapping, folder / "workspace")


def written(text: str, folder: Path) -> str:
    return text.format(secret=folder / "secret.csv", folder=folder, out=folder / "out.csv")


def check_refused(folder: Path, refusal: InputError) -> None:
    """One sentence without the secret; nothing was made, and nothing was written out."""
    assert SECRET not in str(refusal)
    assert refusal.remedy
    assert len(str(refusal).splitlines()) == 1
    assert {p.name for p in folder.iterdir()} == {"export", "m.yaml", "secret.csv"}


@pytest.mark.parametrize("select", [*FROM_OUTSIDE, *STATEMENTS])
def test_a_select_reads_the_listed_files_and_does_nothing_else(tmp_path: Path, select: str) -> None:
    with pytest.raises(InputError) as refusal:
        one(tmp_path, select=written(select, tmp_path))
    check_refused(tmp_path, refusal.value)


@pytest.mark.parametrize("where", CONDITIONS)
def test_a_condition_of_what_is_left_out_reads_nothing_else(tmp_path: Path, where: str) -> None:
    with pytest.raises(InputError) as refusal:
        one(
            tmp_path,
            select="SELECT account_id, name, _row FROM firms WHERE account_id = 'A1'",
            left_out=[{"where": written(where, tmp_path), "reason": "x"}],
        )
    check_refused(tmp_path, refusal.value)


@pytest.mark.parametrize("name", ["../secret.csv", "{folder}/secret.csv", "link.csv", "."])
def test_a_source_outside_the_folder_is_not_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "link.csv").symlink_to("../secret.csv")
    (tmp_path / "secret.csv").write_text(f"account_id,name\n{SECRET},x\n")
    mapping = write_mapping(
        tmp_path / "m.yaml",
        tables={
            "accounts": {
                "source": "s",
                "columns": {"account_id": "account_id", "name": "name"},
            }
        },
        sources={"s": {"file": written(name, tmp_path)}},
    )
    with pytest.raises(InputError, match=r"outside the import folder|does not exist|cannot be"):
        import_folder(tmp_path / "export", mapping, tmp_path / "workspace")
    assert not (tmp_path / "workspace").exists()


ODD = (
    "it's", 'say "x"', "a\nb", "a;b--", "'; DROP TABLE accounts; --", '"; SELECT 1; --', "%s {0}",
    "\\", "$$x$$", "{{ x }}", "_seq", "r account_id", "select", "*", "?", "ａ", "é",
)  # fmt: skip


@pytest.mark.parametrize("text", ODD)
def test_a_name_or_value_of_any_letters_is_that_name_or_value(tmp_path: Path, text: str) -> None:
    file, source = f"{text.replace('/', '_')}.csv", f"source {text}"
    export = write_csv(
        tmp_path / "export" / file, ["id", text, "state"], [["A1", "a", text], ["A2", "b", text]]
    ).parent
    columns = {
        "account_id": "id",
        "name": text,
        "industry": {"column": "state", "values": {text: f"<{text}>"}},
        "region": {"column": "state"},
        "city": {"constant": text},
        "contract_status": {"column": "state", "values": {text: None}, "default": text},
    }
    mapping = write_mapping(
        tmp_path / "m.yaml",
        sources={source: {"file": file}},
        tables={"accounts": {"source": source, "columns": columns}},
    )
    report = import_folder(export, mapping, tmp_path / "workspace")
    assert report.rejects == ()
    rows = tables_of(tmp_path / "workspace")["accounts"].order_by("account_id").to_pyarrow()
    assert rows["name"].to_pylist() == ["a", "b"]
    for column, expected in (
        ("industry", f"<{text}>"), ("region", text), ("city", text), ("contract_status", text),
    ):  # fmt: skip
        assert rows[column].to_pylist() == [expected] * 2


def test_a_mapping_that_grows_when_it_is_read_is_refused_at_once(tmp_path: Path) -> None:
    lines = ["version: 1", "a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    (tmp_path / "m.yaml").write_text("\n".join([*lines, "tables: *a11"]) + "\n")
    (tmp_path / "export").mkdir()
    with pytest.raises(InputError, match="does not fit") as refusal:
        import_folder(tmp_path / "export", tmp_path / "m.yaml", tmp_path / "workspace")
    assert len(str(refusal.value)) < 1_000
