"""The audit log: what was changed, by whom and how, each entry tied to the one before; rows are only inserted."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from app.models.base import metadata

audit_entry_table = Table(
    "audit_entry",
    metadata,
    Column("organization_id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String, nullable=False),
    Column("name", String),
    Column("operation", String),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("request_id", String),
    Column("address", String),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_audit_entry_subject", "organization_id", "kind", "subject", "number"),
)
"""One change of one thing. `number` counts from 1 in each organization, `at` is UTC ms; `before` and `after` are
canonical JSON of what was changed, null where there was nothing. Entries of organization 0 are those of the service as
a whole. They outlive an organization that is deleted.
"""

audit_head_table = Table(
    "audit_head",
    metadata,
    Column("organization_id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)
"""The last entry of each organization; who appends one holds its row until the commit."""
