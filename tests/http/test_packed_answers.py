"""Answers are packed as their reader accepts them, and are the same bytes when they are unpacked."""

import gzip
import json
from collections.abc import Callable

import brotli
import httpx
import pytest
import zstandard

from tests.conftest import Make

READINGS = "/v1/organizations/acme/readings"
UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda packed: zstandard.ZstdDecompressor().decompressobj().decompress(packed),
}


@pytest.fixture
def readings(client: httpx.Client, make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    """1,200 readings of the meter `grid`."""
    make_organization()
    make_plant()
    make_meter()
    rows = [f"grid,2021-03-{1 + at // 96:02}T{at // 4 % 24:02}:{at % 4 * 15:02}:00Z,{at}.25" for at in range(1_200)]
    body = "\n".join(["meter,timestamp,value", *rows])
    assert client.post(READINGS, content=body, headers={"Content-Type": "text/csv"}).json()["inserted"] == 1_200


def raw(client: httpx.Client, path: str, accepted: str, **headers: str) -> tuple[bytes, httpx.Headers]:
    """Return what an answer has on the wire."""
    with client.stream("GET", path, headers={"Accept-Encoding": accepted, **headers}) as answer:
        assert answer.status_code == 200
        return b"".join(answer.iter_raw()), answer.headers


@pytest.mark.usefixtures("readings")
@pytest.mark.parametrize("coding", UNPACK)
@pytest.mark.parametrize("media", ["application/json", "text/csv", "application/x-ndjson"])
def test_pages_and_streams_unpack_to_the_same_bytes(client: httpx.Client, coding: str, media: str) -> None:
    path = f"{READINGS}?limit=1000"
    plain, headers = raw(client, path, "identity", Accept=media)
    assert "content-encoding" not in headers
    assert {"Accept", "Accept-Encoding"} <= {each.strip() for each in headers["vary"].split(",")}

    packed, told = raw(client, path, f"{coding}, identity;q=0.5", Accept=media)

    assert UNPACK[coding](packed) == plain
    assert len(packed) * 5 < len(plain)
    assert told["content-encoding"] == coding
    assert told["content-type"] == headers["content-type"]
    assert told.get("content-length") in (None, str(len(packed)))
    assert ("content-length" in told) == (media == "application/json")


@pytest.mark.usefixtures("readings")
def test_what_is_small_and_what_is_packed_in_itself_leaves_as_it_is(client: httpx.Client) -> None:
    small, headers = raw(client, "/v1/organizations/acme", "gzip, br, zstd")
    assert json.loads(small)["code"] == "acme"
    assert ("content-encoding" in headers, headers["vary"]) == (False, "Accept, Accept-Encoding")
    style, headers = raw(client, "/docs/swagger-ui.css", "gzip")
    assert (headers["content-encoding"], b".swagger-ui" in gzip.decompress(style)) == ("gzip", True)


def test_errors_are_packed_as_well(client: httpx.Client, make_organization: Make) -> None:
    make_organization()
    rows = {"readings": [{"meter": f"m{at}", "timestamp": "2021-03-01T00:00:00Z", "value": 1} for at in range(200)]}
    answer = client.post(READINGS, json=rows, headers={"Accept-Encoding": "br"})
    assert (answer.status_code, answer.headers["content-encoding"], len(answer.json()["errors"])) == (422, "br", 200)
