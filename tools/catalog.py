"""The catalog: every tool by name, with its arguments and its help; all doors use this one list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from crm.errors import InputError
from crm.scope import ScopedTables
from tools.accounts import FindAccountArguments, account_overview, find_account
from tools.arguments import AccountArguments, Arguments
from tools.attention import AttentionArguments, needs_attention
from tools.changes import ChangesArguments, recent_changes
from tools.contacts import KeyContactsArguments, key_contacts
from tools.deal_health import DealHealthArguments, deal_health
from tools.facts import Text, ToolResult
from tools.gaps import GapsArguments, knowledge_gaps
from tools.pipeline import PipelineArguments, pipeline_metrics
from tools.whitespace import WhiteSpaceArguments, white_space

Run = Callable[[ScopedTables, Any], ToolResult]


@dataclass(frozen=True)
class Tool:
    """One tool: its name, what it is asked with, the function, and help in ja and en."""

    name: str
    arguments: type[Arguments]
    run: Run
    help: Text

    def call(self, tables: ScopedTables, given: Mapping[str, Any]) -> ToolResult:
        """Run the tool on arguments as a caller gives them.

        Raises InputError that names the argument when one does not fit.
        """
        try:
            arguments = self.arguments.model_validate(given)
        except ValidationError as error:
            raise _unfit(self, error) from None
        return self.run(tables, arguments)


class Catalog:
    """Tools by name, in the order they are listed."""

    def __init__(self, tools: tuple[Tool, ...]) -> None:
        self._tools = {tool.name: tool for tool in tools}

    def __iter__(self) -> Any:
        return iter(self._tools.values())

    def __getitem__(self, name: str) -> Tool:
        """The tool of that name; InputError with the nearest name when there is none."""
        if name not in self._tools:
            near = get_close_matches(name, self._tools, 1)
            hint = f"Did you mean `{near[0]}`?" if near else "`tagayasu tools` lists them."
            raise InputError(f"There is no tool `{name}`.", hint)
        return self._tools[name]

    def with_(self, *more: Tool) -> Catalog:
        """The catalog with more tools behind its own."""
        return Catalog((*self._tools.values(), *more))


def _unfit(tool: Tool, error: ValidationError) -> InputError:
    first = error.errors()[0]
    name = str(first["loc"][0]) if first["loc"] else "arguments"
    allowed = ", ".join(tool.arguments.model_fields)
    if first["type"] == "extra_forbidden":
        return InputError(f"{tool.name} has no argument `{name}`.", f"It takes: {allowed}.")
    if first["type"] == "missing":
        return InputError(f"{tool.name} needs the argument `{name}`.", f"It takes: {allowed}.")
    return InputError(
        f"{tool.name}: `{name}` does not fit: {first['msg']}.", f"It takes: {allowed}."
    )


CATALOG = Catalog(
    (
        Tool(
            "find_account",
            FindAccountArguments,
            find_account,
            Text(
                ja="名称・略称・カナ・英語名・IDから取引先を探す（候補が複数なら全て返す）",
                en="Find an account by name, part of it, alias, kana "
                "or id; several fits are all returned",
            ),
        ),
        Tool(
            "account_overview",
            AccountArguments,
            account_overview,
            Text(
                ja="一つの取引先の概要: 属性、直近1年の売上と利益、前年との比較",
                en="One account: who they are, sales and profit of "
                "the last year against the year before",
            ),
        ),
        Tool(
            "key_contacts",
            KeyContactsArguments,
            key_contacts,
            Text(
                ja="一つの取引先の主要な関係者: 役割、影響力、態度、最終接点、離任",
                en="The people who matter at an account: role, "
                "influence, attitude, last contact, leavers",
            ),
        ),
        Tool(
            "recent_changes",
            ChangesArguments,
            recent_changes,
            Text(
                ja="一つの取引先で、ある日から後に起きたこと: 受注、商談、離任、活動",
                en="What happened at an account since a day: orders, deals, leavers, activities",
            ),
        ),
        Tool(
            "knowledge_gaps",
            GapsArguments,
            knowledge_gaps,
            Text(
                ja="一つの取引先について記録にない事柄と、それを埋める質問",
                en="What is not recorded about an account, each with the question that closes it",
            ),
        ),
        Tool(
            "pipeline_metrics",
            PipelineArguments,
            pipeline_metrics,
            Text(
                ja="商談の指標: 進行中の額、加重額、受注率と信頼区間、受注日数、速度。"
                "担当・チーム・業種などで比較",
                en="Pipeline: open and weighted value, win rate with its interval, "
                "cycle, velocity; compared by owner, team, industry and more",
            ),
        ),
        Tool(
            "deal_health",
            DealHealthArguments,
            deal_health,
            Text(
                ja="進行中の商談の健全性: 停滞、予定日超過、連絡途絶、一方通行、単線関係など",
                en="Health of open deals: stalled, overdue, silent,"
                " one-sided, single-threaded and more",
            ),
        ),
        Tool(
            "white_space",
            WhiteSpaceArguments,
            white_space,
            Text(
                ja="一つの取引先のホワイトスペース: 同業・同規模の顧客が買い、"
                "この顧客が買っていないもの",
                en="White space of an account: what customers like it buy and it does not",
            ),
        ),
        Tool(
            "needs_attention",
            AttentionArguments,
            needs_attention,
            Text(
                ja="注意が必要な取引先を、影響額と重要度の順に、理由と次の一手とともに",
                en="Accounts that need attention, by money at "
                "stake, with reasons and one next step",
            ),
        ),
    )
)
