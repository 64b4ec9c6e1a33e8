"""The jobs that watch over meters, months and factors, and those that tidy up."""

import sqlite3
import time
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import text

from app.core.calendar.periods import day_of, ms_from_instant
from app.core.events import EventKind, Position
from app.core.readings.batches import BatchNumbers
from app.jobs.backup import back_up
from app.jobs.findings import tell_findings
from app.jobs.limits import watch_limits_at
from app.jobs.month_close import close_months
from app.jobs.retention import forget_old
from app.jobs.stale_factors import tell_stale_factors
from app.models import PermitLimit
from app.rollup.rolling.roller import roll_pending
from app.store.arrivals.entered import enter_arrived
from app.store.engine.database import Database
from app.store.outbox.events import events_after
from app.store.reporting.findings import close_month
from tests.support.client_programs import client_programs
from tests.support.databases import postgresql_database, postgresql_url, site, sqlite_database
from tests.support.event_log import tell
from tests.support.site import Site, row, stored
from tests.support.told import end_of, told

__all__ = ["client_programs", "postgresql_database", "postgresql_url", "site", "sqlite_database"]
DAY_MS = 86_400_000


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def before(**ago: float) -> str:
    """Return a quarter of an hour that long ago, as a timestamp."""
    then = datetime.now(UTC) - timedelta(**ago)
    return then.replace(minute=then.minute // 15 * 15, second=0, microsecond=0).isoformat()


def test_a_new_gap_and_a_silent_meter_are_told_of_once(site: Site) -> None:
    meter = site.meter()
    start = end_of(site)
    site.post([row(meter, before(hours=hours), 1) for hours in (9, 7)], now_ms=now_ms())
    roll_pending(site.database)
    tell_findings(site.database)
    tell_findings(site.database)

    (event,) = told(site, start, EventKind.ISSUES_FOUND)
    assert event.payload["count"] == 2
    assert [(each["kind"], each["meter"]) for each in event.payload["issues"]] == [
        ("gap", meter.code),
        ("silent", meter.code),
    ]
    assert event.resources == ("electricity.grid",)


def test_a_meter_that_falls_silent_again_is_told_of_again(site: Site) -> None:
    meter = site.meter()
    site.post([row(meter, before(hours=9), 1)], now_ms=now_ms())
    roll_pending(site.database)
    tell_findings(site.database)
    start = end_of(site)
    site.post([row(meter, before(hours=5), 1)], now_ms=now_ms())
    roll_pending(site.database)
    tell_findings(site.database)

    (event,) = told(site, start, EventKind.ISSUES_FOUND)
    assert [each["kind"] for each in event.payload["issues"]] == ["gap", "silent"]


def test_months_are_closed_once_and_none_is_left_out(site: Site) -> None:
    whole, part = site.meter(interval="P1M"), site.meter(interval="P1D")
    site.meter("event")
    site.post([row(whole, "2025-03-01T00:00:00+08:00", 1), row(part, "2025-03-05T00:00:00+08:00", 1)])
    roll_pending(site.database)
    with site.database.write() as session:
        close_month(session, site.organization_id, day_of(datetime(2025, 1, 1, tzinfo=UTC).date()), now_ms=0)
    start = end_of(site)
    at = ms_from_instant(datetime(2025, 4, 2, 15, 59, tzinfo=UTC))  # 23:59 of the second day in Shanghai
    close_months(site.database, at_ms=at)
    before_the_end = [event.payload["month"] for event in told(site, start, EventKind.MONTH_CLOSED)]
    close_months(site.database, at_ms=at + 60_000)
    close_months(site.database, at_ms=at + 60_000)

    february, march = (event.payload for event in told(site, start, EventKind.MONTH_CLOSED))
    assert before_the_end == ["2025-02"]
    assert (february["month"], february["meters"], february["complete"]) == ("2025-02", 2, 0)
    assert march == {"month": "2025-03", "meters": 2, "complete": 1, "incomplete": [part.code]}


def test_factors_in_use_past_their_time_are_told_of(site: Site) -> None:
    meter = site.meter()
    year = datetime.now(UTC).year
    site.post([row(meter, f"{year}-01-05T00:00:00+08:00", 1)], now_ms=now_ms())
    roll_pending(site.database)
    start = end_of(site)
    tell_stale_factors(site.database)

    events = told(site, start, EventKind.FACTORS_STALE)
    for event in events:
        assert event.payload["year"] == year
        assert all(each["years"] >= 2 for each in event.payload["factors"])
    assert len(events) == 1


def test_an_exceeded_limit_is_told_of_once(site: Site) -> None:
    gauge = site.meter("gauge", interval="PT15M")
    with site.database.write() as session:
        session.add(
            PermitLimit(
                organization_id=site.organization_id,
                code="so2",
                meter_id=gauge.id,
                value=Decimal(400),
                unit="mg/m3",
                averaging_period="hour",
                moisture=None,
                temperature_c=None,
                pressure_kpa=None,
                oxygen_percent=None,
                valid_from=date(2020, 1, 1),
                valid_to=None,
                source=None,
                created_at=0,
            )
        )
    start = end_of(site)
    minutes = ("00", "15", "30", "45")
    site.post([row(gauge, f"2022-03-01T08:{minute}:00+08:00", "500.5") for minute in minutes])
    roll_pending(site.database)
    noon = ms_from_instant(datetime(2022, 3, 1, 4, tzinfo=UTC))
    watch_limits_at(site.database, now_ms=noon)
    watch_limits_at(site.database, now_ms=noon)

    (event,) = told(site, start, EventKind.LIMITS_EXCEEDED)
    assert event.payload == {
        "limit": "so2",
        "meter": gauge.code,
        "start": "2022-03-01T00:00:00Z",
        "end": "2022-03-01T01:00:00Z",
        "worst": "500.5",
        "unit": "mg/m3",
    }
    assert event.resources == ("air.so2.concentration",)


def test_old_events_runs_and_idle_batches_are_forgotten_and_lineage_stays(site: Site) -> None:
    meter = site.meter()
    old = now_ms() - 40 * DAY_MS
    site.database.batches = BatchNumbers()  # a process of that time: numbers never go back behind later ones
    useful = site.post([row(meter, "2025-03-01T00:00:00Z", 1)], now_ms=old)
    repeated = site.post([row(meter, "2025-03-01T00:00:00Z", 1)], now_ms=old + 1)
    recent = site.post([row(meter, "2025-03-01T00:00:00Z", 1)], now_ms=now_ms())
    for number, at_ms in enumerate((old, old + 1, now_ms() - 2 * DAY_MS, now_ms())):
        tell(site.database, site.organization_id, number, at_ms=at_ms)
    enter_arrived(site.database)
    with site.database.write() as session:
        session.connection().execute(text("UPDATE batch SET announced = true"))
    forget_old(site.database, event_days=3)
    with site.database.read() as session:
        kept = {f"b{batch:016x}" for batch in session.scalars(text("SELECT id FROM batch"))}
        events = events_after(session, Position(0, 0), organization_id=site.organization_id)

    assert {useful.batch, recent.batch} <= kept
    assert repeated.batch not in kept
    assert [event.payload["number"] for event in events if "number" in event.payload][-2:] == [2, 3]
    assert 0 not in [event.payload.get("number") for event in events]


def test_a_backup_holds_what_was_committed_and_a_fortnight_of_them_is_kept(
    site: Site, tmp_path: Path, client_programs: Path
) -> None:
    folder = tmp_path / "backups"
    if not site.database.is_sqlite:
        assert back_up(site.database, directory=folder) == 1
        assert [path.suffix for path in folder.iterdir()] == [".dump"]  # tests/backup restores one
        return
    meter = site.meter()
    site.post([row(meter, "2025-03-01T00:00:00Z", 1)])
    folder.mkdir()
    for day in range(1, 16):
        (folder / f"esg-202001{day:02}T000000Z.db").touch()
    assert back_up(site.database, directory=folder) == 1
    names = sorted(path.name for path in folder.iterdir())

    assert len(names) == 14
    assert names[0] == "esg-20200103T000000Z.db"
    with closing(sqlite3.connect(folder / names[-1])) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    opened = Database(f"sqlite:///{folder / names[-1]}")
    assert [each[1] for each in stored(opened, meter)] == [1_000_000]
    opened.close()


def test_nothing_is_backed_up_without_a_place_for_it(site: Site) -> None:
    assert back_up(site.database, directory=None) == 0
