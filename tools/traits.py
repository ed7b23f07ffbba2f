"""Winning traits: a rate comes with its n and interval, a score with the traits behind it.

Source: docs/metrics.md (traits).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from crm.errors import InputError
from crm.scope import ScopedTables
from tools.arguments import GroupArguments, RowArguments, open_book
from tools.deal_sums import FEW_CASES, win_rate_interval
from tools.deals import LOST, OPEN, WON
from tools.exact import decimal, ratio, round_to
from tools.facts import Chart, FactBook, Table, Text, ToolResult, Value
from tools.format import how_many
from tools.portfolio import warn_without_statuses
from tools.tool import Tool
from tools.trait_cases import (
    ATTRIBUTES,
    OF_ACCOUNT,
    Attribute,
    Cases,
    account_rows,
    cases,
    deal_rows,
)
from tools.trait_names import Labels, labels, recorded
from tools.trait_score import Asked, prospects, score

CUSTOMER, PROSPECT = "customer", "prospect"
_STATES = (CUSTOMER, PROSPECT, "former", "other")


class TraitsArguments(GroupArguments, RowArguments):
    """What is to be won, and which attributes to compare."""

    outcome: Literal["deal", "customer"] = Field(
        default="deal",
        description="deal: which closed deals were won, and scores of the open deals; "
        "customer: which accounts are customers, and scores of the prospects.",
    )
    attributes: str | None = Field(
        default=None,
        description="Attributes, separated by commas: industry, size_band, region, channel, and "
        "of deals owner and category (default: settings traits.attributes).",
    )
    limit: int = Field(default=20, ge=1, le=500, description="Rows of each list at the most.")


@dataclass(frozen=True)
class Trait:
    """The cases of one value of an attribute, and how many of them were won."""

    attribute: Attribute
    value: str | None
    n: int
    won: int


def winning_traits(tables: ScopedTables, arguments: TraitsArguments) -> ToolResult:
    """Win rate (or share of customers) by attribute value; in the part `prospects` the scores.

    Lift is the rate over the base rate; intervals are Wilson's of 95 %. A score of 1-99 is the
    chance, by a regularised logistic regression on all closed deals, that an open deal is won; of
    a prospect, by the account's attributes alone. The AUC is that of the same model trained on the
    oldest deals and asked about the later ones. Raises InputError for an attribute there is not,
    MissingDataError without opportunities (outcome deal). Source: docs/metrics.md (traits).
    """
    book = open_book("winning_traits", tables, arguments, "traits")
    attributes = recorded(book, tables, _asked(tables, arguments))
    of_deals = arguments.outcome == "deal"
    sources = []
    if of_deals or "opportunities" in tables:
        sources.append(deal_rows(tables, arguments.as_of))
    if not of_deals:
        sources.append(account_rows(tables, arguments.as_of))
        warn_without_statuses(book, tables)
    every = cases(sources, attributes)
    closed = _places(every, (WON, LOST))
    told = closed if of_deals else _places(every, _STATES)
    won = every.state[told] == (WON if of_deals else CUSTOMER)
    found = _traits(every, told, won)
    _record(book, len(told), int(won.sum()), found)
    base = Fraction(int(won.sum()), max(len(told), 1))
    table = _table(book, arguments, found, labels(tables), base)
    model = score(tables, arguments, book, every, closed)
    chart = Chart(kind="bar", x="traits.value", y="traits.lift", label="traits.attribute")
    result = book.result(table=table, chart=chart)
    if model is None:
        return result
    asked = _places(every, (OPEN if of_deals else PROSPECT,))
    part = prospects(
        tables, arguments, model, Asked(every, asked, of_deals, arguments.limit),
        book.facts[-1].basis.note,
    )  # fmt: skip
    return result.model_copy(update={"parts": (part,)})


def _asked(tables: ScopedTables, arguments: TraitsArguments) -> list[Attribute]:
    """The attributes asked for, else those of the settings; each once, in their order.

    Of accounts those that only deals have are left out. Raises InputError for an unknown one.
    """
    given = arguments.attributes
    texts = given.split(",") if given is not None else tables.settings.traits.attributes
    names = list(dict.fromkeys(text.strip() for text in texts))
    known: dict[str, Attribute] = {a: a for a in ATTRIBUTES}
    for name in names:
        if name not in known:
            where = "`attributes`" if given is not None else "settings.toml, traits.attributes"
            raise InputError(
                f"{where}: there is no attribute `{name}`.", f"Choose from: {', '.join(known)}."
            )
    allowed = known.values() if arguments.outcome == "deal" else OF_ACCOUNT
    chosen = [known[name] for name in names if known[name] in allowed]
    if not chosen:
        raise InputError(
            "`attributes`: none of them is an attribute of accounts.",
            f"Choose from: {', '.join(OF_ACCOUNT)}.",
        )
    return chosen


def _places(every: Cases, states: Sequence[str]) -> NDArray[Any]:
    return np.flatnonzero(np.isin(every.state.astype(str), states))


def _traits(every: Cases, told: NDArray[Any], won: NDArray[Any]) -> list[Trait]:
    """The traits of the cases told of: highest rate first, those with few cases last."""
    found = []
    for attribute, values in every.values.items():
        codes = every.codes[attribute][told]
        n = np.bincount(codes, minlength=len(values))
        hits = np.bincount(codes[won], minlength=len(values))
        found += [
            Trait(attribute, value, int(n[i]), int(hits[i]))
            for i, value in enumerate(values)
            if n[i]
        ]
    order = {attribute: place for place, attribute in enumerate(every.values)}

    def best_first(trait: Trait) -> tuple[Any, ...]:
        rate = Fraction(trait.won, trait.n)
        few = trait.n < FEW_CASES
        return (few, -rate, order[trait.attribute], trait.value is None, trait.value or "")

    return sorted(found, key=best_first)


def _record(book: FactBook, n: int, won: int, found: Sequence[Trait]) -> None:
    book.add("traits.base_rate", ratio(won, n), rows=n)
    book.add("traits.n", n, rows=n)
    if few := sum(1 for trait in found if trait.n < FEW_CASES):
        book.warn(
            f"件数が{FEW_CASES}件未満の属性値が{few}個あり、その率は参考値です（一覧の末尾）。",
            f"Few cases: {how_many(few, 'attribute value has', 'attribute values have')} "
            f"fewer than {FEW_CASES}; listed last.",
        )


def _table(
    book: FactBook,
    arguments: TraitsArguments,
    found: Sequence[Trait],
    names: Labels,
    base: Fraction,
) -> Table:
    shown = found[: arguments.limit]
    intervals = [win_rate_interval(t.won, t.n) or (None, None) for t in shown]
    columns: dict[str, list[Value]] = {
        "traits.attribute": [t.attribute for t in shown],
        "traits.value": [names.of(t.attribute, t.value) for t in shown],
        "traits.rate": [ratio(t.won, t.n) for t in shown],
        "traits.lift": [_lift(t, base) for t in shown],
        "traits.n": [t.n for t in shown],
        "traits.low": [low for low, _high in intervals],
        "traits.high": [high for _low, high in intervals],
    }
    return book.table(
        columns,
        [f"trait:{t.attribute}={t.value or ''}" for t in shown],
        sort=Text(
            ja="基準比の高い順（件数の少ないものは後ろ）",
            en="highest lift first, those with few cases last",
        ),
        total_rows=len(found),
    )


def _lift(trait: Trait, base: Fraction) -> Decimal | None:
    """The rate over the base rate; unknown when nothing at all was won."""
    return round_to(decimal(Fraction(trait.won, trait.n) / base), 6) if base else None


WINNING_TRAITS = Tool(
    "winning_traits",
    TraitsArguments,
    winning_traits,
    Text(
        ja="受注しやすい属性: 業種・規模・地域・チャネル・担当・カテゴリー別の受注率と基準比、"
        "進行中の商談や見込み客のスコア（1〜99）とその理由",
        en="Winning traits: win rate and lift by industry, size, region, channel, owner and "
        "category, and open deals or prospects scored 1-99 with the traits behind it",
    ),
    needs=("accounts",),
)
