"""Files of readings that were moved out of the database."""

from sqlalchemy import BigInteger, Column, Integer, String, Table

from app.models.base import metadata

archive_file_table = Table(
    "archive_file",
    metadata,
    Column("organization_id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", String, nullable=False),
    Column("year", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("pages", Integer, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("archived_at", BigInteger, nullable=False),
)
"""A Parquet file with the contents of an organization's pages that end in one calendar year (UTC).

`name` is its path below the archive's directory; pages, rows, first_at and last_at (UTC ms) are those it was written
with. A page whose content is in it has its number in `reading_page.archive`.
"""
