"""What a column holds is told by its values: how many of them read as what a column should hold."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from crm.companies.corporate_number import corporate_number
from crm.dates import DateRules, read_date
from crm.numbers import NumberRules, read_number
from crm.proposing.headings import plain
from crm.proposing.synonyms import placeholders, values_called
from crm.refused import Refused
from crm.schema import Column

LOOKED_AT = 200
"""Different values of a column that its kind is told by."""
_AROUND = " \t\r\n\u3000\u00a0"
LONGEST = 1_000
"""Characters of a cell that are looked at."""

_CODE = re.compile(
    r"[A-Za-z]{0,5}[-_#]?\d[\d-]*|[0-9a-fA-F-]{32,38}|(?=\w*\d)[A-Za-z0-9]{15,18}", re.ASCII
)
_MAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_RANK = re.compile(
    r"[A-ESa-es][+-]?|[◎○△×]|高|中|低|大|小|high|medium|low|hot|warm|cold", re.IGNORECASE
)
_UNIT = re.compile(r"[^\d.,+\-\s]")
_DAY_AND_MONTH = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2\d{4}(?:[ T].*)?")


def is_placeholder(text: str) -> bool:
    """Whether a text only says that there is no value: "-", "N/A", なし, 未定."""
    return unicodedata.normalize("NFKC", text).casefold() in placeholders()


@dataclass(frozen=True, eq=False)
class Values:
    """The different texts of a column with how often each stands there, in the order met first.

    `filled` of the `rows` looked at have one, `different` of which differ; `complete` says that
    these are all rows there are, and `counts` all their texts.
    """

    counts: Mapping[str, int]
    rows: int
    filled: int
    different: int
    complete: bool = True
    _shares: dict[object, float] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, cells: Iterable[str | None], *, complete: bool) -> Values:
        """The values of these cells."""
        counts: dict[str, int] = {}
        rows = 0
        for cell in cells:
            rows += 1
            if text := (cell or "")[:LONGEST].strip(_AROUND):
                counts[text] = counts.get(text, 0) + 1
        return cls(counts, rows, sum(counts.values()), len(counts), complete)

    @cached_property
    def placeholders(self) -> tuple[str, ...]:
        return tuple(text for text in self.counts if len(text) < 16 and is_placeholder(text))

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The different values, without placeholders."""
        left_out = frozenset(self.placeholders)
        return tuple(text for text in self.counts if text not in left_out)

    @cached_property
    def repeated(self) -> int:
        """Rows whose value stands in an earlier row too."""
        return self.filled - self.different

    @cached_property
    def is_key(self) -> bool:
        """Whether every row has a value, and each another."""
        return self.rows > 0 and self.filled == self.rows and not self.repeated

    def share(self, kind: Callable[[str], bool]) -> float:
        """The share of the values looked at that are of a kind; 0 where there are none."""
        if kind not in self._shares:
            looked_at = self.texts[:LOOKED_AT]
            rows = sum(self.counts[text] for text in looked_at)
            good = sum(self.counts[text] for text in looked_at if kind(text))
            self._shares[kind] = good / rows if rows else 0.0
        return self._shares[kind]


# ------------------------------------------------------------------ kinds of values


def refusal_of_number(text: str, currency: str, digits: int) -> str:
    """The reason code why a text is no such number; empty when it is one."""
    try:
        read_number(text, NumberRules(currency=currency, percent=True, digits=digits))
    except Refused as refused:
        return refused.reason
    return ""


def is_number(text: str) -> bool:
    """Whether a text is a number: an amount, a quantity, a share, in whatever currency."""
    codes = {refusal_of_number(text, "", 12), refusal_of_number(text, "JPY", 12)}
    return bool(codes & {"", "too_precise", "too_large", "other_currency"})


def is_whole(text: str) -> bool:
    """Whether a text is a whole number."""
    return not refusal_of_number(text, "", 0)


def is_year(text: str) -> bool:
    """Whether a text is a year of our time."""
    return bool(re.fullmatch(r"(1[6-9]|20|21)\d\d(年|年度|\.0+)?", text))


def refusal_of_date(text: str, how: DateRules) -> str:
    """The reason code why a text is no such day; empty when it is one."""
    try:
        read_date(text, how)
    except Refused as refused:
        return refused.reason
    return ""


def is_day(text: str) -> bool:
    """Whether a text means a day, a month or a part of a fiscal year, in whatever order."""
    return refusal_of_date(text, DateRules(period="start")) in ("", "ambiguous_date")


def is_mail(text: str) -> bool:
    return bool(_MAIL.fullmatch(text))


def is_code(text: str) -> bool:
    """Whether a text looks like what a system numbers its records by: A001, 4711, a GUID."""
    return bool(_CODE.fullmatch(text))


def is_rank(text: str) -> bool:
    """Whether a text is a rank, such as the A, B and C of 確度."""
    return bool(_RANK.fullmatch(unicodedata.normalize("NFKC", text)))


def is_corporate_number(text: str) -> bool:
    """Whether a text has the thirteen digits of a Japanese corporate number, right or wrong."""
    return bool(re.fullmatch(r"\d{13}", re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text))))


def has_wrong_check_digit(text: str) -> bool:
    return is_corporate_number(text) and corporate_number(text) is None


def is_name(text: str) -> bool:
    """Whether a text may be the name of something: no number, code, day or address."""
    return not (is_code(text) or is_mail(text) or is_number(text))


def is_share(text: str) -> bool:
    return is_number(text) or is_rank(text)


def known_value(table: str, column: str, text: str) -> tuple[str, bool] | None:
    """The canonical value that a text stands for, and whether that is sure; None if unknown.

    "07 失注" and "受注（内示）" are read by the word in them: not for sure.
    """
    called = values_called(table, column)
    if value := called.get(plain(text)):
        return value, True
    bare = re.sub(r"^[\s\d.()\[\]:：_\-]+", "", unicodedata.normalize("NFKC", text))
    if value := called.get(plain(bare)):
        return value, True
    parts = [plain(part) for part in re.split(r"(?:[^\w'’]|[\d_])+", bare)]
    found = {called[part] for part in parts if part in called}
    return (found.pop(), False) if len(found) == 1 else None


def fit(table: str, column: Column, values: Values) -> float:
    """How well a column's values are what a canonical column holds, from 0 to 1."""
    if not values.texts:
        return 0.9
    match column.type:
        case "date":
            return values.share(is_day)
        case "number" | "money":
            return values.share(is_number)
        case "integer":
            return values.share(is_year if column.unit == "year" else is_whole)
        case "ratio":
            return values.share(is_share)
        case "enum":
            return _known_share(table, column.name, values)
    if column.name == "corporate_number":
        return values.share(is_corporate_number)
    if column.name == "email":
        return values.share(is_mail)
    if column.name == "name" and not column.free:
        return values.share(is_name)
    if column.type == "text" and not column.free:
        return 1.0 - 0.8 * values.share(_is_no_text)
    return 1.0


def _is_no_text(text: str) -> bool:
    return is_mail(text) or is_ordered(text)


def _known_share(table: str, column: str, values: Values) -> float:
    rows = sum(values.counts[text] for text in values.texts[:LOOKED_AT])
    known = [t for t in values.texts[:LOOKED_AT] if known_value(table, column, t)]
    return sum(values.counts[text] for text in known) / rows


# ------------------------------------------------------------------ what a mapping has to say


def is_ordered(text: str) -> bool:
    """Whether a text is a day like 4/1/2026, which order alone tells."""
    return bool(_DAY_AND_MONTH.fullmatch(text))


def date_orders(values: Values) -> frozenset[str]:
    """The orders in which every "4/1/2026" of a column is a day; empty where there is none such."""
    found = [m for text in values.texts if (m := _DAY_AND_MONTH.fullmatch(text))]
    if not found:
        return frozenset()
    orders = {"mdy": (1, 3), "dmy": (3, 1)}
    return frozenset(
        order
        for order, (month, day) in orders.items()
        if all(int(m[month]) <= 12 and int(m[day]) <= 31 for m in found)
    ) or frozenset(("",))


def has_labels(values: Values) -> bool:
    """Whether some values are months or fiscal labels, which are a day only by a rule."""
    return any(
        refusal_of_date(text, DateRules()) == "ambiguous_date"
        and not refusal_of_date(text, DateRules(period="start"))
        for text in values.texts[:LOOKED_AT]
    )


def amounts(values: Values) -> list[Decimal]:
    """The plain numbers among the values; what has a sign or a unit says itself what it is."""
    found = []
    for text in values.texts[:LOOKED_AT]:
        try:
            number = read_number(text, NumberRules(currency="", digits=12))
        except Refused:
            continue
        if not _UNIT.search(text):
            found.append(number)
    return found


def above_one(values: Values) -> bool:
    """Whether shares are written in hundredths: a number without a sign is over 1."""
    return any(amount > 1 for amount in amounts(values))
