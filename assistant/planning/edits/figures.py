"""An amount of money is in the plan's currency; one in another currency is asked about."""

from __future__ import annotations

import re
from decimal import Decimal

from assistant.builtin.amounts import Amount, find_amounts
from assistant.planning.edits.part import Part
from assistant.planning.edits.view import Ask, View, question

_CURRENCIES = {"JPY": r"円|yen|jpy|¥", "USD": r"ドル|dollars?|usd|\$", "EUR": r"ユーロ|euros?|eur|€",  # noqa: E501
               "GBP": r"£"}  # fmt: skip
_LEAST = 10_000
"""A bare number from here on is money, where an amount is asked for or an action is valued."""


def amounts(view: View) -> list[Amount]:
    """The numbers of a part that belong to no date; their places are those of its folded text."""
    text = view.part.plain
    for day in view.days:
        text = text[: day.start] + "\u3000" * (day.end - day.start) + text[day.end :]
    return find_amounts(text)


def money(view: View, *, is_asked: bool = False) -> Amount | Ask | None:
    """The last amount of money of a part; with `is_asked` any number is one."""
    found = [
        a for a in amounts(view) if a.unit == "money" or (a.unit is None and a.value >= _LEAST)
    ]
    if not found and is_asked:
        found = [a for a in amounts(view) if a.unit is None]
    if not found:
        return None
    amount = found[-1]
    currency = view.plan.head.currency
    said = next((c for c, p in _CURRENCIES.items() if re.fullmatch(p, amount.word)), currency)
    if said != currency:
        return Ask(question("currency", currency=currency))
    return amount


def exact(value: Decimal) -> Decimal:
    """The number in the digits that a plan can hold."""
    return value.quantize(Decimal("0.000001")) if value.as_tuple().exponent < -6 else value  # type: ignore[operator]


def without_amount(view: View, amount: Amount) -> Part:
    return view.part.without((amount.start, amount.end))
