"""Calorific values and densities of an organization's own; the calorific value that an own factor was derived from."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_DERIVED = re.compile(r"(\d+(?:\.\d+)?) GJ/\S+ x ")


def upgrade() -> None:
    op.create_table(
        "own_calorific_value",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("per", sa.String(), nullable=True),
        sa.Column("lhv", sa.String(), nullable=True),
        sa.Column("hhv", sa.String(), nullable=True),
        sa.Column("energy_unit", sa.String(), nullable=False),
        sa.Column("density", sa.String(), nullable=True),
        sa.Column("density_unit", sa.String(), nullable=True),
        sa.Column("reference_conditions", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("supersedes", sa.String(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_own_calorific_value_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_calorific_value")),
        sa.UniqueConstraint("organization_id", "code", name=op.f("uq_own_calorific_value_organization_id_code")),
    )
    op.add_column("own_factor", sa.Column("calorific_value", sa.String(), nullable=True))
    _fill_calorific_values()


def _fill_calorific_values() -> None:
    """Read the GJ per unit that stored factors were derived from out of the words that tell of it."""
    factor = sa.table("own_factor", sa.column("id"), sa.column("derivation"), sa.column("calorific_value"))
    connection = op.get_bind()
    derived = sa.select(factor.c.id, factor.c.derivation).where(factor.c.derivation.is_not(None))
    for factor_id, words in connection.execute(derived).all():
        if found := _DERIVED.match(words):
            stated = factor.update().where(factor.c.id == factor_id).values(calorific_value=found.group(1))
            connection.execute(stated)
