"""Year buckets follow the settings in one transaction: no reader, roller or other process sees other days' sums."""

from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from threading import Event
from typing import Any

import httpx
import pytest

from app.core.calendar.periods import Grain, date_of, day_of
from app.disclosure.history.fiscal_years import put_fiscal_years as put
from app.disclosure.live.disclosure import live_disclosure
from app.models import Organization, arrival_table, reading_page_table
from app.rollup.buckets import years as rollup_years
from app.rollup.rolling.reconcile import reconcile
from app.rollup.rolling.roller import rebuild, roll_pending
from app.schemas.inventory.fiscal_years import FiscalYearList, settings_from
from app.store.arrivals.marks import mark_everything
from app.store.directory.directory import DirectoryCache, directories
from app.store.engine.database import Database
from app.store.inventory.meters import meter_ids
from app.store.inventory.organizations import organization_of
from app.store.rollups.rollups import buckets
from tests.conftest import Make
from tests.support.works import ORGANIZATION, answer, send
from tests.years.company import APRIL, POWER, columns, put_fiscal_years, send_months

SETTINGS = settings_from(FiscalYearList.model_validate({"items": [APRIL]}))
MOVED = {"2023-01-01": 222_000, "2024-01-01": 78_000, "2024-04-01": 243_000}
RETAIL = {
    "valid_from": "2023-01-29",
    "label": "start",
    "weeks": {"weekday": "saturday", "rule": "nearest", "month": 1},
    "transition": "short",
}


def years(database: Database) -> dict[str, int]:
    """Return the company's year buckets: first day, and whole kWh of all meters."""
    with database.read() as session:
        found = buckets(
            session,
            organization_of(session, "acme").id or 0,
            meter_ids=meter_ids(session, "acme"),
            grain=Grain.YEAR,
            first_day=day_of(date(2000, 1, 1)),
            end_day=day_of(date(2050, 1, 1)),
        )
    sums: dict[str, int] = defaultdict(int)
    for each in found:
        sums[date_of(each.start_day).isoformat()] += (each.quantity or 0) // 1_000_000
    return dict(sums)


def test_year_buckets_are_others_when_the_answer_comes_and_no_roller_has_run(
    company: httpx.Client, database: Database
) -> None:
    assert years(database) == {"2023-01-01": 222_000, "2024-01-01": 258_000, "2025-01-01": 63_000}
    put_fiscal_years(company, APRIL)
    assert years(database) == MOVED


def test_no_reading_is_read_again(company: httpx.Client, database: Database) -> None:
    with database.write() as session:
        for table in (arrival_table, reading_page_table):
            session.connection().execute(table.delete())
    put_fiscal_years(company, APRIL)
    assert years(database) == MOVED


def test_the_first_month_moves_year_buckets_at_once_too(company: httpx.Client, database: Database) -> None:
    answer(company, "PATCH", ORGANIZATION, 200, json={"fiscal_year_start_month": 4})
    assert years(database) == {"2022-04-01": 55_500, "2023-04-01": 244_500, "2024-04-01": 243_000}


def test_a_refusal_leaves_the_buckets_alone(company: httpx.Client, database: Database) -> None:
    before = years(database)
    put_fiscal_years(company, {**APRIL, "transition": None}, status=422)
    assert years(database) == before


@pytest.mark.parametrize("setting", [APRIL, RETAIL], ids=["months", "weeks"])
def test_moved_buckets_are_those_of_a_rebuild_from_nothing(
    company: httpx.Client, database: Database, setting: dict[str, Any]
) -> None:
    put_fiscal_years(company, setting)
    moved = years(database)
    with database.write() as session:
        ids = meter_ids(session, "acme")
        differences = reconcile(session, directories(database), ids)
    assert differences == []
    rebuild(database, ids)
    assert years(database) == moved
    with database.write() as session:
        around = day_of(date(2023, 6, 1))
        assert reconcile(session, directories(database), ids, around_day=around) == []


def test_another_process_adds_to_the_new_years_at_once(company: httpx.Client, database: Database) -> None:
    elsewhere = DirectoryCache()
    here = directories(database)
    database.state.kept[DirectoryCache] = elsewhere
    try:
        send_months(company, database, {"2025-04": 1})  # the other process has seen calendar years
        database.state.kept[DirectoryCache] = here
        put_fiscal_years(company, APRIL)
        database.state.kept[DirectoryCache] = elsewhere
        send_months(company, database, {"2025-05": 2})
    finally:
        database.state.kept[DirectoryCache] = here
    assert years(database) == {**MOVED, "2025-04-01": 3}


def test_another_process_adds_readings_that_stand_for_themselves_to_the_new_years(
    company: httpx.Client, database: Database, make_meter: Make
) -> None:
    """Hours in their order are added to buckets at once, by the calendar that the adding process knows of."""
    make_meter(code="hourly", interval="PT1H")
    elsewhere = DirectoryCache()
    here = directories(database)
    database.state.kept[DirectoryCache] = elsewhere
    try:
        send(company, database, hours("2024-03-31T22", 1))
        database.state.kept[DirectoryCache] = here
        put_fiscal_years(company, APRIL)
        database.state.kept[DirectoryCache] = elsewhere
        send(company, database, hours("2024-03-31T23", 10) + hours("2024-04-01T00", 100))
    finally:
        database.state.kept[DirectoryCache] = here
    assert {day: each - MOVED[day] for day, each in years(database).items()} == {
        "2023-01-01": 0,
        "2024-01-01": 11,
        "2024-04-01": 100,
    }


def hours(hour: str, kwh: int) -> str:
    return f"hourly,{hour}:00:00+08:00,{kwh}\n"


def test_readings_that_wait_when_the_settings_change_are_added_to_the_new_years(
    company: httpx.Client, database: Database
) -> None:
    rows = "meter,timestamp,value\ngrid,2025-04-01T00:00:00+08:00,5\n"
    answer(company, "POST", f"{ORGANIZATION}/readings", 200, content=rows, headers={"Content-Type": "text/csv"})
    put_fiscal_years(company, APRIL)
    roll_pending(database)
    assert years(database) == {**MOVED, "2025-04-01": 5}


@contextmanager
def held_before_commit(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Have the settings changed by a thread that stops, all but committed, until the event is set."""
    reached, go_on = Event(), Event()
    replaced = rollup_years.replace_years

    def waiting(*arguments: Any, **options: Any) -> Any:
        made = replaced(*arguments, **options)
        reached.set()
        assert go_on.wait(30)
        return made

    def change() -> None:
        with database.write() as session:
            put(session, "acme", SETTINGS)

    monkeypatch.setattr("app.disclosure.history.fiscal_years.replace_years", waiting)
    with ThreadPoolExecutor(1) as pool:
        changing = pool.submit(change)
        try:
            assert reached.wait(30)
            yield go_on
        finally:
            go_on.set()
        changing.result(30)


def test_until_the_change_is_committed_every_column_is_as_it_was(
    company: httpx.Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = columns(company, 2024)
    with held_before_commit(database, monkeypatch):
        assert columns(company, 2024) == before
    assert columns(company, 2024)[0] == ("2024", "2024-04-01", "2025-03-31", "year", Decimal(243))


def test_a_reader_that_began_before_the_change_sees_nothing_of_it(
    company: httpx.Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has read how years run; were the buckets those of after the change, 2024 would be 78 + 243 MWh."""
    seen, changed = Event(), Event()

    def read_then_wait(session: Any, code: str) -> Organization:
        found = organization_of(session, code)
        seen.set()
        assert changed.wait(30)
        return found

    monkeypatch.setattr("app.disclosure.figures.books.organization_of", read_then_wait)
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(
            live_disclosure, database, organization="acme", framework="hkex-2020", year=2024, now_ms=None
        )
        assert seen.wait(30)
        put_fiscal_years(company, APRIL)
        changed.set()
        disclosure = reading.result(30)
    (figure,) = [each for each in disclosure.figures if each.key == POWER and not each.dimensions]
    assert figure.value == 258
    assert [each.value for each in figure.comparatives] == [222, None]


def test_a_roller_waits_for_the_change_and_then_rolls_the_new_years(
    company: httpx.Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as session:
        mark_everything(session, organization_of(session, "acme").id or 0, meter_ids(session, "acme"))
    with ThreadPoolExecutor(1) as pool:
        with held_before_commit(database, monkeypatch):
            rolling = pool.submit(roll_pending, database)
        rolling.result(30)
    assert years(database) == MOVED
