"""The score of an open deal or a prospect: refused, with the reason, where there is no telling.

Source: docs/metrics.md (traits).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from heapq import nsmallest
from typing import Any

import ibis
from ibis import _
from numpy.typing import NDArray

from crm.scope import ScopedTables
from tools.arguments import Arguments, open_book
from tools.deals import WON
from tools.exact import round_to
from tools.facts import FactBook, Text, ToolResult, Value
from tools.format import how_many
from tools.portfolio import with_owner
from tools.query import Row, attach, fetch
from tools.trait_cases import Cases
from tools.trait_model import Judged, Trained, judge, train
from tools.trait_names import Labels, labels
from tools.words import word

UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False)
class Asked:
    """The places of the cases to score: open deals, or prospects among the accounts."""

    cases: Cases
    places: NDArray[Any]
    of_deals: bool
    limit: int


def score(
    tables: ScopedTables,
    arguments: Arguments,
    book: FactBook,
    every: Cases,
    closed: NDArray[Any],
) -> Trained | None:
    """The model of all closed deals, with how well it tells in the book; None when refused."""
    won = every.state[closed] == WON
    refusal = _refusal(tables, every, won)
    if refusal is not None:
        book.warn(refusal.ja, refusal.en)
        book.add("traits.auc", None, rows=len(closed), note=refusal)
        book.add("traits.auc_n", 0, rows=len(closed), note=refusal)
        return None
    limits = tables.settings.traits
    judged = judge(every, closed, won, float(limits.c), limits.train_share)
    note = _note(arguments, every, closed, judged)
    auc = None if judged.auc is None else round_to(Decimal(str(judged.auc)), 6)
    book.add("traits.auc", auc, rows=judged.tested, note=note)
    book.add("traits.auc_n", judged.tested, rows=judged.tested, note=note)
    if auc is None:
        book.warn(
            "古い商談か新しい商談のどちらかに、受注または失注しかないため、スコアの精度は測れません。",
            "How well the score tells cannot be measured: the older or the later deals are all "
            "won or all lost.",
        )
    return train(every, closed, won, float(limits.c))


def _refusal(tables: ScopedTables, every: Cases, won: NDArray[Any]) -> Text | None:
    needed = tables.settings.traits.minimum_cases
    if "opportunities" not in tables:
        return Text(
            ja="商談（opportunities）がないため、スコアは出せません。取り込みの対応表に追加してください。",
            en="There is no score without deals: this workspace has no `opportunities`. "
            "Add that table to the mapping and import.",
        )
    if len(won) < needed:
        return Text(
            ja=f"完了した商談が{len(won)}件と{needed}件に満たないため、スコアは出せません。",
            en=f"There is no score: it needs {how_many(needed, 'closed deal')}, "
            f"and has {len(won)}.",
        )
    if won.all() or not won.any():
        return Text(
            ja="完了した商談が受注または失注だけのため、スコアは出せません。",
            en="There is no score: the closed deals are all won or all lost.",
        )
    if not every.codes:
        return Text(
            ja="比べられる属性がないため、スコアは出せません。",
            en="There is no score: no attribute is recorded.",
        )
    return None


def _note(arguments: Arguments, every: Cases, closed: NDArray[Any], judged: Judged) -> Text:
    """What the model was trained on: deals, whatever is scored by it."""
    ja = "、".join(word(a, "trait", "ja") for a in every.codes)
    en = ", ".join(word(a, "trait", "en") for a in every.codes)
    return Text(
        ja=f"スコアは、{arguments.as_of}までに完了した商談{len(closed)}件の受注・失注で学習"
        f"（属性: {ja}）。見込み客のスコアも商談から学んだもので、顧客かどうかは学習していません。"
        f"精度は、完了日の古い{judged.trained}件だけで学習し、残り{judged.tested}件で測定。",
        en=f"The scores are by a model of the {how_many(len(closed), 'deal')} closed by "
        f"{arguments.as_of}, won against lost, on: {en}; those of prospects too, "
        "not by who is a customer. "
        f"The AUC is that of a model of the oldest {judged.trained} of them, over the other "
        f"{judged.tested}.",
    )


def prospects(
    tables: ScopedTables, arguments: Arguments, model: Trained, asked: Asked, note: Text | None
) -> ToolResult:
    """The cases asked for with their scores and reasons, the most likely first."""
    book = open_book("prospects", tables, arguments, "traits")
    book.add("traits.prospects", len(asked.places), rows=len(asked.places), note=note)
    ids, chances = asked.cases.ids, model.chances(asked.cases)
    shown = nsmallest(asked.limit, map(int, asked.places), key=lambda i: (-chances[i], ids[i]))
    describe = _deals if asked.of_deals else _accounts
    kind = "deal" if asked.of_deals else "account"
    names = labels(tables)
    columns = describe(tables, [ids[i] for i in shown]) | {
        "traits.score": [_points(float(chances[i])) for i in shown],
        "traits.reasons": [_reasons(model, asked.cases, i, names) for i in shown],
    }
    table = book.table(
        columns,
        [f"{kind}:{ids[i]}" for i in shown],
        sort=Text(ja="スコアの高い順", en="highest score first"),
        total_rows=len(asked.places),
    )
    return book.result(table=table)


def _deals(tables: ScopedTables, ids: Sequence[str]) -> dict[str, list[Value]]:
    deals = tables["opportunities"].filter(_.opportunity_id.isin(ids))
    deals = attach(deals, tables["accounts"], "account_id", "account_id", account="name")
    found = _by_id(deals.select("opportunity_id", "name", "account", "owner_id", "amount"))
    names = labels(tables)
    return {
        "deal.name": [found[i]["name"] or i for i in ids],
        "deal.account": [found[i]["account"] for i in ids],
        "deal.owner": [names.of("owner", found[i]["owner_id"]) for i in ids],
        "deal.amount": [found[i]["amount"] for i in ids],
    }


def _accounts(tables: ScopedTables, ids: Sequence[str]) -> dict[str, list[Value]]:
    accounts = with_owner(tables, tables["accounts"].filter(_.account_id.isin(ids)))
    found = _by_id(accounts.select("account_id", "name", "owner"))
    return {
        "account.name": [found[i]["name"] for i in ids],
        "account.owner": [found[i]["owner"] for i in ids],
    }


def _by_id(rows: ibis.Table) -> dict[str, Row]:
    """The rows by the id in their first column."""
    return {row[rows.columns[0]]: row for row in fetch(rows)}


def _points(chance: float) -> int:
    """The chance in per cent, from 1 to 99."""
    whole = (Decimal(str(chance)) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return min(99, max(1, int(whole)))


def _reasons(model: Trained, cases: Cases, case: int, names: Labels) -> str:
    """The attribute values that speak most for a case, as `industry=...; region=...`."""
    return "; ".join(
        f"{a}={names.of(a, cases.value(a, case)) or UNKNOWN}" for a in model.reasons(cases, case)
    )
