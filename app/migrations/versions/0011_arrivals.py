"""What was taken in and has still to be entered among the readings, and a count of who wrote last."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "arrival",
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "number", "part", name=op.f("pk_arrival")),
    )
    op.create_table(
        "readings_head",
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_readings_head")),
    )
    if op.get_bind().dialect.name == "postgresql":
        # The content is read back within a second: compressing it would cost more than it saves.
        op.execute("ALTER TABLE arrival ALTER COLUMN content SET STORAGE EXTERNAL")
