"""Small worlds for the rules of accounting: a plant, its meters, a year of buckets."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.accounting.factors.calorific_choice import CalorificBook, shipped_book
from app.accounting.factors.factor import Factor, HeatingValueBasis, Method
from app.accounting.ledger.activity import CountedMeter
from app.accounting.ledger.instruments import Instrument, cover, cut_for
from app.accounting.ledger.ledger import Ledger, entry, group_meters, plan
from app.accounting.ledger.sites import Site
from app.accounting.selection.selection import FactorBook, Pin, Place
from app.accounting.selection.shipped import shipped_factors
from app.core.calendar.periods import day_of, interval_from_iso
from app.core.inventory.resources import SHIPPED, Catalogue, MeterKind
from app.core.readings.buckets import Bucket
from app.core.units.gas_volumes import ReferenceConditions

SHANGHAI = ZoneInfo("Asia/Shanghai")
YEAR_S = 31_536_000


def site(
    plant: str = "ganzhou",
    *,
    country: str = "CN",
    region: str | None = "CN-JX",
    grid_region: str | None = "CN-CENTRAL",
    share: str = "1",
) -> Site:
    place = Place(plant=plant, region=region, grid_region=grid_region, country=country)
    return Site(place=place, name=plant, zone=SHANGHAI, share=Decimal(share))


def meter(
    number: int,
    resource: str,
    unit: str,
    *,
    plant: str = "ganzhou",
    multiplier: str = "1",
    kind: MeterKind = MeterKind.INTERVAL,
    interval: str | None = "P1D",
    attributes: Mapping[str, str] | None = None,
    basis: HeatingValueBasis | None = None,
    conditions: ReferenceConditions | None = None,
) -> CountedMeter:
    return CountedMeter(
        id=number,
        code=f"meter-{number}",
        plant=plant,
        resource=resource,
        attributes=attributes or {},
        kind=kind,
        unit=unit,
        multiplier=Decimal(multiplier),
        interval=interval_from_iso(interval) if interval else None,
        in_service_from=None,
        in_service_to=None,
        basis=basis,
        conditions=conditions,
    )


def bucket(
    number: int,
    units: str | None,
    *,
    start: date = date(2021, 1, 1),
    count: int = 365,
    covered_s: int = YEAR_S,
    estimated: str = "0",
    manual: str = "0",
    flags: int = 0,
) -> Bucket:
    micro = None if units is None else int(Decimal(units) * 1_000_000)
    return Bucket(
        meter_id=number,
        start_day=day_of(start),
        quantity=micro,
        count=count,
        covered_s=covered_s,
        gross=None if micro is None else abs(micro),
        gross_estimated=int(Decimal(estimated) * 1_000_000),
        gross_manual=int(Decimal(manual) * 1_000_000),
        count_estimated=0,
        count_manual=0,
        minimum=None,
        maximum=None,
        last=None,
        weight=0,
        area_high=0,
        area_low=0,
        flags=flags,
    )


def stock_bucket(number: int, *, mean_micro: tuple[int, int], last_micro: int, count: int) -> Bucket:
    """A level's bucket: `mean_micro` is the area's low part and the weight it is divided by."""
    area, weight = mean_micro
    return Bucket(
        meter_id=number,
        start_day=day_of(date(2021, 1, 1)),
        quantity=None,
        count=count,
        covered_s=0,
        gross=None,
        gross_estimated=None,
        gross_manual=None,
        count_estimated=0,
        count_manual=0,
        minimum=None,
        maximum=None,
        last=last_micro,
        weight=weight,
        area_high=0,
        area_low=area,
        flags=0,
    )


def ledger(
    sites: Sequence[Site],
    meters: Sequence[CountedMeter],
    yearly: Sequence[Bucket],
    *,
    year: int = 2021,
    pins: Sequence[Pin] = (),
    factors: Sequence[Factor] | None = None,
    factor_set: str | None = None,
    finer: Sequence[Bucket] = (),
    catalogue: Catalogue = SHIPPED,
    instruments: Sequence[Instrument] = (),
    values: CalorificBook | None = None,
    starts: int = 1,
) -> Ledger:
    """The ledger of a reporting year that begins on the first day of the month `starts`."""
    known = tuple(shipped_factors() if factors is None else factors)
    book = FactorBook(known, tuple(pins), factor_set, values or shipped_book())
    first_day, end_day = day_of(date(year, starts, 1)), day_of(date(year + 1, starts, 1))
    by_meter = {each.id: [found for found in yearly if found.meter_id == each.id] for each in meters}
    finer_by_meter = {each.id: [found for found in finer if found.meter_id == each.id] for each in meters}
    groups = group_meters(meters, {each.place.plant: each for each in sites}, catalogue)
    plans = [plan(group, book, year=year, first_day=first_day, end_day=end_day) for group in groups]
    if instruments:
        plans = [cut_for(found, instruments, (first_day, end_day)) for found in plans]
    entries = [entry(found, by_meter, finer_by_meter, first_day=first_day, end_day=end_day) for found in plans]
    entries, findings = cover(entries, instruments, first_day=first_day, end_day=end_day)
    return Ledger(year, first_day, end_day, "CNY", factor_set, tuple(entries), tuple(findings))


def factor(code: str, **fields: object) -> Factor:
    """A factor of grid electricity in Jiangxi, 1 kg CO2 per kWh from 2000 on, unless said otherwise."""
    known: dict[str, object] = {
        "resource": "electricity.grid",
        "attributes": {},
        "region": "CN-JX",
        "method": Method.LOCATION,
        "per": "kWh",
        "kg_co2": Decimal(1),
        "kg_co2_biogenic": None,
        "kg_ch4": None,
        "kg_ch4_nonfossil": None,
        "kg_n2o": None,
        "kg_co2e": None,
        "gwp_set": None,
        "basis": None,
        "valid_from": date(2000, 1, 1),
        "valid_to": None,
        "published_on": None,
        "edition": None,
        "source": "a test",
        "supersedes": None,
        "factor_set": "test",
        "own": False,
        "derivation": None,
    }
    return Factor(code=code, **{**known, **fields})  # type: ignore[arg-type]
