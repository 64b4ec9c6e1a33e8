"""Readings, arrivals not yet entered among them, superseded revisions, batches, and the marks that tell the roller.

Instants are UTC milliseconds, values micro-units of the meter's unit. A batch's number begins with the instant it was
stored: number >> 20 is milliseconds since the epoch, so a reading knows when it was stored without a join.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlmodel import Field, SQLModel

from app.models.base import NOBODY, OF_ORGANIZATION, BigId, metadata


class Batch(SQLModel, table=True):
    """One body, withdrawal or acceptance that changed readings, and whose key brought it.

    `meters` lists the ids of those it touched, where that is known; `announced` once it was told of as an event.
    """

    __tablename__ = "batch"
    __mapper_args__ = OF_ORGANIZATION
    __table_args__ = (
        Index("ix_batch_unannounced", "id", sqlite_where=text("NOT announced"), postgresql_where=text("NOT announced")),
    )

    id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    organization_id: int
    key_code: str | None
    reason: str | None
    received: int
    inserted: int
    replaced: int
    duplicate: int
    suspect: int
    rejected: int
    meters: list[int] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))
    announced: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class Exchange(SQLModel, table=True):
    """A register's instrument swapped at an instant: the old one's last and the new one's first value, micro-units.

    `batch_id` tells when it was stored and by whom; a withdrawn one stays, with the batch that withdrew it.
    """

    __tablename__ = "exchange"
    __mapper_args__ = OF_ORGANIZATION
    __table_args__ = (
        Index(
            "uq_exchange_standing",
            "meter_id",
            "at",
            unique=True,
            sqlite_where=text("withdrawn_by IS NULL"),
            postgresql_where=text("withdrawn_by IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(sa_column_kwargs={"server_default": NOBODY})
    meter_id: int
    at: int = Field(sa_type=BigInteger)
    final_value: int = Field(sa_type=BigInteger)
    first_value: int = Field(sa_type=BigInteger)
    reason: str
    batch_id: int = Field(sa_type=BigInteger)
    withdrawn_by: int | None = Field(default=None, sa_type=BigInteger)


_REFERENCE = String().with_variant(String(collation="C"), "postgresql")
"""Compared by its bytes, so that both databases list references alike."""

reading_table = Table(
    "reading",
    metadata,
    Column("meter_id", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("value", BigInteger, nullable=False),
    Column("batch_id", BigInteger, nullable=False),
    Column("quality", SmallInteger, nullable=False),
    Column("revision", SmallInteger, nullable=False),
    Column("start_at", BigInteger, nullable=True),
    Column("reference", _REFERENCE, nullable=False, server_default=text("''")),
    PrimaryKeyConstraint("meter_id", "at", "reference"),
    sqlite_with_rowid=False,
)
"""Readings as earlier releases kept them, a row an identity (meter, at, reference), until they are moved into pages."""

Index(
    "ix_reading_own_start",
    reading_table.c.meter_id,
    reading_table.c.at,
    sqlite_where=text("start_at IS NOT NULL"),
    postgresql_where=text("start_at IS NOT NULL"),
)

Index(
    "ix_reading_suspect",
    reading_table.c.meter_id,
    reading_table.c.at,
    sqlite_where=text("quality >= 16 AND quality < 24"),
    postgresql_where=text("quality >= 16 AND quality < 24"),
)
"""Suspect readings, few of many: those stored with standing 2."""

revision_table = Table(
    "revision",
    metadata,
    Column("meter_id", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("revision", SmallInteger, nullable=False),
    Column("value", BigInteger, nullable=False),
    Column("batch_id", BigInteger, nullable=False),
    Column("quality", SmallInteger, nullable=False),
    Column("start_at", BigInteger, nullable=True),
    Column("superseded_by", BigInteger, nullable=False),
    Column("reference", _REFERENCE, nullable=False, server_default=text("''")),
    Column("organization_id", Integer, nullable=False, server_default=NOBODY),
    PrimaryKeyConstraint("meter_id", "at", "reference", "revision"),
    sqlite_with_rowid=False,
)
"""What was believed before: the row as it stood, and the batch that superseded it."""

mark_table = Table(
    "mark",
    metadata,
    Column("meter_id", Integer, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("organization_id", Integer, nullable=False, server_default=NOBODY),
    Column("marked_at", BigInteger, nullable=True),
)
"""An append-only log without a key: [first_at, last_at] of this meter was touched and awaits the roller.

`marked_at` says since when, UTC ms; null where a program marked it that did not say so yet.
"""

usual_amount_table = Table(
    "usual_amount",
    metadata,
    Column("meter_id", Integer, primary_key=True, autoincrement=False),
    Column("lacking", Integer, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("highest", String, nullable=False),
    Column("far", String, nullable=False),
    Column("organization_id", Integer, nullable=False, server_default=NOBODY),
)
"""What a meter usually says (see `app.core.inventory.usual`): the highest amounts, and the latest far outside, as JSON
lists."""

arrival_table = Table(
    "arrival",
    metadata,
    Column("organization_id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("rows", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""What one transaction took in, packed, in parts if it is much, until it is folded into pages.

An identity is new in one arrival at most: a transaction appends as new only what it knows to stand nowhere.
"""

arrival_set_aside_table = Table(
    "arrival_set_aside",
    metadata,
    Column("organization_id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("rows", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("reason", Text, nullable=False),
    Column("set_aside_at", BigInteger, nullable=False),
)
"""Arrivals that could not be entered, whole as they were, with the reason and the instant (UTC ms)."""

entered_table = Table(
    "entered",
    metadata,
    Column("organization_id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("part", Integer, nullable=False),
)
"""The last arrival of an organization whose batches, revisions and rollups are written; those behind it wait."""

reading_page_table = Table(
    "reading_page",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("organization_id", Integer, nullable=False),
    Column("meter_id", Integer, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("own_starts", Integer, nullable=False),
    Column("suspects", Integer, nullable=False),
    Column("first_batch", BigInteger, nullable=False),
    Column("last_batch", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("archive", Integer, nullable=True),
    UniqueConstraint("organization_id", "meter_id", "first_at", name="uq_reading_page"),
    sqlite_autoincrement=True,
)
"""Readings of one meter stamped in [first_at, last_at], which no other page of the meter reaches into.

A page never changes: what takes its place has an id of its own. `own_starts` and `suspects` count such readings,
first_batch and last_batch are the lowest and the highest number of a batch in it; see
`app.core.readings.reading_pages`.
Where `archive` numbers one of the organization's archive files, the content is there, and here are no bytes.
"""

Index(
    "ix_reading_page_own_starts",
    reading_page_table.c.organization_id,
    reading_page_table.c.meter_id,
    sqlite_where=text("own_starts > 0"),
    postgresql_where=text("own_starts > 0"),
)

Index(
    "ix_reading_page_suspects",
    reading_page_table.c.organization_id,
    reading_page_table.c.meter_id,
    sqlite_where=text("suspects > 0"),
    postgresql_where=text("suspects > 0"),
)

Index(
    "ix_reading_page_archive",
    reading_page_table.c.organization_id,
    reading_page_table.c.archive,
    sqlite_where=text("archive IS NOT NULL"),
    postgresql_where=text("archive IS NOT NULL"),
)

readings_head_table = Table(
    "readings_head",
    metadata,
    Column("organization_id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
)
"""Grows by one with each transaction that writes readings of the organization, and lets one of them pass at a time.

It outlives the organization: an id that is given again goes on counting. The one of nobody (0) counts processes.
"""
