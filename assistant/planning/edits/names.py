"""A person is one of ours or of theirs by full, family or first name; a name is kept as it was said.

Of two colleagues with one name it is asked which; nobody is guessed.
"""  # noqa: E501

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.builtin.slots import Colleague
from assistant.planning.edits.part import Part, any_of, unquoted, words
from assistant.planning.edits.said import Said
from crm.names import match_key
from plans.model import Plan

NAME = r"(?P<{0}>[^\s、。,;:：・/()（）「」を]{{1,24}}?(?:[ \u3000][^\s、。,;:：()（）「」をはがに]{{1,12}}?)?)"  # noqa: E501
"""The pattern of a name before a particle, in a group of that name."""
NAME_EN = r"(?P<{0}>[a-z\u3400-\u9fff][\w'’.-]*(?:[ \u3000][\w'’.-]+){{0,2}}?)"


_UNIT = r"(?:部|課|室|グループ|センター|工場|支店|チーム|係)"
_TWO = r"(?<=[一-龠々ァ-ヶん])(?:と|、|・|&)(?=[一-龠々ァ-ヶ私])|(?<= )(?i:and|&)(?= )"
"""What stands between two names."""
_NOBODY = r"未定|不明|不在|合意|了承|未|検討|調整|確認|(?i:tbd|nobody|unknown|no one)"
"""What is said in the place of a name where there is none."""


@dataclass(frozen=True)
class Person:
    """Somebody of us: with an id when they are known."""

    name: str
    person_id: str | None = None


def without_title(text: str) -> str:
    """A name without さん, 様, Mr and the like."""
    text = unquoted(text)
    titles: dict[str, list[str]] = words()["titles"]
    text = re.sub(any_of(titles["before"]) + r"\.?\s+", "", text, count=1, flags=re.IGNORECASE)
    bare = re.sub(rf"(?:{'|'.join(titles['after'])})+$", "", text, flags=re.IGNORECASE).strip()
    return bare or text


def ours(text: str, said: Said) -> list[Person]:
    """Whom of us a name may mean: the speaker, one colleague, several; nobody where it is no name."""  # noqa: E501
    name = re.sub(rf"^.{{1,20}}{_UNIT}の(?=.)", "", without_title(text))
    if re.fullmatch(any_of(words()["me"]), name.casefold()):
        return [Person(said.name, said.person_id)]
    key = match_key(name)
    found = [Person(c.name, c.person_id) for c in said.colleagues if _spelt(key) in _keys(c)]
    full = [p for p in found if match_key(p.name) == key]
    if found:
        return full or found
    return [Person(name)] if is_name(text) and not re.search(_TWO, name) else []


def _keys(person: Colleague) -> set[str]:
    words_ = person.name.split()
    latin = (person.email or "").partition("@")[0]
    keys = {person.name, *words_, latin, *re.split(r"[._-]", latin)}
    return {_spelt(match_key(k)) for k in keys if len(k) > 1 or not k.isascii()} - {""}


def _spelt(key: str) -> str:
    """A key of a Latin name without the letters that only lengthen a vowel: Ohno is Ono."""
    return re.sub(r"o[hou](?=[^aeiouy]|$)", "o", key) if key.isascii() else key


def is_name(text: str) -> bool:
    """Whether a text is clearly a name: with a title, or a family and a first name."""
    text = unquoted(text)
    name = without_title(text)
    if re.search(any_of(words()["not_names"]), name.casefold()):
        return False
    if name != text and len(name) <= 20:
        return True
    kanji = re.fullmatch(
        r"[々\u3400-\u9fffァ-ヶー]{1,5}[ \u3000][々\u3400-\u9fffぁ-んァ-ヶー]{1,5}", name
    )
    latin = re.fullmatch(r"[A-Z][a-z'’-]+(?: [A-Z]\.)?(?: [A-Z][A-Za-z'’-]+)+", name)
    return bool(kanji or latin)


def spelt(text: str, said: Said) -> str:
    """A message with the customers' names as the data write them: Tamura-san is 田村-san.

    Words that go into the plan as they were said, such as a risk, keep their letters.
    """
    part = Part.of(text)
    if not said.readings or part.has("<<section_names>>|<<q>>|目的|(?<![a-z])purpose"):
        return text
    names = "|".join(map(re.escape, said.readings))
    return re.sub(
        rf"(?<![A-Za-z])(?:{names})(?![A-Za-z])",
        lambda m: said.readings[m[0].casefold()],
        text,
        flags=re.IGNORECASE,
    )


def theirs(text: str, plan: Plan) -> str:
    """Somebody at the customer: the key person of that name (福島専務), or the name as it was said."""  # noqa: E501
    name = re.sub(rf"^.{{1,20}}{_UNIT}の(?=.)", "", without_title(text))
    last = name.rpartition("の")[2]
    keys = {match_key(n) for n in (name, without_position(name), last, without_position(last))}
    keys -= {""}
    found = {
        one.name
        for one in plan.people
        if keys & {match_key(k) for k in (one.name, *one.name.split())}
    }
    return found.pop() if len(found) == 1 else name


def without_position(text: str) -> str:
    """A text in which nobody has a title or a position after the name (福島工場長との面談)."""
    positions: list[str] = words()["titles"]["positions"]
    text = re.sub(
        r"(?<=[^\W\d_])(?:-san(?![a-z])|(?<=[一-龠々ァ-ヶー])(?:さん|様|さま|氏))",
        "",
        text,
        flags=re.IGNORECASE,
    )
    return re.sub(rf"(?<=[一-龠々ァ-ヶー])(?:{'|'.join(positions)})(?![一-龠々])", "", text)


def is_at_customer(text: str, plan: Plan, *, is_sure: bool) -> bool:
    """Whether a text names somebody at the customer; `is_sure` where one is asked to be named."""
    if any(one.name == theirs(text, plan) for one in plan.people) or is_name(text):
        return True
    is_word = re.fullmatch(r"[々\u3400-\u9fffァ-ヶーA-Za-z'’. \u3000-]{1,30}", without_title(text))
    return is_sure and is_word is not None and not re.search(_NOBODY, text)


def at_customer(text: str, plan: Plan, colleagues: Sequence[Colleague]) -> str | None:
    """Somebody at the customer, where the name or its title says so; None for anybody else."""
    name = theirs(text, plan)
    if any(one.name == name for one in plan.people):
        return name
    if re.search(r"(?:様|さま)$", unquoted(text)) or (
        is_name(text) and not any(_spelt(match_key(name)) in _keys(c) for c in colleagues)
    ):
        return name
    return None
