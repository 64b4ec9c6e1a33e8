"""Columns of integers come out as they went in, in as few bytes as their regularity allows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.readings.integer_columns import pack_integers, unpack_integers

SMALLEST, LARGEST = -(2**63), 2**63 - 1
SQUARES = [(n * n * 7919) % 977 for n in range(300)]
"""As good as random, below 977."""

any_integer = st.integers(SMALLEST, LARGEST)
few = st.sampled_from([SMALLEST, -1, 0, 1, LARGEST])
stretch = st.tuples(st.one_of(few, any_integer), st.integers(1, 400))
columns = st.one_of(
    st.lists(any_integer, max_size=300),
    st.lists(few, max_size=300),
    st.lists(st.integers(0, 2**14).map(lambda number: number * 1000), max_size=300),
    st.lists(stretch, max_size=8).map(lambda runs: [value for value, length in runs for _ in range(length)]),
    st.tuples(st.integers(-(2**61), 2**61), st.integers(-(2**50), 2**50), st.integers(0, 900)).map(
        lambda line: [line[0] + line[1] * n for n in range(line[2])]
    ),
)


def packed(*integers: int) -> bytes:
    return pack_integers(np.array(integers, dtype=np.int64))


@given(columns)
def test_any_column_comes_out_as_it_went_in(column: list[int]) -> None:
    found = unpack_integers(packed(*column), len(column))
    assert found.dtype == np.int64
    assert found.tolist() == column


@pytest.mark.parametrize(
    ("column", "content"),
    [
        ([], ""),
        ([7] * 1500, "00 07"),
        ([-1], "00 ff"),
        ([128] * 2, "00 80 00"),
        ([-128], "00 80"),
        ([LARGEST] * 3, "00 ff ff ff ff ff ff ff 7f"),
        ([SMALLEST] * 3, "00 00 00 00 00 00 00 00 80"),
        (range(900, 900_000, 900), "01 84 03 00 00 00 00 00 00 84 03"),
        ([5, 4, 3], "01 05 00 00 00 00 00 00 00 ff"),
        ([1] * 900 + [2] * 600, "02 02 00 00 00 0c 00 00 00 030101000000000000000001 03025802000000000000 2c01 0000"),
        ([100, 103, 101], "03 01 64 00 00 00 00 00 00 00 00 03 01"),
        ([0, 255, 256], "03 02 00 00 00 00 00 00 00 00 0000 ff00 0001"),
        ([SMALLEST, LARGEST], "03 08 00 00 00 00 00 00 00 80 0000000000000000 ffffffffffffffff"),
    ],
)
def test_regular_columns_are_these_bytes(column: list[int], content: str) -> None:
    assert packed(*column) == bytes.fromhex(content)
    assert unpack_integers(bytes.fromhex(content), len(column)).tolist() == list(column)


def test_a_column_packed_by_the_first_version_of_pcodec_is_read_for_ever() -> None:
    content = bytes.fromhex(
        "0404010010002800000000000000f40000000000589f6101589f6181a1e9c660c8fe23c80854088ae79a02edc22240062927984f110714e7"
        "c6817b929ea0b97e0930b7b30ad02e2c02e00f97c0fdd13328fc2006e42d84801a3b0cc0a9e708e86173062a751500985ca180e6fa2570e8"
        "aa0ba204e080eb2bb3c0983922584cad084cdce30215a94120ce0c3208d1940a4e6bda024b781e00790b2118334704a8b1c3808d994900a7"
        "9e23f0b5de020ed12c83dc0cc3804a5d0590595b06f2164280012eb9c07e192f90daa201e235d781fcfc2be01a9803587ccf012a0c5f813a"
        "c2bec0471420e83ee106a42a20824e35ce"
    )
    assert unpack_integers(content, 60).tolist() == [900_000 * square + 5 for square in SQUARES[:60]]


def test_readings_take_about_the_bits_that_vary() -> None:
    assert len(packed(*(1_000_000_000 + 10_000 * square for square in SQUARES))) < 300 * 10 / 8 + 60
    assert len(packed(*SQUARES[:80])) == 10 + 80 * 2  # up to 160 bytes stay narrow
    assert packed(*SQUARES[:81])[0] == 4


def test_no_pattern_of_batches_is_taken_for_noise() -> None:
    for batches in (2, 5, 8, 15, 16, 25, 30, 60):
        numbers = [(1_790_000_000_000 + 86_400_000 * n + SQUARES[n]) << 20 | 4097 for n in range(batches)]
        column = [number for number in numbers for _ in range(1_500 // batches)]
        assert len(packed(*column)) < 60 + 8 * batches


@pytest.mark.parametrize("length", [2**18, 2**18 + 1])
def test_a_column_longer_than_a_chunk_comes_out_too(length: int) -> None:
    column = np.resize(np.array(SQUARES) * 1_000, length)
    content = pack_integers(column)
    assert content[0] == (4 if length == 2**18 else 3)
    assert unpack_integers(content, length).tolist() == column.tolist()


PCODEC = packed(*SQUARES)


@pytest.mark.parametrize(
    ("content", "count"),
    [
        (b"", 1),
        (b"\0\7", 0),
        (b"\0", 3),
        (b"\0" + b"\1" * 9, 3),
        (b"\5\0", 3),
        (bytes.fromhex("01 84030000000000"), 3),
        (bytes.fromhex("01 8403000000000000"), 3),
        (bytes.fromhex("01 ffffffffffffff7f 01"), 3),
        (packed(*range(900))[:-1] + b"\1" * 9, 3),
        (packed(*[1] * 900, *[2] * 600), 1_501),
        (packed(*[1] * 900, *[2] * 600), 1),
        (packed(*[1] * 900, *[2] * 600)[:-1], 1_500),
        (bytes.fromhex("02 00000000 00000000 00"), 3),
        (bytes.fromhex("02 02000000 02000000 0007 0000"), 1),
        (bytes.fromhex("02 02000000 02000000 0007 0000"), 2),
        (bytes.fromhex("02 03000000 02000000 0007 0301ffffffffffffffff000203"), 3),
        (packed(100, 103, 101)[:-1], 3),
        (packed(100, 103, 101) + b"\0", 3),
        (packed(100, 103, 101), 2),
        (bytes.fromhex("03 03 6400000000000000 000000 000003 000001"), 3),
        (PCODEC[:-1], 300),
        (PCODEC + b"\0", 300),
        (PCODEC, 299),
        (PCODEC, 301),
        (PCODEC[:20], 300),
        (b"\4", 300),
    ],
)
def test_bytes_that_cannot_be_so_many_integers_are_refused(content: bytes, count: int) -> None:
    with pytest.raises(ValueError, match=r"column|integer|pcodec"):
        unpack_integers(content, count)


def test_no_more_runs_are_made_than_there_are_rows() -> None:
    with pytest.raises(ValueError, match="more runs than rows"):
        unpack_integers(bytes.fromhex("02 04000000 02000000 0007 0001"), 3)


@given(st.binary(min_size=1, max_size=200), st.integers(1, 2_000), st.integers(0, 4))
def test_other_bytes_are_refused_or_are_so_many_integers(content: bytes, count: int, way: int) -> None:
    for bytes_of_some_way in (bytes([way]) + content, PCODEC[: 1 + len(content)] + content, content):
        try:
            found = unpack_integers(bytes_of_some_way, count)
        except ValueError:
            continue
        assert len(found) == count


def test_a_view_of_other_columns_and_a_narrower_column_are_packed_by_their_numbers() -> None:
    table = np.arange(600, dtype=np.int64).reshape(300, 2) ** 2
    assert unpack_integers(pack_integers(table[:, 1]), 300).tolist() == [(2 * n + 1) ** 2 for n in range(300)]
