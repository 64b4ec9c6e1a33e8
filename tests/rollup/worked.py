"""Worked cases: readings and what must come of them, in files that an engineer can check by hand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import yaml

from app.core.calendar.fiscal_calendar import plain_calendar
from app.core.calendar.fiscal_years import FiscalYearLabel
from app.core.calendar.periods import (
    Grain,
    date_of,
    day_start_ms,
    interval_from_iso,
    local_day,
    ms_from_instant,
    zone_named,
)
from app.core.inventory.exchanges import Exchange
from app.core.inventory.meters import MeterSpec, RegisterDirection, RegisterReset, TimestampEdge
from app.core.inventory.resources import MeterKind
from app.core.readings.buckets import Bucket, RollupFlag
from app.core.units.quantities import EXACT, decimal_from_micro, micro_from_decimal
from app.rollup.buckets.allocate import allocate
from app.rollup.buckets.past import in_grain
from app.rollup.segments.levels import level_buckets
from app.rollup.segments.segment import Reading
from app.rollup.segments.segments import segments

_CASES = Path(__file__).parent / "cases"
_QUALITIES = {"measured": 1, "estimated": 2, "manual": 3}
_MARGIN_DAYS = 400


@dataclass(frozen=True, slots=True)
class Case:
    """One worked case as written, with what is needed to compare."""

    text: Mapping[str, Any]

    @property
    def fiscal_start_month(self) -> int:
        return int(self.text.get("fiscal_year_start_month", 1))

    @property
    def meter(self) -> dict[str, Any]:
        return {"zone": self.text["zone"], **self.text["meter"]}

    @property
    def rows(self) -> list[dict[str, str]]:
        names = ("timestamp", "value", "quality", "start")
        lines = self.text["readings"].split()
        return [dict(zip(names, line.split(","), strict=False)) for line in lines]

    @property
    def exchanges(self) -> list[Exchange]:
        return [
            Exchange(_ms(each["at"]), _micro(each["final_value"]), _micro(each["first_value"]))
            for each in self.text.get("exchanges", [])
        ]

    def check(self, days: Sequence[Bucket], months: Sequence[Bucket], years: Sequence[Bucket]) -> None:
        """Hold buckets of each grain against what the case states."""
        named = {"day": self._named(Grain.DAY, days), "month": self._named(Grain.MONTH, months)}
        named["year"] = self._named(Grain.YEAR, years)
        for grain, buckets in named.items():
            self._compare(grain, {name: self._true(bucket.quantity) for name, bucket in buckets.items()})
            self._compare(f"{grain}_mean", {name: self._mean(bucket) for name, bucket in buckets.items()})
            for field in ("last", "minimum", "maximum"):
                self._compare(
                    f"{grain}_{field}", {name: self._true(getattr(each, field)) for name, each in buckets.items()}
                )
        by_day = named["day"]
        flagged = {
            name: sorted(flag.name or "" for flag in RollupFlag if flag & each.flags) for name, each in by_day.items()
        }
        stated = {name: sorted(flags) for name, flags in self.text.get("flags", {}).items()}
        assert {name: flags for name, flags in flagged.items() if flags} == stated
        self._compare("covered_s", {name: Decimal(each.covered_s) for name, each in by_day.items()})
        for name, quantity in self.text.get("some_days", {}).items():
            found = self._true(by_day[name].quantity) if name in by_day else "absent"
            assert found == (quantity if quantity == "absent" else Decimal(quantity)), name

    def _compare(self, what: str, found: Mapping[str, Decimal | None]) -> None:
        if what in self.text:
            stated = {name: None if text is None else Decimal(text) for name, text in self.text[what].items()}
            assert found == stated, what

    def _named(self, grain: Grain, buckets: Sequence[Bucket]) -> dict[str, Bucket]:
        return {self._name(grain, bucket.start_day): bucket for bucket in buckets}

    def _name(self, grain: Grain, day: int) -> str:
        if grain is Grain.YEAR:
            label = FiscalYearLabel(self.text.get("fiscal_year_label", "start"))
            return str(plain_calendar(self.fiscal_start_month, label).period_of(day).name)
        return date_of(day).isoformat()[: 7 if grain is Grain.MONTH else 10]

    def _true(self, micro: int | None) -> Decimal | None:
        if micro is None:
            return None
        with localcontext(EXACT):
            return decimal_from_micro(micro) * Decimal(self.text["meter"].get("multiplier", "1"))

    def _mean(self, bucket: Bucket) -> Decimal | None:
        return None if bucket.mean is None else bucket.mean.scaleb(-6)


def cases() -> Iterator[Case]:
    """Yield every case of every file."""
    for path in sorted(_CASES.glob("*.yaml")):
        yield from (Case(text) for text in yaml.safe_load(path.read_text("utf-8")))


def pure_buckets(case: Case) -> tuple[list[Bucket], list[Bucket], list[Bucket]]:
    """Return the day, month and year buckets of a case by the rules alone."""
    spec = spec_of(case)
    readings = sorted(
        (
            Reading(
                _ms(row["timestamp"]),
                _micro(row["value"]),
                _QUALITIES[row.get("quality", "measured")],
                _ms(row["start"]) if "start" in row else None,
            )
            for row in case.rows
        ),
        key=lambda reading: reading.at,
    )
    first = local_day(spec.zone, readings[0].at) - _MARGIN_DAYS
    last = local_day(spec.zone, readings[-1].at) + _MARGIN_DAYS
    names = range(first, last)
    bounds_s = [day_start_ms(spec.zone, day) // 1_000 for day in range(first, last + 1)]
    if spec.kind in (MeterKind.STOCK, MeterKind.GAUGE):
        days = level_buckets(spec, readings, names, bounds_s)
    else:
        days = allocate(spec.id, segments(spec, readings, case.exchanges), names, bounds_s)
    return days, in_grain(days, Grain.MONTH, spec), in_grain(days, Grain.YEAR, spec)


def spec_of(case: Case) -> MeterSpec:
    """Return the meter of a case as the rules know it."""
    meter = case.text["meter"]
    interval = meter.get("interval")
    modulus, rate = meter.get("register_modulus"), meter.get("max_rate")
    return MeterSpec(
        id=1,
        code="m",
        organization_id=1,
        plant_id=1,
        kind=MeterKind(meter["kind"]),
        zone=zone_named(case.text["zone"]),
        interval=interval_from_iso(interval) if interval else None,
        edge=TimestampEdge(meter.get("edge", "interval_start")),
        modulus_micro=None if modulus is None else int(Decimal(modulus) * 1_000_000),
        max_rate_micro=None if rate is None else Decimal(rate) * 1_000_000,
        dip_tolerance_micro=_micro(meter.get("dip_tolerance", "0")),
        calendar=plain_calendar(case.fiscal_start_month),
        in_service_from=None,
        in_service_to=None,
        direction=RegisterDirection(meter.get("register_direction", "up")),
        reset=RegisterReset(meter["register_reset"]) if "register_reset" in meter else None,
    )


def _ms(text: str) -> int:
    return ms_from_instant(datetime.fromisoformat(text))


def _micro(text: str) -> int:
    return micro_from_decimal(Decimal(text))
