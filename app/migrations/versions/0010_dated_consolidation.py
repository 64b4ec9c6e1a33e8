"""The days from which a plant's share and control hold, and the withdrawal of instruments."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plant_holding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plant_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("equity_share", sa.String(), nullable=False),
        sa.Column("operational_control", sa.Boolean(), nullable=False),
        sa.Column("financial_control", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["plant_id"], ["plant.id"], name=op.f("fk_plant_holding_plant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plant_holding")),
        sa.UniqueConstraint("plant_id", "valid_from", name=op.f("uq_plant_holding_plant_id_valid_from")),
    )
    op.add_column("instrument", sa.Column("withdrawn_at", sa.BigInteger(), nullable=True))
    op.add_column("instrument", sa.Column("withdrawn_by", sa.String(), nullable=True))
    op.add_column("instrument", sa.Column("withdrawal_reason", sa.String(), nullable=True))
