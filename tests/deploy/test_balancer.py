"""The shipped balancer before two real servers on one PostgreSQL: whole bodies, streams at once, no request lost."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.conftest import own_database
from tests.deploy.balancer import Balancer, balancing
from tests.support.processes import ADMIN_KEY, Server, serving

READINGS = "/v1/organizations/acme/readings"
PATIENCE_S = 1
"""How long a server waits for a silent body here; the balancer waits for 30 seconds."""

_START = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass
class Deployment:
    """A balancer, the two servers behind it, and the address of their database."""

    balancer: Balancer
    servers: list[Server]
    url: str


@pytest.fixture(scope="module")
def site(postgresql_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Two servers behind the balancer, with the organization `acme` and its meter `grid`."""
    folder = tmp_path_factory.mktemp("balancer")
    settings = {"ESG_BODY_PATIENCE_S": str(PATIENCE_S)}
    with (
        own_database(postgresql_template) as url,
        serving(url, count=2, **settings) as servers,
        balancing(folder, servers) as balancer,
        balancer.client() as client,
    ):
        _create(client, "/v1/organizations", code="acme", name="Acme", timezone="UTC", currency="CNY")
        _create(client, "/v1/organizations/acme/plants", code="main", name="Main", country="CN", timezone="UTC")
        meter = {"resource": "electricity.grid", "kind": "interval", "unit": "kWh", "interval": "PT1M"}
        _create(client, "/v1/organizations/acme/meters", code="grid", plant="main", **meter)
        yield Deployment(balancer, servers, url)


def _create(client: httpx.Client, path: str, **fields: str) -> None:
    answer = client.post(path, json=fields)
    assert answer.status_code == 201, answer.text


def _csv(first: int, count: int) -> bytes:
    """Return readings of 1 kWh of so many minutes from a minute of 2024 on."""
    instants = (_START + timedelta(minutes=first + number) for number in range(count))
    return b"meter,timestamp,value\n" + b"".join(f"grid,{each:%Y-%m-%dT%H:%M:%SZ},1\n".encode() for each in instants)


def _head(length: int, request_id: str) -> bytes:
    lines = ["Host: esg.test", f"X-API-Key: {ADMIN_KEY}", "Content-Type: text/csv", f"Content-Length: {length}"]
    lines += [f"X-Request-ID: {request_id}", "Connection: close"]
    return "\r\n".join([f"POST {READINGS} HTTP/1.1", *lines, "", ""]).encode()


def _answer(connection: ssl.SSLSocket) -> tuple[int, dict[str, Any]]:
    """Return status and body of an answer that is JSON."""
    received = b""
    while not received.endswith(b"}"):
        piece = connection.recv(65_536)
        assert piece, received
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def test_a_body_that_pauses_is_gathered_before_a_server_sees_it(site: Deployment) -> None:
    body = _csv(0, 20)
    with site.balancer.connect() as connection:
        connection.sendall(_head(len(body), "pausing") + body[:200])
        time.sleep(PATIENCE_S * 2.5)
        connection.sendall(body[200:])
        status, answer = _answer(connection)
    assert status == 200, answer
    assert answer["inserted"] == 20
    _until(lambda: any('"pausing"' in server.output() for server in site.servers))  # written after the answer


def test_without_the_balancer_the_server_gives_that_body_up(site: Deployment) -> None:
    def pausing() -> Iterator[bytes]:
        yield _csv(100, 5)
        time.sleep(PATIENCE_S * 4)
        yield b"grid,2024-01-09T00:00:00Z,1\n"

    with httpx.Client(headers=site.servers[0].headers, timeout=30) as client:
        answer = client.post(
            site.servers[0].address + READINGS, content=pausing(), headers={"Content-Type": "text/csv"}
        )
    assert (answer.status_code, answer.json()["code"]) == (408, "body_too_slow")


def test_a_large_body_passes(site: Deployment) -> None:
    body = _csv(10_000, 200_000)
    assert len(body) > 5_000_000
    with site.balancer.client() as client:
        answer = client.post(READINGS, content=body, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["inserted"] == 200_000


def test_a_body_that_is_too_large_is_refused_as_the_service_does_it(site: Deployment) -> None:
    with site.balancer.connect() as connection:
        connection.sendall(_head(200_000_000, "large"))
        status, problem = _answer(connection)
    assert (status, problem["status"], problem["code"]) == (413, 413, "body_too_large")
    assert problem["type"] == "urn:esg-metrics:problem:body_too_large"


def test_an_event_comes_through_while_the_stream_goes_on(site: Deployment) -> None:
    with (
        site.balancer.client() as client,
        client.stream("GET", "/v1/organizations/acme/stream?kind=readings.accepted") as stream,
    ):
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        with site.balancer.client() as other:
            content = _csv(900, 1)
            answer = other.post(READINGS, content=content, headers={"Content-Type": "text/csv"})
        batch = answer.json()["batch"]
        lines = stream.iter_lines()
        assert next(line for line in lines if line.startswith("data:") and batch in line)


def test_the_service_believes_how_the_balancer_was_reached_and_clients_cannot_say_otherwise(site: Deployment) -> None:
    with site.balancer.client() as client:
        forged = {"X-Forwarded-Proto": "http", "X-Forwarded-For": "203.0.113.9"}
        answer = client.post("/session", data={"key": ADMIN_KEY}, headers=forged)
    assert answer.status_code == 303
    assert "; Secure" in answer.headers["set-cookie"]


def test_a_request_keeps_its_id_and_one_without_is_given_one(site: Deployment) -> None:
    with site.balancer.client() as client:
        named = client.get("/v1/organizations", headers={"X-Request-ID": "plant-7:81"})
        unnamed = client.get("/v1/organizations")
    assert named.headers["x-request-id"] == "plant-7:81"
    assert len(unnamed.headers["x-request-id"]) == 32


def test_metrics_are_not_for_everybody(site: Deployment) -> None:
    with site.balancer.client() as client:
        answer = client.get("/metrics")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.headers["content-type"] == "application/problem+json"
    assert httpx.get(f"{site.servers[0].address}/metrics").status_code == 200


def test_plain_http_is_sent_to_https_with_its_method(site: Deployment) -> None:
    answer = httpx.post(f"http://127.0.0.1:{site.balancer.plain_port}{READINGS}", content=b"x")
    assert (answer.status_code, answer.headers["location"]) == (308, f"https://127.0.0.1{READINGS}")


@dataclass
class Gateways:
    """Clients that post a reading after the other, each its own minutes, until they are told to end."""

    site: Deployment
    first: int
    counts: list[int] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    ending: threading.Event = field(default_factory=threading.Event)

    def post(self, number: int) -> None:
        minute = self.first + number * 10_000
        with self.site.balancer.client() as client:
            while not self.ending.is_set():
                body = _csv(minute, 1)
                try:
                    answer = client.post(READINGS, content=body, headers={"Content-Type": "text/csv"})
                    if answer.status_code != 200:
                        self.refused.append(answer.text)
                except httpx.TransportError as error:
                    self.refused.append(repr(error))
                minute += 1
                self.counts.append(number)


def _stored(site: Deployment, first: int) -> int:
    """Return how many readings are stored of the forty thousand minutes from this one on."""
    start, end = (_START + timedelta(minutes=each) for each in (first, first + 40_000))
    query = {"meter": "grid", "start": start.isoformat(), "end": end.isoformat()}
    with site.balancer.client() as client:
        answer = client.get(READINGS, params=query, headers={"Accept": "text/csv"})
    assert answer.status_code == 200, answer.text
    return len(answer.text.splitlines()) - 1


def _post_while(site: Deployment, first: int, happening: str) -> Gateways:
    """Post from four gateways before, while and after something happens to a server."""
    gateways = Gateways(site, first)
    threads = [threading.Thread(target=gateways.post, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    _until(lambda: len(gateways.counts) > 12)
    getattr(site.servers[0], happening)()
    after = len(gateways.counts)
    _until(lambda: len(gateways.counts) > after + 20)
    gateways.ending.set()
    for thread in threads:
        thread.join()
    return gateways


def _until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def test_no_post_is_refused_or_lost_when_a_server_is_stopped_and_none_when_one_is_killed(site: Deployment) -> None:
    stopped = _post_while(site, 300_000, "stop")
    assert stopped.refused == []
    assert _stored(site, 300_000) == len(stopped.counts)
    site.servers[0].start()
    site.servers[0].wait_until_ready()
    time.sleep(6)  # as long as the balancer keeps a server out that has failed
    killed = _post_while(site, 400_000, "kill")
    assert killed.refused == []
    assert _stored(site, 400_000) == len(killed.counts)


def test_with_no_server_left_the_answer_says_when_to_come_again(site: Deployment) -> None:
    for server in site.servers:
        server.kill()
    with site.balancer.client() as client:
        answer = client.post(READINGS, content=_csv(0, 1), headers={"Content-Type": "text/csv"})
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert answer.headers["retry-after"] == "5"
    assert answer.headers["content-type"] == "application/problem+json"
