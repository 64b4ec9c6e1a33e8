"""The two people who publish, each with a key of their own, and what they ask of the service."""

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.works import DISCLOSURE, YEARLY, answer, get, send


@dataclass(frozen=True)
class Desk:
    """A client with an administrator's key, and the keys of the one who prepares and of the one who approves."""

    client: httpx.Client
    preparer: str
    approver: str

    @staticmethod
    def of(client: httpx.Client) -> "Desk":
        """Make both keys."""
        keys = []
        for scope in ("prepare", "approve"):
            made = answer(client, "POST", "/v1/keys", 201, json={"name": scope, "scopes": [scope, "read"]})
            keys.append(made["key"])
        return Desk(client, *keys)

    def ask(self, key: str, method: str, path: str, status: int, year: int = 2021, **arguments: Any) -> Any:
        """Send a request about the publications of a year with one of the keys."""
        place = f"{DISCLOSURE}/{year}/publications{path}"
        return answer(self.client, method, place, status, headers={"X-API-Key": key}, **arguments)

    def prepare(self, reason: str | None = None, *, year: int = 2021, status: int = 201) -> Any:
        """Prepare the next publication."""
        body = {} if reason is None else {"reason": reason}
        return self.ask(self.preparer, "POST", "", status, year, json=body)

    def approve(self, number: int, *, year: int = 2021, status: int = 200) -> Any:
        """Approve a publication."""
        return self.ask(self.approver, "POST", f"/{number}/approve", status, year, json={})

    def publish(self, number: int, *, year: int = 2021, status: int = 200) -> Any:
        """Publish a publication."""
        return self.ask(self.approver, "POST", f"/{number}/publish", status, year, json={})

    def published(self, reason: str | None = None, *, year: int = 2021) -> Any:
        """Prepare, approve and publish; what the last step answered."""
        number = self.prepare(reason, year=year)["number"]
        self.approve(number, year=year)
        return self.publish(number, year=year)

    def read(self, number: int, *, year: int = 2021) -> Any:
        """Read a publication with its document."""
        return get(self.client, f"{DISCLOSURE}/{year}/publications/{number}")

    def drift(self, number: int, **query: str | int) -> Any:
        """Ask what has moved since."""
        return get(self.client, f"{DISCLOSURE}/2021/publications/{number}/drift", **query)


@pytest.fixture
def works(make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    """An organization with a plant in Jiangxi that has yearly ledgers of grid electricity, coal and output."""
    make_organization()
    make_plant(region="CN-JX", grid_region="CN-CENTRAL")
    make_meter(**YEARLY)
    make_meter(code="coal", resource="fuel.coal.anthracite", unit="t", **YEARLY)
    make_meter(code="output", resource="product.output", unit="t", **YEARLY)


@pytest.fixture
def desk(works: None, client: httpx.Client, database: Database) -> Desk:
    """The works' figures of 2020 and 2021, with nothing published yet."""
    send(
        client,
        database,
        "grid,2020-01-01T00:00:00+08:00,500000\ngrid,2021-01-01T00:00:00+08:00,1000000\n"
        "coal,2021-01-01T00:00:00+08:00,10\noutput,2021-01-01T00:00:00+08:00,250\n",
    )
    return Desk.of(client)
