"""Data Loader's export of nine standard objects: API names, 18-character ids, times in UTC."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.exports.files import Row, blank, write_text
from tests.exports.firms import BUYERS, CITIES, FIRMS, PLACES, SELLERS, TRADES

_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
STAGES = ("Prospecting", "Qualification", "Proposal/Price Quote", "Negotiation/Review")
PRODUCTS = ("搬送コンベヤ", "検査カメラ", "制御盤", "保守契約（年）", "操作研修")


def id_of(prefix: str, number: int) -> str:
    """An id of 18 characters: the last three say which of the first fifteen are capitals."""
    plain = f"{prefix}5gA00wQ{number:05d}"
    parts = (plain[at : at + 5] for at in (0, 5, 10))
    return plain + "".join(
        _SUFFIX[sum(1 << place for place, sign in enumerate(part) if sign.isupper())]
        for part in parts
    )


def account(number: int) -> str:
    return id_of("001", number)


def deal(number: int) -> str:
    return id_of("006", number)


def user(number: int) -> str:
    return id_of("005", number)


def contact(number: int) -> str:
    return id_of("003", number)


def product(number: int) -> str:
    return id_of("01t", number)


def write(folder: Path) -> Path:
    """Account.csv, Contact.csv and so on, in UTF-8."""
    folder.mkdir(parents=True)
    for name, rows in (
        ("User", _users()), ("Account", _accounts()), ("Contact", _contacts()),
        ("Product2", _products()), ("Opportunity", _deals()), ("OpportunityHistory", _history()),
        ("OpportunityLineItem", _lines()), ("Task", _tasks()), ("Event", _events()),
    ):  # fmt: skip
        write_text(folder / f"{name}.csv", rows)
    return folder


def _users() -> Iterator[Row]:
    yield ["Id", "Username", "LastName", "FirstName", "Name", "Email", "Title", "Department",
           "ManagerId", "IsActive"]  # fmt: skip
    for n, name in enumerate(SELLERS, 1):
        last, first = name.split()
        mail = f"seller{n}@tagane.example"
        title = "営業部長" if n == 1 else "営業"
        chief = None if n == 1 else user(1)
        yield [user(n), mail, last, first, name, mail, title, "第一営業部", chief, "true"]


def _accounts() -> Iterator[Row]:
    header = ["Id", "IsDeleted", "Name", "Type", "ParentId", "BillingState", "BillingCity",
              "BillingCountry", "Phone", "Industry", "AnnualRevenue", "NumberOfEmployees",
              "Description", "OwnerId", "CreatedDate"]  # fmt: skip
    yield header
    types = ("Customer - Direct", "Prospect", "Customer - Channel", "Other")
    for n, name in enumerate(FIRMS, 1):
        yield [account(n), "false", name, types[n % 4], account(1) if n == 4 else None,
               PLACES[n % 5], CITIES[n % 5], "Japan", f"０３－０００１－{n:04d}", TRADES[n % 5],
               f"{n * 100_000_000}.0", 50 * n, None, user(n % 5 + 1),
               "2024-04-01T01:00:00.000Z"]  # fmt: skip
    yield [account(21), "false", "㈱北辰電子", "Prospect", None, "東京都", "品川区", "Japan", None,
           "電機", None, None, "担当者の話:\n「\"北辰\"は1社だけ」", user(2),
           "2026-03-31T15:30:00.000Z"]  # fmt: skip
    yield [account(22), "true", "テスト株式会社", "Other", None, None, None, None, None, None,
           None, None, None, user(1), "2025-01-01T00:00:00.000Z"]  # fmt: skip
    yield [account(23), "false", "", "Prospect", None, None, None, None, None, None,
           None, None, None, user(1), "2025-01-01T00:00:00.000Z"]  # fmt: skip
    yield blank(header)


def _contacts() -> Iterator[Row]:
    yield ["Id", "IsDeleted", "AccountId", "LastName", "FirstName", "Name", "Title", "Department",
           "Email", "Phone", "ReportsToId", "OwnerId"]  # fmt: skip
    titles = ("部長", "課長", "担当")
    for n in range(1, 31):
        last, first = BUYERS[n % 10].split()
        chief = contact(1) if n == 11 else None
        yield [contact(n), "false", account(n % 20 + 1), last, first, f"{last} {first}",
               titles[n % 3], "購買部", f"buyer{n}@firm{n % 20 + 1}.example", "０３-0002-0000",
               chief, user(n % 5 + 1)]  # fmt: skip
    yield [contact(31), "false", None, "名無", None, "名無", None, None, None, None, None, user(1)]


def _products() -> Iterator[Row]:
    yield ["Id", "IsDeleted", "Name", "ProductCode", "Family", "IsActive"]
    for n, name in enumerate(PRODUCTS, 1):
        yield [product(n), "false", name, f"P-{n:03d}", "設備" if n < 4 else "役務", "true"]


def _deals() -> Iterator[Row]:
    header = ["Id", "IsDeleted", "AccountId", "Name", "Description", "StageName", "Amount",
              "Probability", "CloseDate", "NextStep", "IsClosed", "IsWon", "ForecastCategoryName",
              "OwnerId", "CreatedDate"]  # fmt: skip
    yield header
    for n in range(1, 31):
        stage, chance = STAGES[n % 4], (10.0, 20.0, 75.0, 90.0)[n % 4]
        yield [deal(n), "false", account(n % 20 + 1), f"設備更新 その{n}", None, stage,
               f"{n * 150_000}.0", chance, f"2026-{n % 3 + 10}-15", None, "false", "false",
               "Pipeline", user(n % 5 + 1), "2026-04-10T02:00:00.000Z"]  # fmt: skip
    for n in range(31, 37):
        yield [deal(n), "false", account(n - 30), f"増設 その{n}", None, "Closed Won",
               f"{n * 100_000}.0", 100.0, "2026-03-20", None, "true", "true", "Closed",
               user(n % 5 + 1), "2025-11-05T00:00:00.000Z"]  # fmt: skip
    yield [deal(37), "false", account(2), "検査ライン\n（第2期）", "先方の声:\n\"急ぎ\"",
           "Closed Won", "12345678.5", 100.0, "2026-03-31", None, "true", "true", "Closed", user(3),
           "2026-03-31T15:00:00.000Z"]  # fmt: skip
    yield [deal(38), "false", account(3), "冷却設備の見直し", None, "Closed Lost", "4200000.0", 0.0,
           "2026-02-28", None, "TRUE", "FALSE", "Omitted", user(4),
           "2025-12-31T14:59:59.000Z"]  # fmt: skip
    yield [deal(39), "false", account(5), "倉庫の自動化", None, "Negotiation/Review", None, 62.5,
           "2026-12-25", "見積の再提出", "false", "false", "Commit", id_of("005", 99),
           "2026-06-30T15:00:00.000Z"]  # fmt: skip
    yield [deal(40), "false", account(6), "表計算で直した商談", None, "Prospecting", "約300万円",
           10.0, "2026/2/30", None, "false", "false", "Pipeline", user(1),
           "2026-05-01T00:00:00.000Z"]  # fmt: skip
    yield [deal(41), "true", account(6), "重複のため削除", None, "Prospecting", "1.0", 10.0,
           "2026-11-30", None, "false", "false", "Pipeline", user(1),
           "2026-05-01T00:00:00.000Z"]  # fmt: skip
    yield [deal(42), "false", account(7), "返品の精算", None, "Closed Won", "▲５０，０００", 100.0,
           "2026-04-01", None, "true", "true", "Closed", user(2),
           "2026-03-31T14:59:59.000Z"]  # fmt: skip
    yield blank(header)


def _history() -> Iterator[Row]:
    yield ["Id", "OpportunityId", "StageName", "Amount", "CloseDate", "Probability", "CreatedDate",
           "IsDeleted"]  # fmt: skip
    number = 0
    for n in range(1, 13):
        for month, stage in enumerate(STAGES[: n % 4 + 1], 4):
            number += 1
            yield [id_of("008", number), deal(n), stage, f"{n * 150_000}.0", "2026-10-15", 10.0,
                   f"2026-{month:02d}-10T02:00:00.000Z", "false"]  # fmt: skip
    for stage, amount, close, time in (
        ("Prospecting", "10000000.0", "2026-02-28", "2026-01-31T15:00:00.000Z"),
        ("Prospecting", "10000000.0", "2026-03-31", "2026-02-10T00:00:00.000Z"),
        ("Negotiation/Review", "12000000.0", "2026-03-31", "2026-03-01T14:59:59.000Z"),
        ("Closed Won", "12345678.5", "2026-03-31", "2026-03-31T02:00:00.000Z"),
    ):
        number += 1
        yield [id_of("008", number), deal(37), stage, amount, close, 50.0, time, "false"]


def _lines() -> Iterator[Row]:
    yield ["Id", "OpportunityId", "Product2Id", "Quantity", "ListPrice", "UnitPrice", "TotalPrice",
           "IsDeleted"]  # fmt: skip
    number = 0
    for n in range(25, 37):
        for item in (1, 4):
            number += 1
            yield [id_of("00k", number), deal(n), product(item), "1.0", "1000000.0", "900000.0",
                   "900000.0", "false"]  # fmt: skip
    yield [id_of("00k", 31), deal(37), product(2), "3.0", "4000000.0", "3800000.0", "11400000.0",
           "false"]  # fmt: skip
    yield [id_of("00k", 32), deal(37), product(5), "1.0", None, "945678.5", "945678.5", "false"]


def _tasks() -> Iterator[Row]:
    yield ["Id", "IsDeleted", "WhoId", "WhatId", "AccountId", "Subject", "ActivityDate",
           "CompletedDateTime", "Status", "IsClosed", "TaskSubtype", "Type", "CallType",
           "CallDurationInSeconds", "Description", "OwnerId"]  # fmt: skip
    for n in range(1, 21):
        kind = ("Call", "Email")[n % 2]
        yield [id_of("00T", n), "false", contact(n), deal(n), account(n % 20 + 1), f"連絡 {n}",
               f"2026-07-{n:02d}", f"2026-07-{n:02d}T03:00:00.000Z", "Completed", "true", kind,
               None, "Outbound" if kind == "Call" else None, 300 if kind == "Call" else None,
               None, user(n % 5 + 1)]  # fmt: skip
    yield [id_of("00T", 21), "false", contact(2), account(2), account(2), "折り返しの電話", None,
           "2026-07-31T15:10:00.000Z", "Completed", "true", "Call", None, "Inbound", 754,
           "要点:\n・納期\n・\"値引き\"", user(2)]  # fmt: skip
    yield [id_of("00T", 22), "false", None, deal(3), account(4), "訪問", "2026-08-05", None,
           "Completed", "true", "Task", "Meeting", None, None, None, user(3)]  # fmt: skip
    yield [id_of("00T", 23), "false", None, deal(3), account(4), "見積を作る", "2026-08-06", None,
           "Completed", "true", "Task", None, None, None, None, user(3)]  # fmt: skip
    yield [id_of("00T", 24), "false", None, deal(3), account(4), "あとで電話", "2026-12-01", None,
           "Not Started", "false", "Call", None, None, None, None, user(3)]  # fmt: skip
    yield [id_of("00T", 25), "false", id_of("00Q", 1), None, None, "見込客への電話", "2026-08-07",
           "2026-08-07T03:00:00.000Z", "Completed", "true", "Call", None, "Outbound", 60, None,
           user(3)]  # fmt: skip
    yield [id_of("00T", 26), "false", contact(31), None, None, "取引先のない連絡", "2026-08-08",
           "2026-08-08T03:00:00.000Z", "Completed", "true", "Call", None, "Outbound", 60, None,
           user(3)]  # fmt: skip


def _events() -> Iterator[Row]:
    yield ["Id", "IsDeleted", "WhoId", "WhatId", "AccountId", "Subject", "StartDateTime",
           "DurationInMinutes", "Type", "Description", "OwnerId"]  # fmt: skip
    for n in range(1, 21):
        yield [id_of("00U", n), "false", contact(n), account(n % 20 + 1), account(n % 20 + 1),
               f"打合せ {n}", f"2026-08-{n:02d}T01:00:00.000Z", 60, "Meeting", None,
               user(n % 5 + 1)]  # fmt: skip
    yield [id_of("00U", 21), "false", contact(5), deal(39), account(5), "Web会議",
           "2026-08-31T15:00:00.000Z", 45, "Web Meeting", None, user(4)]  # fmt: skip
    yield [id_of("00U", 22), "false", contact(5), account(5), account(5), "親睦",
           "2026-09-05T22:00:00.000Z", 240, "Golf", None, user(4)]  # fmt: skip
    yield [id_of("00U", 23), "true", contact(5), account(5), account(5), "取消",
           "2026-09-06T01:00:00.000Z", 60, "Meeting", None, user(4)]  # fmt: skip
