"""What a message says apart from the account: grouping, period, people, numbers, order, language.

Words are data in prompts/intents/slots.yaml; what is found can be blanked out of the message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Literal

from assistant.builtin.amounts import (
    Absence,
    Threshold,
    find_absence,
    find_limit,
    find_thresholds,
)
from assistant.builtin.when import find_periods
from assistant.builtin.words import plain_form
from crm.scope import ScopedTables
from crm.settings import Language
from prompts import loader
from tools.query import fetch

_SLOTS = "intents/slots.yaml"
_LETTER = re.compile(
    r"(?<![a-z])([abcd])(?:ゾーン|象限|ランク|クラス|セル|[\s-](?:zone|quadrant|accounts|customers)"
    r"|になって|に(?:入|分類|該当|いる|なる)|の(?:顧客|取引先|会社|お客))"
    r"|(?:zone|quadrant|ゾーン|象限)\s?([abcd])(?![a-z])"
)
_ASKED_BACK = re.compile(r"\s*(?:よね|ですよね|ですか|でしょうか|か[？?]?$|[？?]|かな)")
_WHOLE_YEAR = re.compile(r"通期|full[\s-]year", re.IGNORECASE)
_NOUGHT = re.compile(r"([一-龠ァ-ヶー]{2,8})が?(?:まだ)?(?:ゼロ|0円|０円)")
_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "twelve": 12, "twenty": 20,
}  # fmt: skip
_THE_ONE = re.compile(r"just the (?:most important|biggest|largest|top|worst) one|一つだけ|1つだけ")
_TEAM_ENDS = r"(?:チーム|の営業|営業|エリア|(?=の|は|だと|では|$))"
_MANY = re.compile(
    r"(?<![\w.,])(?<!than )(?<!least )(?<!over )(?<!under )(?<!and )"
    r"(\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty) "
    r"(?:(?:key|top|such|open) )?(?:accounts|customers|companies|people|contacts|deals)"
    r"(?! (?:or more|ago))"
    r"|(?:at most )(\d{1,3}|three|five|ten)(?!\w)|(\d{1,3}|three|five|ten) at most",
    re.IGNORECASE,
)
_TITLES = r"(?:さん|氏|君|くん|部長|課長|マネージャー?|の担当|担当|の|は|が|を|も|、|別|$|\s)"


@dataclass(frozen=True)
class Colleague:
    """One of our people, as a message may name them."""

    person_id: str
    name: str
    team: str | None
    email: str | None = None
    role: str | None = None


@dataclass(frozen=True)
class Ware:
    """A product or a product category, as a message may name it."""

    name: str
    kind: Literal["product", "category"]


@dataclass(frozen=True)
class Slots:
    """The arguments a message gives, apart from the account; None where it says nothing.

    `people` and `teams` are all that are named, in order; `rest` is the message with everything
    blanked that was understood.
    """

    by: str | None = None
    period: str | None = None
    limit: int | None = None
    worst: bool = False
    thresholds: tuple[Threshold, ...] = ()
    absence: Absence | None = None
    signal: str | None = None
    mine: bool = False
    my_team: bool = False
    people: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    group: bool = False
    ware: Ware | None = None
    measure: str | None = None
    level: str | None = None
    stage: str | None = None
    promotion: bool = False
    kind: str | None = None
    basis: str | None = None
    drivers: tuple[str, ...] = ()
    letter: str | None = None
    place: str | None = None
    order: Literal["up", "down"] | None = None
    how_to: bool = False
    narrows: bool = False
    everyone: bool = False
    language: Language | None = None
    corrects: bool = False
    compares: bool = False
    refers_back: bool = False
    points_at: bool = False
    rest: str = field(default="", compare=False)

    @property
    def says_nothing(self) -> bool:
        """Whether the message gives no argument at all."""
        return replace(self, how_to=False, narrows=False) == Slots()


@cache
def lexicon() -> dict[str, Any]:
    found: dict[str, Any] = loader.data(_SLOTS)
    return found


def find_slots(
    text: str,
    people: Sequence[Colleague],
    as_of: date,
    fiscal_start: int,
    wares: Sequence[Ware] = (),
) -> Slots:
    """The slots of a message; a period is one that tools take, seen from `as_of`."""
    plain = plain_form(text)
    words = lexicon()
    found = find_periods(text, as_of, fiscal_start)
    blanks = [(p.start, p.end) for p in found]
    blanks += [match.span() for match in _WHOLE_YEAR.finditer(text)]
    periods = [p.period for p in found if not p.is_compared]
    periods += ["this_fiscal_year"] if _WHOLE_YEAR.search(text) else []
    limit = find_limit(text)
    thresholds = tuple(find_thresholds(text))
    absences = [a for a in find_absence(text) if not _ASKED_BACK.match(text[a.end :])]
    thresholds += tuple(_noughts(text))
    blanks += [(limit.start, limit.end)] if limit else []
    blanks += [(t.start, t.end) for t in thresholds] + [(a.start, a.end) for a in absences]
    ware, span = _ware(text, wares)
    rest = _blanked(text, [*blanks, span] if ware else blanks)
    named, rest = _people(rest, people)
    teams, rest = _teams(rest, people)
    spoken = plain_form(rest)
    return Slots(
        by=_first(words["by"], plain),
        ware=ware,
        period=periods[0] if periods else None,
        limit=min(max(limit.count, 1), 500) if limit else _many(plain),
        worst=bool(limit and limit.is_worst),
        thresholds=thresholds,
        absence=absences[0] if absences else None,
        signal=_first(words["signal"], plain),
        mine=_any(words["mine"], plain),
        my_team=_any(words["my_team"], plain),
        people=named,
        teams=teams,
        group=_any(words["group"], plain),
        measure=_first(words["measure"], plain),
        level=_first(words["level"], plain),
        stage=_last(words["stages"], plain),
        promotion=_any(words["promotion"], plain),
        kind=_first(words["kind"], plain),
        basis=_first(words["basis"], plain),
        drivers=_all(words["drivers"], plain),
        letter=_letter(plain),
        place=_first(words["places"], plain),
        order=_order(words, plain),
        how_to=_any(words["how_to"], plain),
        narrows=_any(words["narrowing"], plain),
        everyone=_any(words["everyone"], plain),
        language=_language(words["language"], plain),
        corrects=_any(words["correction"], plain.strip()),
        compares=_any(words["compare"], plain),
        refers_back=_any(words["reference"] + words["faint_reference"], spoken),
        points_at=_any(words["reference"], spoken),
        rest=rest,
    )


def _many(plain: str) -> int | None:
    """How many an English message asks for without a word such as top: five accounts."""
    match = _MANY.search(plain)
    if match is None:
        return 1 if _THE_ONE.search(plain) else None
    word = next(group for group in match.groups() if group)
    return int(word) if word.isdigit() else _NUMBERS[word]


def _letter(plain: str) -> str | None:
    match = _LETTER.search(plain)
    return (match[1] or match[2]).upper() if match else None


def _order(words: Mapping[str, Any], plain: str) -> Literal["up", "down"] | None:
    if _any(words["ascending"], plain):
        return "up"
    return "down" if _any(words["descending"], plain) else None


def _noughts(text: str) -> list[Threshold]:
    """実績額がゼロの: what is nought is a bound too."""
    return [
        Threshold("=", Decimal(0), None, match[1], match.start(), match.end())
        for match in _NOUGHT.finditer(text)
    ]


def language_asked(text: str) -> Language | None:
    """The language in which a message asks to be answered, whatever its own."""
    return _language(lexicon()["language"], plain_form(text))


def without_slots(text: str) -> str:
    """The message in plain form without the words that are arguments by themselves."""
    plain = plain_form(text)
    words = lexicon()
    for group in ("by", "signal", "language"):
        for patterns in words[group].values():
            plain = _without(plain, patterns)
    return _without(plain, [*words["mine"], *words["my_team"], *words["reference"]])


def _without(plain: str, patterns: Sequence[str]) -> str:
    for pattern in patterns:
        plain = re.sub(pattern.casefold(), " ", plain)
    return plain


def _blanked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + "\u3000" * (end - start) + text[end:]
    return text


def _any(patterns: Sequence[str], text: str) -> bool:
    return any(re.search(p.casefold(), text) for p in patterns)


def _first(groups: Mapping[str, Sequence[str]], text: str) -> str | None:
    return next((name for name, patterns in groups.items() if _any(patterns, text)), None)


def _last(groups: Mapping[str, Sequence[str]], text: str) -> str | None:
    """The group whose word stands last: from Extend to Enhance means Enhance."""
    places = {
        name: max(starts)
        for name, patterns in groups.items()
        if (starts := [m.start() for p in patterns for m in re.finditer(p.casefold(), text)])
    }
    return max(places, key=lambda name: places[name]) if places else None


def _all(groups: Mapping[str, Sequence[str]], text: str) -> tuple[str, ...]:
    """The groups whose words stand in the text, in their order there."""
    places = {}
    for name, patterns in groups.items():
        starts = [m.start() for p in patterns for m in re.finditer(p.casefold(), text)]
        if starts:
            places[name] = min(starts)
    return tuple(sorted(places, key=lambda name: places[name]))


def _language(groups: Mapping[str, Sequence[str]], text: str) -> Language | None:
    known: dict[str | None, Language] = {"ja": "ja", "en": "en"}
    return known.get(_first(groups, text))


def _people(text: str, people: Sequence[Colleague]) -> tuple[tuple[str, ...], str]:
    """Colleagues named in full, by a family or first name that only one has, or as in Latin."""
    places: dict[str, int] = {}
    for person in people:
        full = re.compile(r"\s*".join(map(re.escape, "".join(person.name.split()))))
        if match := full.search(text):
            places[person.person_id] = match.start()
            text = _blanked(text, [match.span()])
    for part in (0, 1):
        for id_, pattern in _by_part(people, part):
            if match := pattern.search(text):
                places.setdefault(id_, match.start())
                text = _blanked(text, [match.span()])
    return tuple(sorted(places, key=lambda person: places[person])), text


def _by_part(people: Sequence[Colleague], part: int) -> list[tuple[str, re.Pattern[str]]]:
    """Family names (0) or first names (1) that only one has, and the Latin ones of addresses."""
    named: dict[str, list[str]] = {}
    for person in people:
        words = person.name.split()
        if len(words) > part and (len(words[part]) >= 2 or part):
            named.setdefault(words[part], []).append(person.person_id)
        if part == 0 and person.email:
            latin = person.email.partition("@")[0].rpartition(".")[2]
            named.setdefault(latin, []).append(person.person_id)
    found = []
    for word, owners in named.items():
        if len(owners) != 1:
            continue
        if word.isascii():
            latin = rf"(?<![A-Za-z@.]){re.escape(word)}(?:[-\s]?san)?(?:['’]s)?(?![A-Za-z@])"
            pattern = re.compile(latin, re.IGNORECASE)
        else:
            title = "(?:[-\\s]?san|さん|氏|君|くん|部長|課長)" + ("" if len(word) == 1 else "?")
            pattern = re.compile(rf"(?<![\u3400-\u9fff]){re.escape(word)}{title}(?={_TITLES})")
        found.append((owners[0], pattern))
    return found


def _teams(text: str, people: Sequence[Colleague]) -> tuple[tuple[str, ...], str]:
    places: dict[str, int] = {}
    for team in sorted({p.team for p in people if p.team}, key=lambda t: (-len(t), t)):
        for word in (
            team,
            team.removesuffix("営業部"),
            team.removesuffix("部"),
            team.split("・")[0],
        ):
            whole = word == team
            pattern = re.escape(word) + (
                "" if whole else r"(?:チーム|の営業|営業|エリア|(?=の|は|だと|では|$))"
            )
            match = re.search(pattern, text) if len(word) >= 2 else None
            if match:
                places[team] = match.start()
                text = _blanked(text, [match.span()])
                break
    return tuple(sorted(places, key=lambda team: places[team])), text


def _ware(text: str, wares: Sequence[Ware]) -> tuple[Ware | None, tuple[int, int]]:
    """The product or category that a message names, the longest name first, and where it stands."""
    for ware in sorted(wares, key=lambda w: -len(w.name)):
        edges = (r"(?<![a-z])", r"(?![a-z])") if ware.name.isascii() else ("", "")
        if match := re.search(re.escape(ware.name).join(edges), text, re.IGNORECASE):
            return ware, match.span()
    return None, (0, 0)


def colleagues_of(tables: ScopedTables) -> list[Colleague]:
    """Our people, as the asker's tables have them."""
    return tables.remember(("colleagues",), lambda: _colleagues(tables))


def _colleagues(tables: ScopedTables) -> list[Colleague]:
    if "people" not in tables:
        return []
    columns = ("person_id", "name", "team", "email", "role")
    known = [c for c in columns if tables.has("people", c)]
    rows = fetch(tables["people"].select(*known).order_by("person_id"))
    return [Colleague(**row) for row in rows]
