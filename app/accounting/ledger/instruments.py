"""Which energy of a year each instrument covers: each kWh once, none beyond, within one market."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

from app.accounting.exact import scaled
from app.accounting.factors.conversion import NotConvertible, convert
from app.accounting.factors.factor import Method
from app.accounting.factors.measure import Measure
from app.accounting.factors.need import Place
from app.accounting.findings import Finding, Severity
from app.accounting.ledger.activity import Activity
from app.accounting.ledger.instrument import (
    COVERED,
    Carrier,
    CarrierFinding,
    EnergySource,
    Instrument,
    InstrumentKind,
    carrier_of,
)
from app.accounting.ledger.ledger import Entry, Plan, Portion, cut
from app.accounting.ledger.market_areas import holds, is_one_market, membership_days, width
from app.accounting.selection.selection import Choice, Stretch, Why
from app.core.inventory.resources import Origin
from app.core.sentences import sentence
from app.core.units.quantities import EXACT, plain

__all__ = ["COVERED", "Carrier", "EnergySource", "Instrument", "InstrumentKind", "carrier_of", "cover", "cut_for"]


@dataclass(slots=True)
class _Cell:
    """The uncovered part of what one plant used of one resource on some days."""

    entry: Entry
    portion: Portion
    left: Decimal
    covered: list[Portion]

    @property
    def activity(self) -> Activity:
        return self.portion.activity

    @property
    def place(self) -> Place:
        return self.portion.activity.site.place


def cut_for(found: Plan, instruments: Iterable[Instrument], days: tuple[int, int]) -> Plan:
    """Return the plan of a year, days [first, end), cut where an instrument begins or ends to count, market-based.

    A plan of what is accounted one way gets market-based stretches of its own, once an instrument is of its carrier.
    """
    carrier = carrier_of(found.group.resource)
    if carrier is None or not any(each.carrier is carrier for each in instruments):
        return found
    return cut(found, _bounds(instruments, found.group.site.place, carrier, days), Method.MARKET)


def _bounds(instruments: Iterable[Instrument], place: Place, carrier: Carrier, days: tuple[int, int]) -> set[int]:
    """Return the days inside a year on which an instrument for a place, or its country's market, begins or ends."""
    reaching = [each for each in instruments if each.carrier is carrier and width(place, each.region, carrier)]
    bounds = {day for each in reaching for day in each.days}
    joined = membership_days(place.country, carrier) if reaching else set()
    return {day for day in bounds | joined if days[0] < day < days[1]}


def cover(
    entries: Sequence[Entry],
    instruments: Sequence[Instrument],
    *,
    first_day: int,
    end_day: int,
) -> tuple[list[Entry], list[CarrierFinding]]:
    """Return the entries with their market-based portions covered, and what is left of instruments or keeps them out.

    An instrument for a narrower region goes first, then the one that ends first. It covers green power before other
    grid power, plants inside the boundary before others, then by plant and day; whole plants, whatever share of them
    the figures hold. Nuclear and fossil guarantees leave green power alone. An amount of gas is turned into the
    meters' unit by the calorific value of the place and days, on the amount's own basis.
    """
    cells = [_Cell(entry, portion, portion.quantity, []) for entry, portion in _market(entries) if portion.quantity]
    cells = sorted((cell for cell in cells if cell.left > 0), key=_turn)
    findings: list[CarrierFinding] = []
    for instrument in sorted(instruments, key=lambda each: (_width(each, cells), each.days[::-1], each.code)):
        amount = instrument.within(first_day, end_day)
        unused, kept_out = _use(instrument, amount, cells)
        if unused:
            unit = instrument.unit
            words = sentence(
                "%(unused)s of %(amount)s %(unit)s of the instrument %(instrument)s cover no consumption",
                unused=plain(unused),
                amount=plain(amount),
                unit=unit,
                instrument=instrument.code,
            )
            kept_out.insert(0, Finding("instrument_unused", Severity.WARNING, words))
            findings += [CarrierFinding(instrument.carrier, finding) for finding in dict.fromkeys(kept_out)]
    covered = {(id(cell.entry), id(cell.portion)): cell for cell in cells if cell.covered}
    return [_rewritten(entry, covered) for entry in entries], findings


def _market(entries: Iterable[Entry]) -> Iterable[tuple[Entry, Portion]]:
    for entry in entries:
        if carrier_of(entry.activity.resource) is not None:
            for portion in entry.portions.get(Method.MARKET, ()):
                yield entry, portion


def _turn(cell: _Cell) -> tuple[object, ...]:
    activity = cell.entry.activity
    attributes = tuple(sorted(activity.attributes.items()))
    carrier = carrier_of(activity.resource) or Carrier.ELECTRICITY
    order = COVERED[carrier].index(activity.resource), not activity.site.share
    return *order, activity.site.place.plant, attributes, cell.portion.stretch.first_day


def _width(instrument: Instrument, cells: Iterable[_Cell]) -> tuple[int, int]:
    widths = (width(cell.place, instrument.region, instrument.carrier) for cell in cells if _suits(instrument, cell))
    return min((found for found in widths if found is not None), default=(9, 0))


def _suits(instrument: Instrument, cell: _Cell) -> bool:
    """Tell whether an instrument is on what the cell is of; what is bought as green is green by no other guarantee."""
    resource = cell.activity.resource
    if resource not in COVERED[instrument.carrier]:
        return False
    return resource != "electricity.green" or instrument.origin in (None, Origin.RENEWABLE)


def _use(instrument: Instrument, amount: Decimal, cells: Iterable[_Cell]) -> tuple[Decimal, list[Finding]]:
    """Cover what the instrument can with `amount`; return what is left of it, and what it could not cover and why."""
    start, end = instrument.days
    kept_out: list[Finding] = []
    for cell in cells:
        stretch = cell.portion.stretch
        when = instrument.carrier, stretch.first_day, stretch.end_day
        inside = start <= stretch.first_day and stretch.end_day <= end
        if not (amount and cell.left and inside and _suits(instrument, cell)):
            continue
        if not holds(cell.place, instrument.region, *when):
            continue
        if not is_one_market(cell.place, instrument.issuing_area, *when):
            kept_out.append(_other_market(instrument, cell.place))
            continue
        try:
            amount = _covered(instrument, amount, cell)
        except NotConvertible as error:
            words = sentence(
                "%(error)s: the instrument %(instrument)s covers nothing of %(resource)s at %(plant)s",
                error=error.words,
                instrument=instrument.code,
                resource=cell.activity.resource,
                plant=cell.place.plant,
            )
            kept_out.append(Finding("not_convertible", Severity.ERROR, words, mend=error.mend))
    return amount, kept_out


def _covered(instrument: Instrument, amount: Decimal, cell: _Cell) -> Decimal:
    """Cover of a cell what `amount` reaches, and return what is left of it; raises NotConvertible."""
    activity, stretch, fuel = cell.activity, cell.portion.stretch, cell.portion.fuel
    found = convert(fuel, activity.measure, Measure(instrument.unit, instrument.basis))
    reaches = scaled(amount, 1 / found.factor)
    with localcontext(EXACT):
        used = min(reaches, cell.left)
        left = Decimal(0) if reaches <= cell.left else amount - scaled(cell.left, found.factor)
        cell.left -= used
    held = Stretch(stretch.first_day, stretch.end_day, Choice(instrument.factor, Why.INSTRUMENT))
    cell.covered.append(Portion(activity, held, fuel, used, instrument, found.rests_on))
    return left


def _other_market(instrument: Instrument, place: Place) -> Finding:
    words = sentence(
        "the instrument %(instrument)s was issued in %(issuing_area)s, which is another market "
        "than %(country)s: it covers nothing at %(plant)s (GHG Protocol Scope 2 Guidance, "
        "quality criterion 5)",
        instrument=instrument.code,
        issuing_area=instrument.issuing_area,
        country=place.country,
        plant=place.plant,
    )
    return Finding("another_market", Severity.WARNING, words)


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
