"""Contents of old pages of readings can be moved to files; the pages name the file."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    big = ("rows", "first_at", "last_at", "archived_at")
    op.create_table(
        "archive_file",
        sa.Column("organization_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in big),
        sa.PrimaryKeyConstraint("organization_id", "number", name=op.f("pk_archive_file")),
    )
    op.add_column("reading_page", sa.Column("archive", sa.Integer(), nullable=True))
    having = sa.text("archive IS NOT NULL")
    op.create_index(
        "ix_reading_page_archive",
        "reading_page",
        ["organization_id", "archive"],
        sqlite_where=having,
        postgresql_where=having,
    )
