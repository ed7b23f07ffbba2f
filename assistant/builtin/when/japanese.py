"""How periods are written in Japanese."""

from __future__ import annotations

import re

from assistant.builtin.when.dates import (
    read_calendar,
    read_day,
    read_ended,
    read_fiscal,
    read_month,
    read_month_day,
    read_part,
)
from assistant.builtin.when.forms import to_date, unit_from_today
from assistant.builtin.when.numbers import NUMBER
from assistant.builtin.when.relative import (
    fixed,
    read_ago,
    read_around,
    read_relative,
    read_years_ago,
    rest_of,
    years_back,
)
from assistant.builtin.when.term import Reader

_R = r"(?![a-z0-9])"
_Y = rf"(?<![\da-z.,/〇零一二三四五六七八九十-])(?P<era>令和|平成|r|h)?\s?(?P<y>{NUMBER}|元)\s?"
_NOT_COMPARED = r"(?!同|対比|比(?!較)|並み|並の|割れ|差|増減|超え)"
_TAIL = rf"(?:分|度|中|内|末)?{_NOT_COMPARED}"
_MONTH_END = (
    r"(?!間|次|額|給|曜|以内|あたり|当たり|平均|単位|ごと|毎|目|締|賦|割|数|齢|期|"
    r"前(?!半)|後(?!半)|[堂屋庵病]|会(?!議|合))"
)
_WAYS = "(?P<way>この(?=四?半期)|一昨|前々|前前|先々|再来|今|当|本|前|昨|先|去|来|次)"
_GUARD = (
    r"(?<![以事午目]前)(?<![将未従由近元]来)(?<![引意入問売絡客届宛優務出]先)"
    r"(?<![年月日週順期]次)(?<![相該担]当)"
)
_RULES: tuple[tuple[str, Reader], ...] = (
    (rf"{_Y}(?:会計)?年度{_TAIL}", read_fiscal),
    (rf"{_Y}年(?!度|間|目|前|後|以内|連続|ぶり|月期|半|契約|計画|ごと|毎|未満|以上){_TAIL}",
     read_calendar),
    (rf"{_Y}年\s?(?P<m>{NUMBER})\s?月期{_TAIL}", read_ended),
    (rf"{_Y}年\s?(?P<m>{NUMBER})\s?月\s?(?P<d>{NUMBER})\s?日", read_day),
    (rf"(?<![\d年./])(?P<m>{NUMBER})\s?月\s?(?P<d>{NUMBER})\s?日", read_month_day),
    (rf"(?P<way>来る|来たる|今度の|次の)?\s?(?<![\d.,/〇零一二三四五六七八九十])(?P<m>{NUMBER})\s?月"
     rf"{_MONTH_END}(?:分|度|中|末)?{_NOT_COMPARED}", read_month),
    (r"(?<![\d./-])(?P<m>\d{1,2})(?=\s?[~〜\-–・]\s?(?:1[0-2]|0?[1-9])月(?!間|\s?\d))",
     read_month),
    (r"(?<=[~〜\-–・])(?P<m>1[0-2]|0?[1-9])月(?:期|分)", read_month),
    (rf"(?:第\s?|(?<!\d))(?P<q>[1-4一二三四])\s?(?:四半期|ク[ォオ]ーター|q{_R}){_TAIL}",
     read_part),
    (rf"(?<!以)(?P<h>[上下])(?:半)?期(?!待|間|限){_TAIL}", read_part),
    (r"(?P<h>[前後])半(?!期)", read_part),
    (rf"{_WAYS}{_GUARD}(?P<unit>会計年度|年度|年(?!配|輩|商|間)|四半期|ク[ォオ]ーター|q{_R}|"
     rf"[上下](?:半)?期|半期|期(?![待間日限首純初])|月(?![次額極初頭])|週(?!間))(?:分|中|内|末)?"
     rf"{_NOT_COMPARED}", read_relative),
    (r"(?P<way>今|本|昨|一昨)(?P<unit>日)"
     rf"(?!的|は[、。!,]|は(?:これで|ここまで)|も.{{0,2}}よろしく){_NOT_COMPARED}", read_relative),
    (r"おととし", lambda m, at: years_back(m, 2, at)),
    (rf"(?<![\d終了約る])(?P<n>{NUMBER})(?:年度?|期)前(?!後|半)", read_years_ago),
    (rf"(?<![\d終了約る])(?P<n>{NUMBER})(?P<unit>か月)前(?!後|半|に)", read_ago),
    (rf"(?:直近|過去|最近|ここ|この|これまで|(?P<ahead>今後|向こう|これから))の?約?"
     rf"(?P<n>{NUMBER}|半(?=[年月]))(?P<unit>日|週|[かカヶケヵ箇個]月|年度|年|期|四半期|月(?=間))(?P<half>半)?"
     r"間?(?:分|で)?", read_around),
    (r"直近の?四半期", fixed(lambda at: unit_from_today("quarter", -1, at))),
    (r"直近の?半期", fixed(lambda at: unit_from_today("half", -1, at))),
    (r"直近の?(?:年度|期(?!間|待))", fixed(lambda at: unit_from_today("fiscal_year", -1, at))),
    (r"年(?:初|始)(?:から|来|以来|以降)", fixed(lambda at: to_date("year", at))),
    (r"[今当]?(?:期[初首頭]|年度初め?)(?:から|来|以来|以降)",
     fixed(lambda at: to_date("fiscal_year", at))),
    (r"[今当]?四半期初め?(?:から|来|以降)", fixed(lambda at: to_date("quarter", at))),
    (r"[今当]?月(?:初め?|頭)(?:から|来|以来|以降)", fixed(lambda at: to_date("month", at))),
    (r"(?<![一二三四五六七八九十半\d])年(?:内|末まで)に?", rest_of("year")),
    (r"(?:年度|期)(?:内|末まで)に?", rest_of("fiscal_year")),
    (r"四半期末までに?", rest_of("quarter")),
    (r"(?<!\d)月末までに?", rest_of("month")),
)  # fmt: skip
JAPANESE = [(re.compile(p), read) for p, read in _RULES]
