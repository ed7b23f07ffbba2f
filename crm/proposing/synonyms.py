"""What exports call our tables, columns and values stands in crm/synonyms.yaml; here it is found.

A heading is looked for as it is first, then without what may be no part of it, then by likeness.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from functools import cache, lru_cache

from pydantic import BaseModel, ConfigDict
from rapidfuzz import fuzz, process

from crm.declared import declared
from crm.proposing.headings import forms, plain, words
from crm.schema import Table, tables

_LIKE, _END = 90.0, 0.68
"""How alike two headings must be, of 100, and how much one that only ends like another is worth."""
_SHORTEST = {True: 6, False: 4}
"""Letters that a likeness takes at least, in Latin letters and in others: 受注日 is not 発注日."""

Meaning = tuple[str, str]
"""A canonical table and one of its columns."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LeftOut(_Model):
    """Words that say nothing of what a file, or a column, holds."""

    file: tuple[str, ...]
    heading: tuple[str, ...]


class Patterns(_Model):
    """What keys, names, references and such may be called; {} stands for what a table is called."""

    first_row: tuple[str, ...]
    key: tuple[str, ...]
    own_key: tuple[str, ...]
    name: tuple[str, ...]
    own_name: tuple[str, ...]
    reference: tuple[str, ...]
    first_name: tuple[str, ...]
    last_name: tuple[str, ...]
    currency: tuple[str, ...]


class TableSynonyms(_Model):
    """What one table, its file, its columns and their values are called."""

    called: tuple[str, ...]
    file: tuple[str, ...] = ()
    columns: dict[str, tuple[str, ...]]
    values: dict[str, dict[str, tuple[str, ...]]] = {}


class Synonyms(_Model):
    """crm/synonyms.yaml."""

    left_out: LeftOut
    placeholders: tuple[str, ...]
    headings: Patterns
    tables: dict[str, TableSynonyms]


@cache
def synonyms() -> Synonyms:
    """All synonyms, as they are declared."""
    return Synonyms.model_validate(declared("crm", "synonyms.yaml"))


@cache
def left_out_of_headings() -> frozenset[str]:
    return frozenset(plain(word) for word in synonyms().left_out.heading)


@lru_cache(maxsize=50_000)
def meanings(heading: str) -> dict[Meaning, float]:
    """What a heading may mean in each table, with how sure that is from 0 to 1."""
    found: dict[Meaning, float] = {}
    for form, sure in forms(heading, left_out_of_headings()).items():
        _take(found, form, sure)
    known = {table for table, _ in found}
    for form, sure in _alike(heading):
        _take(found, form, sure, passing=known)
    return found


def _take(
    found: dict[Meaning, float], form: str, sure: float, passing: set[str] | None = None
) -> None:
    for meaning, weight in _index().get(form, {}).items():
        if not passing or meaning[0] not in passing:
            found[meaning] = max(found.get(meaning, 0.0), weight * sure)


def _alike(heading: str) -> Iterator[tuple[str, float]]:
    """Known headings that this one is spelled like, or that it ends with."""
    for form in forms(heading, left_out_of_headings()):
        if len(form) >= _SHORTEST[form.isascii()]:
            near = _near(len(form))
            close = process.extract(
                form, near, scorer=fuzz.ratio, score_cutoff=_LIKE, limit=5, processor=None
            )
            yield from (
                (other, score / 100 * 0.85) for other, score, _ in close if _digits(other, form)
            )
    parts = words(heading)
    yield from (("".join(parts[n:]), _END) for n in range(1, min(len(parts) - 1, 6)))
    if len(parts) == 1 and not parts[0].isascii():
        yield from ((parts[0][n:], _END) for n in range(1, min(len(parts[0]) - 2, 6)))


def _digits(one: str, other: str) -> bool:
    return [c for c in one if c.isdigit()] == [c for c in other if c.isdigit()]


@cache
def _near(length: int) -> tuple[str, ...]:
    """Known headings that are long enough to be like one of so many letters, and not too long."""
    share = _LIKE / (200 - _LIKE)
    return tuple(
        form
        for form in _index()
        if len(form) >= _SHORTEST[form.isascii()] and length * share <= len(form) <= length / share
    )


@cache
def _index() -> dict[str, dict[Meaning, float]]:
    """Every known heading in plain form, with its meanings; in a table it has one column."""
    index: dict[str, dict[Meaning, float]] = defaultdict(dict)
    for table in tables().values():
        mine: dict[str, str] = {}
        for column, heading, weight in _headings(table):
            form = plain(heading)
            if mine.setdefault(form, column) == column:
                index[form].setdefault((table.name, column), weight)
        for noun in synonyms().tables[table.name].called:
            for key in own_key(table):
                index[plain(noun)].setdefault((table.name, key), 0.8)
    return dict(index)


def own_key(table: Table) -> tuple[str, ...]:
    """The column that numbers a table's own rows, if any: no reference to another table."""
    first = table.column(table.key[0]) if table.key else None
    return (first.name,) if first and not first.ref else ()


def _headings(table: Table) -> Iterator[tuple[str, str, float]]:
    """Each column with a heading and how sure it is; what comes first goes before the rest."""
    said, patterns = synonyms().tables[table.name], synonyms().headings
    for column in table.columns:
        yield column.name, column.name, 1.0
    for column in table.columns:
        yield from ((column.name, heading, 1.0) for heading in said.columns.get(column.name, ()))
    for key in own_key(table):
        yield from ((key, heading, 1.0) for heading in _filled(patterns.key, said.called))
        yield from ((key, heading, 0.95) for heading in patterns.own_key)
    if table.column("name"):
        yield from (("name", heading, 1.0) for heading in _filled(patterns.name, said.called))
        yield from (("name", heading, 0.97) for heading in patterns.own_name)
        yield from (("name", noun, 0.9) for noun in said.called)
    for column in table.references:
        if column.ref and column.ref != table.name:
            called = synonyms().tables[column.ref].called
            for group, weight in (
                (patterns.key, 1.0), (patterns.reference, 0.96), (patterns.name, 0.93)
            ):  # fmt: skip
                yield from ((column.name, h, weight) for h in _filled(group, called))
    for column in table.columns:
        yield from ((column.name, heading, 0.97) for heading in (column.ja, column.en))


def _filled(patterns: tuple[str, ...], nouns: tuple[str, ...]) -> Iterator[str]:
    return (pattern.replace("{}", noun) for noun in nouns for pattern in patterns)


@cache
def headings_of(table: str, column: str) -> frozenset[str]:
    """Every heading, in plain form, that a column is known by."""
    return frozenset(form for form, found in _index().items() if (table, column) in found)


# ------------------------------------------------------------------ tables by the names of files


@lru_cache(maxsize=10_000)
def tables_called(name: str) -> dict[str, float]:
    """The tables that a file, sheet or object of that name may hold, with how sure from 0 to 1."""
    parts = [_one(word) for word in words(name) if not word.isdigit()]
    kept = [word for word in parts if word not in _noise()]
    read = [(parts, "".join(parts)), (kept, _without_noise("".join(kept)))]
    sure = {
        table: max(_likeness(*one, *known) for one in read for known in called)
        for table, called in _called().items()
    }
    return {table: value for table, value in sure.items() if value}


def _likeness(kept: list[str], text: str, form: str, parts: tuple[str, ...]) -> float:
    if text == form:
        return 1.0
    if form.isascii():
        n = len(parts)
        if tuple(kept[-n:]) == parts:
            return 0.8
        return 0.5 if any(tuple(kept[i : i + n]) == parts for i in range(len(kept))) else 0.0
    if text.endswith(form):
        return 0.8
    return 0.4 + min(len(form), 6) / 60 if form in text else 0.0


def _one(word: str) -> str:
    """A word in the singular, as far as that matters here: the same is done to both sides."""
    if word.isascii() and len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        return word[:-3] + "y" if word.endswith("ies") else word[:-1]
    return word


@cache
def _noise() -> frozenset[str]:
    return frozenset(_one(plain(word)) for word in synonyms().left_out.file)


def _without_noise(text: str) -> str:
    """A Japanese name without the words that say nothing, in front and behind: 顧客一覧 is 顧客."""
    noise = sorted((word for word in _noise() if not word.isascii()), key=len, reverse=True)
    while True:
        for word in noise:
            if text.endswith(word) and len(text) > len(word):
                text = text.removesuffix(word)
                break
            if text.startswith(word) and len(text) > len(word):
                text = text.removeprefix(word)
                break
        else:
            return text


@cache
def _called() -> dict[str, tuple[tuple[str, tuple[str, ...]], ...]]:
    """What each table is called: the plain form, and its words."""
    result = {}
    for table in tables().values():
        said = synonyms().tables[table.name]
        names = dict.fromkeys((table.name, *said.called, *said.file))
        split = [tuple(_one(word) for word in words(name)) for name in names]
        result[table.name] = tuple(("".join(parts), parts) for parts in split)
    return result


# ------------------------------------------------------------------ values


@cache
def values_called(table: str, column: str) -> dict[str, str]:
    """What a column's values are called, in plain form, with the canonical value."""
    known = tables()[table].column(column)
    canonical = {plain(value): value for value in (known.values if known else ())}
    said = synonyms().tables[table].values.get(column, {})
    return {plain(text): value for value, texts in said.items() for text in texts} | canonical


@cache
def placeholders() -> frozenset[str]:
    """Texts that only say that there is no value, in one width and case."""
    listed = synonyms().placeholders
    return frozenset(unicodedata.normalize("NFKC", text).casefold() for text in listed)
