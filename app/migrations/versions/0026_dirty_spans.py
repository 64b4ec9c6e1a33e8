"""Days that are still to be made anew; registers whose two readings lie years apart are rolled up again."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "dirty_span",
        sa.Column("id", _BIG_ID, autoincrement=True, nullable=False),
        sa.Column("meter_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Integer(), nullable=False),
        sa.Column("end_day", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dirty_span")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_dirty_span_meter_id"), "dirty_span", ["meter_id"])
    _mark_registers()


def _mark_registers() -> None:
    """Have registers made anew that have a year without a reading: it may lie in a segment of more than three."""
    op.execute(
        "INSERT INTO mark (meter_id, first_at, last_at) "
        "SELECT DISTINCT rollup.meter_id, -4611686018427387904, 4611686018427387904 FROM rollup "
        "JOIN meter ON meter.id = rollup.meter_id AND meter.kind = 'register' "
        "WHERE rollup.grain = 3 AND rollup.count = 0"
    )
