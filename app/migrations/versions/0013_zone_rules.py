"""The edition of the zone rules that stored buckets were made by."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "zone_edition",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zone_edition")),
    )
    op.create_table(
        "zone_rules",
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("offsets", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("zone", name=op.f("pk_zone_rules")),
    )
