"""A cell's number is read to its last digit or refused; a sign, unit or comma is never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation

from crm.refused import Refused
from crm.width import half_width

_ONE, _LIMIT = Decimal(1), Decimal(10) ** 14
_EXACT = Context(prec=200, traps=[Inexact, InvalidOperation])

_OWNERS = {
    "¥": ("JPY", "CNY"), "円": ("JPY",), "$": ("USD",), "US$": ("USD",), "ドル": ("USD",),
    "米ドル": ("USD",), "€": ("EUR",), "ユーロ": ("EUR",), "£": ("GBP",), "ポンド": ("GBP",),
    "元": ("CNY",), "人民元": ("CNY",), "RMB": ("CNY",), "₩": ("KRW",), "ウォン": ("KRW",),
    "A$": ("AUD",), "C$": ("CAD",), "HK$": ("HKD",), "NT$": ("TWD",), "NZ$": ("NZD",),
    "S$": ("SGD",), "R$": ("BRL",), "₹": ("INR",), "₽": ("RUB",), "฿": ("THB",), "₫": ("VND",),
    "\\": ("JPY",), "₱": ("PHP",), "₺": ("TRY",), "₪": ("ILS",), "₴": ("UAH",),
}  # fmt: skip
"""The currencies that a sign or word stands for; a code stands for itself.

In CP932 the yen sign is the byte of the backslash, and so it is read in front of a number.
"""
_ISO_4217 = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN "
    "BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL "
    "GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF "
    "KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN "
    "MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD "
    "SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH "
    "UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG"
)
_CODES = frozenset(_ISO_4217.split())
_COUNTERS = ("人", "名", "個", "件", "社", "台", "本", "時間", "h")
_JAPANESE = {
    "千億": 11, "百億": 10, "十億": 9, "千万": 7, "百万": 6, "兆": 12, "億": 8, "万": 4, "千": 3,
}  # fmt: skip
_ENGLISH = {"k": 3, "K": 3, "M": 6, "B": 9, "bn": 9, "thousand": 3, "million": 6, "billion": 9}
_FRACTIONS = {"%": -2, "割": -1}
_SCALES = {unit: _ONE.scaleb(n) for unit, n in (_JAPANESE | _ENGLISH | _FRACTIONS).items()}


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_B = r"[ \u00a0]*+"
_BEHIND = rf"{_any_of(_OWNERS.keys() - {chr(92)})}|[A-Z]{{3}}"
_FRONT = rf"{_any_of(_OWNERS)}|[A-Z]{{3}}"
_KANJI = _any_of(_JAPANESE)
_CELL = re.compile(
    rf"""
    (?P<open>\({_B})?  (?:(?P<sign>[-+▲△]){_B})?
    (?:(?P<front>{_FRONT}){_B})?  (?:(?P<inner>[-+▲△]){_B})?
    (?P<number>[.,]*[0-9][0-9.,]*+)
    (?:
        {_B}(?P<unit>{_KANJI}|[kKMB]|bn|[%割])  |  [ \u00a0]?(?P<word>(?i:thousand|million|billion))
    )?
    (?P<rest>(?<=[千万億兆])(?:{_B}[0-9.,]++{_B}(?:{_KANJI}))*+(?:{_B}[0-9.,]++)?)?
    (?:(?<=割){_B}(?P<tenths>[0-9]){_B}分)?
    (?:{_B}(?P<behind>{_BEHIND}|{_any_of(_COUNTERS)}))?
    (?:{_B}(?P<minus>-))?  (?:{_B}(?P<close>\)))?
    """,
    re.VERBOSE | re.ASCII,
)
_PART = re.compile(rf"([0-9.,]+){_B}({_KANJI})?")
_DIGITS = re.compile(r"([1-9][0-9]{0,2}(,[0-9]{3}){1,4}|[0-9]{1,15})(\.[0-9]+)?")
_SPOKEN = frozenset((digit, "") for digit in "0123456789")
"""How "3万5" ends: 35,000 in speech, 30,005 to the letter."""
_GROUPS = re.compile(r"[1-9][0-9]{0,2}(,[0-9]{3})+")


@dataclass(frozen=True)
class NumberRules:
    """What a column's numbers may look like and what they are scaled by.

    `currency` is the ISO code of its amounts, or "" where it holds none; `multiply` the scale that
    its header tells; `percent` whether it holds fractions, so that 35% is 0.35; `digits` how many
    decimals it keeps.
    """

    currency: str = "JPY"
    multiply: Decimal = _ONE
    percent: bool = False
    digits: int = 4


def read_number(text: str, how: NumberRules) -> Decimal:
    """The exact number that a cell's text says, with `digits` decimals: "▲120万円" is -1200000.

    Raises Refused: not_a_number, odd_grouping, other_currency, two_units, too_precise, too_large.
    """
    cell = _CELL.fullmatch(half_width(text))
    if cell is None:
        raise Refused("not_a_number")
    negative = _is_negative(cell)
    unit = cell["unit"] or (cell["word"] or "").lower()
    if unit in _FRACTIONS and (not how.percent or cell["front"] or cell["behind"]):
        raise Refused("not_a_number")
    value, scale = _amount(cell, unit)
    marked = _is_marked(cell, how.currency)
    if not (unit or marked):
        scale = how.multiply
    elif how.multiply not in (_ONE, scale):
        raise Refused("two_units")
    try:
        result = _EXACT.multiply(value, scale).quantize(_ONE.scaleb(-how.digits), context=_EXACT)
    except Inexact:
        raise Refused("too_precise") from None
    if result >= _LIMIT:
        raise Refused("too_large")
    return _EXACT.minus(result) if negative else result


def _is_negative(cell: re.Match[str]) -> bool:
    sign, inner, opened, minus, closed = cell.group("sign", "inner", "open", "minus", "close")
    if (opened is None) != (closed is None) or bool(sign) + bool(inner) + bool(opened or minus) > 1:
        raise Refused("not_a_number")
    if minus and (opened or any(cell.group("front", "unit", "word", "behind"))):
        raise Refused("not_a_number")  # "¥1,200-" on a receipt is not minus 1,200
    return bool(opened or minus) or (sign or inner or "+") != "+"


def _is_marked(cell: re.Match[str], currency: str) -> bool:
    """Whether the cell names its currency or what it counts; no other currency is let pass."""
    front, behind = cell.group("front", "behind")
    mark = front or behind
    if mark is None:
        return False
    counts = mark in _COUNTERS
    if (front and behind) or counts == bool(currency):
        raise Refused("not_a_number")
    if counts or mark == currency or currency in _OWNERS.get(mark, ()):
        return True
    raise Refused("other_currency" if mark in _OWNERS or mark in _CODES else "not_a_number")


def _amount(cell: re.Match[str], unit: str) -> tuple[Decimal, Decimal]:
    """What the digits say, and the scale that they stand in."""
    number, rest, tenths = cell.group("number", "rest", "tenths")
    if rest:
        parts = [(number, unit), *_PART.findall(rest)]
        if parts[-1] in _SPOKEN and not cell["behind"]:
            raise Refused("not_a_number")
        return _compound(parts), _ONE
    value, scale = _value(number), _SCALES.get(unit, _ONE)
    if tenths:
        if "." in number:
            raise Refused("not_a_number")
        value += Decimal(tenths).scaleb(-1)
    return value, scale


def _compound(parts: list[tuple[str, str]]) -> Decimal:
    """1億2,345万6,789: each part is whole, and less than one of the unit before it."""
    total, limit = Decimal(0), Decimal("Infinity")
    for number, unit in parts:
        value, scale = _value(number), _SCALES.get(unit, _ONE)
        if "." in number or value * scale >= limit:
            raise Refused("not_a_number")
        total, limit = total + value * scale, scale
    return total


def _value(number: str) -> Decimal:
    if _DIGITS.fullmatch(number):
        return Decimal(number.replace(",", ""))
    whole, _, decimals = number.partition(".")
    odd = "," in decimals or ("," in whole and not _GROUPS.fullmatch(whole))
    raise Refused("odd_grouping" if odd else "not_a_number")
