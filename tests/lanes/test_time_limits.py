"""A request that waits in the database too long is 503 and leaves nothing; one whose answer is read slowly goes on."""

import socket
import time
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import text

from app.store.engine.database import Database
from tests.conftest import own_database
from tests.lanes.test_outages import CSV, POSTS
from tests.support.company import READINGS, Company, counts, found, post, reading
from tests.support.problems import assert_problem
from tests.support.processes import serving

ROWS = 120_000
"""4 MB of text: more than the system keeps between a server and a client that does not read."""


@pytest.fixture(scope="module")
def company(postgresql_template: str) -> Iterator[Company]:
    with (
        own_database(postgresql_template) as url,
        serving(url, ESG_STATEMENT_TIMEOUT_S="1.5", ESG_IDLE_TRANSACTION_TIMEOUT_S="1.5") as (server,),
        found(server, url) as acme,
    ):
        yield acme


def test_what_waits_in_the_database_too_long_is_503_in_every_lane_and_taken_when_it_is_sent_again(
    company: Company,
) -> None:
    assert post(company.admin, reading(0, 1)).status_code == 200
    database = Database(company.database_url)
    with database.write() as session:
        session.connection().execute(text("SELECT * FROM readings_head FOR UPDATE"))
        began = time.monotonic()
        refused = {lane: take(company, 1) for lane, take in POSTS.items()}
        took = time.monotonic() - began
        ready = company.admin.get("/health/ready")
    again = {lane: take(company, 1) for lane, take in POSTS.items()}
    database.close()

    for answer in refused.values():
        assert answer.headers["Retry-After"] == "5"
        assert "on purpose" not in assert_problem(answer, 503, "timed_out")["detail"]
    assert 3 < took < 15
    assert ready.status_code == 200
    assert [counts(answer)[1] for answer in again.values()] == [1, 1, 1440]
    assert "request failed" not in company.server.output()


def test_a_download_is_whole_however_slowly_it_is_read(company: Company) -> None:
    minutes = [f"2022-{n // 40_000 + 1:02}-{n % 40_000 // 1440 + 1:02}T{n // 60 % 24:02}" for n in range(ROWS)]
    lines = [f"grid,{hour}:{n % 60:02}:{n % 40_000 % 60:02}Z,{n}" for n, hour in enumerate(minutes)]
    posted = company.admin.post(READINGS, content="\n".join(["meter,timestamp,value", *lines]), headers=CSV, timeout=60)
    assert posted.status_code == 200, posted.text
    narrow = httpx.HTTPTransport(socket_options=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)])
    key = company.admin.headers["X-API-Key"]
    read = 0
    with (
        httpx.Client(base_url=company.admin.base_url, headers={"X-API-Key": key}, transport=narrow) as slow,
        slow.stream("GET", READINGS, params={"start": "2022-01-01T00:00:00Z"}, headers={"Accept": "text/csv"}) as file,
    ):
        for number, piece in enumerate(file.iter_bytes()):
            time.sleep(1.3 if number < 3 else 0)
            read += piece.count(b"\n")
    assert read == 1 + counts(posted)[1]
