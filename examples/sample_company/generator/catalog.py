"""The product list: every category has a small item, so that an account's budget can be met."""

from .model import (
    CONSUMABLES,
    CONVEYING,
    ROBOTS,
    SENSORS,
    SERVICE,
    SOFTWARE,
    Product,
)
from .tables import Row, row

_ITEMS = (
    ("搬送ライン CV-200", CONVEYING, 9_800_000, 6_270_000),
    ("高速搬送ライン CV-350", CONVEYING, 16_500_000, 10_720_000),
    ("ベルトコンベア CB-120", CONVEYING, 1_350_000, 860_000),
    ("コンベアモジュール CM-80", CONVEYING, 420_000, 265_000),
    ("駆動ローラーユニット CR-50", CONVEYING, 68_000, 42_000),
    ("協働ロボット RB-5", ROBOTS, 3_200_000, 2_110_000),
    ("協働ロボット RB-12", ROBOTS, 4_900_000, 3_230_000),
    ("パレタイズロボット RP-80", ROBOTS, 8_700_000, 5_830_000),
    ("ロボットハンド RH-2", ROBOTS, 280_000, 178_000),
    ("安全柵ユニット RS-1", ROBOTS, 96_000, 61_000),
    ("変位センサー SN-10", SENSORS, 38_000, 19_400),
    ("画像判別センサー SN-40", SENSORS, 248_000, 129_000),
    ("三次元検査センサー SN-90", SENSORS, 860_000, 464_000),
    ("温湿度監視センサー SN-T2", SENSORS, 22_000, 11_200),
    ("ライン制御ソフト Minori", SOFTWARE, 4_200_000, 1_430_000),
    ("稼働監視ソフト Minori View", SOFTWARE, 1_600_000, 540_000),
    ("Minori 追加ライセンス", SOFTWARE, 120_000, 38_000),
    ("年間保守プラン", SERVICE, 1_200_000, 612_000),
    ("予防保全プラン", SERVICE, 2_400_000, 1_270_000),
    ("スポット点検", SERVICE, 90_000, 48_000),
    ("交換ベルト BL-3", CONSUMABLES, 14_800, 8_300),
    ("グリース・潤滑キット GK-1", CONSUMABLES, 6_400, 3_500),
    ("吸着パッド VP-20", CONSUMABLES, 2_900, 1_550),
    ("フィルターセット FS-7", CONSUMABLES, 9_200, 5_100),
)


def products() -> tuple[Product, ...]:
    """P001 to P024."""
    return tuple(Product(f"P{number:03d}", *item) for number, item in enumerate(_ITEMS, start=1))


def product_rows(items: tuple[Product, ...]) -> list[Row]:
    """The products table."""
    return [
        row(
            "products",
            product_id=item.id,
            name=item.name,
            category=item.category,
            list_price=item.price,
            standard_cost=item.cost,
        )
        for item in items
    ]
