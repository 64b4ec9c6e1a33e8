"""What the database adds up is what the rules add up, to the last integer."""

from datetime import datetime, timedelta

import pytest

from app.core.calendar.periods import Grain
from app.core.readings.buckets import AREA_STEP
from app.rollup.buckets.past import in_grain
from app.rollup.rolling.roller import roll_pending
from app.store.rollups.rollups import buckets
from tests.support.site import Site, row

FIRST = datetime.fromisoformat("2020-11-15T00:00:00+08:00")
EVER = {"first_day": 0, "end_day": 100_000}


@pytest.mark.parametrize("value", ["4294967295.999999", "-4294967295.999999", "-0.000001", "1234567.891"])
@pytest.mark.parametrize("kind", ["gauge", "stock", "event", "register", "interval"])
def test_months_and_years_are_the_same_integers_by_sql_and_by_the_rules(site: Site, kind: str, value: str) -> None:
    meter = site.meter(kind)
    rows = [row(meter, (FIRST + timedelta(hours=9 * n)).isoformat(), value if n % 3 else "7.5") for n in range(250)]
    site.post(rows)
    roll_pending(site.database)
    with site.database.read() as session:
        days, months, years = (
            buckets(session, meter.organization_id, meter_ids=[meter.id], grain=grain, **EVER)
            for grain in (Grain.DAY, Grain.MONTH, Grain.YEAR)
        )
    assert (len(months), len(years)) == (4, 2)
    assert months == in_grain(days, Grain.MONTH, meter)
    assert years == in_grain(months, Grain.YEAR, meter)
    assert years == in_grain(days, Grain.YEAR, meter)
    assert all(0 <= bucket.area_low < AREA_STEP for bucket in (*days, *months, *years))
