"""What an amendment is said to change is what it changes, whatever the kind of meter and whatever was stored."""

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.inventory.meters import MeterSpec
from app.core.readings.beliefs import AmendmentAction, Supposition
from app.disclosure.live.amendment_preview import YearEffect, effects_of
from app.ingest.writing.amend import Amendment
from app.ingest.writing.bulk_amend import order, order_undoing
from app.rollup.rolling.roller import roll_pending
from app.store.inventory.organizations import organization_by_id
from app.store.operations.bulk_amendments import Stretch
from tests.amendments.orders import ACCEPT, UNDO, WITHDRAW, finish
from tests.support.site import Site, later_ms, new_site, quantities, revisions, stored
from tests.support.streams import Stream, deliveries, streams

WITHIN = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
_YEAR = 3
_MICRO = 1_000_000


@WITHIN
@given(streams(), st.randoms(use_true_random=False), st.integers(0, 7), st.integers(0, 7))
def test_what_would_change_is_what_changes(site: Site, stream: Stream, random: Random, first: int, last: int) -> None:
    own = new_site(site.database, fiscal_start_month=stream.fiscal_start_month)
    meter = own.meter(**stream.meter)
    for delivery in deliveries(stream, random):
        own.post([saying.row(meter) for saying in delivery.sayings], form=delivery.form)
    roll_pending(own.database)
    instants = [each[0] for each in stored(own.database, meter)]
    inside = sorted(instants[min(each, len(instants) - 1)] for each in (first, last))
    stretch = Stretch([meter.id], inside[0], inside[1] + 1)
    undone = None
    for action in random.choice([(WITHDRAW,), (ACCEPT,), (WITHDRAW, UNDO), (ACCEPT, UNDO), (ACCEPT, WITHDRAW)]):
        undone = _holds(own, meter, stretch, action, undone)


def _holds(own: Site, meter: MeterSpec, stretch: Stretch, action: AmendmentAction, undoes: int | None) -> int:
    """Hold what an amendment is said to change against what it does; return its batch."""
    undoes = undoes if action is UNDO else None
    before, kept = quantities(own.database, meter, _YEAR), (stored(own.database, meter), revisions(own.database, meter))
    said = _said(own, Supposition(action, frozenset({meter.id}), stretch.first_at, stretch.end_at, undoes))
    assert (stored(own.database, meter), revisions(own.database, meter)) == kept
    by = Amendment(own.organization_id, None, "tried before", later_ms())
    if undoes is not None:
        row = order_undoing(own.database, by, batch=undoes)
    else:
        row = order(own.database, by, stretch, action)
    finish(own)
    roll_pending(own.database)
    after = quantities(own.database, meter, _YEAR)
    changed = len(revisions(own.database, meter)) - len(kept[1])
    assert sum(year.readings for year in said) == changed
    told = {year.period.first_day: (_micro(year, "current"), _micro(year, "proposed")) for year in said}
    assert {day: pair for day, pair in told.items() if pair != (None, None)} == {
        day: (before.get(day), after.get(day))
        for day in told
        if before.get(day) is not None or after.get(day) is not None
    }
    assert {day: total for day, total in before.items() if day not in told} == {
        day: total for day, total in after.items() if day not in told
    }
    return row.batch_id


def _said(own: Site, supposed: Supposition) -> list[YearEffect]:
    with own.database.read() as session:
        organization = organization_by_id(session, own.organization_id)
        assert organization is not None
        code = organization.code
    return effects_of(own.database, code, supposed)


def _micro(year: YearEffect, name: str) -> int | None:
    quantity = getattr(year.meters[0], name)
    return None if quantity is None else int(quantity * _MICRO)
