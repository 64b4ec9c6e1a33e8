"""The rows of measurements are readings of meters that there are, each handed out once."""

import numpy as np

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
