"""A reference by name leads to an account only where exactly one account bears the name."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from crm.companies.staging import match_key_in_sql
from crm.settings import Language
from crm.values import name, trimmed

UNKNOWN = "unknown_company"
AMBIGUOUS = "ambiguous_company"
_CALLED = "unnest(list_concat([name, name_kana], string_split(aliases, ';')))"
MOST = 5
"""Accounts that are named where several bear a name, at the most."""
REASONS: dict[str, dict[Language, tuple[str, str]]] = {
    UNKNOWN: {
        "ja": (
            "この名前の取引先がありません",
            "取引先の名前か別名に直すか、取引先IDで指定してください",
        ),
        "en": ("no account bears this name", "correct the name, or give the account's id"),
    },
    AMBIGUOUS: {
        "ja": ("この名前の取引先が複数あります", "取引先IDで指定してください"),
        "en": ("several accounts bear this name", "give the account's id"),
    },
}
"""Why a name leads to no account, and how to mend it, as validation words its reasons."""


def resolve(
    con: duckdb.DuckDBPyConnection,
    table: str,
    column: str,
    *,
    into: Mapping[str, str] | None = None,
    result: str = "_resolved",
) -> None:
    """Make the temporary table `result`: a row for each name that the column of a table holds.

    Its columns: `text` (the name, trimmed), `account_id` (of the one account whose name, kana or
    alias has the same match key, else NULL), `reason` (UNKNOWN or AMBIGUOUS, else NULL) and
    `candidates` (up to five ids where it is ambiguous). Join it on the trimmed text. With `into`
    (of a `Sameness`) accounts that are to become one count as that one. The names are keyed once
    each and joined in SQL, so that the table may have millions of rows.
    """
    con.execute(
        "CREATE OR REPLACE TEMP TABLE _becomes AS "
        "SELECT unnest(?::VARCHAR[]) AS old, unnest(?::VARCHAR[]) AS new",
        [list(into or {}), list((into or {}).values())],
    )
    with match_key_in_sql(con):
        con.execute(
            "CREATE OR REPLACE TEMP TABLE _bearers AS SELECT match_key(called) AS key, "
            "list(DISTINCT account ORDER BY account) AS accounts FROM ("
            "SELECT coalesce(new, account_id) AS account, "
            f"{trimmed(_CALLED)} AS called "
            "FROM canonical.accounts LEFT JOIN _becomes ON account_id = old) "
            "WHERE called IS NOT NULL GROUP BY 1"
        )
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {name(result)} AS SELECT text, "
            "CASE WHEN len(accounts) = 1 THEN accounts[1] END AS account_id, "
            f"CASE WHEN accounts IS NULL THEN '{UNKNOWN}' "
            f"WHEN len(accounts) > 1 THEN '{AMBIGUOUS}' END AS reason, "
            f"CASE WHEN len(accounts) > 1 THEN accounts[1:{MOST}] END AS candidates "
            f"FROM (SELECT text, match_key(text) AS key FROM (SELECT DISTINCT "
            f"{trimmed(name(column))} AS text FROM {name(table)}) WHERE text IS NOT NULL) "
            "LEFT JOIN _bearers USING (key)"
        )
    con.execute("DROP TABLE _bearers; DROP TABLE _becomes")
