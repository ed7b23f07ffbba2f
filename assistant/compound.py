"""Compound tools join calculated facts with passages; they enter the catalog at bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from crm.scope import MissingDataError, ScopedTables
from tools.accounts import account_overview
from tools.arguments import AccountArguments, Arguments, open_book
from tools.attention import AttentionArguments, needs_attention
from tools.catalog import Catalog
from tools.changes import ChangesArguments, recent_changes
from tools.checklist import ChecklistArguments, activity_checklist
from tools.compare_grids import compare_grids
from tools.contacts import KeyContactsArguments, key_contacts
from tools.deal_health import DealHealthArguments, deal_health
from tools.facts import Text, ToolResult, Value
from tools.gaps import GapsArguments, knowledge_gaps
from tools.portfolio import PortfolioArguments
from tools.query import fetch
from tools.signals import signals
from tools.stages import StageArguments, deepening_stage
from tools.tool import Tool
from tools.waterfall import ProfitabilityArguments, customer_profitability
from tools.whitespace import WhiteSpaceArguments, white_space
from tools.words import word

if TYPE_CHECKING:
    from knowledge.library import Library


class SearchArguments(Arguments):
    """What to look for in the playbooks, past plans and notes."""

    question: str = Field(min_length=1, max_length=1000, description="The question, in ja or en.")
    limit: int = Field(default=4, ge=1, le=20, description="Passages at the most.")
    per_document: int = Field(default=2, ge=1, le=20, description="Passages of one document.")


class BriefingArguments(AccountArguments):
    """Whom to brief about."""

    from_turn: ClassVar[frozenset[str]] = frozenset({"as_of", "since"})

    since: date | None = Field(
        default=None, description="First day of 'since last time'; without it the last 90 days."
    )


class CompoundTools:
    """The tools that need the library beside the tables."""

    def __init__(self, library: Callable[[], Library]) -> None:
        self._library = library

    def extend(self, catalog: Catalog) -> Catalog:
        """The catalog with these tools behind its own."""
        return catalog.with_(
            Tool(
                "briefing",
                BriefingArguments,
                self.briefing,
                Text(
                    ja="商談前の1ページ: 取引先の概要、現在地、キーパーソン、最近の動き、"
                    "商談、収支、参考資料、次の一手と聞くこと",
                    en="One page before a meeting: who they are, where we stand, people, changes, "
                    "deals, money, what worked elsewhere, what to say and ask",
                ),
            ),
            Tool(
                "search_knowledge",
                SearchArguments,
                self.search_knowledge,
                Text(
                    ja="プレイブックと過去プランから、質問に合う箇所を出典つきで探す",
                    en="Find passages of playbooks and past plans that fit a question, "
                    "with their source",
                ),
            ),
        )

    def search_knowledge(self, tables: ScopedTables, arguments: SearchArguments) -> ToolResult:
        """Passages the asker may see, nearest in meaning first; none when nothing fits."""
        book = open_book("search_knowledge", tables, arguments)
        hits = self._library().search(
            arguments.question,
            arguments.limit,
            _visible_accounts(tables),
            per_document=arguments.per_document,
        )
        book.add("knowledge.passages", len(hits), rows=len(hits))
        if not hits:
            book.warn("質問に合う資料は見つかりませんでした。", "No document fits the question.")
        columns: dict[str, list[Value]] = {
            "passage.title": [h.passage.title for h in hits],
            "passage.heading": [h.passage.heading for h in hits],
            "passage.file": [h.passage.path for h in hits],
            "passage.kind": [h.passage.kind for h in hits],
            "passage.outcome": [h.passage.outcome for h in hits],
            "passage.text": [h.passage.text for h in hits],
            "passage.score": [round(h.score * 100) for h in hits],
        }
        table = book.table(
            columns,
            [f"passage:{h.passage.id}" for h in hits],
            sort=Text(ja="意味の近い順", en="nearest in meaning first"),
        )
        return book.result(table=table)

    def briefing(self, tables: ScopedTables, arguments: BriefingArguments) -> ToolResult:
        """Everything for one page about an account; what the data lack is said in the warnings."""
        day, account = arguments.as_of, arguments.account_id
        asked: list[tuple[Callable[[ScopedTables, Any], ToolResult], Arguments]] = [
            (account_overview, AccountArguments(as_of=day, account_id=account)),
            (deepening_stage, StageArguments(as_of=day, account_id=account)),
            (compare_grids, PortfolioArguments(as_of=day, account_id=account)),
            (key_contacts, KeyContactsArguments(as_of=day, account_id=account)),
            (
                recent_changes,
                ChangesArguments(as_of=day, account_id=account, since=arguments.since),
            ),
            (deal_health, DealHealthArguments(as_of=day, account_id=account, limit=4)),
            (customer_profitability, ProfitabilityArguments(as_of=day, account_id=account)),
            (white_space, WhiteSpaceArguments(as_of=day, account_id=account, limit=3)),
            (needs_attention, AttentionArguments(as_of=day, account_id=account)),
            (knowledge_gaps, GapsArguments(as_of=day, account_id=account)),
            (activity_checklist, ChecklistArguments(as_of=day, account_id=account)),
        ]
        parts = [p for tool, given in asked if (p := _try(tool, tables, given)) is not None]
        result = ToolResult(tool="briefing", parts=tuple(parts))
        search = SearchArguments(
            as_of=arguments.as_of, question=_question(result), limit=6, per_document=1
        )
        parts.append(self.search_knowledge(tables, search))
        book = open_book("briefing", tables, arguments)
        for part in parts:
            for warning in part.warnings:
                book.warn(warning.ja, warning.en)
        return book.result().model_copy(update={"parts": tuple(parts)})


def _try(
    tool: Callable[[ScopedTables, Any], ToolResult], tables: ScopedTables, arguments: Arguments
) -> ToolResult | None:
    """The tool's result, or None where the workspace lacks the tables it needs."""
    try:
        return tool(tables, arguments)
    except MissingDataError:
        return None


def _question(briefing: ToolResult) -> str:
    """What to look up for an account: its industry and what is wrong, in the playbook's words."""
    overview, attention = briefing.part("account_overview"), briefing.part("needs_attention")
    industry = overview.fact("account.industry") if overview else None
    words = [str(industry.value)] if industry and industry.value else []
    if attention and attention.table and attention.table.rows:
        codes = str(attention.table.cell(0, "attention.signals").value).split(";")
        words += [f"{signals()[c].ja} {word(c, 'step', 'ja')}" for c in codes[:2]]
    return " ".join(words) or "深耕 提案 ヒアリング"


def _visible_accounts(tables: ScopedTables) -> list[str] | None:
    """The ids of the accounts the asker may see; None means every one."""
    if tables.scope.sees_all:
        return None
    rows = fetch(tables["accounts"].select("account_id").order_by("account_id"))
    return [row["account_id"] for row in rows]
