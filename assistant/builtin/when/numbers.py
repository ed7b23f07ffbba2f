"""A number of a date is written in digits, in kanji or as an English word."""

from __future__ import annotations

from assistant.figures.numerals import whole

NUMBER_WORDS = {
    w: n
    for n, w in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
         "eleven", "twelve")
    )
} | {"a": 1, "couple of": 2, "fifteen": 15, "eighteen": 18, "twenty": 20, "twenty-four": 24,
     "thirty": 30, "thirty-six": 36, "sixty": 60, "ninety": 90}  # fmt: skip
ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4,
             "4th": 4, "final": 4}  # fmt: skip
MONTHS = {
    name: n
    for n, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul",
         "august aug", "september sept sep", "october oct", "november nov", "december dec"), 1
    )
    for name in names.split()
}  # fmt: skip
NUMBER = r"(?:\d{1,4}|[〇零一二三四五六七八九十]{1,4})"
COUNT = "|".join(sorted((w for w in NUMBER_WORDS if w != "zero"), key=len, reverse=True))


def number_of(word: str) -> int:
    """A number in digits, in kanji (十二, 二〇二六) or in an English word."""
    if word in NUMBER_WORDS or word == "元":
        return NUMBER_WORDS.get(word, 1)
    return whole(word.replace("零", "〇"))


def year_of(era: str, word: str) -> int | None:
    """The year of 2026, 26 or 令和8; a small number of no era is none."""
    number = number_of(word)
    if era:
        return number + (2018 if era in ("令和", "r") else 1988)
    if 1990 <= number <= 2099:
        return number
    return 2000 + number if len(word) == 2 and word.isdecimal() else None
