"""Bodies unpack within their limit, whatever was packed into them."""

import gzip
import zlib

import pytest

from app.ingest.body import unpacked
from app.ingest.problems import BodyTooLarge, BodyUnreadable, EncodingUnsupported

PLAIN = b"meter,timestamp,value\n" * 1_000


@pytest.mark.parametrize("encoding", [None, "identity", " Identity "])
def test_a_plain_body_is_itself(encoding: str | None) -> None:
    assert unpacked(PLAIN, encoding, limit_bytes=len(PLAIN)) == PLAIN


def test_a_body_of_the_limit_passes_and_one_more_byte_does_not() -> None:
    packed = gzip.compress(PLAIN)
    assert unpacked(packed, "gzip", limit_bytes=len(PLAIN)) == PLAIN
    with pytest.raises(BodyTooLarge):
        unpacked(packed, "gzip", limit_bytes=len(PLAIN) - 1)
    with pytest.raises(BodyTooLarge):
        unpacked(PLAIN, None, limit_bytes=len(PLAIN) - 1)


def test_concatenated_members_are_one_body() -> None:
    packed = gzip.compress(PLAIN) + gzip.compress(b"") + gzip.compress(b"m,t,1\n")
    assert unpacked(packed, "GZIP", limit_bytes=100_000) == PLAIN + b"m,t,1\n"


def test_a_large_body_that_hardly_packs_comes_back_whole() -> None:
    noise = bytes((7919 * n * n + n // 3) % 251 for n in range(200_000))
    assert unpacked(gzip.compress(noise), "gzip", limit_bytes=len(noise)) == noise


@pytest.mark.parametrize("length", [1, 9, 10, 40, -8, -1])
def test_a_truncated_stream_is_refused(length: int) -> None:
    with pytest.raises(BodyUnreadable) as raised:
        unpacked(gzip.compress(PLAIN)[:length], "gzip", limit_bytes=100_000)
    assert raised.value.code == "truncated_gzip"


@pytest.mark.parametrize(
    "packed",
    [
        PLAIN,
        zlib.compress(PLAIN),
        gzip.compress(PLAIN) + b"trailing",
        gzip.compress(PLAIN)[:-8] + b"\0" * 8,
    ],
    ids=["plain", "zlib", "trailing", "checksum"],
)
def test_what_is_not_gzip_is_refused(packed: bytes) -> None:
    with pytest.raises(BodyUnreadable) as raised:
        unpacked(packed, "gzip", limit_bytes=100_000)
    assert raised.value.code == "malformed_gzip"


def test_a_bomb_is_refused_without_unpacking_it() -> None:
    bomb = gzip.compress(b"\0" * 200_000_000, compresslevel=1)
    with pytest.raises(BodyTooLarge):
        unpacked(bomb, "gzip", limit_bytes=1_000_000)
    many = gzip.compress(b"\0" * 1_000) * 2_000
    with pytest.raises(BodyTooLarge):
        unpacked(many, "gzip", limit_bytes=1_000_000)


def test_a_hundred_thousand_empty_members_take_no_time_to_speak_of() -> None:
    assert unpacked(gzip.compress(b"") * 100_000, "gzip", limit_bytes=1_000) == b""


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "x", "gzip;q=1"])
def test_another_encoding_is_refused(encoding: str) -> None:
    with pytest.raises(EncodingUnsupported):
        unpacked(PLAIN, encoding, limit_bytes=100_000)
