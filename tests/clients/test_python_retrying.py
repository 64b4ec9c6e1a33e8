"""The Python client waits as long as it is told, tries again what may be tried, and gives up in time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from esg_metrics_client import Client, Problem, Unreachable
from esg_metrics_client.events import events_of
from esg_metrics_client.retrying import Retrying, retry_after_s


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def time(self) -> float:
        return self.now


def _retrying(clock: Clock, patience_s: float = 60.0) -> Retrying:
    return Retrying(patience_s, sleep=clock.sleep, clock=clock.time)


def _answers(*answers: httpx.Response | Exception) -> Callable[[], httpx.Response]:
    left = list(answers)

    def once() -> httpx.Response:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return once


@pytest.mark.parametrize("status", [408, 409, 429, 502, 503, 504])
def test_it_waits_as_long_as_retry_after_says(status: int) -> None:
    clock = Clock()
    busy = httpx.Response(status, headers={"Retry-After": "7"})
    assert _retrying(clock).send(_answers(busy, busy, httpx.Response(200))).status_code == 200
    assert clock.slept == [7.0, 7.0]


@pytest.mark.parametrize("status", [200, 400, 401, 404, 409, 413, 422, 500])
def test_other_answers_stand(status: int) -> None:
    clock = Clock()
    assert _retrying(clock).send(_answers(httpx.Response(status))).status_code == status
    assert clock.slept == []


def test_without_a_word_the_wait_grows_and_stays_below_half_a_minute() -> None:
    clock = Clock()
    lost = httpx.ConnectError("refused")
    assert _retrying(clock, 10_000).send(_answers(*[lost] * 40, httpx.Response(200))).status_code == 200
    assert len(clock.slept) == 40
    assert max(clock.slept[:2]) <= 1.0
    assert 5.0 < max(clock.slept) <= 30.0


def test_it_gives_up_when_it_would_have_to_wait_longer_than_it_may() -> None:
    clock = Clock()
    with pytest.raises(Unreachable, match="429"):
        _retrying(clock, 10).send(_answers(httpx.Response(429, headers={"Retry-After": "11"})))
    assert clock.slept == []


def test_retry_after_is_a_number_or_a_date() -> None:
    assert retry_after_s("12") == 12.0
    soon = retry_after_s(format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True))
    assert soon is not None
    assert 28 < soon <= 30
    assert retry_after_s("Thu, 01 Jan 1970 00:00:00 GMT") == 0.0
    assert retry_after_s("soon") is None
    assert retry_after_s(None) is None


def test_a_post_has_one_idempotency_key_however_often_it_is_tried() -> None:
    seen: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Idempotency-Key"])
        return httpx.Response(503, headers={"Retry-After": "0"}) if len(seen) < 3 else httpx.Response(201, json={})

    with Client("http://service.example", "key", transport=httpx.MockTransport(handle)) as client:
        client.post("/v1/organizations", {})
        client.post("/v1/organizations", {})
    assert len(seen) == 4
    assert seen[0] == seen[1] == seen[2] != seen[3]


def test_an_answer_that_is_no_problem_object_is_a_problem_all_the_same() -> None:
    def handle(_: httpx.Request) -> httpx.Response:
        return httpx.Response(413, text="<html>too large</html>")

    client = Client("http://service.example", None, transport=httpx.MockTransport(handle))
    with client, pytest.raises(Problem) as raised:
        client.get("/v1/organizations")
    assert (raised.value.status, raised.value.code, raised.value.detail) == (413, "unknown", "<html>too large</html>")


def test_an_event_that_was_cut_off_comes_again_and_none_twice() -> None:
    asked: list[str | None] = []
    pieces = [
        b'retry: 1\nid: 10-0\n\nid: 10-1\nevent: one\ndata: {"n":1}\n\nid: 10-2\nevent: two\nda',
        b'id: 10-2\nevent: two\ndata: {"n":2}\n\n: alive\nid: 10-5\n\n',
        b'id: 10-6\nevent: six\ndata: {"n":6}\n\n',
    ]

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("Last-Event-ID"))
        return httpx.Response(200, content=pieces[len(asked) - 1])

    with Client("http://service.example", None, transport=httpx.MockTransport(handle)) as client:
        events = events_of(client, "/v1/organizations/acme/stream", {}, None)
        found = [next(events) for _ in range(3)]
    assert [(event.id, event.kind, event.data) for event in found] == [
        ("10-1", "one", {"n": 1}),
        ("10-2", "two", {"n": 2}),
        ("10-6", "six", {"n": 6}),
    ]
    assert asked == [None, "10-1", "10-5"]
