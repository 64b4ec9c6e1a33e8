"""Instruments: which kWh of a year each certificate or green power contract covers, each kWh once, none beyond."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, localcontext
from enum import StrEnum

from app.accounting.exact import converted
from app.accounting.factor import Factor, Method
from app.accounting.findings import Finding, Severity
from app.accounting.ledger import Entry, Portion
from app.accounting.need import Place
from app.accounting.selection import Choice, Stretch, Why
from app.core.periods import day_of
from app.core.quantities import EXACT, decimal_from_micro, plain

COVERED = ("electricity.green", "electricity.grid")
"""What instruments cover, in this order: what was bought as green power first."""


class InstrumentKind(StrEnum):
    """How the claim on the power is held."""

    CERTIFICATE = "certificate"
    GREEN_POWER_CONTRACT = "green_power_contract"


@dataclass(frozen=True, slots=True)
class Instrument:
    """A claim on `kwh` generated within [valid_from, valid_to) for use in `region`, at kg CO2e per kWh.

    The region is a plant code, region, grid_region, country or GLOBAL, as a factor's is.
    """

    code: str
    kind: InstrumentKind
    region: str
    valid_from: date
    valid_to: date
    kwh: Decimal
    kg_co2e_per_kwh: Decimal
    source: str

    @property
    def days(self) -> tuple[int, int]:
        """Return the local days [first, end) it covers."""
        return day_of(self.valid_from), day_of(self.valid_to)

    @property
    def factor(self) -> Factor:
        """Return what a covered kWh emits, as a factor that names the instrument."""
        return Factor(
            code=self.code,
            resource="electricity.grid",
            attributes={},
            region=self.region,
            method=Method.MARKET,
            per="kWh",
            kg_co2=None,
            kg_co2_biogenic=None,
            kg_ch4=None,
            kg_ch4_nonfossil=None,
            kg_n2o=None,
            kg_co2e=self.kg_co2e_per_kwh,
            gwp_set=None,
            basis=None,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            published_on=None,
            edition=None,
            source=self.source,
            supersedes=None,
            factor_set=None,
            own=True,
            derivation=None,
        )


@dataclass(slots=True)
class _Cell:
    """The uncovered part of what one plant used of one resource on some days."""

    entry: Entry
    portion: Portion
    left: Decimal
    covered: list[Portion]


def kwh_within(instrument: Instrument, first_day: int, end_day: int) -> Decimal:
    """Return the kWh of an instrument that count in days [first_day, end_day).

    A period that crosses a reporting year's end is divided by days, so that its years add up to the amount.
    """
    start, end = instrument.days
    first, last = max(start, first_day), min(end, end_day)
    if first >= last:
        return Decimal(0)
    micro = int(instrument.kwh.scaleb(6, context=EXACT))
    days = end - start
    return decimal_from_micro(micro * (last - start) // days - micro * (first - start) // days)


def cuts_of(instruments: Iterable[Instrument], place: Place, first_day: int, end_day: int) -> set[int]:
    """Return the days inside a year on which an instrument for this place begins or ends to count."""
    days = {day for each in instruments if place.level(each.region) is not None for day in each.days}
    return {day for day in days if first_day < day < end_day}


def cover(
    entries: Sequence[Entry], instruments: Sequence[Instrument], *, first_day: int, end_day: int
) -> tuple[list[Entry], list[Finding]]:
    """Return the entries with their market-based portions covered, and a finding for each kWh that covers nothing.

    An instrument for a narrower region goes first, then the one that ends first. It covers green power before other
    grid power, plants inside the boundary before others, then by plant and day; whole plants, whatever share of them
    the figures hold.
    """
    cells = [_Cell(entry, portion, portion.quantity, []) for entry, portion in _market(entries) if portion.quantity]
    cells = sorted((cell for cell in cells if cell.left > 0), key=_turn)
    findings: list[Finding] = []
    for instrument in sorted(instruments, key=lambda each: (_width(each, cells), each.days[::-1], each.code)):
        kwh = kwh_within(instrument, first_day, end_day)
        unused = _use(instrument, kwh, cells)
        if unused:
            words = f"{plain(unused)} of {plain(kwh)} kWh of the instrument {instrument.code} cover no consumption"
            findings.append(Finding("instrument_unused", Severity.WARNING, words))
    covered = {(id(cell.entry), id(cell.portion)): cell for cell in cells if cell.covered}
    return [_rewritten(entry, covered) for entry in entries], findings


def _market(entries: Iterable[Entry]) -> Iterable[tuple[Entry, Portion]]:
    for entry in entries:
        if entry.activity.resource in COVERED:
            for portion in entry.portions.get(Method.MARKET, ()):
                yield entry, portion


def _turn(cell: _Cell) -> tuple[object, ...]:
    activity = cell.entry.activity
    attributes = tuple(sorted(activity.attributes.items()))
    order = COVERED.index(activity.resource), not activity.site.share
    return *order, activity.site.place.plant, attributes, cell.portion.stretch.first_day


def _width(instrument: Instrument, cells: Iterable[_Cell]) -> int:
    levels = [cell.entry.activity.site.place.level(instrument.region) for cell in cells]
    return min((level for level in levels if level is not None), default=9)


def _use(instrument: Instrument, kwh: Decimal, cells: Iterable[_Cell]) -> Decimal:
    """Cover what the instrument can with `kwh`; return what is left of them."""
    start, end = instrument.days
    with localcontext(EXACT):
        for cell in cells:
            activity, stretch = cell.portion.activity, cell.portion.stretch
            fits = activity.site.place.level(instrument.region) is not None
            used = min(kwh, cell.left)
            if used > 0 and fits and start <= stretch.first_day and stretch.end_day <= end:
                choice = Choice(instrument.factor, Why.INSTRUMENT)
                days = Stretch(stretch.first_day, stretch.end_day, choice)
                cell.covered.append(Portion(activity, days, cell.portion.fuel, used))
                cell.left -= used
                kwh -= used
    return kwh


def _rewritten(entry: Entry, covered: Mapping[tuple[int, int], _Cell]) -> Entry:
    portions: list[Portion] = []
    for portion in entry.portions.get(Method.MARKET, ()):
        cell = covered.get((id(entry), id(portion)))
        if cell is None:
            portions.append(portion)
            continue
        portions += cell.covered
        if cell.left:
            portions.append(replace(portion, part=cell.left))
    if len(portions) == len(entry.portions.get(Method.MARKET, ())) and not any(each.part for each in portions):
        return entry
    return replace(entry, portions={**entry.portions, Method.MARKET: tuple(portions)})


def in_kwh(amount: Decimal, unit: str) -> Decimal:
    """Return an amount of energy in kWh; raises UnknownUnit, DimensionMismatch."""
    return converted(amount, unit, "kWh")
