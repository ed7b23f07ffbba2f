"""What people see in Slack: each surface handles its items, and all of them are listed here."""

from __future__ import annotations

from api.slack.answering import answer
from api.slack.registry import Surfaces
from api.slack.surfaces import (
    approving,
    commands,
    container,
    editing,
    evidence,
    home,
    opinions,
    preferences,
    saying,
    shortcut,
)


def surfaces() -> Surfaces:
    """Every handler there is."""
    return Surfaces(
        handlers={
            ("message", ""): answer,
            ("thread_started", ""): container.started,
            ("home", ""): home.opened,
            ("command", "/tagayasu"): commands.command,
            ("shortcut", "brief_account"): shortcut.brief,
            ("action", "home_refresh"): home.opened,
            ("action", "say_yes"): saying.say_yes,
            ("action", "say_no"): saying.say_no,
            ("action", "say"): saying.say_number,
            ("action", "draft_plan"): saying.draft_plan,
            ("action", "show_plan"): saying.show_plan,
            ("action", "plan_of"): saying.plan_of,
            ("action", "brief"): saying.brief,
            ("action", "evidence"): evidence.shown,
            ("action", "feedback"): opinions.said,
            ("action", "approve"): approving.approve,
            ("action", "plan_menu"): editing.menu,
            ("action", "edit_item"): editing.one,
            ("submission", "account"): shortcut.chosen,
            ("submission", "reason"): opinions.explained,
            ("submission", "send_back"): approving.sent_back,
            ("submission", "edit"): editing.saved,
            ("submission", "review"): editing.reviewed,
        },
        quick={
            ("home", ""): home.waiting,
            ("shortcut", "brief_account"): shortcut.opened,
            ("action", "open_web"): saying.ignore,
            ("action", "preferences"): preferences.opened,
            ("action", "evidence"): evidence.opened,
            ("action", "feedback"): opinions.asked,
            ("action", "send_back"): approving.asked,
            ("action", "plan_menu"): editing.opened,
            ("action", "edit_item"): editing.opened,
            ("submission", "account"): shortcut.choice,
            ("submission", "edit"): editing.checked,
            ("submission", "review"): editing.review_checked,
            ("submission", "preferences"): preferences.saved,
        },
    )
