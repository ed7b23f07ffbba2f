"""What exports call our tables and columns is known in both languages, and means one thing each."""

from __future__ import annotations

import pytest

from crm.proposing.headings import forms, plain, words
from crm.proposing.synonyms import headings_of, meanings, synonyms, tables_called, values_called
from crm.schema import tables

COLUMNS = [(table.name, column.name) for table in tables().values() for column in table.columns]
AT_LEAST = 6


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_every_column_is_known_by_headings_in_common_use_in_both_languages(
    table: str, column: str
) -> None:
    known = headings_of(table, column)
    assert sum(1 for heading in known if heading.isascii()) >= AT_LEAST, known
    assert sum(1 for heading in known if not heading.isascii()) >= AT_LEAST, known


@pytest.mark.parametrize("table", tables())
def test_no_heading_stands_twice_within_a_table(table: str) -> None:
    listed = [
        (plain(heading), column)
        for column, headings in synonyms().tables[table].columns.items()
        for heading in headings
    ]
    once = dict(listed)
    assert len(listed) == len(once), sorted(set(listed) - set(once.items())) or "repeated"


@pytest.mark.parametrize("table", tables())
def test_synonyms_speak_of_tables_columns_and_values_that_there_are(table: str) -> None:
    said = synonyms().tables[table]
    assert len(said.called) >= AT_LEAST
    assert set(said.columns) == set(tables()[table].names)
    for column, values in said.values.items():
        known = tables()[table].column(column)
        assert known is not None
        assert not known.values or set(values) == set(known.values)


def test_no_value_is_called_the_same_as_another_of_its_column() -> None:
    for table, said in synonyms().tables.items():
        for column, values in said.values.items():
            for value, texts in values.items():
                for text in texts:
                    assert values_called(table, column)[plain(text)] == value, (table, text)


@pytest.mark.parametrize(
    ("heading", "table", "column"),
    [
        ("AccountId", "opportunities", "account_id"),
        ("CloseDate", "opportunities", "closed_on"),
        ("StageName", "opportunities", "stage"),
        ("NumberOfEmployees", "accounts", "employees"),
        ("Parent_Account__c", "accounts", "parent_id"),
        ("dealstage", "opportunities", "stage"),
        ("hubspot_owner_id", "opportunities", "owner_id"),
        ("hs_deal_stage_probability", "opportunities", "probability"),
        ("estimatedvalue", "opportunities", "amount"),
        ("_parentaccountid_value", "accounts", "parent_id"),
        ("actualdurationminutes", "activities", "minutes"),
        ("レコード番号", "opportunities", "opportunity_id"),
        ("見込み時期", "opportunities", "expected_close"),
        ("取引先責任者ID", "contacts", "contact_id"),
        ("得意先CD", "order_lines", "account_id"),
        ("売上(千円)", "order_lines", "net_amount"),
        ("受注金額百万円", "opportunities", "amount"),
        ("年商（百万円）", "accounts", "annual_revenue"),
        ("確度(%)", "opportunities", "probability"),
        ("会社名（カナ）", "accounts", "name_kana"),
        ("【必須】取引先名", "accounts", "name"),
        ("ＣＬＯＳＥ　ＤＡＴＥ", "opportunities", "closed_on"),
        ("close-date", "opportunities", "closed_on"),
        ("基本情報 業種", "accounts", "industry"),
        ("売上見込（千円）", "opportunities", "amount"),
        ("ログイン名", "people", "person_id"),
        ("Address 1: Country/Region", "accounts", "country"),
    ],
)
def test_a_heading_is_known_however_it_is_written(heading: str, table: str, column: str) -> None:
    assert meanings(heading)[table, column] > 0.9


@pytest.mark.parametrize(
    ("heading", "column"), [("accont name", "name"), ("Acount Manger", "owner_id")]
)
def test_a_heading_that_is_misspelled_is_less_sure(heading: str, column: str) -> None:
    assert 0.7 < meanings(heading)["accounts", column] < 0.9


@pytest.mark.parametrize(
    "heading", ["受取日", "tel2", "xyz", "", "🙂", "%", "address9", "A" * 5_000]
)
def test_a_heading_that_is_none_of_ours_means_nothing(heading: str) -> None:
    assert all(sure < 0.7 for sure in meanings(heading).values())


@pytest.mark.parametrize("table", tables())
def test_a_heading_means_one_column_of_a_table_besides_its_noun(table: str) -> None:
    for column, headings in synonyms().tables[table].columns.items():
        for heading in headings:
            sure = {c: value for (t, c), value in meanings(heading).items() if t == table}
            assert max(sure, key=lambda c: sure[c]) == column, heading


@pytest.mark.parametrize(
    ("file", "table"),
    [
        ("DimReseller", "accounts"),
        ("FactResellerSales", "order_lines"),
        ("取引先一覧_202604", "accounts"),
        ("商談フェーズ履歴", "stage_history"),
        ("取引先責任者", "contacts"),
        ("顧客マスタ", "accounts"),
        ("hubspot-crm-exports-all-deals-2026-04-01", "opportunities"),
        ("Opportunities", "opportunities"),
        ("market_facts", "market_facts"),
        ("営業日報2026", "activities"),
    ],
)
def test_a_file_is_known_by_its_name(file: str, table: str) -> None:
    called = tables_called(file)
    assert called[table] == max(called.values())
    assert called[table] >= 0.8


def test_units_in_a_heading_are_no_part_of_its_name() -> None:
    for heading in ("売上（単位：千円）", "売上(千円)", "売上【税抜】", "売上百万円", "売上 (USD)"):
        assert forms(heading)["売上"] == 1.0
    assert forms("取引先名（正式）")["取引先名"] < 1.0


def test_words_begin_where_capitals_and_signs_say_so() -> None:
    assert words("SalesOrderLineNumber") == ["sales", "order", "line", "number"]
    assert words("hs_object_ID2") == ["hs", "object", "id", "2"]
