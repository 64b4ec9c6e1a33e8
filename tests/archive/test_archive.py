"""Readings of past years move to files, and every question about them is answered as before."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from sqlalchemy import text

from app.core.readings.columns import STANDING_STEP, Standing
from app.core.readings.versions import StoredColumns
from app.jobs.archive import archive_old
from app.rollup.rolling.roller import rebuild
from app.store.arrivals.entered import entered
from app.store.engine.database import Database
from app.store.pages.archive_files import facts_of, write_file
from app.store.pages.archived_pages import database_archive
from app.store.readings.history import believed_of
from app.store.readings.standing import EVER, readings_with_own_start, span_of_meter
from app.store.upkeep import archiving
from app.store.upkeep.archiving import ArchiveRefused, archive_before
from tests.support.archived import NOW, ROWS, archive, files, fill, forget, kept, stamp
from tests.support.elsewhere import another_process
from tests.support.flipping import flip_page, page_ids
from tests.support.folded import fold_everything
from tests.support.site import Site, counts, later_ms, new_site, rollups, row, standing, stored

MARCH_2019, MARCH_2020 = "2019-03-01T00:00:00+00:00", "2020-03-01T00:00:00+00:00"


@pytest.fixture
def site(database: Database) -> Site:
    return new_site(database)


def code_of(site: Site) -> str:
    with site.database.read() as session:
        statement = text("SELECT code FROM organization WHERE id = :id")
        return str(session.connection().execute(statement, {"id": site.organization_id}).scalar_one())


def test_the_readings_of_a_year_move_to_a_file_and_are_read_as_before(site: Site, directory: Path) -> None:
    meters = [site.meter(zone="UTC") for _ in range(2)]
    for meter in meters:
        fill(site, meter, MARCH_2019)
        fill(site, meter, MARCH_2020)
    before = [stored(site.database, meter) for meter in meters]
    totals = [rollups(site.database, meter) for meter in meters]

    archived = archive(site.database, 2020)

    assert [(each.organization, each.year, each.pages, each.rows) for each in archived] == [
        (code_of(site), 2019, 4, 4 * 1_536)
    ]
    (file,) = files(directory)
    facts = facts_of(file)
    assert file.relative_to(directory).as_posix() == archived[0].name
    assert file.name == f"2019-{facts.sha256[:16]}.parquet"
    assert archived[0].bytes == facts.bytes == file.stat().st_size
    for meter in meters:
        assert [number for _, number in kept(site.database, meter)] == [1, 1, None, None]
        assert [size > 0 for size, _ in kept(site.database, meter)] == [False, False, True, True]
    forget(site.database)
    assert [stored(site.database, meter) for meter in meters] == before
    assert before[1][:3] == [
        (1_551_398_400_000, 1_000_000, 1, None, 1),
        (1_551_399_300_000, 2_000_000, 1, None, 1),
        (1_551_400_200_000, 3_000_000, 1, None, 1),
    ]
    rebuild(site.database, [meter.id for meter in meters])
    assert [rollups(site.database, meter) for meter in meters] == totals
    assert archive(site.database, 2020) == []


def test_a_file_says_what_is_in_it_to_other_programs(site: Site, directory: Path) -> None:
    bills = site.meter(zone="UTC", code="bills", interval="P1M", edge="interval_end")
    waste = site.meter("event", zone="UTC", code="waste")
    stated = {"start": "2019-01-31T08:00:00Z", "quality": "estimated"}
    site.post([row(bills, "2019-02-01T08:00:00Z", "1.25", **stated)], now_ms=later_ms())
    site.post([row(waste, "2019-02-02T08:00:00Z", "2", reference="ticket 7")], now_ms=later_ms())
    site.post([row(waste, "2019-02-03T08:00:00Z", "3")], now_ms=later_ms())
    fold_everything(site.database)
    archive(site.database, 2020)
    (file,) = files(directory)
    table = pyarrow.parquet.read_table(file)
    columns = {name: table.column(name).to_pylist() for name in table.column_names}
    batches = columns.pop("batch")
    assert batches[0] < batches[1] < batches[2]
    assert columns == {
        "meter_id": [bills.id, waste.id, waste.id],
        "meter": ["bills", "waste", "waste"],
        "at": [datetime(2019, 2, day, 8, tzinfo=UTC) for day in (1, 2, 3)],
        "value_micro": [1_250_000, 2_000_000, 3_000_000],
        "quality": [2, 1, 1],
        "start": [datetime(2019, 1, 31, 8, tzinfo=UTC), None, None],
        "revision": [1, 1, 1],
        "reference": [None, "ticket 7", None],
    }
    about = f'{{"format": 1, "organization": "{code_of(site)}", "year": 2019}}'
    assert table.schema.metadata[b"esg-metrics"] == about.encode()


def test_each_year_and_each_organization_has_its_file(site: Site, directory: Path) -> None:
    other = new_site(site.database)
    mine, theirs = site.meter(zone="UTC"), other.meter(zone="UTC")
    for first in (MARCH_2019, MARCH_2020, "2023-03-01T00:00:00+00:00"):
        fill(site, mine, first, 96)
    fill(other, theirs, MARCH_2019, 96)
    assert [(each.organization, each.year) for each in archive(site.database, 2024, code_of(site))] == [
        (code_of(site), 2019),
        (code_of(site), 2020),
        (code_of(site), 2023),
    ]
    assert [number for _, number in kept(site.database, mine)] == [1, 2, 3]
    assert [number for _, number in kept(site.database, theirs)] == [None]
    assert [each.organization for each in archive(site.database, 2024)] == [code_of(other)]
    assert [number for _, number in kept(site.database, theirs)] == [1]
    assert len(files(directory)) == 4


def test_a_page_that_reaches_into_the_next_year_is_of_that_year(site: Site) -> None:
    meter = site.meter(zone="UTC")
    fill(site, meter, "2019-12-31T23:00:00+00:00", 8)
    assert archive(site.database, 2020) == []
    assert [each.year for each in archive(site.database, 2021)] == [2020]


def test_a_page_that_ends_with_the_first_instant_of_a_year_is_of_the_new_year(site: Site) -> None:
    meter = site.meter(zone="UTC")
    fill(site, meter, "2019-12-31T23:15:00+00:00", 4)
    assert archive(site.database, 2020) == []
    fill(site, meter, MARCH_2019, 4)
    assert [(each.year, each.pages) for each in archive(site.database, 2020)] == [(2019, 1)]
    assert [number for _, number in kept(site.database, meter)] == [1, None]


def test_a_page_that_ends_at_the_last_instant_of_a_year_is_of_that_year(site: Site) -> None:
    meter = site.meter(zone="UTC")
    fill(site, meter, "2019-12-31T23:00:00+00:00", 4)
    assert [each.year for each in archive(site.database, 2020)] == [2019]


def test_more_pages_than_a_file_takes_go_to_several(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    meter = site.meter(zone="UTC")
    fill(site, meter, MARCH_2019, 3 * 1_536)
    before = stored(site.database, meter)
    monkeypatch.setattr(archiving, "_PAGES_A_FILE", 2)
    monkeypatch.setattr(archiving, "_PAGES_EMPTIED_AT_ONCE", 1)
    assert [each.pages for each in archive(site.database, 2020)] == [2, 1]
    assert [number for _, number in kept(site.database, meter)] == [1, 1, 2]
    forget(site.database)
    assert stored(site.database, meter) == before


def test_many_groups_of_rows_are_read_by_meter_and_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.pages.archive_files._ROWS_A_GROUP", 2_000)
    meters = [site.meter(zone="UTC") for _ in range(3)]
    for number, meter in enumerate(meters):
        fill(site, meter, MARCH_2019, 2 * 1_536 + 100 * number, value=number + 1)
    before = [stored(site.database, meter) for meter in meters]
    archive(site.database, 2020)
    for meter, rows in zip(meters, before, strict=True):
        forget(site.database)
        assert stored(site.database, meter) == rows
        forget(site.database)
        with site.database.read() as session:
            some = believed_of(session, meter.organization_id, meter.id, rows[1_600][0], rows[1_700][0], None)
        assert some.value.tolist() == [each[1] for each in rows[1_600:1_701]]


def test_corrections_withdrawals_and_past_beliefs_of_archived_readings_stay(site: Site) -> None:
    meter = site.meter(zone="UTC", max_rate="100")
    fill(site, meter, MARCH_2019, 96)
    first_ms = later_ms()
    site.post([row(meter, stamp(MARCH_2019, 3), 9), row(meter, stamp(MARCH_2019, 100), 90_000)], now_ms=later_ms())
    fold_everything(site.database)
    qualities = standing(site.database, meter).quality.tolist()
    assert qualities[-1] // STANDING_STEP == Standing.SUSPECT

    def then() -> list[int]:
        forget(site.database)
        with entered(site.database) as session:
            rows = believed_of(session, meter.organization_id, meter.id, *EVER, first_ms)
        return [int(value) for value in rows.value]

    believed, stands = then(), stored(site.database, meter)
    assert (believed[3], len(believed), stands[3][1]) == (4_000_000, 96, 9_000_000)
    archive(site.database, 2020)
    assert then() == believed
    assert stored(site.database, meter) == stands


def test_what_comes_late_of_an_archived_time_counts_and_its_page_is_back(site: Site, directory: Path) -> None:
    meter = site.meter(zone="UTC")
    fill(site, meter, MARCH_2019)
    archive(site.database, 2020)
    old = files(directory)[0].read_bytes()
    with another_process(site) as there:
        database_archive(there.database).directory = directory
        again = there.post([row(meter, stamp(MARCH_2019, n), 1 + n % 7) for n in range(4)], now_ms=later_ms())
        assert counts(again) == (0, 0, 4)
        late = [row(meter, stamp(MARCH_2019, 1), 50), row(meter, "2019-03-01T00:05:00Z", 60)]
        assert counts(there.post(late, now_ms=later_ms())) == (1, 1, 0)
        fold_everything(there.database)
        assert [number for _, number in kept(site.database, meter)] == [None, None, 1]
        rows = stored(there.database, meter)
    assert len(rows) == ROWS + 1
    assert [value for _, value, *_ in rows[:4]] == [1_000_000, 60_000_000, 50_000_000, 3_000_000]
    assert files(directory)[0].read_bytes() == old

    assert [(each.pages, each.rows) for each in archive(site.database, 2020)] == [(2, 1_537)]
    assert [number for _, number in kept(site.database, meter)] == [2, 2, 1]
    forget(site.database)
    assert stored(site.database, meter) == rows


def test_headers_answer_without_a_look_into_a_file(site: Site, directory: Path) -> None:
    meter = site.meter(zone="UTC")
    fill(site, meter, MARCH_2019)
    archive(site.database, 2020)
    files(directory)[0].unlink()
    forget(site.database)
    with site.database.read() as session:
        assert span_of_meter(session, meter.organization_id, meter.id) == (1_551_398_400_000, 1_554_162_300_000)
        assert len(readings_with_own_start(session, meter.organization_id, [meter.id])) == 0
    fill(site, meter, MARCH_2020, 96)
    assert len(kept(site.database, meter)) == 3


def test_a_page_that_is_replaced_while_its_file_is_written_stays_in_the_database(
    site: Site, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meter = site.meter(zone="UTC")
    fill(site, meter, MARCH_2019)
    read_back = archiving._read_back

    def meanwhile(*arguments: object) -> object:
        found = read_back(*arguments)  # type: ignore[arg-type]
        site.post([row(meter, stamp(MARCH_2019, 5), 70)], now_ms=later_ms())
        fold_everything(site.database)
        return found

    monkeypatch.setattr(archiving, "_read_back", meanwhile)
    archive(site.database, 2020)
    assert [number for _, number in kept(site.database, meter)] == [None, 1]
    forget(site.database)
    assert stored(site.database, meter)[5][1] == 70_000_000
    assert len(stored(site.database, meter)) == ROWS


def test_a_file_that_does_not_give_back_what_is_stored_moves_nothing(
    site: Site, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meter = site.meter(zone="UTC")
    fill(site, meter, MARCH_2019)

    def wrongly(path: Path, pages: Iterable[StoredColumns], *others: Any) -> None:
        write_file(path, (replace(rows, value=rows.value + 1) for rows in pages), *others)

    monkeypatch.setattr(archiving, "write_file", wrongly)
    with pytest.raises(ArchiveRefused, match="does not give back page"):
        archive(site.database, 2020)
    assert [number for _, number in kept(site.database, meter)] == [None, None]
    assert files(directory) == []


def test_a_damaged_page_stays_where_it_is(site: Site) -> None:
    meter = site.meter(zone="UTC")
    fill(site, meter, MARCH_2019)
    flip_page(site.database, page_ids(site.database, meter.id)[0], 40)
    assert [each.pages for each in archive(site.database, 2020)] == [1]
    assert [number for _, number in kept(site.database, meter)] == [None, 1]


def test_nothing_of_the_year_that_runs_is_archived(site: Site) -> None:
    with pytest.raises(ArchiveRefused, match="Readings of 2026 still come"):
        archive_before(site.database, 2027, now=NOW)


def test_without_a_directory_nothing_is_archived(database_url: str) -> None:
    database = Database(database_url)
    with pytest.raises(ArchiveRefused, match="ESG_ARCHIVE_DIRECTORY is not set"):
        archive_before(database, 2020)
    database.close()


def test_the_job_archives_what_has_been_over_for_the_years_it_is_told(site: Site) -> None:
    meter = site.meter(zone="UTC")
    year = datetime.now(UTC).year
    for ended in (3, 2, 1):
        fill(site, meter, f"{year - ended}-03-01T00:00:00+00:00", 96)
    assert archive_old(site.database, after_years=None) == 0
    assert archive_old(site.database, after_years=1) == 192
    assert [number for _, number in kept(site.database, meter)] == [1, 2, None]
