"""A small organization for the metrics, made over HTTP: plants, meters, readings as CSV, and sums in exact numbers."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, localcontext
from itertools import count
from typing import Any

from app.core.units.quantities import EXACT
from tests.support.examples import Service

_numbers = count(1)


class World:
    """An organization of a test's own, in Shanghai, and what belongs to it."""

    def __init__(self, service: Service, **fields: Any) -> None:
        self.service = service
        self.code = f"works-{next(_numbers)}"
        self.path = f"/v1/organizations/{self.code}"
        defaults = {"code": self.code, "name": "Works", "timezone": "Asia/Shanghai", "currency": "CNY"}
        service.post("/v1/organizations", {**defaults, **fields})

    def plant(self, code: str = "main", **fields: Any) -> None:
        """Create a plant in Jiangxi, China."""
        place = {"country": "CN", "region": "CN-JX", "grid_region": "CN-CENTRAL"}
        self.service.post(f"{self.path}/plants", {"code": code, "name": code, **place, **fields})

    def meter(self, code: str, resource: str, unit: str, **fields: Any) -> None:
        """Create a meter of the plant `main` that is read by month, stamped at its start."""
        defaults = {"plant": "main", "kind": "interval", "interval": "P1M", "timestamp_edge": "interval_start"}
        self.service.post(
            f"{self.path}/meters", {"code": code, "resource": resource, "unit": unit, **defaults, **fields}
        )

    def event(self, code: str, resource: str, unit: str, **fields: Any) -> None:
        """Create a meter of single quantities."""
        self.meter(code, resource, unit, kind="event", interval=None, timestamp_edge=None, **fields)

    def read(self, rows: Iterable[tuple[str, str, object]]) -> None:
        """Send (meter, local timestamp, value) rows, and roll them up."""
        body = "".join(f"{meter},{at}+08:00,{value}\n" for meter, at, value in rows)
        outcome = self.service.post_csv(self.code, f"meter,timestamp,value\n{body}".encode())
        assert outcome["inserted"] == outcome["received"], outcome
        self.service.roll()

    def months(self, meter: str, year: int, values: Mapping[int, object]) -> None:
        """Send a value for each month (1 to 12) of a year."""
        self.read((meter, f"{year}-{month:02}-01T00:00:00", value) for month, value in values.items())

    def metrics(self, name: str, year: int = 2021, **query: str) -> dict[str, Any]:
        """Read one of the metrics of a year."""
        return self.service.get(f"{self.path}/metrics/{name}", year=str(year), **query)


def added(values: Iterable[Any]) -> Decimal:
    """Return the exact sum of numbers, leaving out null."""
    with localcontext(EXACT):
        return sum((Decimal(value) for value in values if value is not None), Decimal(0))


def by(lines: Iterable[Mapping[str, Any]], *names: str) -> dict[Any, Any]:
    """Return the values of lines by one dimension, or by several as a tuple."""
    keys = ((tuple(line["dimensions"].get(name) for name in names), line["value"]) for line in lines)
    return {key[0] if len(names) == 1 else key: value for key, value in keys}
