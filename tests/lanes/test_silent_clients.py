"""Clients that send a part of a body and stop are in nobody's way, and are told after a stated time."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.conftest import own_database
from tests.lanes.wire import CSV, JSON, Wire
from tests.support.company import READINGS, Company, counts, found, post, reading
from tests.support.processes import SERVE, serving

PATIENCE_S = 2.0
LONG_PATIENCE_S = 10.0
HEADER = b"meter,timestamp,value\n"
LENGTH = 400_000
SENT = 80_000


@contextmanager
def running(server: str, *, workers: int = 1, patience_s: float = PATIENCE_S) -> Iterator[Company]:
    begin = f"import app.middleware.protocol; app.middleware.protocol.HEAD_S = {PATIENCE_S}; {SERVE[1]}"
    arguments = (SERVE[0], begin, *SERVE[2:], "--workers", str(workers))
    with (
        own_database(server) as url,
        serving(url, arguments=arguments, ESG_BODY_PATIENCE_S=str(patience_s)) as (started,),
        found(started, url) as acme,
    ):
        yield acme


@pytest.fixture(scope="module")
def company(postgresql_template: str) -> Iterator[Company]:
    with running(postgresql_template) as acme:
        yield acme


@pytest.fixture(params=[1, 2], ids=["one worker", "two workers"])
def patient(request: pytest.FixtureRequest, postgresql_template: str) -> Iterator[Company]:
    """A server that waits long enough for everything else to be done meanwhile."""
    with running(postgresql_template, workers=request.param, patience_s=LONG_PATIENCE_S) as acme:
        yield acme


def rows(day: int, count: int = 9_000) -> bytes:
    """Return a large body of the meter `grid`: minutes of a day of March 2021 and those after it."""
    lines = [f"grid,2021-03-{day + n // 1440:02}T{n // 60 % 24:02}:{n % 60:02}:00Z,{n}" for n in range(count)]
    return HEADER + "\n".join(lines).encode() + b"\n"


def silent(company: Company, key: str, *, length: int = LENGTH, sent: int = SENT, media: str = CSV) -> Wire:
    """Return a connection that has sent a part of a body and stopped."""
    wire = Wire(company.server.port, key=key)
    wire.begin(READINGS, length=length, media=media)
    wire.send(rows(1)[:sent])
    return wire


def test_forty_silent_bodies_hold_up_nobody_and_get_408(patient: Company) -> None:
    company = patient
    key = company.key({"name": "silent", "scopes": ["ingest"], "organizations": ["acme"]})
    other = company.caller(organization="acme", scope="ingest")
    with ExitStack() as stack:
        wires = [stack.enter_context(silent(company, key)) for _ in range(40)]
        began = time.monotonic()
        for client in (other, company.admin):
            answer = client.post(READINGS, content=rows(5), headers={"Content-Type": CSV})
            assert (answer.status_code, answer.json()["received"]) == (200, 9_000)
        same = Wire(company.server.port, key=key)
        stack.enter_context(same)
        same.begin(READINGS, length=len(rows(5)))
        same.send(rows(5))
        assert same.reply().status == 200
        assert counts(post(other, reading(1, 1)))[0] == 1
        assert not any(wire.has_answer() for wire in wires), "the silent ones were waited for"

        replies = [wire.reply() for wire in wires]
        took = time.monotonic() - began

        assert LONG_PATIENCE_S - 1 < took < LONG_PATIENCE_S + 10
        assert {(each.status, each.problem()["code"]) for each in replies} == {(408, "body_too_slow")}
        assert {each.headers["connection"] for each in replies} == {"close"}
        assert "1000 bytes a second" in replies[0].problem()["detail"]
        assert all(wire.is_closed() for wire in wires)


@pytest.mark.parametrize(
    ("path", "media", "length", "sent"),
    [
        (READINGS, JSON, 500, 20),
        (READINGS, JSON, 500, 0),
        (READINGS, CSV, 20_000_000, 10_000_000),
        ("/v1/organizations/acme/plants", JSON, 500, 20),
    ],
    ids=["express", "nothing but the head", "streamed", "ordinary"],
)
def test_a_silent_body_of_each_lane_gets_408(company: Company, path: str, media: str, length: int, sent: int) -> None:
    post(company.admin, reading(2, 1))
    began = time.monotonic()
    with Wire(company.server.port) as wire:
        wire.begin(path, length=length, media=media)
        wire.send((HEADER + b"grid,2021-03-01T00:00:00Z,1\n" * (1 + sent // 28))[:sent])

        assert wire.reply().problem()["code"] == "body_too_slow"
        assert PATIENCE_S - 1 < time.monotonic() - began < PATIENCE_S + 10


def test_a_body_that_trickles_is_given_up_and_a_slow_one_that_gets_on_is_taken(company: Company) -> None:
    """Fifty bytes four times a second are a fifth of the least rate; 4 kB in a second or so are three times of it."""
    with Wire(company.server.port) as trickling:
        trickling.begin(READINGS, length=LENGTH)
        began = time.monotonic()
        trickling.send(b"x")
        while not trickling.has_answer() and time.monotonic() < began + 20:
            trickling.send(b"x" * 50)
            time.sleep(0.25)
        assert trickling.reply().problem()["code"] == "body_too_slow"
        assert PATIENCE_S - 1 < time.monotonic() - began < PATIENCE_S + 10
    body = rows(10, 300)
    with Wire(company.server.port) as slow:
        slow.begin(READINGS, length=len(body))
        for start in range(0, len(body), 4_000):
            slow.send(body[start : start + 4_000])
            time.sleep(1.2)
        reply = slow.reply()
    assert reply.status == 200, reply.body


def test_what_was_sent_fast_buys_no_longer_silence(company: Company) -> None:
    with silent(company, "test-administrator", length=20_000_000, sent=SENT) as wire:
        wire.send(b"\n" + b"grid,2021-03-01T00:00:00Z,1\n" * 150_000)
        began = time.monotonic()
        assert wire.reply().status == 408
        assert time.monotonic() - began < PATIENCE_S + 10


@pytest.mark.parametrize("begun", [b"", b"POST ", b"GET /health/live HTTP/1.1\r\nHost: t\r\n"])
def test_a_connection_on_which_no_head_comes_to_its_end_is_closed(company: Company, begun: bytes) -> None:
    with Wire(company.server.port) as first, Wire(company.server.port) as second:
        second.send(b"GET /health/live HTTP/1.1\r\nHost: t\r\n\r\n")
        assert second.reply().status == 200
        began = time.monotonic()
        first.send(begun)
        second.send(begun or b"G")
        assert first.is_closed()
        assert second.is_closed()
        assert PATIENCE_S - 1 < time.monotonic() - began < PATIENCE_S + 10


def test_a_connection_between_two_requests_is_kept(company: Company) -> None:
    with Wire(company.server.port) as wire:
        for _ in range(2):
            wire.send(b"GET /health/live HTTP/1.1\r\nHost: t\r\n\r\n")
            assert wire.reply().status == 200
            time.sleep(PATIENCE_S + 1)
