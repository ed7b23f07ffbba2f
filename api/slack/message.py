"""What a person has said, without Slack's own markup."""

from __future__ import annotations

import html
import re

_MARKED = re.compile(r"<([^<>]*)>")


def words_of(text: str, bot_user_id: str) -> str:
    """What the person has said, without our own name and without Slack's markup."""

    def spoken(found: re.Match[str]) -> str:
        target, _, label = found[1].partition("|")
        if target == f"@{bot_user_id}":
            return " "
        if target.startswith("!"):
            return label
        if target.startswith(("@", "#")):
            return f"{target[0]}{label}" if label else ""
        return label or target

    return html.unescape(_MARKED.sub(spoken, text)).strip()
