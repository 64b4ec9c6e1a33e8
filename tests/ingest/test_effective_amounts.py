"""What a meter usually says is told by what stands: a slip that was corrected or taken away is no part of it."""

from collections.abc import Callable

import pytest

from app.core.calendar.periods import instant_from_ms
from app.core.inventory.meters import MeterSpec
from app.core.readings.batches import batch_from_code
from app.ingest.writing.amend import Amendment, accept_readings, withdraw_reading
from app.ingest.writing.take_back import take_back
from app.store.readings.usual import usual_amounts
from tests.support.elsewhere import another_process
from tests.support.site import NOW_MS, Site, new_site

DAY_MS = 86_400_000
START_MS = 1_700_006_400_000
UNIT = 1_000_000
SLIPS = (16, 17, 18, 19)
"""Days on which 50 was said for 5."""


def rows(spec: MeterSpec, said: dict[int, float], **more: str) -> list[dict[str, str]]:
    return [{"meter": spec.code, "timestamp": _text(day), "value": str(value), **more} for day, value in said.items()]


def _text(day: int) -> str:
    return instant_from_ms(START_MS + day * DAY_MS).isoformat()


def _corrected(own: Site, spec: MeterSpec, batch: int) -> None:
    own.post(rows(spec, dict.fromkeys(SLIPS, 5)))


def _corrected_elsewhere(own: Site, spec: MeterSpec, batch: int) -> None:
    with another_process(own) as other:
        other.post(rows(spec, dict.fromkeys(SLIPS, 5)))


def _withdrawn(own: Site, spec: MeterSpec, batch: int) -> None:
    for day in SLIPS:
        amendment = Amendment(own.organization_id, None, "a slip", NOW_MS + 1)
        withdraw_reading(own.database, amendment, meter_id=spec.id, at=START_MS + day * DAY_MS)


def _taken_back(own: Site, spec: MeterSpec, batch: int) -> None:
    amendment = Amendment(own.organization_id, None, "the wrong file", NOW_MS + 1)
    assert take_back(own.database, amendment, batch=batch, meter_ids=[spec.id]) == len(SLIPS)


@pytest.mark.parametrize("mend", [_corrected, _corrected_elsewhere, _withdrawn, _taken_back])
def test_slips_that_stand_no_more_shift_nothing(site: Site, mend: Callable[[Site, MeterSpec, int], None]) -> None:
    own = new_site(site.database)
    spec = own.meter(interval="P1D", edge="interval_start")
    own.post(rows(spec, dict.fromkeys(range(16), 5)))
    slips = own.post(rows(spec, dict.fromkeys(SLIPS, 50)))
    own.post(rows(spec, {20: 60}))  # 60 is usual beside 50
    assert own.post(rows(spec, {21: 900}), dry_run=True).suspect == 0

    assert slips.batch is not None
    mend(own, spec, batch_from_code(slips.batch))

    assert own.post(rows(spec, {21: 900})).suspect == 1
    assert own.post(rows(spec, {22: 99})).suspect == 0
    assert _level(own, spec) == 5 * UNIT


def test_a_correction_upwards_is_usual_and_one_that_is_left_suspect_is_not(site: Site) -> None:
    own = new_site(site.database)
    spec = own.meter(interval="P1D", edge="interval_start")
    own.post(rows(spec, dict.fromkeys(range(16), 5)))
    own.post(rows(spec, dict.fromkeys(range(4), 50)))
    assert _level(own, spec) == 50 * UNIT
    own.post(rows(spec, dict.fromkeys(range(4, 8), 9_000)))
    assert _level(own, spec) == 9_000 * UNIT  # four within five weeks are a new level


def test_far_amounts_that_were_mended_make_no_new_level_with_the_next(site: Site) -> None:
    own = new_site(site.database)
    spec = own.meter(interval="P1D", edge="interval_start")
    own.post(rows(spec, dict.fromkeys(range(16), 5)))
    for day in (16, 17, 18):
        assert own.post(rows(spec, {day: 900})).suspect == 1
        own.post(rows(spec, {day: 5}))
    assert own.post(rows(spec, {19: 900})).suspect == 1
    assert own.post(rows(spec, {20: 900})).suspect == 1


def test_of_a_meter_whose_readings_are_all_withdrawn_nothing_is_usual(site: Site) -> None:
    own = new_site(site.database)
    spec = own.meter(interval="P1D", edge="interval_start")
    own.post(rows(spec, dict.fromkeys(range(16), 5)))
    for day in range(16):
        amendment = Amendment(own.organization_id, None, "another meter's", NOW_MS + 1)
        withdraw_reading(own.database, amendment, meter_id=spec.id, at=START_MS + day * DAY_MS)
    assert own.post(rows(spec, {16: 90_000})).suspect == 0


def test_what_was_accepted_stays_usual_while_it_stands(site: Site) -> None:
    own = new_site(site.database)
    spec = own.meter(interval="P1D", edge="interval_start")
    own.post(rows(spec, dict.fromkeys(range(16), 5)))
    own.post(rows(spec, {16: 900}))
    amendment = Amendment(own.organization_id, None, "it was so", NOW_MS + 1)
    accept_readings(own.database, amendment, meter_id=spec.id, instants=[START_MS + 16 * DAY_MS])
    own.post(rows(spec, {3: 6}))
    assert _level(own, spec) == 900 * UNIT
    withdraw_reading(own.database, amendment, meter_id=spec.id, at=START_MS + 16 * DAY_MS)
    assert _level(own, spec) == 6 * UNIT


def _level(own: Site, spec: MeterSpec) -> int:
    with own.database.read() as session:
        return usual_amounts(session, spec.organization_id, [spec.id])[spec.id].level
