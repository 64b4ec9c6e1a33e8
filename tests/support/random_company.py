"""A company made by chance, from a seed: meters of every kind, in odd units, zones and spans, some misbehaving."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

YEAR = 2023
_ZONES = (("CN", "Asia/Shanghai"), ("DE", "Europe/Berlin"), ("IN", "Asia/Kolkata"), ("US", "America/New_York"))
_ENERGY, _MASS, _VOLUME = ("Wh", "kWh", "MWh", "GJ"), ("kg", "t"), ("L", "m3")
_RESOURCES: tuple[tuple[str, tuple[str, ...], Mapping[str, str]], ...] = (
    ("electricity.grid", _ENERGY, {}),
    ("electricity.solar", _ENERGY, {}),
    ("electricity.exported", _ENERGY, {}),
    ("heat.exported", ("GJ", "MWh"), {}),
    ("heat.purchased", ("GJ", "MWh", "MJ"), {}),
    ("fuel.natural_gas", ("m3",), {}),
    ("fuel.diesel", ("L", "t", "kg"), {}),
    ("fuel.coal.anthracite", _MASS, {}),
    ("water.withdrawal", _VOLUME, {"source": "municipal"}),
    ("water.discharge", _VOLUME, {}),
    ("waste.hazardous", _MASS, {"treatment": "landfill"}),
    ("waste.nonhazardous", _MASS, {"treatment": "recycling"}),
    ("product.output", _MASS, {}),
)
_STEPS = {"PT6H": timedelta(hours=6), "P1D": timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class RandomCompany:
    """What is posted of it: bodies in order, and CSV rows of meter, timestamp, value, quality and start."""

    organization: Mapping[str, Any]
    plants: tuple[Mapping[str, Any], ...]
    holdings: Mapping[str, Mapping[str, Any]]
    meters: tuple[Mapping[str, Any], ...]
    instruments: tuple[Mapping[str, Any], ...]
    exchanges: tuple[tuple[str, Mapping[str, Any]], ...]
    bodies: tuple[str, ...]
    accepted: tuple[str, ...] = field(default=())


def random_company(seed: int) -> RandomCompany:
    """Return the company of a seed, always the same."""
    chance = random.Random(seed)  # noqa: S311 - nothing is kept secret by it
    plants = tuple(_plant(chance, number) for number in range(chance.randint(1, 3)))
    made = [_meter(chance, number, chance.choice(plants)) for number in range(chance.randint(6, 12))]
    made += [_denominator(plants[0])]
    meters = [meter for meter, _ in made]
    rows, exchanges = [], list[tuple[str, Mapping[str, Any]]]()
    for meter, zone in made:
        of_meter, swapped = _READ[meter["kind"]](chance, meter, zone)
        rows += of_meter
        exchanges += swapped
    stack = _stack(plants[-1]) if chance.random() < 0.5 else []
    for meter, zone in stack:
        rows += _every(chance, meter, zone, timedelta(minutes=30), 12, Decimal(100))
    later = [_corrected(chance, row) for row in chance.sample(rows, len(rows) // 40)]
    return RandomCompany(
        organization={
            "code": f"chance-{seed}",
            "name": f"Chance {seed}",
            "timezone": chance.choice(_ZONES)[1],
            "currency": "CNY",
            "rounding": chance.choice(("half_up", "down")),
            "consolidation": chance.choice(("operational_control", "equity_share")),
        },
        plants=plants,
        holdings={
            plant["code"]: {
                "items": [
                    {
                        "valid_from": f"{YEAR}-0{chance.randint(2, 9)}-1{chance.randint(0, 9)}",
                        "equity_share": 0.25,
                        "operational_control": True,
                        "financial_control": True,
                    }
                ]
            }
            for plant in plants
            if chance.random() < 0.3
        },
        meters=(*meters, *(meter for meter, _ in stack)),
        instruments=(_instrument(seed),) if chance.random() < 0.5 else (),
        exchanges=tuple(exchanges),
        bodies=tuple("\n".join([_HEADER, *some]) for some in (rows, later) if some),
    )


_HEADER = "meter,timestamp,value,quality,start"
_Rows = tuple[list[str], list[tuple[str, Mapping[str, Any]]]]
_Made = tuple[Mapping[str, Any], str]


def _plant(chance: random.Random, number: int) -> dict[str, Any]:
    country, zone = chance.choice(_ZONES)
    share = chance.choice((1, 0.6, 0.333333))
    return {
        "code": f"plant-{number}",
        "name": f"Plant {number}",
        "country": country,
        "timezone": zone,
        "equity_share": share,
    }


def _meter(chance: random.Random, number: int, plant: Mapping[str, Any]) -> _Made:
    resource, units, attributes = chance.choice(_RESOURCES)
    meter: dict[str, Any] = {
        "code": f"meter-{number}",
        "plant": plant["code"],
        "resource": resource,
        "attributes": dict(attributes),
        "kind": chance.choice(("interval", "interval", "register", "event")),
        "unit": chance.choice(units),
        "multiplier": chance.choice((1, 40, 0.25, 1.37)),
        "plausibility": chance.choice(("history", "off")),
    }
    if meter["kind"] == "interval":
        meter["interval"] = chance.choice(("PT6H", "P1D", "P1M"))
        meter["timestamp_edge"] = chance.choice(("interval_start", "interval_end"))
        meter["estimates_gaps"] = chance.random() < 0.3
    elif meter["kind"] == "register":
        meter["register_direction"] = chance.choice(("up", "up", "down", "net"))
        if meter["register_direction"] == "up" and chance.random() < 0.3:
            meter["register_reset"] = chance.choice(("daily", "monthly"))
        elif chance.random() < 0.5:
            meter["register_modulus"] = 10_000
        elif meter["register_direction"] != "net":
            meter["dip_tolerance"] = 1
    return meter, plant["timezone"]


def _denominator(plant: Mapping[str, Any]) -> _Made:
    return {"code": "staff", "plant": plant["code"], "resource": "headcount", "kind": "stock", "unit": "person"}, plant[
        "timezone"
    ]


def _stack(plant: Mapping[str, Any]) -> list[_Made]:
    """Return a gauge of concentration and an hourly flow of one stack: their product is a mass."""
    of = {"stack": "east"}
    gauge = {
        "code": "nox",
        "plant": plant["code"],
        "resource": "air.nox.concentration",
        "attributes": of,
        "kind": "gauge",
        "unit": "mg/m3",
        "interval": "PT30M",
        "timestamp_edge": "interval_start",
    }
    flow = {
        "code": "flow",
        "plant": plant["code"],
        "resource": "air.flow",
        "attributes": of,
        "kind": "interval",
        "unit": "m3",
        "interval": "PT30M",
        "timestamp_edge": "interval_end",
    }
    return [(gauge, plant["timezone"]), (flow, plant["timezone"])]


def _instrument(seed: int) -> dict[str, Any]:
    return {
        "code": "gec-1",
        "kind": "certificate",
        "energy_source": "wind",
        "region": "GLOBAL",
        "valid_from": f"{YEAR}-03-01",
        "valid_to": f"{YEAR + 1}-01-01",
        "amount": 7,
        "unit": "MWh",
        "registry": f"GEC-{seed}",
        "first_serial": "1",
        "last_serial": "7",
        "source": "statement of the registry",
    }


def _midnight(zone: str, day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))


def _row(meter: Mapping[str, Any], at: datetime, value: Decimal, quality: str = "", start: str = "") -> str:
    stamp = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return f"{meter['code']},{stamp},{value},{quality},{start}"


def _every(
    chance: random.Random, meter: Mapping[str, Any], zone: str, step: timedelta, days: int, size: Decimal
) -> list[str]:
    at = _midnight(zone, date(YEAR - 1, 12, 29)).astimezone(UTC) + timedelta(minutes=10)
    count = timedelta(days=days) // step
    return [
        _row(meter, at + number * step, size * chance.randint(1, 2000) / 1000, chance.choice(("", "", "estimated")))
        for number in range(count)
        if chance.random() > 0.03
    ]


def _interval(chance: random.Random, meter: Mapping[str, Any], zone: str) -> _Rows:
    rows = list(_intervals(chance, meter, zone))
    if chance.random() < 0.5:
        # A bill over New Year, stamped at its end.
        start = _midnight(zone, date(YEAR, 12, 9)) + timedelta(hours=7)
        end = _midnight(zone, date(YEAR + 1, 1, 14)) + timedelta(minutes=chance.randint(1, 59), seconds=30)
        rows.append(_row(meter, end, Decimal("12345.678901"), "", start.astimezone(UTC).isoformat()))
    return rows, []


def _intervals(chance: random.Random, meter: Mapping[str, Any], zone: str) -> Iterator[str]:
    size = Decimal(chance.randint(1, 50_000)) / 7
    for month in range(12 if meter["interval"] == "P1M" else 0):
        value = (size * chance.randint(500, 1500) / 1000).quantize(Decimal("0.000001"))
        yield _row(meter, _midnight(zone, date(YEAR, month + 1, 1)), value)
    if meter["interval"] != "P1M":
        first = _midnight(zone, date(YEAR, chance.randint(1, 10), 1)).replace(tzinfo=None) - timedelta(days=3)
        count = timedelta(days=75) // _STEPS[meter["interval"]]
        for number in range(count):
            at = (first + number * _STEPS[meter["interval"]]).replace(tzinfo=ZoneInfo(zone))
            value = (size * chance.randint(500, 1500) / 1000).quantize(Decimal("0.000001"))
            if chance.random() > 0.04:
                wild = 1000 if chance.random() < 0.01 else 1
                yield _row(meter, at, value * wild, chance.choice(("", "", "manual", "estimated")))


def _register(chance: random.Random, meter: Mapping[str, Any], zone: str) -> _Rows:
    rows, swapped = list[str](), list[tuple[str, Mapping[str, Any]]]()
    at = _midnight(zone, date(YEAR - 1, 12, 20)).astimezone(UTC)
    shown, reset = Decimal(chance.randint(0, 9000)), meter.get("register_reset")
    sign = -1 if meter["register_direction"] == "down" else 1
    period = None
    for _ in range(150):
        at += timedelta(hours=chance.choice((6, 24, 31, 48)))
        used = Decimal(chance.randint(0, 90_000)) / 1000
        if meter["register_direction"] == "net":
            used *= chance.choice((1, -1))
        local = at.astimezone(ZoneInfo(zone))
        now = (local.year, local.month) if reset == "monthly" else (local.year, local.month, local.day)
        shown = used if reset and now != period else shown + sign * used
        period = now
        if "register_modulus" in meter:
            shown %= 10_000
        fate = chance.random()
        if fate < 0.02 and not reset:
            shown = Decimal(chance.randint(0, 100))
        elif fate < 0.04 and not reset:
            swapped.append(
                (
                    meter["code"],
                    {"at": at.isoformat(), "final_value": float(shown), "first_value": 5, "reason": "swapped"},
                )
            )
            shown = Decimal(5)
            continue
        told = shown + 5_000 if fate > 0.98 else shown
        rows.append(
            _row(meter, at, told % 10_000 if "register_modulus" in meter else told, "estimated" if fate > 0.9 else "")
        )
    return rows, swapped


def _event(chance: random.Random, meter: Mapping[str, Any], zone: str) -> _Rows:
    begin = _midnight(zone, date(YEAR - 1, 12, 28))
    return [
        _row(
            meter, begin + timedelta(days=each, seconds=chance.randint(0, 86_399)), Decimal(chance.randint(1, 9999)) / 8
        )
        for each in sorted(chance.sample(range(372), 25))
    ], []


def _stock(chance: random.Random, meter: Mapping[str, Any], zone: str) -> _Rows:
    return [
        _row(meter, _midnight(zone, date(YEAR, month, 28)), Decimal(chance.randint(50, 400))) for month in range(1, 13)
    ], []


_READ = {"interval": _interval, "register": _register, "event": _event, "stock": _stock}


def _corrected(chance: random.Random, row: str) -> str:
    """Return a later row of the same identity with another value: a correction, which replaces the first."""
    code, at, value, quality, start = row.split(",")
    return ",".join((code, at, str(Decimal(value) + chance.randint(0, 3)), quality, start))
