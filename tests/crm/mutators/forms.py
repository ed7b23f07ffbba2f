"""One value, in every form in which a cell may show it; what no cell may show, with the reason.

The forms are those that docs/your-data.md promises to read; a broken one is none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from typing import Literal
from zoneinfo import ZoneInfo

from tests.crm.mutators.truth import Field, Kind, Value

Native = Decimal | date | datetime | None
Holds = Literal["", "numbers", "formats"]
"""Texts alone; numbers too; numbers and days, shown by formats."""
_WIDE = str.maketrans({c: chr(ord(c) + 0xFEE0) for c in map(chr, range(0x21, 0x7F))})
_WIDE_SIGNS = {**_WIDE, ord("¥"): "￥", ord(" "): "\u3000"}
_UNITS = {3: "千", 4: "万", 6: "百万", 8: "億"}
_ONE = Decimal(1)


@dataclass(frozen=True)
class Style:
    """How a column's cells are to be read: their scale, the order of a day's parts, its zone."""

    kind: Kind = "text"
    scale: Decimal = _ONE
    order: str = "ymd"
    zone: str = "Asia/Tokyo"
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Cell:
    """What a cell shows and, in a workbook or a JSON line, what it holds; `form` names its form."""

    text: str
    form: str
    native: Native = None
    shown_by: str = "General"


EMPTY = Cell("", "empty")


def cell_of(value: Value, style: Style, pick: Random, holds: Holds) -> Cell:
    """A cell that says the value; `holds` is what the file can hold beside texts."""
    if value is None:
        return Cell(pick.choice(("", "", " ", "\u3000")), "empty")
    if isinstance(value, date):
        return _around(_day(value, style, pick, holds), pick)
    if isinstance(value, str):
        if style.kind == "id" and value.isdigit() and _as_number(value, holds, pick):
            return Cell(value, "native code", Decimal(value), "0" * len(value))
        shown = next((old for old, new in style.values if new == value), value)
        return _around(Cell(shown, "text"), pick)
    return _around(_number(Decimal(value), style, pick, holds), pick)


def _as_number(code: str, holds: Holds, pick: Random) -> bool:
    """Whether a code of digits is kept as a number: only a format keeps its zeros in front."""
    can_be = holds == "formats" or (holds == "numbers" and code[0] != "0")
    return can_be and pick.random() < 0.5


def _around(cell: Cell, pick: Random) -> Cell:
    """The cell, now and then with blanks around its text."""
    if cell.native is not None or pick.random() < 0.9:
        return cell
    before, after = pick.choice((" ", "", "\u3000")), pick.choice((" ", "\u3000", "\u00a0"))
    return Cell(f"{before}{cell.text}{after}", cell.form)


# ------------------------------------------------------------------ numbers


def _number(value: Decimal, style: Style, pick: Random, holds: Holds) -> Cell:
    if holds and pick.random() < 0.4 and _holds_exactly(value / style.scale):
        return _native_number(value, style, pick, holds)
    forms: list[Callable[[], Cell]] = [lambda: _plain(value / style.scale, pick)] * 2
    if style.kind == "money":
        forms += [lambda: _money(value, style.scale, pick)] * 4
        if style.scale == 1 and value == value.to_integral_value() and abs(value) >= 10**4:
            forms.append(lambda: _compound(value, pick))
    if style.kind == "ratio":
        forms += [lambda: _percent(value, style.scale, pick)] * 2
    if style.kind == "integer" and value > 0:
        forms.append(lambda: _counted(value, pick))
    return _wide(pick.choice(forms)(), pick)


def _holds_exactly(value: Decimal) -> bool:
    return len(value.normalize().as_tuple().digits) <= 15


def _native_number(value: Decimal, style: Style, pick: Random, holds: Holds) -> Cell:
    """A number as a workbook keeps it: its format says how many of what it shows."""
    kept = value / style.scale
    if holds == "numbers":
        return Cell(f"{kept.normalize():f}", "native", kept)
    choices = [("General", kept), ("#,##0.00", kept), ("0;▲0", kept)]
    if style.kind == "money" and style.scale == 1:
        choices.append(('"¥"#,##0', kept))
    if style.scale in (1000, 10**6):
        choices.append(("#,##0," + "," * (style.scale == 10**6), value))
    if style.kind == "ratio":
        choices.append(("0.0%", value))
    shown_by, held = pick.choice(choices)
    return Cell(f"{held.normalize():f}", f"native {shown_by}", held, shown_by)


def _digits(value: Decimal, pick: Random) -> tuple[str, str]:
    """The digits of a number without its sign, in groups of three or not."""
    text = f"{abs(value).normalize():f}"
    if pick.random() < 0.5:
        whole, point, rest = text.partition(".")
        return f"{int(whole):,}{point}{rest}", "thousands" if len(whole) > 3 else "plain"
    if "." in text and pick.random() < 0.3:
        return text + "0", "plain"
    return text, "plain"


def _signed(text: str, mark: str, value: Decimal, pick: Random) -> tuple[str, str]:
    """The text with its sign, before or behind the mark of a currency in front of it."""
    if value >= 0:
        return mark + text, ""
    sign = pick.choice("-−▲△(")
    if sign == "(":
        return f"({mark}{text})", "negative ("
    blank = pick.choice(("", " ")) if sign in "▲△" else ""
    shown = mark + sign + blank + text if pick.random() < 0.5 else sign + blank + mark + text
    return shown, f"negative {sign}"


def _plain(value: Decimal, pick: Random) -> Cell:
    text, form = _digits(value, pick)
    if value < 0 and pick.random() < 0.15:
        return Cell(f"{text}-", "negative behind")
    shown, negative = _signed(text, "", value, pick)
    return Cell(shown, negative or form)


def _money(value: Decimal, scale: Decimal, pick: Random) -> Cell:
    """An amount with a unit, a mark of the yen, or both; below a heading with a unit only that."""
    powers = [0, *_UNITS] if scale == 1 else [p for p in _UNITS if scale == 10**p]
    if not powers:
        return _plain(value / scale, pick)
    power = pick.choice(powers)
    text, form = _digits(value.scaleb(-power), pick)
    unit = _UNITS.get(power, "")
    front = pick.choice(("¥", "￥", "JPY ")) if pick.random() < 0.5 else ""
    behind = pick.choice(("円", "", " JPY")) if unit else pick.choice(("円", " 円", " JPY"))
    shown, negative = _signed(text + unit + ("" if front else behind), front, value, pick)
    if unit:
        return Cell(shown, f"unit {unit}")
    return Cell(shown, negative or ("yen in front" if front else form if not behind else "円"))


def _compound(value: Decimal, pick: Random) -> Cell:
    """1億2,345万6,789円."""
    rest, parts = int(abs(value)), ""
    for power, unit in ((12, "兆"), (8, "億"), (4, "万"), (0, "")):
        part, rest = divmod(rest, 10**power)
        if part:
            parts += f"{part:,}{unit}"
    shown, _ = _signed(parts + "円", "", value, pick)
    return Cell(shown, "compound")


def _percent(value: Decimal, scale: Decimal, pick: Random) -> Cell:
    text = f"{(value * 100).normalize():f}"
    tenths = value * 10
    if scale == 1 and tenths == tenths.to_integral_value():
        return Cell(f"{int(tenths)}割", "割")
    return Cell(text + pick.choice(("%", " %", "％")), "percent")


def _counted(value: Decimal, pick: Random) -> Cell:
    return Cell(f"{int(value):,}{pick.choice(('人', '名', ' 人'))}", "counter")


def _wide(cell: Cell, pick: Random) -> Cell:
    """The cell, now and then in full-width digits and signs."""
    if cell.native is not None or pick.random() < 0.85:
        return cell
    return Cell(cell.text.translate(_WIDE_SIGNS), "full width")


# ------------------------------------------------------------------ days


def _day(value: date, style: Style, pick: Random, holds: Holds) -> Cell:
    if holds == "formats" and pick.random() < 0.35:
        return _native_day(value, pick)
    forms = [_numeric, _kanji, _era, _short_era, _timed, _english, _serial]
    forms.append(lambda day, pick: _utc(day, style.zone, pick))
    if style.order != "ymd":
        forms += [lambda day, pick: _ordered(day, style.order, pick)] * 4
    return _wide(pick.choice(forms)(value, pick), pick)


def _native_day(value: date, pick: Random) -> Cell:
    moment = datetime(value.year, value.month, value.day, pick.randrange(24), pick.randrange(60))
    held, shown_by = pick.choice([
        (value, "yyyy-mm-dd"), (value, "m/d/yy"), (value, '[$-411]ggge"年"m"月"d"日"'),
        (moment, "yyyy/m/d h:mm"),
    ])  # fmt: skip
    return Cell(value.isoformat(), f"native {shown_by}", held, shown_by)


def _numeric(day: date, pick: Random) -> Cell:
    between = pick.choice("-/.")
    if pick.random() < 0.2:
        return Cell(f"{day:%Y%m%d}", "eight digits")
    padded = pick.random() < 0.5
    month, number = (f"{day:%m}", f"{day:%d}") if padded else (str(day.month), str(day.day))
    text = between.join((str(day.year), month, number))
    return Cell(text + _weekday(day, pick), f"date {between}")


def _weekday(day: date, pick: Random) -> str:
    if pick.random() < 0.8:
        return ""
    name = "月火水木金土日"[day.weekday()]
    return pick.choice((f"({name})", f"（{name}）", f" ({name}曜日)"))


def _kanji(day: date, pick: Random) -> Cell:
    blank = pick.choice(("", "", " "))
    text = f"{day.year}年{blank}{day.month}月{blank}{day.day}日"
    return Cell(text + _weekday(day, pick), "年月日")


def _in_era(day: date) -> tuple[str, str, int]:
    if day >= date(2019, 5, 1):
        return "令和", "R", day.year - 2018
    return "平成", "H", day.year - 1988


def _era(day: date, pick: Random) -> Cell:
    name, _, year = _in_era(day)
    shown = "元" if year == 1 and pick.random() < 0.7 else str(year)
    return Cell(f"{name}{shown}年{day.month}月{day.day}日{_weekday(day, pick)}", "era")


def _short_era(day: date, pick: Random) -> Cell:
    name, letter, year = _in_era(day)
    sign = pick.choice((letter, letter.lower(), name[0]))
    between = pick.choice("./-")
    return Cell(between.join((f"{sign}{year}", str(day.month), str(day.day))), "short era")


def _utc(day: date, zone: str, pick: Random) -> Cell:
    """A moment of the day in that zone, told by the clocks of Greenwich or of the zone."""
    moment = datetime(
        day.year, day.month, day.day, pick.randrange(24), pick.randrange(60), tzinfo=ZoneInfo(zone)
    )
    if pick.random() < 0.2:
        return Cell(moment.isoformat(), "moment with offset")
    tail = pick.choice(("Z", ".000Z", "+00:00", ".000+0000"))
    return Cell(f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}{tail}", "moment with offset")


def _timed(day: date, pick: Random) -> Cell:
    hour, minute = pick.randrange(24), pick.randrange(60)
    if pick.random() < 0.3:
        half = "午前" if hour < 12 else "午後"
        return Cell(f"{day.year}/{day.month}/{day.day} {half} {hour % 12}:{minute:02}", "time")
    between = pick.choice((" ", "T"))
    seconds = pick.choice(("", ":07", ":59.5"))
    return Cell(f"{day.isoformat()}{between}{hour:02}:{minute:02}{seconds}", "time")


def _english(day: date, pick: Random) -> Cell:
    form = pick.choice(("%d %b %Y", "%b %d, %Y", "%A, %B %d, %Y", "%d-%b-%Y"))
    return Cell(day.strftime(form), "month name")


def _serial(day: date, pick: Random) -> Cell:
    days = (day - date(1899, 12, 30)).days
    return Cell(f"{days}{pick.choice(('', '', '.375'))}", "excel serial")


def _ordered(day: date, order: str, pick: Random) -> Cell:
    first, second = (day.month, day.day) if order == "mdy" else (day.day, day.month)
    between = pick.choice("/-.")
    return Cell(between.join(map(str, (first, second, day.year))), f"order {order}")


# ------------------------------------------------------------------ what is no value

_NO_NUMBERS = (
    ("nan", "not_a_number"), ("1e5", "not_a_number"), ("١", "not_a_number"),
    ("▲▲1", "not_a_number"), ("1,23", "odd_grouping"), ("12,3456", "odd_grouping"),
    ("1.234,56", "odd_grouping"), ("約100", "not_a_number"), ("-", "not_a_number"),
    ("1_000", "not_a_number"), ("①", "not_a_number"), ("1 000", "not_a_number"),
    ("(100", "not_a_number"), ("-(100)", "not_a_number"), ("0x10", "not_a_number"),
    ("∞", "not_a_number"), ("2026-04-01", "not_a_number"), (".5", "not_a_number"),
    ("1.2.3", "not_a_number"), ("#REF!", "not_a_number"),
)  # fmt: skip
_NO_AMOUNTS = (
    ("USD 100", "other_currency"), ("$100", "other_currency"), ("¥1,200-", "not_a_number"),
    ("3万5", "not_a_number"), ("¥100円", "not_a_number"), ("1.00001", "too_precise"),
)  # fmt: skip
_NO_DAYS = (
    ("2026-02-30", "impossible_date"), ("2026/13/1", "impossible_date"), ("nan", "not_a_date"),
    ("20260230", "impossible_date"), ("平成31年5月1日", "era_ended"), ("R1.4.30", "era_ended"),
    ("4/1", "ambiguous_date"), ("26/4/1", "ambiguous_date"), ("2026年4月", "ambiguous_date"),
    ("未定", "not_a_date"), ("2026-04-01T25:00", "impossible_date"), ("99999", "not_a_date"),
    ("١٢", "not_a_date"), ("1,200", "not_a_date"), ("2026-04-01x", "not_a_date"),
    ("0000-00-00", "impossible_date"), ("2026年4月1日(月)", "impossible_date"),
)  # fmt: skip


def broken(field: Field, style: Style, pick: Random) -> tuple[Cell, str] | None:
    """A cell that no value of the column has, and the reason; None where any text is one."""
    choices: list[tuple[str, str]] = [("", "missing")] if field.needed else []
    match field.kind:
        case "id" | "text":
            pass
        case "enum":
            choices += [("在庫", "not_in_list"), ("Open?", "not_in_list"), ("１", "not_in_list")]
        case "date":
            choices += _NO_DAYS
            if style.order == "ymd":
                choices.append(("4/1/2026", "ambiguous_date"))
        case "money":
            choices += [*_NO_NUMBERS, *_no_amounts(style.scale)]
        case _:
            choices += [*_NO_NUMBERS, *_no_counts(field, style.scale)]
    if not choices:
        return None
    text, reason = pick.choice(choices)
    return Cell(text, f"broken {text or 'missing'}"), reason


def _no_amounts(scale: Decimal) -> tuple[tuple[str, str], ...]:
    if scale == 1:
        return (*_NO_AMOUNTS, ("123456789012345", "too_large"), ("200兆円", "too_large"))
    return (("¥1,200", "two_units"), ("1,200円", "two_units"), ("$100", "other_currency"))


def _no_counts(field: Field, scale: Decimal) -> tuple[tuple[str, str], ...]:
    """What is no number of this column, though it may be one of another."""
    common = (("¥100", "not_a_number"), ("12.3456789", "too_precise"))
    if field.kind == "ratio":
        over = (("150%", "out_of_range"), ("▲0.1", "out_of_range"))
        return (*common, *over, *((("1.5", "out_of_range"),) if scale == 1 else ()))
    return (*common, ("9", "out_of_range")) if field.high == 5 or field.low < 0 else common
