"""Every name is composed from invented parts and belongs to no company or person we know of."""


def _triples(text: str) -> tuple[tuple[str, str, str], ...]:
    parts = (word.split("/") for word in text.split())
    return tuple((kanji, kana, english) for kanji, kana, english in parts)


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    parts = (word.split("/") for word in text.split())
    return tuple((kanji, latin) for kanji, latin in parts)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PREFIXES = _triples(
    """
    白樺台/シラカバダイ/Shirakabadai 若竹/ワカタケ/Wakatake 藍川/アイカワ/Aikawa
    茜野/アカネノ/Akaneno 千早/チハヤ/Chihaya 雲母坂/キララザカ/Kirarazaka 桔梗/キキョウ/Kikyo
    初雁/ハツカリ/Hatsukari 澄原/スミハラ/Sumihara 鳴瀬/ナルセ/Naruse 榛名野/ハルナノ/Harunano
    霧ヶ丘/キリガオカ/Kirigaoka 飛鳥井/アスカイ/Asukai 笹舟/ササフネ/Sasafune
    月ヶ瀬/ツキガセ/Tsukigase 深山/ミヤマ/Miyama 汐見/シオミ/Shiomi 浜風/ハマカゼ/Hamakaze
    星ヶ原/ホシガハラ/Hoshigahara 雪村/ユキムラ/Yukimura 緑陽/リョクヨウ/Ryokuyo
    桐原/キリハラ/Kirihara 萩野谷/ハギノヤ/Haginoya 椿山/ツバキヤマ/Tsubakiyama
    葛城野/カツラギノ/Katsuragino 竜胆/リンドウ/Rindo 菱川/ヒシカワ/Hishikawa
    栄泉/エイセン/Eisen 豊里/トヨサト/Toyosato 福寿川/フクジュガワ/Fukujugawa 長閑/ノドカ/Nodoka
    永楽橋/エイラクバシ/Eirakubashi 金剛台/コンゴウダイ/Kongodai 玉響/タマユラ/Tamayura
    琥珀/コハク/Kohaku 瑠璃川/ルリカワ/Rurikawa 明峰/メイホウ/Meiho 光陽台/コウヨウダイ/Koyodai
    東雲野/シノノメノ/Shinonomeno 西嶺/セイレイ/Seirei 宝生/ホウショウ/Hosho
    駒形野/コマガタノ/Komagatano 鷹取/タカトリ/Takatori 鴎洋/オウヨウ/Oyo 雁木/ガンギ/Gangi
    鯨岬/クジラミサキ/Kujiramisaki 龍泉/リュウセン/Ryusen 轟/トドロキ/Todoroki
    渦潮/ウズシオ/Uzushio 滝ノ上/タキノウエ/Takinoue 岩清水/イワシミズ/Iwashimizu
    谷津/ヤツ/Yatsu 野分/ノワキ/Nowaki 川霧/カワギリ/Kawagiri 里見原/サトミハラ/Satomihara
    森ノ宮/モリノミヤ/Morinomiya 林泉/リンセン/Rinsen 草薙野/クサナギノ/Kusanagino
    葉月/ハヅキ/Hazuki 穂高沢/ホダカザワ/Hodakazawa 結城野/ユウキノ/Yukino
    錦川/ニシキガワ/Nishikigawa 絹ヶ浦/キヌガウラ/Kinugaura 紬/ツムギ/Tsumugi
    綾部野/アヤベノ/Ayabeno 弥生台/ヤヨイダイ/Yayoidai 睦月/ムツキ/Mutsuki
    楓沢/カエデザワ/Kaedezawa 涼風/スズカゼ/Suzukaze 暁野/アカツキノ/Akatsukino
    蒼天/ソウテン/Soten 梓川原/アズサガワラ/Azusagawara
    """
)

SUFFIXES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "電機": (
        ("電子工業", "デンシコウギョウ", "Electronics"),
        ("電装", "デンソウ", "Electric Systems"),
        ("制御機器", "セイギョキキ", "Control Devices"),
    ),
    "自動車部品": (
        ("精機", "セイキ", "Precision Parts"),
        ("自動車部品", "ジドウシャブヒン", "Auto Parts"),
        ("駆動工業", "クドウコウギョウ", "Drivetrain"),
    ),
    "食品": (
        ("食品", "ショクヒン", "Foods"),
        ("製菓", "セイカ", "Confectionery"),
        ("製麺", "セイメン", "Noodles"),
        ("デリカ", "デリカ", "Delica"),
    ),
    "化学": (
        ("化成", "カセイ", "Kasei"),
        ("樹脂工業", "ジュシコウギョウ", "Resin Industries"),
        ("塗料", "トリョウ", "Coatings"),
    ),
    "金属加工": (
        ("金属工業", "キンゾクコウギョウ", "Metal Industries"),
        ("鋳造", "チュウゾウ", "Casting"),
        ("鉄工所", "テッコウジョ", "Iron Works"),
    ),
    "物流": (
        ("物流", "ブツリュウ", "Logistics"),
        ("倉庫", "ソウコ", "Warehousing"),
        ("運輸", "ウンユ", "Transport"),
    ),
    "医療機器": (
        ("医科器械", "イカキカイ", "Medical Instruments"),
        ("医療機器", "イリョウキキ", "Medical Devices"),
    ),
    "商社": (
        ("商事", "ショウジ", "Trading"),
        ("機材", "キザイ", "Machinery Trading"),
        ("産業資材", "サンギョウシザイ", "Industrial Supply"),
    ),
}

CITIES = {
    "関東": ("東京都", "横浜市", "川崎市", "さいたま市", "宇都宮市", "高崎市", "水戸市"),
    "東北": ("仙台市", "郡山市", "盛岡市"),
    "北海道": ("札幌市", "苫小牧市"),
    "中部": ("名古屋市", "豊橋市", "浜松市", "岐阜市", "四日市市", "長野市"),
    "北陸": ("金沢市", "富山市", "福井市"),
    "関西": ("大阪市", "堺市", "神戸市", "京都市", "尼崎市", "東大阪市"),
    "中国": ("広島市", "岡山市", "福山市"),
    "四国": ("高松市", "松山市"),
    "九州": ("福岡市", "北九州市", "熊本市"),
}

FAMILY_NAMES = _pairs(
    """
    青山/aoyama 秋元/akimoto 浅井/asai 安藤/ando 池田/ikeda 石井/ishii 市川/ichikawa 井上/inoue
    今井/imai 岩崎/iwasaki 上田/ueda 内田/uchida 梅原/umehara 榎本/enomoto 遠藤/endo 大塚/otsuka
    大橋/ohashi 岡本/okamoto 小川/ogawa 小倉/ogura 尾崎/ozaki 片岡/kataoka 加納/kano 神谷/kamiya
    河合/kawai 菊地/kikuchi 北川/kitagawa 木下/kinoshita 工藤/kudo 久保田/kubota 黒田/kuroda
    小島/kojima 後藤/goto 小松/komatsu 斎藤/saito 酒井/sakai 坂本/sakamoto 桜井/sakurai
    篠原/shinohara 柴田/shibata 島田/shimada 清水/shimizu 菅原/sugawara 関口/sekiguchi
    高田/takada 竹内/takeuchi 田村/tamura 千葉/chiba 土屋/tsuchiya 寺田/terada 中島/nakajima
    永井/nagai 野口/noguchi 橋本/hashimoto 服部/hattori 早川/hayakawa 原田/harada 樋口/higuchi
    福島/fukushima 古川/furukawa 星野/hoshino 堀内/horiuchi 前田/maeda 松本/matsumoto 三浦/miura
    水野/mizuno 宮崎/miyazaki 村上/murakami 森田/morita 矢野/yano 山口/yamaguchi 横山/yokoyama
    吉岡/yoshioka 渡部/watabe
    """
)

GIVEN_NAMES = _words(
    """
    健太 直樹 大輔 浩二 和也 誠 隆 修一 哲也 英樹 勇気 智也 裕介 達也 正樹 慎吾 亮太 圭一 孝之
    伸一 美穂 由紀子 恵子 陽子 真理 香織 優子 千尋 彩香 麻衣 奈緒 裕美 智子 典子 久美 玲子 早苗
    瞳 光男 茂 義明 克己 信夫 豊 昭彦 敏行 政志 康弘 博之 雅人
    """
)

INTERNATIONAL_COMPANIES = (
    ("ヴェルトラーノ・ジャパン株式会社", "ヴェルトラーノジャパン", "Veltrano Japan K.K.", "電機"),
    (
        "ハルブリック・オート日本株式会社",
        "ハルブリックオートニホン",
        "Halbrick Auto Japan K.K.",
        "自動車部品",
    ),
    (
        "オルデンフォース・ケミカル合同会社",
        "オルデンフォースケミカル",
        "Oldenforce Chemical G.K.",
        "化学",
    ),
    (
        "クレストヴェイル・メディカル株式会社",
        "クレストヴェイルメディカル",
        "Crestvale Medical K.K.",
        "医療機器",
    ),
    ("サンデリック・フーズ株式会社", "サンデリックフーズ", "Sanderick Foods K.K.", "食品"),
)

INTERNATIONAL_PEOPLE = (
    "Daniel Merrow",
    "Claire Ostrander",
    "Tomas Velde",
    "Ingrid Halloran",
    "Marco Tessani",
    "Emily Farrowby",
    "Lucas Brandtner",
    "Sofia Arrendal",
    "Oliver Stanwick",
    "Hannah Leverton",
    "Peter Kovalin",
    "Nora Castellane",
    "Adrian Whitlock",
    "Julia Renscombe",
    "Martin Oakhurst",
    "Elena Varnhem",
    "Simon Pelletrie",
    "Anna Driscott",
    "Victor Landgreave",
    "Grace Winthorne",
)
