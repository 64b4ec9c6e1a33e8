"""What is told after readings came in: the batches, the rollups and the figures that moved, each once."""

import pytest
from sqlalchemy import text

from app.core.calendar.periods import date_of
from app.core.events import EventKind
from app.disclosure.live.disclosure import live_disclosure
from app.disclosure.live.displays import shown_now
from app.jobs.announcements import announce_batches
from app.jobs.figures import mark_current_years, tell_figures
from app.models import Batch, Organization
from app.rollup.rolling.roller import roll_pending
from app.store.arrivals.entered import enter_arrived
from app.store.rollups.shown import FigureMark, figure_marks, mark_figures, take_figure_marks
from tests.support.databases import postgresql_database, postgresql_url, site, sqlite_database
from tests.support.gates import Racer
from tests.support.site import Site, row
from tests.support.told import end_of, told

__all__ = ["postgresql_database", "postgresql_url", "site", "sqlite_database"]


@pytest.fixture(autouse=True)
def nothing_awaits(site: Site) -> None:
    """Leave nothing of other tests to tell of."""
    roll_pending(site.database)
    announce_batches(site.database)
    with site.database.write() as session:
        session.connection().execute(text("DELETE FROM figure_mark"))


def code_of(site: Site) -> str:
    with site.database.read() as session:
        found = session.get(Organization, site.organization_id)
    assert found is not None
    return found.code


def test_batches_are_summed_up_in_one_event_and_told_of_once(site: Site) -> None:
    meter = site.meter()
    start = end_of(site)
    first = site.post([row(meter, "2025-03-01T00:00:00Z", 1), row(meter, "2025-03-01T00:15:00Z", 2)])
    last = site.post([row(meter, "2025-03-01T00:15:00Z", 3), row(meter, "nonsense", 3)], now_ms=1_750_000_000_001)
    enter_arrived(site.database)

    assert announce_batches(site.database) == 2
    assert announce_batches(site.database) == 0
    (event,) = told(site, start, EventKind.READINGS_ACCEPTED)
    assert event.payload == {
        "batches": 2,
        "first_batch": first.batch,
        "last_batch": last.batch,
        "received": 4,
        "inserted": 2,
        "replaced": 1,
        "duplicate": 0,
        "suspect": 0,
        "rejected": 1,
    }


def test_a_batch_that_names_its_meters_is_told_with_their_plants_and_resources(site: Site) -> None:
    meter = site.meter()
    start = end_of(site)
    with site.database.write() as session:
        session.add(
            Batch(
                id=site.database.batches.next(1_750_000_000_000, 1),
                organization_id=site.organization_id,
                key_code=None,
                reason=None,
                meters=[meter.id],
                received=1,
                inserted=1,
                replaced=0,
                duplicate=0,
                suspect=0,
                rejected=0,
            )
        )
    announce_batches(site.database)

    (event,) = told(site, start, EventKind.READINGS_ACCEPTED)
    assert event.resources == ("electricity.grid",)
    assert event.plants is not None
    assert len(event.plants) == 1


def test_two_processes_tell_of_each_batch_once(site: Site) -> None:
    meter = site.meter()
    start = end_of(site)
    for minute in range(0, 60, 15):
        site.post([row(meter, f"2025-03-01T00:{minute:02}:00Z", 1)])
    enter_arrived(site.database)
    tellers = [Racer(lambda: announce_batches(site.database)) for _ in range(2)]

    assert sum(teller.result() for teller in tellers) == 4
    assert sum(event.payload["batches"] for event in told(site, start, EventKind.READINGS_ACCEPTED)) == 4


def test_rolling_up_tells_whose_rollups_changed_and_marks_the_years(site: Site) -> None:
    grid, waste = site.meter(), site.meter("event")
    start = end_of(site)
    site.post([row(grid, "2024-12-31T00:00:00Z", 1), row(waste, "2025-03-01T00:00:00Z", 2)])
    roll_pending(site.database)

    added, made_anew = told(site, start, EventKind.ROLLUPS_CHANGED)
    assert added.payload == {"meters": 1, "start_day": "2024-12-31", "end_day": "2025-01-01"}
    assert added.resources == ("electricity.grid",)
    assert made_anew.payload == {"meters": 1, "start_day": "2025-03-01", "end_day": "2025-03-02"}
    assert made_anew.resources == ("waste.nonhazardous",)
    with site.database.read() as session:
        marks = figure_marks(session, limit=100)
    own = [str(date_of(mark.year_start_day)) for mark in marks if mark.organization_id == site.organization_id]
    assert own == ["2024-01-01", "2025-01-01"]


def test_figures_are_told_with_their_old_and_new_display_and_only_those_that_moved(site: Site) -> None:
    meter = site.meter("event")
    start = end_of(site)
    for day, tonnes in (("01", 2), ("02", 3), ("03", "0.000001")):
        site.post([row(meter, f"2025-03-{day}T00:00:00Z", tonnes)])
        roll_pending(site.database)
        tell_figures(site.database)
    changes = [event.payload for event in told(site, start, EventKind.FIGURES_CHANGED)]

    assert [(each["framework"], each["year"]) for each in changes] == [("hkex-2025", 2025)] * 2
    assert [figure for figure in changes[0]["figures"] if figure["key"] == "waste.nonhazardous"] == [
        {
            "kpi": "A1.4",
            "key": "waste.nonhazardous",
            "dimensions": {},
            "unit": "t",
            "old": None,
            "new": "2.0",
        }
    ]
    assert [(each["old"], each["new"]) for each in changes[1]["figures"]] == [("2.0", "5.0")]


def test_a_figure_that_lost_its_last_reading_is_told_as_gone(site: Site) -> None:
    meter = site.meter("event")
    site.post([row(meter, "2025-03-01T00:00:00Z", 2)])
    roll_pending(site.database)
    tell_figures(site.database)
    start = end_of(site)
    with site.database.write() as session:
        session.connection().execute(text("DELETE FROM rollup WHERE meter_id = :id"), {"id": meter.id})
        mark_figures(session, site.organization_id, [20_089])
    tell_figures(site.database)

    (event,) = told(site, start, EventKind.FIGURES_CHANGED)
    assert [(each["key"], each["old"], each["new"]) for each in event.payload["figures"]] == [
        ("waste.nonhazardous", "2.0", None)
    ]


def test_what_is_told_of_figures_is_what_the_disclosure_shows(site: Site) -> None:
    for meter in (site.meter(), site.meter("event"), site.meter("stock")):
        site.post([row(meter, "2025-03-01T00:00:00Z", 12_345)])
    roll_pending(site.database)
    code = code_of(site)
    with site.database.read() as session:
        shown = shown_now(session, organization=code, framework="hkex-2025", year=2025)
    disclosure = live_disclosure(site.database, organization=code, framework="hkex-2025", year=2025)

    found = [(each.kpi, each.key, dict(each.dimensions), each.unit, each.display) for each in shown]
    assert len(found) > 5
    assert found == [
        (each.kpi, each.key, dict(each.dimensions), each.unit, each.display)
        for each in disclosure.figures
        if each.display is not None
    ]


def test_marks_that_another_process_took_are_its_to_work_off(site: Site) -> None:
    with site.database.write() as session:
        mark_figures(session, site.organization_id, [20_089, 20_454])
    with site.database.read() as session:
        marks = figure_marks(session, limit=10)
    with site.database.write() as session:
        assert take_figure_marks(session, site.organization_id, marks[:1])
    with site.database.write() as session:
        assert not take_figure_marks(session, site.organization_id, marks)
        session.rollback()
    with site.database.read() as session:
        left = figure_marks(session, limit=10)
    assert left == [FigureMark(marks[1].id, site.organization_id, 20_454)]


def test_two_processes_tell_of_each_move_once(site: Site) -> None:
    meter = site.meter("event")
    start = end_of(site)
    site.post([row(meter, "2025-03-01T00:00:00Z", 2)])
    roll_pending(site.database)
    tellers = [Racer(lambda: tell_figures(site.database)) for _ in range(2)]

    assert sum(teller.result() for teller in tellers) == 1
    assert len(told(site, start, EventKind.FIGURES_CHANGED)) == 1


def test_every_organizations_current_year_is_marked(site: Site) -> None:
    mark_current_years(site.database)
    with site.database.read() as session:
        marked = [mark.organization_id for mark in figure_marks(session, limit=10_000)]
    assert marked.count(site.organization_id) == 1
