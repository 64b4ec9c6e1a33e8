"""Datapoints: what is stated of a reporting year without a meter, version by version."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "datapoint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("indicator", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("plant_id", sa.Integer(), nullable=True),
        sa.Column("dimensions", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("stated_value", sa.String(), nullable=True),
        sa.Column("stated_unit", sa.String(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("key_code", sa.String(), nullable=True),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_datapoint_organization_id")),
        sa.ForeignKeyConstraint(["plant_id"], ["plant.id"], name=op.f("fk_datapoint_plant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_datapoint")),
        sa.UniqueConstraint(
            "organization_id", "code", "revision", name=op.f("uq_datapoint_organization_id_code_revision")
        ),
    )
    op.create_index("ix_datapoint_organization_id_year", "datapoint", ["organization_id", "year"], unique=False)
    op.create_index(op.f("ix_datapoint_plant_id"), "datapoint", ["plant_id"], unique=False)
