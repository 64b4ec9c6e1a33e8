"""Meters with readings of past years, in pages, and what is stored of pages behind the service."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from app.core.inventory.meters import MeterSpec
from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from app.store.pages.archived_pages import database_archive
from app.store.pages.page_cache import cache_of
from app.store.upkeep.archiving import Archived, archive_before
from tests.support.folded import fold_everything
from tests.support.site import Site, later_ms, row

ROWS = 3_072
"""Two full pages of quarter hours: 32 days."""

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def stamp(first: str, number: int) -> str:
    """Return the instant of a quarter of an hour, counted from the first."""
    return (datetime.fromisoformat(first) + timedelta(minutes=15 * number)).isoformat()


def fill(site: Site, meter: MeterSpec, first: str, rows: int = ROWS, value: int = 1) -> None:
    """Store quarter hours of a meter, of 1 kWh, 2 kWh, ... over again up to seven times the value, and fold them."""
    site.post([row(meter, stamp(first, n), value * (1 + n % 7)) for n in range(rows)], now_ms=later_ms())
    roll_pending(site.database)
    fold_everything(site.database)


def archive(database: Database, before: int, organization: str | None = None) -> list[Archived]:
    """Archive what ends before a year, as of 2026."""
    return list(archive_before(database, before, organization=organization, now=NOW))


def kept(database: Database, meter: MeterSpec) -> list[tuple[int, int | None]]:
    """Return of each page of a meter, in order of time, how many bytes of it are here and which file has it."""
    statement = text("SELECT length(content), archive FROM reading_page WHERE meter_id = :meter ORDER BY first_at")
    with database.read() as session:
        return [(row[0], row[1]) for row in session.connection().execute(statement, {"meter": meter.id})]


def files(directory: Path) -> list[Path]:
    """Return every file of an archive, unfinished ones too, in order of name."""
    return sorted(path for path in directory.rglob("*") if path.is_file())


def flip(path: Path, place: int) -> None:
    """Flip a bit of a file."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def forget(database: Database) -> None:
    """Have the process forget which pages and files it has read."""
    cache = cache_of(database.engine)
    cache._pages.clear()
    cache._rows = 0
    database_archive(database).forget()
