"""Packed bodies of readings, small, whole and streamed: each coding gives the same rows, a wrong one stores nothing."""

import gzip
from collections.abc import Callable

import brotli
import httpx
import pytest
import zstandard

from app.core.codings import Coding
from app.ingest.door import door
from tests.conftest import Make

READINGS = "/v1/organizations/acme/readings"
PACK: dict[Coding, Callable[[bytes], bytes]] = {
    Coding.GZIP: gzip.compress,
    Coding.ZSTD: zstandard.compress,
    Coding.BR: brotli.compress,
}
ROWS = [f"grid,2021-03-{1 + at // 96:02}T{at // 4 % 24:02}:{at % 4 * 15:02}:00Z,{at}.25" for at in range(1_000)]
CSV = "\n".join(["meter,timestamp,value", *ROWS]).encode()
LANES = {"small": (10**6, 10**6), "whole": (10, 10**6), "streamed": (10, 100)}
every_coding = pytest.mark.parametrize("coding", Coding)
every_lane = pytest.mark.parametrize("lane", LANES)


@pytest.fixture(autouse=True)
def acme(make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    make_organization()
    make_plant()
    make_meter()


@pytest.fixture
def by_lane(lane: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The body goes by this lane, whatever its size."""
    small, whole = LANES[lane]
    monkeypatch.setattr(door, "_SMALL_BYTES", small)
    monkeypatch.setattr(door, "_WHOLE_BYTES", whole)
    monkeypatch.setattr(door, "_PIECE_BYTES", 50)


def post(client: httpx.Client, body: bytes, coding: str) -> httpx.Response:
    chunks = iter([body[at : at + 37] for at in range(0, len(body), 37)])
    return client.post(READINGS, content=chunks, headers={"Content-Type": "text/csv", "Content-Encoding": coding})


def stored(client: httpx.Client) -> list[float]:
    items = client.get(READINGS, params={"meter": "grid", "limit": 1000}).json()["items"]
    return [item["value"] for item in items]


@every_coding
@every_lane
@pytest.mark.usefixtures("by_lane")
def test_every_row_of_a_packed_body_is_stored(client: httpx.Client, coding: Coding) -> None:
    answer = post(client, PACK[coding](CSV), coding)
    assert (answer.status_code, answer.json()["inserted"]) == (200, 1_000), answer.text
    assert stored(client) == [at + 0.25 for at in range(1_000)]


@every_coding
@every_lane
@pytest.mark.usefixtures("by_lane")
def test_of_a_body_that_is_cut_or_has_bytes_after_its_end_nothing_is_stored(
    client: httpx.Client, coding: Coding
) -> None:
    packed = PACK[coding](CSV)
    answers = [post(client, wrong, coding) for wrong in (packed[:-1], packed[: len(packed) // 2], packed + b"\0" * 50)]
    assert [answer.status_code for answer in answers] == [400] * 3
    assert [answer.json()["code"] for answer in answers] == [f"truncated_{coding}"] * 2 + [f"malformed_{coding}"]
    assert stored(client) == []
