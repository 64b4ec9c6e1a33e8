"""A 200 means stored: a server killed at any instant has lost no reading it acknowledged."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from threading import Event, Thread

import httpx
import pytest
from sqlmodel import select

from app.core.calendar.periods import Grain, instant_from_ms
from app.models import Organization
from app.rollup.rolling.roller import roll_pending
from app.store.directory.metered import metered
from app.store.engine.database import Database
from tests.support.processes import ADMIN_KEY, Server, serving
from tests.support.site import quantities, stored

FIRST_MS = 1_609_459_200_000
QUARTER_MS = 900_000
METERS = ("a", "b", "c")
KILLS = 2


@pytest.fixture
def server(database_url: str) -> Iterator[Server]:
    with serving(database_url) as (started,):
        yield started


@dataclass
class Gateway:
    """Sends readings of one meter forever, each body until it is acknowledged, and remembers which were."""

    url: str
    meter: str
    acknowledged: dict[int, int] = field(default_factory=dict)
    sent: dict[int, int] = field(default_factory=dict)

    def run(self, stop: Event) -> None:
        random = Random(self.meter)  # noqa: S311 - no secret
        with httpx.Client(base_url=self.url, headers={"X-API-Key": ADMIN_KEY}, timeout=10) as client:
            while not stop.is_set():
                begun = len(self.sent)
                rows = {FIRST_MS + (begun + n) * QUARTER_MS: begun + n + 1 for n in range(random.randint(1, 40))}
                self.sent.update(rows)
                while not stop.is_set() and not self._post(client, rows):
                    time.sleep(0.05)

    def _post(self, client: httpx.Client, rows: dict[int, int]) -> bool:
        lines = [f"{self.meter},{instant_from_ms(at).isoformat()},{value}" for at, value in rows.items()]
        try:
            answer = client.post(
                "/v1/organizations/acme/readings",
                content="\n".join(["meter,timestamp,value", *lines]),
                headers={"Content-Type": "text/csv"},
            )
        except httpx.TransportError:
            return False
        if answer.status_code in (429, 503):
            return False
        assert answer.status_code == 200, answer.text
        assert answer.json()["inserted"] + answer.json()["duplicate"] == len(rows)
        self.acknowledged.update(rows)
        return True


def test_a_server_killed_at_random_instants_keeps_every_reading_it_acknowledged(
    server: Server, database: Database
) -> None:
    _set_up(server)
    gateways = [Gateway(server.address, meter) for meter in METERS]
    stop = Event()
    threads = [Thread(target=gateway.run, args=(stop,), daemon=True) for gateway in gateways]
    for thread in threads:
        thread.start()
    random = Random(7)  # noqa: S311 - no secret
    for _ in range(KILLS):
        _wait_for_more(gateways)
        time.sleep(random.uniform(0, 0.5))
        server.kill()
        server.start()
        server.wait_until_ready()
    stop.set()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    server.kill()
    roll_pending(database)
    with database.read() as session:
        organization_id = session.exec(select(Organization.id)).one() or 0
        meters = {spec.code: spec for spec in (each.spec for each in metered(session, organization_id))}
    for gateway in gateways:
        meter = meters[gateway.meter]
        kept = {at: value // 1_000_000 for at, value, *_ in stored(database, meter)}
        assert gateway.acknowledged.items() <= kept.items()
        assert kept.items() <= gateway.sent.items()
        assert sum(quantity or 0 for quantity in quantities(database, meter, Grain.YEAR).values()) == 1_000_000 * sum(
            kept.values()
        )


def _wait_for_more(gateways: list[Gateway]) -> None:
    """Wait until something more is acknowledged, so that the server is at work when it is killed."""
    before = sum(len(gateway.acknowledged) for gateway in gateways)
    end = time.monotonic() + 30
    while sum(len(gateway.acknowledged) for gateway in gateways) == before:
        assert time.monotonic() < end, "nothing was acknowledged"
        time.sleep(0.02)


def _set_up(server: Server) -> None:
    organization = {"code": "acme", "name": "Acme", "timezone": "Asia/Shanghai", "currency": "CNY"}
    plant = {"code": "main", "name": "Main works", "country": "CN", "timezone": "Asia/Shanghai"}
    grid = {"plant": "main", "resource": "electricity.grid", "kind": "interval", "unit": "kWh", "interval": "PT15M"}
    with httpx.Client(base_url=server.address, headers={"X-API-Key": ADMIN_KEY}, timeout=30) as client:
        bodies = [("", organization), ("/acme/plants", plant)]
        bodies += [("/acme/meters", {"code": code, "name": code, **grid}) for code in METERS]
        for path, body in bodies:
            answer = client.post(f"/v1/organizations{path}", json=body)
            assert answer.status_code == 201, answer.text
