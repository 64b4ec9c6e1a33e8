"""The energy content of resources that an organization adds."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("own_resource", sa.Column("energy_lhv_gj", sa.String(), nullable=True))
    op.add_column("own_resource", sa.Column("energy_hhv_gj", sa.String(), nullable=True))
    op.add_column("own_resource", sa.Column("energy_source", sa.String(), nullable=True))
