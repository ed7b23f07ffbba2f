"""The builtin model understands plain requests in both languages, and never guesses an account."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from assistant.answer import Answer
from assistant.bootstrap import Workspace
from assistant.builtin.entities import is_bare, leftovers, other_name, whole_names, without_name
from assistant.builtin.slots import Colleague, find_slots
from assistant.builtin.understand import language_of
from assistant.service import Assistant
from crm.scope import OPERATOR, Principal
from tests.assistant.conversations import answer
from tests.companies import SAMPLE_DAY, tables_of
from tools.accounts import NamedAccount, named_accounts

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def assistant(
    learned_workspace: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Assistant]:
    async with Workspace(learned_workspace, model="builtin").assistant() as opened:
        yield opened


def called(said: Answer) -> tuple[str, dict[str, Any]] | None:
    return (said.tool_calls[0].name, said.tool_calls[0].arguments) if said.tool_calls else None


A010 = {"account_id": "A010"}
A001 = {"account_id": "A001"}
REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    # briefing
    ("北斗精密のブリーフィングをお願いします", "briefing", A010),
    ("明日みなと食品に行くので要点をください", "briefing", {"account_id": "A011"}),
    ("北斗精密の商談前資料", "briefing", A010),
    ("北斗精密", "briefing", A010),
    ("株式会社北斗精密", "briefing", A010),
    ("㈱北斗精密さんについて", "briefing", A010),
    ("Brief me on Hokuto Seimitsu", "briefing", A010),
    ("Hokuto Seimitsu", "briefing", A010),
    ("brief A001", "briefing", A001),
    ("Prepare me for my visit to Minato Foods", "briefing", {"account_id": "A011"}),
    # pipeline by every dimension
    ("受注率は？", "pipeline_metrics", {}),
    (
        "センサーの受注率は？",
        "pipeline_metrics",
        {"by": "category", "where": "pipeline.group = センサー"},
    ),
    (
        "センサーの拡大余地が大きい会社は？",
        "white_space",
        {"where": "whitespace.category = センサー"},
    ),
    (
        "搬送ライン CV-200の失注は？",
        "loss_analysis",
        {"by": "product", "where": "loss.group = 搬送ライン CV-200"},
    ),
    ("パイプラインの状況", "pipeline_metrics", {}),
    ("失注件数は？", "pipeline_metrics", {}),
    ("What is our win rate?", "pipeline_metrics", {}),
    ("How many deals did we lose?", "pipeline_metrics", {}),
    ("pipeline velocity", "pipeline_metrics", {}),
    ("北斗精密の受注率", "pipeline_metrics", A010),
    ("win rate for Toto Denki", "pipeline_metrics", A001),
    ("西日本営業部の受注率", "pipeline_metrics", {"team": "西日本営業部"}),
    *[
        (question, "pipeline_metrics", {"by": by})
        for by, questions in {
            "manager": ["担当マネージャー別の勝率", "上司別の受注率", "win rate by manager"],
            "owner": ["担当者別の勝率", "営業別の受注率", "win rate by sales rep"],
            "team": ["チーム別の受注率", "部署ごとの勝率", "win rate by team", "by sales office"],
            "industry": ["業種別の受注率", "業界ごとの成約率", "win rate by industry"],
            "product": ["製品別の勝率は？", "win rate per product"],
            "category": ["カテゴリー別の勝率", "win rate by product category"],
            "competitor": ["競合別の勝率", "Compare win rates by competitor"],
            "size_band": ["規模別の受注率", "win rate by company size"],
            "stage": ["ステージ別の受注率", "フェーズ別に", "win rate by stage"],
            "region": ["地域別の受注率", "win rate by region"],
            "country": ["国別の受注率", "win rate by country"],
            "channel": ["チャネル別の受注率", "win rate by channel"],
            "account": ["取引先別の受注率", "win rate by customer"],
            "loss_reason": ["win rate by loss reason"],
        }.items()
        for question in questions
    ],
    ("失注理由別の件数", "loss_analysis", {}),
    # periods
    *[
        (question, "pipeline_metrics", {"period": period})
        for period, questions in {
            "this_fiscal_year": ["今期の受注額", "今年の受注額", "win rate this fiscal year"],
            "last_fiscal_year": ["前期の受注率", "去年の受注率", "win rate last year"],
            "this_quarter": ["今四半期の勝率", "won value this quarter"],
            "last_quarter": ["前四半期の受注率", "win rate last quarter"],
            "this_month": ["今月の受注額は", "won value this month"],
            "last_month": ["先月の受注率", "win rate last month"],
            "FY2025": ["2025年度の受注率", "win rate in FY2025"],
            "FY2025Q1": ["2025年度第1四半期の受注率", "win rate in FY2025 Q1"],
            "FY2026Q2": ["第2四半期の受注率", "win rate in Q2"],
            "FY2026H1": ["上期の受注額", "win rate in the first half"],
            "FY2025H2": ["昨年度下期の受注率"],
            "last_90_days": ["直近90日の受注率", "win rate in the last 90 days"],
            "2026-07-01..2026-09-30": ["直近3か月の受注率", "win rate in the last three months"],
            "2026-06": ["6月の受注率", "2026年6月の受注額", "win rate in June"],
        }.items()
        for question in questions
    ],
    ("今四半期の勝率をチーム別に", "pipeline_metrics", {"by": "team", "period": "this_quarter"}),
    # attention, its signals, top N
    ("注意が必要な取引先は？", "needs_attention", {}),
    ("今週、手を打つべき顧客を教えて", "needs_attention", {}),
    ("Which accounts need attention?", "needs_attention", {}),
    ("Where should my team focus this week?", "needs_attention", {}),
    ("要注意の会社を上位5社", "needs_attention", {"limit": 5}),
    ("上位三社の要注意先", "needs_attention", {"limit": 3}),
    ("top 5 accounts to watch", "needs_attention", {"limit": 5}),
    ("top three accounts that need attention", "needs_attention", {"limit": 3}),
    ("東日本営業部の注意すべき取引先", "needs_attention", {"team": "東日本営業部"}),
    ("赤字の取引先", "needs_attention", {"signal": "profit_negative"}),
    ("Which accounts lose money?", "needs_attention", {"signal": "profit_negative"}),
    ("売上が落ちている会社はありますか", "needs_attention", {"signal": "sales_down"}),
    ("customers whose sales are falling", "needs_attention", {"signal": "sales_down"}),
    ("契約が切れそうな取引先", "needs_attention", {"signal": "contract_ends"}),
    ("contracts about to end", "needs_attention", {"signal": "contract_ends"}),
    ("推進者が離任した取引先", "needs_attention", {"signal": "champion_left"}),
    ("accounts where the champion has left", "needs_attention", {"signal": "champion_left"}),
    ("単線の取引先", "needs_attention", {"signal": "single_threaded"}),
    ("北斗精密に注意点は？", "needs_attention", A010),
    ("does Hokuto need attention?", "needs_attention", A010),
    # deals with their signals
    ("停滞している商談は？", "deal_health", {"signal": "stalled"}),
    ("止まっている案件を見せて", "deal_health", {"signal": "stalled"}),
    ("Which deals are stalled?", "deal_health", {"signal": "stalled"}),
    ("受注予定日を過ぎた商談一覧", "deal_health", {"signal": "overdue"}),
    ("Which open deals are overdue?", "deal_health", {"signal": "overdue"}),
    ("連絡が途絶えている案件", "deal_health", {"signal": "silent_30"}),
    ("deals that have gone silent", "deal_health", {"signal": "silent_30"}),
    ("一方通行になっている案件はありますか", "deal_health", {"signal": "one_sided"}),
    ("Are any deals one-sided?", "deal_health", {"signal": "one_sided"}),
    ("決裁者に会えていない商談", "deal_health", {"signal": "no_decision_maker"}),
    ("Which deals have no decision maker?", "deal_health", {"signal": "no_decision_maker"}),
    ("次の一手が決まっていない商談を教えて", "deal_health", {"signal": "no_next_step"}),
    ("List deals without a next step", "deal_health", {"signal": "no_next_step"}),
    ("Are there any stalled deals?", "deal_health", {"signal": "stalled"}),
    ("北斗精密の商談の状態は？", "deal_health", A010),
    ("北斗精密の商談は？", "deal_health", A010),
    ("ホクトセイミツの商談", "deal_health", A010),
    ("a017 deals", "deal_health", {"account_id": "A017"}),
    ("北斗精密の停滞商談", "deal_health", {**A010, "signal": "stalled"}),
    ("stalled deals at Hokuto", "deal_health", {**A010, "signal": "stalled"}),
    ("top 3 deals at risk", "deal_health", {"limit": 3}),
    ("高瀬さんの商談", "deal_health", {"owner_id": "U07"}),
    ("deals of 高瀬 美咲", "deal_health", {"owner_id": "U07"}),
    ("高瀬さんの受注率は？", "pipeline_metrics", {"owner_id": "U07"}),
    # overview, contacts, changes
    ("東都電機の売上と利益は？", "account_overview", A001),
    ("Sales and profit of Toto Denki", "account_overview", A001),
    ("常盤の利益率", "account_overview", {"account_id": "A022"}),
    ("Aoba Chemical overview", "account_overview", {"account_id": "A012"}),
    ("青葉化学工業㈱の概要", "account_overview", {"account_id": "A012"}),
    ("東都電機の決裁者は誰？", "key_contacts", A001),
    ("Who decides at Minato Foods?", "key_contacts", {"account_id": "A011"}),
    ("北斗精密のキーパーソンは", "key_contacts", A010),
    ("三河プレスの最近の動き", "recent_changes", {"account_id": "A018"}),
    ("What has happened at Toto Denki lately?", "recent_changes", A001),
    ("日向自動車部品のホワイトスペースは？", "white_space", {"account_id": "A014"}),
    ("What else can we sell to Hyuga Auto Parts?", "white_space", {"account_id": "A014"}),
    ("みなと食品、最近どう？", "recent_changes", {"account_id": "A011"}),
]  # fmt: skip


@pytest.mark.parametrize(("question", "tool", "arguments"), REQUESTS, ids=lambda v: str(v)[:40])
async def test_a_plain_request_calls_the_right_tool(
    assistant: Assistant, question: str, tool: str, arguments: dict[str, Any]
) -> None:
    said = await answer(assistant, question)
    assert called(said) == (tool, arguments)
    assert said.notices == ()
    assert "{{" not in said.text
    assert said.language == language_of(question, "ja")


async def test_what_a_tool_cannot_tell_of_a_product_is_not_told_of_everything(
    assistant: Assistant,
) -> None:
    """The margin of a category is no tool's: an answer about all sales would be taken for it."""
    said = await answer(assistant, "センサーの粗利率は？")
    assert said.tool_calls == ()
    said = await answer(assistant, "センサーの受注率は？")
    assert said.text.startswith("**全期間に完了したセンサーの商談の受注率は")


@pytest.mark.parametrize(
    ("question", "file"),
    [
        ("推進者が退職したときはどうすればいい？", "champion-left-ja.md"),
        ("値引き申請の基準を教えて", "discount-approval-criteria-ja.md"),
        ("停滞案件の立て直し方を教えて", "revive-stalled-deal-ja.md"),
        ("契約更新の進め方", "contract-renewal-90-days-ja.md"),
        ("単線関係を解消するには", "resolve-single-thread-ja.md"),
        ("How do I revive a stalled deal?", "stalled-deals-en.md"),
        ("Playbook for renewing a maintenance contract", "renew-maintenance-contract-en.md"),
        ("how do we get past a single contact", "multi-threading-en.md"),
    ],
)
async def test_a_question_of_method_is_answered_from_the_playbook_with_its_source(
    assistant: Assistant, question: str, file: str
) -> None:
    said = await answer(assistant, question)
    assert [c.name for c in said.tool_calls] == ["search_knowledge"]
    assert file in {Path(c.file).name for c in said.citations}
    assert f"[{said.citations[0].number}]" in said.text


@pytest.mark.parametrize(
    "question", ["help", "使い方を教えて", "何ができますか", "What can you do?"]
)
async def test_help_says_what_can_be_asked(assistant: Assistant, question: str) -> None:
    said = await answer(assistant, question)
    assert said.tool_calls == ()
    assert ("ブリーフィング" if said.language == "ja" else "briefing") in said.text


# ------------------------------------------------------------------ follow-ups


@pytest.mark.parametrize(
    "turns",
    [
        [
            ("東都電機の売上と利益は？", "account_overview", A001),
            ("その会社の商談は?", "deal_health", A001),
            ("キーパーソンは？", "key_contacts", A001),
            ("最近の動きは", "recent_changes", A001),
            ("受注率は？", "pipeline_metrics", {}),
            ("北斗精密の売上は？", "account_overview", A010),
            ("同社の商談は？", "deal_health", A010),
        ],
        [
            ("Sales and profit of Toto Denki", "account_overview", A001),
            ("and their margin?", "account_overview", A001),
            ("and their deals?", "deal_health", A001),
            ("Who is our champion there?", "key_contacts", A001),
            ("Are there any stalled deals?", "deal_health", {"signal": "stalled"}),
        ],
        [
            ("受注率は？", "pipeline_metrics", {}),
            ("業種別では？", "pipeline_metrics", {"by": "industry"}),
        ],
        [
            ("win rate?", "pipeline_metrics", {}),
            ("and by team?", "pipeline_metrics", {"by": "team"}),
        ],
    ],
    ids=["ja", "en", "by-ja", "by-en"],
)
async def test_a_follow_up_is_about_what_was_spoken_of(
    assistant: Assistant, turns: list[tuple[str, str, dict[str, Any]]]
) -> None:
    thread = None
    for question, tool, arguments in turns:
        said = await answer(assistant, question, thread=thread)
        assert called(said) == (tool, arguments), question
        thread = said.thread


@pytest.mark.parametrize("question", ["その会社の商談は?", "their deals?", "売上は？", "Sales?"])
async def test_a_follow_up_to_nothing_asks_which_account(
    assistant: Assistant, question: str
) -> None:
    said = await answer(assistant, question)
    assert said.tool_calls == ()
    assert ("どの取引先" if said.language == "ja" else "Which account") in said.text


@pytest.mark.parametrize(
    ("question", "name", "tool"),
    [
        ("ブリーフィング", "北斗精密", "briefing"),
        ("売上は？", "株式会社北斗精密です", "account_overview"),
        ("Sales?", "Hokuto Seimitsu", "account_overview"),
    ],
)
async def test_the_account_given_on_request_continues_the_question(
    assistant: Assistant, question: str, name: str, tool: str
) -> None:
    first = await answer(assistant, question)
    said = await answer(assistant, name, thread=first.thread)
    assert called(said) == (tool, A010)


# ------------------------------------------------------------------ ambiguity


@pytest.mark.parametrize(
    ("question", "offered", "reply", "tool", "chosen"),
    [
        ("東都のブリーフィング", {"A001", "A002", "A003"}, "2", "briefing", "A003"),
        ("東都のブリーフィング", {"A001", "A002", "A003"}, "２番です", "briefing", "A003"),
        ("東都の商談は？", {"A001", "A002", "A003"}, "東都電機九州", "deal_health", "A002"),
        ("共栄の売上は？", {"A017", "A026"}, "共栄システム", "account_overview", "A017"),
        ("共栄システムの売上", {"A017", "A026"}, "共栄システムズ", "account_overview", "A026"),
        ("山手製作所の概要", {"A015", "A016"}, "山ノ手製作所", "account_overview", "A016"),
        ("山ノ手製作所の概要", {"A015", "A016"}, "山手製作所", "account_overview", "A015"),
        ("Brief me on Kyoei", {"A017", "A026"}, "1", "briefing", "A017"),
        ("sales of Kyoei System", {"A017", "A026"}, "Kyoei System", "account_overview", "A017"),
        ("deals at Toto", {"A001", "A002", "A003"}, "Toto Logistics", "deal_health", "A003"),
    ],
)
async def test_a_name_that_fits_several_accounts_asks_back_and_goes_on(
    assistant: Assistant, question: str, offered: set[str], reply: str, tool: str, chosen: str
) -> None:
    first = await answer(assistant, question)
    assert first.tool_calls == ()
    names = {a.account_id: a.name for a in _accounts(assistant)}
    assert all(names[account] in first.text for account in offered)
    said = await answer(assistant, reply, thread=first.thread)
    assert called(said) == (tool, {"account_id": chosen})


async def test_another_question_instead_of_a_choice_is_answered(assistant: Assistant) -> None:
    first = await answer(assistant, "東都のブリーフィング")
    said = await answer(assistant, "停滞している商談は？", thread=first.thread)
    assert called(said) == ("deal_health", {"signal": "stalled"})


async def test_a_number_that_was_not_offered_chooses_nothing(assistant: Assistant) -> None:
    first = await answer(assistant, "東都のブリーフィング")
    said = await answer(assistant, "9", thread=first.thread)
    assert said.tool_calls == ()


@pytest.mark.parametrize(
    "question", ["共栄システム株式会社の売上は？", "A017の売上", "株式会社山ノ手製作所の売上"]
)
async def test_a_registered_name_or_an_id_is_certain(assistant: Assistant, question: str) -> None:
    said = await answer(assistant, question)
    assert [c.name for c in said.tool_calls] == ["account_overview"]


# ------------------------------------------------------------------ unknown accounts


@pytest.mark.parametrize(
    "question",
    [
        "アクメ商事の売上は？",
        "アクメ商事の商談は？",
        "アクメ商事の受注率",
        "アクメ商事は？",
        "アクメ商事に注意点はある？",
        "ゼータ工業のブリーフィング",
        "株式会社存在しないのブリーフィング",
        "ゼウスの商談は？",
        "東都電器の売上",
        "Brief me on Acme Corporation",
        "sales of Globex",
        "show me the open deals at Globex",
        "win rate for Globex",
        "Acme Corp deals",
        "Who decides at Initech?",
        "does Globex need attention?",
    ],
)
async def test_an_unknown_company_is_never_replaced_by_another(
    assistant: Assistant, question: str
) -> None:
    said = await answer(assistant, question)
    assert said.tool_calls == ()
    assert said.facts == ()
    assert ("見つかりませんでした" if said.language == "ja" else "No account fits") in said.text


@pytest.mark.parametrize(
    "question", ["アクメ商事の売上は？", "アクメ商事の商談は？", "sales at Globex"]
)
async def test_nor_by_the_account_spoken_of_before(assistant: Assistant, question: str) -> None:
    first = await answer(assistant, "東都電機の売上は？")
    said = await answer(assistant, question, thread=first.thread)
    assert said.tool_calls == ()


@pytest.mark.parametrize("question", ["北陸金属の売上は？", "Brief me on Hokuriku Kinzoku", "A024"])
async def test_an_account_out_of_sight_answers_like_an_unknown_one(
    assistant: Assistant, question: str
) -> None:
    rep = assistant.directory().by_email("saeki@inaho.example")
    said = await answer(assistant, question, principal=rep)
    assert said.facts == ()
    assert "5億1" not in said.text
    assert "513" not in said.text


# ------------------------------------------------------------------ who asks


@pytest.mark.parametrize(
    ("question", "tool"),
    [
        ("私の取引先で注意が必要なのは？", "needs_attention"),
        ("my accounts that need attention", "needs_attention"),
        ("my open deals", "deal_health"),
        ("自分の受注率は？", "pipeline_metrics"),
        ("my win rate", "pipeline_metrics"),
    ],
)
async def test_mine_means_the_asker(assistant: Assistant, question: str, tool: str) -> None:
    rep = assistant.directory().by_email("saeki@inaho.example")
    assert called(await answer(assistant, question, principal=rep)) == (tool, {"owner_id": "U06"})


async def test_a_rep_sees_figures_of_the_own_accounts_only(assistant: Assistant) -> None:
    rep = assistant.directory().by_email("saeki@inaho.example")
    everyone = await answer(assistant, "受注率は？", principal=OPERATOR)
    own = await answer(assistant, "受注率は？", principal=rep)
    assert everyone.text != own.text
    nobody = await answer(assistant, "受注率は？", principal=Principal("U99", "x"))
    assert "不明" in nobody.text


# ------------------------------------------------------------------ both languages


@pytest.mark.parametrize(
    ("japanese", "english"),
    [
        ("勝率を担当マネージャー別に教えて", "Win rate by manager"),
        ("受注率は？", "What is our win rate?"),
        ("注意が必要な取引先は？", "Which accounts need attention?"),
        ("停滞している商談は？", "Which deals are stalled?"),
        ("東都電機の売上と利益は？", "Sales and profit of Toto Denki"),
        ("東都電機のキーパーソンは？", "Who are the key contacts at Toto Denki?"),
        ("みなと食品の最近の動きは？", "What has happened at Minato Foods lately?"),
        ("北斗精密のブリーフィング", "Brief me on Hokuto Seimitsu"),
        ("去年の受注率", "win rate last year"),
    ],
)
async def test_the_same_question_in_both_languages_gives_the_same_facts(
    assistant: Assistant, japanese: str, english: str
) -> None:
    one, other = await answer(assistant, japanese), await answer(assistant, english)
    assert one.facts
    assert {(f.name, f.subject, f.value) for f in one.facts} == {
        (f.name, f.subject, f.value) for f in other.facts
    }
    assert (one.language, other.language) == ("ja", "en")


# ------------------------------------------------------------------ the parts


def _accounts(assistant: Assistant) -> list[NamedAccount]:
    return named_accounts(assistant.tables(OPERATOR))


@pytest.fixture(scope="module")
def accounts(sample_workspace: Path) -> list[NamedAccount]:
    return named_accounts(tables_of(sample_workspace))


async def test_a_name_is_found_and_replaced_whole(accounts: list[NamedAccount]) -> None:
    [linked] = whole_names("㈱北斗精密の商談は？", accounts)
    assert linked.only == "A010"
    assert without_name("㈱北斗精密の商談は？", linked.key, "A社") == "A社の商談は？"
    assert is_bare("株式会社 北斗精密 です。", linked.key)
    assert not is_bare("北斗精密の商談", linked.key)


async def test_counts_and_years_are_no_ids(accounts: list[NamedAccount]) -> None:
    assert whole_names("2026年の受注率を5件", accounts) == []


@pytest.mark.parametrize(
    "question",
    [
        "注意が必要な取引先は？",
        "停滞している商談は？",
        "受注率は？",
        "パイプラインの状況を教えてください",
        "進行中の商談額はいくらですか",
        "Which accounts need attention?",
        "Show the weighted pipeline",
        "How long does it take to win a deal?",
        "List deals without a next step",
        "top 5 accounts to watch",
    ],
)
async def test_a_request_without_a_name_leaves_no_name(
    accounts: list[NamedAccount], question: str
) -> None:
    assert whole_names(question, accounts) == []
    left = find_slots(question, [], SAMPLE_DAY, 4).rest
    linked = other_name(left, question, accounts)
    assert (linked.is_named, linked.accounts) == (False, ())


async def test_what_is_left_of_a_request_is_the_name() -> None:
    assert leftovers("アクメ商事の売上を教えてください") == ["アクメ商事"]
    assert leftovers("show me the sales of globex")[0] == "globex"


async def test_slots_of_one_message_are_found_together() -> None:
    slots = find_slots("今期の業種別の受注率を上位3件", [], SAMPLE_DAY, 4)
    assert (slots.period, slots.by, slots.limit) == ("this_fiscal_year", "industry", 3)


async def test_a_family_name_that_two_share_is_nobody() -> None:
    named = (("U1", "佐藤 一"), ("U2", "佐藤 二"), ("U3", "鈴木 三"))
    people = [Colleague(id_, name, None) for id_, name in named]
    assert find_slots("佐藤さんの商談", people, SAMPLE_DAY, 4).people == ()
    assert find_slots("鈴木さんの商談", people, SAMPLE_DAY, 4).people == ("U3",)
    assert find_slots("佐藤 二の商談", people, SAMPLE_DAY, 4).people == ("U2",)


@pytest.mark.parametrize(
    ("text", "language"),
    [("受注率は？", "ja"), ("win rate", "en"), ("123", "ja"), ("A001", "en"), ("カタカナ", "ja")],
)
async def test_the_language_is_that_of_the_message(text: str, language: str) -> None:
    assert language_of(text, "ja") == language
