"""Which way a register counts and when it returns to zero; what registers showed is judged anew."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_EVER = 2**62


def upgrade() -> None:
    op.add_column("meter", sa.Column("register_direction", sa.String(), nullable=True))
    op.add_column("meter", sa.Column("register_reset", sa.String(), nullable=True))
    everything = f"INSERT INTO mark (meter_id, first_at, last_at) SELECT id, -{_EVER}, {_EVER} FROM meter"  # noqa: S608
    op.execute(f"{everything} WHERE kind = 'register'")
