"""Words for Slack: no link, mention or emoji can arise from data, and no piece is too long.

What is written otherwise than it was given, so that it stays text: `*` as ∗, a backtick as ˋ,
underscores and tildes around a word as ＿ and ～, the first colon of `:word:` as ：, addresses as
`defanged` says, and &, <, > as Slack wants them (in cells and on buttons < and > as ＜ and ＞).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from api.render.safe import defanged, spans
from crm.text import visible

SECTION = 3000
"""Characters in a section, after escaping, at the most."""
_PAIRED = re.compile(r"(?<!\w)([_~])(?=\S)([^_~]+)(?<=\S)\1(?!\w)")
_LOOKALIKES = {"_": "＿", "~": "～"}
_EMOJI = re.compile(r":(?=[a-z+-][a-z0-9_+'-]*:)")
_ENDS = "\n。．！？.!?、,; 　"
_JOINER, _FLAG = "\u200d", range(0x1F1E6, 0x1F200)
_BELONGS = frozenset("\ufe0e\ufe0f\u20e3" + _JOINER) | {chr(c) for c in range(0x1F3FB, 0x1F400)}


def mrkdwn(text: str) -> str:
    """Text with `**strong**` as Slack's mrkdwn, inert but for the strong parts."""
    shown = ""
    pieces = spans(visible(text))
    for index, (piece, strong) in enumerate(pieces):
        words = inert(piece)
        if not strong:
            shown += words
            continue
        following = pieces[index + 1][0] if index + 1 < len(pieces) else ""
        before = " " if shown and not shown[-1].isspace() and shown[-1] not in "([" else ""
        after = " " if following and following[0] not in " \n\t.,:;!?)]" else ""
        shown += f"{before}*{words}*{after}"
    return shown


def inert(text: str) -> str:
    """The text as mrkdwn in which nothing acts."""
    text = defanged(text).replace("*", "∗").replace("`", "ˋ")
    text = _PAIRED.sub(lambda m: f"{_LOOKALIKES[m[1]]}{m[2]}{_LOOKALIKES[m[1]]}", text)
    text = _EMOJI.sub("：", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str) -> str:
    """The text on one line, without marks for strong."""
    return " ".join("".join(piece for piece, _strong in spans(visible(text))).split())


def label(text: str, room: int) -> str:
    """The text for a place that is plain and short (a button, an option); … stands for the rest."""
    words = defanged(plain(text)).replace("<", "＜").replace(">", "＞")
    return words if len(words) <= room else words[: whole(words, room - 1)] + "…"


def fitted(text: str, room: int = SECTION) -> list[str]:
    """The text as mrkdwn in as few pieces as fit the room; cut after a sentence where possible."""
    shown = mrkdwn(text)
    if len(shown) <= room:
        return [shown] if shown.strip() else []
    middle = len(text) // 2
    near = range(middle, max(middle // 2, 1), -1)
    cut = next((i for i in near if text[i - 1] in _ENDS), whole(text, middle))
    if text[cut - 1 : cut + 1] == "**":
        cut += 1
    left, right = text[:cut], text[cut:]
    if left.count("**") % 2:
        left, right = left.rstrip() + "**", "**" + right.lstrip()
    return fitted(left, room) + fitted(right, room)


def whole(text: str, cut: int) -> int:
    """The last place up to the cut that does not part a letter from its marks, or an emoji."""
    place = cut
    while 1 < place < len(text) and cut - place < 40 and _parts(text, place):
        place -= 1
    return place if not _parts(text, place) else cut


def _parts(text: str, place: int) -> bool:
    """Whether a cut before this place parts what is shown as one."""
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    if ord(before) in _FLAG and ord(after) in _FLAG:
        run = next((i for i in range(place - 1, -1, -1) if ord(text[i]) not in _FLAG), -1)
        return (place - 1 - run) % 2 == 1
    return (
        after in _BELONGS
        or before == _JOINER
        or bool(re.match(r"[\u0300-\u036f\u3099\u309a]", after))
    )


def packed(lines: Iterable[str], room: int) -> list[str]:
    """Lines joined to texts no longer than the room; every line fits it by itself."""
    found: list[str] = []
    for line in lines:
        if found and len(found[-1]) + 1 + len(line) <= room:
            found[-1] += "\n" + line
        else:
            found.append(line)
    return found
