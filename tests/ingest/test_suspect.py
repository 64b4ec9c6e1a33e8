"""The ranges that whole columns are held against are the checks of single readings, in exact integers."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.calendar.periods import interval_from_iso
from app.core.inventory.meters import MeterSpec
from app.core.readings.columns import NO_START, ReadingColumns
from app.ingest.judging.suspect import mark_suspects
from tests.ingest.test_judge import AT_MS, SUSPECT, meter

HOUR_MS = 3_600_000
LIMIT_MICRO = 2**32 * 10**6
RATES = [None, Decimal(0), Decimal(1), Decimal("0.3"), Decimal(3_999_999), Decimal("1e30"), Decimal("12345.678")]
INTERVALS = ["PT1S", "PT7M", "PT1H"]
SPECS = [
    *(meter("interval", max_rate_micro=rate, interval=interval_from_iso(name)) for rate in RATES for name in INTERVALS),
    meter("register", modulus_micro=10**9),
    meter("register", modulus_micro=10**30),
    meter("register"),
    meter("stock"),
    meter("gauge"),
]
VALUES = st.one_of(
    st.integers(-LIMIT_MICRO, LIMIT_MICRO), st.integers(-2, 2), st.sampled_from([3_429, 999_999, 10**9 - 1, 10**9])
)


def fails(spec: MeterSpec, value: int, span_ms: int) -> bool:
    """Tell by one reading's own numbers whether it fails the check of its meter."""
    if spec.kind == "interval":
        return spec.max_rate_micro is not None and abs(value) > Fraction(spec.max_rate_micro) * Fraction(
            span_ms, HOUR_MS
        )
    if spec.kind == "register":
        return spec.modulus_micro is not None and not 0 <= value < spec.modulus_micro
    return spec.kind == "stock" and value < 0


@given(st.lists(st.tuples(st.sampled_from(SPECS), VALUES, st.one_of(st.none(), st.integers(1, 10**10))), min_size=1))
@example([(SPECS[6], 3_600_000_000, None)])
@example([(SPECS[6], 2, HOUR_MS), (SPECS[6], 2, 2 * HOUR_MS)])
@example([(SPECS[6], 2, HOUR_MS), (SPECS[12], 2, HOUR_MS)])
def test_each_reading_is_suspect_by_the_check_of_its_own_meter(rows: list[tuple[MeterSpec, int, int | None]]) -> None:
    stated = [span if spec.kind == "interval" else None for spec, _, span in rows]
    columns = ReadingColumns(
        row=np.arange(len(rows), dtype=np.int32),
        meter=np.zeros(len(rows), dtype=np.int32),
        at=np.full(len(rows), AT_MS),
        value=np.array([value for _, value, _ in rows], dtype=np.int64),
        start=np.array([NO_START if span is None else AT_MS - span for span in stated], dtype=np.int64),
        quality=np.ones(len(rows), dtype=np.int16),
    )
    mark_suspects(columns, SPECS, np.array([SPECS.index(spec) for spec, _, _ in rows]))
    spans = [
        (spec.interval.seconds * 1_000 if spec.interval else 0) if span is None else span
        for (spec, _, _), span in zip(rows, stated, strict=True)
    ]
    expected = [fails(spec, value, span) for (spec, value, _), span in zip(rows, spans, strict=True)]
    assert [quality >= SUSPECT for quality in columns.quality.tolist()] == expected
