"""An organization that is held up in the database holds up its own posts and nobody else's."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import text

from app.store.arrivals.arrivals import lock_readings
from app.store.engine.database import Database
from tests.conftest import own_database
from tests.support.company import Company, counts, found, post, reading
from tests.support.processes import serving

EXPRESS = "esg_express_posts_total"
RIVAL = "/v1/organizations/rival/readings"


@pytest.fixture(scope="module")
def company(postgresql_template: str) -> Iterator[Company]:
    with (
        own_database(postgresql_template) as url,
        serving(url, ESG_KEY_CACHE_S="60") as (server,),
        found(server, url) as acme,
    ):
        acme.organization("rival")
        yield acme


def test_posts_of_one_organization_wait_while_another_process_holds_it_and_those_of_others_are_stored(
    company: Company,
) -> None:
    """What holds it is a transaction in its midst, as of a large body elsewhere: theirs are numbered when it ends."""
    assert post(company.admin, reading(0, 1)).status_code == 200
    assert post(company.admin, reading(0, 1), path=RIVAL).status_code == 422
    express = company.metric(EXPRESS)
    database = Database(company.database_url)
    with ThreadPoolExecutor(40) as clients:
        with database.write() as session:
            organization_id = session.connection().execute(text("SELECT id FROM organization WHERE code = 'acme'"))
            lock_readings(session, int(organization_id.scalar_one()))
            held = [clients.submit(post, company.admin, reading(hour, 1)) for hour in range(1, 21)]
            others = [clients.submit(post, company.admin, reading(1, 1), path=RIVAL) for _ in range(10)]
            answers = [each.result(timeout=10) for each in others]
            assert not any(each.done() for each in held)
        stored: list[httpx.Response] = [each.result(timeout=10) for each in held]
    database.close()

    assert [answer.status_code for answer in answers] == [422] * 10
    assert [counts(answer) for answer in stored] == [[1, 1, 0, 0, 0, 0]] * 20
    assert company.metric(EXPRESS) == express + 30
