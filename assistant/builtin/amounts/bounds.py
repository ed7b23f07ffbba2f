"""A bound needs a word that sets it: 以上, at most, between; a range holds two."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal

from assistant.builtin.amounts.numbers import number_of
from assistant.builtin.amounts.quantity import (
    SCALES,
    UNIT,
    Unit,
    in_unit,
    is_day,
    is_year,
    measured,
    quantity,
    unit_of,
)

Op = Literal[">=", ">", "<=", "<", "="]
Bound = tuple[Op, Decimal, Unit | None, int, int]
_OPS_JA: tuple[tuple[Op, str], ...] = (
    (">=", r"以上"),
    (">", r"(?:を|が|は)?(?:上回|超|越)(?:える|えた|えて|えの?|過|る|った|って)?|"
     r"より(?:も)?(?:多|大き|高|長|上)[くい]?"),
    ("<=", r"以下|以内|(?<![社件つ名人個日])まで(?!に)"),
    ("<", r"未満|(?:を|が|は)(?:下回|割|切)(?:る|った|って|り|れ)|"
     r"に(?:も)?(?:満た|届か|達し)ない|に(?:も)?(?:届い|達し)て(?:い)?ない|"
     r"より(?:も)?(?:少な|小さ|低|短|安|下)[くい]?"),
    ("=", r"ちょうど|ぴったり"),
)  # fmt: skip
_OPS_EN: tuple[tuple[Op, str], ...] = (
    ("<=", r"at most|no more than|not more than|up to|maximum(?: of)?|max|within|<=|≦|≤"),
    (">=", r"at least|no less than|not less than|no fewer than|minimum(?: of)?|min|>=|=>|≧|≥"),
    (">", r"over|above|more than|greater than|exceed(?:s|ing|ed)?|(?:larger|bigger|higher|longer|"
     r"older) than|beyond|north of|upwards of|>"),
    ("<", r"under|below|less than|fewer than|(?:smaller|lower|shorter|newer) than|short of|<"),
    ("=", r"exactly|equal(?:s)?(?: to)?|="),
)  # fmt: skip
_OPS_HEAD: tuple[tuple[Op, str], ...] = (
    (">=", r"少なくとも|最低(?:でも|で)?"),
    ("<=", r"多くとも|多くても|最大(?:でも|で)?|せいぜい|高々|長くても|長くとも"),
    ("=", r"ちょうど"),
)
_OPS_TAIL: tuple[tuple[Op, str], ...] = (
    (">=", r" ?(?:\+|(?:or|and) (?:more|above|over|higher|up|greater|longer)|plus)"),
    ("<=", r" (?:or|and) (?:less|fewer|below|under|lower|shorter)"),
)


def _any(ops: tuple[tuple[Op, str], ...]) -> str:
    return "|".join(rf"(?:{pattern})" for _op, pattern in ops)


_WORD_OPS = _any(_OPS_EN)
_AFTER_JA = re.compile(rf"{quantity('')}\s?(?P<op>{_any(_OPS_JA)})")
_BEFORE_EN = re.compile(
    rf"(?<![a-z<>=])(?P<op>{_WORD_OPS})\s?(?:about |around |roughly )?{quantity('')}"
)
_BEFORE_JA = re.compile(rf"(?P<op>{_any(_OPS_HEAD)}){quantity('')}")
_AFTER_EN = re.compile(
    rf"{quantity('')}(?P<op>{_any(_OPS_TAIL)})(?P<late> (?:{UNIT}))?(?![a-z0-9])"
)
_RANGE = re.compile(
    rf"(?P<between>between )?{quantity('1')}\s?(?:[~〜–—-]|から|to|and)\s?{quantity('2')}"
    r"(?![:/\d])(?:まで|の間)?"
)
_HALF_JA = re.compile(rf"(?:半分|半数)(?P<op>{_any(_OPS_JA)})|(?P<most>過半数?(?:を占める|の)?)")
_SHARES = {"half": Decimal("0.5"), "third": Decimal(1) / 3, "quarter of": Decimal("0.25")}
_HALF_EN = re.compile(
    rf"(?<![a-z])(?P<op>{_WORD_OPS}) (?:a |one )?"
    r"(?P<share>half(?! a | year|-year)|third|quarter of)"
)


def _op(word: str, ops: tuple[tuple[Op, str], ...]) -> Op:
    return next(op for op, pattern in ops if re.fullmatch(pattern, word))


def bounds_of(plain: str) -> list[Bound]:
    """Every bound in a folded message: ranges first, for each holds two."""
    found: list[Bound] = []
    for m in _RANGE.finditer(plain):
        if ends := _range(m):
            found += [(">=", *ends[0], *m.span()), ("<=", *ends[1], *m.span())]
    found += _shares(plain)
    taken = {(start, end) for *_bound, start, end in found}
    for pattern, ops in ((_AFTER_JA, _OPS_JA), (_BEFORE_JA, _OPS_HEAD), (_BEFORE_EN, _OPS_EN),
                         (_AFTER_EN, _OPS_TAIL)):  # fmt: skip
        for m in pattern.finditer(plain):
            value, unit = measured(m)
            if late := (m["late"] if pattern is _AFTER_EN else None):
                unit = unit or unit_of(late.strip())
            is_date = is_year(m) or is_day(m)
            if not is_date and not _overlaps(m, taken):
                found.append((_op(m["op"], ops), value, unit, *m.span()))
                taken.add(m.span())
    return sorted(found, key=lambda bound: bound[3:])


def _shares(plain: str) -> list[Bound]:
    found: list[Bound] = []
    for m in _HALF_JA.finditer(plain):
        op: Op = ">" if m["most"] else _op(m["op"], _OPS_JA)
        found.append((op, Decimal("0.5"), "percent", *m.span()))
    for m in _HALF_EN.finditer(plain):
        found.append((_op(m["op"], _OPS_EN), _SHARES[m["share"]], "percent", *m.span()))
    return found


def _range(m: re.Match[str]) -> tuple[tuple[Decimal, Unit | None], ...] | None:
    """Both ends of a range; the first takes the scale and unit of the second where it has none."""
    (low, low_unit), (high, unit) = measured(m, "1"), measured(m, "2")
    is_date = is_year(m, "1") or is_day(m)
    if is_date or not (unit or m["between"]) or (m["between"] is None and " and " in m[0]):
        return None
    if not (m["unit1"] or m["money1"]) and not low_unit:
        low_unit = unit
        if m["money1"] is None and (scale := _scale(m)) and low < high:
            low *= scale
        if unit in ("percent", "days"):
            low = in_unit(low, m["unit2"])
    elif m["money1"] and not m["scale1"] and (scale := _scale(m)) and low * scale < high:
        low *= scale
    return ((low, low_unit or unit), (high, unit)) if low < high else None


def _scale(m: re.Match[str]) -> int:
    """The scale that the second end of a range is written in (1〜2億円, 10 to 50 million)."""
    if m["scale1"] or re.search(r"[万億兆]", m["amount1"]):
        return 0
    scale = 1
    for word in re.findall(r"[a-z]+", m["scale2"]):
        scale *= SCALES[word]
    tail = re.search(r"[百千]?[万億兆]$", m["amount2"])
    return int(number_of(tail[0])) if tail else (scale if scale > 1 else 0)


def _overlaps(m: re.Match[str], taken: set[tuple[int, int]]) -> bool:
    return any(m.start() < end and start < m.end() for start, end in taken)
