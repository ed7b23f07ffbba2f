"""No surface of Slack shows somebody what is not theirs, whatever the payload names."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from random import Random
from typing import Any

import pytest

from api.slack.config import SlackConfig
from api.slack.surfaces import surfaces
from tests.doors.hostile import Attacker
from tests.doors.house import House
from tests.doors.sinks import of_calls
from tests.slack import payloads
from tests.slack.fake_slack import APP_TOKEN, BOT_TOKEN, BOT_USER, FakeSlack
from tests.slack.payloads import CHANNEL, SECRET
from tests.slack.slack_server import fake_slack
from tests.slack.surface import Visit, slack_door, trigger

VICTIMS = ("U13", "U01")
"""A rep whose accounts are none of the attacker's, and an executive."""
SLOW = pytest.mark.slow


def slack_id(person: str) -> str:
    return f"U0SAMPLE{person[1:]}"


@pytest.fixture
async def slack(own_house: House) -> AsyncIterator[FakeSlack]:
    async with fake_slack() as slack:
        for person in own_house.company.people.index:
            slack.person(slack_id(person))
        slack.person(BOT_USER, is_bot=True)
        slack.channels[CHANNEL] = [slack_id("U06"), slack_id("U13"), slack_id("U18"), BOT_USER]
        yield slack


@pytest.fixture
async def visit(own_house: House, slack: FakeSlack, unprepared: None) -> AsyncIterator[Visit]:
    with (own_house.workspace.folder / "settings.toml").open("a", encoding="utf-8") as file:
        file.write("\n[notices]\nenabled = false\n")
    config = SlackConfig(
        bot_token=BOT_TOKEN, signing_secret=SECRET, app_token=APP_TOKEN, api_url=slack.url, pace=0
    )
    async with slack_door(own_house.workspace, config, slack) as visit:
        yield visit


def told(slack: FakeSlack, since: int) -> bytes:
    """Everything that has gone to Slack since then, files among it."""
    return of_calls((call.method, call.args) for call in slack.calls[since:])


def values_in(sent: Any) -> Iterator[tuple[str, str]]:
    """What the buttons and modals that somebody was shown carry: the action and its value."""
    if isinstance(sent, str) and sent[:1] in "[{":
        try:
            yield from values_in(json.loads(sent))
        except ValueError:
            return
    if isinstance(sent, Mapping):
        if sent.get("action_id") and isinstance(sent.get("value"), str):
            yield str(sent["action_id"]), str(sent["value"])
        if sent.get("private_metadata"):
            yield str(sent.get("callback_id", "")), str(sent["private_metadata"])
        for part in sent.values():
            yield from values_in(part)
    if isinstance(sent, list):
        for part in sent:
            yield from values_in(part)


async def stolen(
    visit: Visit, slack: FakeSlack, house: House, victims: Sequence[str]
) -> list[tuple[str, str]]:
    """The values of what others were shown, as a thief of their payloads would know them."""
    since = len(slack.calls)
    for number, person in enumerate(victims):
        user, own = slack_id(person), house.company.accounts_of(person)
        for n, text in enumerate((f"{own[0]}のブリーフィング", "A024のプランを見せて")):
            ts = f"17900000{number}{n}.000100"
            await visit.event(payloads.direct(text, user=user, ts=ts, channel=f"D{person}"))
        await visit.event(payloads.home_opened(user=user, ts=f"17900000{number}9.000100"))
    await visit.settled(300)
    return sorted({v for call in slack.calls[since:] for v in values_in(dict(call.args))})


def hostile(attacker: Attacker, carried: list[tuple[str, str]], count: int) -> Iterator[str]:
    """Values of somebody else, and values that were never any button's."""
    for _ in range(count):
        hidden = attacker.hidden
        about = {
            "plan": attacker.random.choice(hidden["plan"]),
            "plan_id": attacker.random.choice(hidden["plan"]),
            "account": attacker.random.choice(hidden["account"]),
            "account_id": attacker.random.choice(hidden["account"]),
            "version": "2", "item": "c.a", "collection": "actions", "user": "U0SAMPLE01",
            "thread": "default:U13:t", "answer": "0" * 16, "channel": CHANNEL,
        }  # fmt: skip
        yield attacker.random.choice([json.dumps(about), *(value for _a, value in carried)])


async def attack(
    visit: Visit, slack: FakeSlack, attacker: Attacker, carried: list[tuple[str, str]], each: int
) -> set[tuple[str, str]]:
    """Do everything there is a handler for, with values of others; which handlers that were."""
    user, number = slack_id(attacker.person_id), 0
    done: set[tuple[str, str]] = set()
    names = {*surfaces().handlers, *surfaces().quick}
    for kind, name in sorted(names):
        own = [value for action, value in carried if action.partition(":")[0] == name]
        for value in (*own[:4], *hostile(attacker, carried, each)):
            number += 1
            ts = f"18{number:08}.000100"
            where = {"channel": attacker.random.choice(("D0OWN", CHANNEL))}
            match kind:
                case "message":
                    said = attacker.random.choice(
                        (f"{attacker.hidden['account'][0]}のブリーフィング", "平井さんの商談は？")
                    )
                    await visit.event(payloads.direct(said, user=user, ts=ts))
                    await visit.event(payloads.mention(said, user=user, ts=f"{ts}1"))
                case "home":
                    await visit.event(payloads.home_opened(user=user, ts=ts))
                case "thread_started":
                    await visit.event(payloads.thread_started(user=user, ts=ts))
                case "command":
                    words = f"brief {attacker.hidden['account'][number % 5]}"
                    await visit.form(payloads.command(words, user=user, trigger=ts, **where))
                case "shortcut":
                    await visit.form(
                        payloads.shortcut(name, "北陸金属", user=user, trigger=trigger(slack))
                    )
                case "action":
                    await visit.form(
                        payloads.pressed(
                            name, value, user=user, ts=ts, trigger=trigger(slack), **where
                        )
                    )
                case "submission":
                    state = {"b": {"account": {"selected_option": {"value": "A024"}}}}
                    await visit.form(
                        payloads.submitted(name, state, user=user, private_metadata=value)
                    )
                case _:
                    raise AssertionError(f"nothing is proved of {kind} {name}")
            done.add((kind, name))
        await visit.settled(300)
    return done


@pytest.mark.parametrize(
    ("person", "victims"), [("U18", VICTIMS[:1]), pytest.param("U06", VICTIMS, marks=SLOW)]
)
async def test_no_surface_of_slack_shows_somebody_what_is_not_theirs(
    own_house: House, slack: FakeSlack, visit: Visit, person: str, victims: Sequence[str]
) -> None:
    carried = await stolen(visit, slack, own_house, victims)
    assert carried, "the others were shown no button"
    since = len(slack.calls)
    attacker = Attacker(own_house, person, Random(f"slack:{person}"))
    done = await attack(visit, slack, attacker, carried, each=2)
    assert done == {*surfaces().handlers, *surfaces().quick}
    content = told(slack, since)
    foreign = own_house.company.foreign(person, content, b" ".join(_asked(attacker)))
    assert not foreign, foreign
    plans = own_house.workspace.planner
    for plan in attacker.hidden["plan"]:
        stored = plans.get(own_house.principal("U01"), plan)
        assert (stored.version, stored.state) == (2, "draft")


def _asked(attacker: Attacker) -> Iterator[bytes]:
    """The ids that the attacker has written, which may come back in what they are told."""
    yield from (account.encode() for account in attacker.hidden["account"])
