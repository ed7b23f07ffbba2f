"""The shortcut on a message briefs on the account it names, in the asker's direct conversation."""

from __future__ import annotations

from tests.slack.fake_slack import FakeSlack
from tests.slack.payloads import CHANNEL, shortcut, submitted
from tests.slack.seeing import shown, words
from tests.slack.surface import Visit, trigger, visit

__all__ = ["visit"]


async def test_the_account_in_the_message_is_briefed_on(visit: Visit, slack: FakeSlack) -> None:
    text = "明日は信濃電子さんを訪問します <@U0SAMPLE03>"
    await visit.form(shortcut("brief_account", text, trigger=trigger(slack)))
    await visit.settled(60)
    assert "お送りしました" in words(visit.view())
    assert any("信濃電子" in words(message) for message in shown(slack, "D0SAMPLE06"))
    assert not shown(slack, CHANNEL)
    assert not slack.private


async def test_of_several_accounts_one_is_chosen(visit: Visit, slack: FakeSlack) -> None:
    text = "信濃電子と東都電機株式会社の件"
    await visit.form(shortcut("brief_account", text, trigger=trigger(slack)))
    await visit.settled(60)
    view = visit.view()
    options = view["blocks"][0]["element"]["options"]
    assert len(options) == 2
    chosen = {"account": {"account": {"selected_option": options[0]}}}
    await visit.form(submitted("account", chosen, view_id=view["id"]))
    await visit.settled(60)
    assert any("信濃電子" in words(message) for message in shown(slack))


async def test_an_account_of_others_is_not_named(visit: Visit, slack: FakeSlack) -> None:
    await visit.form(shortcut("brief_account", "青葉化学の件", trigger=trigger(slack)))
    await visit.settled(60)
    assert "見つかりません" in words(visit.view())
    assert "青葉" not in words(visit.view())
