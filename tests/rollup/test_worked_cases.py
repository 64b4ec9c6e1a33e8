"""Every worked case, by the rules alone and through either database."""

import pytest

from app.core.calendar.periods import Grain, instant_from_ms
from app.core.units.quantities import plain
from app.ingest.writing.amend import Amendment, state_exchange
from app.rollup.listing import Query, rollup_page
from app.rollup.rolling.roller import roll_pending
from app.store.directory.metered import metered
from app.store.rollups.rollups import buckets
from tests.rollup.worked import Case, cases, pure_buckets
from tests.support.site import NOW_MS, Site, new_site

CASES = [pytest.param(case, id=case.text["name"]) for case in cases()]
HOURLY = [pytest.param(case, id=case.text["name"]) for case in cases() if "hour_mean" in case.text]
EVER = {"first_day": -1_000_000, "end_day": 1_000_000}


@pytest.mark.parametrize("case", CASES)
def test_the_rules_give_what_the_case_states(case: Case) -> None:
    case.check(*pure_buckets(case))


@pytest.mark.parametrize("case", CASES)
def test_the_stored_rollups_are_what_the_case_states(site: Site, case: Case) -> None:
    own, meter_id = _set_up(site, case)
    with own.database.read() as session:
        day, month, year = (
            buckets(session, own.organization_id, meter_ids=[meter_id], grain=grain, **EVER)
            for grain in (Grain.DAY, Grain.MONTH, Grain.YEAR)
        )
    case.check(day, month, year)


@pytest.mark.parametrize("case", HOURLY)
def test_hours_are_what_the_case_states(site: Site, case: Case) -> None:
    own, _ = _set_up(site, case)
    query = Query(grain=Grain.HOUR, start_ms=None, end_ms=None, as_of_ms=None)
    with own.database.read() as session:
        meters = metered(session, own.organization_id)
        hours = rollup_page(session, meters, query, after=None, limit=100)
    zone = meters[0].spec.zone
    found = {instant_from_ms(hour.start_ms).astimezone(zone).isoformat()[:13]: hour.mean for hour in hours}
    stated = case.text["hour_mean"]
    assert {name: None if mean is None else plain(mean) for name, mean in found.items()} == stated


def test_no_case_is_written_twice() -> None:
    names = [case.text["name"] for case in cases()]
    assert len(names) == len(set(names))


def _set_up(site: Site, case: Case) -> tuple[Site, int]:
    own = new_site(site.database, fiscal_start_month=case.fiscal_start_month)
    meter = own.meter(**case.meter)
    outcome = own.post([{"meter": meter.code, **row} for row in case.rows])
    assert (outcome.inserted, outcome.suspect) == (outcome.received, 0)
    for each in case.exchanges:
        amendment = Amendment(own.organization_id, None, "instrument swapped", NOW_MS)
        state_exchange(
            own.database,
            amendment,
            meter_id=meter.id,
            at=each.at,
            final_value=each.final_value,
            first_value=each.first_value,
        )
    roll_pending(own.database)
    return own, meter.id
