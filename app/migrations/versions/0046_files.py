"""Files are kept: what was uploaded of readings, what proves a figure, and mappings that have a name."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_file",
        sa.Column("organization_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "digest", name=op.f("pk_kept_file")),
    )
    op.create_table(
        "upload",
        sa.Column("organization_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("key_code", sa.String(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("mapping", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("batch", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "code", name=op.f("pk_upload")),
    )
    op.create_table(
        "reading_mapping",
        sa.Column("organization_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "name", name=op.f("pk_reading_mapping")),
    )
    op.create_table(
        "evidence",
        sa.Column("organization_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("key_code", sa.String(), nullable=True),
        sa.Column("attached_at", sa.BigInteger(), nullable=False),
        sa.Column("meter_id", sa.Integer(), nullable=True),
        sa.Column("month", sa.String(), nullable=True),
        sa.Column("batch", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "code", name=op.f("pk_evidence")),
    )
    op.create_index("ix_evidence_figure", "evidence", ["organization_id", "meter_id", "month"])
    op.create_index("ix_evidence_batch", "evidence", ["organization_id", "batch"])
