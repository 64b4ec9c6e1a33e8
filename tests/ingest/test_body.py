"""Bodies unpack within their limit, whatever was packed into them."""

import gzip
from collections.abc import Callable

import brotli
import pytest
import zstandard

from app.core.codings import Coding, CodingFault
from app.ingest.bodies.body import unpacked
from app.ingest.problems import BodyTooLarge

PLAIN = b"meter,timestamp,value\n" * 1_000
PACK: dict[Coding, Callable[[bytes], bytes]] = {
    Coding.GZIP: gzip.compress,
    Coding.ZSTD: zstandard.compress,
    Coding.BR: brotli.compress,
}
every_coding = pytest.mark.parametrize("coding", Coding)


def test_a_plain_body_is_itself() -> None:
    assert unpacked(PLAIN, None, limit_bytes=len(PLAIN)) is PLAIN


@every_coding
def test_a_body_of_the_limit_passes_and_one_more_byte_does_not(coding: Coding) -> None:
    packed = PACK[coding](PLAIN)
    assert unpacked(packed, coding, limit_bytes=len(PLAIN)) == PLAIN
    with pytest.raises(BodyTooLarge):
        unpacked(packed, coding, limit_bytes=len(PLAIN) - 1)


def test_a_plain_body_past_the_limit_is_refused() -> None:
    with pytest.raises(BodyTooLarge):
        unpacked(PLAIN, None, limit_bytes=len(PLAIN) - 1)


@every_coding
def test_a_bomb_is_refused_without_unpacking_it(coding: Coding) -> None:
    bomb = PACK[coding](b"\0" * 200_000_000 if coding is not Coding.BR else b"\0" * 20_000_000)
    with pytest.raises(BodyTooLarge):
        unpacked(bomb, coding, limit_bytes=1_000_000)


@pytest.mark.parametrize("coding", [Coding.GZIP, Coding.ZSTD])
def test_a_bomb_of_many_members_is_refused(coding: Coding) -> None:
    with pytest.raises(BodyTooLarge):
        unpacked(PACK[coding](b"\0" * 1_000) * 2_000, coding, limit_bytes=1_000_000)


@every_coding
def test_a_body_that_is_cut_or_damaged_is_refused(coding: Coding) -> None:
    packed = PACK[coding](PLAIN)
    for wrong, code in ((packed[:-1], f"truncated_{coding}"), (packed + b"trailing", f"malformed_{coding}")):
        with pytest.raises(CodingFault) as fault:
            unpacked(wrong, coding, limit_bytes=100_000)
        assert fault.value.code == code
