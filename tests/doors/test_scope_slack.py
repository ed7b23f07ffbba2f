"""No surface of Slack shows somebody what is not theirs, whatever the payload names."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from random import Random
from typing import Any

import pytest

from api.slack.config import SlackConfig
from api.slack.surfaces import surfaces
from tests.assistant.conversations import limited
from tests.doors.hostile import Attacker
from tests.doors.house import NOBODY, House
from tests.doors.sinks import of_calls
from tests.slack import payloads
from tests.slack.fake_slack import APP_TOKEN, BOT_TOKEN, BOT_USER, FakeSlack
from tests.slack.payloads import CHANNEL, SECRET
from tests.slack.slack_server import fake_slack
from tests.slack.surface import Visit, slack_door, trigger

VICTIMS = ("U13", "U01")
"""A rep whose accounts are none of the attacker's, and an executive."""
PATIENCE = 1800
"""Seconds: other work slows a machine."""
READERS = ("U06", "U13", "U18")
"""Who reads along in the channel: two reps of different accounts, and one without any."""


def slack_id(person: str) -> str:
    return f"U0SAMPLE{person[1:]}"


@pytest.fixture
async def slack(own_house: House) -> AsyncIterator[FakeSlack]:
    async with fake_slack() as slack:
        for person in own_house.company.people.index:
            slack.person(slack_id(person))
        slack.person(BOT_USER, is_bot=True)
        slack.channels[CHANNEL] = [*map(slack_id, READERS), BOT_USER]
        yield slack


@pytest.fixture
async def visit(own_house: House, slack: FakeSlack, unprepared: None) -> AsyncIterator[Visit]:
    with (own_house.workspace.folder / "settings.toml").open("a", encoding="utf-8") as file:
        file.write("\n[notices]\nenabled = false\n")
    config = SlackConfig(
        bot_token=BOT_TOKEN, signing_secret=SECRET, app_token=APP_TOKEN, api_url=slack.url, pace=0
    )
    limited(own_house.workspace, turn_seconds=600)
    async with slack_door(own_house.workspace, config, slack) as visit:
        yield visit


def told(slack: FakeSlack, since: int) -> bytes:
    """Everything that has gone to Slack since then, files among it."""
    return of_calls((call.method, call.args) for call in slack.calls[since:])


def told_to_all(slack: FakeSlack, since: int) -> bytes:
    """What everybody in the channel has been shown since then."""
    calls = [call for call in slack.calls[since:] if call.args.get("channel") == CHANNEL]
    return of_calls((c.method, c.args) for c in calls if c.method != "chat.postEphemeral")


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
    await visit.settled(PATIENCE)
    return sorted({v for call in slack.calls[since:] for v in values_in(dict(call.args))})


def hostile(attacker: Attacker, carried: list[tuple[str, str]], count: int) -> Iterator[str]:
    """Values of somebody else, and values that were never any button's."""
    plans, accounts = (attacker.hidden[kind] or [NOBODY] for kind in ("plan", "account"))
    for _ in range(count):
        about = {
            "plan": attacker.random.choice(plans),
            "plan_id": attacker.random.choice(plans),
            "account": attacker.random.choice(accounts),
            "account_id": attacker.random.choice(accounts),
            "version": "2", "item": "c.a", "collection": "actions", "user": "U0SAMPLE01",
            "thread": "default:U13:t", "answer": "0" * 16, "channel": CHANNEL,
        }  # fmt: skip
        yield attacker.random.choice([json.dumps(about), *(value for _a, value in carried)])


async def attack(
    visit: Visit, slack: FakeSlack, attacker: Attacker, carried: list[tuple[str, str]], each: int
) -> set[tuple[str, str]]:
    """Do everything there is a handler for, with values of others; which handlers that were."""
    user, accounts = slack_id(attacker.person_id), attacker.hidden["account"] or [NOBODY]
    number = int(attacker.person_id[1:]) * 10_000
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
                        (f"{accounts[0]}のブリーフィング", "平井さんの商談は？")
                    )
                    await visit.event(payloads.direct(said, user=user, ts=ts))
                    await visit.event(payloads.mention(said, user=user, ts=f"{ts}1"))
                case "home":
                    await visit.event(payloads.home_opened(user=user, ts=ts))
                case "thread_started":
                    await visit.event(payloads.thread_started(user=user, ts=ts))
                case "command":
                    words = f"brief {accounts[number % len(accounts[:5])]}"
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
        await visit.settled(PATIENCE)
    return done


async def proved(
    visit: Visit, slack: FakeSlack, house: House, people: Sequence[str], victims: Sequence[str]
) -> None:
    """Each of these people does everything there is, with what the victims were shown."""
    carried = await stolen(visit, slack, house, victims)
    assert carried, "the others were shown no button"
    for person in people:
        attacker = Attacker(house, person, Random(f"slack:{person}"))
        hidden, since = plans_of(house, attacker), len(slack.calls)
        done = await attack(visit, slack, attacker, carried, each=2)
        assert done == {*surfaces().handlers, *surfaces().quick}
        asked = b" ".join(_asked(attacker))
        foreign = house.company.foreign(person, told(slack, since), asked)
        assert not foreign, (person, foreign)
        for member in READERS:
            foreign = house.company.foreign(member, told_to_all(slack, since), asked)
            assert not foreign, (person, member, foreign)
        assert plans_of(house, attacker) == hidden


def plans_of(house: House, attacker: Attacker) -> list[tuple[int, str]]:
    """How the plans stand that the attacker may not see."""
    who = house.principal("U01")
    stored = [house.workspace.planner.get(who, plan) for plan in attacker.hidden["plan"]]
    return [(one.version, one.state) for one in stored]


async def test_no_surface_of_slack_shows_somebody_what_is_not_theirs(
    own_house: House, slack: FakeSlack, visit: Visit
) -> None:
    await proved(visit, slack, own_house, ["U18"], VICTIMS[:1])


@pytest.mark.slow
async def test_nor_does_any_surface_show_it_to_anybody(
    own_house: House, slack: FakeSlack, visit: Visit
) -> None:
    await proved(visit, slack, own_house, list(own_house.company.people.index), VICTIMS)


def _asked(attacker: Attacker) -> Iterator[bytes]:
    """The ids that the attacker has written, which may come back in what they are told."""
    yield from (account.encode() for account in attacker.hidden["account"])
