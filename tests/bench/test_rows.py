"""The rows of measurements are readings of meters that there are, each handed out once."""

import numpy as np

from bench.realistic import RANDOM, REGISTER, STEEL, intervals, realistic, used_micro_kwh
from bench.rows import NDJSON, Rows, Supply, joined


def _identities(rows: Rows) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return rows.meter * 10_000_000 + rows.slot


def test_a_million_rows_meter_by_meter_are_a_million_readings_of_the_thousand_meters() -> None:
    supply = Supply()
    rows = joined(
        [supply.by_meter(1_000_000), supply.by_meter(1_000_000), supply.by_meter(500), supply.by_meter(2_000)]
    )
    assert len(rows) == 2_002_500
    assert len(np.unique(_identities(rows))) == 2_002_500
    assert (rows.meter.min(), rows.meter.max()) == (1, 1_000)
    assert rows.slot.max() == -1
    assert NDJSON.body(rows.cut(10_000)[99]).startswith(b'{"meter":"m0032","timestamp":"2023-12-')


def test_rows_meter_by_meter_go_ten_days_further_back_after_the_last_meter() -> None:
    rows = Supply(meters=2).by_meter(3 * 960)
    assert rows.meter[[0, 959, 960, 1_919, 1_920, 2_879]].tolist() == [1, 1, 2, 2, 1, 1]
    assert rows.slot[[0, 959, 960, 1_919, 1_920, 2_879]].tolist() == [-960, -1, -960, -1, -1_920, -961]


def test_realistic_values_are_the_same_everywhere() -> None:
    places = [0, 1, 1_000, 2_999]  # meters 1 and 2 at eight o'clock, meter 1 and meter 1,000 later
    assert realistic(RANDOM, 32, 3).micro[places].tolist() == [10_465_000, 3_355_000, 2_186_000, 9_474_000]
    assert realistic(REGISTER, 32, 3).micro[places].tolist() == [
        1_012_665_000,
        2_012_691_000,
        1_013_054_000,
        1_000_013_420_000,
    ]
    assert realistic(STEEL, 32, 3).micro[places].tolist() == [24_980_000, 4_460_000, 3_380_000, 16_600_000]


def test_a_register_used_what_it_climbed_by_and_an_interval_meter_what_it_said() -> None:
    rows = Rows(np.array([1, 2, 1, 2]), np.array([0, 0, 1, 1]), np.array([100, 1_000, 107, 1_020]))
    assert used_micro_kwh(REGISTER, rows) == 27
    assert used_micro_kwh(STEEL, rows) == 2_227


def test_interval_meters_are_random_and_of_a_steel_plant_in_turn() -> None:
    assert intervals(32, 1).micro[:2].tolist() == [10_465_000, 4_460_000]
