"""Moving the readings of years that are long over to the archive, where the operator wants it."""

from datetime import UTC, datetime

from app.store.engine.database import Database
from app.store.upkeep.archiving import archive_before


def archive_old(database: Database, *, after_years: int | None) -> int:
    """Archive what ends in calendar years (UTC) that have been over for so many years; return how many readings.

    In 2026, after 2 years, those of 2023 and before. Nothing is archived when it is None.
    """
    if after_years is None:
        return 0
    return sum(each.rows for each in archive_before(database, datetime.now(UTC).year - after_years))
