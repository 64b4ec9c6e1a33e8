"""Slow reading, by however many requests at once, keeps no reading from coming in."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from app.store.engine.database import Database
from tests.conftest import own_database
from tests.support.company import READINGS, Company, counts, found, post, reading
from tests.support.processes import serving

REQUESTS = 80


@pytest.fixture(scope="module")
def company(postgresql_template: str) -> Iterator[Company]:
    with (
        own_database(postgresql_template) as url,
        serving(url, ESG_KEY_CACHE_S="0.5") as (server,),
        found(server, url) as acme,
    ):
        yield acme


def test_requests_that_wait_in_the_database_keep_no_post_from_being_stored(company: Company) -> None:
    """More of them than the process has threads and connections; the gateway's key is asked for with each post."""
    gateway = company.caller(organization="acme", scope="ingest")
    assert post(gateway, reading(0, 1)).status_code == 200
    database = Database(company.database_url)
    with database.write() as session, ThreadPoolExecutor(REQUESTS) as clients:
        session.connection().execute(text("LOCK TABLE webhook IN ACCESS EXCLUSIVE MODE"))
        path = "/v1/organizations/acme/webhooks"
        slow = [clients.submit(company.admin.get, path) for _ in range(REQUESTS)]
        try:
            time.sleep(2)
            began = time.monotonic()
            for hour in range(1, 4):
                time.sleep(0.6)
                answer = post(gateway, reading(hour, 1))
                assert (answer.status_code, counts(answer)[1]) == (200, 1)
            rows = "\n".join(["meter,timestamp,value", *(f"grid,2021-04-01T00:{n:02}:00Z,1" for n in range(60))])
            dry = gateway.post(READINGS, content=rows, headers={"Content-Type": "text/csv"}, params={"dry_run": "true"})
            ready, live = company.admin.get("/health/ready"), company.admin.get("/health/live")
            took = time.monotonic() - began
            assert not any(each.done() for each in slow)
        finally:
            session.rollback()
        answers = [each.result() for each in slow]
    database.close()

    assert (dry.status_code, ready.status_code, live.status_code) == (200, 200, 200)
    assert took < 25
    assert {answer.status_code for answer in answers} == {200}
