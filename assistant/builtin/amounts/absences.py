"""An absence is what a message says there is none of: 商談のない, without orders."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from assistant.builtin.when import folded

What = Literal["deals", "orders", "activities", "contacts", "contract"]


@dataclass(frozen=True)
class Absence:
    """What an account is said to have none of."""

    what: What
    start: int
    end: int


_NONE_JA = (
    r"(?:が|の|は|も|を)?(?:一つも|一件も|一度も|まったく|全く|何も)?\s?"
    r"(?:な(?:い|く(?!な)|かった|し)|無[いし]|ゼロ|皆無|0件|ありません|いない|存在しない)"
)
_NO_EN = (
    r"(?<![a-z0-9.,])(?:(?:no|without|zero|0|lack(?:s|ing)?|(?:do|does|did|have|has)(?: not|n't))"
    r" (?:have )?)(?:any |an |a |single |open |recent |active |past |key |current |registered )*"
)
_NOT_YET = r"(?:have|has|had|did|do|does|were|was|is|are)(?: not|n't)(?: been| yet)* "
_ABSENT: tuple[tuple[What, str], ...] = (
    ("deals", rf"(?:進行中の)?(?:商談|案件|パイプライン|引き合い|引合){_NONE_JA}|"
     rf"{_NO_EN}(?:deals?|opportunit(?:y|ies)|pipeline)(?![a-z])"),
    ("orders", rf"(?:取引|受注|注文|発注|購入|購買|購入実績|取引実績|売上){_NONE_JA}|未取引|未購入|"
     r"(?:買って|(?:購入|注文|発注|取引)して)いない|"
     r"(?:買った|(?:購入|注文|発注|受注|取引)した)こと[のが]ない|"
     rf"{_NO_EN}(?:orders?|purchases?|sales(?! (?:rep|person|team|manager)))(?![a-z])|"
     rf"(?:never |{_NOT_YET})(?:yet )?(?:bought|ordered|purchased|buy|order|purchase)"
     r"(?![a-z])"),
    ("activities", rf"(?:活動|接触|接点|訪問|面談|連絡|フォロー|コンタクト|動き){_NONE_JA}|"
     r"ご?無沙汰|"
     r"(?:訪問|連絡|接触|フォロー|面談)(?:でき|出来|し)ていない|会(?:って|えて)いない|"
     rf"{_NO_EN}(?:activit(?:y|ies)|contact(?! person)|touch(?:es)?|visits?|calls?|meetings?)"
     rf"(?![a-z])|(?:never |{_NOT_YET})(?:contacted|visited|called|met|talked to|spoken to|touched)"
     r"(?![a-z])|"
     r"(?<![a-z])(?<!categories are )untouched(?! (?:categor|product)|[a-z])"),
    ("contacts", rf"(?:連絡先|窓口|キーパーソン|キーマン|先方担当者?|取引先担当者){_NONE_JA}|"
     rf"{_NO_EN}(?:contacts|contact person|contact people|key people)(?![a-z])"),
    ("contract", rf"(?:保守|年間)?契約{_NONE_JA}|未契約|契約して(?:いない|いません)|"
     rf"{_NO_EN}(?:maintenance |service )?contracts?(?![a-z])"),
)  # fmt: skip
_ABSENCES = [(what, re.compile(pattern)) for what, pattern in _ABSENT]


def find_absence(text: str) -> list[Absence]:
    """What a message says there is none of, in order."""
    plain, _cased, places = folded(text)
    found = [
        Absence(what, places[m.start()], places[m.end() - 1] + 1)
        for what, pattern in _ABSENCES
        for m in pattern.finditer(plain)
    ]
    return sorted(found, key=lambda absence: absence.start)
