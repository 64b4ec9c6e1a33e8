"""Whether anybody has said which end of its interval a meter's timestamps name, or it is only assumed."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of stored meters it is not known any more: what they have counts as stated."""
    op.add_column("meter", sa.Column("edge_assumed", sa.Boolean(), server_default=sa.false(), nullable=False))
