"""Rollups tell their organization too; what an older program writes without it would be found by nobody."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rollup", sa.Column("organization_id", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.execute("UPDATE rollup SET organization_id = meter.organization_id FROM meter WHERE meter.id = rollup.meter_id")
    op.execute(f"UPDATE schema_support SET oldest = '{revision}'")  # noqa: S608 - a constant
