"""The legal forms that a name may bear, declared in legal_forms.yaml; no name is read here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from crm.declared import declared

_WORD = r"(?<![a-z0-9&'/-])"
"""A form of Latin letters begins a word: it is no end of `Coca-Co` or `A&SA`."""
_SHORT = rf"{_WORD}(?<!\.)"
"""Two letters are no form behind a dot: `amazon.co`."""
_DOTTED = rf"{_SHORT}(?<!\s[a-z]\.\s)"
"""Nor are letters with dots when one more stands before them: `U.S.A.`, `U. S. A.`."""
_AFTER = r"(?![a-z0-9&'/-])"


@dataclass(frozen=True)
class Forms:
    """Patterns over names in normal form, in which blanks stand singly.

    `front` and `behind` match one form at an end of a name, of at most `longest` letters, and those
    behind end in one of `last`; `short` matches what stands for a form anywhere, and `meaning` says
    for which.
    """

    front: re.Pattern[str]
    behind: re.Pattern[str]
    short: re.Pattern[str]
    meaning: dict[str, str]
    longest: int
    last: frozenset[str]


@cache
def forms() -> Forms:
    """The patterns of all forms."""
    data = _data()
    japanese = _any(data["japanese"], _spaced)
    before, latin = data["front"]["signed"], data["front"]["words"]
    after, words = data["behind"]["signed"], data["behind"]["words"]
    dotted = [form for form in words if "." in form]
    short = [form for form in words if len(form) == 2]
    long = [form for form in words if form not in (*dotted, *short)]
    front = f"{japanese}|{_any(before, re.escape)}|(?:{_any(latin, _loose)}){_AFTER}"
    behind = (
        f"{japanese}|{_any(after, _loose)}|{_WORD}(?:{_any(long, _loose)})"
        f"|{_SHORT}(?:{_any(short, _loose)})|{_DOTTED}(?:{_any(dotted, _loose)})"
    )
    return Forms(
        front=re.compile(front),
        behind=re.compile(rf"(?:{behind})\Z"),
        short=re.compile(_any(data["short"], re.escape)),
        meaning=data["short"],
        longest=2 * max(map(len, [*data["japanese"], *before, *latin, *after, *words])),
        last=frozenset(form[-1] for form in [*data["japanese"], *after, *words]),
    )


@cache
def in_text() -> re.Pattern[str]:
    """The forms that are taken out of running text in normal form, wherever they stand."""
    spoken = _data()["in_text"]
    latin = _any(spoken["latin"], lambda form: re.escape(form).replace(r"\ ", r"\s+"))
    japanese = _any(spoken["japanese"], re.escape)
    return re.compile(rf"{japanese}|(?<![a-z])(?:{latin})(?![a-z])\.?")


def _data() -> Any:
    return declared("crm", "companies/legal_forms.yaml")


def _any(written: Iterable[str], pattern: Callable[[str], str]) -> str:
    """The longest first: 医療法人社団 before 医療法人."""
    return "|".join(pattern(form) for form in sorted(written, key=lambda form: (-len(form), form)))


def _spaced(form: str) -> str:
    return r"\s?".join(map(re.escape, form))


def _loose(form: str) -> str:
    return re.escape(form).replace(r"\.", r"\.\s?").replace(r"\ ", r"\s?")
