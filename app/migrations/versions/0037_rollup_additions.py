"""What readings add to the rollups is kept packed beside the rows, and written into these once for many posts."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "rollup_addition",
        sa.Column("id", _BIG_ID, autoincrement=True, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("organization_id", "days", "meters")),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollup_addition")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_rollup_addition_organization_id"), "rollup_addition", ["organization_id"])
    # An older program would read rows without what waits, and make days anew without taking it back.
    op.execute(f"UPDATE schema_support SET oldest = '{revision}'")  # noqa: S608 - a constant
    if op.get_bind().dialect.name == "postgresql":
        # Written anew with each post while it is small: in its row, not beside it in pieces.
        op.execute("ALTER TABLE rollup_addition ALTER COLUMN content SET STORAGE MAIN")
        op.execute("ALTER TABLE rollup_addition SET (toast_tuple_target = 8160)")
