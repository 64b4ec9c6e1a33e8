"""The example companies as read from their data files."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any

import yaml

from app.core.datafile import parse
from app.core.units.quantities import MICRO, micro_from_decimal

SEED_NAMES = ("magnets", "magnesium")


@dataclass(frozen=True, slots=True)
class Pickup:
    """The local weekday (Monday 0) and hour at which an event meter's lorry comes each week."""

    weekday: int
    hour: int


@dataclass(frozen=True, slots=True)
class SeedMeter:
    """A meter as a caller would post it, and what its readings add up to.

    totals: year -> micro-units (a revenue total passes the limit of one reading, so it is checked nowhere here); for a
    stock the level at the year's end, `opening` the level before the first year. step: micro-units of one digit.
    """

    definition: Mapping[str, Any]
    profile: str | None
    pickup: Pickup | None
    step: int
    opening: int
    totals: Mapping[int, int]

    @property
    def code(self) -> str:
        return str(self.definition["code"])

    def days_of(self, year: int) -> tuple[date, date]:
        """Return [first, end) of the days of `year` in which the meter is in service."""
        return max(date(year, 1, 1), self.definition["in_service_from"]), date(year + 1, 1, 1)


@dataclass(frozen=True, slots=True)
class Seed:
    """One company: bodies as a caller would post them (organization, plants, pins, datapoints) and its meters."""

    organization: Mapping[str, Any]
    plants: tuple[Mapping[str, Any], ...]
    pins: tuple[Mapping[str, Any], ...]
    meters: tuple[SeedMeter, ...]
    datapoints: tuple[Mapping[str, Any], ...]

    @property
    def code(self) -> str:
        return str(self.organization["code"])

    def timezone_of(self, meter: SeedMeter) -> str:
        """Return the IANA time zone of the meter's plant."""
        return next(str(plant["timezone"]) for plant in self.plants if plant["code"] == meter.definition["plant"])


def load_seed(name: str) -> Seed:
    """Return the example company in the data file `name`.yaml; what it states lies beside it, if anything."""
    document = yaml.safe_load(files("app.demo").joinpath(f"{name}.yaml").read_text("utf-8"))
    stated = f"{name}_datapoints"
    return Seed(
        organization=document["organization"],
        plants=tuple(document["plants"]),
        pins=tuple(document["pins"]),
        meters=tuple(_meter(row) for row in document["meters"]),
        datapoints=load_datapoints(stated) if files("app.demo").joinpath(f"{stated}.yaml").is_file() else (),
    )


def load_datapoints(name: str) -> tuple[Mapping[str, Any], ...]:
    """Return the bodies of the datapoints in the data file `name`.yaml, its years in turn; numbers are Decimals."""
    (document,) = parse(files("app.demo").joinpath(f"{name}.yaml").read_text("utf-8"), where=f"{name}.yaml")
    return tuple(
        body
        for place, year in enumerate(document["years"])
        for row in document["datapoints"]
        if (body := _datapoint(row, row["values"][place], year, document["evidence"])) is not None
    )


def _datapoint(row: Mapping[str, Any], stated: Any, year: int, evidence: str) -> Mapping[str, Any] | None:
    if stated is None:
        return None
    what = {"text": stated} if isinstance(stated, str) else {"value": stated}
    rest = {name: member for name, member in row.items() if name != "values"}
    return {"evidence": evidence, **rest, **what, "period": year}


def _meter(row: Mapping[str, Any]) -> SeedMeter:
    return SeedMeter(
        definition=row["meter"],
        profile=row.get("profile"),
        pickup=Pickup(**row["pickup"]) if "pickup" in row else None,
        step=micro_from_decimal(Decimal(str(row.get("resolution", 1)))),
        opening=row.get("opening", 0) * MICRO,
        totals={year: int(Decimal(str(total)) * MICRO) for year, total in row["totals"].items()},
    )
