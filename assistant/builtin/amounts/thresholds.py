"""A threshold is a bound on what the nearest word measures."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from assistant.builtin.amounts.bounds import Op, bounds_of
from assistant.builtin.amounts.quantity import Unit
from assistant.builtin.when import folded


@dataclass(frozen=True)
class Threshold:
    """A bound on a measure. A percentage is its fraction; weeks, months and years are 7, 30 and
    365 days, half a year is 180. `unit` is None where none is said; `about` is the nearest word
    that names the measure.
    """

    op: Op
    value: Decimal
    unit: Unit | None
    about: str
    start: int
    end: int


_JA_WORD = r"[一-龠々ァ-ヶーa-z]+(?:[きりげしみえ](?![てたいなま])[一-龠々ァ-ヶー]*)*"
_SUBJECT = re.compile(rf"({_JA_WORD})(?:が|は|も|、)?(?:約|およそ|合計で?|平均で?)?$")
_OBJECT = re.compile(rf"\s?(?:の|もの)?({_JA_WORD})")
_LOOSE = re.compile(rf"({_JA_WORD})(?:の|を|で|に)?$")
_WHEN = re.compile(r".*(?:[期年月週日]|方|順)$|^(?:上位|下位|直近|過去)$")
_SKIP = {
    "is", "are", "was", "were", "be", "of", "with", "a", "an", "the", "have", "has", "had", "that",
    "which", "who", "and", "or", "worth", "at", "in", "for", "by", "to", "me", "show", "all", "any",
    "where", "whose", "from", "than", "it", "only", "more", "been", "not", "no", "list",
}  # fmt: skip
_PAIRED = {"rate", "margin", "value", "ratio", "size", "amount", "share", "cost", "probability"}
_COUNTED = re.compile(
    r"(deals?|orders?|opportunit(?:y|ies)|accounts?|customers?|compan(?:y|ies)|people|employees|"
    r"contacts?|activit(?:y|ies)|visits?|meetings?|calls?|products?|categor(?:y|ies)|views?)$"
)


def find_thresholds(text: str) -> list[Threshold]:
    """Every bound a message sets on a measure, in order; a range is two.

    Bounds side by side (1億円以上2億円未満) are about the same.
    """
    plain, _cased, places = folded(text)
    found: list[Threshold] = []
    before = 0
    for op, value, unit, start, end in bounds_of(plain):
        about = _about(plain, start, end, before if before <= start else 0)
        place = places[start], places[end - 1] + 1
        found.append(Threshold(op, value, unit, about, *place))
        before = end
    return [_shared(found, i) for i in range(len(found))]


def _shared(found: list[Threshold], index: int) -> Threshold:
    this = found[index]
    for near in found[max(0, index - 1) : index + 2]:
        is_beside = near.end == this.start or this.end == near.start
        if not this.about and is_beside:
            return replace(this, about=near.about)
    return this


def _about(plain: str, start: int, end: int, since: int) -> str:
    """The nearest word that says what is measured, as it stands in the folded message."""
    if re.search(r"[ぁ-んァ-ヶ一-龠]", plain):
        before = plain[since:start].rstrip()
        for match in (_SUBJECT.search(before), _OBJECT.match(plain, end), _LOOSE.search(before)):
            if match and not _WHEN.match(match[1]):
                return match[1]
        return ""
    if counted := _COUNTED.search(plain[start:end]):
        return counted[1]
    if follows := re.match(r" (?:in|of) (?:the )?([a-z]+)", plain[end:]):
        return follows[1]
    words = re.findall(r"[a-z]+", plain[since:start])
    while words and words[-1] in _SKIP:
        words.pop()
    if words:
        is_pair = words[-1] in _PAIRED and len(words) > 1 and words[-2] not in _SKIP
        return " ".join(words[-2:]) if is_pair else words[-1]
    after = re.match(r"[ ,]+([a-z]+)", plain[end:])
    return after[1] if after and after[1] not in _SKIP else ""
