"""An answer to a question back is a number, an ordinal or a name; nothing else is one."""

from __future__ import annotations

import pytest

from assistant.builtin.dialogue import Pending, placed
from assistant.builtin.moves import Call
from tools.accounts import NamedAccount

CHOICES = (("A017", "共栄システム株式会社"), ("A026", "共栄システムズ株式会社"))
PENDING = Pending(Call("account_overview"), CHOICES)
ACCOUNTS = [
    NamedAccount("A017", CHOICES[0][1], "物流", "浜松市", (("exact", "共栄システム"),)),
    NamedAccount("A026", CHOICES[1][1], "商社", "名古屋市", (("exact", "共栄システムズ"),)),
]


@pytest.mark.parametrize(
    ("answer", "account"),
    [
        ("1", "A017"),
        ("２番です", "A026"),
        ("2番目でお願いします", "A026"),
        ("一つ目", "A017"),
        ("the second one", "A026"),
        ("First please", "A017"),
        ("前者で", "A017"),
        ("共栄システムズ", "A026"),
        ("共栄システムのほう", "A017"),
        ("ズがつかないほう", "A017"),
        ("ズがつくほう", "A026"),
        ("商社のほう", "A026"),
        ("浜松の会社です", "A017"),
        ("3", None),
        ("0", None),
        ("どちらでもない", None),
        ("停滞している商談は？", None),
    ],
)
def test_a_choice_is_understood_or_is_none(answer: str, account: str | None) -> None:
    assert PENDING.chosen(answer, ACCOUNTS) == account


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("2番目の会社の概要", "A2"),
        ("上から3社目を詳しく", "A3"),
        ("brief me on the third", "A3"),
        ("the first one, please", "A1"),
        ("5番目は？", None),
        ("for the first half only", None),
        ("the second quarter", None),
        ("2026年の受注率", None),
    ],
)
def test_a_place_in_the_last_list_means_an_account(text: str, account: str | None) -> None:
    found = placed(text, ["A1", "A2", "A3"])
    assert (found[0] if found else None) == account
