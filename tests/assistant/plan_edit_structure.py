"""Sentences about what a plan is made of: goals, KPIs, statements, people, head, reviews."""

from __future__ import annotations

from plans.model import Plan, Section, Statement
from tests.assistant.plan_edit_cases import plan

SAYS = {"by": "高瀬 美咲", "on": "2026-09-30"}


def _supposed(id_: str, section: Section, text: str) -> Statement:
    return Statement(id=id_, section=section, text=text, kind="hypothesis", status="open")


BEFORE: Plan = plan(
    statements=(
        _supposed("s1", "scenario", "樹脂部品から広げる。"),
        _supposed("p1", "product", "外観検査の自動化に関心がある。"),
        _supposed("c1", "price", "値引きは5%を上限とする。"),
        _supposed("l1", "place", "代理店経由で買う。"),
        _supposed("o1", "promotion", "工場見学が決め手になる。"),
        _supposed("e1", "presence", "品質で一番に相談される。"),
        _supposed("w1", "weakness", "技術者の訪問が少ない。"),
        _supposed("w2", "weakness", "納期が長い。"),
        _supposed("r1", "risk", "今期中に決まらない恐れがある。"),
        _supposed("r2", "risk", "競合が値下げする。"),
    )
)
"""The plan of the other tables, with a hypothesis in every part of the strategy and two risks."""
AGREED: Plan = BEFORE.with_head(agreed=("サービス部", "マーケティング部"))


def _goal(what: str, measure: str, **more: object) -> dict[str, object]:
    return {f"+goals.{k}": v for k, v in ({"what": what, "measure": measure} | more).items()}


def _kpi(what: str, unit: str, **more: object) -> dict[str, object]:
    return {f"+kpis.{k}": v for k, v in ({"what": what, "unit": unit} | more).items()}


def _new(section: str, text: str, **more: object) -> dict[str, object]:
    said = {"section": section, "text": text, "kind": "hypothesis", "status": "open"}
    return {f"+statements.{k}": v for k, v in (said | SAYS | more).items()}


def _verdict(id_: str, status: str) -> dict[str, object]:
    return {f"{id_}.status": status} | {f"{id_}.{k}": v for k, v in SAYS.items()}


def _text(id_: str, text: str) -> dict[str, object]:
    return {f"{id_}.text": text} | {f"{id_}.{k}": v for k, v in SAYS.items()}


def _member(name: str, id_: str, role: str, **more: object) -> dict[str, object]:
    said = {"name": name, "person_id": id_, "role": role} | more
    return {f"+team.{k}": v for k, v in said.items()}


def _person(name: str, **more: object) -> dict[str, object]:
    return {f"+people.{k}": v for k, v in ({"name": name} | more).items()}


DROPPED = {"+progress.dropped": True, "+progress.by": "高瀬 美咲", "+progress.on": "2026-09-30"}
MURAI, JUN = ("村井 剛", "U15"), ("佐伯 純", "U16")
FORTNIGHT = "レビューは毎週・毎月・四半期ごとのいずれかです。どれにしますか。"

CASES: tuple[tuple[str, dict[str, object] | str | None], ...] = (
    # ---- goals: more and less than what is planned
    ("目標あと1000万上乗せ", {"g1.amount": "110000000"}),
    ("目標を1000万円増やして", {"g1.amount": "110000000"}),
    ("目標、１割上げといて", {"g1.amount": "110000000"}),
    ("目標を10%引き下げてもらえますか", {"g1.amount": "90000000"}),
    ("目標を500万減らしたい", {"g1.amount": "95000000"}),
    ("目標を倍にして", {"g1.amount": "200000000"}),
    ("目標は半分でお願い", {"g1.amount": "50000000"}),
    ("目標を1.5倍に", {"g1.amount": "150000000"}),
    ("目標をもうちょい上げて", "目標の金額はいくらですか。"),
    ("目標を１億５千万円に増やして", {"g1.amount": "150000000"}),
    ("bump the goal by 10%", {"g1.amount": "110000000"}),
    ("halve the goal", {"g1.amount": "50000000"}),
    ("pls double the goal", {"g1.amount": "200000000"}),
    ("add 10 million yen to the goal", {"g1.amount": "110000000"}),
    ("take 5 million off the goal", {"g1.amount": "95000000"}),
    ("goal up by ¥20M", {"g1.amount": "120000000"}),
    ("raise the goal a bit", "目標の金額はいくらですか。"),
    ("raise the goal to 130 million yen", {"g1.amount": "130000000"}),
    # ---- goals: amount and date, in any order
    ("目標７５００万に引き上げ。あと期日は2月末ね", {"g1.amount": "75000000", "g1.due": "2027-02-28"}),  # noqa: E501
    ("期日は2月末で、目標は7500万", {"g1.amount": "75000000", "g1.due": "2027-02-28"}),
    ("目標は8000万くらい、2月20日まで", {"g1.amount": "80000000", "g1.due": "2027-02-20"}),
    ("金額は５千万くらいかな", {"g1.amount": "50000000"}),
    ("goal should be ¥150M, due end of Jan", {"g1.amount": "150000000", "g1.due": "2027-01-31"}),
    ("due end of January, and the goal is 90M", {"g1.amount": "90000000", "g1.due": "2027-01-31"}),
    ("売上目標を2億に", "どの目標ですか。"),
    # ---- goals: another one is added, never put over the first
    ("目標を追加したい。受注額3億円、期日は来年3月末", _goal("受注額", "orders_won", amount="300000000", due="2027-03-31")),  # noqa: E501
    ("もう一つ目標：営業利益200万、2月末まで", _goal("営業利益", "operating_profit", amount="2000000", due="2027-02-28")),  # noqa: E501
    ("営業利益200万の目標も入れといて", _goal("営業利益", "operating_profit", amount="2000000")),
    ("目標をもう1つ足したい", "追加する目標の内容と、期日・金額を教えてください。"),
    ("Add a second goal: operating profit of 2 million by 31 March", _goal("operating profit", "operating_profit", amount="2000000", due="2027-03-31")),  # noqa: E501
    ("another goal: win the maintenance contract", _goal("win the maintenance contract", "other")),
    ("we need one more goal, net sales of ¥30M by end of February", _goal("net sales", "net_sales", amount="30000000", due="2027-02-28")),  # noqa: E501
    ("目標の種類は「カテゴリーNo.1」で", {"g1.goal_type": "カテゴリーNo.1"}),
    ('goal type should be "category No. 1"', {"g1.goal_type": "category No. 1"}),
    ("set the goal type to market entry", {"g1.goal_type": "market entry"}),
    # ---- KPIs
    ("KPIの進行中の商談額の目標を8千万、期日は12月末にしてください", {"m1.target": "80000000", "m1.due": "2026-12-31"}),  # noqa: E501
    ("KPI 訪問回数、目標12回で期日は来年2月末", {"m2.target": "12", "m2.due": "2027-02-28"}),
    ("訪問回数の期日を12月末に", {"m2.due": "2026-12-31"}),
    ("KPI追加：現場ヒアリング件数、今2件、目標10件", _kpi("現場ヒアリング件数", "件", baseline_value="2", target="10")),  # noqa: E501
    ("KPIに「デモ回数」も入れといて、目標は５回", _kpi("デモ回数", "回", target="5")),
    ("KPIをもう一つ：見積提出数、現状3件、目標8件、3月末まで", _kpi("見積提出数", "件", baseline_value="3", target="8", due="2027-03-31")),  # noqa: E501
    ("新しいKPIとして紹介件数、目標4件をお願いします", _kpi("紹介件数", "件", target="4")),
    ("訪問回数のKPIは要らない", {"-kpis": "m2"}),
    ("KPI 訪問回数: target 12 by 31 Dec", {"m2.target": "12", "m2.due": "2026-12-31"}),
    ("訪問回数 should reach 6", {"m2.target": "6"}),
    ("the baseline of 訪問回数 is 3", {"m2.baseline_value": "3"}),
    ("new KPI: demos held, now 2, target 10", _kpi("demos held", "count", baseline_value="2", target="10")),  # noqa: E501
    ("pls track one more KPI: site visits, target 12", _kpi("site visits", "count", target="12")),
    ("drop the KPI on 訪問回数, and 進行中の商談額 should reach ¥60M", {"-kpis": "m2", "m1.target": "60000000"}),  # noqa: E501
    ("drop the KPI on net promoter score", "どのKPIですか。"),
    # ---- statements: added
    ("弱みに、保守の一次対応が遅い、を足しておいて", _new("weakness", "保守の一次対応が遅い")),
    ("脅威もう一つ：競合が熊本に拠点を出した", _new("threat", "競合が熊本に拠点を出した")),
    ("機会に「第3工場の建て替え」も入れといて", _new("opportunity", "第3工場の建て替え")),
    ("強み、納期の遵守率が高いことも足したい", _new("strength", "納期の遵守率が高いこと")),
    ("one more threat: a rival opened a depot in Kumamoto", _new("threat", "a rival opened a depot in Kumamoto")),  # noqa: E501
    ("note a weakness: slow first response", _new("weakness", "slow first response")),
    ("another opportunity - plant 3 gets rebuilt", _new("opportunity", "plant 3 gets rebuilt")),
    ("can you add one more risk, the budget is frozen", _new("risk", "the budget is frozen")),
    # ---- hypotheses: new ones in any section, with their test
    ("製品のところに仮説を足したい「無人化で残業が3割減る」、検証は来月の現場観察で", _new("product", "無人化で残業が3割減る", goal="g1", test="来月の現場観察")),  # noqa: E501
    ("価格の仮説を追加：年払いなら値引きは要らない。確かめ方は11月の見積で聞く", _new("price", "年払いなら値引きは要らない", goal="g1", test="11月の見積で聞く")),  # noqa: E501
    ("存在感に仮説「停止時に最初に呼ばれる」を入れて", _new("presence", "停止時に最初に呼ばれる", goal="g1")),  # noqa: E501
    ("働きかけの新しい仮説：夜勤リーダーが味方になる", _new("promotion", "夜勤リーダーが味方になる", goal="g1")),  # noqa: E501
    ("new hypothesis under promotion: night-shift leads will back us. How we test it: ask them at the site visit", _new("promotion", "night-shift leads will back us", goal="g1", test="ask them at the site visit")),  # noqa: E501
    ('add a product hypothesis "they want unmanned sorting", test: watch a night shift', _new("product", "they want unmanned sorting", goal="g1", test="watch a night shift")),  # noqa: E501
    ("another price hypothesis: annual billing replaces the discount", _new("price", "annual billing replaces the discount", goal="g1")),  # noqa: E501
    ("仮説を追加：夜間も動かしたい", "どこの仮説ですか（シナリオ、製品、価格、場所、働きかけ、存在感など）。"),  # noqa: E501
    # ---- hypotheses: verdicts
    ("チャネルの仮説は外れでした", _verdict("l1", "rejected")),
    ("存在感の仮説、当たってました", _verdict("e1", "confirmed")),
    ("値引きの仮説は当たってなかった", _verdict("c1", "rejected")),
    ("リスクに書いてある、今期中に決まらない恐れってやつ、やっぱり当たってました", _verdict("r1", "confirmed")),  # noqa: E501
    ("リスク「競合が値下げする」は確認済み", _verdict("r2", "confirmed")),
    ("働きかけの仮説、合ってたよ", _verdict("o1", "confirmed")),
    ("価格のは違いました", _verdict("c1", "rejected")),
    ("the place hypothesis turned out wrong", _verdict("l1", "rejected")),
    ("reject the channel hypothesis", _verdict("l1", "rejected")),
    ("the price one turned out right", _verdict("c1", "confirmed")),
    ("our hypothesis about 代理店 was wrong", _verdict("l1", "rejected")),
    ("the presence hypothesis holds", _verdict("e1", "confirmed")),
    ("the product hypothesis is not confirmed yet", None),
    # ---- hypotheses: their test and their words
    ("存在感の仮説の確かめ方を「12月の会食で聞く」に変えて", {"e1.test": "12月の会食で聞く"}),
    ("価格の仮説、検証方法は次の見積で反応を見るにしといて", {"c1.test": "次の見積で反応を見る"}),
    ("for the price one, test it like this: ask after the November quote", {"c1.test": "ask after the November quote"}),  # noqa: E501
    ("change the test of the product hypothesis to a night-shift visit", {"p1.test": "a night-shift visit"}),  # noqa: E501
    ("価格の仮説を「値引きは3%まで」に直して", _text("c1", "値引きは3%まで")),
    ('change the presence hypothesis to "First to be called"', _text("e1", "First to be called")),
    ("reword the place hypothesis: they buy direct", _text("l1", "they buy direct")),
    # ---- statements: taken away
    ("「働きかけ」に書いてあるの、要らないので外してください", {"-statements": "o1"}),
    ("チャネルの仮説は消しといて", {"-statements": "l1"}),
    ("リスクの競合の値下げは削除でお願いします", {"-statements": "r2"}),
    ("pls remove the promotion hypothesis", {"-statements": "o1"}),
    ("リスクを消して", "どの記述ですか。"),
    # ---- key persons
    ("福島工場長の姿勢、最近は好意的になってます", {"k1.attitude": "好意的"}),
    ("福島さんの態度は慎重に変更", {"k1.attitude": "慎重"}),
    ("福島さん、反対に回りました", {"k1.attitude": "反対"}),
    ("福島さんは決裁者じゃなくて影響者でした", {"k1.role": "影響者"}),
    ("キーパーソンから福島さん外して", {"-people": "k1"}),
    ("キーパーソンに経営企画室の高橋 修さん（室長）を追加で", _person("高橋 修", title="室長", department="経営企画室")),  # noqa: E501
    ("キーパーソンに永井政志課長も入れといて", _person("永井政志", title="課長")),
    ("福島-san's attitude is sceptical now", {"k1.attitude": "慎重"}),
    ("set 福島's attitude to supportive", {"k1.attitude": "好意的"}),
    ("take 福島 off the key people", {"-people": "k1"}),
    ("add Osamu Takahashi, general manager, planning department, to the key people", _person("Osamu Takahashi", title="general manager", department="planning department")),  # noqa: E501
    ("福島 is no longer opposed", "好意的・中立・慎重などのうち、いまの姿勢はどれですか。"),
    # ---- team
    ("体制に村井さんも入れて。分担は展示会の運営、役割はその他で", _member(*MURAI, "other", duty="展示会の運営")),  # noqa: E501
    ("チームに村井さんを技術で入れといて", _member(*MURAI, "technical")),
    ("村井さんも体制に追加で", _member(*MURAI, "other")),
    ("体制から大野さん抜いて", {"-team": "t1"}),
    ("put Murai on the team as technical lead", _member(*MURAI, "technical")),
    ("Put Murai on the team, he takes over customer success", _member(*MURAI, "customer_success")),
    ("pls add Murai to the team", _member(*MURAI, "other")),
    ("take 大野 off the team", {"-team": "t1"}),
    # ---- head
    ("サービス部とマーケ部の合意とれました", {"head.agreed": ["サービス部", "マーケティング部"]}),
    ("合意は今のところサービス部だけですね", {"head.agreed": ["サービス部"]}),
    ("サービス部、合意済みです", {"head.agreed": ["サービス部"]}),
    ("sales has signed up to the strategy", {"head.agreed": ["sales"]}),
    ("nobody has agreed yet", None),
    ("タイトル、「停止時間ゼロ計画」に変えられる？", {"head.title": "停止時間ゼロ計画"}),
    ("プラン名を停止時間ゼロ計画にしたい", {"head.title": "停止時間ゼロ計画"}),
    ('can we call it "Zero stops"?', {"head.title": "Zero stops"}),
    ("purpose: no more line stops in shipping", {"head.purpose": "no more line stops in shipping"}),
    # ---- reviews
    ("マネージャーとの進捗確認を隔週に", FORTNIGHT),
    ("進捗確認は毎週で、初回は来週火曜", {"c1.every": "week", "c1.first": "2026-10-06"}),
    ("役員レビューは1月20日スタートの月次で", {"+calendar.what": "役員との定例レビュー", "+calendar.level": "executive", "+calendar.every": "month", "+calendar.first": "2027-01-20"}),  # noqa: E501
    ("上長レビューは週1でよろしく", {"c1.every": "week"}),
    ("manager review every other week pls", FORTNIGHT),
    ("first manager review on 12 October, then every week", {"c1.first": "2026-10-12", "c1.every": "week"}),  # noqa: E501
    ("start the review with the manager on 12 October", {"c1.first": "2026-10-12"}),
    # ---- several kinds in one message
    ("チャネルの仮説は外れ。あと機会に「第3工場の建て替え」を追加で", _verdict("l1", "rejected") | _new("opportunity", "第3工場の建て替え")),  # noqa: E501
    ("・目標を1.2億に\n・KPIの訪問回数の目標を12回に\n・福島さんは推進者", {"g1.amount": "120000000", "m2.target": "12", "k1.role": "推進者"}),  # noqa: E501
    ("目標1.2億にして弱みに「価格が高い」を追加", {"g1.amount": "120000000"} | _new("weakness", "価格が高い")),  # noqa: E501
    ("タイトルを「新計画」に、それと目的は「品質を高める」で", {"head.title": "新計画", "head.purpose": "品質を高める"}),  # noqa: E501
    ("the place hypothesis turned out wrong. and for the price one, test it like this: ask Hashimoto", _verdict("l1", "rejected") | {"c1.test": "ask Hashimoto"}),  # noqa: E501
    ("goal to 120M; 福島 is the champion; remove the promotion hypothesis", {"g1.amount": "120000000", "k1.role": "推進者", "-statements": "o1"}),  # noqa: E501
    ("- purpose: grow together\n- goal: ¥120M", {"head.purpose": "grow together", "g1.amount": "120000000"}),  # noqa: E501
    # ---- what must not become something else
    ("目標2億は無理そう", "目標の金額はいくらですか。"),
    ("目標は2億だっけ", None),
    ("目標を1割カットして1.2億に", "目標の金額はいくらですか。"),
    ("目標を2つ追加：売上1億、営業利益2000万", "追加する目標の内容と、期日・金額を教えてください。"),  # noqa: E501
    ("目標まであと1000万足りない", "目標の金額はいくらですか。"),
    ("目的はそのままでいい", None),
    ("the purpose is unclear", "プランの目的を、どの部門の方にも伝わる一文で教えてください。"),
    ("訪問回数の目標を1割上げて", "数値で教えていただけますか。"),
    ("じゃあ毎週で、初回は来週火曜", {"c1.every": "week", "c1.first": "2026-10-06"}),
    ("製品のところに仮説を足したい。「残業が3割減る」、検証は現場観察で", _new("product", "残業が3割減る", goal="g1", test="現場観察")),  # noqa: E501
    ("弱みを克服する提案を追加", None),
    ("目標：1.2億、期日：2月末、ステージ：Engage", {"g1.amount": "120000000", "g1.due": "2027-02-28", "g1.target_stage": "Engage"}),  # noqa: E501
    ("weaknesses: add slow first response", _new("weakness", "slow first response")),
    ("set the purpose to shorten changeovers and the title to Fast lines", {"head.purpose": "shorten changeovers", "head.title": "Fast lines"}),  # noqa: E501
    ("目標 プラス500万", {"g1.amount": "105000000"}),
    ("the goal is 150 mil by end of Jan", {"g1.amount": "150000000", "g1.due": "2027-01-31"}),
    ("プランの目的を変えたい", "プランの目的を、どの部門の方にも伝わる一文で教えてください。"),
    ("合意部門にマーケも追加で", {"head.agreed": ["マーケティング部"]}),
    ("価格の仮説とチャネルの仮説は外れ", "どの仮説ですか。"),
    ("2番目のリスクは当たってた", _verdict("r2", "confirmed")),
    ("福島さんと大野さんを体制に入れて", "「福島」という方が社内に見つかりません。姓名を教えていただけますか。"),  # noqa: E501
    ("キーパーソン追加：購買部の山本 健さん", _person("山本 健", department="購買部")),
    ("初回レビューは10月15日", {"c1.first": "2026-10-15"}),
    ("役員レビューを追加、四半期ごと、11月から", {"+calendar.what": "役員との定例レビュー", "+calendar.level": "executive", "+calendar.every": "quarter", "+calendar.first": "2026-11-01"}),  # noqa: E501
    ("目標2500万にして12月に現場見学も追加", {"g1.amount": "25000000", "+actions.what": "現場見学", "+actions.due": "2026-12-31", "+actions.goal": "g1"}),  # noqa: E501
)  # fmt: skip
"""Sentences, and what each edits in BEFORE; None where it is no edit."""

NO_LONGER: tuple[tuple[str, dict[str, object] | str | None], ...] = (
    ("マーケティング部はまだでした", {"head.agreed": ["サービス部"]}),
    ("マーケ部の合意は取り消して", {"head.agreed": ["サービス部"]}),
    ("マーケはまだ合意してません", {"head.agreed": ["サービス部"]}),
    ("合意からサービス部を外して", {"head.agreed": ["マーケティング部"]}),
    ("サービス部が反対に回りました", {"head.agreed": ["マーケティング部"]}),
    ("サービス部 hasn't agreed after all", {"head.agreed": ["マーケティング部"]}),
    ("サービス部 no longer agrees", {"head.agreed": ["マーケティング部"]}),
    ("take サービス部 off the agreed departments", {"head.agreed": ["マーケティング部"]}),
    ("合意したのはサービス部のみ", {"head.agreed": ["サービス部"]}),
    ("営業部も合意しました", {"head.agreed": ["サービス部", "マーケティング部", "営業部"]}),
)
"""Sentences of the departments that agree, in a plan where two have agreed."""
