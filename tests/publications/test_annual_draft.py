"""The annual draft: prepared by itself when an organization's year has ended where the organization is."""

from datetime import datetime

import httpx
import pytest
from sqlalchemy import text

from app.core.calendar.periods import ms_from_instant
from app.core.events import BEGINNING, EventKind
from app.jobs.annual_draft import draft_years
from app.store.engine.database import Database
from app.store.outbox.events import events_after
from tests.conftest import Make, client, database, database_url
from tests.support.desk import Desk
from tests.support.works import DISCLOSURE, ORGANIZATION, YEARLY, answer, get, put, send

__all__ = ["client", "database", "database_url"]
"""An application for each test: what is tested looks at every organization."""

FOREVER = "UPDATE organization SET created_at = 0"


def at(instant: str) -> int:
    return ms_from_instant(datetime.fromisoformat(instant))


def drafted(client: httpx.Client, year: int, framework: str = "hkex-2020") -> list[tuple[int, str, str]]:
    listed = get(client, f"{ORGANIZATION}/disclosures/{framework}/{year}/publications")
    return [(each["number"], each["status"], each["prepared_by"]) for each in listed["items"]]


@pytest.fixture
def settled(desk: Desk, database: Database) -> Desk:
    """An organization that was there before any of its readings."""
    with database.write() as session:
        session.connection().execute(text(FOREVER))
    return desk


def test_a_year_is_drafted_once_six_hours_after_its_end_where_the_organization_is(
    settled: Desk, database: Database
) -> None:
    assert draft_years(database, at_ms=at("2022-01-01T05:59:00+08:00")) == 1
    assert (drafted(settled.client, 2020), drafted(settled.client, 2021)) == ([(1, "draft", "job:annual-draft")], [])
    assert draft_years(database, at_ms=at("2022-01-01T06:00:00+08:00")) == 1
    assert drafted(settled.client, 2021) == [(1, "draft", "job:annual-draft")]
    assert draft_years(database, at_ms=at("2022-01-01T07:12:00+08:00")) == 0
    with database.read() as session:
        told = events_after(session, BEGINNING, kinds=[EventKind.PUBLICATION_PREPARED])
    assert [event.payload["year"] for event in told] == [2020, 2021]
    assert settled.approve(1)["status"] == "approved"


def test_a_year_that_somebody_prepared_is_left_alone(settled: Desk, database: Database) -> None:
    settled.prepare()
    assert draft_years(database, at_ms=at("2022-01-01T12:00:00+08:00")) == 0


def test_every_framework_that_is_used_is_drafted(settled: Desk, database: Database) -> None:
    put(settled.client, "gwp-sets", {"framework": "gri", "year": None, "gwp_set": "AR6"})
    settled.prepare(year=2020)
    assert draft_years(database, at_ms=at("2022-01-01T12:00:00+08:00")) == 2
    assert drafted(settled.client, 2021, "gri") == [(1, "draft", "job:annual-draft")]


def test_a_year_without_figures_and_one_before_the_organization_are_not_drafted(
    settled: Desk, database: Database
) -> None:
    assert draft_years(database, at_ms=at("2024-01-01T12:00:00+08:00")) == 0
    with database.write() as session:
        session.connection().execute(
            text("UPDATE organization SET created_at = :at"), {"at": at("2022-01-01T00:00+08:00")}
        )
    assert draft_years(database, at_ms=at("2022-01-01T12:00:00+08:00")) == 0


def test_a_year_that_crosses_new_year_ends_by_its_own_calendar(
    client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make
) -> None:
    make_organization(timezone="America/New_York", fiscal_year_start_month=4, fiscal_year_label="end")
    make_plant(timezone="America/New_York", country="US")
    make_meter(**{**YEARLY, "interval": "P1D"})
    send(client, database, "grid,2021-03-31T00:00:00-04:00,1000\n")
    with database.write() as session:
        session.connection().execute(text(FOREVER))
    assert draft_years(database, at_ms=at("2021-04-01T05:59:00-04:00")) == 0
    assert draft_years(database, at_ms=at("2021-04-01T06:00:00-04:00")) == 1
    document = get(client, f"{DISCLOSURE}/2021/publications/1")["document"]
    assert document["period"] == {
        "start": "2020-04-01T04:00:00Z",
        "end": "2021-04-01T04:00:00Z",
        "name": "2021",
        "kind": "year",
    }
    listed = answer(client, "GET", "/v1/jobs", 200)
    assert "annual-draft" in [each["name"] for each in listed["items"]]
