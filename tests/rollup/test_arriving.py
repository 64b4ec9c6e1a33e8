"""What months would add up to with readings that are tried is what they add up to once these are stored."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.core.units.quantities import plain
from app.ingest.judging.classify import would_stand
from app.ingest.writing.gathering import IngestOptions
from app.ingest.writing.intake import ingest_readings
from app.rollup.rolling.arriving import arriving_of, months_moved
from app.rollup.rolling.roller import roll_pending
from app.store.arrivals.entered import entered
from app.store.directory.metered import metered
from app.store.engine.database import Database
from app.store.inventory.organizations import organization_of
from tests.conftest import Make

NOW_MS = 1_800_000_000_000
BEFORE = """meter,timestamp,value,start,reference
hours,2024-01-31T23:00:00+08:00,5,,
hours,2024-02-01T00:00:00+08:00,7,,
bills,2024-02-15T00:00:00+08:00,310,2024-01-15T00:00:00+08:00,
counter,2024-01-01T00:00:00+08:00,100,,
counter,2024-04-01T00:00:00+08:00,190,,
tickets,2024-01-10T00:00:00+08:00,3,,a
level,2024-01-31T23:00:00+08:00,10,,
"""
FILE = """meter,timestamp,value,start,reference
hours,2024-01-31T23:00:00+08:00,6,,
hours,2024-01-31T23:00:00+08:00,8,,
hours,2024-03-31T23:00:00+08:00,1,,
hours,2019-03-31T23:00:00+08:00,9,,
hours,2019-03-31T23:00:00+08:00,2,,
bills,2024-02-15T00:00:00+08:00,620,2024-01-15T00:00:00+08:00,
counter,2024-02-01T00:00:00+08:00,110,,
counter,2024-05-01T00:00:00+08:00,200,,
tickets,2024-01-10T00:00:00+08:00,3,,a
tickets,2024-01-10T00:00:00+08:00,4,,b
level,2024-01-31T23:30:00+08:00,20,,
hours,2024-03-31T22:00:00+08:00,none,,
"""
MOVED = [
    ("hours", "2019-03", None, "2"),
    ("hours", "2024-01", "5", "8"),
    ("hours", "2024-03", None, "1"),
    ("bills", "2024-01", "170", "340"),
    ("bills", "2024-02", "140", "280"),
    ("counter", "2024-01", "30.65934", "10"),
    ("counter", "2024-02", "28.681319", "38.666666"),
    ("counter", "2024-03", "30.659341", "41.333334"),
    ("counter", "2024-04", None, "10"),
    ("tickets", "2024-01", "3", "7"),
]


@pytest.fixture
def works(make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    make_organization()
    make_plant(code="main", timezone="Asia/Shanghai")
    edge = {"timestamp_edge": "interval_start"}
    make_meter(code="hours", interval="PT1H", **edge)
    make_meter(code="bills", interval="P1M", timestamp_edge="interval_end")
    make_meter(code="counter", kind="register")
    make_meter(code="tickets", kind="event", resource="waste.hazardous", unit="t")
    make_meter(code="level", kind="gauge", resource="air.so2.concentration", unit="mg/m3", interval="PT1H", **edge)


def test_what_would_be_is_what_comes_to_be(works: None, client: httpx.Client, database: Database) -> None:
    with database.read() as session:
        organization_id = organization_of(session, "acme").id
    assert organization_id is not None

    def ingest(body: str, **options: Any) -> Any:
        return ingest_readings(
            database,
            organization_id=organization_id or 0,
            key_code=None,
            body=body.encode(),
            content_type="text/csv",
            content_encoding=None,
            limit_bytes=10_000,
            options=IngestOptions(**options),
            now_ms=NOW_MS,
        )

    ingest(BEFORE)
    roll_pending(database)
    outcome = ingest(FILE, dry_run=True)
    arriving = arriving_of([would_stand(each) for each in outcome.changes])
    with entered(database, "acme") as session:
        moves = months_moved(session, metered(session, organization_id), arriving)
    told = [(each.metered.spec.code, each.month, _digits(each.before), _digits(each.after)) for each in moves]
    assert [each for each in told if each[0] != "level"] == MOVED
    assert [(each.month, each.before) for each in moves if each.metered.spec.code == "level"] == [
        ("2024-01", 10),
        ("2024-02", None),
    ]

    ingest(FILE)
    roll_pending(database)
    months = client.get("/v1/organizations/acme/rollups?grain=month&limit=100").json()["items"]
    stored = {(each["meter"], each["start"][:7]): each["quantity"] for each in months}
    for code, month, _, after in MOVED:
        start = f"{int(month[:4]) - (month[5:] == '01')}-{(int(month[5:]) - 2) % 12 + 1:02}"
        assert stored[code, start] == float(after or 0), (code, month)
    with entered(database, "acme") as session:
        assert months_moved(session, metered(session, organization_id), arriving_of([])) == []


def _digits(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)
