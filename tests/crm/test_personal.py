"""E-mail addresses and telephones of contacts are shown where the setting allows, and in no log."""

from __future__ import annotations

import logging
import time
from typing import Any

import pytest
import structlog

from crm.directory import Directory, Principal
from crm.personal import MASK, hide_personal, mask, masked
from crm.scope import ScopedTables
from crm.settings import Settings
from tests.companies import tables_from

TELEPHONES = [
    "03-1234-5678", "06-0000-1583", "045-123-4567", "0120-123-456", "090-1234-5678", "09012345678",
    "(03) 1234-5678", "03(1234)5678", "+81 3-1234-5678", "+81-90-1234-5678", "+1 (0)212 555 0100",
    "+44 20 7946 0958", "(212) 555-0100", "03ー1234ー5678",
]  # fmt: skip
MAILS = ["a@b.example", "taro.yamada+x@mail.example.co.jp", "山田<y@b.example>"]
NO_TELEPHONES = [
    "2026-04-01", "2026年4月1日", "1,234,567円", "A0123456789", "商談0012-34", "10:30-11:00",
    "¥1,200,000", "第3-1234号", "12-3456-7890", "受注番号 1234567890",
]  # fmt: skip


@pytest.mark.parametrize("text", [*TELEPHONES, *MAILS])
def test_what_reaches_a_person_is_masked(text: str) -> None:
    said = masked(f"連絡先は {text} です。")
    assert MASK in said
    assert not any(c.isdigit() or c == "@" for c in said)
    assert said.startswith("連絡先は ")
    assert said.endswith("です。")


@pytest.mark.parametrize("text", NO_TELEPHONES)
def test_dates_amounts_and_numbers_of_orders_are_left_alone(text: str) -> None:
    assert masked(text) == text


def company() -> dict[str, list[dict[str, Any]]]:
    said = " / ".join([*TELEPHONES, *MAILS, *NO_TELEPHONES])
    return {
        "people": [
            {"person_id": "U1", "name": "u", "role": "rep", "manager_id": "U2"},
            {"person_id": "U2", "name": "m", "role": "manager", "manager_id": None},
            {"person_id": "U3", "name": "t", "role": "rep", "manager_id": None},
            {"person_id": "U4", "name": "x", "role": "executive", "manager_id": None},
        ],
        "accounts": [
            {"account_id": "A1", "name": "a", "owner_id": "U1"},
            {"account_id": "A2", "name": "b", "owner_id": "U3"},
        ],
        "account_team": [
            {"account_id": "A1", "person_id": "U3", "function": "s", "access": "read"}
        ],
        "contacts": [
            {"contact_id": f"C{n}", "account_id": f"A{n}", "name": f"人{n}",
             "phone": "03-1234-5678", "email": f"c{n}@b.example"} for n in (1, 2)
        ],
        "activities": [
            {"activity_id": f"V{n}", "account_id": f"A{n}", "kind": "call",
             "occurred_on": "2026-04-01", "subject": "電話", "body": said} for n in (1, 2)
        ],
        "relationships": [
            {"from_name": "n", "to_contact_id": f"C{n}", "note": "03-1234-5678"} for n in (1, 2)
        ],
    }  # fmt: skip


def shown_to(who: str, level: str, *, alone: bool = True) -> dict[str, tuple[bool, bool, bool]]:
    """Whether e-mail, free text and notes are shown as they are, by account."""
    chosen = Settings.model_validate({"access": {"personal": level}})
    snapshot = tables_from(company()).snapshot
    directory = Directory.of(snapshot)
    asker = Principal(who, who, personal=alone)
    tables = ScopedTables(snapshot, directory.scope(asker), chosen, directory=directory)
    body = company()["activities"][0]["body"]
    mails = {r["account_id"]: r for r in tables["contacts"].to_pyarrow().to_pylist()}
    texts = {r["account_id"]: r["body"] for r in tables["activities"].to_pyarrow().to_pylist()}
    notes = {
        r["to_contact_id"]: r["note"] for r in tables["relationships"].to_pyarrow().to_pylist()
    }
    for account, text in texts.items():
        assert text in (body, masked(body))  # a query masks what Python masks
        assert mails[account]["name"] == f"人{account[1]}"
        assert (mails[account]["email"] is None) == (mails[account]["phone"] is None)
    return {
        a: (mails[a]["email"] is not None, texts[a] == body, notes[f"C{a[1]}"] != MASK)
        for a in texts
    }


YES, NO = (True,) * 3, (False,) * 3


@pytest.mark.parametrize(
    ("who", "level", "shown"),
    [
        ("U1", "team", {"A1": YES}),
        ("U3", "team", {"A1": YES, "A2": YES}),
        ("U2", "team", {"A1": NO}),
        ("U4", "team", {"A1": NO, "A2": NO}),
        ("U1", "nobody", {"A1": NO}),
        ("U4", "nobody", {"A1": NO, "A2": NO}),
        ("U4", "all", {"A1": YES, "A2": YES}),
        ("U2", "all", {"A1": YES}),
    ],
)
def test_the_setting_says_to_whom(who: str, level: str, shown: dict[str, object]) -> None:
    assert shown_to(who, level) == shown


def test_where_others_read_along_nothing_of_it_is_shown() -> None:
    assert shown_to("U1", "team", alone=False) == {"A1": NO}


def test_what_one_person_was_shown_is_not_kept_for_another() -> None:
    snapshot = tables_from(company()).snapshot
    directory = Directory.of(snapshot)

    def kept(who: str) -> Any:
        scope = directory.scope(Principal(who, who))
        tables = ScopedTables(snapshot, scope, Settings(), directory=directory)
        return tables.remember("mails", lambda: tables["contacts"].email.to_pyarrow().to_pylist())

    assert kept("U4") == [None, None]
    assert kept("U3") == ["c1@b.example", "c2@b.example"]
    assert kept("U4") == [None, None]


def test_a_company_whose_texts_hold_no_address_pays_nothing_for_it() -> None:
    rows = company() | {"activities": [{**company()["activities"][0], "body": "訪問した"}]}
    tables = tables_from(rows)
    assert tables._hidden("activities") == {}
    assert set(tables._hidden("contacts")) == {"email", "phone"}


def test_no_log_holds_what_reaches_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.configure(
        processors=[hide_personal, structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    try:
        log = structlog.get_logger()
        log.warning("x", contact="福島 正樹", to=["a@b.example"], deep={"phone": "1", "n": 3},
                    error=ValueError("+81 3-1234-5678"))  # fmt: skip
    finally:
        structlog.reset_defaults()
    said = capsys.readouterr().out
    assert not any(s in said for s in ("福島", "a@b", "1234", '"1"'))
    assert '"n": 3' in said


def test_in_a_query_and_in_python_the_same_is_masked() -> None:
    tables = tables_from(company())
    rows = tables.snapshot.table("activities")
    [first, _second] = rows.select(said=mask(rows.body)).to_pyarrow()["said"].to_pylist()
    assert first == masked(company()["activities"][0]["body"])


def test_a_long_text_is_masked_in_no_time() -> None:
    begun = time.process_time()
    assert masked("a" * 200_000 + " x@y.example") == "a" * 200_000 + f" {MASK}"
    assert time.process_time() - begun < 10
