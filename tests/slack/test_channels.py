"""In a channel nobody is shown what they may not see, whoever is among its members."""

from __future__ import annotations

import csv
import random
import re
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from api.slack.surfaces import surfaces
from assistant.answer import Answer, Done, Event, Paragraph
from assistant.bootstrap import Workspace
from tests.companies import SAMPLE
from tests.slack.fake_slack import BOT_USER, FakeSlack
from tests.slack.payloads import CHANNEL, command, mention, pressed
from tests.slack.seeing import shown, words
from tests.slack.surface import Visit, trigger, visit

__all__ = ["visit"]
OUTSIDERS = ["U0GUEST", "U0STRANGE", "U0BOT", "U0GONE", "USLACKBOT", "U0INVISIBLE"]
SECRET = "秘密の数字"


def rows(table: str) -> list[dict[str, str]]:
    with (SAMPLE / "data" / f"{table}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def visible() -> dict[str, set[str]]:
    """Which accounts each Slack user may see, worked out from the files alone."""
    people = {p["person_id"]: p for p in rows("people")}
    below: dict[str, set[str]] = {}
    for id_ in people:
        at, seen = id_, set()
        while at and at not in seen:
            seen.add(at)
            below.setdefault(at, set()).add(id_)
            at = people[at]["manager_id"]
    owned: dict[str, set[str]] = {}
    for account in rows("accounts"):
        owned.setdefault(account["owner_id"], set()).add(account["account_id"])
    for shared in rows("account_team"):
        owned.setdefault(shared["person_id"], set()).add(shared["account_id"])
    every = {account["account_id"] for account in rows("accounts")}
    found = {}
    for id_, person in people.items():
        leads = below[id_] if person["role"] == "manager" else {id_}
        all_ = person["role"] in ("executive", "admin")
        mine = every if all_ else {a for p in leads for a in owned.get(p, set())}
        found[person["slack_user_id"]] = mine
    return found


async def secretive(
    _self: Any, principal: Any, thread: str | None, text: str, **_more: Any
) -> AsyncGenerator[Event, None]:
    """An answer that holds one figure of each account that the asker may see."""
    said = f"{SECRET} {principal.person_id}"
    yield Done(
        answer=Answer(
            id="a" * 16, text=said, blocks=(Paragraph(text=said),), language="ja", facts=(),
            citations=(), tool_calls=(), notices=(), model="none", thread=thread or "",
        )
    )  # fmt: skip


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.service.Assistant.ask", secretive)


def asking(slack: FakeSlack, n: int, user: str, chance: random.Random) -> dict[str, Any]:
    """A turn in the channel: a mention, or a button pressed below an old message."""
    ts = f"17900{n:05d}.000100"
    if chance.random() < 0.7:
        return mention("東都電機の売上は？", user=user, ts=ts)
    return pressed("say:1", '{"number":1}', user, channel=CHANNEL, ts=ts, trigger=f"t{n}.x")


@pytest.mark.parametrize("turns", [120, pytest.param(1000, marks=pytest.mark.slow)])
async def test_no_turn_shows_anything_private(
    visit: Visit, slack: FakeSlack, told: None, turns: int
) -> None:
    slack.person("U0STRANGE", "saeki@inaho.example", team_id="T0OTHER", is_stranger=True)
    may, chance = visible(), random.Random(7)
    people = {p["slack_user_id"]: p["person_id"] for p in rows("people")}
    ours = {person: user for user, person in people.items()}
    public = private = 0
    for n in range(turns):
        user = chance.choice(list(may))
        others = chance.sample(sorted(may), chance.choice([0, 1, 1, 2, 4]))
        outside = chance.sample(OUTSIDERS, chance.choice([0, 0, 1]))
        slack.channels[CHANNEL] = [user, *others, *outside, BOT_USER]
        before, alone = len(shown(slack, CHANNEL)), len(slack.private)
        payload = asking(slack, n, user, chance)
        await (visit.event(payload) if "event" in payload else visit.form(payload))
        await visit.settled()
        for message in shown(slack, CHANNEL)[before:]:
            if SECRET not in words(message):
                continue
            public += 1
            owner = ours[re.findall(rf"{SECRET} (U\d+)", words(message))[0]]
            for member in slack.channels[CHANNEL]:
                known = member in ("U0BOT", "U0GONE", "USLACKBOT", BOT_USER)
                assert known or may[owner] <= may.get(member, set()), (owner, member)
        for message in slack.private[alone:]:
            private += 1
            assert message["user"] == user
    assert public > turns / 20
    assert private > turns / 20
    assert set(slack.refusals) <= {("users.info", "user_not_found")}


async def test_a_command_in_a_channel_is_answered_to_one_alone(
    visit: Visit, slack: FakeSlack
) -> None:
    for n, text in enumerate(["attention", "brief 東都電機", "brief 青葉化学", "help"]):
        given = command(text, channel=CHANNEL, trigger=f"c.{n}")
        assert (await visit.form(given)).status_code == 200
    await visit.settled(60)
    assert not shown(slack, CHANNEL)
    seen = "\n".join(words(message) for message in slack.private)
    assert {message["user"] for message in slack.private} == {"U0SAMPLE06"}
    assert "東都電機" in seen
    assert "閲覧できる範囲に見つかりません" in seen


async def test_a_guest_who_came_meanwhile_is_shown_nothing(
    visit: Visit, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def joined(*args: Any, **more: Any) -> AsyncGenerator[Event, None]:
        slack.channels[CHANNEL].append("U0GUEST")
        async for event in secretive(*args, **more):
            yield event

    monkeypatch.setattr("assistant.service.Assistant.ask", joined)
    await visit.event(mention("東都電機の売上は？", user="U0SAMPLE06"))
    await visit.settled()
    assert not any(SECRET in words(message) for message in shown(slack))
    assert any(SECRET in words(message) for message in slack.private)


async def test_what_is_pressed_below_a_private_answer_stays_private(
    visit: Visit, slack: FakeSlack, told: None
) -> None:
    slack.channels[CHANNEL] = ["U0SAMPLE06", BOT_USER]
    payload = pressed("say:1", '{"number":1}', channel=CHANNEL, trigger=trigger(slack))
    payload["container"]["is_ephemeral"] = True
    await visit.form(payload)
    await visit.settled()
    assert not shown(slack, CHANNEL)
    assert SECRET in words(slack.private[-1])


async def test_strangers_learn_nothing_from_any_surface(
    visit: Visit, slack: FakeSlack, workspace: Workspace
) -> None:
    """Whatever there is to press, send or open: a guest gets one sentence and no name."""
    names = [row["name"] for row in rows("accounts")]
    slack.channels[CHANNEL].append("U0GUEST")
    for n, (kind, name) in enumerate(surfaces().handlers):
        if kind == "action":
            value = '{"account":"A001","plan":"x","answer":"y","number":1}'
            payload = pressed(name or "x", value, "U0GUEST", channel=CHANNEL,
                              trigger=trigger(slack))  # fmt: skip
            await visit.form(payload)
        elif kind == "command":
            await visit.form(
                command("brief 東都電機", "U0GUEST", channel=CHANNEL, trigger=f"g.{n}")
            )
    await visit.settled(60)
    everything = [*shown(slack), *slack.private, *slack.views.values(), *slack.homes.values()]
    for message in everything:
        assert not any(name in words(message) for name in names)
