"""Loading the example companies as a caller would: definitions through the API's schemas, readings through ingest."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.core.calendar.periods import Grain, date_of, day_of, zone_named
from app.demo.printed_tables import ensure_printed
from app.demo.readings import CSV, ExampleReading, csv_body, year_readings
from app.demo.seed import SEED_NAMES, Seed, SeedMeter, load_seed
from app.demo.structure import ensure_datapoints, ensure_structure
from app.ingest.writing.intake import IngestOptions, ingest_readings
from app.rollup.rolling.roller import roll_pending
from app.store.directory.directory import load_directory
from app.store.engine.database import Database
from app.store.rollups.rollups import buckets

_BODY_LIMIT_BYTES = 64 * 1024 * 1024


class DemoRefused(RuntimeError):
    """The example data did not go in as it should: a reading of it was rejected."""


@dataclass(frozen=True, slots=True)
class DemoOutcome:
    """Readings stored by this call, and those found stored before."""

    inserted: int
    present: int


@dataclass(frozen=True, slots=True)
class _Portion:
    """One meter's readings of one year, still to be loaded."""

    organization_id: int
    meter: SeedMeter
    year: int
    readings: list[ExampleReading]


def load_demo(
    database: Database, *, seeds: Sequence[Seed] | None = None, console: Console | None = None
) -> DemoOutcome:
    """Store the example companies and roll them up; a second call finds everything present and stores nothing.

    A year that a meter already holds in full is skipped, so that corrections made to the example stay.
    Raises DemoRefused when a reading is rejected.
    """
    seeds = [load_seed(name) for name in SEED_NAMES] if seeds is None else seeds
    years = [(seed, meter, year) for seed in seeds for meter in seed.meters for year in meter.totals]
    inserted = present = 0
    with database.write() as session:
        ids = {seed.code: ensure_structure(session, seed, now_ms=_now_ms()) for seed in seeds}
        for seed in seeds:
            ensure_datapoints(session, seed, now_ms=_now_ms())
            ensure_printed(session, ids[seed.code], seed.code, now_ms=_now_ms())
    stored = {seed.code: _stored_counts(database, ids[seed.code]) for seed in seeds}
    with _progress(console) as progress:
        task = progress.add_task("Example readings", total=len(years))
        for seed, meter, year in years:
            readings = year_readings(meter, year, zone_named(seed.timezone_of(meter)))
            if stored[seed.code].get((meter.code, year), 0) < len(readings):
                inserted += _ingest(database, _Portion(ids[seed.code], meter, year, readings))
            else:
                present += len(readings)
            progress.advance(task)
        task = progress.add_task("Days, months and years", total=1)
        roll_pending(database)
        progress.advance(task)
    return DemoOutcome(inserted=inserted, present=present)


def _ingest(database: Database, portion: _Portion) -> int:
    outcome = ingest_readings(
        database,
        organization_id=portion.organization_id,
        key_code=None,
        body=csv_body(portion.meter.code, portion.readings),
        content_type=CSV,
        content_encoding=None,
        limit_bytes=_BODY_LIMIT_BYTES,
        options=IngestOptions(reason="example data"),
        now_ms=_now_ms(),
    )
    if outcome.rejected:
        raise DemoRefused(f"{portion.meter.code} {portion.year}: {outcome.problems[0]}")
    return outcome.inserted


def _stored_counts(database: Database, organization_id: int) -> dict[tuple[str, int], int]:
    """Return how many readings the rollups hold of each meter and calendar year."""
    with database.read() as session:
        meters = load_directory(session, organization_id, 0).by_id
        days = {"first_day": 0, "end_day": day_of(date.max)}
        found = buckets(session, organization_id, meter_ids=list(meters), grain=Grain.YEAR, **days)
    return {(meters[bucket.meter_id].code, date_of(bucket.start_day).year): bucket.count for bucket in found}


def _progress(console: Console | None) -> Progress:
    return Progress(
        TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
