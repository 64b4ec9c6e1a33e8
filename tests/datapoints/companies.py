"""The example companies with yearly readings, entered over HTTP the way a client would."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from app.core.units.quantities import decimal_from_micro
from app.demo.seed import Seed, SeedMeter, load_seed
from tests.support.examples import Service

_YEARLY = {"kind": "interval", "interval": "P1Y", "timestamp_edge": "interval_start", "in_service_from": None}
_KEPT = ("event", "stock")


def entered(service: Service, name: str) -> str:
    """Create an example company, its meters read once a year, with everything it stated; return its path."""
    seed = load_seed(name)
    path = f"/v1/organizations/{seed.code}"
    service.post("/v1/organizations", seed.organization)
    for plant in seed.plants:
        service.post(f"{path}/plants", plant)
    for meter in seed.meters:
        service.post(f"{path}/meters", _definition(meter))
    service.put(f"{path}/factor-pins", {"items": list(seed.pins)})
    outcome = service.post_csv(seed.code, "\n".join(["meter,timestamp,value", *_readings(seed)]).encode())
    assert outcome["inserted"] == outcome["received"], outcome
    service.roll()
    for datapoint in seed.datapoints:
        service.post(f"{path}/datapoints", _with_number(datapoint))
    return path


def _with_number(datapoint: Mapping[str, object]) -> dict[str, object]:
    """Return a body whose number goes out as a JSON number, by the digits that a double's shortest text has."""
    value = datapoint.get("value")
    return {**datapoint, "value": float(value)} if isinstance(value, Decimal) else dict(datapoint)


def _definition(meter: SeedMeter) -> dict[str, object]:
    definition = {**meter.definition, "in_service_from": None}
    return definition if definition["kind"] in _KEPT else {**definition, **_YEARLY}


def _readings(seed: Seed) -> Iterator[str]:
    """Yield a line for each meter and year: the year's total, or the level at its end."""
    for meter in seed.meters:
        when = "12-31T12:00:00" if meter.definition["kind"] in _KEPT else "01-01T00:00:00"
        for year, total in meter.totals.items():
            yield f"{meter.code},{year}-{when}+08:00,{decimal_from_micro(total):f}"
