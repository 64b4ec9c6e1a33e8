"""An organization with one quarter-hour meter, and the questions that tests ask about it."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx

from app.store.engine.replica import Replica

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Works:
    """An organization with the meter `grid` in an application with a replica."""

    client: httpx.Client
    replica: Replica
    code: str

    @property
    def path(self) -> str:
        return f"/v1/organizations/{self.code}"

    def post(self, timestamp: str, value: float, client: httpx.Client | None = None) -> None:
        """Post a reading, by this application or another one."""
        body = {"readings": [{"meter": "grid", "timestamp": timestamp, "value": value}]}
        answer = (client or self.client).post(f"{self.path}/readings", json=body)
        assert answer.status_code == 200, answer.text

    def values(self) -> list[float]:
        """Return what readings say, read back."""
        answer = self.client.get(f"{self.path}/readings", params={"limit": 1000})
        assert answer.status_code == 200, answer.text
        return [item["value"] for item in answer.json()["items"]]

    def year(self) -> list[tuple[float, int]]:
        """Return quantity and count of each year's rollup."""
        answer = self.client.get(f"{self.path}/rollups", params={"grain": "year"})
        assert answer.status_code == 200, answer.text
        return [(item["quantity"], item["count"]) for item in answer.json()["items"]]

    def ready(self) -> dict[str, Any]:
        """Return what readiness says."""
        said: dict[str, Any] = self.client.get("/health/ready").json()
        return said

    def metric(self, name: str) -> float:
        """Return a metric's value."""
        found = re.search(rf"^{re.escape(name)} (\S+)$", self.client.get("/metrics").text, re.MULTILINE)
        assert found is not None, name
        return float(found[1])

    def replica_reads(self) -> float:
        return self.metric('esg_replicated_reads_total{server="replica"}')

    def primary_reads(self) -> float:
        return self.metric('esg_replicated_reads_total{server="primary"}')

    def until(self, holds: Callable[[], Any]) -> None:
        """Wait until something holds."""
        end = time.monotonic() + 30
        while not holds():
            assert time.monotonic() < end, "it did not come to hold"
            time.sleep(0.05)


def new_works(client: httpx.Client, replica: Replica) -> Works:
    """Create the organization with its plant and its meter."""
    works = Works(client, replica, f"works-{next(_numbers)}")
    organization = {"code": works.code, "name": "Works", "timezone": "UTC", "currency": "EUR"}
    plant = {"code": "main", "name": "Main", "country": "DE", "timezone": "UTC"}
    meter = {
        "code": "grid",
        "plant": "main",
        "name": "Grid",
        "resource": "electricity.grid",
        "kind": "interval",
        "unit": "kWh",
        "interval": "PT15M",
    }
    for path, body in (("", organization), (f"/{works.code}/plants", plant), (f"/{works.code}/meters", meter)):
        answer = client.post(f"/v1/organizations{path}", json=body)
        assert answer.status_code == 201, answer.text
    return works
