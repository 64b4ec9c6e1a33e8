"""Intervals that a meter has from a day on."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("meter", sa.Column("interval_changes", sa.JSON(), nullable=True))
