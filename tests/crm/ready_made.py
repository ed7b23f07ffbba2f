"""What becomes of the exports in tests/exports by the ready-made mappings, worked out by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tests.exports.dynamics365 import id_of as guid
from tests.exports.salesforce import account, contact, deal, id_of, product, user

Values = dict[tuple[str, str], dict[str, Any]]
"""Values by table and id."""


@dataclass(frozen=True)
class Outcome:
    """What an import is to give: counts, rejects and broken references, and some of the values.

    `counts` are the rows accepted and rejected, `left_out` the rows of each file that are left out
    on purpose, `rejects` file, row, column, value and reason.
    """

    counts: dict[str, tuple[int, int]]
    left_out: dict[tuple[str, str], int]
    rejects: list[tuple[str, int, str, str, str]]
    broken: list[tuple[str, str, str, int]]
    values: Values


SALESFORCE = Outcome(
    counts={
        "accounts": (21, 1), "people": (5, 0), "contacts": (30, 1), "products": (5, 0),
        "opportunities": (40, 1), "stage_history": (33, 0), "order_lines": (14, 0),
        "activities": (43, 2),
    },
    left_out={
        ("Account.csv", "in the recycle bin"): 1,
        ("Opportunity.csv", "in the recycle bin"): 1,
        ("OpportunityHistory.csv", "the stage stayed as it was"): 1,
        ("OpportunityLineItem.csv", "of a deal that is not won"): 12,
        ("Task.csv", "not done yet"): 1,
        ("Task.csv", "of a lead"): 1,
        ("Task.csv", "a task of no type is no contact"): 1,
        ("Event.csv", "in the recycle bin"): 1,
    },
    rejects=[
        ("Account.csv", 24, "Name", "", "missing"),
        ("Contact.csv", 32, "AccountId", "", "missing"),
        ("Opportunity.csv", 41, "Amount", "約300万円", "not_a_number"),
        ("Opportunity.csv", 41, "CloseDate", "2026/2/30", "impossible_date"),
        ("Task.csv", 27, "AccountId", "", "missing"),
        ("Event.csv", 23, "Type", "Golf", "not_in_list"),
    ],
    broken=[("opportunities", "owner_id", id_of("005", 99), 1)],
    values={
        ("people", user(1)): {"name": "佐伯 美咲", "role": "manager", "manager_id": None},
        ("people", user(2)): {"role": "rep", "manager_id": user(1), "team": "第一営業部"},
        ("accounts", account(1)): {"status": "prospect", "annual_revenue": Decimal("100000000")},
        ("accounts", account(4)): {"status": "customer", "parent_id": account(1)},
        ("accounts", account(3)): {"status": None, "employees": 150, "owner_id": user(4)},
        ("accounts", account(21)): {"name": "㈱北辰電子", "created_on": date(2026, 4, 1)},
        ("contacts", contact(11)): {"account_id": account(12), "reports_to": contact(1)},
        ("opportunities", deal(1)): {
            "account_id": account(2), "owner_id": user(2), "stage": "Qualification",
            "status": "open", "amount": Decimal("150000"), "probability": Decimal("0.2"),
            "created_on": date(2026, 4, 10), "expected_close": date(2026, 11, 15),
            "closed_on": None,
        },
        ("opportunities", deal(37)): {
            "name": "検査ライン\n（第2期）", "status": "won", "amount": Decimal("12345678.5"),
            "probability": Decimal("1"), "created_on": date(2026, 4, 1),
            "closed_on": date(2026, 3, 31), "owner_id": user(3),
        },
        ("opportunities", deal(38)): {
            "status": "lost", "amount": Decimal("4200000"), "probability": Decimal("0"),
            "created_on": date(2025, 12, 31), "closed_on": date(2026, 2, 28),
        },
        ("opportunities", deal(39)): {
            "status": "open", "amount": None, "probability": Decimal("0.625"),
            "created_on": date(2026, 7, 1), "next_step": "見積の再提出",
        },
        ("opportunities", deal(42)): {
            "status": "won", "amount": Decimal("-50000"), "created_on": date(2026, 3, 31),
        },
        ("stage_history", deal(37)): {
            "stage": ["Prospecting", "Negotiation/Review", "Closed Won"],
            "entered_on": [date(2026, 2, 1), date(2026, 3, 1), date(2026, 3, 31)],
            "expected_close": [date(2026, 2, 28), date(2026, 3, 31), date(2026, 3, 31)],
        },
        ("order_lines", deal(37)): {
            "line_no": [1, 2], "product_id": [product(2), product(5)],
            "quantity": [Decimal("3"), Decimal("1")],
            "list_amount": [Decimal("12000000"), None],
            "net_amount": [Decimal("11400000"), Decimal("945678.5")],
        },
        ("activities", id_of("00T", 21)): {
            "kind": "call", "direction": "in", "minutes": Decimal("12.6"),
            "occurred_on": date(2026, 8, 1), "contact_id": contact(2), "opportunity_id": None,
            "body": "要点:\n・納期\n・\"値引き\"",
        },
        ("activities", id_of("00T", 22)): {"kind": "visit", "opportunity_id": deal(3)},
        ("activities", id_of("00U", 21)): {
            "kind": "online_meeting", "occurred_on": date(2026, 9, 1), "person_id": user(4),
            "opportunity_id": deal(39),
        },
    },
)  # fmt: skip

HUBSPOT = Outcome(
    counts={
        "accounts": (21, 2), "people": (4, 0), "contacts": (31, 1), "opportunities": (38, 3),
        "stage_history": (83, 0), "activities": (62, 2),
    },
    left_out={("meetings.csv", "not held"): 2},
    rejects=[
        ("companies.csv", 23, "Company owner", "Jordan Blake (Deactivated User)", "unknown_name"),
        ("companies.csv", 24, "Lifecycle Stage", "Partner", "not_in_list"),
        ("contacts.csv", 33, "Associated Company IDs (Primary)", "", "missing"),
        ("contacts.csv", 33, "First Name, Last Name", "", "missing"),
        ("deals.csv", 39, "Deal owner", "Jordan Blake (Deactivated User)", "unknown_name"),
        ("deals.csv", 40, "Deal Stage", "Verbal Yes", "not_in_list"),
        ("deals.csv", 40, "Amount in company currency", "€6,500", "other_currency"),
        ("deals.csv", 41, "Close Date", "2026-11-31 17:00", "impossible_date"),
        ("calls.csv", 23, "Associated Company IDs", "", "missing"),
        ("emails.csv", 22, "Activity date", "2026-09-31 08:15", "impossible_date"),
    ],
    broken=[],
    values={
        ("accounts", "9100000001"): {"status": "customer", "owner_id": "blake@harborlane.example"},
        ("accounts", "9100000003"): {"status": None, "employees": 60},
        ("accounts", "9100000021"): {
            "status": "prospect", "employees": 42, "annual_revenue": Decimal("1250000"),
            "owner_id": "avery@harborlane.example", "created_on": date(2026, 3, 31),
        },
        ("contacts", "51031"): {
            "name": "Okafor", "title": 'Buyer; "interim"', "buying_role": "approver",
            "account_id": "9100000001",
        },
        ("opportunities", "17300000003"): {
            "account_id": "9100000004", "owner_id": "devon@harborlane.example", "status": "open",
            "stage": "Contract Sent", "amount": Decimal("4500"), "probability": Decimal("0.9"),
            "created_on": date(2026, 5, 4), "expected_close": date(2026, 10, 15),
            "closed_on": None,
        },
        ("opportunities", "17300000035"): {
            "name": 'Retrofit,\n"phase 2"', "account_id": "9100000002", "status": "won",
            "owner_id": "blake@harborlane.example", "amount": Decimal("9125.5"),
            "created_on": date(2026, 1, 1), "closed_on": date(2026, 3, 31),
        },
        ("opportunities", "17300000036"): {
            "status": "lost", "amount": Decimal("48000"), "probability": Decimal("0"),
            "created_on": date(2025, 12, 31), "closed_on": date(2026, 2, 28),
            "loss_reason": "Price too high",
        },
        ("opportunities", "17300000037"): {
            "status": "open", "amount": None, "created_on": date(2026, 6, 30),
            "next_step": "Send the offer",
        },
        ("opportunities", "17300000041"): {
            "amount": Decimal("-2400"), "probability": Decimal("1"), "owner_id": None,
        },
        ("stage_history", "17300000035"): {
            "stage": ["Appointment Scheduled", "Presentation Scheduled", "Contract Sent",
                      "Closed Won"],
            "entered_on": [date(2026, 1, 2), date(2026, 2, 1), date(2026, 3, 1),
                           date(2026, 3, 31)],
        },
        ("activities", "801021"): {
            "kind": "call", "account_id": "9100000002", "contact_id": "51002", "direction": "in",
            "person_id": "casey@harborlane.example", "minutes": Decimal("12.6"),
            "occurred_on": date(2026, 7, 31), "body": 'Wants:\n- dates\n- "a discount"',
        },
        ("activities", "802001"): {"kind": "visit", "minutes": Decimal("60")},
        ("activities", "802021"): {
            "kind": "online_meeting", "occurred_on": date(2026, 8, 31), "minutes": Decimal("45"),
        },
        ("activities", "803001"): {"kind": "mail", "direction": "in", "minutes": None},
    },
)  # fmt: skip

DYNAMICS = Outcome(
    counts={
        "accounts": (22, 2), "people": (5, 0), "contacts": (30, 1), "opportunities": (39, 3),
        "activities": (31, 2),
    },
    left_out={
        ("Activities.xlsx", "not done, or cancelled"): 1,
        ("Activities.xlsx", "a task is no contact"): 1,
    },
    rejects=[
        ("Accounts.xlsx", 23, "Owner", "# CRM Integration", "unknown_name"),
        ("Accounts.xlsx", 25, "Parent Account", "ない親会社", "unknown_name"),
        ("Accounts.xlsx", 25, "Annual Revenue", "約10億", "not_a_number"),
        ("Contacts.xlsx", 32, "Company Name", "知らない会社", "unknown_name"),
        ("Opportunities.xlsx", 41, "Potential Customer", "大西 徹", "unknown_name"),
        ("Opportunities.xlsx", 42, "Potential Customer", "西海道計器", "ambiguous_name"),
        ("Opportunities.xlsx", 42, "Owner", "退職 太郎", "unknown_name"),
        ("Opportunities.xlsx", 43, "Revenue", "US$1,000", "other_currency"),
        ("Opportunities.xlsx", 43, "Probability", "150", "out_of_range"),
        ("Activities.xlsx", 35, "Activity Type", "Trade Fair", "not_in_list"),
        ("Activities.xlsx", 36, "Regarding", "消された商談", "unknown_name"),
    ],
    broken=[],
    values={
        ("people", guid("aa", 2)): {"role": "rep", "manager_id": guid("aa", 1)},
        ("accounts", guid("01", 1)): {"status": "prospect", "annual_revenue": Decimal("100000000")},
        ("accounts", guid("01", 3)): {"status": None, "owner_id": guid("aa", 4)},
        ("accounts", guid("01", 4)): {"status": "customer", "parent_id": guid("01", 1)},
        ("accounts", guid("01", 21)): {
            "name": "(株) 西海道計器", "employees": 120, "created_on": date(2026, 4, 1),
        },
        ("accounts", guid("01", 24)): {"annual_revenue": Decimal("30000000")},
        ("contacts", guid("02", 4)): {
            "account_id": guid("01", 5), "buying_role": "decision_maker",
        },
        ("opportunities", guid("03", 1)): {
            "account_id": guid("01", 2), "owner_id": guid("aa", 2), "stage": "Develop",
            "status": "open", "amount": Decimal("150000"), "probability": Decimal("0.11"),
            "created_on": date(2026, 4, 10), "expected_close": date(2026, 11, 15),
        },
        ("opportunities", guid("03", 31)): {
            "status": "won", "amount": Decimal("2790000"), "closed_on": date(2026, 3, 20),
        },
        ("opportunities", guid("03", 36)): {
            "name": "検査ライン\n（第2期）", "account_id": guid("01", 8), "owner_id": guid("aa", 2),
            "amount": Decimal("12345678"), "created_on": date(2026, 4, 1),
            "closed_on": date(2026, 3, 31),
        },
        ("opportunities", guid("03", 37)): {
            "status": "lost", "amount": Decimal("4200000"), "probability": Decimal("0"),
            "created_on": date(2025, 12, 31), "closed_on": date(2026, 2, 27),
            "loss_reason": "Out-Sold",
        },
        ("opportunities", guid("03", 38)): {
            "amount": None, "probability": Decimal("0.625"), "created_on": date(2026, 7, 1),
            "expected_close": date(2026, 12, 25), "loss_reason": None,
        },
        ("opportunities", guid("03", 39)): {"status": "won", "amount": Decimal("-50000")},
        ("activities", guid("04", 1)): {
            "kind": "visit", "account_id": guid("01", 2), "opportunity_id": guid("03", 1),
            "minutes": Decimal("30"),
        },
        ("activities", guid("04", 2)): {
            "kind": "mail", "account_id": guid("01", 3), "opportunity_id": None,
        },
        ("activities", guid("04", 31)): {
            "account_id": guid("01", 3), "contact_id": guid("02", 2),
            "occurred_on": date(2026, 7, 31), "body": "要点:\n\"値引き\"",
        },
    },
)  # fmt: skip

KINTONE = Outcome(
    counts={
        "accounts": (22, 2), "people": (5, 0), "contacts": (21, 0), "products": (3, 0),
        "opportunities": (39, 2), "order_lines": (13, 0), "activities": (31, 2),
    },
    left_out={("案件管理.csv", "テーブルの2行目から"): 9},
    rejects=[
        ("顧客管理.csv", 24, "会社名", "", "missing"),
        ("顧客管理.csv", 25, "取引状況", "要確認", "not_in_list"),
        ("案件管理.csv", 58, "会社名", "西海道計器", "ambiguous_name"),
        ("案件管理.csv", 59, "フェーズ", "社内稟議", "not_in_list"),
        ("案件管理.csv", 59, "合計費用", "1,00,000", "odd_grouping"),
        ("案件管理.csv", 59, "確度", "S", "not_a_number"),
        ("案件管理.csv", 59, "受注予定日", "2026-11-31", "impossible_date"),
        ("活動履歴.csv", 33, "活動種別", "ゴルフ", "not_in_list"),
        ("活動履歴.csv", 34, "会社名", "知らない会社", "unknown_name"),
        ("活動履歴.csv", 34, "案件名", "消した案件", "unknown_name"),
    ],
    broken=[("opportunities", "owner_id", "seller99", 1)],
    values={
        ("people", "seller1"): {"name": "佐伯 美咲", "email": "seller1@tagane.example"},
        ("accounts", "1"): {"status": "prospect", "annual_revenue": Decimal("1100000000")},
        ("accounts", "2"): {"status": "former", "owner_id": "seller3"},
        ("accounts", "21"): {
            "name": "㈱西海道計器", "employees": 120, "annual_revenue": Decimal("-5000000"),
            "created_on": date(2026, 4, 1),
        },
        ("contacts", "21"): {"name": "髙橋 ①郎", "department": "髙島工場\n（第2）"},
        ("opportunities", "1"): {
            "account_id": "2", "owner_id": "seller2", "stage": "ヒアリング", "status": "open",
            "amount": Decimal("150000"), "probability": Decimal("0.5"),
            "created_on": date(2026, 4, 10), "expected_close": date(2026, 11, 15),
        },
        ("opportunities", "31"): {
            "account_id": "1", "status": "won", "amount": Decimal("1520000"),
            "probability": Decimal("0.8"), "closed_on": date(2026, 3, 20),
        },
        ("opportunities", "35"): {
            "name": "検査ライン\n（第2期）", "account_id": "8", "amount": Decimal("12345678"),
            "created_on": date(2026, 4, 1), "closed_on": date(2026, 3, 31),
        },
        ("opportunities", "36"): {
            "status": "lost", "owner_id": "seller4", "amount": Decimal("4200000"),
            "probability": Decimal("0.2"), "created_on": date(2025, 12, 31), "loss_reason": "価格",
        },
        ("opportunities", "37"): {
            "status": "open", "amount": None, "next_step_due": date(2026, 12, 1),
        },
        ("opportunities", "38"): {"amount": Decimal("-50000"), "probability": None},
        ("opportunities", "41"): {"owner_id": "seller99", "account_id": "9"},
        ("order_lines", "31"): {
            "line_no": [1, 2, 3], "product_id": ["搬送コンベヤ", "検査カメラ", "保守契約"],
            "account_id": ["1"] * 3, "ordered_on": [date(2026, 3, 20)] * 3,
            "net_amount": [Decimal("1000000"), Decimal("400000"), Decimal("120000")],
        },
        ("activities", "1"): {"kind": "call", "account_id": "2", "opportunity_id": "1"},
        ("activities", "31"): {
            "kind": "online_meeting", "account_id": "3", "person_id": "seller2",
            "minutes": Decimal("45"), "occurred_on": date(2026, 7, 31),
            "body": "要点:\n\"値引き\"、納期",
        },
    },
)  # fmt: skip

_BOOK = "営業管理表.xlsx"
SPREADSHEET = Outcome(
    counts={
        "accounts": (22, 1), "people": (5, 0), "contacts": (21, 0), "opportunities": (38, 5),
        "activities": (32, 3),
    },
    left_out={(_BOOK, "集計の行"): 1},
    rejects=[
        (_BOOK, 47, "", "G47", "formula"),
        (_BOOK, 28, "取引 区分", "取引停止中", "not_in_list"),
        (_BOOK, 28, "担当", "退職者", "unknown_name"),
        (_BOOK, 28, "取引 開始日", "昭和64年1月8日", "era_ended"),
        (_BOOK, 41, "期限", "12月1日", "ambiguous_date"),
        (_BOOK, 43, "顧客名", "西海道計器", "ambiguous_name"),
        (_BOOK, 43, "担当", "退職者", "unknown_name"),
        (_BOOK, 44, "顧客名", "〃", "unknown_name"),
        (_BOOK, 44, "売上見込（千円）", "¥100,000", "two_units"),
        (_BOOK, 44, "受注予定", "R8.11.31", "impossible_date"),
        (_BOOK, 45, "段階", "社内稟議", "not_in_list"),
        (_BOOK, 45, "売上見込（千円）", "約300", "not_a_number"),
        (_BOOK, 45, "確度（%）", "150", "out_of_range"),
        (_BOOK, 34, "時間（分）", "2時間", "two_units"),
        (_BOOK, 36, "方法", "ゴルフ", "not_in_list"),
        (_BOOK, 36, "日付", "8/3", "ambiguous_date"),
        (_BOOK, 37, "顧客名", "知らない会社", "unknown_name"),
    ],
    broken=[("activities", "opportunity_id", "A036", 1)],
    values={
        ("people", "S1"): {"role": "manager", "manager_id": None},
        ("people", "S2"): {"role": "rep", "manager_id": "S1"},
        ("accounts", "K-001"): {
            "name": "青嶺精工㈱", "industry": "電機", "status": "prospect",
            "annual_revenue": Decimal("1100000000"), "owner_id": "S2",
            "created_on": date(1994, 4, 1),
        },
        ("accounts", "Ｋ－０２１"): {
            "employees": 120, "annual_revenue": Decimal("-5000000"), "owner_id": "S1",
            "created_on": date(2026, 4, 1),
        },
        ("accounts", "K-022"): {
            "annual_revenue": Decimal("2000000000"), "created_on": date(2025, 1, 5),
        },
        ("contacts", "Ｋ－０２１"): {"name": "髙橋 一郎", "department": "髙島工場"},
        ("opportunities", "A001"): {
            "account_id": "K-002", "owner_id": "S2", "status": "open", "stage": "提案中",
            "amount": Decimal("150000"), "probability": Decimal("0.11"),
            "created_on": date(2026, 4, 1), "expected_close": date(2026, 11, 30),
        },
        ("opportunities", "A031"): {
            "account_id": "K-001", "status": "won", "amount": Decimal("3100000"),
            "probability": Decimal("1"), "closed_on": date(2026, 3, 20),
        },
        ("opportunities", "Ａ０３６"): {
            "account_id": "K-008", "owner_id": "S2", "amount": Decimal("12345600"),
            "probability": Decimal("1"), "created_on": date(2026, 4, 1),
            "expected_close": date(2026, 3, 31), "closed_on": date(2026, 3, 31),
        },
        ("opportunities", "A037"): {
            "account_id": "K-003", "owner_id": "S1", "status": "lost",
            "amount": Decimal("4200000"), "probability": Decimal("0"),
            "created_on": date(2025, 12, 31), "expected_close": date(2026, 2, 28),
            "closed_on": date(2026, 2, 27),
        },
        ("opportunities", "A039"): {"amount": Decimal("-50000"), "closed_on": date(2026, 4, 1)},
        ("activities", "2"): {
            "kind": "call", "account_id": "K-002", "opportunity_id": "A001",
            "occurred_on": date(2026, 7, 1),
        },
        ("activities", "32"): {
            "kind": "online_meeting", "account_id": "K-003", "person_id": "S2",
            "minutes": Decimal("45"), "body": "要点:\n\"値引き\"、納期",
        },
    },
)  # fmt: skip

OUTCOMES = {
    "salesforce": SALESFORCE,
    "hubspot": HUBSPOT,
    "dynamics365": DYNAMICS,
    "kintone": KINTONE,
    "spreadsheet_ja": SPREADSHEET,
}
