"""Permit limits with the times they were exceeded, the hours that are kept to watch them, and targets."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _limits()
    _exceedances()
    _hours()
    _targets()


def _limits() -> None:
    op.create_table(
        "permit_limit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("meter_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("averaging_period", sa.String(), nullable=False),
        sa.Column("moisture", sa.String(), nullable=True),
        sa.Column("temperature_c", sa.String(), nullable=True),
        sa.Column("pressure_kpa", sa.String(), nullable=True),
        sa.Column("oxygen_percent", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_permit_limit_organization_id")),
        sa.ForeignKeyConstraint(["meter_id"], ["meter.id"], name=op.f("fk_permit_limit_meter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permit_limit")),
        sa.UniqueConstraint("organization_id", "code", name=op.f("uq_permit_limit_organization_id_code")),
    )
    op.create_index(op.f("ix_permit_limit_meter_id"), "permit_limit", ["meter_id"], unique=False)


def _exceedances() -> None:
    op.create_table(
        "exceedance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("limit_id", sa.Integer(), nullable=False),
        sa.Column("start_at", sa.BigInteger(), nullable=False),
        sa.Column("end_at", sa.BigInteger(), nullable=False),
        sa.Column("periods", sa.Integer(), nullable=False),
        sa.Column("worst", sa.String(), nullable=False),
        sa.Column("worst_at", sa.BigInteger(), nullable=False),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["limit_id"], ["permit_limit.id"], name=op.f("fk_exceedance_limit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exceedance")),
        sa.UniqueConstraint("limit_id", "start_at", name=op.f("uq_exceedance_limit_id_start_at")),
    )


def _hours() -> None:
    op.create_table(
        "kept_hours",
        sa.Column("meter_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hours", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("meter_id", "day", name=op.f("pk_kept_hours")),
        sqlite_with_rowid=False,
    )


def _targets() -> None:
    op.create_table(
        "target",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("metric", sa.String(), nullable=False),
        sa.Column("plant_id", sa.Integer(), nullable=True),
        sa.Column("base_year", sa.Integer(), nullable=False),
        sa.Column("yearly_reduction", sa.String(), nullable=True),
        sa.Column("compounding", sa.Boolean(), nullable=False),
        sa.Column("goal", sa.String(), nullable=True),
        sa.Column("goal_year", sa.Integer(), nullable=True),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("recalculation_threshold", sa.String(), nullable=False),
        sa.Column("base_shares", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_target_organization_id")),
        sa.ForeignKeyConstraint(["plant_id"], ["plant.id"], name=op.f("fk_target_plant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
        sa.UniqueConstraint("organization_id", "code", name=op.f("uq_target_organization_id_code")),
    )
    op.create_index(op.f("ix_target_plant_id"), "target", ["plant_id"], unique=False)
