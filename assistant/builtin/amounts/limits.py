"""A limit is how many are asked for: 上位5社, the three largest."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.builtin.amounts.numbers import WORDS, number_of
from assistant.builtin.when import folded


@dataclass(frozen=True)
class Limit:
    """How many are asked for; `is_worst` where they are the lowest, weakest or last."""

    count: int
    start: int
    end: int
    text: str
    is_worst: bool = False


_WORD_OF_MANY = "|".join(w for w, n in WORDS.items() if n > 1)
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
    found = [(m, worst) for p, worst in _LIMITS if (m := p.search(plain)) and number_of(m["n"]) > 0]
    if not found:
        return None
    match, is_worst = found[0]
    is_worst = is_worst or bool(_ASCENDING.search(plain[: match.start()]))
    start, end = places[match.start()], places[match.end() - 1] + 1
    return Limit(int(number_of(match["n"])), start, end, text[start:end], is_worst)
