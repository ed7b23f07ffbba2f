"""A name leads to the one account that bears it; of none or several the reason is said."""

from __future__ import annotations

from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.companies.key import match_key
from crm.companies.resolve import AMBIGUOUS, REASONS, UNKNOWN, resolve
from tests.crm.staged import staged
from tests.crm.test_companies_key import NAMES

ACCOUNTS = [
    {"account_id": "A1", "name": "東都電機株式会社", "name_kana": "トウトデンキ",
     "aliases": "Toto Denki Co., Ltd.; 東都 "},
    {"account_id": "A2", "name": "北斗精密"},
    {"account_id": "A3", "name": "㈱北斗精密"},
    {"account_id": "A4", "name": "みなと商会", "aliases": "東都商会;;"},
]  # fmt: skip
Found = dict[str, tuple[str | None, str | None, list[str] | None]]


def resolved(con: duckdb.DuckDBPyConnection, texts: list[Any], **more: Any) -> Found:
    """What becomes of the names in a column called like a keyword."""
    con.execute(
        'CREATE OR REPLACE TABLE "my orders" AS SELECT unnest(?::VARCHAR[]) AS "order"', [texts]
    )
    resolve(con, "my orders", "order", **more)
    rows = con.execute(f"SELECT * FROM {more.get('result', '_resolved')}").fetchall()
    assert len(rows) == len({row[0] for row in rows})
    return {text: (id_, reason, candidates) for text, id_, reason, candidates in rows}


def test_a_name_an_alias_and_kana_lead_to_their_account_in_any_spelling() -> None:
    texts = [
        "東都電機",
        "㈱東都電機",
        "ﾄｳﾄﾃﾞﾝｷ",
        "とうとでんき",
        "TOTO DENKI",
        " 東都　",
        "東都商会",
    ]
    found = resolved(staged({"accounts": ACCOUNTS}), texts)
    accounts = {text: id_ for text, (id_, reason, _) in found.items() if reason is None}
    assert accounts == {
        "東都電機": "A1", "㈱東都電機": "A1", "ﾄｳﾄﾃﾞﾝｷ": "A1", "とうとでんき": "A1",
        "TOTO DENKI": "A1", "東都": "A1", "東都商会": "A4",
    }  # fmt: skip


def test_a_name_of_nobody_or_of_several_leads_nowhere_and_says_why() -> None:
    found = resolved(
        staged({"accounts": ACCOUNTS}), ["北斗精密", "北斗", "東都電機大阪支店", None, " "]
    )
    assert found == {
        "北斗精密": (None, AMBIGUOUS, ["A2", "A3"]),
        "北斗": (None, UNKNOWN, None),
        "東都電機大阪支店": (None, UNKNOWN, None),
    }


def test_at_most_five_candidates_are_named() -> None:
    many = [{"account_id": f"A{n}", "name": "アシスト"} for n in range(9)]
    found = resolved(staged({"accounts": many}), ["アシスト"])
    assert found["アシスト"] == (None, AMBIGUOUS, ["A0", "A1", "A2", "A3", "A4"])


def test_accounts_that_are_to_become_one_are_one() -> None:
    con = staged({"accounts": ACCOUNTS})
    found = resolved(con, ["北斗精密"], into={"A2": "A3"}, result="mine")
    assert found == {"北斗精密": ("A3", None, None)}


def test_every_reason_says_what_is_wrong_and_how_to_mend_it_in_both_languages() -> None:
    assert set(REASONS) == {UNKNOWN, AMBIGUOUS}
    assert all(all(REASONS[code][language]) for code in REASONS for language in ("ja", "en"))


def test_names_of_any_kind_are_resolved_or_unknown() -> None:
    hostile = [
        "=1+1",
        "'; DROP TABLE accounts; --",
        "\u200b",
        "長" * 100_000,
        "・",
        "%",
        "株式会社",
    ]
    accounts = [{"account_id": str(n), "name": name} for n, name in enumerate(hostile)]
    found = resolved(staged({"accounts": accounts}), hostile)
    assert {text: id_ for text, (id_, _, _) in found.items()} == {
        name: str(n) for n, name in enumerate(hostile)
    }


@settings(derandomize=True, max_examples=25)
@given(
    st.lists(st.sampled_from(NAMES[:12]), min_size=1, max_size=12),
    st.lists(st.sampled_from(NAMES[:15]), max_size=12),
)
def test_a_join_in_sql_finds_what_a_loop_finds(names: list[str], texts: list[str]) -> None:
    accounts = [{"account_id": f"A{n:02}", "name": name} for n, name in enumerate(names)]
    found = resolved(staged({"accounts": accounts}), texts)
    assert found.keys() == set(texts)
    for text, (id_, reason, candidates) in found.items():
        bearers = [f"A{n:02}" for n, name in enumerate(names) if match_key(name) == match_key(text)]
        assert id_ == (bearers[0] if len(bearers) == 1 else None)
        assert reason == (None if id_ else AMBIGUOUS if bearers else UNKNOWN)
        assert candidates == (bearers[:5] if len(bearers) > 1 else None)


def test_two_hundred_thousand_rows_are_keyed_once_a_name() -> None:
    accounts = [{"account_id": f"A{n:03}", "name": name} for n, name in enumerate(NAMES)]
    con = staged({"accounts": accounts})
    found = resolved(con, NAMES * 650)
    assert [found[name][0] for name in NAMES] == [a["account_id"] for a in accounts]
