"""The library: who a document is for, the words of its passages, and their vectors."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # Not in batches: SQLite would make the table anew, and the chunks would go with the old one.
    op.add_column("documents", sa.Column("root", sa.Text, nullable=False, server_default=""))
    op.add_column("documents", sa.Column("employees", sa.Integer))
    op.add_column("documents", sa.Column("audience", sa.Text, nullable=False, server_default="[]"))
    op.execute("ALTER TABLE documents RENAME COLUMN embeddings TO recipe")
    op.add_column("chunks", sa.Column("terms", sa.Text))
    if op.get_bind().dialect.name != "sqlite":  # which does not limit a text's length
        op.alter_column("chunks", "digest", type_=sa.String(64))
    op.create_table(
        "names",
        sa.Column(
            "document_id",
            sa.String(16),
            sa.ForeignKey("documents.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    op.create_table(
        "vectors",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("vector", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "library",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("model", sa.Text),
        sa.Column("dimension", sa.Integer),
        sa.Column("generation", sa.Integer, nullable=False),
    )
