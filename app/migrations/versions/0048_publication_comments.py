"""Comments on publications, which the database itself lets nobody change or delete."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0046"
branch_labels = None
depends_on = None

_WORDS = "comments on publications are never changed or deleted"
_SAME = "organization_id = NEW.organization_id AND publication_id = NEW.publication_id AND number = NEW.number"


def upgrade() -> None:
    op.create_table(
        "publication_comment",
        sa.Column("organization_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("dimensions", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publication.id"], name=op.f("fk_publication_comment_publication_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "publication_id", "number", name=op.f("pk_publication_comment")),
    )
    if op.get_bind().dialect.name == "sqlite":
        _keep_on_sqlite()
    else:
        _keep_on_postgresql()


def _keep_on_sqlite() -> None:
    """INSERT OR REPLACE deletes without asking a trigger on deletion: it is refused before it begins."""
    table, refuse = "publication_comment", f"BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
    op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}")
    op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}")
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608 - built of constants
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {_SAME}) {refuse}"
    )


def _keep_on_postgresql() -> None:
    op.execute(
        f"""
        CREATE FUNCTION publication_comment_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '{_WORDS}' USING ERRCODE = 'restrict_violation';
        END
        $$
        """
    )
    for name, events, grain in (("kept", "UPDATE OR DELETE", "ROW"), ("not_emptied", "TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER publication_comment_{name} BEFORE {events} ON publication_comment "
            f"FOR EACH {grain} EXECUTE FUNCTION publication_comment_kept()"
        )
