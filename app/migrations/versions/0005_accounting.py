"""GWP sets and printing rules an organization chooses, its instruments, and the derivation of its own factors."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("own_factor", sa.Column("other_gases", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("own_factor", sa.Column("derivation", sa.String(), nullable=True))
    _choices()
    _instruments()


def _choices() -> None:
    op.create_table(
        "gwp_choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("framework", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("gwp_set", sa.String(), nullable=False),
        _of_organization("gwp_choice"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gwp_choice")),
    )
    op.create_index("ix_gwp_choice_organization_id", "gwp_choice", ["organization_id"])
    op.create_table(
        "figure_setting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("framework", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("rounding", sa.String(), nullable=True),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("decimals", sa.Integer(), nullable=True),
        _of_organization("figure_setting"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_setting")),
        sa.UniqueConstraint(
            "organization_id", "framework", "key", name=op.f("uq_figure_setting_organization_id_framework_key")
        ),
    )


def _instruments() -> None:
    op.create_table(
        "instrument",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("amount", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("kg_co2e_per_kwh", sa.String(), nullable=False),
        sa.Column("registry_name", sa.String(), nullable=True),
        sa.Column("serial_prefix", sa.String(), nullable=True),
        sa.Column("serial_first", sa.BigInteger(), nullable=True),
        sa.Column("serial_last", sa.BigInteger(), nullable=True),
        sa.Column("first_serial", sa.String(), nullable=True),
        sa.Column("last_serial", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        _of_organization("instrument"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instrument")),
        sa.UniqueConstraint("organization_id", "code", name=op.f("uq_instrument_organization_id_code")),
    )
    op.create_index("ix_instrument_serial", "instrument", ["registry_name", "serial_prefix"])


def _of_organization(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_organization_id")
    return sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=name)
