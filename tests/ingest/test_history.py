"""Amounts far outside what their meter usually says are suspect by themselves, whatever way they come in."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.calendar.periods import instant_from_ms, interval_from_iso
from app.core.inventory.meters import MeterSpec
from app.core.inventory.usual import Usual
from app.core.readings.columns import NO_START, ReadingColumns
from app.ingest.judging.history import judge_by_history
from app.ingest.writing.amend import Amendment, accept_readings
from app.store.readings.usual import usual_amounts
from tests.ingest.test_judge import meter
from tests.support.elsewhere import another_process
from tests.support.site import NOW_MS, Site, new_site, stored

QUARTER_MS, DAY_MS = 900_000, 86_400_000
START_MS = 1_700_000_100_000
UNIT = 1_000_000


def far(values: Sequence[float], *, interval: str = "PT15M", apart_ms: int = QUARTER_MS, cut: int = 1_000) -> list[int]:
    """Return which of a meter's values are far outside, posted in bodies of `cut` rows."""
    spec = meter("interval", interval=interval_from_iso(interval))
    known, found = {spec.id: Usual()}, []
    for first in range(0, len(values), cut):
        columns = rows(spec, values[first : first + cut], START_MS + first * apart_ms, apart_ms)
        mask, changed = judge_by_history(columns, {spec.id: spec}, known)
        known |= changed
        found += (np.flatnonzero(mask) + first).tolist()
    return found


def rows(spec: MeterSpec, values: Sequence[float], first_ms: int, apart_ms: int) -> ReadingColumns:
    count = len(values)
    return ReadingColumns(
        row=np.arange(count, dtype=np.int32),
        meter=np.full(count, spec.id, dtype=np.int32),
        at=first_ms + np.arange(count, dtype=np.int64) * apart_ms,
        value=(np.asarray(values) * UNIT).astype(np.int64),
        start=np.full(count, NO_START, dtype=np.int64),
        quality=np.ones(count, dtype=np.int16),
    )


DAY = [5_000.0] * 47 + [4_900.0] * 5
"""Fifty-two quarter hours, of which 48 are needed; the fourth highest is 5,000, the limit 100,000."""


@pytest.mark.parametrize("cut", [1, 7, 1_000])
def test_one_value_is_far_outside_in_whatever_bodies_it_comes(cut: int) -> None:
    assert far([*DAY, 900_000, *DAY], cut=cut) == [52]
    assert far([*DAY, 100_000.0, *DAY], cut=cut) == []
    assert far([*DAY, 100_000.000001, *DAY], cut=cut) == [52]
    assert far([*DAY, -900_000, *DAY], cut=cut) == [52]


@pytest.mark.parametrize("cut", [1, 1_000])
def test_nothing_is_doubted_before_enough_was_said_and_zeros_say_nothing(cut: int) -> None:
    assert far([*[5.0] * 47, 900_000], cut=cut) == []
    assert far([*[5.0] * 48, 900_000], cut=cut) == [48]
    assert far([*[0.0] * 500, *[5.0] * 47, 900_000], cut=cut) == []
    assert far([*[5.0] * 12, 900_000], interval="P1D", apart_ms=DAY_MS, cut=cut) == [12]
    assert far([*[5.0] * 11, 900_000], interval="P1D", apart_ms=DAY_MS, cut=cut) == []


@pytest.mark.parametrize("cut", [1, 1_000])
def test_the_fourth_within_five_weeks_is_a_new_level(cut: int) -> None:
    weekly = [*[1.0] * 83, 50.0]
    assert far(weekly * 6, interval="PT2H", apart_ms=7_200_000, cut=cut) == [83, 167, 251]
    monthly = [*[1.0] * 359, 50.0]
    assert far(monthly * 6, interval="PT2H", apart_ms=7_200_000, cut=cut) == [359, 719, 1079, 1439, 1799, 2159]


@pytest.mark.parametrize("cut", [1, 1_000])
def test_a_level_that_rises_step_by_step_is_never_doubted(cut: int) -> None:
    assert far([*DAY, *[5_000.0 * 1.5**n for n in range(12) for _ in range(4)]], cut=cut) == []


SERIES = np.arange(35_040)
HOUR, DAYS = SERIES % 96 / 4, SERIES // 96
NOISE = 1 + 0.1 * np.random.default_rng(7).standard_normal(len(SERIES))


@pytest.mark.parametrize(
    ("values", "alarms"),
    [
        (np.where((DAYS % 7 < 5) & (HOUR > 7) & (HOUR < 19), 1_000, 20) * NOISE, 0),
        (np.where((DAYS % 7 > 1) & (HOUR > 6) & (HOUR < 22), 1_000, 2) * NOISE, 3),
        (np.where(SERIES % 2_976 < 4, 300, 0) * NOISE, 0),
        (np.where(SERIES % 288 < 8, 800, 0) * NOISE, 0),
        (np.where(SERIES % 672 == 300, 20, 0.1) * NOISE, 3),
        ((np.maximum(np.cos(2 * np.pi * DAYS / 365), 0) * 100 + 0.05) * NOISE, 0),
        (np.where(DAYS < 10, 0.5, 500) * NOISE, 3),
        (np.random.default_rng(7).lognormal(0, 1, len(SERIES)), 0),
    ],
    ids=[
        "office",
        "begins on a weekend",
        "a test a month",
        "batches",
        "backwash",
        "heating",
        "commissioning",
        "skewed",
    ],
)
def test_false_alarms_of_a_year_of_quarter_hours_are_three_at_most(values: Any, alarms: int) -> None:
    assert len(far(values.tolist(), cut=5_000)) == alarms


@given(st.lists(st.sampled_from([0.0, 1.0, 3.0, 25.0, 70.0, 2_000.0]), min_size=60, max_size=200), st.integers(1, 50))
def test_bodies_are_judged_as_their_rows_are_one_by_one(values: list[float], cut: int) -> None:
    assert far(values, cut=cut) == far(values, cut=1)


def history(spec: MeterSpec, values: Sequence[float], first: int = 0, **more: str) -> list[dict[str, str]]:
    return [
        {
            "meter": spec.code,
            "timestamp": instant_from_ms(START_MS + (first + at) * QUARTER_MS).isoformat(),
            "value": str(value),
            **more,
        }
        for at, value in enumerate(values)
    ]


@pytest.mark.parametrize("form", ["ndjson", "csv", "json"])
def test_what_is_far_outside_is_suspect_in_every_lane_and_stays_what_somebody_made_of_it(site: Site, form: str) -> None:
    own = new_site(site.database)
    spec = own.meter()
    own.post(history(spec, DAY), form=form)
    outlier = history(spec, [900_000], first=52)

    dry = own.post(outlier, form=form, dry_run=True)
    first = own.post(outlier, form=form)
    again = own.post(outlier, form=form)
    amendment = Amendment(own.organization_id, None, "it was so", NOW_MS + 1)
    accepted = accept_readings(own.database, amendment, meter_id=spec.id, instants=[START_MS + 52 * QUARTER_MS])
    late = own.post(outlier, form=form)
    like_it = own.post(history(spec, [901_000], first=53), form=form)

    assert [each.suspect for each in (dry, first, again)] == [1, 1, 0]
    assert (first.inserted, again.duplicate, late.duplicate) == (1, 1, 1)
    assert len(accepted.accepted) == 1
    assert like_it.suspect == 0
    assert [each[2] for each in stored(own.database, spec)][-2:] == [8 + 1, 1]


def test_an_outlier_said_again_and_again_is_one(site: Site) -> None:
    own = new_site(site.database)
    spec = own.meter()
    own.post(history(spec, DAY))
    for _ in range(6):
        own.post(history(spec, [900_000], first=52))
    for at in range(6):
        own.post(history(spec, DAY[:20], first=0, quality=["measured", "manual"][at % 2]))
    assert own.post(history(spec, [900_000], first=60)).suspect == 1


def test_what_is_remembered_survives_the_process_and_is_shared_with_others(site: Site) -> None:
    own = new_site(site.database)
    spec = own.meter()
    own.post(history(spec, DAY[:30]))
    with another_process(own) as other:
        other.post(history(spec, DAY[30:], first=30))
        assert own.post(history(spec, [900_000], first=52)).suspect == 1
        assert other.post(history(spec, [900_000], first=53)).suspect == 1
    with own.database.read() as session:
        known = usual_amounts(session, spec.organization_id, [spec.id])[spec.id]
    assert (known.lacking, known.level, len(known.far)) == (0, 5_000 * UNIT, 2)


@pytest.mark.parametrize(
    "fields",
    [{"plausibility": "off"}, {"max_rate": "10000000"}, {"annual_expectation": "4000000000"}],
)
def test_the_check_is_off_where_it_is_switched_off_or_a_limit_is_stated(site: Site, fields: dict[str, str]) -> None:
    own = new_site(site.database)
    spec = own.meter(**fields)
    own.post(history(spec, DAY))
    assert own.post(history(spec, [900_000], first=52)).suspect == 0


def test_a_years_expectation_bounds_a_reading(site: Site) -> None:
    own = new_site(site.database)
    spec = own.meter(annual_expectation="35040")
    outcome = own.post(history(spec, [20, 20.000001]))
    assert (outcome.inserted, outcome.suspect) == (2, 1)


def test_a_bill_of_a_month_among_quarter_hours_is_not_held_against_them(site: Site) -> None:
    own = new_site(site.database)
    spec = own.meter()
    own.post(history(spec, DAY))
    start = instant_from_ms(START_MS - 30 * DAY_MS).isoformat()
    assert own.post(history(spec, [9_000_000], first=60, start=start)).suspect == 0


def test_of_one_reading_said_twice_in_a_body_the_later_counts(site: Site) -> None:
    own = new_site(site.database)
    spec = own.meter()
    own.post(history(spec, DAY))
    assert own.post([*history(spec, [900_000], first=52), *history(spec, [5_000], first=52)]).suspect == 0
    assert own.post([*history(spec, [5_000], first=53), *history(spec, [900_000], first=53)]).suspect == 1


@pytest.mark.parametrize("rows_a_body", [30, 1])
def test_what_is_sent_again_is_not_learnt_again(site: Site, rows_a_body: int) -> None:
    own = new_site(site.database)
    spec = own.meter()
    own.post(history(spec, DAY[:30]))
    for _ in range(3):
        own.post(history(spec, DAY[:rows_a_body]))
    with own.database.read() as session:
        assert usual_amounts(session, spec.organization_id, [spec.id])[spec.id].lacking == 18


def test_a_month_may_hold_half_of_what_is_expected_of_the_year_and_its_own_share(site: Site) -> None:
    own = new_site(site.database)
    spec = own.meter(interval="P1M", edge="interval_start", annual_expectation="1200")
    rows = [
        {"meter": spec.code, "timestamp": f"2021-0{month}-01T00:00:00+08:00", "value": value}
        for month, value in ((1, "701.9"), (3, "702"))
    ]
    assert own.post(rows).suspect == 1


def test_a_body_that_is_refused_whole_teaches_nothing(site: Site) -> None:
    own = new_site(site.database)
    spec = own.meter()
    bad = {"meter": "nobody", "timestamp": "2021-03-01T00:00:00Z", "value": "1"}
    assert own.post([*history(spec, DAY), bad], atomic=True).rejected == 53
    with own.database.read() as session:
        assert usual_amounts(session, spec.organization_id, [spec.id])[spec.id] == Usual()
    assert own.post(history(spec, [900_000], first=52)).suspect == 0
