"""An account, person or product may be named only when the turn has found it or the user said it.

A name is known with and without its legal form; the longest name that stands in a place is meant.
Ordinary words are no names: a product is known by a code (CV-200) or a name of its own in Latin
letters, an account not by a word that is also a category, an industry or a place, a person by the
whole name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import jaconv

from crm.names import match_key
from crm.scope import ScopedTables
from tools.facts import metrics
from tools.query import Row, fetch

_NO_LETTER = re.compile(r"[\s\-_・.,'’\"()\[\]&/]")
_FORMS = ("株式会社", "有限会社", "合同会社", "(株)", "㈱")
_LATIN = re.compile(r"[a-z0-9]")
_CODE = re.compile(r"(?=[A-Za-z0-9-]*\d)[A-Z]{1,6}-?[A-Z]?\d[A-Za-z0-9-]*")
_LATIN_WORD = re.compile(r"[A-Z][a-z]{3,}")
_SHORTEST = 3
_SHORTEST_LATIN = 4
_ORDINARY = {
    "accounts": ("industry", "channel", "country", "region", "city"),
    "people": ("role", "team", "territory"),
    "contacts": ("title", "department", "level", "function"),
    "products": ("category",),
}


@dataclass(frozen=True)
class Known:
    """A name that somebody or something bears; `of` says who: "account:A001"."""

    name: str
    of: str
    is_person: bool = False
    is_product: bool = False


@dataclass(frozen=True)
class Mention:
    """A known name in a text, and all who bear it."""

    start: int
    end: int
    of: frozenset[str]


class _Letters(dict[int, str]):
    """Each character in the one form in which names are compared; what is no letter goes."""

    def __missing__(self, code: int) -> str:
        folded = unicodedata.normalize("NFKC", chr(code)).casefold()
        plain = jaconv.hira2kata(folded) if len(folded) == 1 else chr(code)
        self[code] = "" if _NO_LETTER.fullmatch(plain) else plain
        return self[code]


_LETTERS = _Letters()


def letters(text: str) -> str:
    """A text in the form in which names are compared: one case, one kana, no spaces or marks."""
    return text.translate(_LETTERS)


class Names:
    """Every name of the tables that the asker may see, found in a text in one pass over it.

    `own` is the asker's own company, which may be named at any time.
    """

    def __init__(self, known: Iterable[Known], ordinary: Iterable[str] = (), own: str = "") -> None:
        self.own = own
        words = {letters(word) for word in ordinary}
        self._bearers: dict[str, frozenset[str]] = {}
        self._spelled: dict[str, str] = {}
        self.surnames: dict[str, frozenset[str]] = {}
        for one in known:
            for written in _writings(one, words):
                key = letters(written)
                self._bearers[key] = self._bearers.get(key, frozenset()) | {one.of}
                self._spelled.setdefault(key, written)
            if one.is_person and " " in one.name.replace("\u3000", " ").strip():
                surname = one.name.replace("\u3000", " ").split()[0]
                self.surnames[surname] = self.surnames.get(surname, frozenset()) | {one.of}
        self._lengths = _lengths(self._bearers)

    @classmethod
    def of(cls, tables: ScopedTables) -> Names:
        """The names of the tables within the asker's scope, kept as long as the snapshot is."""
        own = tables.settings.company.name
        return tables.remember(("names",), lambda: cls(_known(tables), _ordinary(tables), own))

    def find(self, text: str) -> list[Mention]:
        """Every known name of a text, the longest at each place, in order."""
        plain, places = folded(text)
        found: list[Mention] = []
        at = 0
        while at < len(plain) - 1:
            mention = self._at(text, plain, places, at)
            if mention is None:
                at += 1
                continue
            found.append(mention[0])
            at += mention[1]
        return found

    def _at(self, text: str, plain: str, places: list[int], at: int) -> tuple[Mention, int] | None:
        for length in self._lengths.get(plain[at : at + 2], ()):
            key = plain[at : at + length]
            bearers = self._bearers.get(key)
            if bearers is None or len(key) < length:
                continue
            start, end = places[at], places[at + length - 1] + 1
            if _stands_alone(text, start, end) and _is_spelled(text[start:end], self._spelled[key]):
                return Mention(start, end, bearers), length
        return None


def folded(text: str) -> tuple[str, list[int]]:
    """The letters of a text, and where each of them stands in it."""
    forms = [(char, n) for n, c in enumerate(text) if (char := _LETTERS[ord(c)])]
    return "".join(char for char, _n in forms), [n for _char, n in forms]


def _lengths(keys: Iterable[str]) -> Mapping[str, tuple[int, ...]]:
    """By their first two letters, the lengths of the names, the longest first."""
    found: dict[str, set[int]] = {}
    for key in keys:
        found.setdefault(key[:2], set()).add(len(key))
    return {begin: tuple(sorted(lengths, reverse=True)) for begin, lengths in found.items()}


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Latin letters and katakana go on to the end of their word; kanji need no space around."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (_goes_on(before, text[start]) or _goes_on(text[end - 1], after))


def _goes_on(one: str, other: str) -> bool:
    return any(
        bool(one and other and re.match(kind, one) and re.match(kind, other))
        for kind in (r"[A-Za-z0-9]", r"[ァ-ヶー]")
    )


def _is_spelled(text: str, written: str) -> bool:
    """Words that begin with capitals are no name without them: rapid bikes, Rapid Bikes."""
    return not written.isascii() or _capitals(text) >= _capitals(written)


def _capitals(text: str) -> int:
    return sum(word[0].isupper() for word in text.split())


def _writings(one: Known, ordinary: set[str]) -> Iterator[str]:
    """The writings by which a name is known for certain."""
    if one.is_product:
        yield from (w for w in _of_product(one.name) if letters(w) not in ordinary)
        return
    name = one.name.strip()
    core = _without_form(name)
    if _is_distinct(core, one.is_person) and letters(core) not in ordinary:
        yield core
    if one.is_person:
        return
    if letters(name) != letters(core):
        yield name
    if not _LATIN.search(letters(core)):
        yield from (w for form in _FORMS for w in (form + core, core + form))


def _without_form(name: str) -> str:
    """The name without its legal form, as it is spelled where possible."""
    key = match_key(name)
    bare = re.sub(
        r"株式会社|有限会社|合同会社|[(（]株[)）]|㈱|"
        r",?\s+(?:Co\.?,?\s*Ltd|Inc|Corp|Corporation|Ltd|Limited|LLC|K\.?K|GmbH|Company|Co)\.?$",
        "",
        name,
    ).strip(" ,&")
    return bare if bare and match_key(bare) == key else name


def _is_distinct(core: str, is_person: bool) -> bool:
    """Whether a name is long enough to be no chance meeting of letters."""
    plain = letters(core)
    if plain.isdigit():
        return False
    if not plain.isascii():
        return len(plain) >= _SHORTEST
    if is_person:
        return " " in core.strip()
    return len(plain) >= _SHORTEST_LATIN or (len(plain) == _SHORTEST and core.isupper())


def _of_product(name: str) -> Iterator[str]:
    """A product by its code, or by a whole name that holds a code or a Latin word of its own."""
    code = _CODE.search(name)
    if code and len(code[0]) >= _SHORTEST_LATIN:
        yield code[0]
        yield name
    elif _LATIN_WORD.search(name) if not name.isascii() else re.search(r"\w \S*\d", name):
        yield name


def _known(tables: ScopedTables) -> Iterator[Known]:
    for row in _rows(tables, "accounts", "account_id", "name", "name_kana", "aliases"):
        names = [row["name"], row["name_kana"], *(row["aliases"] or "").split(";")]
        yield from (Known(n, f"account:{row['account_id']}") for n in names if n and n.strip())
    for table, column, kind in (("people", "person_id", "person"),
                                ("contacts", "contact_id", "contact")):  # fmt: skip
        for row in _rows(tables, table, column, "name"):
            if row["name"]:
                yield Known(row["name"], f"{kind}:{row[column]}", is_person=True)
    for row in _rows(tables, "products", "product_id", "name"):
        if row["name"]:
            yield Known(row["name"], f"product:{row['product_id']}", is_product=True)


def _ordinary(tables: ScopedTables) -> Iterator[str]:
    """Words that the company and its figures use for something else than a name."""
    for table, columns in _ORDINARY.items():
        filled = [c for c in columns if tables.has(table, c)]
        for row in fetch(tables[table].select(*filled).distinct()) if filled else []:
            for text in row.values():
                yield from re.split(r"[;、/]", text or "")
    for metric in metrics().values():
        yield metric.label.ja
        yield metric.label.en
        yield from metric.label.en.split()


def _rows(tables: ScopedTables, table: str, *columns: str) -> list[Row]:
    if not tables.has(table, columns[0]):
        return []
    return fetch(tables[table].select(*columns))
