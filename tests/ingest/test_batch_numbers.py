"""Batch numbers of processes that write at the same instant differ, so that what each appended can be entered."""

from contextlib import ExitStack

from sqlalchemy import func, select

from app.core.readings.batches import LANES, BatchNumbers, batch_from_code, stored_at_ms
from app.ingest.writing.amend import Amendment, accept_readings
from app.models import Batch
from app.rollup.rolling.roller import roll_pending
from tests.support.elsewhere import another_process, waiting
from tests.support.site import Site, later_ms, new_site, row, stored


def test_numbers_of_a_process_rise_and_end_in_its_lane() -> None:
    numbers = BatchNumbers()
    found = [numbers.next(now_ms, 7) for now_ms in (1_000, 1_000, 1_001, 999, 2_000)]
    assert found == sorted(set(found))
    assert [stored_at_ms(each) for each in found] == [1_000, 1_000, 1_001, 1_001, 2_000]
    numbers.pass_over(found[-1] + 5_000)
    assert numbers.next(0, 7) > found[-1] + 5_000
    assert {each % (LANES + 1) for each in [*found, numbers.next(0, 7)]} == {7}


def test_processes_that_post_in_the_same_millisecond_never_share_a_number(site: Site) -> None:
    now_ms = later_ms()
    sites = [site, new_site(site.database)]
    meters = [each.meter() for each in sites]
    codes = []
    with ExitStack() as stack:
        for process in range(6):
            place = process % 2
            other = stack.enter_context(another_process(sites[place]))
            for quarter in range(3):
                at = f"2021-03-0{process + 1}T00:{15 * quarter:02}:00Z"
                codes.append(other.post([row(meters[place], at, 1)], now_ms=now_ms).batch)
    assert len({batch_from_code(code or "") for code in codes}) == 18
    roll_pending(site.database)
    assert [waiting(each) for each in sites] == [0, 0]
    assert [len(stored(site.database, meter)) for meter in meters] == [9, 9]
    with site.database.read() as session:
        for each in sites:
            own = select(func.count()).select_from(Batch).where(Batch.organization_id == each.organization_id)  # type: ignore[arg-type]
            assert session.connection().execute(own).scalar_one() == 9


def test_a_lane_claimed_by_what_was_rolled_back_is_not_kept(site: Site) -> None:
    meter = site.meter()
    with another_process(site) as one, another_process(site) as other:
        one.post([row(meter, "2021-03-01T00:00:00Z", 1)], now_ms=later_ms(), dry_run=True)
        assert one.database.batches.lane is None
        other.post([row(meter, "2021-03-01T00:00:00Z", 1)], now_ms=later_ms())
        amendment = Amendment(site.organization_id, None, None, later_ms())
        accept_readings(one.database, amendment, meter_id=meter.id, instants=[])
        assert None not in (one.database.batches.lane, other.database.batches.lane)
        assert one.database.batches.lane != other.database.batches.lane
