"""Commands answer the person alone, find accounts by the names people use, and help when wrong."""

from __future__ import annotations

import zlib

from assistant.bootstrap import Workspace
from tests.slack.fake_slack import FakeSlack
from tests.slack.payloads import command, pressed
from tests.slack.seeing import buttons, shown, words
from tests.slack.surface import Visit, trigger, visit
from tests.slack.test_buttons import kept

__all__ = ["visit"]


async def said(visit: Visit, text: str, **more: str) -> str:
    await visit.form(command(text, trigger=f"c.{zlib.crc32(text.encode())}", **more))
    await visit.settled(60)
    return words(shown(visit.slack)[-1])


async def test_a_briefing_by_a_name_as_people_write_it(visit: Visit, slack: FakeSlack) -> None:
    for number, text in enumerate(["brief 北斗精密", "brief hokuto", "ブリーフィング　北斗精密"]):
        await visit.form(command(text, "U0SAMPLE07", trigger=f"b.{number}"))
    await visit.settled(60)
    assert sum("ブリーフィング" in words(m) and "北斗精密" in words(m) for m in shown(slack)) == 3


async def test_several_accounts_are_offered_to_choose_from(visit: Visit, slack: FakeSlack) -> None:
    found = await said(visit, "brief 東都", user="U0SAMPLE01")
    assert "複数" in found
    button = buttons(shown(slack)[-1])["brief:0"]
    await visit.form(
        pressed(button["action_id"], button["value"], "U0SAMPLE01", trigger=trigger(slack))
    )
    await visit.settled(60)
    assert any("東都電機" in words(m) and "要点" in words(m) for m in shown(slack))


WRONG = {
    "": "使い方", "help": "使い方", "なにこれ": "なにこれ", "brief": "取引先名を続けて",
    "plan": "取引先名を続けて", "brief 存在しない会社": "見つかりません",
    "brief 青葉化学": "見つかりません", "brief <!channel>": "見つかりません",
}  # fmt: skip


async def test_what_is_wrong_is_told_with_what_helps(visit: Visit) -> None:
    for text, told in WRONG.items():
        found = await said(visit, text)
        assert told in found
        assert "<!channel>" not in found


async def test_the_plan_of_an_account_is_shown(visit: Visit, workspace: Workspace) -> None:
    kept(workspace)
    assert "完成度" in await said(visit, "plan 東都電機株式会社")


async def test_attention_lists_accounts(visit: Visit) -> None:
    assert "注意が必要" in await said(visit, "attention")
