"""Publications and amendments of many readings: none is prepared meanwhile, and each drifts with what was amended."""

import time

import httpx
import pytest

from app.core.readings.beliefs import AmendmentAction
from app.disclosure.drift.verify import verify
from app.disclosure.history.still import AmendmentUnderWay
from app.disclosure.publications.preparing import prepare_next
from app.disclosure.publications.steps import PublicationYear
from app.http.errors import ANSWERS
from app.ingest.writing.amend import Amendment
from app.ingest.writing.bulk_amend import carry_on, order
from app.jobs.annual_draft import draft_years
from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from app.store.inventory.organizations import organization_by_id
from app.store.operations.bulk_amendments import Stretch
from tests.conftest import Make
from tests.support.databases import postgresql_database, postgresql_url, site, sqlite_database
from tests.support.desk import Desk
from tests.support.shared import jobs_run
from tests.support.site import Site, later_ms, row
from tests.support.works import ORGANIZATION, get, send

role = jobs_run
__all__ = ["postgresql_database", "postgresql_url", "site", "sqlite_database"]
WHOLE_2021 = {"start": "2021-01-01T00:00:00+08:00", "end": "2022-01-01T00:00:00+08:00"}


def _amend(client: httpx.Client, database: Database, path: str, **body: object) -> str:
    """Order an amendment and return its batch when it is finished."""
    ordered = client.post(f"{ORGANIZATION}/amendments{path}", json={"reason": "found by inspection", **body})
    assert ordered.status_code == 202, ordered.text
    end = time.monotonic() + 30
    while get(client, ordered.headers["Location"])["status"] != "finished":
        assert time.monotonic() < end
        time.sleep(0.02)
    roll_pending(database)
    return str(ordered.json()["batch"])


def test_nothing_is_published_of_half_an_amendment(site: Site) -> None:
    meter = site.meter(interval="P1D", edge="interval_start")
    site.post([row(meter, f"2021-03-0{day}T00:00:00+08:00", 1_000) for day in (1, 2, 3)])
    by = Amendment(site.organization_id, None, "wrong", later_ms())
    stretch = Stretch([meter.id], 0, 2_000_000_000_000)
    batch = order(site.database, by, stretch, AmendmentAction.WITHDRAW).batch_id
    with site.database.read() as session:
        organization = organization_by_id(session, site.organization_id)
        assert organization is not None
    year = PublicationYear(organization.code, "hkex-2020", 2021)

    for _ in range(2):
        with pytest.raises(AmendmentUnderWay, match=f"b{batch:016x} is being carried out"):
            prepare_next(site.database, year, reason=None, key_code="k")
        carry_on(site.database, site.organization_id, now_ms=later_ms(), most_readings=2)
    prepared = prepare_next(site.database, year, reason=None, key_code="k")

    assert verify(site.database, prepared.id, organization=organization.code).differences == ()
    answered = ANSWERS[AmendmentUnderWay]
    assert (answered.status, answered.code, answered.headers) == (409, "amendment_under_way", (("Retry-After", "5"),))


def test_a_draft_waits_until_the_amendment_is_finished(site: Site) -> None:
    meter = site.meter(interval="P1D", edge="interval_start")
    site.post([row(meter, "2021-03-01T00:00:00+08:00", 1_000)])
    roll_pending(site.database)
    by = Amendment(site.organization_id, None, "wrong", later_ms())
    order(site.database, by, Stretch([meter.id], 0, 1), AmendmentAction.WITHDRAW)
    january_2022 = 1_641_100_000_000

    assert draft_years(site.database, at_ms=january_2022) == 0
    carry_on(site.database, site.organization_id, now_ms=later_ms())
    assert draft_years(site.database, at_ms=january_2022) == 1


def test_a_publication_drifts_with_a_withdrawal_and_no_more_when_it_is_undone(
    desk: Desk, client: httpx.Client, database: Database
) -> None:
    number = desk.published()["number"]
    batch = _amend(client, database, "", action="withdraw", meters=["coal"], **WHOLE_2021)
    moved = {each["key"]: each["causes"] for each in desk.drift(number)["figures"] if not each["dimensions"]}
    _amend(client, database, f"/{batch}/undo")

    assert [(each["code"], each["detail"]) for each in moved["consumption.fuel.coal.anthracite"]] == [
        ("withdrawals", f"1 withdrawn reading of meter coal, last by batch {batch}")
    ]
    assert desk.drift(number)["figures"] == []


def test_what_was_withdrawn_and_put_back_is_no_cause_of_what_moved(
    desk: Desk, client: httpx.Client, database: Database, make_meter: Make
) -> None:
    make_meter(
        code="coal-2", resource="fuel.coal.anthracite", unit="t", interval="P1M", timestamp_edge="interval_start"
    )
    send(client, database, "coal-2,2021-01-01T00:00:00+08:00,5\ncoal-2,2021-02-01T00:00:00+08:00,7\n")
    number = desk.published()["number"]
    batch = _amend(client, database, "", action="withdraw", meters=["coal-2"], **WHOLE_2021)
    _amend(client, database, f"/{batch}/undo")
    send(client, database, "coal-2,2021-02-01T00:00:00+08:00,8\n")

    moved = {each["key"]: each for each in desk.drift(number)["figures"] if not each["dimensions"]}

    coal = moved["consumption.fuel.coal.anthracite"]
    assert (coal["published"], coal["live"]) == (22, 23)
    assert [(each["code"], each["detail"].split(",")[0], each["amount"]) for each in coal["causes"]] == [
        ("corrections", "1 corrected reading of meter coal-2", 1)
    ]
