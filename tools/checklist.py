"""Each item of a stage's checklist is done with evidence, or an open question.

Source: docs/metrics.md (checklist); the items and what proves them are in checklists.yaml.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from pydantic import Field

from crm.scope import ScopedTables
from tools.account_record import AccountRecord
from tools.arguments import AccountArguments, open_book
from tools.checklists import ChecklistItem, checklist_items
from tools.facts import FactBook, Text, ToolResult, Value
from tools.stage_evidence import STAGES
from tools.stages import NEEDED, Stage
from tools.tool import Tool

_ORG_CHART = 3
_LEVELS = 2


class ChecklistArguments(AccountArguments):
    """Whose checklist, and of which stage."""

    stage: Stage | None = Field(
        default=None, description="Default: the recorded stage, else the next one by evidence."
    )


@dataclass(frozen=True)
class Proof:
    """Whether an item is done (None: cannot be told), and the table and day that prove it."""

    done: bool | None
    source: str
    found_on: date | None = None


def activity_checklist(tables: ScopedTables, arguments: ChecklistArguments) -> ToolResult:
    """The items of one stage, each done with its evidence or open with the question to ask."""
    tables.require_account(arguments.account_id)
    book = open_book("activity_checklist", tables, arguments, "deepening")
    record = AccountRecord(tables, arguments.account_id, arguments.as_of)
    stage = arguments.stage or _present_stage(record)
    items = [item for item in checklist_items().values() if item.stage == stage]
    proofs = [PROOFS[item.kind](record, item) for item in items]
    done = sum(1 for proof in proofs if proof.done)
    book.add("checklist.stage", stage)
    book.add("checklist.done_count", done, rows=len(items))
    book.add("checklist.open_count", len(items) - done, rows=len(items))
    _warn(book, items, proofs)
    columns: dict[str, list[Value]] = {
        "checklist.item": [item.code for item in items],
        "checklist.done": ["done" if proof.done else "open" for proof in proofs],
        "checklist.evidence": [proof.source if proof.done else None for proof in proofs],
        "checklist.found_on": [proof.found_on if proof.done else None for proof in proofs],
        "checklist.question": [item.code for item in items],
    }
    table = book.table(
        columns,
        [f"item:{item.code}" for item in items],
        sort=Text(ja="チェックリストの順", en="in the order of the checklist"),
    )
    return book.result(table=table)


def _present_stage(record: AccountRecord) -> str:
    """The recorded stage, else the one after that which the evidence adds up to."""
    recorded: str | None = record.account["current_stage"]
    if recorded in STAGES:
        return str(recorded)
    return STAGES[min(record.evidence["derived"], len(STAGES) - 1)]


def _contact(record: AccountRecord, item: ChecklistItem) -> Proof:
    column = "buying_role" if item.kind == "contact_role" else "level"
    if not record.tables.has("contacts", column):
        return Proof(None, "contacts")
    return Proof(any(c[column] == item.value for c in record.contacts), "contacts")


def _activity_kind(record: AccountRecord, item: ChecklistItem) -> Proof:
    if "activities" not in record.tables:
        return Proof(None, "activities")
    last = record.last_of_kind.get(item.value)
    return Proof(last is not None, "activities", last)


def _subject_words(record: AccountRecord, item: ChecklistItem) -> Proof:
    subjects, facts = record.tables.has("activities", "subject"), "market_facts" in record.tables
    found = {
        "activities": record.last_subject[item.code] if subjects else None,
        "market_facts": record.last_fact[item.code] if facts else None,
    }
    days = sorted(((day, table) for table, day in found.items() if day), reverse=True)
    if days:
        return Proof(True, days[0][1], days[0][0])
    return Proof(False if subjects or facts else None, "activities")


def _evidence(record: AccountRecord, item: ChecklistItem) -> Proof:
    code, row = item.value, record.evidence
    return Proof(row[f"{code}_met"], row[f"{code}_source"], row[f"{code}_on"])


def _bought(record: AccountRecord, item: ChecklistItem) -> Proof:
    count: int | None = record.bought[item.kind]
    enough = None if count is None else count >= int(item.value)
    return Proof(enough, "order_lines", record.bought["last_bought"])


def _wallet(record: AccountRecord, _item: ChecklistItem) -> Proof:
    if "wallets" not in record.tables:
        return Proof(None, "wallets")
    return Proof(record.wallets > 0, "wallets")


def _deal(record: AccountRecord, item: ChecklistItem) -> Proof:
    needed = ("next_step",) if item.kind == "next_step" else ()
    if not ("opportunities" in record.tables and record.tables.has("opportunities", *needed)):
        return Proof(None, "opportunities")
    deals = record.open_deals
    return Proof(deals[item.kind] > 0, "opportunities", deals[f"{item.kind}_on"])


def _org_chart(record: AccountRecord, _item: ChecklistItem) -> Proof:
    if not (record.tables.has("contacts", "reports_to") or record.tables.has("contacts", "level")):
        return Proof(None, "contacts")
    reporting = sum(1 for c in record.contacts if c["reports_to"])
    levels = {c["level"] for c in record.contacts if c["level"]}
    return Proof(reporting >= _ORG_CHART or len(levels) >= _LEVELS, "contacts")


Rule = Callable[[AccountRecord, ChecklistItem], Proof]
PROOFS: dict[str, Rule] = {
    "contact_role": _contact,
    "contact_level": _contact,
    "activity_kind": _activity_kind,
    "subject_words": _subject_words,
    "evidence": _evidence,
    "categories": _bought,
    "departments": _bought,
    "wallet": _wallet,
    "deal_open": _deal,
    "next_step": _deal,
    "org_chart": _org_chart,
}
_NEEDED = {
    "contact_role": "contacts.buying_role",
    "contact_level": "contacts.level",
    "activity_kind": "activities",
    "subject_words": "activities.subject, market_facts",
    "categories": "order_lines.product_id, products.category",
    "departments": "order_lines.department",
    "wallet": "wallets",
    "deal_open": "opportunities",
    "next_step": "opportunities.next_step",
    "org_chart": "contacts.level, contacts.reports_to",
}


def _warn(book: FactBook, items: list[ChecklistItem], proofs: list[Proof]) -> None:
    for item, proof in zip(items, proofs, strict=True):
        if proof.done is None:
            needed = NEEDED[item.value] if item.kind == "evidence" else _NEEDED[item.kind]
            book.warn(
                f"「{item.ja}」は判定できません（{needed} を登録してください）。",
                f"“{item.en}” cannot be told: add {needed}.",
            )


ACTIVITY_CHECKLIST = Tool(
    "activity_checklist",
    ChecklistArguments,
    activity_checklist,
    Text(
        ja="深耕ステージごとの活動チェックリスト: 済んだ項目とその根拠、残る項目を埋める質問",
        en="Activity checklist of a deepening stage: what is done with its evidence, what is open "
        "with the question that closes it",
    ),
    needs=("accounts",),
)
