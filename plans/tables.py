"""The tables of the plans in the workspace database; `plan_versions` and `plan_events` only grow.

Times are UTC without a zone; content and changes are JSON as the model writes it.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

plans = sa.Table(
    "plans",
    metadata,
    sa.Column("plan_id", sa.String(80), primary_key=True),
    sa.Column("account_id", sa.Text, nullable=False, index=True),
    sa.Column("owner_id", sa.Text),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("approved_hash", sa.String(64)),
    sa.Column("approved_version", sa.Integer),
    sa.Column("updated_at", sa.DateTime, nullable=False),
)
plan_versions = sa.Table(
    "plan_versions",
    metadata,
    sa.Column("plan_id", sa.String(80), sa.ForeignKey("plans.plan_id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("person_id", sa.Text, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("said_at", sa.DateTime, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("changes", sa.Text, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
plan_events = sa.Table(
    "plan_events",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("plan_id", sa.String(80), sa.ForeignKey("plans.plan_id"), nullable=False, index=True),
    sa.Column("from_state", sa.String(20), nullable=False),
    sa.Column("to_state", sa.String(20), nullable=False),
    sa.Column("person_id", sa.Text, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("said_at", sa.DateTime, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("comment", sa.Text),
)
plan_answers = sa.Table(
    "plan_answers",
    metadata,
    sa.Column("plan_id", sa.String(80), sa.ForeignKey("plans.plan_id"), primary_key=True),
    sa.Column("question", sa.String(80), primary_key=True),
    sa.Column("asked_at", sa.DateTime, nullable=False),
    sa.Column("answer", sa.Text),
    sa.Column("person_id", sa.Text),
    sa.Column("person", sa.Text),
    sa.Column("answered_at", sa.DateTime),
)
plan_reminders = sa.Table(
    "plan_reminders",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("plan_id", sa.String(80), sa.ForeignKey("plans.plan_id"), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("due", sa.Date, nullable=False, index=True),
    sa.Column("person_id", sa.String(80), nullable=False),
    sa.Column("text_key", sa.String(160), nullable=False),
    sa.Column("sent_at", sa.DateTime),
    sa.UniqueConstraint("plan_id", "kind", "due", "person_id", "text_key", name="uq_plan_reminder"),
)
plan_measured = sa.Table(
    "plan_measured",
    metadata,
    sa.Column("plan_id", sa.String(80), sa.ForeignKey("plans.plan_id"), primary_key=True),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("snapshot", sa.Text, nullable=False),
    sa.Column("attainment", sa.String(20)),
    sa.Column("kpis_known", sa.Integer, nullable=False),
    sa.Column("kpis_behind", sa.Integer, nullable=False),
    sa.Column("goal_share", sa.String(40)),
)
