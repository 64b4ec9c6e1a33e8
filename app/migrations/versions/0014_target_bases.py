"""Targets on parts and per denominators, and the history of their base years; what is stored has none yet."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("target", sa.Column("dimensions", sa.String(), nullable=False, server_default="{}"))
    op.add_column("target", sa.Column("denominator", sa.String(), nullable=True))
    op.add_column("target", sa.Column("decimals", sa.Integer(), nullable=True))
    op.create_table(
        "target_base",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("before", sa.String(), nullable=True),
        sa.Column("change", sa.String(), nullable=True),
        sa.Column("threshold", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("framework", sa.String(), nullable=False),
        sa.Column("gwp_set", sa.String(), nullable=True),
        sa.Column("splits_methane", sa.Boolean(), nullable=False),
        sa.Column("shares", sa.JSON(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("coverage", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("key_code", sa.String(), nullable=True),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_target_base_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_base")),
        sa.UniqueConstraint(
            "organization_id", "target", "number", name=op.f("uq_target_base_organization_id_target_number")
        ),
    )
