"""The list of duplicates that a person answers: one row an account, with what is known of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from crm.companies.duplicates import Group
from crm.companies.evidence import Candidate
from crm.csv_files import write_csv
from crm.settings import Language

FILE = "duplicates.csv"
COLUMNS = (
    "group", "account_id", "same_as", "name", "corporate_number", "country", "region", "city",
    "industry", "owner_id", "deals", "orders", "contacts", "last_activity", "shared_domains",
    "similar_names", "evidence",
)  # fmt: skip
_SHOWN = 300
"""Characters of a text that are shown; no name of a company is longer."""
_LABEL = 60
WORDS: dict[str, dict[Language, str]] = {
    "other_number": {
        "ja": "法人番号が違うため別会社です（{ids}）",
        "en": "another corporate number, so another company ({ids})",
    },
    "invalid_number": {
        "ja": "法人番号が正しくありません",
        "en": "the corporate number is not a valid one",
    },
    "told_apart": {
        "ja": "別会社と回答済みです（{ids}）",
        "en": "told apart before ({ids})",
    },
}


def write_duplicates(path: Path, groups: Iterable[Group], language: Language) -> Path:
    """Write the groups as CSV (UTF-8 with a signature), `same_as` blank; whole or not at all.

    Evidence is worded in `language`; the heads of the columns are the same in both.
    """
    rows = (tuple(_row(group, one, language)) for group in groups for one in group.accounts)
    write_csv(path, COLUMNS, rows)
    return path


def _row(group: Group, one: Candidate, language: Language) -> Iterator[object]:
    texts = (one.name, one.corporate_number, one.country, one.region, one.city, one.industry)
    yield _label(group.key)
    yield one.account_id
    yield ""
    yield from (_shown(text) for text in (*texts, one.owner_id))
    yield from (one.deals, one.orders, one.contacts, one.last_activity)
    yield _listed(one.shared_domains)
    yield _listed(one.similar)
    yield " / ".join(_evidence(group, one, language))


def _evidence(group: Group, one: Candidate, language: Language) -> Iterator[str]:
    against = group.of_other_numbers(one)
    if against:
        yield WORDS["other_number"][language].format(ids=_listed(against))
    if one.corporate_number and not one.valid_number:
        yield WORDS["invalid_number"][language]
    if one.told_apart:
        yield WORDS["told_apart"][language].format(ids=_listed(one.told_apart))


def _listed(texts: Iterable[str]) -> str:
    return "; ".join(texts)


def _shown(text: str | None) -> str | None:
    return text if text is None or len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _label(key: str) -> str:
    """A key as the name of its group; no two long ones are cut to the same."""
    if len(key) <= _LABEL:
        return key
    return f"{key[:_LABEL]}… {hashlib.sha256(key.encode()).hexdigest()[:8]}"
