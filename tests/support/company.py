"""An organization with a meter and callers of it, each with a connection and a key, as a real server sees them."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

READINGS = "/v1/organizations/acme/readings"
_PLANT = {"code": "main", "name": "Main works", "country": "CN", "timezone": "Asia/Shanghai"}
_METER = {"plant": "main", "resource": "electricity.grid", "kind": "interval", "unit": "kWh", "interval": "PT15M"}
COUNTS = ("received", "inserted", "replaced", "duplicate", "suspect", "rejected")


class Answering(Protocol):
    """A server that answers on a port of this machine."""

    port: int

    def output(self) -> str:
        """Return what it has logged."""


@dataclass(frozen=True, slots=True)
class Company:
    """The organization `acme` with the meter `grid`, the server it is on, and an administrator's client.

    `callers` closes the clients that were made of it.
    """

    server: Answering
    database_url: str
    admin: httpx.Client
    callers: ExitStack

    def caller(self, *, organization: str, scope: str) -> httpx.Client:
        """Return a client with a new key of one scope, limited to an organization."""
        body = {"name": "caller", "scopes": [scope], "organizations": [organization]}
        client = httpx.Client(base_url=self.admin.base_url, headers={"X-API-Key": self.key(body)}, timeout=30)
        return self.callers.enter_context(client)

    def key(self, body: Mapping[str, Any]) -> str:
        """Return the secret of a new key."""
        answer = self.admin.post("/v1/keys", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["key"])

    def organization(self, code: str) -> None:
        """Create another organization, without a meter."""
        body = {"code": code, "name": code, "timezone": "Asia/Shanghai", "currency": "CNY"}
        answer = self.admin.post("/v1/organizations", json=body)
        assert answer.status_code == 201, answer.text

    def meter(self, code: str, **fields: Any) -> None:
        """Create another quarter-hour electricity meter of `acme`."""
        answer = self.admin.post("/v1/organizations/acme/meters", json={"code": code, "name": code, **_METER, **fields})
        assert answer.status_code == 201, answer.text

    def metric(self, name: str) -> float:
        """Return a metric without labels, such as esg_express_posts_total."""
        return self.metrics().get(name, 0.0)

    def metrics(self) -> dict[str, float]:
        """Return every metric by its name and labels."""
        lines = self.admin.get("/metrics").text.splitlines()
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines) if name[:1] != "#"}

    def statuses(self) -> set[str]:
        """Return every status that requests were counted with."""
        return {
            found[1] for name in self.metrics() if (found := re.search(r'esg_requests_total\{.*status="(\d+)"', name))
        }

    def logged(self, request_id: str) -> list[dict[str, Any]]:
        """Return the lines of the log about a request, whose last one may be written after its answer."""
        until = time.monotonic() + 10
        while True:
            lines = [line for line in self.server.output().splitlines() if request_id in line and line[:1] == "{"]
            told = [json.loads(line) for line in lines]
            if any(line["event"] == "request" for line in told) or time.monotonic() > until:
                return told
            time.sleep(0.02)


@contextmanager
def found(server: Answering, database_url: str, *, key: str = "test-administrator") -> Iterator[Company]:
    """Create `acme` with its plant and the meter `grid` on a running server and yield it."""
    address = f"http://127.0.0.1:{server.port}"
    with ExitStack() as callers, httpx.Client(base_url=address, headers={"X-API-Key": key}, timeout=30) as admin:
        company = Company(server, database_url, admin, callers)
        company.organization("acme")
        assert admin.post("/v1/organizations/acme/plants", json=_PLANT).status_code == 201
        company.meter("grid")
        yield company


def reading(hour: int, value: float, *, meter: str = "grid", minute: int = 0) -> dict[str, Any]:
    """Return a reading of 1 March 2021 in Shanghai."""
    return {"meter": meter, "timestamp": f"2021-03-01T{hour:02}:{minute:02}:00+08:00", "value": value}


def post(client: httpx.Client, *rows: Mapping[str, Any], path: str = READINGS, **headers: str) -> httpx.Response:
    """Post readings as one plain JSON body, as the express lane takes it."""
    return client.post(path, json={"readings": list(rows)}, headers=headers)


def counts(answer: httpx.Response) -> list[int]:
    """Return the counts of a receipt in the order of COUNTS."""
    return [answer.json()[name] for name in COUNTS]
