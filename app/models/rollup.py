"""Stored day, month and year buckets of each meter."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, SmallInteger, Table, text

from app.models.base import NOBODY, BigId, metadata

rollup_table = Table(
    "rollup",
    metadata,
    Column("meter_id", Integer, primary_key=True, autoincrement=False),
    Column("grain", SmallInteger, primary_key=True, autoincrement=False),
    Column("start_day", Integer, primary_key=True, autoincrement=False),
    Column("quantity", BigInteger, nullable=True),
    Column("count", Integer, nullable=False),
    Column("covered_s", Integer, nullable=False),
    Column("gross", BigInteger, nullable=True),
    Column("gross_estimated", BigInteger, nullable=True),
    Column("gross_manual", BigInteger, nullable=True),
    Column("count_estimated", Integer, nullable=False),
    Column("count_manual", Integer, nullable=False),
    Column("minimum", BigInteger, nullable=True),
    Column("maximum", BigInteger, nullable=True),
    Column("last", BigInteger, nullable=True),
    Column("weight", BigInteger, nullable=False),
    Column("area_high", BigInteger, nullable=False),
    Column("area_low", BigInteger, nullable=False),
    Column("flags", Integer, nullable=False),
    Column("organization_id", Integer, nullable=False, server_default=NOBODY),
    sqlite_with_rowid=False,
)
"""quantity, gross (sum of absolute contributions), minimum, maximum and last are micro-units of the meter's unit.

quantity and the gross columns are null where the sum would pass 2^63, and for levels. A level's mean is
(area_high * 2^32 + area_low) / weight; weight is seconds for a gauge, the number of counts for a stock.
covered_s is seconds that segments cover, flags a set of rollup flags; start_day is the bucket's first local day.
"""

rollup_addition_table = Table(
    "rollup_addition",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("organization_id", Integer, nullable=False, index=True),
    Column("days", Integer, nullable=False),
    Column("meters", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
"""What is added to day buckets of an organization's meters, packed, until their rows hold it: see
`app.core.readings.added_days`.

A bucket is what its row and all additions say together. Ids are never given twice; `days` counts days of meters.
"""

dirty_span_table = Table(
    "dirty_span",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("meter_id", Integer, nullable=False, index=True),
    Column("first_day", Integer, nullable=False),
    Column("end_day", Integer, nullable=False),
    Column("organization_id", Integer, nullable=False, server_default=NOBODY),
    sqlite_autoincrement=True,
)
"""Local days [first, end) of a meter that are still to be made anew: more than fitted into the roller's transaction.

Ids are never given twice: a span that is still there tells that nobody has worked off any of its meter's meanwhile.
"""

Index(
    "ix_rollup_flagged",
    rollup_table.c.meter_id,
    rollup_table.c.start_day,
    sqlite_where=text("grain = 1 AND flags <> 0"),
    postgresql_where=text("grain = 1 AND flags <> 0"),
)
"""Days on which something happened that somebody may have to mend."""

damaged_meter_table = Table(
    "damaged_meter",
    metadata,
    Column("organization_id", Integer, primary_key=True, autoincrement=False),
    Column("meter_id", Integer, primary_key=True, autoincrement=False),
    Column("page_id", BigInteger, nullable=False),
)
"""Meters whose rollups wait beside a damaged page of readings, with that page."""
