"""What waits while a publication is prepared is stored after its instant, whichever process it waits in."""

import time
from collections.abc import Iterator

import httpx
import pytest

from app.core.calendar.periods import ms_from_instant
from app.core.readings.batches import batch_from_code, end_of_ms, stored_at_ms
from app.disclosure.drift.verify import verify
from app.disclosure.publications.preparing import prepare_next
from app.disclosure.publications.steps import PublicationYear
from app.ingest.writing.amend import Amendment, withdraw_reading
from app.ingest.writing.intake import IngestOptions, ingest_readings
from app.rollup.rolling.roller import roll_pending
from app.schemas.wire.instants import instant_from_rfc3339
from app.store.engine.database import Database
from app.store.inventory.meters import meter_id_of, meter_of
from app.store.inventory.organizations import organization_of
from app.store.reporting.factors import create_factor
from app.store.reporting.publications import Listed
from tests.support.desk import Desk
from tests.support.works import ORGANIZATION, get

JANUARY_2021 = ms_from_instant(instant_from_rfc3339("2021-01-01T00:00:00+08:00"))


@pytest.fixture
def elsewhere(desk: Desk, database_url: str) -> Iterator[Database]:
    """The database as another process has it open, which has posted before."""
    opened = Database(database_url)
    _post(opened, "output,2020-01-01T00:00:00+08:00,100", now_ms=1_700_000_000_000)
    yield opened
    opened.close()


def _organization_id(database: Database) -> int:
    with database.read() as session:
        return organization_of(session, "acme").id or 0


def _post(database: Database, row: str, *, now_ms: int) -> int:
    outcome = ingest_readings(
        database,
        organization_id=_organization_id(database),
        key_code=None,
        body=f"meter,timestamp,value\n{row}\n".encode(),
        content_type="text/csv",
        content_encoding=None,
        limit_bytes=1_000,
        options=IngestOptions(),
        now_ms=now_ms,
    )
    assert outcome.batch is not None
    return batch_from_code(outcome.batch)


def _prepare(database: Database) -> Listed:
    return prepare_next(database, PublicationYear("acme", "hkex-2020", 2021), reason=None, key_code="k")


def test_a_post_that_waited_for_a_publication_is_numbered_after_it(database: Database, elsewhere: Database) -> None:
    prepared = _prepare(database)
    batch = _post(elsewhere, "grid,2021-01-01T00:00:00+08:00,7", now_ms=prepared.as_of - 5_000)
    assert batch >= end_of_ms(prepared.as_of)
    assert stored_at_ms(batch) > prepared.as_of
    roll_pending(database)
    assert verify(database, prepared.id, organization="acme").differences == ()


def test_readings_numbered_by_a_clock_that_is_ahead_are_in_the_publication(database: Database, desk: Desk) -> None:
    ahead_ms = time.time_ns() // 1_000_000 + 600_000
    batch = _post(database, "grid,2021-01-01T00:00:00+08:00,3000000", now_ms=ahead_ms)
    prepared = _prepare(database)
    assert prepared.as_of >= ahead_ms
    assert stored_at_ms(batch) <= prepared.as_of
    assert verify(database, prepared.id, organization="acme").differences == ()


def test_an_amendment_that_waited_is_numbered_after_it(database: Database, elsewhere: Database) -> None:
    prepared = _prepare(database)
    organization_id = _organization_id(database)
    with elsewhere.read() as session:
        meter_id = meter_id_of(session, organization_id, "grid")
    amendment = Amendment(organization_id, None, "wrong", prepared.as_of - 5_000)
    withdraw_reading(elsewhere, amendment, meter_id=meter_id, at=JANUARY_2021)
    assert verify(database, prepared.id, organization="acme").differences == ()


def test_a_factor_that_waited_is_stored_after_it(database: Database, desk: Desk, client: httpx.Client) -> None:
    prepared = _prepare(database)
    organization_id = _organization_id(database)
    shipped = get(client, f"{ORGANIZATION}/factors/cn_grid_mee_prov_2021_jx")
    names = ("resource", "attributes", "region", "method", "per", "kg_co2_biogenic", "kg_ch4", "kg_n2o", "source")
    values = {name: shipped[name] for name in names} | {"code": "own", "kg_co2": 9, "other_gases": {}}
    values |= dict.fromkeys(("kg_ch4_nonfossil", "kg_co2e", "gwp_set", "basis", "valid_to", "published_on", "edition"))
    values |= {
        "valid_from": instant_from_rfc3339("2021-01-01T00:00:00Z").date(),
        "supersedes": None,
        "factor_set": None,
    }
    with database.write() as session:
        stored = create_factor(session, organization_id, values, now_ms=prepared.as_of - 5_000)
    assert stored.created_at == prepared.as_of + 1
    assert verify(database, prepared.id, organization="acme").differences == ()


def test_preparing_rolls_up_what_is_still_to_be(database: Database, desk: Desk) -> None:
    _post(database, "grid,2021-01-01T00:00:00+08:00,3000000", now_ms=1_790_000_000_000)
    prepared = _prepare(database)
    document = desk.read(prepared.number)["document"]
    values = {each["key"]: each["value"] for each in document["figures"] if not each["dimensions"]}
    assert values["consumption.electricity"] == 3000
    with database.read() as session:
        assert meter_of(session, _organization_id(database), "grid").meter.created_at <= prepared.as_of
