"""Names of the ordinary accounts: groups first, then single companies, then international ones."""

from typing import NamedTuple

from .names import INTERNATIONAL_COMPANIES, PREFIXES, SUFFIXES

FIRST_NUMBER = 27


class Company(NamedTuple):
    """A company's names, industry and the id of its parent, which is empty for most."""

    number: int
    name: str
    kana: str
    english: str
    short: str
    industry: str
    parent: str = ""
    international: bool = False


GROUPS = (
    (
        "朝凪",
        "アサナギ",
        "Asanagi",
        (
            "ホールディングス/ホールディングス/Holdings/食品/",
            "食品/ショクヒン/Foods/食品/0",
            "低温物流/テイオンブツリュウ/Cold Logistics/物流/1",
        ),
    ),
    (
        "翠嶺",
        "スイレイ",
        "Suirei",
        (
            "化学工業/カガクコウギョウ/Chemical/化学/",
            "樹脂/ジュシ/Resin/化学/0",
            "産業資材/サンギョウシザイ/Industrial Supply/商社/0",
        ),
    ),
    (
        "早瀬",
        "ハヤセ",
        "Hayase",
        (
            "自動車部品/ジドウシャブヒン/Auto Parts/自動車部品/",
            "鍛工/タンコウ/Forging/金属加工/0",
            "部品東北/ブヒントウホク/Parts Tohoku/自動車部品/1",
        ),
    ),
    (
        "碧峰",
        "ヘキホウ",
        "Hekiho",
        ("電子工業/デンシコウギョウ/Electronics/電機/", "デバイス/デバイス/Devices/電機/0"),
    ),
    (
        "銀嶺",
        "ギンレイ",
        "Ginrei",
        (
            "医療機器/イリョウキキ/Medical Devices/医療機器/",
            "医科器械/イカキカイ/Medical Instruments/医療機器/0",
            "メディカル物流/メディカルブツリュウ/Medical Logistics/物流/0",
        ),
    ),
    (
        "鮎川",
        "アユカワ",
        "Ayukawa",
        ("金属工業/キンゾクコウギョウ/Metal/金属加工/", "鋳造/チュウゾウ/Casting/金属加工/0"),
    ),
    (
        "大鳥居",
        "オオトリイ",
        "Otorii",
        (
            "商事/ショウジ/Trading/商社/",
            "機材/キザイ/Machinery/商社/0",
            "フードサプライ/フードサプライ/Food Supply/食品/0",
        ),
    ),
    (
        "久遠",
        "クオン",
        "Kuon",
        ("電装/デンソウ/Electric/電機/", "制御機器/セイギョキキ/Control Devices/電機/0"),
    ),
    (
        "楠葉",
        "クスハ",
        "Kusuha",
        ("製菓/セイカ/Confectionery/食品/", "乳業/ニュウギョウ/Dairy/食品/0"),
    ),
)

SINGLES = (
    *("自動車部品",) * 12,
    *("電機",) * 8,
    *("食品",) * 7,
    *("化学",) * 10,
    *("金属加工",) * 10,
    *("物流",) * 8,
    *("医療機器",) * 9,
    *("商社",) * 8,
)


def companies() -> tuple[Company, ...]:
    """A027 to A126."""
    result = [*_group_members(FIRST_NUMBER)]
    result += _singles(FIRST_NUMBER + len(result))
    first = FIRST_NUMBER + len(result)
    result += [
        Company(first + n, name, kana, english, kana, industry, international=True)
        for n, (name, kana, english, industry) in enumerate(INTERNATIONAL_COMPANIES)
    ]
    return tuple(result)


def _group_members(first: int) -> list[Company]:
    result: list[Company] = []
    for prefix, kana, english, members in GROUPS:
        root = first + len(result)
        for member in members:
            suffix, suffix_kana, suffix_english, industry, parent = member.split("/")
            number = first + len(result)
            result.append(
                Company(
                    number,
                    _legal(number, prefix + suffix),
                    kana + suffix_kana,
                    f"{english} {suffix_english} Co., Ltd.",
                    prefix + suffix,
                    industry,
                    f"A{root + int(parent):03d}" if parent else "",
                )
            )
    return result


def _singles(first: int) -> list[Company]:
    result = []
    for position, industry in enumerate(SINGLES):
        kanji, kana, english = PREFIXES[position]
        options = SUFFIXES[industry]
        suffix, suffix_kana, suffix_english = options[position % len(options)]
        number = first + position
        result.append(
            Company(
                number,
                _legal(number, kanji + suffix),
                kana + suffix_kana,
                f"{english} {suffix_english} Co., Ltd.",
                kanji + suffix,
                industry,
            )
        )
    return result


def _legal(number: int, core: str) -> str:
    return f"株式会社{core}" if number % 3 == 0 else f"{core}株式会社"
