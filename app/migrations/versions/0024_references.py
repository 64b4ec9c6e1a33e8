"""Readings of event meters are told apart by a reference too: the number of a ticket, a manifest or an invoice."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_KEYS = {"reading": ("meter_id", "at", "reference"), "revision": ("meter_id", "at", "reference", "revision")}
_KEY = {"meter_id": "INTEGER NOT NULL", "at": "BIGINT NOT NULL"}
_REST = {
    "value": "BIGINT NOT NULL",
    "batch_id": "BIGINT NOT NULL",
    "quality": "SMALLINT NOT NULL",
    "revision": "SMALLINT NOT NULL",
    "start_at": "BIGINT",
}
_REFERENCE = {"reference": "VARCHAR DEFAULT '' NOT NULL"}
_SUPERSEDED = {"superseded_by": "BIGINT NOT NULL"}


def upgrade() -> None:
    """Stored readings have no reference, which is the empty text."""
    if op.get_bind().dialect.name == "sqlite":
        _made_anew("reading", _REST)
        _made_anew("revision", _REST | _SUPERSEDED)
        _index("ix_reading_own_start", "start_at IS NOT NULL")
        _index("ix_reading_suspect", "quality >= 16 AND quality < 24")
        return
    for table, key in _KEYS.items():
        reference = sa.Column("reference", sa.String(collation="C"), server_default=sa.text("''"), nullable=False)
        op.add_column(table, reference)
        op.execute(
            f"ALTER TABLE {table} DROP CONSTRAINT pk_{table}, ADD CONSTRAINT pk_{table} PRIMARY KEY ({', '.join(key)})"
        )


def _made_anew(table: str, rest: dict[str, str]) -> None:
    """Copy a table that is kept in the order of its key, which SQLite cannot change in place.

    The columns of the key come first: where one stands behind others, SQLite before 3.41 takes a sound table for one
    that has "NULL value in reading.value" in `PRAGMA integrity_check`.
    """
    key, names = ", ".join(_KEYS[table]), ", ".join(_KEY | rest)
    definitions = ", ".join(f"{name} {kind}" for name, kind in (_KEY | _REFERENCE | rest).items())
    op.execute(f"CREATE TABLE {table}_anew ({definitions}, CONSTRAINT pk_{table} PRIMARY KEY ({key})) WITHOUT ROWID")
    op.execute(f"INSERT INTO {table}_anew ({names}) SELECT {names} FROM {table}")  # noqa: S608 - names of our own
    op.execute(f"DROP TABLE {table}")
    op.execute(f"ALTER TABLE {table}_anew RENAME TO {table}")


def _index(name: str, where: str) -> None:
    op.create_index(name, "reading", ["meter_id", "at"], sqlite_where=sa.text(where))
