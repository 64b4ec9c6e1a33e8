"""Keys are bound to meters too, keep their code when they are rotated, and tell when they were last used."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_key", sa.Column("meters", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("api_key", sa.Column("previous_digest", sa.String(), nullable=True))
    for name in ("previous_until", "rotated_at", "last_used_at"):
        op.add_column("api_key", sa.Column(name, sa.BigInteger(), nullable=True))
    op.create_index("uq_api_key_previous_digest", "api_key", ["previous_digest"], unique=True)
