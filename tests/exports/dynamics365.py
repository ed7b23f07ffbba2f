"""Dynamics 365 Sales, Export to Excel: hidden first columns, lookups shown by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from tests.exports.files import Row
from tests.exports.firms import BUYERS, CITIES, FIRMS, PLACES, SELLERS, TRADES

_YEN = '"¥"#,##0'
PHASES = ("Qualify", "Develop", "Propose", "Close")


def id_of(kind: str, number: int) -> str:
    """A GUID; `kind` is two hexadecimal digits."""
    return f"{kind}c0ffee-0000-4000-8000-{number:012x}"


def write(folder: Path) -> Path:
    """Users.xlsx, Accounts.xlsx, Contacts.xlsx, Opportunities.xlsx and Activities.xlsx."""
    folder.mkdir(parents=True)
    for name, entity, view, rows in (
        ("Users", "User", "Enabled Users", _users()),
        ("Accounts", "Account", "Active Accounts", _accounts()),
        ("Contacts", "Contact", "Active Contacts", _contacts()),
        ("Opportunities", "Opportunity", "All Opportunities", _deals()),
        ("Activities", "Activity", "All Activities", _activities()),
    ):
        _write(folder / f"{name}.xlsx", entity, view, list(rows))
    return folder


def _write(path: Path, entity: str, view: str, rows: Sequence[Row]) -> None:
    """A workbook as it is exported: the sheet is called as the view, three columns are hidden."""
    book = openpyxl.Workbook()
    sheet = book.create_sheet(view, 0)
    del book["Sheet"]
    header, *records = rows
    hidden = (f"(Do Not Modify) {entity}", "(Do Not Modify) Row Checksum",
              "(Do Not Modify) Modified On")  # fmt: skip
    sheet.append([*hidden, *header[1:]])
    for record in records:
        sheet.append([record[0], "k9Zq==" if record[0] else None, *_modified(record), *record[1:]])
    for letter in "ABC":
        sheet.column_dimensions[letter].hidden = True
    _format(sheet)
    choices = book.create_sheet("hiddenSheet")
    choices.sheet_state = "veryHidden"
    choices.append(["Open", "Won", "Lost"])
    book.save(path)


def _modified(record: Row) -> list[datetime | None]:
    return [datetime(2026, 10, 30, 18, 5) if record[0] else None]


def _format(sheet: Worksheet) -> None:
    """Days with their time, amounts with the sign of the currency."""
    for column in sheet.iter_cols(min_row=1):
        money = str(column[0].value).endswith("Revenue")
        for cell in column[1:]:
            if isinstance(cell.value, datetime):
                cell.number_format = "m/d/yyyy h:mm"
            elif money and isinstance(cell.value, int | float):
                cell.number_format = _YEN


def _users() -> Iterator[Row]:
    yield ["", "Full Name", "Title", "Business Unit", "Primary Email", "Manager"]
    for n, name in enumerate(SELLERS, 1):
        chief = None if n == 1 else SELLERS[0]
        title = "Sales Manager" if n == 1 else "Salesperson"
        yield [id_of("aa", n), name, title, "Japan", f"u{n}@tagane.example", chief]


def _accounts() -> Iterator[Row]:
    yield ["", "Account Name", "Account Number", "Relationship Type", "Industry", "Parent Account",
           "Address 1: Country/Region", "Address 1: State/Province", "Address 1: City",
           "Annual Revenue", "Number of Employees", "Owner", "Created On"]  # fmt: skip
    kinds = ("Customer", "Prospect", "Reseller", "Supplier")
    for n, name in enumerate(FIRMS, 1):
        yield [id_of("01", n), name, f"A-{n:03d}", kinds[n % 4], TRADES[n % 5],
               FIRMS[0] if n == 4 else None, "Japan", PLACES[n % 5], CITIES[n % 5],
               n * 100_000_000, 50 * n, SELLERS[n % 5], datetime(2024, 4, 1, 10, 0)]  # fmt: skip
    yield [id_of("01", 21), "(株) 西海道計器", "A-021", "Prospect", "電機", None, "Japan", "東京都",
           "品川区", None, "１２０", SELLERS[1], "2026-03-31T15:30:00Z"]  # fmt: skip
    yield [id_of("01", 22), "東洋原商会", "A-022", "Prospect", None, None, "Japan", None, None,
           None, None, "# CRM Integration", datetime(2026, 1, 5, 9, 0)]  # fmt: skip
    yield [None] * 13
    yield [id_of("01", 23), "西野台パイプ㈱", "A-023", "Other", None, "ない親会社", "Japan", None,
           None, "約10億", None, SELLERS[2], datetime(2026, 1, 5, 9, 0)]  # fmt: skip
    yield [id_of("01", 24), "西海道計器株式会社", "A-024", "Customer", "電機", None, "Japan",
           "東京都", "品川区", "¥３０，０００，０００", 130, SELLERS[2],
           datetime(2025, 1, 5, 9, 0)]  # fmt: skip


def _contacts() -> Iterator[Row]:
    yield ["", "Full Name", "Job Title", "Company Name", "Department", "Email", "Business Phone",
           "Role", "Manager"]  # fmt: skip
    roles = ("Decision Maker", "Employee", "Influencer", None)
    for n in range(1, 31):
        who = f"{BUYERS[n % 10]} {n}", "課長", FIRMS[n % 20], "購買部"
        reached = f"b{n}@firm.example", "０３-0002-0000"
        yield [id_of("02", n), *who, *reached, roles[n % 4], None]
    yield [id_of("02", 31), "所属 なし", None, "知らない会社", None, None, None, None, None]


def _deals() -> Iterator[Row]:
    yield ["", "Topic", "Potential Customer", "Contact", "Owner", "Status", "Status Reason",
           "Pipeline Phase", "Probability", "Est. Revenue", "Est. Close Date", "Actual Revenue",
           "Actual Close Date", "Forecast Category", "Created On", "Next Step"]  # fmt: skip
    going, won = ("Open", "In Progress"), ("Won", "Won")
    for n in range(1, 31):
        close = datetime(2026, n % 3 + 10, 15)
        yield [id_of("03", n), f"設備更新 {n}", FIRMS[n % 20], None, SELLERS[n % 5], *going,
               PHASES[n % 4], 10 + n, n * 150_000, close, None, None, "Pipeline",
               datetime(2026, 4, 10, 11, 0), None]  # fmt: skip
    for n in range(31, 36):
        yield [id_of("03", n), f"増設 {n}", FIRMS[n - 31], None, SELLERS[n % 5], *won, "Close",
               100, n * 100_000, datetime(2026, 3, 1), n * 90_000, datetime(2026, 3, 20), "Won",
               datetime(2025, 11, 5, 9, 0), None]  # fmt: skip
    last, later = datetime(2026, 3, 31, 23, 59), datetime(2026, 11, 30)
    made = datetime(2026, 5, 1)
    yield [id_of("03", 36), "検査ライン\n（第2期）", "㈱ツバサ計測", None, "森川健", *won, "Close",
           100, 12_500_000, datetime(2026, 3, 31), "￥１２，３４５，６７８", last, "Won",
           "2026-03-31T15:00:00Z", None]  # fmt: skip
    yield [id_of("03", 37), "冷却設備", FIRMS[2], None, SELLERS[3], "Lost", "Out-Sold", "Propose",
           0, 4_200_000, datetime(2026, 2, 28), 0, datetime(2026, 2, 27, 17, 0), "Lost",
           datetime(2025, 12, 31, 23, 59), None]  # fmt: skip
    yield [id_of("03", 38), "倉庫の自動化", FIRMS[4], None, SELLERS[4], "Open", "On Hold", "Close",
           62.5, None, 46_381, None, None, "Committed", datetime(2026, 7, 1, 0, 5),
           "見積の再提出"]  # fmt: skip
    yield [id_of("03", 39), "返品の精算", FIRMS[6], None, SELLERS[1], *won, "Close", 100, None,
           datetime(2026, 4, 1), "▲50,000", datetime(2026, 4, 1), "Won", datetime(2026, 3, 30),
           None]  # fmt: skip
    yield [id_of("03", 40), "個人への見積", BUYERS[0], None, SELLERS[0], *going, "Qualify", 10,
           100_000, later, None, None, "Pipeline", made, None]  # fmt: skip
    yield [id_of("03", 41), "どちらの計器", "西海道計器", None, "退職 太郎", *going, "Qualify", 10,
           100_000, later, None, None, "Pipeline", made, None]  # fmt: skip
    yield [id_of("03", 42), "確度の誤り", FIRMS[7], None, SELLERS[0], *going, "Qualify", 150,
           "US$1,000", later, None, None, "Pipeline", made, None]  # fmt: skip
    yield [None] * 16


def _activities() -> Iterator[Row]:
    yield ["", "Subject", "Activity Type", "Activity Status", "Regarding", "Owner", "Start Date",
           "Due Date", "Actual End", "Actual Duration", "Description"]  # fmt: skip
    for n in range(1, 31):
        kind = ("Phone Call", "Appointment", "Email")[n % 3]
        about = f"設備更新 {n}" if n % 2 else FIRMS[n % 20]
        began, ended = datetime(2026, 7, n, 10, 0), datetime(2026, 7, n, 10, 30)
        yield [id_of("04", n), f"連絡 {n}", kind, "Completed", about, SELLERS[n % 5], began, None,
               ended, 30, None]  # fmt: skip
    done, who = "Completed", SELLERS[1]
    yield [id_of("04", 31), "折り返し", "Phone Call", done, f"{BUYERS[2]} 2", who, None,
           datetime(2026, 8, 1), datetime(2026, 7, 31, 23, 55), 5,
           "要点:\n\"値引き\""]  # fmt: skip
    yield [id_of("04", 32), "あとで", "Phone Call", "Open", FIRMS[3], who, None,
           datetime(2026, 12, 1), None, None, None]  # fmt: skip
    yield [id_of("04", 33), "資料を作る", "Task", done, FIRMS[3], who, None,
           datetime(2026, 8, 2), datetime(2026, 8, 2), None, None]  # fmt: skip
    yield [id_of("04", 34), "展示会", "Trade Fair", done, FIRMS[3], who, datetime(2026, 8, 3),
           None, None, None, None]  # fmt: skip
    yield [id_of("04", 35), "何の件か", "Email", done, "消された商談", who, None, None,
           datetime(2026, 8, 4), None, None]  # fmt: skip
