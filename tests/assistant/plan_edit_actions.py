"""Sentences about actions as sales people say them, and what each does; a string is a question.

A new action is `+what` with its fields, one that is gone `-id`; what became of one stands under
the action's own id.
"""

from __future__ import annotations

from datetime import date

from assistant.planning.edits import Edited, Unclear, edited
from plans.model import Action, KeyPerson, Plan
from tests.assistant.plan_edit_cases import SAID, plan

Effects = dict[str, object]

WHICH = "どのアクションですか。"
END = date(2027, 3, 31)
JA = plan(
    actions=(
        Action(id="renew", what="2027年2月28日の契約満了に向けて更新案を提示する",
               due=date(2026, 11, 28), owner="高瀬 美咲"),
        Action(id="decide0", what="商談「組立ライン 搬送ライン更新」の決める期日を決裁者と合意する",
               due=date(2026, 12, 31), owner="高瀬 美咲"),
        Action(id="decide1", what="商談「検査工程 外観検査センサー導入」の決める期日を決裁者と合意する",  # noqa: E501
               due=date(2026, 12, 31), owner="高瀬 美咲"),
        Action(id="meet", what="決裁者の福島 典子様と面談し、重点課題と予算の時期をうかがう",
               due=date(2026, 12, 31), to_whom="福島 典子", owner="高瀬 美咲"),
        Action(id="check0", what="確認項目「現場の課題を聞いている」を満たす", due=END),
        Action(id="check1", what="確認項目「予算の規模と決まる時期を確認している」を満たす", due=END),  # noqa: E501
        Action(id="propose0", what="センサーの課題を聞き、提案する", due=END, owner="高瀬 美咲"),
        Action(id="propose1", what="保守サービスの課題を聞き、提案する", due=END, owner="高瀬 美咲"),  # noqa: E501
        Action(id="review", what="年間の成果を先方とともに振り返り、次年度の計画を合意する", due=END),  # noqa: E501
    ),
    people=(
        KeyPerson(id="k1", name="福島 典子", title="取締役工場長"),
        KeyPerson(id="k2", name="矢野 英樹", title="製造係長"),
        KeyPerson(id="k3", name="永井 政志", title="設備技術課長"),
    ),
)  # fmt: skip
"""A plan as it is drawn up from the records."""
EN = plan(
    actions=(
        Action(id="demo", what="Demo of the inspection unit", due=date(2026, 11, 10)),
        Action(id="renew", what="Present a proposal for the contract that ends on 28 February 2027",
               due=date(2026, 11, 28)),
        Action(id="decide", what="Agree a day of decision for “東工場 仕分けライン新設” with the decision maker",  # noqa: E501
               due=date(2026, 12, 31)),
        Action(id="meet", what="Meet 福島 典子, who decides: priorities and timing of the budget",
               due=date(2026, 12, 31), to_whom="福島 典子"),
        Action(id="review", what="Review the year with them and agree the plan of the next", due=END),  # noqa: E501
    ),
    people=(
        KeyPerson(id="k1", name="福島 典子", title="plant manager"),
        KeyPerson(id="k2", name="Ken Endo", title="purchasing manager"),
    ),
)  # fmt: skip
"""The same in English."""


def effects(text: str, before: Plan | None = None) -> Effects | str | None:
    """What a sentence does to the actions and the rest of a plan, or the question it leaves."""
    found = edited(text, before or plan(), SAID)
    if isinstance(found, Unclear):
        return found.question.ja
    return done_by(found) if isinstance(found, Edited) else None


def done_by(found: Edited) -> Effects:
    told: Effects = {}
    for change in found.changes:
        if change.field is not None:
            told[f"{change.id}.{change.field}"] = change.after
        elif change.after is None:
            told[f"-{change.id}"] = True
        elif change.collection == "progress":
            told |= {f"{change.id}.{f}": change.after[f] for f in ("done_on", "dropped")
                     if change.after[f]}  # fmt: skip
        else:
            fields = {k: v for k, v in change.after.items()
                      if k not in ("id", "what", "goal") and v not in (None, [], False)}  # fmt: skip  # noqa: E501
            told[f"+{change.after.get('what') or change.after.get('name')}"] = fields
    return told


CASES: tuple[tuple[str, Effects | str | None], ...] = (
    # added, with the day as it is said
    ("再来週の金曜に工場見学入れといて", {"+工場見学": {"due": "2026-10-16"}}),
    ("再来週の金曜に工場見学入れておいて、担当は私", {"+工場見学": {"due": "2026-10-16", "owner": "高瀬 美咲"}}),  # noqa: E501
    ("来週月曜の工場見学も足しといて", {"+工場見学": {"due": "2026-10-05"}}),
    ("来月20日にデモ入れといてもらえる？", {"+デモ": {"due": "2026-10-20"}}),
    ("明日、見積の送付を追加で", {"+見積の送付": {"due": "2026-10-01"}}),
    ("１１／５に検査装置のデモ追加お願い", {"+検査装置のデモ": {"due": "2026-11-05"}}),
    ("11月10日 トライアル見積の提出（担当 村井さん）を追加", {"+トライアル見積の提出": {"due": "2026-11-10", "owner": "村井 剛"}}),  # noqa: E501
    ("10/20の検査装置のデモを追加、担当は村井さん", {"+検査装置のデモ": {"due": "2026-10-20", "owner": "村井 剛"}}),  # noqa: E501
    ("10月16日の工場見学を入れて", {"+工場見学": {"due": "2026-10-16"}}),
    ("今週の金曜までに見積の送付、追加しといてね", {"+見積の送付": {"due": "2026-10-02"}}),
    (
        "・10/20 検査装置のデモ（担当 村井さん）\n・11月10日 トライアル見積の提出（担当 私）",
        {
            "+検査装置のデモ": {"due": "2026-10-20", "owner": "村井 剛"},
            "+トライアル見積の提出": {"due": "2026-11-10", "owner": "高瀬 美咲"},
        },
    ),
    (
        "追加お願いします。\n- 10/20 検査装置のデモ 担当：村井さん\n- 11/10 トライアル見積の提出 担当：私",  # noqa: E501
        {
            "+検査装置のデモ": {"due": "2026-10-20", "owner": "村井 剛"},
            "+トライアル見積の提出": {"due": "2026-11-10", "owner": "高瀬 美咲"},
        },
    ),
    ('add "send the trial quote" for Friday next week, owner Murai', {"+send the trial quote": {"due": "2026-10-09", "owner": "村井 剛"}}),  # noqa: E501
    ("pls add a site survey on Oct 22, I'll own it", {"+site survey": {"due": "2026-10-22", "owner": "高瀬 美咲"}}),  # noqa: E501
    ("add a plant tour for tomorrow", {"+plant tour": {"due": "2026-10-01"}}),
    ("put a demo in for next Monday, Murai owns it", {"+demo": {"due": "2026-10-05", "owner": "村井 剛"}}),  # noqa: E501
    ("add a site survey on the 12th of October", {"+site survey": {"due": "2026-10-12"}}),
    ("can you add a workshop two weeks from now, owner me", {"+workshop": {"due": "2026-10-14", "owner": "高瀬 美咲"}}),  # noqa: E501
    (
        "- 20 Oct demo of the unit (owner Murai)\n- 10 Nov send the quote (owner me)",
        {
            "+demo of the unit": {"due": "2026-10-20", "owner": "村井 剛"},
            "+send the quote": {"due": "2026-11-10", "owner": "高瀬 美咲"},
        },
    ),
    # moved
    ("現場診断を来月末までに前倒しで", {"a2.due": "2026-10-31"}),
    ("現場診断は10/20に前倒し", {"a2.due": "2026-10-20"}),
    ("現場診断、再来週の金曜にずらしといて", {"a2.due": "2026-10-16"}),
    ("更新案の提示、１２月２０日まで延ばして", {"a1.due": "2026-12-20"}),
    ("更新案の提示は11/20まで", {"a1.due": "2026-11-20"}),
    ("更新案の提示は11/20までで大丈夫です", {"a1.due": "2026-11-20"}),
    ("更新案の提示を来月20日に", {"a1.due": "2026-10-20"}),
    ("QBRは２週間後ろにずらしといて", {"a3.due": "2027-02-24"}),
    ("QBRを一週間早めておいて", {"a3.due": "2027-02-03"}),
    ("pls push the QBR out by two weeks", {"a3.due": "2027-02-24"}),
    ("can we pull the QBR in by a week?", {"a3.due": "2027-02-03"}),
    ("QBR two weeks later pls", {"a3.due": "2027-02-24"}),
    ("move the QBR to the 12th of January", {"a3.due": "2027-01-12"}),
    ("let's do the QBR on Friday next week instead", {"a3.due": "2026-10-09"}),
    ("the QBR needs to be done by 20 January", {"a3.due": "2027-01-20"}),
    # given to somebody of ours, or at the customer
    ("現場診断、担当を村井さんに", {"a2.owner": "村井 剛"}),
    ("現場診断の担当、村井さんでお願い", {"a2.owner": "村井 剛"}),
    ("現場診断は村井さん担当で", {"a2.owner": "村井 剛"}),
    ("QBRの担当は村井さんかな", {"a3.owner": "村井 剛"}),
    ("更新案の提示、担当おれで", {"a1.owner": "高瀬 美咲"}),
    ("現場診断は村井さんにお願いしといて", {"a2.owner": "村井 剛"}),
    ("give the QBR to Murai pls", {"a3.owner": "村井 剛"}),
    ("the QBR should go to Murai-san", {"a3.owner": "村井 剛"}),
    ("QBR: owner Murai", {"a3.owner": "村井 剛"}),
    ("put Murai on the QBR", {"a3.owner": "村井 剛"}),
    ("I'll do the QBR myself", {"a3.owner": "高瀬 美咲"}),
    ("現場診断、先方は福島工場長で", {"a2.their_owner": "福島 典子"}),
    ("QBRの先方窓口は福島さんね", {"a3.their_owner": "福島 典子"}),
    ("更新案の提示は先方の担当が福島さんになりました", {"a1.their_owner": "福島 典子"}),
    ("現場診断とQBR、先方の担当はどっちも福島さんで", {"a2.their_owner": "福島 典子", "a3.their_owner": "福島 典子"}),  # noqa: E501
    ("QBR: their side is 福島-san", {"a3.their_owner": "福島 典子"}),
    # several fields at once
    ("更新案の提示は11/20まで　先方は福島工場長で", {"a1.due": "2026-11-20", "a1.their_owner": "福島 典子"}),  # noqa: E501
    ("更新案の提示、12/20に延期して担当は村井さんに", {"a1.due": "2026-12-20", "a1.owner": "村井 剛"}),  # noqa: E501
    ("現場診断の見込みは300万、部門はサービス部", {"a2.value": "3000000", "a2.department": "サービス部"}),  # noqa: E501
    ("現場診断は村井さん担当で、期日は10月末", {"a2.owner": "村井 剛", "a2.due": "2026-10-31"}),
    ("the QBR is worth 40M, department is Service", {"a3.value": "40000000", "a3.department": "Service"}),  # noqa: E501
    ("the QBR: their owner is 福島-san, our owner Murai-san", {"a3.their_owner": "福島 典子", "a3.owner": "村井 剛"}),  # noqa: E501
    ("QBR due 20 Jan, owner Murai", {"a3.due": "2027-01-20", "a3.owner": "村井 剛"}),
    ("現場診断を来月に。それの担当は村井さんで", {"a2.due": "2026-10-31", "a2.owner": "村井 剛"}),
    ("move the QBR to 20 January. give that one to Murai", {"a3.due": "2027-01-20", "a3.owner": "村井 剛"}),  # noqa: E501
    # department and value
    ("現場診断の実施部門はサービス部", {"a2.department": "サービス部"}),
    ("現場診断は実施部門をサービス部にしといて", {"a2.department": "サービス部"}),
    ("更新案の提示、部門はマーケティング部で", {"a1.department": "マーケティング部"}),
    ("更新案の提示の見込額は2,500万円に修正", {"a1.value": "25000000"}),
    ("更新案の提示、見込みは５千万くらい", {"a1.value": "50000000"}),
    ("QBRは300万円の見込みです", {"a3.value": "3000000"}),
    ("QBR is probably worth around 3M", {"a3.value": "3000000"}),
    ("QBR department: Service", {"a3.department": "Service"}),
    # done
    ("現場診断、先週の金曜に済みました", {"a2.done_on": "2026-09-25"}),
    ("現場診断は昨日終わったよ", {"a2.done_on": "2026-09-29"}),
    ("更新案の提示は9/10に完了済み", {"a1.done_on": "2026-09-10"}),
    ("現場診断のアクション、今日終わりました", {"a2.done_on": "2026-09-30"}),
    ("更新案の提示、もう済ませてあります", {"a1.done_on": "2026-09-30"}),
    ("更新案の提示は今週の月曜にやりました", {"a1.done_on": "2026-09-28"}),
    ("we did the QBR last Friday", {"a3.done_on": "2026-09-25"}),
    ("QBR done yesterday", {"a3.done_on": "2026-09-29"}),
    ("we had the QBR today, mark it done", {"a3.done_on": "2026-09-30"}),
    ("tick off the QBR", {"a3.done_on": "2026-09-30"}),
    # no longer pursued
    ("予算が凍結されたので現場診断は中止で", {"a2.dropped": True}),
    ("現場診断は流れました", {"a2.dropped": True}),
    ("QBRはやらないことにした", {"a3.dropped": True}),
    ("現場診断は見送りで", {"a2.dropped": True}),
    ("the QBR is off", {"a3.dropped": True}),
    ("we won't do the QBR after all", {"a3.dropped": True}),
    ("no need for the QBR any more", {"a3.dropped": True}),
    # taken out of the plan
    ("アクションの２と３はいらないので消して", {"-a2": True, "-a3": True}),
    ("2番目と3番目のアクションを削除して", {"-a2": True, "-a3": True}),
    ("アクション2はいらないので削除", {"-a2": True}),
    ("現場診断とQBRを削除しといて", {"-a2": True, "-a3": True}),
    ("action 3 isn't needed, remove it", {"-a3": True}),
    ("remove actions 2 and 3", {"-a2": True, "-a3": True}),
    ("delete the second and the third action", {"-a2": True, "-a3": True}),
    # renamed, agreed
    ("現場診断の名前を「ライン診断」に変えて", {"a2.what": "ライン診断"}),
    ("QBRは「四半期レビュー」に名前変えといて", {"a3.what": "四半期レビュー"}),
    ('call the QBR "Quarterly review" instead', {"a3.what": "Quarterly review"}),
    ("現場診断は先方も了承済みです", {"a2.mutual": True}),
    ("they're on board with the QBR", {"a3.mutual": True}),
    # what is not clear is asked
    ("見積送付、担当を村井さんに", "「見積送付」に当たるアクションが見つかりません。どのアクションですか。"),  # noqa: E501
    ("アクションの期日を1週間延ばして", WHICH),
    ("アクションを1つ中止で", WHICH),
    ("12月24日に現場診断を完了しました", "完了日「12月24日」はまだ先の日付です。完了した日を教えてください。"),  # noqa: E501
    ("現場診断を10月32日に", "「10月32日」という日付はありません。正しい日付を教えてください。"),
    ("現場診断を前倒しで", "いつに変更しますか。"),
    ("push the QBR out a bit", "いつに変更しますか。"),
)  # fmt: skip

DRAWN_UP: tuple[tuple[str, Effects | str | None], ...] = (
    ("福島工場長との面談、担当を大野さんに", {"meet.owner": "大野 恵"}),
    ("福島工場長との面談を来月末までに前倒しで", {"meet.due": "2026-10-31"}),
    ("福島さんとの面談の期日を来月末に変更", {"meet.due": "2026-10-31"}),
    ("福島さんに会うやつ、先週の金曜に済みました", {"meet.done_on": "2026-09-25"}),
    ("センサー提案の見込額は2,500万円に修正、保守サービスの提案は実施部門をサービス部にしてください", {"propose0.value": "25000000", "propose1.department": "サービス部"}),  # noqa: E501
    ("センサーの提案の見込額を2500万円に", {"propose0.value": "25000000"}),
    ("センサーの件、見込み2500万で", WHICH),
    ("外観検査センサーの商談が流れたので、期日合意のアクションは中止で", {"decide1.dropped": True}),
    ("外観検査センサーの期日合意のアクションは中止", {"decide1.dropped": True}),
    ("組立ラインの期日合意を1月20日に延ばして", {"decide0.due": "2027-01-20"}),
    ("期日合意のアクション、1月20日に延ばして", WHICH),
    ("契約更新の提案は11/20まで　先方は永井課長で", {"renew.due": "2026-11-20", "renew.their_owner": "永井 政志"}),  # noqa: E501
    ("現場の課題を聞くやつと予算の時期を確認するやつ、先方の担当はどっちも矢野さんで", {"check0.their_owner": "矢野 英樹", "check1.their_owner": "矢野 英樹"}),  # noqa: E501
    ("現場の課題を聞くアクションの先方の担当は矢野さんです", {"check0.their_owner": "矢野 英樹"}),
    ("3つ目のアクションの先方は設備技術課の永井 政志さん", {"decide1.their_owner": "永井 政志"}),
    ("年間の振り返りは部門をサービス部で", {"review.department": "サービス部"}),
    ("アクションの5と6は消しといて", {"-check0": True, "-check1": True}),
    ("保守の提案、やっぱりやめます", {"propose1.dropped": True}),
    ("福島さんとの面談、来週の水曜に変更できますか", {"meet.due": "2026-10-07"}),
    ("福島様との面談は10/8(木)になりました", {"meet.due": "2026-10-08"}),
    ("面談の件、10月8日で", {"meet.due": "2026-10-08"}),
    ("契約更新の提案、先方の担当は調達の矢野さんで、見込みは4000万", {"renew.their_owner": "矢野 英樹", "renew.value": "40000000"}),  # noqa: E501
    ("契約更新、11月20日まで", {"renew.due": "2026-11-20"}),
    ("振り返りは3/20に前倒し、担当は村井さん", {"review.due": "2027-03-20", "review.owner": "村井 剛"}),  # noqa: E501
    ("期日合意は両方とも1月末まで延ばして", {"decide0.due": "2027-01-31", "decide1.due": "2027-01-31"}),  # noqa: E501
    ("搬送ラインの方の期日合意、先方は福島工場長", {"decide0.their_owner": "福島 典子"}),
    ("予算の確認、もう終わってます", {"check1.done_on": "2026-09-30"}),
    ("保守サービスの提案はサービス部がやります", {"propose1.department": "サービス部"}),
    ("保守サービスの提案はサービス部の村井さんにお願い", {"propose1.owner": "村井 剛"}),
    ("提案2つとも担当は村井さんで", WHICH),
    ("先方は矢野さん", WHICH),
    ("アクション3、担当村井さん、期日12/1", {"decide1.due": "2026-12-01", "decide1.owner": "村井 剛"}),  # noqa: E501
    ("1と2は12月10日に", {"renew.due": "2026-12-10", "decide0.due": "2026-12-10"}),
    ("3と4の担当を村井さんに", {"decide1.owner": "村井 剛", "meet.owner": "村井 剛"}),
    ("最後のやつは削除", {"-review": True}),
    ("来週の金曜までに村井さんが見積を送る", {"+見積を送る": {"due": "2026-10-09", "owner": "村井 剛"}}),  # noqa: E501
    ("以下のアクションを追加してください。\n1. 10/20 見積送付\n2. 10/25 見積の説明", {"+見積送付": {"due": "2026-10-20"}, "+見積の説明": {"due": "2026-10-25"}}),  # noqa: E501
    ("10月中に見積送付を追加しておいてもらえると助かります", {"+見積送付": {"due": "2026-10-31"}}),
    ("工場見学（10/16、担当：村井さん、先方：永井課長）を追加", {"+工場見学": {"due": "2026-10-16", "owner": "村井 剛", "their_owner": "永井 政志"}}),  # noqa: E501
    ("追加：10/16 工場見学、村井さん担当、先方は永井課長", {"+工場見学": {"due": "2026-10-16", "owner": "村井 剛", "their_owner": "永井 政志"}}),  # noqa: E501
    ("10月16日と23日に工場見学を追加", "日付が複数あります。アクションごとに、日付を一つずつ教えてください。"),  # noqa: E501
    ("福島さんとの面談を12月25日、契約更新の提案を11月20日に変更", {"meet.due": "2026-12-25", "renew.due": "2026-11-20"}),  # noqa: E501
    ("面談は12/25で、契約更新は11/20でお願いします", {"meet.due": "2026-12-25", "renew.due": "2026-11-20"}),  # noqa: E501
    ("契約更新の提案の期日を外して", {"renew.due": None}),
    ("契約更新の提案の担当を外して", {"renew.owner": None}),
    ("契約更新の提案、担当は私と村井さん", "「私と村井」という方が社内に見つかりません。姓名を教えていただけますか。"),  # noqa: E501
    ("契約更新の提案の担当は矢野さん", "「矢野さん」という方が社内に見つかりません。姓名を教えていただけますか。"),  # noqa: E501
    ("面談の名前を「福島様との面談」に", {"meet.what": "福島様との面談"}),
    ("福島さんとの面談はまだです", None),
    ("更新案は提示していません", None),
    ("訪問を月1回入れて", None),
    ("村井さんを契約更新の提案に追加", None),
    ("面談はキャンセルしないで", None),
    ("12月に福島さんとの会食を追加", {"+会食": {"due": "2026-12-31", "to_whom": "福島 典子"}}),
    (
        "センサー提案は来月、保守は再来月",
        {"propose0.due": "2026-10-31", "propose1.due": "2026-11-30"},
    ),
    ("契約更新の提案の先方担当はまだ決まっていません", None),
)  # fmt: skip
DRAWN_UP_EN: tuple[tuple[str, Effects | str | None], ...] = (
    ("pls push the contract proposal out by two weeks", {"renew.due": "2026-12-12"}),
    ("move the contract proposal to the 12th of October", {"renew.due": "2026-10-12"}),
    ("the action to agree a decision date: their owner is Endo-san, our owner Murai-san", {"decide.their_owner": "Ken Endo", "decide.owner": "村井 剛"}),  # noqa: E501
    ("contract proposal is worth 40M, department is Service", {"renew.value": "40000000", "renew.department": "Service"}),  # noqa: E501
    ("the meeting with 福島 is done today", {"meet.done_on": "2026-09-30"}),
    ("we met 福島-san today, mark that one as done. And add a site survey on Oct 22, I'll own it", {"meet.done_on": "2026-09-30", "+site survey": {"due": "2026-10-22", "owner": "高瀬 美咲"}}),  # noqa: E501
    ("met 福島-san yesterday, that's done", {"meet.done_on": "2026-09-29"}),
    ("give the meeting with 福島 to Murai", {"meet.owner": "村井 剛"}),
    ("their owner of the contract proposal is Endo", {"renew.their_owner": "Ken Endo"}),
    ("the demo: Endo-san on their side, Murai on ours", {"demo.their_owner": "Ken Endo", "demo.owner": "村井 剛"}),  # noqa: E501
    ("the demo and the contract proposal: their owner is Endo-san for both", {"demo.their_owner": "Ken Endo", "renew.their_owner": "Ken Endo"}),  # noqa: E501
    ("postpone the demo", "いつに変更しますか。"),
    ("demo slips to end of Nov", {"demo.due": "2026-11-30"}),
    ("the review of the year, drop it", {"review.dropped": True}),
    ("action 3 is worth 12 million", {"decide.value": "12000000"}),
    ("remove actions 4 and 5", {"-meet": True, "-review": True}),
    ("skip the demo", {"demo.dropped": True}),
    ("pls move the demo to next Tuesday", {"demo.due": "2026-10-06"}),
    ("let's push the meeting with 福島 to the week of 12 October", "いつに変更しますか。"),
    ("can we bring the demo forward to 2 Nov?", {"demo.due": "2026-11-02"}),
    ("Murai will run the demo on 20 Nov", {"demo.due": "2026-11-20", "demo.owner": "村井 剛"}),
    ("assign the demo and the contract proposal to Murai", {"demo.owner": "村井 剛", "renew.owner": "村井 剛"}),  # noqa: E501
    ("let Murai handle the contract proposal", {"renew.owner": "村井 剛"}),
    ("can you hand the contract proposal over to Murai-san", {"renew.owner": "村井 剛"}),
    ("owner of the demo: Murai; due 20 Nov; dept Service", {"demo.owner": "村井 剛", "demo.due": "2026-11-20", "demo.department": "Service"}),  # noqa: E501
    ("the demo: due 20 Nov, dept Service, worth 3M, their side Endo", {"demo.due": "2026-11-20", "demo.department": "Service", "demo.value": "3000000", "demo.their_owner": "Ken Endo"}),  # noqa: E501
    ("contract proposal now worth ¥35m", {"renew.value": "35000000"}),
    ("we had the demo yesterday", {"demo.done_on": "2026-09-29"}),
    ("the demo won't happen", {"demo.dropped": True}),
    ("scrap the demo and the contract proposal", {"demo.dropped": True, "renew.dropped": True}),
    ("forget about the demo", {"demo.dropped": True}),
    ("remove the last two actions", {"-meet": True, "-review": True}),
    ("add demo at the plant 12 Nov, me", {"+demo at the plant": {"due": "2026-11-12", "owner": "高瀬 美咲"}}),  # noqa: E501
    ("also add: visit the Osaka plant in December, Murai to own", {"+visit the Osaka plant": {"due": "2026-12-31", "owner": "村井 剛"}}),  # noqa: E501
    ("add two actions: visit the plant on 10 Nov and send the quote on 20 Nov", "アクションは一つずつ、行を分けて教えていただけますか。"),  # noqa: E501
    ("put the demo off until December", {"demo.due": "2026-12-31"}),
    ("the demo and the contract proposal are done", {"demo.done_on": "2026-09-30", "renew.done_on": "2026-09-30"}),  # noqa: E501
    ("demo isn't finished yet", None),
    ("we haven't done the demo yet", None),
    ("customer cancelled the demo", None),
    ("add Murai to the demo", None),
    ("put the demo on hold", None),
)  # fmt: skip

NO_ACTION: tuple[str, ...] = (
    "体制に白石さんも入れて",
    "チームに村井さんも足しといて",
    "製品のところに仮説を足したい",
    "製品に仮説を入れといて",
    "価格のところに「値引きは3%まで」を追加",
    "チャネルに代理店の話を入れておいて",
    "KPI追加：現場ヒアリング件数、今2件、目標10件",
    "指標に訪問回数を足しといて",
    "キーパーソンに経営企画室の高橋さんを入れといて",
    "弱みに、保守の一次対応が遅い、を足しておいて",
    "リスクに予算の凍結を入れといて",
    "目標に受注額3億円を足して",
    "レビューを毎月に入れておいて",
    "タイトルに「成長」を入れて",
    "目的に品質向上も入れておいて",
    "Put Murai on the team, he takes over customer success",
    "put Murai on the team",
    "one more threat: a rival opened a depot",
    "new hypothesis under promotion: the leads will back us",
    "add another KPI please",
    "put a hypothesis under price",
    "add Endo-san to the key persons",
    "add a second goal of 20 million by March",
    "include a monthly review in the plan",
    "put something about churn in the risks",
)
"""What speaks of a place of the plan is never an action of that wording."""

NO_OWNER: tuple[str, ...] = (
    "見積送付、担当を村井さんに",
    "見積送付の担当は村井さん",
    "見積送付、担当は村井さんで",
    "見積送付は村井さん担当で",
    "経営会議の準備　担当：村井さん",
    "福島さんとの面談、担当を村井さんに",
    "QBR、先方の担当は村井さん",
    "先方は福島さん、担当は村井さんで現場診断を",
    "それの担当を村井さんに",
    "このアクションの担当は村井さんで",
    "the quote: owner Murai",
    "the board meeting, make Murai the owner",
    "owner of the board meeting is Murai",
    "give that one to Murai",
    "board meeting: their owner is Murai",
)
"""What names something, or nearly does, never changes whose plan it is."""
