"""One edition of the zone rules decides local days: on every machine, and in every bucket after it has changed."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from app.core.calendar.periods import zone_named
from app.core.calendar.zone_rules import EDITION, different_spans, offsets_of, written_span
from app.core.inventory.meters import MeterSpec
from app.rollup.rolling.roller import rebuild, roll_pending
from app.store.arrivals.entered import enter_arrived
from app.store.engine.database import Database
from app.store.upkeep.migrate import migrate
from app.store.upkeep.zone_rules import OlderZoneRules, adopt_zone_rules, edition_in_force, lock_zone_rules
from tests.support.gates import Gate, Racer
from tests.support.site import Site, new_site, quantities, rollups, row
from tests.support.zone_editions import EARLIER, program_of_the_earlier_edition, write_earlier_edition

HALF_HOUR = {"interval": "PT30M", "edge": "interval_start"}
NEW_YEAR = "2020-12-31T21:30:00Z"
"""00:30 on 1 January in Istanbul at UTC+3, 23:30 on 31 December at Athens' UTC+2."""

WINTER, SUMMER = "2021-01-05T21:30:00Z", "2021-07-05T21:30:00Z"
DECEMBER_31, JANUARY_1, JANUARY_5, JANUARY_6, JULY_6 = 18_627, 18_628, 18_632, 18_633, 18_814
YEAR_2020, YEAR_2021 = 18_262, 18_628
ONE, SEVEN, TEN, TWENTY = 1_000_000, 7_000_000, 10_000_000, 20_000_000


@pytest.fixture
def earlier(database_url: str, tmp_path: Path) -> Iterator[tuple[Site, MeterSpec, MeterSpec]]:
    """A site in Istanbul and Shanghai whose buckets a program of the earlier edition has made."""
    database = Database(database_url)
    with program_of_the_earlier_edition(tmp_path / "earlier"):
        migrate(database, zone_rules_back=True)
        site = new_site(database)
        istanbul, shanghai = site.meter(zone="Europe/Istanbul", **HALF_HOUR), site.meter(**HALF_HOUR)
        site.post(row(istanbul, at, value) for at, value in ((NEW_YEAR, 1), (WINTER, 10), (SUMMER, 20)))
        site.post([row(shanghai, WINTER, 7)])
        roll_pending(database)
        assert quantities(database, istanbul, 1) == {DECEMBER_31: ONE, JANUARY_5: TEN, JULY_6: TWENTY}
        assert quantities(database, istanbul, 3) == {YEAR_2020: ONE, YEAR_2021: TEN + TWENTY}
    database.close()
    opened = Database(database_url)
    yield Site(opened, site.organization_id), istanbul, shanghai
    opened.close()


def marks(database: Database) -> list[tuple[int, int, int]]:
    with database.read() as session:
        statement = text("SELECT meter_id, first_at, last_at FROM mark ORDER BY meter_id, first_at")
        return [tuple(mark) for mark in session.connection().execute(statement)]


def test_the_packaged_rules_decide_whatever_the_machine_keeps(tmp_path: Path) -> None:
    program = (
        "from zoneinfo import ZoneInfo; from app.core.calendar.periods import day_start_ms, zone_named;"
        "print(day_start_ms(ZoneInfo('Europe/Istanbul'), 18628), day_start_ms(zone_named('Europe/Istanbul'), 18628))"
    )
    machine = {"PYTHONTZPATH": str(write_earlier_edition(tmp_path)), "PATH": "/usr/bin"}
    run = subprocess.run([sys.executable, "-c", program], env=machine, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["1609452000000", "1609448400000"]  # 22:00Z by the machine, 21:00Z by the package


@pytest.mark.parametrize(
    ("zone", "day", "starts"),
    [
        ("America/Vancouver", 20_788, "2026-12-01T07:00"),
        ("America/Winnipeg", 20_788, "2026-12-01T05:00"),
        ("Africa/Casablanca", 20_788, "2026-12-01T00:00"),
        ("Europe/Berlin", 20_788, "2026-11-30T23:00"),
    ],
)
def test_days_begin_by_the_edition_2026f(zone: str, day: int, starts: str) -> None:
    """IANA tz 2026f: British Columbia and Manitoba stay on summer time, Morocco returns to UTC."""
    offsets = offsets_of(zone_named(zone))
    day_ms = day * 86_400_000
    offset = next(offset for ms, offset in reversed(offsets) if ms <= day_ms)
    assert written_span(day_ms - offset * 1000, day_ms).startswith(starts)


def test_editions_differ_where_a_zone_has_another_offset() -> None:
    athens, istanbul = offsets_of(zone_named("Europe/Athens")), offsets_of(zone_named("Europe/Istanbul"))
    spans = [written_span(*span) for span in different_spans(athens, istanbul)]
    assert "2020-10-25T01:00Z to 2021-03-28T01:00Z" in spans
    assert list(different_spans(istanbul, istanbul)) == []


def test_a_new_edition_makes_the_days_it_moves_anew_and_no_others(
    earlier: tuple[Site, MeterSpec, MeterSpec],
) -> None:
    site, istanbul, shanghai = earlier
    before = rollups(site.database, shanghai)
    changes = migrate(site.database)
    assert {(change.zone, change.meters) for change in changes} == {("Europe/Istanbul", 1)}
    assert {meter for meter, _, _ in marks(site.database)} == {istanbul.id}
    roll_pending(site.database)
    assert quantities(site.database, istanbul, 1) == {JANUARY_1: ONE, JANUARY_6: TEN, JULY_6: TWENTY}
    assert quantities(site.database, istanbul, 3) == {YEAR_2021: ONE + TEN + TWENTY}
    assert rollups(site.database, shanghai) == before
    made = rollups(site.database, istanbul)
    rebuild(site.database, [istanbul.id])
    assert rollups(site.database, istanbul) == made
    assert migrate(site.database) == []


def test_a_reading_between_the_editions_mixes_nothing(earlier: tuple[Site, MeterSpec, MeterSpec]) -> None:
    site, istanbul, _ = earlier
    migrate(site.database)
    site.post([row(istanbul, "2021-01-05T20:30:00Z", 7)])
    roll_pending(site.database)
    assert quantities(site.database, istanbul, 1) == {JANUARY_1: ONE, JANUARY_5: SEVEN, JANUARY_6: TEN, JULY_6: TWENTY}
    assert quantities(site.database, istanbul, 3) == {YEAR_2021: ONE + SEVEN + TEN + TWENTY}


def test_an_older_program_takes_readings_and_writes_no_buckets(
    earlier: tuple[Site, MeterSpec, MeterSpec], tmp_path: Path
) -> None:
    site, istanbul, _ = earlier
    migrate(site.database)
    roll_pending(site.database)
    made = rollups(site.database, istanbul)
    with program_of_the_earlier_edition(tmp_path / "again"):
        assert migrate(site.database) == []
        assert site.post([row(istanbul, "2021-01-05T20:30:00Z", 7)]).inserted == 1
        with pytest.raises(OlderZoneRules, match=f"{EDITION}; this program has {EARLIER}"):
            roll_pending(site.database)
        enter_arrived(site.database)
        with pytest.raises(OlderZoneRules):
            roll_pending(site.database)
        assert rollups(site.database, istanbul) == made
    roll_pending(site.database)
    assert quantities(site.database, istanbul, 1)[JANUARY_5] == SEVEN


def test_going_back_is_asked_for(earlier: tuple[Site, MeterSpec, MeterSpec], tmp_path: Path) -> None:
    site, istanbul, _ = earlier
    migrate(site.database)
    roll_pending(site.database)
    with program_of_the_earlier_edition(tmp_path / "again"):
        assert migrate(site.database, zone_rules_back=True) != []
        database = Database(site.database.url.render_as_string(hide_password=False))
        roll_pending(database)
        assert quantities(database, istanbul, 1) == {DECEMBER_31: ONE, JANUARY_5: TEN, JULY_6: TWENTY}
        database.close()


def test_a_database_that_tells_no_edition_is_held_against_the_machines_files(
    earlier: tuple[Site, MeterSpec, MeterSpec], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, istanbul, _ = earlier
    with site.database.write() as session:
        for table in ("zone_edition", "zone_rules"):
            session.connection().execute(text(f"DELETE FROM {table}"))
    folder = write_earlier_edition(tmp_path / "machine")
    monkeypatch.setattr("app.store.upkeep.zone_rules.ZoneInfo", lambda name: _read(folder, name))
    assert {change.zone for change in migrate(site.database)} == {"Europe/Istanbul"}
    roll_pending(site.database)
    assert quantities(site.database, istanbul, 1) == {JANUARY_1: ONE, JANUARY_6: TEN, JULY_6: TWENTY}


def _read(folder: Path, name: str) -> ZoneInfo:
    with (folder / name).open("rb") as rules:
        return ZoneInfo.from_file(rules, key=name)


def test_an_edition_is_not_adopted_under_a_roller_that_has_begun(shut: Gate, own: Site) -> None:
    """The adoption waits for whoever writes buckets; then its marks come after them, and they are made anew."""
    shut.at_commit_of("rollup_addition")
    meter = own.meter(zone="Europe/Istanbul", **HALF_HOUR)
    own.post([row(meter, WINTER, 10)])
    roller = Racer(lambda: roll_pending(shut.gated))
    shut.wait_until_waiting(1, roller)
    with own.database.write() as session:
        session.connection().execute(text("UPDATE zone_edition SET edition = '2016a'"))

    def adopt() -> int:
        with own.database.write() as session:
            adopt_zone_rules(session)
            return int(edition_in_force(session) == EDITION)

    adoption = Racer(adopt)
    shut.wait_until_waiting(2, roller, adoption)
    assert adoption.is_alive()
    shut.open()
    assert (roller.result(), adoption.result()) == (1, 1)


def test_two_rollers_may_meet_a_zone_for_the_first_time_at_once(shut: Gate, own: Site) -> None:
    with own.database.write() as session:
        session.connection().execute(text("DELETE FROM zone_rules WHERE zone = 'Asia/Kathmandu'"))

    def hold(database: Database) -> None:
        with database.write() as session:
            lock_zone_rules(session, [zone_named("Asia/Kathmandu")])

    shut.at_commit_of("zone_rules")
    first = Racer(lambda: hold(shut.gated))
    shut.wait_until_waiting(1, first)
    second = Racer(lambda: hold(own.database))
    shut.wait_until_blocked(first, second)
    shut.open()
    first.result()
    second.result()
    with own.database.read() as session:
        kept = text("SELECT offsets FROM zone_rules WHERE zone = 'Asia/Kathmandu'")
        assert session.connection().execute(kept).scalars().all() == ["[[0,19800],[504901800000,20700]]"]
