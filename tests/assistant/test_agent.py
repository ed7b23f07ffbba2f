"""The real graph, driven by a model that plays a script: no answer holds an unsupported figure."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from assistant.bootstrap import Workspace
from assistant.history import EARLIER
from assistant.planning.talk import plan_acts
from assistant.toolbox import langchain_tools
from crm.errors import InputError, UnavailableError
from crm.scope import Principal
from crm.warehouse import Warehouse
from tests.assistant.conversations import answer, limited, turn
from tests.fakes import copy_of
from tests.scripted_model import HANG, ScriptedModel, call, calls, orphans, tool_messages

STALLED = "停滞している商談は？"
"""An example of the intents file, word for word: any embeddings understand it."""
NAME_OF_MODEL = "test:scripted"
Scripted = Callable[..., tuple[Workspace, ScriptedModel]]
pytestmark = pytest.mark.asyncio(loop_scope="module")  # its threads know what they calculated


@pytest.fixture
def scripted(sample_workspace: Path, sample_warehouse: Warehouse, tmp_path: Path) -> Scripted:
    """A workspace of one's own whose provider plays the lines; its data are those of all."""

    def make(*lines: Any, **limits: Any) -> tuple[Workspace, ScriptedModel]:
        model = ScriptedModel(script=list(lines))
        workspace = copy_of(sample_workspace, tmp_path, model=NAME_OF_MODEL, provider=model)
        workspace.__dict__["warehouse"] = sample_warehouse
        return limited(workspace, **{"retries": 0, **limits}), model

    return make


def person(person_id: str, *roles: str, name: str = "") -> Principal:
    return Principal(person_id, name or person_id, frozenset(roles or {"rep"}))


# ------------------------------------------------------------------ figures


async def test_facts_named_by_placeholders_are_written_out(scripted: Scripted) -> None:
    workspace, model = scripted(
        call("pipeline_metrics"),
        "受注率は{{pipeline.win_rate}}、受注は{{pipeline.won_count}}です。",
    )
    async with workspace.assistant() as assistant:
        said = await answer(assistant, "受注率は？")
    assert said.text == "受注率は40.2%、受注は325件です。"
    assert [f.name for f in said.facts] == ["pipeline.win_rate", "pipeline.won_count"]
    assert said.notices == ()
    assert said.model == NAME_OF_MODEL
    assert [c.name for c in said.tool_calls] == ["pipeline_metrics"]
    assert len(model.seen) == 2


async def test_a_figure_written_out_by_the_model_passes_when_it_is_a_fact(
    scripted: Scripted,
) -> None:
    workspace, _model = scripted(call("pipeline_metrics"), "The win rate is 40 % (325 deals won).")
    async with workspace.assistant() as assistant:
        said = await answer(assistant, "What is our win rate?")
    assert said.text == "The win rate is 40 % (325 deals won)."


async def test_an_invented_figure_goes_back_once_and_a_mended_draft_is_shown(
    scripted: Scripted,
) -> None:
    workspace, model = scripted(
        call("pipeline_metrics"), "受注率は47.1 %です。", "受注率は{{pipeline.win_rate}}です。"
    )
    async with workspace.assistant() as assistant:
        said = await answer(assistant, "受注率は？")
    assert said.text == "受注率は40.2%です。"
    assert said.notices == ()
    complaint = str(model.seen[2][-1].content)
    assert "47.1 %" in complaint
    assert len(model.seen) == 3


async def test_an_invented_figure_that_stays_is_cut_and_the_answer_says_so(
    scripted: Scripted,
) -> None:
    workspace, model = scripted(
        call("pipeline_metrics"), "受注率は{{pipeline.win_rate}}です。来年は50 %になります。"
    )
    async with workspace.assistant() as assistant:
        said = await answer(assistant, "受注率は？")
    assert "50 %" not in said.text
    assert said.text.startswith("受注率は40.2%です。")
    assert len(said.notices) == 1
    assert said.notices[0] in said.text
    assert len(model.seen) == 3


async def test_an_answer_of_inventions_alone_is_an_honest_nothing(scripted: Scripted) -> None:
    workspace, _model = scripted("売上は12億円です。")
    async with workspace.assistant() as assistant:
        said = await answer(assistant, "売上は？")
    assert "12億" not in said.text
    assert said.text == said.notices[0]


async def test_a_calculation_of_the_model_is_cut(scripted: Scripted) -> None:
    workspace, _model = scripted(
        call("pipeline_metrics"), "受注と失注を足すと809件です。受注は{{pipeline.won_count}}です。"
    )
    async with workspace.assistant() as assistant:
        said = await answer(assistant, "件数は？")
    assert "809" not in said.text
    assert "受注は325件です。" in said.text


async def test_a_name_that_no_tool_returned_never_reaches_the_reader(scripted: Scripted) -> None:
    workspace, _model = scripted(
        call("pipeline_metrics"), "率は{{pipeline.nope}}です。受注は{{pipeline.won_count}}です。"
    )
    async with workspace.assistant() as assistant:
        said = await answer(assistant, "件数は？")
    assert "{{" not in said.text
    assert "受注は325件です。" in said.text


@pytest.mark.parametrize("draft", ["{{", "{{page:briefing}}", "{{ }}", "x {{{{a}}}} y", "a }} {{b"])
async def test_no_answer_holds_braces(scripted: Scripted, draft: str) -> None:
    workspace, _model = scripted(f"以上です。\n\n{draft}")
    async with workspace.assistant() as assistant:
        said = await answer(assistant, "こんにちは")
    assert "{{" not in said.text


async def test_the_finished_page_is_put_in_for_its_name(scripted: Scripted) -> None:
    workspace, _model = scripted(
        call("briefing", account_id="A010"), "資料です。\n\n{{page:briefing}}"
    )
    async with workspace.assistant() as assistant:
        said = await answer(assistant, "北斗精密の資料")
        desk = workspace.desk.page(person("", "admin"), "briefing", {"account_id": "A010"},
                                   as_of=said.facts[0].basis.as_of)  # fmt: skip
    assert said.text.startswith("資料です。\n\n# 株式会社北斗精密 商談前ブリーフィング")
    assert desk.text in said.text


async def test_what_the_asker_said_before_in_the_thread_may_be_repeated(
    scripted: Scripted,
) -> None:
    workspace, _model = scripted("承知しました。", "予算は500万円とうかがっています。")
    async with workspace.assistant() as assistant:
        first = await answer(assistant, "予算は500万円です")
        said = await answer(assistant, "予算はいくらと言いましたか", thread=first.thread)
    assert said.text == "予算は500万円とうかがっています。"


# ------------------------------------------------------------------ tools


async def test_a_tool_error_becomes_a_message_and_the_thread_stays_usable(
    scripted: Scripted,
) -> None:
    workspace, model = scripted(
        call("account_overview", "c1", account_id="A999"),
        "その取引先は見つかりません。",
        call("account_overview", "c2", account_id="A001"),
        "売上は{{sales.net_sales}}です。",
    )
    async with workspace.assistant() as assistant:
        first = await answer(assistant, "A999の売上は？")
        second = await answer(assistant, "A001の売上は？", thread=first.thread)
    [told] = tool_messages(model.seen[1])
    assert "A999" in json.loads(str(told.content))["error"]
    assert first.text == "その取引先は見つかりません。"
    assert second.text == "売上は11億5,015万円です。"
    assert all(orphans(messages) == set() for messages in model.seen)


@pytest.mark.parametrize(
    "wanted",
    [
        call("no_such_tool"),
        call("account_overview"),
        call("pipeline_metrics", by="shoe_size"),
        call("pipeline_metrics", period="someday"),
        call("deal_health", limit=-3),
        call("briefing", account_id=["A001"]),
    ],
    ids=lambda m: m.tool_calls[0]["name"] + str(m.tool_calls[0]["args"]),
)
async def test_a_call_that_does_not_fit_is_told_to_the_model(
    scripted: Scripted, wanted: AIMessage
) -> None:
    workspace, model = scripted(wanted, "できませんでした。")
    async with workspace.assistant() as assistant:
        said = await answer(assistant, "試して")
    assert said.text == "できませんでした。"
    [told] = tool_messages(model.seen[1])
    assert told.tool_call_id == "c1_0"
    assert "Traceback" not in str(told.content)


async def test_a_failure_inside_a_tool_shows_a_log_id_and_no_detail(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, model = scripted(call("needs_attention"), "うまくいきませんでした。")
    tool = workspace.desk.catalog["needs_attention"]

    def broken(_tables: Any, _arguments: Any) -> Any:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setitem(tool.__dict__, "run", broken)
    async with workspace.assistant() as assistant:
        said = await answer(assistant, "注意先は？")
    assert said.text == "うまくいきませんでした。"
    [told] = tool_messages(model.seen[1])
    assert "secret" not in str(told.content)


async def test_two_identical_calls_at_once_are_both_answered(scripted: Scripted) -> None:
    same = ("account_overview", {"account_id": "A001"})
    workspace, model = scripted(calls(same, same), "売上は{{sales.net_sales}}です。")
    async with workspace.assistant() as assistant:
        said = await answer(assistant, "A001の売上は？")
    assert said.text == "売上は11億5,015万円です。"
    assert [m.tool_call_id for m in tool_messages(model.seen[1])] == ["c1_0", "c1_1"]


async def test_the_same_fact_of_two_accounts_keeps_two_names(scripted: Scripted) -> None:
    def compare(messages: Sequence[BaseMessage]) -> str:
        keys = [
            [k for k in json.loads(str(m.content))["facts"] if k.startswith("sales.net_sales")]
            for m in tool_messages(messages)
        ]
        one, other = keys[0][0], keys[1][0]
        assert one != other
        return f"{{{{{one}}}}} / {{{{{other}}}}}"

    workspace, _model = scripted(
        calls(("account_overview", {"account_id": "A001"}),
              ("account_overview", {"account_id": "A010"})),
        compare,
    )  # fmt: skip
    async with workspace.assistant() as assistant:
        said = await answer(assistant, "東都電機の概要を北斗精密の概要と比べて")
    assert len({f.value for f in said.facts}) == 2


async def test_a_loop_of_tool_calls_ends_at_the_limit_and_the_thread_stays_usable(
    scripted: Scripted,
) -> None:
    numbered = iter(range(1000))

    def again(messages: Sequence[BaseMessage]) -> Any:
        if str(messages[-1].content) == "もう一度":
            return "はい。"
        return call("find_account", f"c{next(numbered)}", text="東都")

    workspace, model = scripted(again, calls_per_turn=5)
    async with workspace.assistant() as assistant:
        said = await answer(assistant, "東都を探して", thread="loop")
        asked = len(model.seen)
        after = await answer(assistant, "もう一度", thread="loop")
    assert asked == 4  # one call is kept for the repair of a draft
    assert len(said.tool_calls) == 4
    assert "{{" not in said.text
    assert said.notices
    assert after.text == "はい。"
    assert orphans(model.seen[-1]) == set()


# ------------------------------------------------------------------ a provider that fails


@pytest.mark.parametrize(
    "fault", [HANG, RuntimeError("boom sk-secret"), TimeoutError(), ""], ids=str
)
async def test_a_provider_that_fails_is_replaced_by_the_builtin_model_with_a_notice(
    scripted: Scripted, fault: Any
) -> None:
    workspace, _model = scripted(fault, provider_timeout_seconds=0.3)
    async with workspace.assistant() as assistant:
        async with asyncio.timeout(8):
            said = await answer(assistant, STALLED)
    assert said.model == "builtin"
    assert [c.name for c in said.tool_calls] == ["deal_health"]
    assert NAME_OF_MODEL in said.notices[0]
    assert "secret" not in said.text
    assert "進行中の商談130件" in said.text


async def test_a_provider_that_fails_after_its_tool_call_is_replaced_too(
    scripted: Scripted,
) -> None:
    workspace, _model = scripted(
        call("deal_health", signal="stalled"), HANG, provider_timeout_seconds=0.3
    )
    async with workspace.assistant() as assistant:
        said = await answer(assistant, STALLED)
    assert said.model == "builtin"
    assert "進行中の商談130件" in said.text
    assert len(said.tool_calls) == 1


async def test_a_provider_that_fails_in_the_repair_leaves_what_could_be_verified(
    scripted: Scripted,
) -> None:
    workspace, _model = scripted(
        call("pipeline_metrics"), "受注率は47.1 %です。受注は325件です。", RuntimeError("boom")
    )
    async with workspace.assistant() as assistant:
        said = await answer(assistant, "受注率は？")
    assert "47.1" not in said.text
    assert said.notices


async def test_without_fallback_the_failure_is_said(scripted: Scripted) -> None:
    workspace, _model = scripted(HANG, provider_timeout_seconds=0.2, fallback=False)
    async with workspace.assistant() as assistant:
        with pytest.raises(UnavailableError, match=NAME_OF_MODEL):
            await answer(assistant, STALLED, thread="t")


async def test_after_a_failure_without_fallback_the_thread_is_usable(scripted: Scripted) -> None:
    workspace, model = scripted(call("deal_health"), RuntimeError("boom"), "はい。", fallback=False)
    async with workspace.assistant() as assistant:
        with pytest.raises(UnavailableError):
            await answer(assistant, STALLED, thread="t")
        said = await answer(assistant, "聞こえますか", thread="t")
    assert said.text == "はい。"
    assert orphans(model.seen[-1]) == set()


async def test_a_turn_that_takes_too_long_is_ended(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, _model = scripted(call("pipeline_metrics"), "はい。", turn_seconds=2)
    tool = workspace.desk.catalog["pipeline_metrics"]
    released = threading.Event()
    monkeypatch.setitem(tool.__dict__, "run", lambda *_given: released.wait(20))
    async with workspace.assistant() as assistant:
        async with asyncio.timeout(8):
            with pytest.raises(UnavailableError, match="時間内"):
                await answer(assistant, "受注率は？", thread="t")
        released.set()
        assert (await answer(assistant, "受注率は？", thread="t")).text == "はい。"


# ------------------------------------------------------------------ threads


async def test_two_messages_at_once_on_one_thread_are_answered_one_after_the_other(
    scripted: Scripted,
) -> None:
    working: list[str] = []

    def slow(messages: Sequence[BaseMessage]) -> str:
        working.append(str(messages[-1].content))
        return f"{messages[-1].content}、承りました。"

    workspace, model = scripted(slow)
    async with workspace.assistant() as assistant:
        one, two = await asyncio.gather(
            answer(assistant, "いち", thread="t"), answer(assistant, "に", thread="t")
        )
    assert {one.text, two.text} == {"いち、承りました。", "に、承りました。"}
    first, second = model.seen
    assert [m.content for m in second if isinstance(m, HumanMessage)] == working
    assert len(second) == len(first) + 2


async def test_two_threads_of_one_person_do_not_mix(scripted: Scripted) -> None:
    workspace, model = scripted("はい。")
    async with workspace.assistant() as assistant:
        await answer(assistant, "秘密の一つ目", thread="one")
        await answer(assistant, "二つ目", thread="two")
    assert "秘密" not in str([m.content for m in model.seen[1]])


async def test_threads_of_two_people_with_the_same_name_do_not_mix(scripted: Scripted) -> None:
    workspace, model = scripted("はい。")
    async with workspace.assistant() as assistant:
        await answer(assistant, "秘密の話", thread="t", principal=person("U06", name="佐伯 翔"))
        await answer(assistant, "続けて", thread="t", principal=person("U13", name="佐伯 翔"))
    assert "秘密" not in str([m.content for m in model.seen[1]])


async def test_a_thread_of_another_company_does_not_mix(scripted: Scripted) -> None:
    workspace, model = scripted("はい。")
    one = Principal("U06", "a", frozenset({"rep"}), tenant="x")
    two = Principal("U06", "a", frozenset({"rep"}), tenant="y")
    async with workspace.assistant() as assistant:
        await answer(assistant, "秘密の話", thread="t", principal=one)
        await answer(assistant, "続けて", thread="t", principal=two)
    assert "秘密" not in str([m.content for m in model.seen[1]])


async def test_no_person_can_name_the_thread_of_another(scripted: Scripted) -> None:
    workspace, model = scripted("はい。")
    async with workspace.assistant() as assistant:
        await answer(assistant, "秘密の話", thread="b:t", principal=person("U06"))
        await answer(assistant, "続けて", thread="t", principal=person("U06:b"))
    assert "秘密" not in str([m.content for m in model.seen[1]])


async def test_a_cancelled_turn_leaves_the_thread_usable(scripted: Scripted) -> None:
    workspace, model = scripted(call("deal_health"), HANG, "はい。", provider_timeout_seconds=30)
    async with workspace.assistant() as assistant:
        asked = asyncio.create_task(turn(assistant, STALLED, thread="t"))
        while len(model.seen) < 2:
            await asyncio.sleep(0.02)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        async with asyncio.timeout(5):
            said = await answer(assistant, "聞こえますか", thread="t")
    assert said.text == "はい。"
    assert orphans(model.seen[-1]) == set()


async def test_a_reader_who_leaves_early_ends_the_turn(scripted: Scripted) -> None:
    def only_then(messages: Sequence[BaseMessage]) -> str:
        return HANG if str(messages[-1].content) == "こんにちは" else "はい。"

    workspace, model = scripted(only_then, provider_timeout_seconds=30)
    async with workspace.assistant() as assistant:
        events = assistant.ask(person("U06"), "t", "こんにちは")
        async for _event in events:
            while not model.seen:
                await asyncio.sleep(0.02)
            break
        await events.aclose()
        async with asyncio.timeout(5):
            said = await answer(assistant, "聞こえますか", thread="t", principal=person("U06"))
    assert said.text == "はい。"


async def test_a_turn_killed_after_its_tool_call_leaves_no_orphan_for_the_next(
    scripted: Scripted,
) -> None:
    workspace, model = scripted(call("deal_health"), HANG, "はい。", provider_timeout_seconds=30)
    async with workspace.assistant() as assistant:
        asked = asyncio.create_task(turn(assistant, STALLED, thread="t"))
        while len(model.seen) < 2:
            await asyncio.sleep(0.02)
        copy = workspace.folder.with_name("after_the_crash")
        _as_after_kill(workspace.folder, copy)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
    survivor = Workspace(
        copy,
        model=NAME_OF_MODEL,
        provider=ScriptedModel(script=["はい。"]),
        embeddings=workspace.embeddings,
    )
    _lease_expires(copy)
    async with survivor.assistant() as assistant:
        said = await answer(assistant, "聞こえますか", thread="t")
    assert said.text == "はい。"
    provider = survivor.provider
    assert isinstance(provider, ScriptedModel)
    assert orphans(provider.seen[0]) == set()
    assert STALLED in [m.content for m in provider.seen[0]]


def _as_after_kill(folder: Path, copy: Path) -> None:
    """What lies on the disk now, as another process would find it after kill -9."""
    import shutil

    shutil.copytree(folder, copy)


def _lease_expires(folder: Path) -> None:
    with sqlite3.connect(folder / "state.db") as con:
        con.execute("UPDATE thread_leases SET expires_at = '2000-01-01 00:00:00.000000'")


async def test_a_person_waits_while_the_lease_of_a_dead_process_lasts(scripted: Scripted) -> None:
    workspace, _model = scripted("はい。", turn_seconds=1)
    _ = workspace.database
    with sqlite3.connect(workspace.folder / "state.db") as con:
        con.execute(
            "INSERT INTO thread_leases VALUES ('default:U06:t', 'x', '2999-01-01 00:00:00')"
        )
    async with workspace.assistant() as assistant:
        with pytest.raises(UnavailableError, match="still being answered"):
            await answer(assistant, "はい？", thread="t", principal=person("U06"))


async def test_only_whole_recent_turns_are_shown_to_the_model(scripted: Scripted) -> None:
    numbered = iter(range(1000))

    def play(messages: Sequence[BaseMessage]) -> Any:
        if isinstance(messages[-1], HumanMessage):
            return call("find_account", f"c{next(numbered)}", text="東都")
        return "はい。"

    workspace, model = scripted(play, remembered_turns=3)
    async with workspace.assistant() as assistant:
        for n in range(6):
            await answer(assistant, f"質問その{n}です", thread="t")
    last = model.seen[-1]
    asked = [str(m.content) for m in last if isinstance(m, HumanMessage)]
    assert asked == ["質問その3です", "質問その4です", "質問その5です"]
    assert all(orphans(messages) == set() for messages in model.seen)


async def test_what_an_earlier_turn_looked_up_is_not_shown_again(scripted: Scripted) -> None:
    workspace, model = scripted(
        call("account_overview", account_id="A001"), "承知しました。", "はい。"
    )
    async with workspace.assistant() as assistant:
        await answer(assistant, "A001の売上は？", thread="t")
        await answer(assistant, "ありがとう", thread="t")
    [at_first] = tool_messages(model.seen[1])
    [later] = tool_messages(model.seen[2])
    assert "11億5,015万円" in str(at_first.content)
    assert later.content == EARLIER
    assert later.tool_call_id == at_first.tool_call_id


# ------------------------------------------------------------------ rights


@pytest.mark.parametrize(
    "arguments",
    [
        {"owner_id": "U13"},
        {"team": "西日本営業部"},
        {"account_id": "A024"},
        {"as_of": "2020-01-01"},
        {"as_of": "2020-01-01", "account_id": "A024"},
        {"person_id": "U01"},
        {"principal": "U01", "roles": ["admin"]},
    ],
    ids=str,
)
async def test_no_argument_of_the_model_widens_what_is_seen(
    scripted: Scripted, arguments: dict[str, Any]
) -> None:
    workspace, model = scripted(call("needs_attention", limit=500, **arguments), "以上です。")
    async with workspace.assistant() as assistant:
        await answer(assistant, "注意先は？", principal=person("U06"))
    [told] = tool_messages(model.seen[1])
    hidden = ["A024", "北陸金属", "大鳥居商事"]
    shown = str(told.content).replace("`A024`", "")
    assert not [word for word in hidden if word in shown]


async def test_the_model_is_offered_neither_the_day_nor_the_last_briefing(
    scripted: Scripted,
) -> None:
    workspace, model = scripted("はい。")
    async with workspace.assistant() as assistant:
        await answer(assistant, "こんにちは")
    everything = langchain_tools(workspace.desk.catalog, plan_acts(None, None))  # type: ignore[arg-type]
    offered = {t.name: t.args for t in everything}
    assert {t.name for t in model.tools} < set(offered)
    for arguments in offered.values():
        assert not {"as_of", "runtime", "principal", "person_id"} & set(arguments)
    assert "since" not in offered["briefing"]
    assert "since" in offered["recent_changes"]


async def test_a_day_named_by_the_model_does_not_change_the_day(scripted: Scripted) -> None:
    workspace, model = scripted(
        call("briefing", account_id="A010", as_of="2020-01-01", since="2020-01-01"), "以上です。"
    )
    async with workspace.assistant() as assistant:
        said = await answer(assistant, "北斗精密は？")
    [told] = tool_messages(model.seen[1])
    assert "2020" not in json.dumps(json.loads(str(told.content)).get("parts", {}).get(
        "account_overview", {}), ensure_ascii=False)  # fmt: skip
    assert said.text == "以上です。"


async def test_text_from_data_is_fenced_for_the_model(scripted: Scripted) -> None:
    workspace, model = scripted(call("account_overview", account_id="A001"), "以上です。")
    async with workspace.assistant() as assistant:
        await answer(assistant, "A001は？")
    facts = json.loads(str(tool_messages(model.seen[1])[0].content))["facts"]
    assert "<data>東都電機株式会社</data>" in facts["account.name"]


# ------------------------------------------------------------------ the door


@pytest.mark.parametrize("text", ["", "   ", "\n", "あ" * 4001])
async def test_an_empty_or_too_long_message_is_refused(scripted: Scripted, text: str) -> None:
    workspace, _model = scripted("はい。")
    async with workspace.assistant() as assistant:
        with pytest.raises(InputError):
            await answer(assistant, text)


@pytest.mark.parametrize("thread", ["a b", "x" * 201, "漢字?", "a\nb", "../x y"])
async def test_a_thread_name_that_is_not_usable_is_refused(scripted: Scripted, thread: str) -> None:
    workspace, _model = scripted("はい。")
    async with workspace.assistant() as assistant:
        with pytest.raises(InputError):
            await answer(assistant, "こんにちは", thread=thread)


async def test_events_tell_the_steps_then_the_text_then_the_answer(scripted: Scripted) -> None:
    workspace, _model = scripted(call("pipeline_metrics"), "一つ目。\n\n二つ目。")
    async with workspace.assistant() as assistant:
        said, events = await turn(assistant, "受注率は？")
    kinds = [e.type for e in events]
    assert kinds == sorted(kinds, key=["status", "text", "done"].index)
    assert kinds.count("status") >= 3
    texts = [e.text for e in events if e.type == "text"]
    assert "\n\n".join(texts) == said.text


async def test_the_answer_is_in_the_language_of_the_question(scripted: Scripted) -> None:
    workspace, _model = scripted(call("pipeline_metrics"), "{{pipeline.won_value}}")
    async with workspace.assistant() as assistant:
        assert (await answer(assistant, "What did we win?")).text == "¥2,866.3M"


async def test_two_questions_in_two_threads_run_at_the_same_time(scripted: Scripted) -> None:
    both = asyncio.Event()
    waiting: list[int] = []

    workspace, model = scripted("はい。")
    original = model._agenerate

    async def together(messages: list[BaseMessage], *rest: Any, **more: Any) -> Any:
        waiting.append(1)
        if len(waiting) == 2:
            both.set()
        await asyncio.wait_for(both.wait(), 5)
        return await original(messages, *rest, **more)

    object.__setattr__(model, "_agenerate", together)
    async with workspace.assistant() as assistant:
        answers = await asyncio.gather(
            answer(assistant, "いち", thread="one"), answer(assistant, "に", thread="two")
        )
    assert [a.model for a in answers] == [NAME_OF_MODEL, NAME_OF_MODEL]
