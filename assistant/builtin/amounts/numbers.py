"""A number is written in digits, in kanji or as an English word: 1億2,000万, 三十, twelve."""

from __future__ import annotations

from decimal import Decimal

from assistant.figures.numerals import amount

WORDS = {
    "a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30,
    "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100,
}  # fmt: skip
_WORD = "|".join(sorted(WORDS.keys() - {"a"}, key=len, reverse=True)) + (
    "|a(?= (?:hundred|thousand|million|billion))"
)
_PLAIN = r"\d{1,15}(?:,\d{3}){0,5}(?:\.\d{1,6})?"
NUMERAL = "〇零一二三四五六七八九十百千"
NUMBER = (
    rf"(?:(?:{_PLAIN}|[{NUMERAL}])(?:\s?[十百千万億兆]{{1,3}})?"
    rf"(?:(?<=[万億兆百千])(?:\d{{1,4}}(?:,\d{{3}})?|[{NUMERAL}]{{1,8}})[百千]?[万億]?){{0,3}}"
    rf"|[{NUMERAL}]{{1,8}}[万億兆]?|[億百千]{{1,3}}[万億]?|半(?=[年月])|(?:{_WORD})(?![a-z]))"
)


def number_of(text: str) -> Decimal:
    """The value of 1億2,000万, 三十, 12.5 or of an English word."""
    if text in WORDS or text == "半":
        return Decimal(WORDS.get(text, 0)) or Decimal("0.5")
    value, _unit = amount(text.replace("零", "〇"))
    return value or Decimal(0)
