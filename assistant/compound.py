"""Compound tools join calculated facts with passages; they enter the catalog at bootstrap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from ibis import _
from pydantic import Field

from crm.personal import masked
from crm.scope import MissingDataError, ScopedTables
from knowledge.documents import Kind
from knowledge.registry import Passage, Viewer
from knowledge.retrieval import Filters, Likeness
from tools.accounts import account_overview
from tools.arguments import AccountArguments, Arguments, open_book
from tools.attention import AttentionArguments, needs_attention
from tools.catalog import Catalog
from tools.changes import ChangesArguments, recent_changes
from tools.checklist import ChecklistArguments, activity_checklist
from tools.compare_grids import compare_grids
from tools.contacts import KeyContactsArguments, key_contacts
from tools.deal_health import DealHealthArguments, deal_health
from tools.facts import FactBook, Table, Text, ToolResult, Value
from tools.gaps import GapsArguments, knowledge_gaps
from tools.portfolio import PortfolioArguments
from tools.query import fetch, fetch_one
from tools.signals import signals
from tools.stages import StageArguments, deepening_stage
from tools.tool import Tool
from tools.waterfall import ProfitabilityArguments, customer_profitability
from tools.whitespace import WhiteSpaceArguments, white_space
from tools.words import word

if TYPE_CHECKING:
    from knowledge.library import Library


_PLACES = {-1: "before", 0: "cited", 1: "after"}


class SearchArguments(Arguments):
    """What to look for in the playbooks, past plans and notes."""

    question: str = Field(min_length=1, max_length=1000, description="The question, in ja or en.")
    kind: Kind | None = Field(default=None, description="Only documents of this kind.")
    account_id: str | None = Field(default=None, description="Only documents about this account.")
    industry: str | None = Field(default=None, description="Only documents of this industry.")
    stage: str | None = Field(default=None, description="Only documents of this deepening stage.")
    since: date | None = Field(default=None, description="Only documents of this day or later.")
    until: date | None = Field(default=None, description="Only documents of this day or earlier.")
    like_account: str | None = Field(
        default=None,
        description="Documents about accounts like this one (industry, stage, size) come earlier.",
    )
    limit: int | None = Field(
        default=None,
        ge=1,
        le=20,
        description="Passages at the most (default: settings knowledge.results).",
    )
    per_document: int = Field(default=2, ge=1, le=20, description="Passages of one document.")


class PassageArguments(Arguments):
    """Which passage to open."""

    passage_id: str = Field(
        min_length=8, max_length=24, description="Id of the passage, as search_knowledge gives it."
    )


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
                    "商談、採算、参考資料、先方に確認したいこと",
                    en="One page before a meeting: who they are, where we stand, people, changes, "
                    "deals, money, what worked elsewhere, what to say and ask",
                ),
                needs=("accounts",),
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
                needs=(),
            ),
            Tool(
                "open_passage",
                PassageArguments,
                self.open_passage,
                Text(
                    ja="引用された箇所を、資料名・見出しと前後の本文とともに開く",
                    en="Open a cited passage: its document, heading, and the text around it",
                ),
                needs=(),
            ),
        )

    def search_knowledge(self, tables: ScopedTables, arguments: SearchArguments) -> ToolResult:
        """Passages the asker may see, nearest in meaning first; none when nothing fits."""
        book = open_book("search_knowledge", tables, arguments)
        hits = self._library().retrieval.search(
            arguments.question,
            viewer_of(tables),
            count=arguments.limit or tables.settings.knowledge.results,
            per_document=arguments.per_document,
            filters=_filters(tables, arguments),
            like=_likeness(tables, arguments),
        )
        book.add("knowledge.passages", len(hits), rows=len(hits))
        if not hits:
            book.warn("質問に合う資料は見つかりませんでした。", "No document fits the question.")
        about: dict[str, list[Value]] = {
            "passage.reason": [";".join(h.reasons) or None for h in hits],
            "passage.score": [round(h.score * 100) for h in hits],
        }
        table = _passages(
            tables,
            book,
            [h.passage for h in hits],
            about,
            Text(
                ja="資料ごとに、質問に合う順", en="by document, what fits the question best first"
            ),
        )
        return book.result(table=table)

    def open_passage(self, tables: ScopedTables, arguments: PassageArguments) -> ToolResult:
        """A passage the asker may see, with what stands before and after it in its document."""
        book = open_book("open_passage", tables, arguments)
        found = self._library().retrieval.around(arguments.passage_id, viewer_of(tables))
        meant = next(n for n, p in enumerate(found) if p.id.startswith(arguments.passage_id))
        places: list[Value] = [_PLACES[(n > meant) - (n < meant)] for n in range(len(found))]
        order = Text(ja="資料の中の順", en="as they stand in the document")
        return book.result(table=_passages(tables, book, found, {"passage.place": places}, order))

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
            as_of=arguments.as_of,
            question=_question(result),
            limit=6,
            per_document=1,
            like_account=account,
        )
        parts.append(self.search_knowledge(tables, search))
        book = open_book("briefing", tables, arguments)
        for part in parts:
            for warning in part.warnings:
                book.warn(warning.ja, warning.en)
        return book.result().model_copy(update={"parts": tuple(parts)})


def _passages(
    tables: ScopedTables,
    book: FactBook,
    found: Sequence[Passage],
    about: dict[str, list[Value]],
    sort: Text,
) -> Table:
    """Passages as a table, with what else is said of each."""
    columns: dict[str, list[Value]] = {
        "passage.title": [p.document.title for p in found],
        "passage.heading": [p.heading for p in found],
        "passage.file": [p.document.path for p in found],
        "passage.kind": [p.document.kind for p in found],
        "passage.outcome": [p.document.outcome for p in found],
        "passage.text": [_words(tables, p) for p in found],
    }
    return book.table(columns | about, [f"passage:{p.id}" for p in found], sort=sort)


def _words(tables: ScopedTables, passage: Passage) -> str:
    """The text, its addresses masked where the asker is not shown what is personal."""
    shown = tables.shows_personal(passage.document.account)
    return passage.text if shown else masked(passage.text)


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


def viewer_of(tables: ScopedTables) -> Viewer:
    """Who asks, as documents name their readers: by account, and by person, team or role."""
    if tables.scope.sees_all:
        return Viewer()
    return _viewer(tables)


def _viewer(tables: ScopedTables) -> Viewer:
    accounts = tables.remember(("viewer",), lambda: _accounts(tables))
    ids, names = tables.scope.person_ids, set(tables.scope.person_ids)
    for person in tables.directory.people:
        if person.person_id in ids:
            names |= {n for n in (person.email, person.team, person.role) if n}
    return Viewer(accounts, frozenset(name.casefold() for name in names))


def _accounts(tables: ScopedTables) -> frozenset[str]:
    rows = fetch(tables["accounts"].select("account_id"))
    return frozenset(row["account_id"] for row in rows)


def _filters(tables: ScopedTables, arguments: SearchArguments) -> Filters:
    if arguments.account_id is not None:
        tables.require_account(arguments.account_id)
    return Filters(
        kind=arguments.kind,
        account=arguments.account_id,
        industry=arguments.industry,
        stage=arguments.stage,
        since=arguments.since,
        until=arguments.until,
    )


def _likeness(tables: ScopedTables, arguments: SearchArguments) -> Likeness:
    """What is known of the account that documents should be like."""
    if arguments.like_account is None:
        return Likeness()
    id_ = tables.require_account(arguments.like_account)
    known = [c for c in ("industry", "current_stage", "employees") if tables.has("accounts", c)]
    if not known:
        return Likeness()
    found = fetch_one(tables["accounts"].filter(_.account_id == id_).select(*known))
    return Likeness(found.get("industry"), found.get("current_stage"), found.get("employees"))
