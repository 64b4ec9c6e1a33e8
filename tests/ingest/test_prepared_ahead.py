"""A large body is compared and packed before its transaction, which starts over when somebody has written since."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlmodel import Session

from app.ingest.writing import write as writing
from app.ingest.writing.write import InventoryMoved
from tests.support.bodies import Row
from tests.support.elsewhere import another_process
from tests.support.site import Site, counts, later_ms, row, stored

NOON_MS = 1_614_600_000_000


@pytest.fixture(autouse=True)
def three_rows_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "LARGE_ROWS", 3)


@pytest.fixture
def within(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the transactions that had to compare rows themselves."""
    numbers: list[int] = []
    prepare = writing._Writing._prepared_within

    def noting(self: Any, session: Session, number: int) -> Any:
        numbers.append(number)
        return prepare(self, session, number)

    monkeypatch.setattr(writing._Writing, "_prepared_within", noting)
    return numbers


def before_the_next_transaction(site: Site, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Have something happen once the next body is prepared, and before its transaction begins."""
    write: Callable[[], AbstractContextManager[Session]] = site.database.write

    def after_it() -> AbstractContextManager[Session]:
        monkeypatch.setattr(site.database, "write", write)
        happens()
        return write()

    monkeypatch.setattr(site.database, "write", after_it)


def rows_of(meter: Any, *values: int) -> list[Row]:
    return [row(meter, f"2021-03-01T{hour:02}:00:00Z", value) for hour, value in enumerate(values)]


def test_new_rows_repeats_and_corrections_are_told_ahead(site: Site, within: list[int]) -> None:
    meter = site.meter()
    assert counts(site.post(rows_of(meter, 1, 2, 3), now_ms=later_ms())) == (3, 0, 0)
    assert len(within) == 1
    assert counts(site.post(rows_of(meter, 1, 20, 3, 4), now_ms=later_ms())) == (1, 1, 2)
    assert counts(site.post(rows_of(meter, 1, 20, 3, 4), now_ms=later_ms())) == (0, 0, 4)
    assert len(within) == 1
    assert [each[1] for each in stored(site.database, meter)] == [1_000_000, 20_000_000, 3_000_000, 4_000_000]


def test_what_another_process_wrote_meanwhile_is_counted(
    site: Site, within: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    meter = site.meter()
    site.post(rows_of(meter, 1, 2, 3), now_ms=later_ms())
    later = [row(meter, f"2021-03-02T{hour:02}:00:00Z", hour) for hour in range(3)]
    changed = [later[0], row(meter, "2021-03-02T01:00:00Z", 7)]
    with another_process(site) as other:
        before_the_next_transaction(site, monkeypatch, lambda: other.post(changed, now_ms=later_ms()))
        assert counts(site.post(later, now_ms=later_ms())) == (1, 1, 1)
    assert 3 in within
    values = [each[1] for each in stored(site.database, meter)]
    assert values == [1_000_000, 2_000_000, 3_000_000, 0, 1_000_000, 2_000_000]


def test_a_batch_that_starts_over_is_numbered_after_what_was_written_meanwhile(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    meter = site.meter()
    site.post(rows_of(meter, 1, 2, 3), now_ms=NOON_MS)
    batches: list[str] = []
    with another_process(site) as other:

        def correct() -> None:
            batches.append(str(other.post(rows_of(meter, 5), now_ms=NOON_MS).batch))

        before_the_next_transaction(site, monkeypatch, correct)
        outcome = site.post(rows_of(meter, 6, 2, 3), now_ms=NOON_MS)
    assert counts(outcome) == (0, 1, 2)
    assert str(outcome.batch) > batches[0]
    assert stored(site.database, meter)[0][1] == 6_000_000


def test_rows_are_judged_again_when_a_meter_was_changed_meanwhile(
    site: Site, within: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    meter = site.meter()
    site.post(rows_of(meter, 1, 2, 3), now_ms=later_ms())
    seen: list[type[BaseException]] = []
    hold = writing._Writing._hold

    def noting(self: Any, session: Session) -> int:
        try:
            return hold(self, session)
        except InventoryMoved:
            seen.append(InventoryMoved)
            raise

    monkeypatch.setattr(writing._Writing, "_hold", noting)
    before_the_next_transaction(site, monkeypatch, site.meter)
    assert counts(site.post(rows_of(meter, 1, 2, 4), now_ms=later_ms())) == (0, 1, 2)
    assert seen == [InventoryMoved]


def test_far_amounts_are_suspect_ahead_and_learnt_once(site: Site, within: list[int]) -> None:
    meter = site.meter()
    usual = [row(meter, f"2021-03-{day:02}T{hour:02}:00:00Z", 5) for day in range(1, 21) for hour in range(24)]
    site.post(usual, now_ms=later_ms())
    far = [row(meter, f"2021-03-22T{hour:02}:00:00Z", 5 if hour else 900_000) for hour in range(3)]
    outcome = site.post(far, now_ms=later_ms())
    assert (outcome.inserted, outcome.suspect) == (3, 1)
    assert len(within) == 1


def test_an_atomic_body_with_a_fault_stores_nothing_ahead(site: Site, within: list[int]) -> None:
    meter = site.meter()
    site.post(rows_of(meter, 1, 2, 3), now_ms=later_ms())
    faulty = [*rows_of(meter, 1, 9, 3), row(meter, "never", 1)]
    assert site.post(faulty, now_ms=later_ms(), atomic=True).rejected == 4
    assert [each[1] for each in stored(site.database, meter)] == [1_000_000, 2_000_000, 3_000_000]
    assert len(within) == 1
