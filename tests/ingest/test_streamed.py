"""A body taken as it arrives gives what it gives whole, however it is packed and cut into pieces."""

import gzip
from collections.abc import Callable

import brotli
import pytest
import zstandard

from app.core.codings import Coding, CodingFault
from app.core.inventory.meters import MeterSpec
from app.ingest.bodies.body_columns import MediaType
from app.ingest.door.streamed import StreamedBody
from app.ingest.problems import BodyTooLarge, BodyUnreadable
from app.ingest.writing.gathering import PLAIN, Post
from tests.support.bodies import FORMATS, body
from tests.support.site import NOW_MS, Site, counts, stored

PACK: dict[Coding | None, Callable[[bytes], bytes]] = {
    None: bytes,
    Coding.GZIP: gzip.compress,
    Coding.ZSTD: zstandard.compress,
    Coding.BR: brotli.compress,
}
COUNT = 200


def _content(meter: MeterSpec, form: str) -> bytes:
    at = [f"2021-01-{1 + number // 24:02}T{number % 24:02}:00:00Z" for number in range(COUNT)]
    return body([{"meter": meter.code, "timestamp": each, "value": str(n)} for n, each in enumerate(at)], form)


def _streamed(site: Site, form: str, coding: Coding | None, limit_bytes: int = 10**6) -> StreamedBody:
    sender = Post(site.organization_id, None, PLAIN, NOW_MS, None)
    return StreamedBody(site.database, sender, MediaType(FORMATS[form]), coding, limit_bytes=limit_bytes)


def _feed(streamed: StreamedBody, packed: bytes, at_a_time: int) -> None:
    for start in range(0, len(packed), at_a_time):
        streamed.feed(packed[start : start + at_a_time])


@pytest.mark.parametrize("coding", PACK)
@pytest.mark.parametrize("form", ["ndjson", "csv"])
@pytest.mark.parametrize("at_a_time", [1, 1_000, 10**6])
def test_a_streamed_body_stores_every_row(site: Site, form: str, coding: Coding | None, at_a_time: int) -> None:
    meter = site.meter()
    streamed = _streamed(site, form, coding)
    _feed(streamed, PACK[coding](_content(meter, form)), at_a_time)
    assert counts(streamed.finish()) == (COUNT, 0, 0)
    assert [value for _, value, *_ in stored(site.database, meter)] == [n * 1_000_000 for n in range(COUNT)]


@pytest.mark.parametrize("coding", [Coding.GZIP, Coding.ZSTD])
def test_lines_that_many_members_are_parts_of_are_put_together(site: Site, coding: Coding) -> None:
    meter = site.meter()
    content = _content(meter, "csv")
    packed = b"".join(PACK[coding](content[at : at + 1]) + PACK[coding](b"") for at in range(len(content)))
    streamed = _streamed(site, "csv", coding)
    _feed(streamed, packed, 10_000)
    assert counts(streamed.finish()) == (COUNT, 0, 0)


@pytest.mark.parametrize("coding", [Coding.GZIP, Coding.ZSTD, Coding.BR])
def test_of_a_body_that_is_cut_nothing_is_stored(site: Site, coding: Coding) -> None:
    meter = site.meter()
    streamed = _streamed(site, "csv", coding)
    _feed(streamed, PACK[coding](_content(meter, "csv"))[:-1], 100)
    with pytest.raises(CodingFault) as fault:
        streamed.finish()
    assert fault.value.code == f"truncated_{coding}"
    assert stored(site.database, meter) == []


@pytest.mark.parametrize("coding", PACK)
def test_the_limit_holds_for_what_has_come_out_so_far(site: Site, coding: Coding | None) -> None:
    content = b"\n" * 5_000_000
    streamed = _streamed(site, "ndjson", coding, limit_bytes=len(content) - 1)
    with pytest.raises(BodyTooLarge):
        _feed(streamed, PACK[coding](content), 10**7)


def test_a_row_that_breaks_the_body_is_told_from_where_it_stands(site: Site) -> None:
    meter = site.meter()
    streamed = _streamed(site, "csv", None)
    _feed(streamed, _content(meter, "csv") + b"\n", 10**6)
    with pytest.raises(BodyUnreadable, match=f"counted from row {COUNT}"):
        streamed.feed(b'm,"t,1\n')
