"""Accounts of one name are put to a person, with evidence, until somebody has answered."""

from __future__ import annotations

import csv
import random
import subprocess
import time
from datetime import date
from pathlib import Path
from shutil import which

import openpyxl
import pytest

from crm.companies.answer_file import read_answers
from crm.companies.answers import AnsweredGroup, Answers
from crm.companies.duplicates import Group, duplicates
from crm.companies.merge import merge
from crm.companies.review import COLUMNS, write_duplicates
from crm.settings import Language
from tests.companies import Rows
from tests.crm.staged import numbered, staged
from tests.crm.test_companies_key import NAMES

ONE, OTHER = numbered(1), numbered(2)
TWINS = [{"account_id": "A", "name": "株式会社アシスト"}, {"account_id": "B", "name": "アシスト㈱"}]


def ids(groups: tuple[Group, ...]) -> list[list[str]]:
    return [[one.account_id for one in group.accounts] for group in groups]


def told_apart(members: str, apart: str) -> Answers:
    return Answers((AnsweredGroup("g", tuple(members), {}, frozenset(apart)),))


def written(path: Path, groups: tuple[Group, ...], language: Language) -> list[dict[str, str]]:
    write_duplicates(path, groups, language)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


# ------------------------------------------------------------------ who is asked about


def test_accounts_of_one_match_key_are_a_group_the_earliest_first() -> None:
    rows = [
        {"account_id": "C", "name": "アシスト"},
        {"account_id": "A", "name": "株式会社アシスト", "created_on": "2021-01-01"},
        {"account_id": "B", "name": "ｱｼｽﾄ", "created_on": "2020-01-01"},
        {"account_id": "D", "name": "アシスト大阪支店"},
        {"account_id": "E", "name": "Acme"},
    ]
    groups = duplicates(staged({"accounts": rows}))
    assert [group.key for group in groups] == ["アシスト"]
    assert ids(groups) == [["B", "A", "C"]]


def test_two_rows_of_one_id_are_no_group() -> None:
    rows = [{"account_id": "A", "name": "アシスト"}, {"account_id": "A", "name": "㈱アシスト"}]
    assert duplicates(staged({"accounts": rows})) == ()


@pytest.mark.parametrize(
    ("members", "apart", "open_"),
    [
        ("ABC", "", [["A", "B", "C"]]),
        ("ABC", "C", [["A", "B"]]),
        ("ABC", "BC", []),
        ("AB", "A", [["A", "B", "C"]]),
        ("ABC", "ABC", []),
    ],
)
def test_a_group_is_asked_about_until_all_are_told_apart(
    members: str, apart: str, open_: list[list[str]]
) -> None:
    con = staged({"accounts": [{"account_id": i, "name": "アシスト"} for i in "ABC"]})
    assert ids(duplicates(con, told_apart(members, apart))) == open_


def test_what_is_answered_is_not_asked_again_after_it_is_merged(tmp_path: Path) -> None:
    con = staged({"accounts": [{"account_id": i, "name": "アシスト"} for i in "ABCD"]})
    path = write_duplicates(tmp_path / "duplicates.csv", duplicates(con), "ja")
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    answers = {"アシスト,B,,": "アシスト,B,A,", "アシスト,D,,": "アシスト,D,別,"}
    for blank, answered in answers.items():
        lines = [line.replace(blank, answered) for line in lines]
    path.write_text("\n".join(lines), encoding="cp932")
    said = read_answers(path)
    merge(con, said)
    assert ids(duplicates(con, said)) == [["A", "C"]]


def test_thousands_of_one_name_are_asked_about_in_a_moment() -> None:
    many = [f"A{n:04}" for n in range(3_000)]
    con = staged({"accounts": [{"account_id": i, "name": "個人"} for i in many]})
    began = time.process_time()
    assert [len(group.accounts) for group in duplicates(con)] == [3_000]
    told = Answers((AnsweredGroup("g", tuple(many), {}, frozenset(many)),))
    assert duplicates(con, told) == ()
    assert time.process_time() - began < 10


# ------------------------------------------------------------------ what a person needs


def test_a_person_sees_what_the_tables_know_of_each_account() -> None:
    rows: Rows = {
        "accounts": [
            {**TWINS[0], "city": "東京", "region": "関東", "country": "日本", "industry": "IT",
             "owner_id": "P1", "corporate_number": ONE},
            TWINS[1],
        ],
        "opportunities": [
            {"opportunity_id": n, "account_id": "A", "status": "open"} for n in range(3)
        ],
        "order_lines": [
            {"order_id": order, "line_no": line, "account_id": "A", "ordered_on": "2026-04-01",
             "net_amount": 1}
            for order in "xy" for line in (1, 2)
        ],
        "contacts": [
            {"contact_id": n, "account_id": account, "name": "n", "email": email}
            for n, (account, email) in enumerate(
                [("A", "a@assist.example"), ("B", "b@ASSIST.example "), ("A", "a@gmail.com"),
                 ("B", "b@gmail.com"), ("A", "a@only.example"), ("B", "none"), ("B", None)]
            )
        ],
    }  # fmt: skip
    (group,) = duplicates(staged(rows))
    one, other = group.accounts
    assert (one.name, one.country, one.region, one.city) == (
        "株式会社アシスト",
        "日本",
        "関東",
        "東京",
    )
    assert (one.industry, one.owner_id, one.valid_number) == ("IT", "P1", ONE)
    assert (one.deals, one.orders, one.contacts) == (3, 2, 3)
    assert (other.deals, other.orders, other.contacts) == (0, 0, 4)
    assert one.shared_domains == other.shared_domains == ("assist.example",)
    assert (one.last_activity, other.city, other.valid_number) == (None, None, None)


def test_a_count_is_unknown_without_its_table_and_the_last_activity_is_the_latest() -> None:
    done = [
        {"activity_id": n, "account_id": "A", "kind": "visit", "occurred_on": f"2026-04-0{n}"}
        for n in (1, 3, 2)
    ]
    (group,) = duplicates(staged({"accounts": TWINS, "activities": done}))
    one, other = group.accounts
    assert (one.deals, one.orders, one.contacts) == (None, None, None)
    assert (one.last_activity, other.last_activity) == (date(2026, 4, 3), None)


def test_names_that_differ_in_older_characters_alone_are_pointed_at() -> None:
    names = {"A": "髙橋商事", "B": "高橋商事", "C": "高橋商事株式会社", "D": "高橋物産"}
    con = staged({"accounts": [{"account_id": i, "name": n} for i, n in names.items()]})
    (group,) = duplicates(con)
    assert [one.similar for one in group.accounts] == [("A",), ("A",)]


@pytest.mark.parametrize(
    ("language", "other", "invalid", "before"),
    [
        ("ja", "法人番号が違うため別会社です（{}）", "法人番号が正しくありません",
         "別会社と回答済みです（{}）"),
        ("en", "another corporate number, so another company ({})",
         "the corporate number is not a valid one", "told apart before ({})"),
    ],
)  # fmt: skip
def test_what_speaks_against_one_company_is_said(
    tmp_path: Path, language: Language, other: str, invalid: str, before: str
) -> None:
    numbers = {"A": ONE, "B": OTHER, "C": "123", "D": None}
    rows = [
        {"account_id": i, "name": "アシスト", "corporate_number": n} for i, n in numbers.items()
    ]
    groups = duplicates(staged({"accounts": rows}), told_apart("AD", "D"))
    said = {
        row["account_id"]: row["evidence"] for row in written(tmp_path / "d.csv", groups, language)
    }
    assert said == {
        "A": f"{other.format('B')} / {before.format('D')}",
        "B": other.format("A"),
        "C": invalid,
        "D": before.format("A"),
    }


# ------------------------------------------------------------------ the file


def test_the_file_has_a_row_an_account_and_a_blank_for_the_answer(tmp_path: Path) -> None:
    groups = duplicates(staged({"accounts": TWINS}))
    path = tmp_path / "duplicates.csv"
    rows = written(path, groups, "ja")
    assert tuple(rows[0]) == COLUMNS
    assert [(r["group"], r["account_id"], r["same_as"], r["name"]) for r in rows] == [
        ("アシスト", "A", "", "株式会社アシスト"),
        ("アシスト", "B", "", "アシスト㈱"),
    ]
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert read_answers(path) == Answers()
    assert [p.name for p in tmp_path.iterdir()] == ["duplicates.csv"]


HOSTILE = ["=1+1", "+1", "-1", "@SUM(1)", '=HYPERLINK("http://x.example")', "0012", "a\nb", 'q"q,;']


def hostile() -> tuple[Group, ...]:
    rows = [
        {"account_id": id_, "name": name, "city": "=cmd|' /C calc'!A0", "industry": "\t=1"}
        for n, name in enumerate(["=1+1\u200b", "-東都", "長" * 100_000])
        for id_ in (HOSTILE[n], f"\u200b{n}")
    ]
    return duplicates(staged({"accounts": rows}))


def test_no_cell_of_hostile_accounts_begins_a_formula_and_answers_still_find_them(
    tmp_path: Path,
) -> None:
    groups = hostile()
    rows = written(tmp_path / "d.csv", groups, "ja")
    assert len(rows) == 6
    assert not [c for row in rows for c in row.values() if c.lstrip()[:1] in ("=", "+", "-", "@")]
    assert max(len(cell) for row in rows for cell in row.values()) == 300
    text = (tmp_path / "d.csv").read_text(encoding="utf-8-sig")
    filled = tmp_path / "filled.csv"
    filled.write_text(text.replace(",\u200b0,,", ",\u200b0,=1+1,"), encoding="utf-8")
    assert read_answers(filled).into == {"\u200b0": "=1+1"}


def converted(file: Path, form: str, folder: Path, *options: str) -> Path:
    """A file as LibreOffice writes it in another form; skips where it is not installed."""
    office = which("libreoffice") or which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed, so no spreadsheet can open the file")
    home = f"-env:UserInstallation={(file.parent / 'office').as_uri()}"
    subprocess.run(  # noqa: S603 - a fixed program on a file of the test
        [office, home, "--headless", *options, "--convert-to", form, "--outdir", folder, file],
        check=True,
        capture_output=True,
        timeout=180,
    )
    return folder / file.with_suffix(f".{form.partition(':')[0]}").name


def test_a_spreadsheet_runs_nothing_of_the_file_and_gives_it_back(tmp_path: Path) -> None:
    rows = written(tmp_path / "duplicates.csv", hostile(), "ja")
    utf8 = "44,34,76"
    book = converted(tmp_path / "duplicates.csv", "xlsx", tmp_path, f"--infilter=CSV:{utf8}")
    back = converted(book, f"csv:Text - txt - csv (StarCalc):{utf8}", tmp_path / "back")
    sheet = openpyxl.load_workbook(book).active
    assert sheet is not None
    assert not [c.coordinate for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    with back.open(encoding="utf-8", newline="") as stream:
        again = list(csv.DictReader(stream))
    assert [row["account_id"] for row in again] == [row["account_id"] for row in rows]


def test_a_hundred_thousand_accounts_are_grouped_within_ten_seconds(tmp_path: Path) -> None:
    chosen = random.Random(1)
    rows = [
        {"account_id": f"A{n:06}", "name": f"{chosen.choice(NAMES)} {chosen.randrange(400)}"}
        for n in range(100_000)
    ]
    con = staged({"accounts": rows})
    con.execute("SELECT 1").fetchone()
    began = time.process_time()
    groups = duplicates(con)
    assert time.process_time() - began < 10
    assert sum(len(group.accounts) for group in groups) > 50_000
