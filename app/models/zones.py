"""Which edition of the zone rules the stored buckets were made by, and what it said of each zone."""

from sqlalchemy import Column, Integer, String, Table, Text

from app.models.base import metadata

zone_edition_table = Table(
    "zone_edition",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("edition", String, nullable=False),
)
"""One row: the edition by which local days are told. A process with an older one writes no buckets."""

zone_rules_table = Table(
    "zone_rules",
    metadata,
    Column("zone", String, primary_key=True),
    Column("offsets", Text, nullable=False),
)
"""The changes of a zone's offset by that edition, as JSON: [[UTC ms, seconds], ...].

Kept, since the edition itself is gone once its package has been upgraded.
"""
