"""Exchanges of register instruments, and what finds suspect readings, flagged days and meters that estimate gaps."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exchange",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meter_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("final_value", sa.BigInteger(), nullable=False),
        sa.Column("first_value", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_by", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange")),
    )
    _partial_index("uq_exchange_standing", "exchange", ["meter_id", "at"], "withdrawn_by IS NULL", unique=True)
    _partial_index("ix_reading_suspect", "reading", ["meter_id", "at"], "quality >= 16 AND quality < 24")
    _partial_index("ix_rollup_flagged", "rollup", ["meter_id", "start_day"], "grain = 1 AND flags <> 0")
    op.add_column("meter", sa.Column("estimates_gaps", sa.Boolean(), server_default=sa.false(), nullable=False))


def _partial_index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    op.create_index(name, table, columns, unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
