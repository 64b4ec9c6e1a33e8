"""By which frameworks an organization reports; null is the default of the service."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organization", sa.Column("frameworks", sa.String(), nullable=True))
