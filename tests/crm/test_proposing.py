"""A proposal says what is sure, asks what is not, and guesses nothing in silence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from crm.errors import InputError
from crm.proposing import Proposal, propose, written
from crm.proposing.proposal import Entry, TableProposal
from tests.companies import write_csv

FIRMS = [["A1", "東都電機株式会社"], ["A2", "北星工業"], ["A3", "青葉商事"]]


def _proposal(folder: Path, **files: Sequence[Sequence[object]]) -> Proposal:
    for file, rows in files.items():
        write_csv(folder / f"{file}.csv", [str(cell) for cell in rows[0]], rows[1:])
    return propose(str(folder))


def _table(proposal: Proposal, name: str) -> TableProposal:
    return next(table for table in proposal.tables if table.table.name == name)


def _entry(proposal: Proposal, table: str, column: str) -> Entry:
    return next(one for one in _table(proposal, table).entries if one.column.name == column)


def _codes(entry: Entry) -> set[str]:
    return {remark.code for remark in entry.remarks}


# ------------------------------------------------------------------ files


def test_a_file_goes_to_the_table_it_fits_and_the_rest_is_listed(tmp_path: Path) -> None:
    found = _proposal(
        tmp_path,
        顧客一覧=[["顧客コード", "顧客名", "メモ欄"], *[[*firm, ""] for firm in FIRMS]],
        天気=[["気温", "湿度"], [20, 50]],
    )
    assert [(one.table.name, one.label) for one in found.tables] == [("accounts", "顧客一覧.csv")]
    assert _table(found, "accounts").left == ("メモ欄",)
    assert [(one.label, one.headings) for one in found.unused] == [("天気.csv", ("気温", "湿度"))]
    text = written(found)
    assert "# 天気.csv: 列: 気温, 湿度" in text
    assert "# 使っていない列: メモ欄" in text


def test_of_two_files_like_one_table_one_is_taken_and_the_other_named(tmp_path: Path) -> None:
    rows = [["案件番号", "案件名", "フェーズ", "金額"], ["D1", "搬送", "受注", 100]]
    found = _proposal(tmp_path, 案件2025=rows, 案件2026=rows)
    assert len(found.tables) == 1
    assert _table(found, "opportunities").others == ("案件2026.csv",)
    assert "案件2026.csv もこの表に見えます" in written(found)


def test_a_file_with_the_name_of_a_table_gives_way_to_the_one_others_refer_to(
    tmp_path: Path,
) -> None:
    found = _proposal(
        tmp_path,
        organization=[["OrganizationKey", "OrganizationName"], [1, "Head"], [2, "Branch"]],
        reseller=[["ResellerKey", "ResellerName"], [501, "A Bike"], [502, "B Bike"]],
        sales=[
            ["OrderNumber", "LineNumber", "ResellerKey", "OrderDate", "SalesAmount"],
            ["S1", 1, 501, "2026-01-01", 10],
            ["S2", 1, 502, "2026-01-02", 20],
        ],
    )
    assert _table(found, "accounts").label == "reseller.csv"


def test_a_file_that_cannot_be_read_is_told_and_spoils_nothing(tmp_path: Path) -> None:
    (tmp_path / "broken.xlsx").write_bytes(b"no zip")
    found = _proposal(tmp_path, accounts=[["id", "name"], [1, "Toto"]])
    assert [label for label, _ in found.problems] == ["broken.xlsx"]
    assert "# Not readable: broken.xlsx" in written(found)


@pytest.mark.parametrize("rows", [[["x", "y"], [1, 2]], [["a"]]])
def test_where_nothing_fits_it_says_what_it_has_seen(
    tmp_path: Path, rows: list[list[object]]
) -> None:
    with pytest.raises(InputError, match=r"Nothing in .* looks like a table"):
        _proposal(tmp_path, notes=rows)


# ------------------------------------------------------------------ keys and references


def test_names_are_looked_up_and_ids_taken_as_they_are(tmp_path: Path) -> None:
    found = _proposal(
        tmp_path,
        取引先=[["取引先コード", "取引先名"], *FIRMS],
        案件=[
            ["案件番号", "取引先", "フェーズ"],
            ["D1", "㈱東都電機", "受注"],
            ["D2", "北星工業", "提案"],
        ],
        活動=[
            ["活動番号", "取引先コード", "活動種別", "活動日"],
            ["V1", "A1", "訪問", "2026-01-01"],
            ["V2", "A3", "電話", "2026-01-02"],
        ],
    )
    by_name = _entry(found, "opportunities", "account_id")
    assert (by_name.heading, by_name.by_name, by_name.active) == ("取引先", True, True)
    assert not _entry(found, "activities", "account_id").by_name
    assert "account_id: {column: 取引先, match: name}" in written(found)


def test_a_reference_is_known_by_its_values_where_its_heading_says_nothing(tmp_path: Path) -> None:
    found = _proposal(
        tmp_path,
        accounts=[["id", "name"], ["AC-01", "Toto"], ["AC-02", "Aoba"], ["AC-03", "Kita"]],
        deals=[
            ["id", "stage", "c5"],
            *[[n, "Won", f"AC-0{n % 3 + 1}"] for n in range(6)],
        ],
    )
    entry = _entry(found, "opportunities", "account_id")
    assert (entry.heading, entry.active) == ("c5", True)


def test_a_reference_whose_values_lead_nowhere_is_left_to_a_person(tmp_path: Path) -> None:
    found = _proposal(
        tmp_path,
        社員=[["社員番号", "氏名", "上司"], ["U1", "佐藤 太郎", "山田 部長"]],
    )
    entry = _entry(found, "people", "manager_id")
    assert not entry.active
    assert _codes(entry) == {"not_found"}
    assert "# manager_id: 上司" in written(found)


def test_a_person_who_may_be_the_customers_is_not_taken_for_ours(tmp_path: Path) -> None:
    rows = [["会社名", "担当者名", "メールアドレス"], ["東都", "山田 太郎", "yamada@toto.example"]]
    theirs = _entry(_proposal(tmp_path / "theirs", 顧客=rows), "accounts", "owner_id")
    assert (theirs.active, _codes(theirs)) == (False, {"whose_person"})
    people = [["社員番号", "氏名"], ["U1", "山田 太郎"]]
    ours = _entry(_proposal(tmp_path / "ours", 顧客=rows, 社員=people), "accounts", "owner_id")
    assert (ours.active, ours.by_name) == (True, True)


def test_a_name_is_the_key_only_where_no_two_rows_share_it(tmp_path: Path) -> None:
    rows = [["会社名", "業種"], ["東都", "電機"], ["北星", "電機"]]
    one = _proposal(tmp_path / "one", 取引先=rows)
    assert _codes(_entry(one, "accounts", "account_id")) == {"key_from_name"}
    two = _proposal(tmp_path / "two", 取引先=[*rows, ["東都", "物流"]])
    assert [column.name for column, _ in _table(two, "accounts").missing] == ["account_id"]
    assert "# account_id: ?  # 必須: 取引先ID" in written(two)


def test_all_rows_are_asked_not_only_the_first_ones(tmp_path: Path) -> None:
    rows = [[f"社{n}", "提案"] for n in range(2_500)]
    rows[2_400] = ["社7", "塩漬け"]
    found = _proposal(
        tmp_path,
        取引先=[["会社名", "業種"], *rows],
        案件=[["案件番号", "フェーズ"], *[[n, stage] for n, (_, stage) in enumerate(rows)]],
    )
    assert [column.name for column, _ in _table(found, "accounts").missing] == ["account_id"]
    status = _entry(found, "opportunities", "status")
    assert [(one.old, one.new, one.sure) for one in status.values] == [
        ("提案", "open", True),
        ("塩漬け", "open", False),
    ]


# ------------------------------------------------------------------ values


def test_values_become_ours_by_their_synonyms_and_unknown_ones_are_asked(tmp_path: Path) -> None:
    found = _proposal(
        tmp_path,
        活動=[
            ["活動番号", "取引先コード", "活動種別", "活動日"],
            ["V1", "A1", "訪問", "2026-01-01"],
            ["V2", "A1", "Web会議", "2026-01-01"],
            ["V3", "A1", "座禅", "2026-01-01"],
            ["V4", "A1", "電話", "2026-01-01"],
            ["V5", "A1", "-", "2026-01-01"],
        ],
    )
    kind = _entry(found, "activities", "kind")
    became = {one.old: one.new for one in kind.values if not one.unknown}
    assert became == {"-": None, "訪問": "visit", "Web会議": "online_meeting", "電話": "call"}
    assert "# 座禅: ?" in written(found)


def test_a_stage_tells_the_status_where_no_column_of_its_own_does(tmp_path: Path) -> None:
    deals = [["id", "stage", "status"], [1, "Won", "x"], [2, "Lost", "y"], [3, "Propose", "x"]]
    status = _entry(_proposal(tmp_path, deals=deals), "opportunities", "status")
    assert (status.heading, _codes(status)) == ("stage", {"stage_tells_status"})
    assert {one.old: one.new for one in status.values} == {
        "Won": "won", "Lost": "lost", "Propose": "open"
    }  # fmt: skip


def test_ranks_are_left_to_be_filled_and_percentages_are_fractions(tmp_path: Path) -> None:
    deals = [["id", "stage", "確度"], [1, "Won", "A"], [2, "Lost", "B"]]
    ranks = _entry(_proposal(tmp_path / "a", deals=deals), "opportunities", "probability")
    assert [(one.old, one.new) for one in ranks.values] == [("A", None), ("B", None)]
    assert "ranks" in _codes(ranks)
    deals = [["id", "stage", "Probability"], [1, "Won", "100"], [2, "Lost", "5"]]
    found = _proposal(tmp_path / "b", deals=deals)
    assert "probability: {column: Probability, multiply: 0.01}" in written(found)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (["4/1/2026", "4/13/2026"], "date_order: mdy"),
        (["1/4/2026", "13/4/2026"], "date_order: dmy"),
        (["2026年4月", "2026年5月"], "period: start"),
    ],
)
def test_what_a_day_means_is_said_where_the_values_decide_it(
    tmp_path: Path, days: list[str], said: str
) -> None:
    rows = [["id", "stage", "Create Date"], *[[n, "Won", day] for n, day in enumerate(days)]]
    assert said in written(_proposal(tmp_path, deals=rows))


def test_a_day_that_may_be_two_is_asked(tmp_path: Path) -> None:
    found = _proposal(tmp_path, deals=[["id", "stage", "Create Date"], [1, "Won", "4/1/2026"]])
    assert "order_unknown" in _codes(_entry(found, "opportunities", "created_on"))
    text = " ".join(written(found).replace("#", "").split())
    assert "date_order: mdy" in text
    assert "date_order: dmy" in text


def test_what_could_not_be_read_is_told_before_the_import(tmp_path: Path) -> None:
    rows = [["id", "stage", "amount"], *[[n, "Won", 100] for n in range(9)], [10, "Won", "約100"]]
    assert "約100" in written(_proposal(tmp_path, deals=rows))


# ------------------------------------------------------------------ what follows from other columns


def test_a_day_of_open_and_closed_deals_alike_is_expected_of_one_and_was_of_the_other(
    tmp_path: Path,
) -> None:
    both = [["id", "stage", "Close Date"], [1, "Won", "2026-01-01"], [2, "Propose", "2026-02-01"]]
    text = written(_proposal(tmp_path / "both", deals=both))
    assert "expected_close: Close Date" in text
    assert 'CASE WHEN "stage" IN (\'Won\') THEN "Close Date" END AS "closed_on"' in text
    closed = [["id", "stage", "Close Date"], [1, "Won", "2026-01-01"], [2, "Propose", ""]]
    assert "closed_on: Close Date" in written(_proposal(tmp_path / "closed", deals=closed))


def test_first_and_last_names_are_one_in_the_order_of_their_language(tmp_path: Path) -> None:
    japanese = [["番号", "取引先コード", "姓", "名"], ["C1", "A1", "佐藤", "太郎"]]
    assert 'concat_ws(\' \', "姓", "名")' in written(_proposal(tmp_path / "ja", 連絡先=japanese))
    english = [["Id", "AccountId", "LastName", "FirstName"], ["C1", "A1", "Smith", "Jo"]]
    text = written(_proposal(tmp_path / "en", Contact=english))
    assert 'concat_ws(\' \', "FirstName", "LastName")' in text


def test_lines_without_a_number_are_counted_within_their_order(tmp_path: Path) -> None:
    head = ["伝票番号", "得意先コード", "売上日", "金額"]
    lines = [["S1", "A1", "2026-01-01", 1], ["S1", "A1", "2026-01-01", 2]]
    several = _proposal(tmp_path / "several", 売上明細=[head, *lines])
    assert 'PARTITION BY "伝票番号" ORDER BY _row' in written(several)
    single = _proposal(tmp_path / "single", 売上明細=[head, lines[0]])
    assert _entry(single, "order_lines", "line_no").constant == "1"


# ------------------------------------------------------------------ the workspace


@pytest.mark.parametrize(
    ("amounts", "currency", "seen"),
    [
        (["¥100"], "JPY", True),
        (["$100", "$5"], "USD", True),
        (["€3"], "EUR", True),
        (["100"], "USD", False),
    ],
)
def test_the_currency_is_the_one_whose_signs_are_seen(
    tmp_path: Path, amounts: list[str], currency: str, seen: bool
) -> None:
    rows = [["id", "stage", "amount"], *[[n, "Won", text] for n, text in enumerate(amounts)]]
    found = _proposal(tmp_path, deals=rows)
    assert (found.currency, found.currency_seen, found.language) == (currency, seen, "en")


def test_addresses_and_free_text_are_shown_nowhere(tmp_path: Path) -> None:
    found = _proposal(
        tmp_path,
        contacts=[
            ["Id", "AccountId", "Name", "Email", "Phone"],
            ["C1", "A1", "Jo Smith", "jo@x.example", "03-1111-2222"],
        ],
        people=[["Id", "Name", "Email"], ["U1", "Mary", "mary@y.example"]],
    )
    text = written(found)
    assert "Jo Smith" in text
    assert not [secret for secret in ("@x.example", "@y.example", "03-1111") if secret in text]
    assert "Jo Smith" not in written(found, samples=False)
