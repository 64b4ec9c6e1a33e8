"""What meters usually say, and whether readings are held against it; what a meter is expected to say in a year."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organization", sa.Column("plausibility", sa.String(), server_default="history", nullable=False))
    op.add_column("meter", sa.Column("plausibility", sa.String(), nullable=True))
    op.add_column("meter", sa.Column("annual_expectation", sa.String(), nullable=True))
    op.create_table(
        "usual_amount",
        sa.Column("meter_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("lacking", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("highest", sa.String(), nullable=False),
        sa.Column("far", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("meter_id", name=op.f("pk_usual_amount")),
    )
