"""Senders that post until they are answered: new readings, late ones, corrections, and counters."""

import itertools
import threading
import time
from dataclasses import dataclass, field
from random import Random

import httpx

from app.core.calendar.periods import instant_from_ms
from tests.kills.killed import ADMIN_KEY

FIRST_MS = 1_735_689_600_000  # 2025-01-01T00:00:00Z
QUARTER_MS = 900_000
INTERVALS, REGISTERS = ("i0", "i1", "i2"), ("r0", "r1")
_PLANT = {"code": "main", "name": "Main", "country": "CN", "timezone": "Asia/Shanghai"}
_INTERVAL = {"kind": "interval", "interval": "PT15M"}
_METER = {"plant": "main", "resource": "electricity.grid", "unit": "kWh"}


@dataclass
class Sender:
    """Sends readings of one meter to any of some addresses, each body until it is acknowledged.

    Late readings fill places that were left out; corrections give a stored one another value.
    """

    addresses: list[str]
    meter: str
    acknowledged: dict[int, int] = field(default_factory=dict)
    acknowledged_at: float = 0.0
    posts: int = 0
    _left_out: list[int] = field(default_factory=list)

    def run(self, stop: threading.Event) -> None:
        """Send until it is told to stop and what was begun is acknowledged."""
        random = Random(self.meter)  # noqa: S311 - no secret
        addresses = itertools.cycle(random.sample(self.addresses, len(self.addresses)))
        place = 0
        with httpx.Client(headers={"X-API-Key": ADMIN_KEY}, timeout=20) as client:
            while not stop.is_set():
                rows: dict[int, int] = {}
                for _ in range(random.randint(1, 30)):
                    if random.random() < 0.1:
                        self._left_out.append(place)
                    else:
                        rows[place] = place * 10 if self.meter in REGISTERS else random.randint(1, 1_000)
                    place += 1
                if self._left_out and random.random() < 0.3:
                    late = self._left_out.pop(random.randrange(len(self._left_out)))
                    rows[late] = late * 10
                if self.acknowledged and random.random() < 0.2 and self.meter in INTERVALS:
                    rows[random.choice(list(self.acknowledged))] = 2_000 + self.posts  # never a value of before
                while rows and not self._post(client, next(addresses), rows):
                    time.sleep(0.05)

    def _post(self, client: httpx.Client, address: str, rows: dict[int, int]) -> bool:
        lines = [f"{self.meter},{instant_from_ms(FIRST_MS + n * QUARTER_MS).isoformat()},{rows[n]}" for n in rows]
        content = "\n".join(["meter,timestamp,value", *lines])
        try:
            answer = client.post(
                f"{address}/v1/organizations/acme/readings", content=content, headers={"Content-Type": "text/csv"}
            )
        except httpx.TransportError:
            return False
        if answer.status_code in (429, 503):
            return False
        said = answer.json()
        assert answer.status_code == 200, answer.text
        assert said["inserted"] + said["duplicate"] + said["replaced"] + said["suspect"] == len(rows), answer.text
        self.acknowledged.update(rows)
        self.acknowledged_at = time.monotonic()
        self.posts += 1
        return True


def set_up(address: str) -> None:
    """Create the organization with a meter a sender."""
    organization = {
        "code": "acme",
        "name": "Acme",
        "timezone": "Asia/Shanghai",
        "currency": "CNY",
        "plausibility": "off",
    }
    bodies = [("", organization), ("/acme/plants", _PLANT)]
    bodies += [("/acme/meters", {**_METER, **_INTERVAL, "code": code, "name": code}) for code in INTERVALS]
    bodies += [("/acme/meters", {**_METER, "kind": "register", "code": code, "name": code}) for code in REGISTERS]
    with httpx.Client(base_url=address, headers={"X-API-Key": ADMIN_KEY}, timeout=60) as client:
        for path, body in bodies:
            answer = client.post(f"/v1/organizations{path}", json=body)
            assert answer.status_code == 201, answer.text
