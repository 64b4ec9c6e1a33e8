"""An answer is unpacked to its end, or it is none: what is cut, damaged or too much is a failure with a code."""

import gzip
from collections.abc import Callable, Iterator
from ipaddress import ip_network

import brotli
import pytest
import zstandard

from app.clients import calls
from app.clients.addresses import Reach
from app.clients.calls import Caller
from app.clients.replies import Bounds, CallFailed, Reply
from app.core.codings import Coding, ContentDecoder
from tests.support.webhook_site import Answer, site

LOOPBACK = Reach((ip_network("127.0.0.0/8"),))
ROWS = b"".join(b'{"tag": "grid", "at": "2021-03-01T%02d:00:00Z", "v": 12345}\n' % hour for hour in range(24))
PACK: dict[Coding, Callable[[bytes], bytes]] = {
    Coding.GZIP: gzip.compress,
    Coding.ZSTD: lambda plain: zstandard.ZstdCompressor(write_checksum=True).compress(plain),
    Coding.BR: brotli.compress,
}
every_coding = pytest.mark.parametrize("coding", Coding)
MOST = 10_000


def get(answer: Answer, *, cut: bool = False, most: int = MOST) -> Reply:
    with site(lambda _: answer) as server, Caller(LOOPBACK) as caller:
        return caller.call("GET", server.url, {}, None, Bounds(10, most, cut=cut))


def failure(answer: Answer, *, most: int = MOST) -> str:
    with pytest.raises(CallFailed) as failed:
        get(answer, most=most)
    return failed.value.code


def packed(body: bytes, coding: str) -> Answer:
    return Answer(body=body, headers={"Content-Encoding": coding})


def raw(body: bytes, *headers: str, version: str = "1.1") -> Answer:
    return Answer(raw=b"\r\n".join([f"HTTP/{version} 200 OK".encode(), *map(str.encode, headers), b"", body]))


def chunked(body: bytes, *headers: str, end: bytes = b"0\r\n\r\n") -> Answer:
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(body[at : at + 50]), body[at : at + 50]) for at in range(0, len(body), 50))
    return raw(chunks + end, "Transfer-Encoding: chunked", *headers)


@every_coding
def test_every_coding_is_asked_for_and_unpacked(coding: Coding) -> None:
    with site(lambda _: packed(PACK[coding](ROWS), coding)) as server, Caller(LOOPBACK) as caller:
        assert caller.call("GET", server.url, {}, None, Bounds(10, MOST)) == Reply(200, ROWS)
    assert server.asked[0].headers["Accept-Encoding"] == "gzip, zstd, br"


@pytest.mark.parametrize("coding", [Coding.GZIP, Coding.ZSTD])
def test_every_member_is_read(coding: Coding) -> None:
    members = b"".join(PACK[coding](part) for part in (ROWS[:700], b"", ROWS[700:]))
    assert get(packed(members, coding)).body == ROWS
    assert get(chunked(members, f"Content-Encoding: {coding}")).body == ROWS


@every_coding
@pytest.mark.parametrize("left", [1, 5, 40])
def test_packing_that_is_cut_is_noticed_however_the_answer_is_framed(coding: Coding, left: int) -> None:
    cut = PACK[coding](ROWS)[:-left]
    header = f"Content-Encoding: {coding}"
    assert failure(packed(cut, coding)) == "answer_cut"
    assert failure(chunked(cut, header)) == "answer_cut"
    assert failure(raw(cut, header, version="1.0")) == "answer_cut"


@every_coding
def test_bytes_after_the_end_and_what_is_not_packed_are_refused(coding: Coding) -> None:
    assert failure(packed(PACK[coding](ROWS) + b"\0" * 40, coding)) == "answer_malformed"
    assert failure(packed(ROWS, coding)) == "answer_malformed"


def test_a_wrong_checksum_is_refused() -> None:
    damaged = bytearray(gzip.compress(ROWS))
    damaged[-8] ^= 1
    assert failure(packed(bytes(damaged), "gzip")) == "answer_malformed"


@pytest.mark.parametrize(
    "answer",
    [
        raw(ROWS, f"Content-Length: {len(ROWS) + 1}"),
        raw(gzip.compress(ROWS), "Content-Encoding: gzip", f"Content-Length: {len(gzip.compress(ROWS)) + 1}"),
        chunked(ROWS, end=b""),
        chunked(ROWS, end=b"0\r\n"),
        chunked(ROWS, end=b"ff\r\nmore"),
    ],
    ids=["length", "length of gzip", "no last chunk", "half a last chunk", "half a chunk"],
)
def test_an_answer_shorter_than_its_frame_is_cut(answer: Answer) -> None:
    assert failure(answer) == "answer_cut"


def test_an_answer_tells_whether_it_ended_or_the_connection_did() -> None:
    assert get(Answer(body=ROWS)).ends
    assert get(chunked(ROWS)).ends
    assert get(raw(gzip.compress(ROWS), "Content-Encoding: gzip", version="1.0")) == Reply(200, ROWS)
    assert get(raw(ROWS)) == Reply(200, ROWS, ends=False)
    assert get(raw(ROWS, version="1.0")) == Reply(200, ROWS, ends=False)


@pytest.mark.parametrize("coding", ["identity", "UTF-8", "none", ""])
def test_what_names_no_packing_is_none(coding: str) -> None:
    assert get(packed(ROWS, coding)).body == ROWS


@pytest.mark.parametrize("coding", ["deflate", "compress", "gzip, gzip", "gzip, br"])
def test_a_coding_that_was_not_asked_for_is_refused(coding: str) -> None:
    assert failure(packed(gzip.compress(ROWS), coding)) == "unsupported_encoding"


@every_coding
def test_an_empty_answer_is_empty_whatever_it_says_of_its_packing(coding: Coding) -> None:
    assert get(packed(b"", coding)).body == b""


@every_coding
def test_a_bomb_is_too_large(coding: Coding) -> None:
    assert failure(packed(PACK[coding](bytes(20_000_000)), coding)) == "answer_too_large"
    assert get(packed(PACK[coding](bytes(MOST)), coding)).body == bytes(MOST)
    assert failure(packed(PACK[coding](bytes(MOST + 1)), coding)) == "answer_too_large"


def test_a_bomb_is_unpacked_no_further_than_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []

    class Counting(ContentDecoder):
        def decode(self, coded: bytes) -> Iterator[bytes]:
            for piece in super().decode(coded):
                drawn.append(len(piece))
                yield piece

    monkeypatch.setattr(calls, "ContentDecoder", Counting)
    assert failure(packed(brotli.compress(bytes(64 * 2**20), quality=5), "br")) == "answer_too_large"
    assert len(drawn) == 1


@pytest.mark.parametrize("coding", [Coding.GZIP, Coding.ZSTD])
def test_an_endless_packed_nothing_is_too_large(coding: Coding) -> None:
    assert failure(packed(PACK[coding](b"") * 10_000, coding)) == "answer_too_large"


@every_coding
def test_where_only_the_status_counts_the_body_is_not_unpacked_and_may_break_off(coding: Coding) -> None:
    cut = PACK[coding](ROWS)[:20]
    assert get(packed(cut, coding), cut=True) == Reply(200, cut)
    assert get(packed(b"nonsense", "deflate"), cut=True) == Reply(200, b"nonsense")
    assert get(raw(b"half", "Content-Length: 10"), cut=True) == Reply(200, b"half")


@pytest.mark.parametrize("status", [302, 404, 503])
def test_a_refusal_keeps_its_status_whatever_its_body_is(status: int) -> None:
    assert get(Answer(status, b"nonsense", {"Content-Encoding": "gzip"})) == Reply(status, b"nonsense")
    assert get(Answer(status, b"x" * 2 * MOST)).status == status
