"""The first day of which an organization has readings; null is the default of the service."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organization", sa.Column("history_from", sa.Date(), nullable=True))
