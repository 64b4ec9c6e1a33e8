"""What a transaction took in comes out of its bytes again, small or large, and of those of the first release."""

from dataclasses import replace

import numpy as np
import pytest

from app.core.readings.columns import NO_START, ReadingColumns
from app.core.readings.versions import Correction, Version
from app.store.arrivals.batches import BatchRecord
from app.store.arrivals.packed import Arrival, UnreadableArrival, pack, unpack

BATCH = 1_790_000_000_000 << 20 | 4097
CORRECTION = Correction(3, 50, Version(-5, 1, NO_START, 1, 11), Version(2**52, 2, 10, 2, 12))
FIRST_RELEASE = bytes.fromhex(
    "9ac4080300000009000000c4080200000001000000c4105a000000000000000000000000000000c4186400000000000000c8000000000000"
    "000000000000000000c418f9ffffffffffffff00000000000010000000000000000000c406010012000300c4180000000000000080960000"
    "00000000000000000000000080c4180c000000000000000d000000000000000c000000000000009185a56d6574657203a2617432a36f6c64"
    "85a576616c7565fba673746f72656401a57374617274d38000000000000000a87265766973696f6e01a562617463680ba36e657785a57661"
    "6c7565cf0010000000000000a673746f72656402a573746172740aa87265766973696f6e02a562617463680ca97265666572656e6365a092"
    "8ba269640caf6f7267616e697a6174696f6e5f696401a86b65795f636f6465a36b6579a6726561736f6ea3776879a8726563656976656403"
    "a8696e73657274656400a87265706c6163656400a96475706c696361746500a77375737065637400a872656a656374656400a66d65746572"
    "739203098ba269640daf6f7267616e697a6174696f6e5f696401a86b65795f636f6465a36b6579a6726561736f6ea3776879a87265636569"
    "76656403a8696e73657274656400a87265706c6163656400a96475706c696361746500a77375737065637400a872656a656374656400a66d"
    "65746572739203"
    "09"
)
"""Three readings, two batches and a correction as an arrival that waits in a database of the first release."""


def record(number: int) -> BatchRecord:
    return BatchRecord(number, 1, "key", "why", 3, 0, 0, 0, 0, 0, [3, 9])


def arrival(meters: int, each: int, *, batches: int = 1, references: bool = False) -> Arrival:
    """Return quarter hours of meters 1, 4, 7, ..., of the batches in turn; every ninth has its own start."""
    rows = meters * each
    place = np.arange(rows)
    at = 900_000 * (place % each)
    named = np.array([f"WB-{n}" if n % 2 else "" for n in range(rows)], dtype=object)
    new = ReadingColumns(
        row=place.astype(np.int32),
        meter=(1 + 3 * (place // each)).astype(np.int32),
        at=at,
        value=1_000 * ((place * place * 7919) % 16_381),
        start=np.where(place % 9 == 0, at - 86_400_000, NO_START),
        quality=np.where(place % 50 == 0, 17, 1).astype(np.int16),
        reference=named if references else None,
    )
    before = np.full(meters, -900_000)
    numbers = BATCH + (place % batches << 20)
    records = [record(BATCH + (n << 20)) for n in range(batches)]
    return Arrival(new, numbers, np.unique(new.meter), before, [CORRECTION], records)


def assert_same(found: Arrival, expected: Arrival) -> None:
    for name in ("meter", "at", "value", "start", "quality"):
        column, other = getattr(found.new, name), getattr(expected.new, name)
        assert column.dtype == other.dtype
        assert column.tolist() == other.tolist()
    for name in ("batches", "meters", "before"):
        assert getattr(found, name).tolist() == getattr(expected, name).tolist()
    assert found.meters.dtype == np.int32
    assert found.corrections == list(expected.corrections)
    assert found.records == list(expected.records)
    names = [None if each.new.reference is None else each.new.reference.tolist() for each in (found, expected)]
    assert names[0] == names[1]


@pytest.mark.parametrize(("meters", "each"), [(1, 1), (1, 500), (500, 1), (1, 501), (501, 1), (1_000, 10), (7, 300)])
@pytest.mark.parametrize("batches", [1, 3])
@pytest.mark.parametrize("references", [False, True])
def test_an_arrival_of_any_size_comes_out_as_it_went_in(meters: int, each: int, batches: int, references: bool) -> None:
    expected = arrival(meters, each, batches=batches, references=references and meters * each > 1)
    assert_same(unpack(pack(expected)), expected)


def test_a_later_part_without_records_comes_out_too() -> None:
    whole = arrival(1_000, 2, batches=2)
    expected = Arrival(whole.new, whole.batches, whole.meters, whole.before, [], ())
    assert_same(unpack(pack(expected)), expected)


def test_corrections_alone_come_out_too() -> None:
    whole = arrival(1, 1)
    none = np.empty(0, dtype=np.int64)
    expected = Arrival(whole.new.take(none), none, none.astype(np.int32), none, [CORRECTION] * 700, whole.records)
    assert_same(unpack(pack(expected)), expected)


def test_what_the_first_release_packed_comes_out() -> None:
    found = unpack(FIRST_RELEASE)
    assert found.new.meter.tolist() == [3, 3, 9]
    assert found.new.at.tolist() == [100, 200, 0]
    assert found.new.value.tolist() == [-7, 2**52, 0]
    assert found.new.quality.tolist() == [1, 18, 3]
    assert found.new.start.tolist() == [NO_START, 150, NO_START]
    assert found.new.reference is None
    assert found.batches.tolist() == [12, 13, 12]
    assert found.meters.tolist() == [3, 9]
    assert found.before.tolist() == [90, 0]
    assert found.corrections == [CORRECTION]
    assert found.records == [record(12), record(13)]


def test_a_small_arrival_is_appended_as_it_lies_and_a_large_one_in_two_bytes_a_reading() -> None:
    small, large = arrival(500, 1), arrival(1_000, 10)
    assert pack(small).startswith(b"\3")
    assert small.new.value.tobytes() in pack(small)
    assert len(pack(large)) < 3 * 10_000
    assert pack(arrival(1, 2, references=True)).startswith(b"\2")


def test_an_arrival_of_which_a_byte_is_another_or_missing_cannot_be_read() -> None:
    whole = pack(arrival(3, 7, references=True))
    for place, byte in enumerate(whole):
        for other in (byte ^ 1, byte ^ 0xFF):
            with pytest.raises(UnreadableArrival):
                unpack(whole[:place] + bytes((other,)) + whole[place + 1 :])
        with pytest.raises(UnreadableArrival):
            unpack(whole[:place])
    with pytest.raises(UnreadableArrival):
        unpack(whole + b"\0")


def test_many_corrections_are_packed_to_a_tenth_and_come_back() -> None:
    one, many = arrival(1, 1), arrival(1, 1)
    many = replace(many, corrections=[CORRECTION] * 1_000)
    assert len(pack(many)) - len(pack(one)) < 15_000
    assert_same(unpack(pack(many)), many)
    assert unpack(pack(many)).corrections == [CORRECTION] * 1_000
    for place in (0, 3, 30, -1):
        broken = bytearray(pack(many))
        broken[place] ^= 1
        with pytest.raises(UnreadableArrival):
            unpack(bytes(broken))
