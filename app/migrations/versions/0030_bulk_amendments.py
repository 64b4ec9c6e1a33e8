"""Readings withdrawn or accepted by meters and range: what was ordered, and how far it has been carried out."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bulk_amendment",
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("meters", sa.JSON(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("end_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("key_code", sa.String(), nullable=True),
        sa.Column("undoes", sa.BigInteger(), nullable=True),
        sa.Column("position", sa.JSON(), nullable=True),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("passed_over", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_bulk_amendment")),
        sa.UniqueConstraint("undoes", name=op.f("uq_bulk_amendment_undoes")),
    )
    op.create_index("ix_bulk_amendment_organization_id_batch_id", "bulk_amendment", ["organization_id", "batch_id"])
    op.create_index(
        "ix_bulk_amendment_unfinished",
        "bulk_amendment",
        ["organization_id"],
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
