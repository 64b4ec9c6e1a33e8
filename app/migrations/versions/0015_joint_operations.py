"""Joint operations, and the chain of owners that a plant's share comes from."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("plant", "plant_holding"):
        op.add_column(table, sa.Column("joint_operation", sa.Boolean(), nullable=False, server_default=sa.false()))
        op.add_column(table, sa.Column("ownership_chain", sa.JSON(), nullable=True))
