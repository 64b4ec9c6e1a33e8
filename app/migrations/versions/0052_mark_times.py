"""When a stretch was marked, so that how long it has waited outlives the process that has watched it."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mark", sa.Column("marked_at", sa.BigInteger(), nullable=True))
