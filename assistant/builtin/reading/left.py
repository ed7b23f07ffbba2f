"""What is left of a text when the arguments it gives and the words around them are gone."""

from __future__ import annotations

import re

from assistant.builtin.slots import lexicon, without_slots
from assistant.builtin.words import plain_form

MASKED = "\u3000"
_NEGATED = re.compile(
    r"^.*(?:じゃなくて?|ではなく(?:て)?|でなく(?:て)?)[、,]?\s*(?=\S{2})|^not [^,]+,\s*(?=\S{2})",
    re.IGNORECASE,
)


def without_negated(text: str) -> str:
    """停滞じゃなくて予定日超過なら？ asks for what comes after."""
    return _NEGATED.sub("", text)


def without_word(text: str, word: str, instead: str = MASKED) -> str:
    """The text without a word of its plain form, where it stands as it is."""
    place = plain_form(text).find(word)
    if place < 0 or len(plain_form(text)) != len(text):
        return text
    return text[:place] + instead + text[place + len(word) :]


def left_of(rest: str) -> str:
    """What remains when arguments and the words around them are gone."""
    words = lexicon()
    plain = without_slots(rest)
    for group in ("group", "correction", "compare", "faint_reference"):
        for pattern in words[group]:
            plain = re.sub(pattern.casefold(), " ", plain)
    if not re.search(r"[\u3040-\u30ff\u3400-\u9fff]", plain):
        known = set(words["ellipsis_en"])
        tokens = re.findall(r"[a-z0-9'’]+", plain)
        return " ".join(t for t in tokens if t.removesuffix("'s").removesuffix("’s") not in known)
    for word in sorted(words["ellipsis_ja"], key=len, reverse=True):
        plain = plain.replace(word, " ")
    return re.sub(r"[\s\u3000、。,.?？!！「」『』…ー〜~]+", "", plain)
