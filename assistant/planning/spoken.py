"""What a person says about plans, as code reads it: yes, no, next, undo, numbered answers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from assistant.builtin.words import plain_form
from crm.audit import door
from crm.settings import Language
from plans.model import Outcome
from prompts import loader

_WORDS = "plans/talk.yaml"
_MARKS = " 　。．.、,!！?？〜~ー…♪"
_SPACED = re.compile(r"(?:^|\s)([1-9１-９])\s+(?=\S)")
_NUMBERED = re.compile(
    r"(?:^|[\s。、,;])[(（]?(?P<n>[1-9１-９])[)）.．:：、]\s*(?![0-9０-９])"
    r"|(?:^|[\s。、,;])(?P<w>[1-9１-９])は\s*(?![0-9０-９])"
    r"|(?P<c>[①-⑨])\s*(?:は|が|：|:|、|\.)?\s*"
    r"|(?:質問|問い?|q|#)\s?の?(?P<q>[1-9１-９])(?:番目?|つ目)?(?:は|：|:|、|\.|\s|$)\s*"
    r"|(?<![0-9０-９])(?P<k>[1-9１-９])(?:番目?|つ目)(?:は|：|:|、|\s|$)\s*"
    r"|(?:^|[\s,;.])(?:number|no\.?) (?P<e>[1-9])(?: is|:|,|\s)\s*",
    re.IGNORECASE,
)
"""The number of a question: 2. … , ②は… , 質問2は… , 2番、… , number 2: …"""
_TOGETHER = re.compile(
    r"(?:^|(?<=[\s。、,]))([1-9１-９①-⑨])(?:番?と|・|、|,\s?| and )([1-9１-９①-⑨])番?"
    r"(?:は|：|:)\s*([^。\n]+)"
)
"""Two questions that have one answer: 1と3はまだ決まっていない."""
_INSTEAD = re.compile(
    r"(?:あ、?|いや、?|すみません、?)*(?P<old>.{1,30}?)(?:じゃなくて?|ではなく(?:て)?)、?(?P<new>.{1,40}?)"
    r"(?:だった|でした|です|で|に|でお願いします)?[。.!]*"
)
_CORRECTION = re.compile(
    r"(?:(?:いや|いえ|いいえ|ごめん|すみません)、?\s*)?"
    r"(?:(?:やっぱり?|やはり)、?\s*(?P<ja>.{1,30}?)(?:で|に|にして|でお願い|でお願いします|にしてください)?"
    r"|(?:(?:no|sorry|actually|wait|oh|and|also)[,.]?\s+)+(?:make (?:it|that)[:,]?\s+)?"
    r"(?P<en>.{1,60}?)"
    r"|make (?:it|that)[:,]?\s+(?P<en2>.{1,60}?)"
    r"(?: instead)?)",
    re.IGNORECASE,
)
_ALSO = re.compile(r"(?:あと、?|それと、?)?(?P<field>[^\s、。]{2,6})も(?=[^\s、。])")
_PLAN = re.compile(r"プラン|計画|\bplans?\b", re.IGNORECASE)
_DRAW = re.compile(
    r"作|つく|立て|たてて|起こ|起案|ドラフト|下書|たたき台|叩き台|書[いき]|用意|準備|ほしい|欲し|必要|始め"
    r"|新し|新規|もう一|別の|(?:プラン|計画)書?[をもの]?(?:お願い|頼|ください|下さい|くれ)"
    r"|\b(?:draft|draw|creat|mak|buil|writ|prepar|need|want|start|set up|put together|generat|new|"
    r"another|fresh|begin|give me an?|come up|work up|plan for)",
    re.IGNORECASE,
)
_NEW = re.compile(r"新し|新規|もう一|別の|別に|作り直|\bnew\b|another|fresh|from scratch", re.I)


def say(name: str, language: Language, **values: object) -> str:
    """A sentence about plans, filled in: talk.yaml, where a door may have its own (`_at_slack`)."""
    said = loader.data(_WORDS)["said"]
    phrase: str = said.get(f"{name}_at_{door()}", said[name])[language]
    return phrase.format(**values)


def is_yes(text: str) -> bool:
    """Whether a message says yes and nothing else."""
    return _is("yes", text)


def is_no(text: str) -> bool:
    """Whether a message says no and nothing else."""
    return _is("no", text)


def is_skip(text: str) -> bool:
    """Whether an answer says that it is not known, or asks to go on."""
    return _is("skip", text)


def is_wait(text: str) -> bool:
    """Whether a message asks to wait with what was shown."""
    return _is("wait", text)


def is_enough(text: str) -> bool:
    """Whether a message says that there is no more to answer for now."""
    return _is("enough", text)


def is_undo(text: str) -> bool:
    """Whether a message asks to take the last change back."""
    return _is("undo", text)


def is_word(text: str) -> bool:
    """Whether a message is a word in answer, which is in the language of what went before."""
    return is_yes(text) or is_no(text) or text.strip(_MARKS).isdigit()


def speaks_of_plans(text: str) -> bool:
    return _PLAN.search(text) is not None


def asks_for_a_plan(text: str) -> bool:
    """Whether a message may ask to have a plan drawn up; one that looks for plans does not."""
    return speaks_of_plans(text) and _DRAW.search(text) is not None


def wants_another(text: str) -> bool:
    """Whether a message asks for a plan beside the one there is."""
    return _NEW.search(text) is not None


def replies(text: str, asked: Collection[int]) -> Mapping[int | None, str]:
    """The answers in a message by the number of their question; None is the only one without.

    Numbers that were not asked are words like others. As many lines as questions are their
    answers in order.
    """
    found: dict[int | None, str] = {}
    text = _TOGETHER.sub(r"\n\1は\3\n\2は\3\n", text).strip()
    places = [m for m in _NUMBERED.finditer(text) if _number(m) in asked] or _spaced(text, asked)
    for n, match in enumerate(places):
        end = places[n + 1].start() if n + 1 < len(places) else len(text)
        if answer := text[match.end() : end].strip():
            found.setdefault(_number(match), answer)
    if found:
        return found
    lines = [line.strip(" 　・-") for line in text.splitlines() if line.strip(" 　・-")]
    if len(lines) == len(asked) > 1:
        return dict(zip(sorted(asked), lines, strict=True))
    return {None: text.strip()}


def _number(match: re.Match[str]) -> int:
    """The number that stands in whichever group of a match has one."""
    digit = next(found for found in match.groups() if found)
    return int(unicodedata.normalize("NFKC", digit))


def _spaced(text: str, asked: Collection[int]) -> list[re.Match[str]]:
    """Numbers without a mark behind them: only several, from the beginning on, in their order."""
    places = [m for m in _SPACED.finditer(text) if int(m[1]) in asked]
    numbers = [int(m[1]) for m in places]
    is_list = len(places) > 1 and places[0].start() == 0 and numbers == sorted(set(numbers))
    return places if is_list else []


def corrected_words(text: str) -> str | None:
    """What a correction puts in the place of what was said: 5月 of やっぱり5月で; None for none."""
    plain = text.strip().strip(_MARKS)
    if instead := _INSTEAD.fullmatch(plain):
        return f"名前を「{instead['new']}」に変更"
    if also := _ALSO.match(plain):
        return f"{also['field']}を{plain[also.end() :]}"
    found = _CORRECTION.fullmatch(plain)
    words = (found["ja"] or found["en"] or found["en2"] or "") if found else ""
    return words.strip() or None


def completed(asked_of: str, words: str, language: Language) -> list[str]:
    """The ways in which words complete a message of which one thing was asked, the likeliest first.

    目標をもう少し上げて, and then 5000万で: the amount is the goal's.
    """
    found = loader.data(_WORDS)["completions"]
    bare = re.sub(found["around"], "", words.strip().strip(_MARKS), flags=re.IGNORECASE).strip()
    kind = "goal" if re.search(found["of_goal"], asked_of, re.IGNORECASE) else "other"
    return [form.format(text=asked_of, words=bare) for form in found[kind][language]]


def correction_forms(kind: str, language: Language) -> list[str]:
    """The ways in which a correction of {name} by {words} may be meant, the likeliest first.

    `kind` is item, or the field of the head that is corrected.
    """
    forms: list[str] = loader.data(_WORDS)["corrections"].get(kind, {}).get(language, [])
    return forms


def outcome_said(text: str) -> tuple[Outcome | None, str | None]:
    """The outcome and the lessons that a message tells; None for what it does not tell."""
    words = loader.data(_WORDS)
    lessons = next((m[1].strip() for p in words["lessons"] if (m := _found(p, text))), None)
    head = text if lessons is None else text.replace(lessons, " ")
    order: tuple[Outcome, ...] = ("missed", "partly", "achieved")
    outcome = next(
        (code for code in order if any(_found(p, head) for p in words["outcome"][code])), None
    )
    return outcome, lessons


def review_said(text: str) -> str | None:
    """What a message tells of a review that was held."""
    return next(
        (m[1].strip() for p in loader.data(_WORDS)["review"] if (m := _found(p, text))), None
    )


def _found(pattern: str, text: str) -> re.Match[str] | None:
    return re.search(pattern, text, re.IGNORECASE | re.DOTALL)


def _is(kind: str, text: str) -> bool:
    plain = plain_form(text).strip(_MARKS)
    return any(pattern.fullmatch(plain) for pattern in _patterns(kind))


@cache
def _patterns(kind: str) -> tuple[re.Pattern[str], ...]:
    declared: dict[str, Any] = loader.data(_WORDS)
    return tuple(re.compile(p, re.IGNORECASE) for p in declared[kind])
