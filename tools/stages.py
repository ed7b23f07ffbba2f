"""A deepening stage is derived from evidence; a promotion without it is refused.

Source: docs/metrics.md (stage); thresholds in the [deepening] settings. The roles of both sides
are shown as recorded, never derived.
"""

from __future__ import annotations

from typing import Literal

import ibis
from ibis import _
from pydantic import Field

from crm.errors import InputError
from crm.scope import ScopedTables
from tools.arguments import open_book
from tools.facts import FactBook, Table, Text, ToolResult, Value
from tools.listing import descending, first_rows, subjects
from tools.portfolio import (
    PortfolioArguments,
    customers,
    listed_accounts,
    warn_without_statuses,
)
from tools.query import Row, attach, fetch_one
from tools.stage_evidence import EVIDENCE, STAGES, Evidence, stage_evidence
from tools.tool import Tool
from tools.words import word

Stage = Literal["Enter", "Extend", "Enhance", "Engage"]
_RECORDED = ("current_stage", "target_stage", "customer_role", "our_role")
NEEDED = {
    "bought": "order_lines",
    "breadth": "order_lines.product_id, products.category, order_lines.department",
    "solution_deal": "settings.toml [deepening] solution_categories, opportunities.category",
    "midterm_plan": "market_facts, activities.subject",
    "executive_meetings": "activities.contact_id, activities.person_id, contacts.level, "
    "people.role",
    "joint": "activities.subject, opportunities.name",
}
"""What the workspace lacks when a piece of evidence cannot be told."""


_NOT_EVEN_ENTER = Text(
    ja="どのステージの根拠もそろっていない", en="the evidence of no stage is complete"
)
_HIGHEST = Text(ja="最上位のステージに達している", en="the highest stage is reached")


class StageArguments(PortfolioArguments):
    """Whose stage to derive, and to which it is to be raised."""

    promote_to: Stage | None = Field(
        default=None, description="Whether this account may be raised to this stage."
    )


def deepening_stage(tables: ScopedTables, arguments: StageArguments) -> ToolResult:
    """The stage that the evidence adds up to beside the recorded one, with what is missing.

    Of one account each piece of evidence; else a row for each customer.
    """
    book = open_book("deepening_stage", tables, arguments, "deepening")
    if arguments.account_id:
        tables.require_account(arguments.account_id)
        return _one(tables, book, arguments, arguments.account_id)
    if arguments.promote_to:
        raise InputError(
            "`promote_to` speaks of one account, and none is given.", "Give `account_id` as well."
        )
    return _portfolio(tables, book, arguments)


def _one(
    tables: ScopedTables, book: FactBook, arguments: StageArguments, account_id: str
) -> ToolResult:
    accounts = tables["accounts"].select("account_id", *_RECORDED)
    found = stage_evidence(tables, arguments.as_of).filter(_.account_id == account_id)
    row = fetch_one(accounts.join(found, "account_id"))
    reached: int = row["derived"]
    book.add("stage.derived", _name(reached), note=None if reached else _NOT_EVEN_ENTER)
    book.add("stage.recorded", row["current_stage"], rows=1)
    book.add("stage.target", row["target_stage"], rows=1)
    highest = reached == len(STAGES)
    book.add("stage.next", None if highest else STAGES[reached], note=_HIGHEST if highest else None)
    book.add("stage.customer_role", row["customer_role"], rows=1)
    book.add("stage.our_role", row["our_role"], rows=1)
    wanted = reached + 1
    if arguments.promote_to:
        wanted = STAGES.index(arguments.promote_to) + 1
        book.add("stage.promotion", promotion(reached, _level(row["current_stage"]), wanted))
    for evidence in missing(row, wanted):
        book.add("stage.missing", evidence.code, subject=f"evidence:{evidence.code}")
    _warn(book, row)
    return book.result(table=_evidence_table(book, row), next_steps=_steps(row, wanted))


def promotion(derived: int, recorded: int, wanted: int) -> str:
    """Whether an account may be raised to a stage (1 to 4): refused, already, or allowed."""
    if derived < wanted:
        return "refused"
    return "already" if recorded >= wanted else "allowed"


def missing(row: Row, stages: int) -> list[Evidence]:
    """The evidence of the first so many stages that is not there, or cannot be told."""
    needed = STAGES[:stages]
    return [e for e in EVIDENCE if e.stage in needed and not row[f"{e.code}_met"]]


def _name(reached: int) -> str | None:
    return STAGES[reached - 1] if reached else None


def _level(stage: str | None) -> int:
    return STAGES.index(stage) + 1 if stage in STAGES else 0


def _evidence_table(book: FactBook, row: Row) -> Table:
    columns: dict[str, list[Value]] = {
        "stage.stage": [e.stage for e in EVIDENCE],
        "stage.evidence": [e.code for e in EVIDENCE],
        "stage.met": [told(row[f"{e.code}_met"]) for e in EVIDENCE],
        "stage.figure": [row[f"{e.code}_figure"] for e in EVIDENCE],
        "stage.found_on": [row[f"{e.code}_on"] for e in EVIDENCE],
        "stage.source": [row[f"{e.code}_source"] for e in EVIDENCE],
    }
    return book.table(
        columns,
        [f"evidence:{e.code}" for e in EVIDENCE],
        sort=Text(ja="ステージの順", en="in the order of the stages"),
    )


def told(met: bool | None) -> str:
    """The code of yes_no for what may not be known."""
    return "unknown" if met is None else "yes" if met else "no"


def _steps(row: Row, wanted: int) -> list[Text]:
    return [
        Text(ja=word(e.code, "evidence_step", "ja"), en=word(e.code, "evidence_step", "en"))
        for e in missing(row, wanted)
    ]


def _warn(book: FactBook, row: Row) -> None:
    for evidence in EVIDENCE:
        if row[f"{evidence.code}_met"] is None:
            warn_untold(book, evidence.code)
    if not row["derived"]:
        book.warn(
            "購入の記録が期間内になく、どのステージの根拠もそろっていません。",
            "Nothing was bought in the window: the evidence of no stage is complete.",
        )
    elif (recorded := _level(row["current_stage"])) > row["derived"]:
        book.warn(
            f"記録上のステージ（{STAGES[recorded - 1]}）は、根拠のそろったステージ"
            f"（{_name(row['derived'])}）より上です。",
            f"The recorded stage ({STAGES[recorded - 1]}) is above the one with evidence "
            f"({_name(row['derived'])}).",
        )


def warn_untold(book: FactBook, code: str) -> None:
    """Say that a piece of evidence cannot be told, and what would tell it."""
    book.warn(
        f"根拠「{word(code, 'evidence', 'ja')}」は判定できません"
        f"（{NEEDED[code]} を登録してください）。",
        f"The evidence “{word(code, 'evidence', 'en')}” cannot be told: add {NEEDED[code]}.",
    )


def _portfolio(tables: ScopedTables, book: FactBook, arguments: StageArguments) -> ToolResult:
    rows = _customer_rows(tables, arguments)
    counts = fetch_one(
        rows.agg(
            total=_.count(),
            over=(_.over == 1).sum(),
            **{f"at_{n}": (_.derived == n).sum() for n in range(len(STAGES) + 1)},
            **{f"untold_{e.code}": (_[f"{e.code}_met"].isnull()).sum() for e in EVIDENCE},
        )
    )
    for n, stage in enumerate(("none", *STAGES)):
        book.add(
            "stage.count", counts[f"at_{n}"] or 0, subject=f"stage:{stage}", rows=counts["total"]
        )
    book.add("stage.overstated", counts["over"] or 0, rows=counts["total"])
    warn_without_statuses(book, tables)
    for evidence in EVIDENCE:
        if counts[f"untold_{evidence.code}"]:
            warn_untold(book, evidence.code)
    order = [descending("over"), descending("derived")]
    listed, total = first_rows(rows, order, arguments.limit)
    table = book.table(
        {
            "account.name": [r["name"] for r in listed],
            "stage.derived": [_name(r["derived"]) for r in listed],
            "stage.recorded": [r["current_stage"] for r in listed],
            "stage.target": [r["target_stage"] for r in listed],
            "stage.missing_count": [r["missing_count"] for r in listed],
        },
        subjects(listed),
        sort=Text(
            ja="記録が根拠を上回る取引先、根拠のあるステージの高い順",
            en="recorded above the evidence first, then highest stage",
        ),
        total_rows=total,
    )
    return book.result(table=table)


def _customer_rows(tables: ScopedTables, arguments: StageArguments) -> ibis.Table:
    """The customers asked for with their evidence, and `over` (1: recorded above it)."""
    listed = listed_accounts(tables, arguments).select("account_id", "name")
    listed = listed.semi_join(customers(tables, arguments.as_of), "account_id")
    recorded = {c: c for c in _RECORDED[:2]}
    rows = attach(listed, tables["accounts"], "account_id", "account_id", **recorded)
    rows = rows.join(stage_evidence(tables, arguments.as_of), "account_id")
    level = ibis.cases(*((rows.current_stage == s, n + 1) for n, s in enumerate(STAGES)), else_=0)
    return rows.mutate(over=(level > rows.derived).ifelse(1, 0))


DEEPENING_STAGE = Tool(
    "deepening_stage",
    StageArguments,
    deepening_stage,
    Text(
        ja="深耕ステージ: 根拠から導いたステージと記録上のステージ、足りない根拠、昇格の可否",
        en="Deepening stage by evidence beside the recorded one, what is missing for the next, "
        "and whether a promotion is allowed",
    ),
    needs=("accounts",),
)
