"""Versions of one datapoint stated at once: each gets its own number, and their instants never go back."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from app.accounting.stated.datapoints import Statement
from app.accounting.stated.stating import state
from app.store.engine.database import Database
from app.store.inventory.organizations import organization_of
from app.store.reporting.datapoints import DatapointFilter, datapoint_page, revisions_of

_AT_ONCE = 6


@pytest.mark.usefixtures("acme")
def test_statements_at_once_become_versions_one_after_the_other(database: Database) -> None:
    def stated(number: int) -> None:
        statement = Statement("workforce.total", 2021, None, {}, Decimal(number), None, "person", None)
        with database.write() as session:
            organization = organization_of(session, "acme")
            # The later the number, the earlier the clock that brings it.
            state(session, organization, statement, key_code="k", now_ms=1_700_000_000_000 - number)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(stated, range(_AT_ONCE)))

    with database.read() as session:
        organization_id = organization_of(session, "acme").id or 0
        (standing,) = datapoint_page(session, organization_id, DatapointFilter(), cursor=None, limit=10).items
        versions = [row.datapoint for row in revisions_of(session, organization_id, standing.datapoint.code)]
    assert [each.revision for each in versions] == [1, 2, 3, 4, 5, 6]
    assert sorted(each.value or Decimal(0) for each in versions) == [Decimal(number) for number in range(_AT_ONCE)]
    assert [each.stored_at for each in versions] == sorted(each.stored_at for each in versions)
