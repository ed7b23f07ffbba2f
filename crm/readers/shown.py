"""A cell is read as what it shows, to the last of its 15 digits and never rounded further.

A share shows its percent sign, a format that shows thousands gives thousands, a day is a day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Context, Decimal, InvalidOperation
from functools import lru_cache

_DIGITS = Context(prec=15)
_WHOLE = re.compile(r"-?[0-9]{1,400}")
_LARGEST = 400
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_.|\*.|\[\$(?P<sign>[^\]-]*)[^\]]*\]'
    r"|\[(?P<elapsed>[hH]+|[mM]+|[sS]+)\]"
    r"|\[(?P<sense><>|<=|>=|<|>|=)(?P<than>-?[0-9.]+)\]|\[[^\]]*\]"
    r"|(?P<clock>AM/PM|A/P)|(?P<general>General)|(?P<power>[eE][+-])|(?P<plain>.)",
    re.DOTALL,
)
_UNIT = re.compile(r"(?:[千万億兆]|百万|千万|十億|百億|千億)(?:円|米?ドル)?|[kKMB]|bn|[%％]")
_MONEY = re.compile(r"[¥￥$€£₩元円]|US\$|[A-Z]{3}|米?ドル|ユーロ")
_CLOSE = {"<": "__lt__", "<=": "__le__", ">": "__gt__", ">=": "__ge__", "=": "__eq__"}
_EPOCH, _EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)
_FIRST_TOO_LATE = 2_957_004
"""A day of the year 9995, or 9999 where days are counted from 1904."""
_NO_DAY = 60
_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Section:
    """How a format shows the numbers of one sign or size.

    `days` and `clock` tell whether it shows a day, a time of day; `elapsed` a time that goes on
    beyond a day. `percents` are its percent signs, `thousands` the commas by which it scales.
    `zeros` are the digits to which it fills a code (0012) up, `front` what it puts before one.
    """

    sense: str = ""
    than: Decimal = Decimal(0)
    days: bool = False
    clock: bool = False
    elapsed: bool = False
    percents: int = 0
    thousands: int = 0
    unit: str = ""
    money: str = ""
    zeros: int = 0
    front: str = ""


def shown(raw: str, code: str, from_1904: bool) -> str:
    """The text of a number stored as `raw` and shown by that format code."""
    value = number(raw)
    if value is None:
        return raw
    section = section_of(code, value)
    if section.elapsed:
        return _elapsed(value)
    if section.days or section.clock:
        return _moment(value, section, from_1904) or plain(value)
    if section.zeros and value >= 0 and value == value.to_integral_value():
        return section.front + plain(value).zfill(section.zeros)
    scaled = value.scaleb(2 * section.percents - 3 * section.thousands)
    return plain(scaled) + "%" * section.percents + section.unit


def number(raw: str) -> Decimal | None:
    """A stored number: whole ones as written, others to the 15 digits that are meant."""
    try:
        value = Decimal(raw) if _WHOLE.fullmatch(raw) else _DIGITS.create_decimal(raw)
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value.adjusted()) <= _LARGEST else None


def plain(value: Decimal) -> str:
    """The digits of a number, without an exponent and without zeros that say nothing."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def iso(text: str) -> str:
    """A moment that is stored as ISO text: the day alone where there is no time of day."""
    return re.sub(r"T00:00(:00(\.0+)?)?Z?$", "", text)


def section_of(code: str, value: Decimal) -> Section:
    """The section of a format by which a value is shown."""
    sections = sections_of(code)
    if any(each.sense for each in sections):
        held = (each for each in sections if not each.sense or _holds(each, value))
        return next(held, Section())
    if value < 0 and len(sections) > 1:
        return sections[1]
    return sections[2] if value == 0 and len(sections) > 2 else sections[0]


@lru_cache(maxsize=4_096)
def sections_of(code: str) -> tuple[Section, ...]:
    """The sections of a number format, taken apart."""
    tokens: list[list[re.Match[str]]] = [[]]
    for token in _TOKEN.finditer(code[:1_000]):
        if token["plain"] == ";":
            tokens.append([])
        else:
            tokens[-1].append(token)
    return tuple(_section(each) for each in tokens)


def _section(tokens: list[re.Match[str]]) -> Section:
    skeleton = "".join(each["plain"] or "" for each in tokens)
    letters = set(skeleton.lower()) & set("ymdhsgeab")
    clock = any(each["clock"] for each in tokens) or bool(letters & set("hs"))
    words = _literals(tokens)
    money = next((each for each in words if _MONEY.fullmatch(each)), "")
    unit = next((each for each in words[1:] if _UNIT.fullmatch(each)), "")
    whole, _, decimals = re.sub(r"[^0#?.,]", "", skeleton).partition(".")
    code = bool(re.fullmatch("0{2,}", skeleton)) and not (money or unit)
    condition = next((each for each in tokens if each["sense"]), None)
    return Section(
        sense=condition["sense"] if condition else "",
        than=Decimal(condition["than"]) if condition else Decimal(0),
        days=bool(letters & set("ydgeab")) or ("m" in letters and not clock),
        clock=clock,
        elapsed=any(each["elapsed"] for each in tokens),
        percents=skeleton.count("%"),
        thousands=sum(len(part) - len(part.rstrip(",")) for part in (whole, decimals)),
        unit=unit,
        money=money,
        zeros=len(skeleton) if code else 0,
        front=words[0] if code else "",
    )


def _literals(tokens: list[re.Match[str]]) -> list[str]:
    """The words before the digits of a section (one text), and those behind them."""
    words = [""]
    for token in tokens:
        text = token["quoted"] or token["escaped"] or token["sign"] or ""
        digit = (token["plain"] or "") in "0#?@" if token["plain"] else bool(token["general"])
        if token["plain"] and not digit and ord(token["plain"]) > 127:
            text = token["plain"]
        if digit and len(words) == 1:
            words.append("")
        words[-1] += text
    return [each.strip() for each in words]


def _holds(section: Section, value: Decimal) -> bool:
    if section.sense == "<>":
        return value != section.than
    return bool(getattr(value, _CLOSE[section.sense])(section.than))


def _elapsed(value: Decimal) -> str:
    seconds = int((abs(value) * _DAY_SECONDS).to_integral_value())
    sign = "-" if value < 0 else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _moment(value: Decimal, section: Section, from_1904: bool) -> str | None:
    """The day, the time of day, or both; None for a number that is none."""
    seconds = int((value * _DAY_SECONDS).to_integral_value())
    if not 0 <= value < _FIRST_TOO_LATE:
        return None
    day, rest = divmod(seconds, _DAY_SECONDS)
    clock = (datetime.min + timedelta(seconds=rest)).time().isoformat()
    if not section.days and day == 0:
        return clock
    if not from_1904 and (day == 0 or day == _NO_DAY):
        return None
    shift = 1 if not from_1904 and day < _NO_DAY else 0
    epoch = _EPOCH_1904 if from_1904 else _EPOCH
    text = (epoch + timedelta(days=day + shift)).isoformat()
    return f"{text}T{clock}" if rest else text
