"""A client that hangs up is no error of the service: no 5xx in the metrics, no traceback in the log, in any lane."""

import time
from collections.abc import Callable

import pytest

from tests.lanes.wire import CSV, JSON, Wire
from tests.support.company import READINGS, Company, counts, post, reading

HEADER = b"meter,timestamp,value\n"
LINE = b"grid,2021-03-01T00:00:00Z,1\n"
PARTS = {
    "express": (READINGS, JSON, 500, b'{"readings":['),
    "nothing but the head": (READINGS, JSON, 500, b""),
    "small": (READINGS, CSV, 5_000, HEADER + LINE),
    "large": (READINGS, CSV, 500_000, HEADER + LINE * 5_000),
    "streamed": (READINGS, CSV, 20_000_000, HEADER + LINE * 400_000),
    "ordinary": ("/v1/organizations/acme/plants", JSON, 500, b'{"code":'),
}


def gone(company: Company) -> float:
    """Return how many requests were left by their clients."""
    return sum(count for name, count in company.metrics().items() if "esg_requests_total" in name and '"499"' in name)


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, "it did not come to hold"
        time.sleep(0.05)


@pytest.mark.parametrize("lane", PARTS)
def test_whoever_hangs_up_in_the_middle_of_a_body_is_counted_as_gone(company: Company, lane: str) -> None:
    path, media, length, part = PARTS[lane]
    post(company.admin, reading(0, 1))
    before = gone(company)
    with Wire(company.server.port) as wire:
        wire.begin(path, length=length, media=media)
        wire.send(part)
        time.sleep(0.2)
    until(lambda: gone(company) == before + 1)

    assert not {status for status in company.statuses() if status >= "500"}
    assert "Traceback" not in company.server.output()


def test_what_was_sent_whole_is_stored_though_nobody_waits_for_the_receipt(company: Company) -> None:
    body = b'{"readings":[{"meter":"grid","timestamp":"2021-03-01T05:00:00+08:00","value":5}]}'
    post(company.admin, reading(0, 1))
    for _ in range(20):
        with Wire(company.server.port) as wire:
            wire.begin(READINGS, length=len(body), media=JSON)
            wire.send(body)

    until(lambda: counts(post(company.admin, reading(5, 5))) == [1, 0, 0, 1, 0, 0])
    assert not {status for status in company.statuses() if status >= "500"}
    assert "Traceback" not in company.server.output()


@pytest.mark.parametrize(
    "path",
    [f"{READINGS}?meter=grid", "/v1/organizations/acme/stream", "/v1/organizations/acme/meters"],
    ids=["streamed readings", "events", "ordinary"],
)
def test_whoever_hangs_up_in_the_middle_of_an_answer_is_no_error(company: Company, path: str) -> None:
    lines = [
        f"grid,2022-{n // 40_320 + 1:02}-{n // 1_440 % 28 + 1:02}T{n // 60 % 24:02}:{n % 60:02}:00Z,1"
        for n in range(60_000)
    ]
    content = HEADER + "\n".join(lines).encode()
    assert company.admin.post(READINGS, content=content, headers={"Content-Type": CSV}).status_code == 200
    for _ in range(5):
        with Wire(company.server.port) as wire:
            head = f"GET {path} HTTP/1.1\r\nHost: t\r\nX-API-Key: test-administrator\r\n"
            wire.send(f"{head}Accept: text/csv, */*\r\n\r\n".encode())
            assert wire.socket.recv(200).startswith(b"HTTP/1.1 200")
    until(lambda: company.metric("esg_stream_readers") == 0)
    time.sleep(0.5)

    assert company.admin.get("/health/ready").status_code == 200
    assert not {status for status in company.statuses() if status >= "500"}
    assert "Traceback" not in company.server.output()
    assert "Exception" not in company.server.output()
