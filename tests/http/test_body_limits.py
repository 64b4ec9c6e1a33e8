"""A body of more rows, and a page of more items, than the operator allows are refused early, each by its code."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.ingest.bodies.json_rows import from_json
from app.ingest.door.door import Door
from app.ingest.problems import TooManyRows
from app.ingest.writing.gathering import PLAIN, Post
from app.main import create_app
from app.settings import Settings
from app.store.engine.database import Database
from tests.conftest import ADMIN_KEY
from tests.support.client import running
from tests.support.problems import assert_problem

READINGS = "/v1/organizations/acme/readings"
CREATED = [
    ("/v1/organizations", {"code": "acme", "name": "Acme", "timezone": "UTC", "currency": "EUR"}),
    (
        "/v1/organizations/acme/plants",
        {"code": "main", "name": "Main", "country": "DE", "timezone": "UTC"},
    ),
    (
        "/v1/organizations/acme/meters",
        {
            "code": "grid",
            "name": "Grid",
            "plant": "main",
            "resource": "electricity.grid",
            "kind": "interval",
            "unit": "kWh",
            "interval": "PT1M",
        },
    ),
]


@pytest.fixture
def strict(sqlite_template: Path, tmp_path: Path) -> Iterator[httpx.Client]:
    (tmp_path / "esg.db").write_bytes(sqlite_template.read_bytes())
    url = f"sqlite:///{tmp_path / 'esg.db'}"
    settings = Settings(database_url=url, admin_key=ADMIN_KEY, max_body_rows=3, max_page_items=100)
    with running(create_app(settings), key=ADMIN_KEY) as client:
        for path, body in CREATED:
            assert client.post(path, json=body).status_code == 201
        yield client


def rows(count: int, *, name: str = "grid") -> bytes:
    lines = [f"{name},2021-04-01T00:{n % 60:02}:00Z,1" for n in range(count)]
    return "\n".join(["meter,timestamp,value", *lines]).encode()


def test_a_body_of_more_rows_is_413_by_every_way_in_and_nothing_of_it_is_stored(strict: httpx.Client) -> None:
    few = [{"meter": "grid", "timestamp": f"2021-04-01T01:0{n}:00Z", "value": 1} for n in range(4)]
    csv = {"Content-Type": "text/csv"}
    refused = [
        strict.post(READINGS, json={"readings": few}),
        strict.post(READINGS, json={"readings": few}, params={"atomic": "true"}),
        strict.post(READINGS, content=rows(3_000), headers=csv),
        strict.post(READINGS, content=rows(300_000), headers=csv),
    ]
    taken = strict.post(READINGS, json={"readings": few[:3]})
    stored = strict.get(READINGS, params={"limit": 100})

    for answer in refused:
        assert assert_problem(answer, 413, "too_many_rows")["detail"] == (
            "A body may have 3 rows here: send them in several bodies"
        )
    assert (taken.status_code, taken.json()["inserted"]) == (200, 3)
    assert len(stored.json()["items"]) == 3


def test_the_express_lane_has_the_same_limit(tmp_path: Path) -> None:
    """It is met by real servers alone: what carries a test's requests sends a body in two messages."""
    database = Database(f"sqlite:///{tmp_path / 'esg.db'}")
    door = Door(database, lambda: None, limit_bytes=1_000, limit_rows=3)
    texts = from_json(
        b'{"readings":[%s]}' % b",".join([b'{"meter":"m","timestamp":"2021-04-01T00:00:00Z","value":1}'] * 4)
    )
    with pytest.raises(TooManyRows):
        asyncio.run(door.take_decoded(texts, Post(1, None, PLAIN, 0, None)))
    database.close()


def test_a_page_has_as_many_items_as_the_operator_allows(strict: httpx.Client) -> None:
    answers = {limit: strict.get(READINGS, params={"limit": limit}) for limit in ("100", "101", "1000", "1001", "many")}

    assert answers["100"].status_code == 200
    found = {
        limit: [(each["field"], each["code"]) for each in answer.json()["errors"]]
        for limit, answer in answers.items()
        if answer.status_code == 422
    }
    assert found == {
        "101": [("limit", "page_too_large")],
        "1000": [("limit", "page_too_large")],
        "1001": [("limit", "less_than_equal")],
        "many": [("limit", "int_parsing")],
    }
