"""On which heating value a fuel's energy is metered, and in which state a gas volume."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("meter", sa.Column("basis", sa.String(), nullable=True))
    op.add_column("meter", sa.Column("reference_conditions", sa.String(), nullable=True))
