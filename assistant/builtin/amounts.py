"""A threshold needs a word that sets it; a number alone limits, filters and orders nothing.

How many are asked for (上位5社), what is above or below an amount (1億円以上), and what there is
none of (商談のない). Places are those of the raw message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from assistant.builtin.when import folded

Op = Literal[">=", ">", "<=", "<", "="]
Unit = Literal["money", "percent", "days", "count", "hours"]
Bound = tuple[Op, Decimal, Unit | None, int, int]
What = Literal["deals", "orders", "activities", "contacts", "contract"]


@dataclass(frozen=True)
class Limit:
    """How many are asked for; `is_worst` where they are the lowest, weakest or last."""

    count: int
    start: int
    end: int
    text: str
    is_worst: bool = False


@dataclass(frozen=True)
class Threshold:
    """A bound on a measure. A percentage is its fraction; weeks, months and years are 7, 30 and
    365 days, half a year is 180. `unit` is None where none is said; `about` is the nearest word
    that names the measure.
    """

    op: Op
    value: Decimal
    unit: Unit | None
    about: str
    start: int
    end: int


@dataclass(frozen=True)
class Amount:
    """A number with its unit, as in Threshold; `word` is the unit or currency as it was written."""

    value: Decimal
    unit: Unit | None
    word: str
    start: int
    end: int


@dataclass(frozen=True)
class Absence:
    """What an account is said to have none of."""

    what: What
    start: int
    end: int


# ------------------------------------------------------------------ numbers

_KANJI = {c: n for n, c in enumerate("〇一二三四五六七八九")} | {"零": 0}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10**4, "億": 10**8, "兆": 10**12}
_SCALES = {"hundred": 100, "k": 10**3, "thousand": 10**3, "m": 10**6, "mn": 10**6,
           "mio": 10**6, "million": 10**6, "b": 10**9, "bn": 10**9, "billion": 10**9}  # fmt: skip
_WORDS = {
    "a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30,
    "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100,
}  # fmt: skip
_WORD = "|".join(sorted(_WORDS.keys() - {"a"}, key=len, reverse=True)) + (
    "|a(?= (?:hundred|thousand|million|billion))"
)
_PLAIN = r"\d{1,15}(?:,\d{3}){0,5}(?:\.\d{1,6})?"
_NUMERAL = "〇零一二三四五六七八九十百千"
_AMOUNT = (
    rf"(?:(?:{_PLAIN}|[{_NUMERAL}])(?:\s?[十百千万億兆]{{1,3}})?"
    rf"(?:(?<=[万億兆百千])(?:\d{{1,4}}(?:,\d{{3}})?|[{_NUMERAL}]{{1,8}})[百千]?[万億]?){{0,3}}"
    rf"|[{_NUMERAL}]{{1,8}}[万億兆]?|[億百千]{{1,3}}[万億]?|半(?=[年月])|(?:{_WORD})(?![a-z]))"
)
_DAYS = {"日": 1, "day": 1, "週": 7, "week": 7, "月": 30, "month": 30, "年": 365, "year": 365}
_UNITS: tuple[tuple[Unit | None, str], ...] = (
    ("money", r"円|ドル|ユーロ|yen|jpy|dollars?|usd|euros?"),
    ("percent", r"%|パーセント|percent(?:age points?)?|per cent|pct|ポイント|"
     r"割(?:\s?[\d一二三四五六七八九]分)?(?![るっりれ引])"),
    ("hours", r"時間|hours?|hrs?"),
    ("days", r"日間?|days?|週間?|weeks?|[かカヶケヵ箇個]月間?|月(?=以)|months?|"
     r"年半?間?|years?"),
    ("count", r"件|社|名|人|回|個|つ|品目|商品|製品|カテゴリー?|(?:open |won |lost )?(?:deals?|"
     r"orders?|opportunit(?:y|ies))|accounts?|customers?|compan(?:y|ies)|people|employees|contacts?|"
     r"activit(?:y|ies)|visits?|meetings?|calls?|products?|categor(?:y|ies)|views?"),
    (None, r"倍|点|times|points?"),
)  # fmt: skip
_UNIT = "|".join(pattern for _unit, pattern in _UNITS)
_UNIT_OF = [(unit, re.compile(pattern)) for unit, pattern in _UNITS]


def _value(tag: str) -> str:
    """The pattern of an amount with its currency, scale and unit in groups named by `tag`."""
    return (
        rf"(?P<minus{tag}>マイナス|minus |(?<![\d%円万億件日a-z])[-−▲△])?"
        rf"(?<![\d.,:/a-z{_NUMERAL}万億兆])(?P<money{tag}>[¥$€£]|(?:jpy|usd|eur) ?)?"
        rf"(?P<amount{tag}>{_AMOUNT})"
        rf"(?P<scale{tag}>(?:\s?(?:hundred|thousand|million|billion|mio|mn|bn|[kmb])(?![a-z]))*)"
        rf"(?:\s?(?P<unit{tag}>{_UNIT})(?![a-z]))?"
    )


def _amount(text: str) -> Decimal:
    """The value of 1億2,000万, 三十, 12.5 or of an English word."""
    if text in _WORDS or text == "半":
        return Decimal(_WORDS.get(text, 0)) or Decimal("0.5")
    total = section = Decimal(0)
    current: Decimal | None = None
    for token in re.findall(rf"{_PLAIN}|[〇零一二三四五六七八九]+|[十百千万億兆]", text):
        if token in _SMALL:
            section += (Decimal(1) if current is None else current) * _SMALL[token]
            current = None
        elif token in _LARGE:
            total += (section + (current or 0) or Decimal(1)) * _LARGE[token]
            section, current = Decimal(0), None
        else:
            digits = "".join(str(_KANJI.get(c, c)) for c in token)
            current = Decimal(digits.replace(",", ""))
    return total + section + (current or 0)


def _measured(m: re.Match[str], tag: str = "") -> tuple[Decimal, Unit | None]:
    value, scales = _amount(m[f"amount{tag}"]), m[f"scale{tag}"].split()
    for scale in scales or re.findall(r"[a-z]+", m[f"scale{tag}"]):
        value *= _SCALES[scale]
    word = m[f"unit{tag}"] or ""
    unit = next((u for u, pattern in _UNIT_OF if word and pattern.fullmatch(word)), None)
    is_large = bool(scales or re.search(r"[万億兆]", m[f"amount{tag}"]))
    if m[f"money{tag}"] or (is_large and not word):
        unit = "money"
    if unit in ("percent", "days"):
        value = _in_unit(value, word)
    return -value if m[f"minus{tag}"] else value, unit


def _in_unit(value: Decimal, word: str) -> Decimal:
    """A percentage as its fraction, a length of time in days."""
    if word.startswith("割"):
        return (value + (_amount(word[1:-1].strip()) / 10 if word[1:] else 0)) / 10
    for key, days in _DAYS.items():
        if key in word:
            half = 180 if "年半" in word else 0
            is_half_year = key == "年" and value == Decimal("0.5")
            return Decimal(180) if is_half_year else value * days + half
    return value / 100


_ANY_AMOUNT = re.compile(_value(""))


def find_amounts(text: str) -> list[Amount]:
    """Every number of a message with its unit, in order; years and days of a month are none."""
    plain, _cased, places = folded(text)
    found: list[Amount] = []
    for m in _ANY_AMOUNT.finditer(plain):
        if not (_is_year(m) or _is_day(m)):
            value, unit = _measured(m)
            word = m["unit"] or (m["money"] or "").strip()
            found.append(Amount(value, unit, word, places[m.start()], places[m.end() - 1] + 1))
    return found


# ------------------------------------------------------------------ how many

_WORD_OF_MANY = "|".join(w for w, n in _WORDS.items() if n > 1)
_COUNT = rf"(?P<n>\d{{1,3}}|[一二三四五六七八九十]{{1,3}}|(?:{_WORD_OF_MANY})(?![a-z]))"
_THINGS_JA = r"(?:社|件|名|人|つ|個|品目|位|製品|商品|商談|案件|取引先|顧客)"
_NO_SHARE = (
    r"(?!\d|[.,]\d|\s?(?:%|パーセント|percent|割|分の|日|か月|年|時|円|万|億|days?\b|weeks?\b|"
    r"months?\b|years?\b|hours?\b|million|billion|k\b|m\b))"
)
_BOUNDED = (
    r"(?!\s?(?:以上|以下|以内|未満|超|より|を[超上下]|中|間|とも|それぞれ|しか|目|の?うち|で(?:も|は)|"
    r"依存|購買|独占|体制|共同|合同|合計|合わせ|を?比[較べ]))"
)
_BEST_EN = "largest|biggest|best|highest|strongest|most"
_WORST_EN = "smallest|worst|lowest|weakest|poorest|least|bottom"
_LIMITS = tuple(
    (re.compile(pattern), is_worst)
    for pattern, is_worst in (
        (rf"(?:ワースト|下位|最下位|(?<![a-z])(?:worst|bottom))[\s-]?"
         rf"{_COUNT}{_NO_SHARE}{_THINGS_JA}?", True),
        (rf"(?:上位|トップ|ベスト|(?<![a-z])(?:top|best|first))の?[\s-]?"
         rf"{_COUNT}{_NO_SHARE}{_THINGS_JA}?", False),
        (rf"(?<![a-z])(?:the )?{_COUNT}[\s-](?:{_WORST_EN})(?![a-z])", True),
        (rf"(?<![a-z])(?:the )?{_COUNT}[\s-](?:{_BEST_EN})(?![a-z])", False),
        (rf"(?<![a-z])(?:limit(?:ed)?(?: to)?|(?:show|give|list|name|pick|find)(?: me| us)?"
         rf"(?: only| just)?) (?:the )?{_COUNT}{_NO_SHARE}(?!\w)", False),
        (rf"(?<![a-z])(?:only|just) (?:the )?{_COUNT}"
         r"(?: (?:accounts|customers|deals|companies)(?![a-z])|\s?(?=$|[.,?!]))", False),
        (rf"(?<![\w.,]){_COUNT} (?:accounts|customers|deals|companies) only(?![a-z])", False),
        (rf"(?:第\s?)?(?<![\d.,]){_COUNT}位(?:まで|だけ)?", False),
        (rf"(?<![\d.,十百]){_COUNT}(?:社|件|つ|個|品目)"
         r"(?:だけ|のみ|ほど|くらい|ぐらい|程度|まで)", False),
        (rf"(?<![\d.,十百a-z]){_COUNT}(?:社|件|つ|個|名|人)"
         r"(?:で(?:いい|よい|良い|十分|OK)|に(?:絞|しぼ)|$)", False),
        (rf"(?<![\d.,十百a-z]){_COUNT}(?:社|件|つ|個|名|人)を?"
         r"(?=挙げ|並べ|教え|出し|見せ|選|絞|ピックアップ|リスト|お願い|ください|知りたい)", False),
        (rf"(?<![\d.,十百a-z])(?![1一]社){_COUNT}社{_BOUNDED}", False),
    )
)  # fmt: skip
_ASCENDING = re.compile(
    r"(?:低い|少ない|小さい|悪い|弱い|下の?|短い)(?:順|方|ほう)?(?:に|から|の)*$|"
    r"(?:ワースト|worst|bottom|lowest|smallest)\s*$"
)


def find_limit(text: str) -> Limit | None:
    """How many a message asks for (上位5社, the three largest); a share of all is no number."""
    plain, _cased, places = folded(text)
    found = [(m, worst) for p, worst in _LIMITS if (m := p.search(plain)) and _amount(m["n"]) > 0]
    if not found:
        return None
    match, is_worst = found[0]
    is_worst = is_worst or bool(_ASCENDING.search(plain[: match.start()]))
    start, end = places[match.start()], places[match.end() - 1] + 1
    return Limit(int(_amount(match["n"])), start, end, text[start:end], is_worst)


# ------------------------------------------------------------------ above and below

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
_AFTER_JA = re.compile(rf"{_value('')}\s?(?P<op>{_any(_OPS_JA)})")
_BEFORE_EN = re.compile(
    rf"(?<![a-z<>=])(?P<op>{_WORD_OPS})\s?(?:about |around |roughly )?{_value('')}"
)
_BEFORE_JA = re.compile(rf"(?P<op>{_any(_OPS_HEAD)}){_value('')}")
_AFTER_EN = re.compile(rf"{_value('')}(?P<op>{_any(_OPS_TAIL)})(?P<late> (?:{_UNIT}))?(?![a-z0-9])")
_RANGE = re.compile(
    rf"(?P<between>between )?{_value('1')}\s?(?:[~〜–—-]|から|to|and)\s?{_value('2')}"
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


def _bounds(plain: str) -> list[Bound]:
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
            value, unit = _measured(m)
            if late := (m["late"] if pattern is _AFTER_EN else None):
                unit = unit or next((u for u, p in _UNIT_OF if p.fullmatch(late.strip())), None)
            is_date = _is_year(m) or _is_day(m)
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
    (low, low_unit), (high, unit) = _measured(m, "1"), _measured(m, "2")
    is_date = _is_year(m, "1") or _is_day(m)
    if is_date or not (unit or m["between"]) or (m["between"] is None and " and " in m[0]):
        return None
    if not (m["unit1"] or m["money1"]) and not low_unit:
        low_unit = unit
        if m["money1"] is None and (scale := _scale(m)) and low < high:
            low *= scale
        if unit in ("percent", "days"):
            low = _in_unit(low, m["unit2"])
    elif m["money1"] and not m["scale1"] and (scale := _scale(m)) and low * scale < high:
        low *= scale
    return ((low, low_unit or unit), (high, unit)) if low < high else None


def _scale(m: re.Match[str]) -> int:
    """The scale that the second end of a range is written in (1〜2億円, 10 to 50 million)."""
    if m["scale1"] or re.search(r"[万億兆]", m["amount1"]):
        return 0
    scale = 1
    for word in re.findall(r"[a-z]+", m["scale2"]):
        scale *= _SCALES[word]
    tail = re.search(r"[百千]?[万億兆]$", m["amount2"])
    return int(_amount(tail[0])) if tail else (scale if scale > 1 else 0)


def _is_year(m: re.Match[str], tag: str = "") -> bool:
    """Whether a number of four digits and no measure is a year (between 2024 and 2026)."""
    is_bare = not (m[f"money{tag}"] or m[f"scale{tag}"])
    is_year = is_bare and m[f"unit{tag}"] in (None, "年", "年間")
    return is_year and bool(re.fullmatch(r"(?:19|20)\d\d", m[f"amount{tag}"]))


def _is_day(m: re.Match[str]) -> bool:
    """Whether the number is a day of a month (9月30日)."""
    return m.string[: m.start()].endswith("月") and "日" in m[0]


def _overlaps(m: re.Match[str], taken: set[tuple[int, int]]) -> bool:
    return any(m.start() < end and start < m.end() for start, end in taken)


def find_thresholds(text: str) -> list[Threshold]:
    """Every bound a message sets on a measure, in order; a range is two.

    Bounds side by side (1億円以上2億円未満) are about the same.
    """
    plain, _cased, places = folded(text)
    found: list[Threshold] = []
    before = 0
    for op, value, unit, start, end in _bounds(plain):
        about = _about(plain, start, end, before if before <= start else 0)
        place = places[start], places[end - 1] + 1
        found.append(Threshold(op, value, unit, about, *place))
        before = end
    return [_shared(found, i) for i in range(len(found))]


def _shared(found: list[Threshold], index: int) -> Threshold:
    this = found[index]
    for near in found[max(0, index - 1) : index + 2]:
        is_beside = near.end == this.start or this.end == near.start
        if not this.about and is_beside:
            return replace(this, about=near.about)
    return this


# ------------------------------------------------------------------ what is measured

_JA_WORD = r"[一-龠々ァ-ヶーa-z]+(?:[きりげしみえ](?![てたいなま])[一-龠々ァ-ヶー]*)*"
_SUBJECT = re.compile(rf"({_JA_WORD})(?:が|は|も|、)?(?:約|およそ|合計で?|平均で?)?$")
_OBJECT = re.compile(rf"\s?(?:の|もの)?({_JA_WORD})")
_LOOSE = re.compile(rf"({_JA_WORD})(?:の|を|で|に)?$")
_WHEN = re.compile(r".*(?:[期年月週日]|方|順)$|^(?:上位|下位|直近|過去)$")
_SKIP = {
    "is", "are", "was", "were", "be", "of", "with", "a", "an", "the", "have", "has", "had", "that",
    "which", "who", "and", "or", "worth", "at", "in", "for", "by", "to", "me", "show", "all", "any",
    "where", "whose", "from", "than", "it", "only", "more", "been", "not", "no", "list",
}  # fmt: skip
_COMPANIONS = {"rate", "margin", "value", "ratio", "size", "amount", "share", "cost", "probability"}
_COUNTED = re.compile(
    r"(deals?|orders?|opportunit(?:y|ies)|accounts?|customers?|compan(?:y|ies)|people|employees|"
    r"contacts?|activit(?:y|ies)|visits?|meetings?|calls?|products?|categor(?:y|ies)|views?)$"
)


def _about(plain: str, start: int, end: int, since: int) -> str:
    """The nearest word that says what is measured, as it stands in the folded message."""
    if re.search(r"[ぁ-んァ-ヶ一-龠]", plain):
        before = plain[since:start].rstrip()
        for match in (_SUBJECT.search(before), _OBJECT.match(plain, end), _LOOSE.search(before)):
            if match and not _WHEN.match(match[1]):
                return match[1]
        return ""
    if counted := _COUNTED.search(plain[start:end]):
        return counted[1]
    if follows := re.match(r" (?:in|of) (?:the )?([a-z]+)", plain[end:]):
        return follows[1]
    words = re.findall(r"[a-z]+", plain[since:start])
    while words and words[-1] in _SKIP:
        words.pop()
    if words:
        is_pair = words[-1] in _COMPANIONS and len(words) > 1 and words[-2] not in _SKIP
        return " ".join(words[-2:]) if is_pair else words[-1]
    after = re.match(r"[ ,]+([a-z]+)", plain[end:])
    return after[1] if after and after[1] not in _SKIP else ""


# ------------------------------------------------------------------ what there is none of

_NONE_JA = (
    r"(?:が|の|は|も|を)?(?:一つも|一件も|一度も|まったく|全く|何も)?\s?"
    r"(?:な(?:い|く(?!な)|かった|し)|無[いし]|ゼロ|皆無|0件|ありません|いない|存在しない)"
)
_NO_EN = (
    r"(?<![a-z0-9.,])(?:(?:no|without|zero|0|lack(?:s|ing)?|(?:do|does|did|have|has)(?: not|n't))"
    r" (?:have )?)(?:any |an |a |single |open |recent |active |past |key |current |registered )*"
)
_NOT_YET = r"(?:have|has|had|did|do|does|were|was|is|are)(?: not|n't)(?: been| yet)* "
_ABSENT: tuple[tuple[What, str], ...] = (
    ("deals", rf"(?:進行中の)?(?:商談|案件|パイプライン|引き合い|引合){_NONE_JA}|"
     rf"{_NO_EN}(?:deals?|opportunit(?:y|ies)|pipeline)(?![a-z])"),
    ("orders", rf"(?:取引|受注|注文|発注|購入|購買|購入実績|取引実績|売上){_NONE_JA}|未取引|未購入|"
     r"(?:買って|(?:購入|注文|発注|取引)して)いない|"
     r"(?:買った|(?:購入|注文|発注|受注|取引)した)こと[のが]ない|"
     rf"{_NO_EN}(?:orders?|purchases?|sales(?! (?:rep|person|team|manager)))(?![a-z])|"
     rf"(?:never |{_NOT_YET})(?:yet )?(?:bought|ordered|purchased|buy|order|purchase)"
     r"(?![a-z])"),
    ("activities", rf"(?:活動|接触|接点|訪問|面談|連絡|フォロー|コンタクト|動き){_NONE_JA}|"
     r"ご?無沙汰|"
     r"(?:訪問|連絡|接触|フォロー|面談)(?:でき|出来|し)ていない|会(?:って|えて)いない|"
     rf"{_NO_EN}(?:activit(?:y|ies)|contact(?! person)|touch(?:es)?|visits?|calls?|meetings?)"
     rf"(?![a-z])|(?:never |{_NOT_YET})(?:contacted|visited|called|met|talked to|spoken to|touched)"
     r"(?![a-z])|"
     r"(?<![a-z])(?<!categories are )untouched(?! (?:categor|product)|[a-z])"),
    ("contacts", rf"(?:連絡先|窓口|キーパーソン|キーマン|先方担当者?|取引先担当者){_NONE_JA}|"
     rf"{_NO_EN}(?:contacts|contact person|contact people|key people)(?![a-z])"),
    ("contract", rf"(?:保守|年間)?契約{_NONE_JA}|未契約|契約して(?:いない|いません)|"
     rf"{_NO_EN}(?:maintenance |service )?contracts?(?![a-z])"),
)  # fmt: skip
_ABSENCES = [(what, re.compile(pattern)) for what, pattern in _ABSENT]


def find_absence(text: str) -> list[Absence]:
    """What a message says there is none of, in order."""
    plain, _cased, places = folded(text)
    found = [
        Absence(what, places[m.start()], places[m.end() - 1] + 1)
        for what, pattern in _ABSENCES
        for m in pattern.finditer(plain)
    ]
    return sorted(found, key=lambda absence: absence.start)
