"""Room of replaced pages of readings is given to new ones when a fiftieth of the table is dead, not a fifth."""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE reading_page SET (autovacuum_vacuum_scale_factor = 0.02)")
