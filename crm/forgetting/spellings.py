"""How a customer's person may be written in a text: what is theirs alone is found, in any spelling.

An e-mail address, a telephone or a name that somebody else has too is theirs as well: it is taken
out only where a row says that it is about this person.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jaconv

MARK = "（削除済み）"
"""Stands in the place of what was taken out, in both languages."""
_JAPANESE = re.compile(r"[぀-ヿ㐀-鿿豈-﫿]")
_HONORIFIC = (
    "様|さま|さん|氏|殿|先生|社長|会長|専務|常務|取締役|本部長|事業部長|部長|次長|課長|係長|主任|室長|所長"
    "|工場長|支店長|店長|理事|参事|マネージャー|マネジャー"
)
HONORIFIC = re.compile(rf"[\s　]?(?:{_HONORIFIC})")
_TITLE = r"(?:mr|ms|mrs|dr|miss)\.?\s+"
_DASHES = r"[\s()（）.\-‐‑‒–—−－ー]*"
_FEWEST_DIGITS = 9
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


@dataclass(frozen=True)
class Contact:
    """A customer's person as they are to be forgotten."""

    contact_id: str
    account_id: str
    account: str
    name: str
    email: str | None
    phone: str | None


@dataclass(frozen=True)
class Shared:
    """What of a person somebody else has too; `near` is at the same account or among our own.

    `family_at` names the other accounts where somebody has the same family name.
    """

    name: bool = False
    name_near: bool = False
    family_near: bool = False
    email: bool = False
    phone: bool = False
    family_at: tuple[str, ...] = ()


class Spellings:
    """A person's name, e-mail address and telephone as they may stand in texts."""

    def __init__(self, contact: Contact, shared: Shared, pseudonym: str) -> None:
        self.contact, self.shared, self.pseudonym = contact, shared, pseudonym

    def is_near(self, text: str) -> bool:
        """Whether a text names the person's account, and none where others have the family name."""
        if any(account in text for account in self.shared.family_at):
            return False
        account = self.contact
        return (
            account.account in text
            or f"account:{account.account_id}" in text
            or (f'"{account.account_id}"' in text)
        )

    def holds(self, text: str, *, near: bool = False, linked: bool = False) -> bool:
        """Whether the person is written in a text, also one that is JSON with escaped letters."""
        if self._id.search(text):
            return True
        texts = [text]
        if "\\u" in text:
            texts.append(_ESCAPED.sub(lambda found: chr(int(found[1], 16)), text))
        patterns = self._patterns(near, linked)
        return any(p.search(one) for p in patterns for one in texts)

    def without(self, text: str, *, near: bool = False, linked: bool = False) -> str:
        """The text without the person; JSON stays JSON."""
        if not self.holds(text, near=near, linked=linked):
            return text
        if text[:1] in ("{", "["):
            try:
                said = json.loads(text)
            except ValueError:
                pass
            else:
                cleaned = self._cleaned(said, near, linked)
                return json.dumps(cleaned, ensure_ascii=False, separators=(",", ":"))
        text = self._id.sub(lambda found: found[0].replace(found["id"], self.pseudonym), text)
        for pattern in self._patterns(near, linked):
            text = pattern.sub(MARK, text)
        return text

    def _cleaned(self, said: Any, near: bool, linked: bool) -> Any:
        match said:
            case str():
                return self.without(said, near=near, linked=linked)
            case list():
                return [self._cleaned(one, near, linked) for one in said]
            case dict() if said.get("contact_id") == self.contact.contact_id:
                return {key: self._of_theirs(key, value) for key, value in said.items()}
            case dict():
                return {
                    self.without(key, near=near, linked=linked): self.pseudonym
                    if key == "to_contact_id" and one == self.contact.contact_id
                    else self._cleaned(one, near, linked)
                    for key, one in said.items()
                }
        return said

    def _of_theirs(self, key: str, value: Any) -> Any:
        """A value of an entry that is about the person: what describes them goes with the name."""
        match key:
            case "contact_id":
                return self.pseudonym
            case "id" if value == self.contact.contact_id:
                return self.pseudonym
            case "name":
                return MARK
            case "title" | "department" | "role" | "attitude" | "email" | "phone" | "level":
                return None
        return self._cleaned(value, near=True, linked=True)

    # ------------------------------------------------------------------ patterns

    def _patterns(self, near: bool, linked: bool) -> tuple[re.Pattern[str], ...]:
        which = "linked" if linked else "near" if near else "far"
        return self._by_place[which]

    @cached_property
    def _by_place(self) -> dict[str, tuple[re.Pattern[str], ...]]:
        of, shared = self.contact, self.shared
        mail = [_mail(of.email)] if of.email and "@" in of.email else []
        phone = [p] if of.phone and (p := _phone(of.phone)) else []
        own = [*(mail if not shared.email else []), *(phone if not shared.phone else [])]
        full, family = _full(of.name), _family(of.name)
        bare = _bare_family(of.name)
        near = [
            *(full if not shared.name_near else []),
            *(family if not shared.family_near else []),
        ]
        found = {
            "linked": [*mail, *phone, *full, *family, *bare],
            "near": [*own, *near],
            "far": [*own, *(full if not shared.name else [])],
        }
        return {k: tuple(re.compile(p, re.IGNORECASE) for p in v) for k, v in found.items()}

    @cached_property
    def _id(self) -> re.Pattern[str]:
        """The id where a text says that it is a contact's."""
        id_ = re.escape(self.contact.contact_id)
        return re.compile(
            rf"""(?:(?<![\w-])contact:|\\*"(?:to_)?contact_id\\*":\s*\\*")(?P<id>{id_})(?![\w-])"""
        )

    def searched(self) -> Iterator[str]:
        """What a search for the person looks for anywhere, as regular expressions."""
        yield from (pattern.pattern for pattern in self._by_place["far"])


def parts_of(name: str) -> list[str]:
    """A name's parts: 内田 and 健, or John and Smith."""
    return [p for p in re.split(r"[\s　・]+", unicodedata.normalize("NFKC", name)) if p]


def digits_of(phone: str) -> str:
    """A telephone's digits as dialled inside the country it is written for; +81 3 becomes 03."""
    plain = unicodedata.normalize("NFKC", phone)
    digits = re.sub(r"\D", "", plain.replace("(0)", ""))
    return "0" + digits[2:] if plain.lstrip().startswith("+81") else digits


def is_japanese_name(name: str) -> bool:
    return bool(_JAPANESE.search(name))


def _loose(text: str) -> str:
    """A pattern of the text in any width and kana."""
    return "".join(_any(character) for character in unicodedata.normalize("NFKC", text))


def _any(character: str) -> str:
    """A character, its wide form, or its narrow kana."""
    forms = {character, jaconv.h2z(character, ascii=True, digit=True), jaconv.z2h(character)}
    forms |= {jaconv.hira2kata(character), jaconv.kata2hira(character)}
    if len(forms) == 1:
        return re.escape(character)
    return "(?:" + "|".join(sorted(re.escape(form) for form in forms)) + ")"


def _full(name: str) -> list[str]:
    parts = parts_of(name)
    if sum(map(len, parts)) < 2:
        return []
    if is_japanese_name(name):
        return [r"[\s　・]*".join(map(_loose, parts))]
    if len(parts) < 2:
        return [rf"(?<![a-z]){_loose(parts[0])}(?![a-z])"] if len(parts[0]) > 3 else []
    first, last = map(_loose, (" ".join(parts[:-1]), parts[-1]))
    gap = r"[\s　,._・-]+"
    first = first.replace(re.escape(" "), gap)
    return [rf"(?<![a-z])(?:{first}{gap}{last}|{last}{gap}{first})(?![a-z])"]


def _family(name: str) -> list[str]:
    """The family name where somebody is spoken of: 内田様, Mr. Smith, Smith-san."""
    parts = parts_of(name)
    if len(parts) < 2:
        return []
    if is_japanese_name(name):
        return [rf"{_loose(parts[0])}(?=[\s　]?(?:{_HONORIFIC}))"]
    last = _loose(parts[-1])
    return [rf"(?<![a-z])(?:{_TITLE}{last}|{last}[\s-]?(?:san|様|さん))(?![a-z])"]


def _bare_family(name: str) -> list[str]:
    parts = parts_of(name)
    if len(parts) < 2:
        return []
    if is_japanese_name(name):
        return [_loose(parts[0])] if len(parts[0]) > 1 else []
    return [rf"(?<![a-z]){_loose(parts[-1])}(?![a-z])"]


def _mail(email: str) -> str:
    return rf"(?<![\w.+%-]){_loose(email.strip())}(?![\w-]|\.\w)"


def _phone(phone: str) -> str | None:
    digits = digits_of(phone)
    if len(digits) < _FEWEST_DIGITS:
        return None
    each = [f"[{d}{chr(ord(d) + 0xFEE0)}]" for d in digits]
    begin = rf"(?:{each[0]}|[+＋]?81{_DASHES}0?)" if digits[0] == "0" else rf"[+＋]?{each[0]}"
    rest = _DASHES.join(each[1:])
    return rf"(?<![0-9０-９]){begin}{_DASHES}{rest}(?![0-9０-９])"
