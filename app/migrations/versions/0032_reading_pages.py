"""Readings are kept in pages; what earlier releases kept a row each is moved into them while the service runs."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "entered",
        sa.Column("organization_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_entered")),
    )
    whole = ("organization_id", "meter_id", "rows", "own_starts", "suspects")
    big = ("first_at", "last_at", "first_batch", "last_batch")
    op.create_table(
        "reading_page",
        sa.Column("id", _BIG_ID, autoincrement=True, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in whole),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in big),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_page")),
        sa.UniqueConstraint("organization_id", "meter_id", "first_at", name="uq_reading_page"),
        sqlite_autoincrement=True,
    )
    for name in ("own_starts", "suspects"):
        having = sa.text(f"{name} > 0")
        columns = ["organization_id", "meter_id"]
        op.create_index(
            f"ix_reading_page_{name}", "reading_page", columns, sqlite_where=having, postgresql_where=having
        )
    if op.get_bind().dialect.name == "postgresql":
        # A page of up to 4,000 bytes lies in its row: beside it, in pieces, it would take another look each.
        op.execute("ALTER TABLE reading_page ALTER COLUMN content SET STORAGE MAIN")
        op.execute("ALTER TABLE reading_page SET (toast_tuple_target = 8160)")
