"""An account is found by any of its names; of several that fit none is chosen."""

from __future__ import annotations

import pytest

from crm.errors import InputError
from crm.scope import ScopedTables
from tests.companies import SAMPLE_DAY, tables_from
from tests.tools.asking import ask, figure, rows_of


def found(tables: ScopedTables, text: str, limit: int = 8) -> list[tuple[str, str]]:
    """The accounts that fit and how, best first."""
    result = ask("find_account", tables, SAMPLE_DAY, text=text, limit=limit)
    return [(str(r["account.id"]), str(r["find.how"])) for r in rows_of(result).values()]


@pytest.mark.parametrize(
    ("text", "account_id", "how"),
    [
        ("A001", "A001", "id"),
        ("a001", "A001", "id"),
        ("東都電機株式会社", "A001", "exact"),
        ("株式会社東都電機", "A001", "exact"),
        ("(株)東都電機", "A001", "exact"),
        ("㈱東都電機", "A001", "exact"),
        ("東都電機㈱", "A001", "exact"),
        ("　東都 電機　", "A001", "exact"),
        ("東都電機", "A001", "exact"),
        ("東都ロジ", "A003", "alias"),
        ("青葉化学", "A012", "alias"),
        ("トウトデンキ", "A001", "kana"),
        ("とうとでんき", "A001", "kana"),
        ("ﾄｳﾄﾃﾞﾝｷ", "A001", "kana"),
        ("Toto Denki Co., Ltd.", "A001", "alias"),
        ("toto denki", "A001", "alias"),
        ("TOTO DENKI", "A001", "alias"),
        ("Ｔｏｔｏ Ｄｅｎｋｉ", "A001", "alias"),
    ],
)
def test_a_name_in_any_way_of_writing_finds_its_account_alone(
    sample: ScopedTables, text: str, account_id: str, how: str
) -> None:
    assert found(sample, text) == [(account_id, how)]
    result = ask("find_account", sample, SAMPLE_DAY, text=text)
    assert figure(result, "account.id") == account_id


@pytest.mark.parametrize(
    ("text", "account_id"), [("北斗", "A010"), ("ほくと", "A010"), ("hokuto", "A010")]
)
def test_a_part_of_a_name_finds_its_account_without_certainty(
    sample: ScopedTables, text: str, account_id: str
) -> None:
    assert found(sample, text) == [(account_id, "part")]
    assert ask("find_account", sample, SAMPLE_DAY, text=text).fact("account.id") is None


def test_a_part_that_several_share_returns_them_all(sample: ScopedTables) -> None:
    assert {a for a, _ in found(sample, "東都")} == {"A001", "A002", "A003"}


@pytest.mark.parametrize(
    ("text", "account_id"),
    [("日向自動車部晶", "A014"), ("Hokuto Seimistu", "A010"), ("ミズホメデカル", "A019"),
     ("常磐製薬機械", "A022")],
)  # fmt: skip
def test_a_slip_of_the_pen_still_finds_the_account(
    sample: ScopedTables, text: str, account_id: str
) -> None:
    assert (account_id, "typo") in found(sample, text)


@pytest.mark.parametrize(
    ("text", "one", "other"),
    [
        ("山手製作所", "A015", "A016"),
        ("山ノ手製作所", "A016", "A015"),
        ("株式会社山手製作所", "A015", "A016"),
        ("やまてせいさくしょ", "A015", "A016"),
        ("共栄システム", "A017", "A026"),
        ("共栄システムズ", "A026", "A017"),
        ("Kyoei Systems", "A026", "A017"),
    ],
)
def test_two_nearly_equal_names_are_both_returned_and_none_is_chosen(
    sample: ScopedTables, text: str, one: str, other: str
) -> None:
    assert [a for a, _ in found(sample, text)] == [one, other]
    assert ask("find_account", sample, SAMPLE_DAY, text=text).fact("account.id") is None


@pytest.mark.parametrize("account_id", ["A015", "A016", "A017", "A026"])
def test_an_id_is_certain_whatever_the_names_around_it(
    sample: ScopedTables, account_id: str
) -> None:
    assert found(sample, account_id) == [(account_id, "id")]


def test_two_accounts_of_one_name_are_both_returned() -> None:
    accounts = [
        {"account_id": i, "name": "株式会社アシスト", "name_kana": None, "aliases": None,
         "industry": None, "city": city}
        for i, city in (("A1", "東京"), ("A2", "大阪"))
    ]  # fmt: skip
    assert found(tables_from({"accounts": accounts}), "アシスト") == [
        ("A1", "exact"),
        ("A2", "exact"),
    ]


@pytest.mark.parametrize("text", ["存在しない会社", "zzzzqqq", "株式会社", "！？", " "])
def test_what_fits_nothing_finds_nothing_and_says_so(sample: ScopedTables, text: str) -> None:
    result = ask("find_account", sample, SAMPLE_DAY, text=text)
    assert found(sample, text) == []
    assert figure(result, "find.match_count") == 0
    assert len(result.warnings) == 1


def test_a_list_is_cut_off_but_counted(sample: ScopedTables) -> None:
    result = ask("find_account", sample, SAMPLE_DAY, text="工業", limit=2)
    assert result.table is not None
    assert len(result.table.rows) == 2
    assert result.table.total_rows == figure(result, "find.match_count")
    assert result.table.total_rows > 2


@pytest.mark.parametrize("text", ["", "x" * 201])
def test_a_name_is_neither_empty_nor_endless(sample: ScopedTables, text: str) -> None:
    with pytest.raises(InputError, match="`text` does not fit"):
        found(sample, text)


@pytest.mark.parametrize("text", ["'; DROP TABLE accounts; --", "%", "_", "\\", "*", "A0.1"])
def test_a_name_is_never_a_pattern_nor_sql(sample: ScopedTables, text: str) -> None:
    assert found(sample, text) == []
