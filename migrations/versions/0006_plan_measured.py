"""What was measured last of each plan's KPIs and first goal."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "plan_measured",
        sa.Column("plan_id", sa.String(80), sa.ForeignKey("plans.plan_id"), primary_key=True),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("snapshot", sa.Text, nullable=False),
        sa.Column("attainment", sa.String(20)),
        sa.Column("kpis_known", sa.Integer, nullable=False),
        sa.Column("kpis_behind", sa.Integer, nullable=False),
        sa.Column("goal_share", sa.String(40)),
    )
