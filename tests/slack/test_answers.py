"""Who asks in Slack gets one answer in the thread, and nobody is shown what they may not see."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.slack.conftest import quiet, until
from tests.slack.fake_slack import BOT_USER, FakeSlack
from tests.slack.payloads import CHANNEL, DIRECT, TS, deliver, direct, mention
from tests.slack.seeing import shown, words

QUESTION = "東都電機の売上と利益は？"
ACCOUNT = "東都電機"


async def test_a_mention_is_answered_in_its_thread(
    client: httpx.AsyncClient, slack: FakeSlack
) -> None:
    said = await deliver(client, mention(QUESTION))
    assert said.status_code == 200
    await until(lambda: bool(shown(slack)))
    post = shown(slack)[0]
    assert post["channel"] == CHANNEL
    assert post["thread_ts"] == TS
    assert ACCOUNT in words(post)
    assert not slack.private


async def test_a_direct_message_is_answered_in_its_thread(
    client: httpx.AsyncClient, slack: FakeSlack
) -> None:
    await deliver(client, direct(QUESTION, thread_ts="1780000000.000001"))
    await until(lambda: bool(shown(slack)))
    post = shown(slack)[0]
    assert (post["channel"], post["thread_ts"]) == (DIRECT, "1780000000.000001")
    assert ACCOUNT in words(post)


async def test_the_next_message_of_a_thread_goes_on_with_it(
    client: httpx.AsyncClient, slack: FakeSlack
) -> None:
    await deliver(client, direct(QUESTION))
    await deliver(
        client,
        direct("その会社の商談は？", ts="1790000001.000100", thread_ts=TS),
    )
    await until(lambda: len(shown(slack)) >= 2)
    assert "商談" in words(shown(slack)[1])
    assert ACCOUNT in words(shown(slack)[1])


async def test_a_person_is_known_by_the_e_mail_address(
    client: httpx.AsyncClient, slack: FakeSlack
) -> None:
    await deliver(client, direct("北斗精密の売上と利益は？", user="U0NOID"))
    await until(lambda: bool(shown(slack)))
    assert "北斗精密" in words(shown(slack)[0])


STRANGERS: list[dict[str, Any]] = [
    {"email": "guest@elsewhere.example"},
    {"email": None},
    {"email": "saeki@inaho.example", "team_id": "T0OTHER"},
    {"email": "saeki@inaho.example", "is_stranger": True},
    {"email": "saeki@inaho.example", "is_email_confirmed": False},
    {"email": "saeki@inaho.example", "is_bot": True},
    {"email": "saeki@inaho.example", "is_restricted": True},
    {"email": "saeki@inaho.example", "is_ultra_restricted": True},
]


@pytest.mark.parametrize(("text", "sorry"), [(QUESTION, "申し訳"), ("Brief me on A001", "Sorry")])
async def test_strangers_get_one_polite_sentence_and_no_data(
    client: httpx.AsyncClient, slack: FakeSlack, text: str, sorry: str
) -> None:
    for number, user in enumerate(STRANGERS):
        slack.person(f"U0STRANGER{number}", **user)
        payload = direct(text, user=f"U0STRANGER{number}", ts=f"179000000{number}.000100")
        await deliver(client, payload)
    await until(lambda: len(shown(slack)) >= len(STRANGERS))
    await quiet(0.1)
    assert len(shown(slack)) == len(STRANGERS)
    for post in shown(slack):
        assert words(post).startswith(sorry)
        assert ACCOUNT not in words(post)


async def test_a_rep_learns_nothing_of_anothers_account(
    client: httpx.AsyncClient, slack: FakeSlack
) -> None:
    await deliver(client, direct("青葉化学の売上と利益は？"))
    await until(lambda: bool(shown(slack)))
    assert "億" not in words(shown(slack)[0])
    assert "万円" not in words(shown(slack)[0])


MEMBERS = {
    "another rep": ["U0SAMPLE06", "U0SAMPLE03", BOT_USER, "U0SAMPLE07"],
    "a guest": ["U0SAMPLE06", "U0GUEST"],
    "a person Slack does not show": ["U0SAMPLE06", "U0INVISIBLE"],
    "another manager": ["U0SAMPLE06", "U0SAMPLE04"],
}


@pytest.mark.parametrize("members", MEMBERS.values(), ids=MEMBERS.keys())
async def test_with_others_in_the_channel_the_answer_is_for_the_asker_alone(
    client: httpx.AsyncClient, slack: FakeSlack, members: list[str]
) -> None:
    slack.channels[CHANNEL] = members
    await deliver(client, mention(QUESTION, ts="1790000002.000100", thread_ts=TS))
    await until(lambda: bool(slack.private))
    (private,) = slack.private
    assert private["user"] == "U0SAMPLE06"
    assert (private["channel"], private["thread_ts"]) == (CHANNEL, TS)
    assert ACCOUNT in words(private)
    assert not shown(slack)


async def test_a_thread_without_a_reply_is_opened_without_data(
    client: httpx.AsyncClient, slack: FakeSlack
) -> None:
    """Slack shows private messages of a thread only when it has a reply already."""
    slack.channels[CHANNEL] = MEMBERS["another rep"]
    await deliver(client, mention(QUESTION))
    await until(lambda: bool(slack.private))
    post = shown(slack)[0]
    assert ACCOUNT not in words(post)
    assert "質問された方だけ" in words(post)


async def test_when_slack_does_not_tell_the_members_the_answer_is_private(
    client: httpx.AsyncClient, slack: FakeSlack
) -> None:
    slack.failures.append(("conversations.members", "missing_scope"))
    await deliver(client, mention(QUESTION, thread_ts="1780000000.000001"))
    await until(lambda: bool(slack.private))
    assert not shown(slack)


async def test_people_who_have_left_and_programs_do_not_count(
    client: httpx.AsyncClient, slack: FakeSlack
) -> None:
    slack.channels[CHANNEL] = ["U0SAMPLE06", "U0GONE", "U0BOT", "USLACKBOT", "U0SAMPLE02"]
    await deliver(client, mention(QUESTION))
    await until(lambda: bool(shown(slack)))
    assert ACCOUNT in words(shown(slack)[0])


async def test_an_executive_among_reps_is_answered_privately(
    client: httpx.AsyncClient, slack: FakeSlack
) -> None:
    await deliver(client, mention(QUESTION, user="U0SAMPLE01", thread_ts="1780000000.000001"))
    await until(lambda: bool(slack.private))
    assert not shown(slack)


@pytest.mark.parametrize("text", ["", "   ", "あ" * 4001])
async def test_what_is_no_question_gets_one_sentence(
    client: httpx.AsyncClient, slack: FakeSlack, text: str
) -> None:
    await deliver(client, mention(text))
    await until(lambda: bool(shown(slack)))
    assert "4,000" in words(shown(slack)[0])


async def test_a_failure_tells_a_log_id_and_nothing_else(
    client: httpx.AsyncClient, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_a: object, **_k: object) -> None:
        raise ValueError("/srv/secret/place")

    monkeypatch.setattr("assistant.service.Assistant._run", fail)
    await deliver(client, direct(QUESTION))
    await until(lambda: bool(shown(slack)))
    await quiet()
    post = shown(slack)[0]
    assert "記録番号" in words(post)
    assert "secret" not in words(post)
