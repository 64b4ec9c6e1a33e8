"""What was told to others and in which order, and which years' figures are to be looked at again."""

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, String, Table

from app.models.base import BigId, metadata

event_table = Table(
    "event",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("transaction_id", BigInteger, nullable=False),
    Column("organization_id", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("plants", JSON(none_as_null=True), nullable=True),
    Column("resources", JSON(none_as_null=True), nullable=True),
    Column("payload", JSON, nullable=False),
    Index("ix_event_position", "transaction_id", "id"),
    Index("ix_event_organization", "organization_id", "transaction_id", "id"),
    sqlite_autoincrement=True,
)
"""The log of events, in order of (transaction_id, id); `at` is UTC ms, plants and resources lists of codes or null.

transaction_id is the writing transaction's on PostgreSQL and 0 on SQLite, where no number is ever used twice.
"""

figure_mark_table = Table(
    "figure_mark",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("organization_id", Integer, nullable=False),
    Column("year_start_day", Integer, nullable=False),
    sqlite_autoincrement=True,
)
"""The figures of the organization's reporting year that begins on this day may have changed."""

shown_figures_table = Table(
    "shown_figures",
    metadata,
    Column("organization_id", Integer, primary_key=True, autoincrement=False),
    Column("framework", String, primary_key=True),
    Column("period", String, primary_key=True),
    Column("displays", JSON, nullable=False),
)
"""The display values last told of a reporting period's figures, by figure; those without a value are left out."""

told_issue_table = Table(
    "told_issue",
    metadata,
    Column("meter_id", Integer, primary_key=True, autoincrement=False),
    Column("kind", String, primary_key=True),
    Column("start_at", BigInteger, primary_key=True, autoincrement=False),
    Column("organization_id", Integer, nullable=False, index=True),
)
"""Issues that were told of and still stand, so that each is told of once; start_at is UTC ms."""

closed_month_table = Table(
    "closed_month",
    metadata,
    Column("organization_id", Integer, primary_key=True, autoincrement=False),
    Column("first_day", Integer, primary_key=True, autoincrement=False),
    Column("closed_at", BigInteger, nullable=False),
)
"""Months (by their first local day) whose completeness was told of, and when (UTC ms)."""
