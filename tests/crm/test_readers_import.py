"""Files of every kind and a table of a database make one company."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crm.errors import InputError
from crm.importer import import_folder
from tests.companies import import_rows, tables_of, write_mapping

MAPPING = """
version: 1
settings: {{warehouse: {{source_url: "sqlite:///{database}"}}}}
sources:
  book: {{file: 顧客.xlsx}}
  deals: {{file: 案件.csv}}
  lines: {{file: orders.parquet}}
  people: {{file: contacts.jsonl}}
  goods: {{table: products}}
tables:
  accounts: {{source: book, columns: {{account_id: コード, name: 会社名, industry: 業種}}}}
  opportunities:
    source: deals
    columns: {{opportunity_id: ID, account_id: 顧客, name: 件名, amount: 金額, stage: 段階,
              status: {{constant: open}}}}
  contacts: {{source: people, columns: {{contact_id: id, account_id: account.id, name: name}}}}
  products: {{source: goods, columns: {{product_id: id, name: name, list_price: price}}}}
  order_lines:
    source: lines
    columns: {{order_id: id, line_no: {{constant: "1"}}, account_id: account, product_id: product,
              ordered_on: day, quantity: quantity, net_amount: amount}}
"""


def test_files_of_every_kind_and_a_table_make_one_company(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["2026年度 顧客一覧"])
    page.append(["業種", "コード", "会社名"])
    page.append(["電機", "A1", "東都電機"])
    page.append([None, "A2", "西都電機"])
    page.append(["機械", "A3", "=B5"])
    page.merge_cells("A3:A4")
    book.save(folder / "顧客.xlsx")
    deals = "ID;顧客;件名;金額;段階\r\nD1;A1;更新;1,200;提案\r\nD2;A2;新規;3,400\r\n"
    (folder / "案件.csv").write_bytes(deals.encode("cp932"))
    contacts = [{"id": 7, "account": {"id": "A1"}, "name": "佐藤"}, {"id": 8, "name": [[]]}]
    (folder / "contacts.jsonl").write_text("\n".join(map(json.dumps, contacts)), encoding="utf-8")
    orders = {"id": ["O1"], "account": ["A2"], "product": ["P1"], "day": ["2026-04-01"],
              "quantity": [2], "amount": [0.1 + 0.2]}  # fmt: skip
    pq.write_table(pa.table(orders), folder / "orders.parquet")
    with sqlite3.connect(tmp_path / "crm.sqlite") as con:
        con.execute("CREATE TABLE products (id TEXT, name TEXT, price REAL)")
        con.execute("INSERT INTO products VALUES ('P1', 'ポンプ', 1e6)")
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(MAPPING.format(database=tmp_path / "crm.sqlite"), encoding="utf-8")

    report = import_folder(folder, mapping, tmp_path / "workspace")

    counts = {each.table: (each.read, each.accepted, each.rejected) for each in report.tables}
    assert counts == {
        "accounts": (3, 2, 1),
        "opportunities": (2, 1, 1),
        "contacts": (2, 1, 1),
        "products": (1, 1, 0),
        "order_lines": (1, 1, 0),
    }
    refused = {(each.file, each.row, each.reason) for each in report.rejects}
    assert refused == {
        ("顧客.xlsx", 5, "formula"),
        ("案件.csv", 3, "ragged"),
        ("contacts.jsonl", 2, "nested"),
    }
    assert report.rejects_file is not None
    assert "入れ子" in report.rejects_file.read_text(encoding="utf-8-sig")
    tables = tables_of(tmp_path / "workspace")
    industries = tables["accounts"].execute().set_index("account_id")["industry"].to_dict()
    assert industries == {"A1": "電機", "A2": "電機"}
    assert str(tables["products"].execute()["list_price"][0]) == "1000000.0000"
    assert str(tables["order_lines"].execute()["net_amount"][0]) == "0.3000"


def test_a_mapping_names_no_database_for_a_workspace_that_is_there(tmp_path: Path) -> None:
    workspace, _ = import_rows(tmp_path, {"accounts": [{"account_id": "A1", "name": "東都電機"}]})
    with sqlite3.connect(tmp_path / "state.db") as con:
        con.execute("CREATE TABLE secrets (account_id TEXT, name TEXT)")
        con.execute("INSERT INTO secrets VALUES ('S1', 'secret')")
    mapping = write_mapping(
        tmp_path / "sent.yaml",
        settings={"warehouse": {"source_url": f"sqlite:///{tmp_path / 'state.db'}"}},
        sources={"s": {"table": "secrets"}},
        tables={
            "accounts": {"source": "s", "columns": {"account_id": "account_id", "name": "name"}}
        },
    )
    with pytest.raises(InputError, match="a table of a database, and none is named"):
        import_folder(tmp_path / "export", mapping, workspace)
