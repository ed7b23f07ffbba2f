"""An answer is kept, then sent part by part, each once, whatever Slack refuses meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from api.render.slack import Rendered, sentence
from api.slack.config import SlackConfig
from api.slack.inbox import Inbox, slack_inbox
from api.slack.item import Item
from api.slack.outbox import File, Outbox, Part, Post, slack_outbox
from api.slack.reading import item_of
from api.slack.registry import AtOnce, Surfaces, Workplace
from api.slack.reply import Reply
from assistant.bootstrap import Workspace
from tests.slack.conftest import quiet, until
from tests.slack.fake_slack import TEAM, FakeSlack
from tests.slack.payloads import (
    CHANNEL,
    DIRECT,
    TS,
    command,
    deliver,
    deliver_form,
    direct,
    mention,
    pressed,
    shortcut,
    submitted,
)
from tests.slack.server import echo, transport


@asynccontextmanager
async def serving(
    workspace: Workspace, config: SlackConfig, shown: Surfaces
) -> AsyncIterator[httpx.AsyncClient]:
    app = transport(workspace, config, shown)
    async with app.router.lifespan_context(app):
        asgi = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=asgi, base_url="http://test") as client:
            yield client


def saying(*parts: Part) -> Surfaces:
    """A door that always answers so."""

    async def handler(_item: Item, _workplace: Workplace, reply: Reply) -> None:
        await reply.answer(parts)

    kinds = ("message", "action", "command", "submission", "shortcut")
    return Surfaces({(kind, ""): handler for kind in kinds})  # type: ignore[misc]


def shown_words(slack: FakeSlack) -> list[str]:
    return [str(call.args.get("text")) for call in slack.calls if call.method in _SHOWING]


_SHOWING = ("chat.postMessage", "chat.postEphemeral", "response_url")


async def test_the_parts_of_an_answer_come_in_order(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack
) -> None:
    async with serving(workspace, config, Surfaces({("message", ""): echo()})) as client:
        await deliver(client, direct("in 5 parts"))
        await until(lambda: len(slack.posts) == 5)
    assert [post["text"].split()[1] for post in slack.posts] == [f"{n}/5:" for n in range(1, 6)]
    assert {post["thread_ts"] for post in slack.posts} == {TS}


async def test_an_answer_that_was_kept_is_not_worked_out_again(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack
) -> None:
    item = item_of(direct("x"), "", TEAM)
    assert item
    inbox = Inbox(workspace.database, -1)
    inbox.store(item)
    claim = inbox.claim()
    assert claim
    outbox = Outbox(workspace.database)
    first, second = outbox.keep(claim.id, [Post(sentence("一")), Post(sentence("二"))])
    outbox.done(claim.id, first, "1.0")
    assert second.part == Post(sentence("二"))
    async with serving(workspace, config, saying(Post(sentence("別の答え")))):
        await until(lambda: bool(slack.posts))
        await quiet()
    assert shown_words(slack) == ["二"]


async def test_what_was_posted_before_the_process_died_is_found_in_a_direct_conversation(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack
) -> None:
    item = item_of(direct("x"), "", TEAM)
    assert item
    inbox = Inbox(workspace.database, -1)
    inbox.store(item)
    claim = inbox.claim()
    assert claim
    [kept] = Outbox(workspace.database).keep(claim.id, [Post(sentence("一"))])
    Outbox(workspace.database).begin(claim.id, kept)
    slack.messages[DIRECT, "1790000001.5"] = {
        "ts": "1790000001.5",
        "thread_ts": TS,
        "metadata": {"event_type": "tagayasu_part", "event_payload": {"key": f"{item.id}#0"}},
    }
    async with serving(workspace, config, saying()):
        await until(lambda: Inbox(workspace.database, 1).waiting() == 0)
    assert not slack.posts


async def test_what_slack_refuses_as_blocks_is_posted_as_text(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack
) -> None:
    broken = Rendered(({"type": "section"},), "本文")
    async with serving(workspace, config, saying(Post(broken))) as client:
        await deliver(client, direct("x"))
        await until(lambda: bool(slack.posts))
    assert shown_words(slack) == ["本文"]


async def test_a_file_goes_into_the_thread_and_one_for_somebody_alone_to_them(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack
) -> None:
    chart = File("chart.png", "粗利", b"\x89PNG", "棒グラフ")
    parts = [chart, replace(chart, alone=True)]
    async with serving(workspace, config, saying(*parts)) as client:
        await deliver(client, mention("x"))
        await until(lambda: sum("shared" in file for file in slack.files.values()) == 2)
    to_all, alone = slack.files.values()
    assert (to_all["content"], to_all["shared"], to_all["thread_ts"]) == (b"\x89PNG", CHANNEL, TS)
    assert (alone["shared"], alone["thread_ts"]) == ("D0SAMPLE06", None)
    assert to_all["alt_txt"] == "棒グラフ"


async def test_a_private_word_goes_direct_where_the_app_is_no_member(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack
) -> None:
    slack.failures = [("chat.postEphemeral", "not_in_channel")]
    async with serving(workspace, config, saying(Post(sentence("内緒"), alone=True))) as client:
        await deliver_form(client, command("brief", channel="C0OTHER"))
        await until(lambda: bool(slack.posts))
    assert [post["channel"] for post in slack.posts] == ["D0SAMPLE06"]
    assert not slack.private


async def test_a_private_word_takes_the_response_address_of_slack_and_no_other(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack
) -> None:
    slack.failures = [("chat.postEphemeral", "not_in_channel")]
    async with serving(workspace, config, saying(Post(sentence("内緒"), alone=True))) as client:
        asked = command("x", channel="C0OTHER", response_url=slack.url + "respond/1")
        await deliver_form(client, asked)
        await until(lambda: bool(slack.said("response_url")))
    assert slack.said("response_url")[0]["response_type"] == "ephemeral"
    assert not slack.posts


async def test_when_slack_is_down_for_long_nothing_is_given_up(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.slack.worker.Worker.retry_seconds", 0.01)
    slack.failures = [("chat.postMessage", "internal_error")] * 12
    async with serving(workspace, config, saying(Post(sentence("届く")))) as client:
        await deliver(client, direct("x"))
        await until(lambda: bool(slack.posts), 40)
    assert shown_words(slack) == ["届く"]


async def test_words_that_were_sent_are_kept_no_longer(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack
) -> None:
    async with serving(workspace, config, saying(Post(sentence("機密")))) as client:
        await deliver_form(client, pressed("evidence", "秘密の値"))
        await until(lambda: bool(slack.posts))
        await until(lambda: Inbox(workspace.database, 1).waiting() == 0)
    with workspace.database.connect() as con:
        kept = [*con.execute(sa.select(slack_outbox.c.part, slack_outbox.c.content))]
        payloads = con.scalars(sa.select(slack_inbox.c.payload)).all()
    assert "機密" not in str(kept)
    assert payloads == ["{}"]


# --------------------------------------------------------------------- at once


Quick = Callable[[Item, Workplace], Any]


async def opens(item: Item, workplace: Workplace) -> AtOnce:
    view = {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": []}
    return AtOnce(kept={"opened": await workplace.delivery.open_view(item.trigger, view)})


async def test_a_modal_is_opened_before_slack_is_answered_and_filled_afterwards(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack
) -> None:
    seen: list[str] = []

    async def fill(item: Item, workplace: Workplace, _reply: Reply) -> None:
        await asyncio.sleep(0.2)
        view = {"type": "modal", "title": {"type": "plain_text", "text": "y"}, "blocks": []}
        assert await workplace.delivery.update_view(item.payload["opened"], view)
        seen.append(item.payload["opened"])

    shown = Surfaces({("shortcut", "brief_account"): fill}, {("shortcut", "brief_account"): opens})
    async with serving(workspace, config, shown) as client:
        said = await deliver_form(
            client, shortcut("brief_account", "東都電機", trigger=slack.trigger())
        )
        assert said.status_code == 200
        assert len(slack.views) == 1
        await until(lambda: bool(seen))
    assert slack.views[seen[0]]["title"]["text"] == "y"


async def test_errors_of_a_submission_are_the_answer_and_nothing_is_stored(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack
) -> None:
    async def check(item: Item, _workplace: Workplace) -> AtOnce:
        if item.values["due"]["due"]["value"]:
            return AtOnce()
        response = {"response_action": "errors", "errors": {"due": "日付を入れてください。"}}
        return AtOnce(response, over=True)

    done: list[Item] = []

    async def save(item: Item, _workplace: Workplace, _reply: Reply) -> None:
        done.append(item)

    shown = Surfaces({("submission", "edit"): save}, {("submission", "edit"): check})
    async with serving(workspace, config, shown) as client:
        empty = await deliver_form(client, submitted("edit", {"due": {"due": {"value": ""}}}))
        assert empty.json()["errors"] == {"due": "日付を入れてください。"}
        for _ in range(3):  # a double click, and Slack again
            good = await deliver_form(client, submitted("edit", {"due": {"due": {"value": "1"}}}))
            assert (good.status_code, good.text) == (200, "")
        await until(lambda: bool(done))
        await quiet()
    assert len(done) == 1


async def test_a_check_that_fails_keeps_the_form_on_the_screen(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack
) -> None:
    async def fail(_item: Item, _workplace: Workplace) -> AtOnce:
        raise ValueError("secret")

    shown = Surfaces(saying().handlers, {("submission", ""): fail, ("action", ""): fail})
    async with serving(workspace, config, shown) as client:
        said = await deliver_form(client, submitted("edit"))
        assert (said.status_code, "secret" in said.text) == (503, False)
        assert (await deliver_form(client, pressed("x"))).status_code == 200
        await until(lambda: Inbox(workspace.database, 1).waiting() == 0)


async def test_what_takes_too_long_at_once_does_not_hold_slack_up(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.slack.app._AT_ONCE_SECONDS", 0.2)

    async def hang(_item: Item, _workplace: Workplace) -> AtOnce:
        await asyncio.sleep(60)
        return AtOnce()

    shown = Surfaces(saying(Post(sentence("後から"))).handlers, {("action", ""): hang})
    async with serving(workspace, config, shown) as client:
        said = await asyncio.wait_for(deliver_form(client, pressed("x")), 30)
        assert said.status_code == 200
        await until(lambda: bool(slack.posts))
    assert shown_words(slack) == ["後から"]


async def test_names_up_to_a_colon_find_their_handler() -> None:
    async def handler(_item: Item, _workplace: Workplace, _reply: Reply) -> None: ...

    shown = Surfaces({("action", "choose"): handler})
    chosen = item_of(pressed("choose:3"), "", TEAM)
    other = item_of(pressed("chosen"), "", TEAM)
    assert chosen
    assert other
    assert shown.handler(chosen) is handler
    assert shown.handler(other) is None
