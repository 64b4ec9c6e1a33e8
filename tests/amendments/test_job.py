"""The job that carries amendments on: what goes wrong with one organization's keeps no other's waiting."""

import pytest
from sqlalchemy import text

from app.jobs.bulk_amendments import amend_on
from app.store.operations.bulk_amendments import organizations_amending
from tests.amendments.orders import WITHDRAW, finish, kept, ordered
from tests.support.site import Site, new_site, row, stored

DAY = ("2021-03-01T00:00:00Z", "2021-03-02T00:00:00Z")


def test_one_organizations_trouble_keeps_no_other_waiting(site: Site) -> None:
    sites = [site, new_site(site.database)]
    meters = [each.meter() for each in sites]
    batches = []
    for each, meter in zip(sites, meters, strict=True):
        each.post([row(meter, DAY[0], 1)])
        batches.append(ordered(each, WITHDRAW, [meter], *DAY))
    _set_action(site, batches[0], "unheard-of")

    with pytest.raises(ValueError, match="unheard-of"):
        amend_on(site.database)

    assert kept(sites[1], batches[1]).changed == 1
    assert [quality for _, _, quality, _, _ in stored(site.database, meters[1])] == [25]
    with site.database.read() as session:
        assert organizations_amending(session) == [site.organization_id]
    _set_action(site, batches[0], "withdraw")
    assert [amend_on(site.database), amend_on(site.database)] == [1, 0]
    assert [quality for _, _, quality, _, _ in stored(site.database, meters[0])] == [25]


def _set_action(site: Site, batch: int, action: str) -> None:
    with site.database.write() as session:
        statement = text("UPDATE bulk_amendment SET action = :action WHERE batch_id = :batch")
        session.connection().execute(statement, {"action": action, "batch": batch})


def test_nothing_is_done_where_everything_is_finished(site: Site) -> None:
    finish(site)
    assert amend_on(site.database) == 0
