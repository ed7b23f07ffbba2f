"""Our side has sixteen people: three sales departments, service, marketing and systems."""

from .tables import Row, row

EAST, WEST, WIDE = "東日本営業部", "西日本営業部", "広域・パートナー営業部"
_OTHER = "other department"

_PEOPLE = (
    ("U01", "稲垣 真一", "inagaki", "executive", "", "経営", "全社", 15_000),
    ("U02", "管理 さくら", "kanri", "admin", "U01", "情報システム", "全社", 5_500),
    ("U03", "大野 恵", "ohno", "manager", "U01", EAST, "東日本", 9_000),
    ("U04", "西村 拓也", "nishimura", "manager", "U01", WEST, "西日本", 9_000),
    ("U05", "川上 由美", "kawakami", "manager", "U01", WIDE, "広域", 9_000),
    ("U06", "佐伯 翔", "saeki", "rep", "U03", EAST, "関東", 6_500),
    ("U07", "高瀬 美咲", "takase", "rep", "U03", EAST, "関東・東北", 6_200),
    ("U08", "松田 健", "matsuda", "rep", "U03", EAST, "関東・北海道", 5_800),
    ("U09", "藤本 彩", "fujimoto", "rep", "U04", WEST, "九州・中国", 6_200),
    ("U10", "岡崎 亮", "okazaki", "rep", "U04", WEST, "関西・四国", 5_800),
    ("U11", "長谷 直人", "hase", "rep", "U04", WEST, "関西", 6_500),
    ("U12", "杉山 玲奈", "sugiyama", "rep", "U05", WIDE, "中部", 6_200),
    ("U13", "平井 蓮", "hirai", "rep", "U05", WIDE, "北陸・関東", 5_600),
    ("U14", "小野寺 葵", "onodera", "rep", "U05", WIDE, "中部・代理店", 6_000),
    ("U15", "村井 剛", "murai", _OTHER, "U01", "サービス部", "全社", 5_200),
    ("U16", "白石 千夏", "shiraishi", _OTHER, "U01", "マーケティング部", "全社", 5_400),
)

REPS = tuple(person[0] for person in _PEOPLE if person[3] == "rep")
MANAGER_OF = {person[0]: person[4] for person in _PEOPLE}
TEAM_OF = {person[0]: person[5] for person in _PEOPLE}
NAME_OF = {person[0]: person[1] for person in _PEOPLE}

REGIONS_OF = {
    "U06": ("関東",),
    "U07": ("関東", "東北"),
    "U08": ("関東", "北海道"),
    "U09": ("九州", "中国"),
    "U10": ("関西", "四国"),
    "U11": ("関西",),
    "U12": ("中部",),
    "U13": ("北陸", "関東"),
    "U14": ("中部", "関西"),
}


def people_rows() -> list[Row]:
    """The people table; the Slack ids are synthetic."""
    return [
        row(
            "people",
            person_id=person_id,
            name=name,
            email=f"{mail}@inaho.example",
            slack_user_id=f"U0SAMPLE{person_id[1:]}",
            role=role,
            manager_id=manager,
            team=team,
            territory=territory,
            hourly_cost=cost,
        )
        for person_id, name, mail, role, manager, team, territory, cost in _PEOPLE
    ]
