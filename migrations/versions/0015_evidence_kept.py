"""Since when the evidence of an answer is kept; of what is there already, since now."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("evidence", sa.Column("kept_at", sa.DateTime))
    evidence = sa.table("evidence", sa.column("kept_at", sa.DateTime))
    now = datetime.now(UTC).replace(tzinfo=None)
    op.get_bind().execute(sa.update(evidence).values(kept_at=now))
