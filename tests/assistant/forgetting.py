"""A workspace in every corner of which a customer's person is written, and one to be killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from langgraph.checkpoint.base import empty_checkpoint

from api.slack.inbox import slack_inbox
from assistant.bootstrap import Workspace
from assistant.threads import open_threads
from crm.audit import Noted
from crm.database import utc_now
from crm.scope import OPERATOR, Principal
from plans.model import KeyPerson, Statement
from plans.store import Plans
from tests.companies import import_rows
from tests.fakes import TrigramEmbeddings
from tests.plans.plans import NOW, a_plan

NAME, MAIL, PHONE = "福島 正樹", "fukushima@maruei.example", "06-0000-1583"
SPELLINGS = (NAME, "福島正樹", "福島　正樹", "福島様", MAIL, "0600001583", "+81 6-0000-1583", PHONE)
REP = Principal("U1", "高瀬 美咲", frozenset({"rep"}))
BODY = "福島様（fukushima@maruei.example、０６−００００−１５８３）より、見積の依頼。"
ROWS: dict[str, list[dict[str, Any]]] = {
    "accounts": [
        {"account_id": "A001", "name": "丸栄機材", "owner_id": "U1"},
        {"account_id": "A002", "name": "山手商事", "owner_id": "U1"},
    ],
    "people": [
        {"person_id": "U1", "name": "高瀬 美咲", "email": "takase@ours.example", "role": "rep"}
    ],
    "contacts": [
        {"contact_id": "C001", "account_id": "A001", "name": NAME, "title": "専務取締役",
         "email": MAIL, "phone": PHONE, "buying_role": "decision_maker", "reports_to": None},
        {"contact_id": "C002", "account_id": "A001", "name": "中島 美穂", "title": "課長",
         "email": "nakajima@maruei.example", "phone": "06-0000-7012", "reports_to": "C001"},
        {"contact_id": "C003", "account_id": "A002", "name": "福島 花子", "title": "部長",
         "email": "hanako@yamate.example", "phone": "03-0000-1111", "reports_to": None},
    ],
    "activities": [
        {"activity_id": "V1", "account_id": "A001", "contact_id": "C001", "kind": "visit",
         "occurred_on": "2026-04-01", "body": BODY},
        {"activity_id": "V2", "account_id": "A001", "contact_id": "C002", "kind": "call",
         "occurred_on": "2026-04-02", "body": "中島様と面談。福島専務は欠席。"},
        {"activity_id": "V3", "account_id": "A002", "contact_id": "C003", "kind": "call",
         "occurred_on": "2026-04-03", "body": "福島様と面談。丸栄機材の福島正樹様の紹介。"},
    ],
    "engagements": [
        {"account_id": "A001", "contact_id": "C001", "document": "d", "viewed_at": "2026-04-04"}
    ],
    "relationships": [
        {"from_name": "稲垣 真一", "to_contact_id": "C001", "strength": 4, "note": "大学の同期"},
        {"from_name": "山手商事 福島 花子", "to_contact_id": "C002", "strength": 2, "note": NAME},
    ],
}  # fmt: skip


def opened(folder: Path) -> Workspace:
    return Workspace(folder, embeddings=TrigramEmbeddings())


def import_company(folder: Path) -> Path:
    workspace, _report = import_rows(folder, ROWS)
    return workspace


def fill(workspace: Workspace) -> None:
    """Write the person into plans, documents, conversations, logs, messages, files and more."""
    folder, database = workspace.folder, workspace.database
    person = KeyPerson(id="C001", name=NAME, contact_id="C001", title="専務取締役", role="決裁者")
    said = Statement(
        id="s1", section="account", text="福島専務と年2回会う", kind="hypothesis", status="open"
    )
    plan = a_plan(people=(person,), statements=(said,))
    store = Plans(database)
    made = store.create(plan, REP, f"{NAME}様の依頼", now=NOW)
    store.save(made.plan_id, 1, plan.with_head(title=f"{NAME}様との計画"), REP, "", now=NOW)
    docs = folder.parent / "docs"
    docs.mkdir()
    (docs / "memo.md").write_text(
        f"# 丸栄機材のメモ\n\n{NAME}様は納期を重視する。", encoding="utf-8"
    )
    (docs / "other.md").write_text("# 手引き\n\n訪問の前に資料を送る。", encoding="utf-8")
    workspace.library.add(docs)
    workspace.audit.record(REP, Noted("question", "", {"text": f"{NAME}様とは"}))
    workspace.audit.record(REP, Noted("question", "", {"text": "売上は"}))
    with database.begin() as con:
        inbox = {"enterprise": "E", "team": "T", "channel": "C", "user": "U", "direct": True}
        message = {"ts": "1", "thread_ts": "1", "text": f"丸栄機材の福島様に電話 {PHONE}"}
        con.execute(sa.insert(slack_inbox).values(**inbox, **message, received_at=utc_now()))
        binary = "BYTEA" if con.dialect.name == "postgresql" else "BLOB"
        con.exec_driver_sql(
            f"CREATE TABLE made_later (id INTEGER PRIMARY KEY, said TEXT, sent {binary})"
        )
        later = sa.table("made_later", sa.column("id"), sa.column("said"), sa.column("sent"))
        escaped = '{"to": "\\u798f\\u5cf6 \\u6b63\\u6a39", "n": 1}'
        con.execute(sa.insert(later).values(id=1, said=escaped, sent=f"<{MAIL}>".encode()))
        con.execute(sa.insert(later).values(id=2, said="福島 花子", sent=b"\xff\x00"))
    asyncio.run(_converse(workspace))
    (folder / "notes").mkdir()
    (folder / "notes" / "visit.csv").write_text(
        f"id,who\n1,{NAME}\n2,福島 花子\n", encoding="utf-8-sig"
    )


async def _converse(workspace: Workspace) -> None:
    async with open_threads(workspace.place("threads.db")) as saver:
        if hasattr(saver, "setup"):
            await saver.setup()
        for thread, text in (
            ("of-them", f"{NAME}様に送る資料は？"),
            ("of-others", "福島 花子様は？"),
        ):
            config: Any = {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}
            checkpoint = empty_checkpoint()
            checkpoint["channel_values"] = {"messages": [text]}
            checkpoint["channel_versions"] = {"messages": "1"}
            at = await saver.aput(config, checkpoint, {}, {"messages": "1"})
            await saver.aput_writes(at, [("messages", text)], "task")


if __name__ == "__main__":
    print("begun", flush=True)  # noqa: T201 - the test waits for it
    opened(Path(sys.argv[1])).forgetting.forget(OPERATOR, "C001")
