"""Pages give back every row they were made of, whoever reads them, and never others when they were damaged."""

import zlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.readings.columns import NO_START
from app.core.readings.reading_pages import DamagedPage, pack_page, unpack_page
from app.core.readings.versions import StoredColumns
from tests.core.page_reader import Row, read_page

SMALLEST, LARGEST = -(2**63), 2**63 - 1
QUARTER_HOUR = 900_000
SQUARES = [(n * n * 7919) % 977 for n in range(1_500)]
BATCH = 1_790_000_000_000 << 20 | 4097

int64 = st.integers(SMALLEST, LARGEST)
int16 = st.integers(-(2**15), 2**15 - 1)
texts = st.text(st.characters(exclude_categories=()), max_size=70)  # lone surrogates too
row = st.tuples(
    st.one_of(st.integers(1, 3), st.integers(-(2**31), 2**31 - 1)),
    st.one_of(st.integers(0, 40).map(lambda n: n * QUARTER_HOUR), int64),
    st.one_of(st.integers(-(2**62), 2**62), int64),
    st.one_of(st.just(1), int16),
    st.one_of(st.none(), st.integers(SMALLEST + 1, LARGEST)),
    st.one_of(st.just(1), int16),
    st.one_of(st.just(BATCH), int64),
    st.one_of(st.just(""), texts),
)
pages = st.lists(row, max_size=120).map(lambda rows: sorted(rows, key=lambda each: (each[0], each[1], each[7])))


def columns(rows: Sequence[Row]) -> StoredColumns:
    meter, at, value, quality, start, revision, batch, reference = ([each[n] for each in rows] for n in range(8))
    return StoredColumns(
        meter=np.array(meter, dtype=np.int32),
        at=np.array(at, dtype=np.int64),
        value=np.array(value, dtype=np.int64),
        quality=np.array(quality, dtype=np.int16),
        start=np.array([NO_START if each is None else each for each in start], dtype=np.int64),
        revision=np.array(revision, dtype=np.int16),
        batch=np.array(batch, dtype=np.int64),
        reference=np.array(reference, dtype=object) if any(reference) else None,
    )


def rows_of(found: StoredColumns) -> list[Row]:
    starts = [None if each == NO_START else each for each in found.start.tolist()]
    references = [""] * len(found) if found.reference is None else found.reference.tolist()
    stored = (found.meter, found.at, found.value, found.quality), (found.revision, found.batch)
    before, behind = ([column.tolist() for column in each] for each in stored)
    return list(zip(*before, starts, *behind, references, strict=True))


def quarter_hours(count: int, meter: int = 7) -> list[Row]:
    return [(meter, QUARTER_HOUR * n, 10_000 * SQUARES[n], 1, None, 1, BATCH, "") for n in range(count)]


FIVE = [
    (3, 100, 5, 1, None, 1, 12, ""),
    (3, 200, -7, 1, 150, 1, 12, "Δ7"),
    (3, 300, 2**62, 18, None, 2, 12, ""),
    (9, 100, 0, 1, None, 1, 12, ""),
    (9, 200, 1, 1, None, 1, 12, ""),
]
FIVE_BYTES = bytes.fromhex(
    "01 01 05000000 02000000 0c 0c 02 02 32 0f 0f 02 0f 02 0f 04"
    "03 01 0300000000000000 00 06"
    "03 01 0200000000000000 01 00"
    "00 64"
    "00 64"
    "03 08 f9ffffffffffffff 0c00000000000000 0000000000000000 0700000000000040 0700000000000000 0800000000000000"
    "03 01 0100000000000000 00 00 11 00 00"
    "03 01 0000000000000000 00 01 00 00 00"
    "00 32"
    "03 01 0100000000000000 00 00 01 00 00"
    "00 0c"
    "03 01 0000000000000000 00 03 00 00 00"
    "00 ce9437"
    "3919af22"
)
LEDGER = [
    (4, 1_000 * sum(SQUARES[: n + 1]), 1_000 * SQUARES[n], 1 + n % 2, None, 1, BATCH + (n << 30), f"WB-{n:05d}")
    for n in range(150)
]
BILLS = [(2, 10 * n, SQUARES[n], 3, 10 * n - 31, 1, BATCH, "") for n in range(12)]

PCODEC_PAGE = (
    "01013c0000000100000002020280c4020000020200000007003c0000030219000000000000004e008301860386025402f0028900c102f601"
    "f901ca02980005036f02a702ad03b001810020008d00c8010000d702ab024d03ec002a0365026e02450319018c03fc023a0375004f022601"
    "cb003e017f02bd009a0374034b00c10134004603550361000c02b4002a006e00800160033d02e8016102a803040401001000000000000000"
    "0000c40000000070b70fc0dd3ef0728df06266d0c15e908f7620b818a0636ff0695020df5030c37010021be0c37980e062006c6b60669390"
    "bb45a07f1790b20860541910654990d00300bf7240086c60c08450d32730697fe0596170b962e0878320b12e505d8e50647830da81e0aa15"
    "80fe5df0ac3040ca2270563480516560a720308090d0b38a40420fa05348d0bf0bf0ae83e0f885a09d1250c553d0471f30390a7099149068"
    "3e90a687603f5b10474ea0bd6010a39200010001000ce95f74ea"
)


@given(pages)
def test_any_rows_come_out_as_they_went_in(rows: list[Row]) -> None:
    page = pack_page(columns(rows))
    found = unpack_page(page)
    assert rows_of(found) == rows
    assert [
        getattr(found, name).dtype for name in ("meter", "at", "value", "quality", "start", "revision", "batch")
    ] == [np.dtype(name) for name in ("int32", "int64", "int64", "int16", "int64", "int16", "int64")]
    assert (found.reference is None) == all(not each[7] for each in rows)


@given(pages)
def test_any_page_is_read_by_a_program_that_knows_its_description_alone(rows: list[Row]) -> None:
    assert read_page(pack_page(columns(rows))) == rows


@pytest.mark.parametrize(
    "rows",
    [
        quarter_hours(1_500),
        [each for meter in range(50) for each in quarter_hours(1 + meter % 3 * 20, meter)],
        LEDGER,
        BILLS,
        [(*each[:4], SMALLEST + 1, *each[5:]) for each in BILLS],
        [(1, at, SQUARES[n] << 50, 1, None, 1, n, "") for n, at in enumerate([SMALLEST, -1, 0, 1, LARGEST])],
        [(meter, 0, 0, 1, None, 1, 0, "") for meter in (-(2**31), 2**31 - 1)],
        [(1, n, 0, -(2**15), None, 2**15 - 1, n % 7, ("\ud83d", "\ude00")[n % 2]) for n in range(300)],
        [(1, n, 0, 1, None, 1, 0, "" if n % 40 else "x" * 70_000) for n in range(100)],
    ],
    ids=["month", "meters", "ledger", "bills", "starts", "instants", "meters-apart", "surrogates", "long"],
)
def test_rows_of_each_kind_come_out_by_either_reader(rows: list[Row]) -> None:
    page = pack_page(columns(rows))
    assert rows_of(unpack_page(page)) == rows
    assert read_page(page) == rows


def test_a_page_is_the_bytes_that_its_description_says() -> None:
    assert pack_page(columns(FIVE)) == FIVE_BYTES
    assert rows_of(unpack_page(FIVE_BYTES)) == FIVE
    assert read_page(FIVE_BYTES) == FIVE


def test_a_page_of_no_rows_has_no_rows() -> None:
    page = pack_page(columns([]))
    assert len(page) == 1 + 1 + 4 + 4 + 12 + 4
    assert len(unpack_page(page)) == 0
    assert unpack_page(page).reference is None


def test_a_column_of_references_without_one_is_none() -> None:
    named = replace(columns(quarter_hours(3)), reference=np.full(3, "", dtype=object))
    assert unpack_page(pack_page(named)).reference is None


def test_meters_that_are_not_sorted_are_no_other_meters() -> None:
    rows = [(1, 0, 5, 1, None, 1, 1, ""), (2, 0, 5, 1, None, 1, 1, ""), (1, 9, 5, 1, None, 1, 1, "")]
    assert rows_of(unpack_page(pack_page(columns(rows)))) == rows


def test_regular_stamps_and_whatever_is_equal_cost_nothing() -> None:
    month = len(pack_page(columns(quarter_hours(1_488))))
    assert month < 1_488 * 10 / 8 + 140  # 977 values are 10 bits
    assert len(pack_page(columns([(*each[:2], 7, *each[3:]) for each in quarter_hours(1_488)]))) < 80
    meters = [each for meter in range(1, 101) for each in quarter_hours(10, meter)]
    assert len(pack_page(columns(meters))) < 1_000 * 10 / 8 + 140


def test_tickets_that_are_counted_up_cost_two_bytes_each() -> None:
    plain = [(*each[:7], "") for each in LEDGER]
    assert len(pack_page(columns(LEDGER))) - len(pack_page(columns(plain))) < 2 * 150


@pytest.mark.parametrize("rows", [FIVE, LEDGER, BILLS, quarter_hours(200), []], ids=str)
def test_a_page_of_which_a_byte_is_another_or_missing_is_damaged(rows: list[Row]) -> None:
    page = pack_page(columns(rows))
    for place, byte in enumerate(page):
        for other in {byte ^ 1, byte ^ 0x80, byte ^ 0xFF, 0} - {byte}:
            with pytest.raises(DamagedPage):
                unpack_page(page[:place] + bytes((other,)) + page[place + 1 :])
        for cut in (page[:place], page[place + 1 :], page[:place] + page[place + 1 :]):
            with pytest.raises(DamagedPage):
                unpack_page(cut)
    for longer in (page + b"\0", b"\0" + page, page + page):
        with pytest.raises(DamagedPage):
            unpack_page(longer)


def sealed(head: str, *parts: str) -> bytes:
    """Return a page with the right checksum, whatever else is wrong; its lengths are of one byte."""
    encoded = [bytes.fromhex(part) for part in parts]
    content = bytes.fromhex(head) + bytes(len(part) for part in encoded) + b"".join(encoded)
    return content + zlib.crc32(content).to_bytes(4, "little")


HEAD = "01 01 02000000 01000000"
TWO = ("00 07", "00 02", "00 00", "00 09", "00 05", "00 01", "", "", "00 01", "00 0c", "", "")


@pytest.mark.parametrize(
    ("head", "changed", "words"),
    [
        ("02 01 02000000 01000000", {}, "format 2"),
        ("01 03 02000000 01000000", {}, "contradict"),
        ("01 02 02000000 01000000", {}, "contradict"),
        ("01 04 02000000 01000000", {}, "contradict"),
        (
            "01 01 05000000 03000000",
            {1: "03 08 0000000000000000 ffffffffffffff7f ffffffffffffff7f 0700000000000000"},
            "number of rows",
        ),
        ("01 01 03000000 01000000", {}, "number of rows"),
        ("01 01 02000000 02000000", {}, "number of rows"),
        ("01 01 01000000 02000000", {1: "03 01 0000000000000000 00 01", 3: ""}, "number of rows"),
        ("01 01 02000000 03000000", {}, "number of rows"),
        ("01 01 00000000 00000000", {}, "column"),
        (HEAD, {1: "00 fe"}, "number of rows"),
        (HEAD, {0: "00 0000000001"}, "32 bits"),
        (HEAD, {5: "00 000001"}, "16 bits"),
        (HEAD, {8: "00 ff7fff"}, "16 bits"),
        (HEAD, {4: ""}, "column"),
        (HEAD, {6: "00 02", 7: "00 01"}, "neither"),
        (HEAD, {6: "00 01"}, "column"),
        (HEAD, {7: "00 01"}, "column"),
        (HEAD, {6: "03 01 0000000000000000 00 01", 7: "01 0000000000000000 01"[:2]}, "column"),
        (HEAD, {10: "00 01"}, "no known way"),
        (HEAD, {11: "00 6162"}, "column"),
        (HEAD, {10: "00 01", 11: "00 61"}, "as long"),
        (HEAD, {10: "00 01", 11: "00 616263"}, "as long"),
        (HEAD, {10: "00 ff", 11: "00 6162"}, "shorter than nothing"),
        (HEAD, {10: "03 01 ffffffffffffffff 04 00", 11: "00 6162"}, "shorter than nothing"),
        (
            "01 01 03000000 01000000",
            {1: "00 03", 10: "03 08 0000000000000000 ffffffffffffff7f ffffffffffffff7f 0200000000000000", 11: "00"},
            "shorter than nothing",
        ),
        (HEAD, {10: "00 ffffffffffffff3f", 11: "00 6162"}, "as long|shorter"),
        (HEAD, {10: "00 01", 11: "02 6162"}, "no known way"),
        (HEAD, {10: "00 01", 11: "01 6162"}, "contradict"),
        (HEAD, {10: "00 01", 11: "00 ff61"}, "decode"),
    ],
)
def test_a_page_that_contradicts_itself_is_damaged_whatever_its_checksum(
    head: str, changed: dict[int, str], words: str
) -> None:
    assert rows_of(unpack_page(sealed(HEAD, *TWO))) == [
        (7, 0, 5, 1, None, 1, 12, ""),
        (7, 9, 5, 1, None, 1, 12, ""),
    ]
    with pytest.raises(DamagedPage, match=words):
        unpack_page(sealed(head, *(changed.get(place, part) for place, part in enumerate(TWO))))


def test_a_page_with_bytes_that_belong_to_no_column_is_damaged() -> None:
    content = sealed(HEAD, *TWO)[:-4] + b"\0"
    with pytest.raises(DamagedPage, match="longer or shorter"):
        unpack_page(content + zlib.crc32(content).to_bytes(4, "little"))


def test_a_frame_of_references_is_not_unpacked_into_more_than_the_references() -> None:
    (longer,) = {pack_page(columns([(1, 0, 0, 1, None, 1, 0, "x" * 99)]))}
    frame = longer[longer.index(b"\x28\xb5\x2f\xfd") : -4]
    parts = ("00 07", "00 01", "00 00", "", "00 05", "00 01", "", "", "00 01", "00 0c", "00 62", "01" + frame.hex())
    with pytest.raises(DamagedPage, match="no known way"):
        unpack_page(sealed("01 01 01000000 01000000", *parts))
    whole = (*parts[:10], "00 63", parts[11])
    assert rows_of(unpack_page(sealed("01 01 01000000 01000000", *whole)))[0][7] == "x" * 99


def test_a_page_of_the_first_version_of_pcodec_is_read_for_ever() -> None:
    page = bytes.fromhex(PCODEC_PAGE)
    expected = [(7, at, 10_000 * SQUARES[n], 1, None, 1, 12, "") for n, at in enumerate(accumulate(SQUARES[:60]))]
    assert rows_of(unpack_page(page)) == expected
