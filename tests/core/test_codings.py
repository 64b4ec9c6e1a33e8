"""Content codings decode to the same bytes however they arrive, in bounded pieces and work, and only to a right end."""

import gzip
import random
import zlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import codings
from app.core.codings import PLAIN_BYTES, Coding, CodingFault, CodingUnsupported, ContentDecoder, coding_named

PLAIN = b"meter,timestamp,value\n" * 1_000
NOISE = random.Random(7).randbytes(300_000)  # noqa: S311 - no secret
MAGIC_OF_SKIPPED = b"\x50\x2a\x4d\x18"


def _zstd(plain: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(plain)


def _br(plain: bytes) -> bytes:
    return bytes(brotli.compress(plain, quality=5))


PACK: dict[Coding, Callable[[bytes], bytes]] = {Coding.GZIP: gzip.compress, Coding.ZSTD: _zstd, Coding.BR: _br}
every_coding = pytest.mark.parametrize("coding", Coding)


def decoded(coded: bytes, coding: Coding | None, *, at_a_time: int | None = None) -> bytes:
    """Return what coded bytes stand for that arrive so many at a time."""
    decoder = ContentDecoder(coding)
    step = at_a_time or len(coded) or 1
    pieces = [plain for at in range(0, len(coded), step) for plain in decoder.decode(coded[at : at + step])]
    decoder.close()
    return b"".join(pieces)


def code_of(coded: bytes, coding: Coding, *, at_a_time: int | None = None) -> str:
    with pytest.raises(CodingFault) as fault:
        decoded(coded, coding, at_a_time=at_a_time)
    return fault.value.code


@every_coding
@pytest.mark.parametrize("at_a_time", [1, 7, 4_096, None])
@pytest.mark.parametrize("plain", [b"", b"x", PLAIN, NOISE], ids=["none", "one", "rows", "noise"])
def test_what_was_packed_comes_out_however_it_arrives(coding: Coding, at_a_time: int | None, plain: bytes) -> None:
    assert decoded(PACK[coding](plain), coding, at_a_time=at_a_time) == plain


@settings(max_examples=60)
@given(st.sampled_from(Coding), st.lists(st.tuples(st.binary(max_size=4), st.integers(0, 40_000)), max_size=6))
def test_any_bytes_come_out_whole_at_any_step(coding: Coding, runs: list[tuple[bytes, int]]) -> None:
    plain = b"".join(unit * count for unit, count in runs)
    coded = PACK[coding](plain)
    for at_a_time in (1, 1 + len(coded) // 3, None):
        assert decoded(coded, coding, at_a_time=at_a_time) == plain


@every_coding
def test_every_way_to_cut_a_body_is_noticed(coding: Coding) -> None:
    coded = PACK[coding](PLAIN[:500])
    for length in range(1, len(coded)):
        assert code_of(coded[:length], coding) == f"truncated_{coding}"


@every_coding
def test_nothing_at_all_is_the_end_of_nothing(coding: Coding) -> None:
    assert decoded(b"", coding) == b""


@every_coding
@pytest.mark.parametrize("at_a_time", [1, None])
@pytest.mark.parametrize("coded", [PLAIN, b"\0" * 64, b"}" * 64], ids=["plain", "zeros", "other"])
def test_what_is_not_packed_so_is_refused(coding: Coding, at_a_time: int | None, coded: bytes) -> None:
    assert code_of(coded, coding, at_a_time=at_a_time) == f"malformed_{coding}"


@every_coding
@pytest.mark.parametrize("at_a_time", [1, None])
@pytest.mark.parametrize("after", [b"trailing", b"\0" * 8, b"\n\n\n\n"])
def test_what_follows_the_end_is_refused(coding: Coding, at_a_time: int | None, after: bytes) -> None:
    assert code_of(PACK[coding](PLAIN) + after, coding, at_a_time=at_a_time) == f"malformed_{coding}"


@pytest.mark.parametrize("coding", [Coding.GZIP, Coding.ZSTD])
def test_a_wrong_checksum_is_noticed(coding: Coding) -> None:
    coded = bytearray(PACK[coding](PLAIN))
    coded[-8 if coding is Coding.GZIP else -1] ^= 1
    assert code_of(bytes(coded), coding) == f"malformed_{coding}"


@pytest.mark.parametrize("at_a_time", [1, None])
def test_members_and_frames_follow_one_another_and_a_second_br_stream_does_not(at_a_time: int | None) -> None:
    parts = (b"one", b"", b"two", PLAIN)
    for coding in (Coding.GZIP, Coding.ZSTD):
        assert decoded(b"".join(map(PACK[coding], parts)), coding, at_a_time=at_a_time) == b"".join(parts)
    skipped = MAGIC_OF_SKIPPED + (5).to_bytes(4, "little") + b"hello"
    assert decoded(skipped + _zstd(b"one") + skipped, Coding.ZSTD, at_a_time=at_a_time) == b"one"
    assert code_of(_br(b"one") + _br(b"two"), Coding.BR, at_a_time=at_a_time) == "malformed_br"


def test_a_frame_whose_window_would_take_much_memory_is_refused() -> None:
    def frame(window_log: int) -> bytes:
        parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=window_log)
        compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
        return compressor.compress(b"a" * 1_000) + compressor.flush()

    assert decoded(frame(23), Coding.ZSTD) == b"a" * 1_000
    assert code_of(frame(24), Coding.ZSTD) == "malformed_zstd"


@every_coding
def test_a_bomb_comes_out_in_bounded_pieces(coding: Coding) -> None:
    size = 0
    for piece in ContentDecoder(coding).decode(PACK[coding](bytes(64 * 2**20))):
        assert len(piece) <= 10 * PLAIN_BYTES
        size += len(piece)
    assert size == 64 * 2**20


class _Spy:
    """Counts what the library's decoder of a member is given and what it copies because it did not use it."""

    def __init__(self, make: Callable[[int], Any]) -> None:
        self._make = make
        self.bytes = 0
        self.steps = 0

    def decompressobj(self, wbits: int) -> Any:
        member = self._make(wbits)

        def decompress(coded: bytes) -> bytes:
            self.bytes += len(coded)
            self.steps += 1
            return bytes(member.decompress(coded))

        return _Member(member, decompress)


class _Member:
    def __init__(self, member: Any, decompress: Callable[[bytes], bytes]) -> None:
        self._member = member
        self.decompress = decompress

    def __getattr__(self, name: str) -> Any:
        return getattr(self._member, name)


def test_the_work_for_many_members_is_in_proportion_to_their_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    spies = []
    for count in (10_000, 100_000):
        spy = _Spy(zlib.decompressobj)
        stand_in = SimpleNamespace(decompressobj=spy.decompressobj, error=zlib.error, MAX_WBITS=zlib.MAX_WBITS)
        monkeypatch.setattr(codings, "zlib", stand_in)
        coded = gzip.compress(b"") * count
        assert decoded(coded, Coding.GZIP) == b""
        assert spy.steps <= count + len(coded) // 4_096 + count // 100
        assert spy.bytes <= 150 * len(coded)
        spies.append(spy)
    assert 9.9 < spies[1].bytes / spies[0].bytes < 10.1


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        (None, None),
        ("", None),
        (" Identity ", None),
        ("GZIP", Coding.GZIP),
        ("x-gzip", Coding.GZIP),
        (" zstd", Coding.ZSTD),
        ("Br", Coding.BR),
        ("identity, gzip", Coding.GZIP),
    ],
)
def test_a_header_names_a_coding(header: str | None, coding: Coding | None) -> None:
    assert coding_named(header) is coding


@pytest.mark.parametrize("header", ["deflate", "gzip, gzip", "gzip, br", "x", "gzip;q=1", "zstandard", "*"])
def test_any_other_coding_is_refused(header: str) -> None:
    with pytest.raises(CodingUnsupported, match="gzip, zstd, br"):
        coding_named(header)
