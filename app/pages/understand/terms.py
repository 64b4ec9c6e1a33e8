"""What a figure's page shows: its terms as sums that can be followed by hand, each with its factor and its sources."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from decimal import Decimal, localcontext
from zoneinfo import ZoneInfo

from app.core.inventory.resources import Catalogue
from app.core.sentences import N_, listed
from app.core.units.quantities import EXACT
from app.disclosure.figures.typesetting import typeset_unit, unrounded
from app.disclosure.live.lineage_terms import LineageTerm
from app.pages.frame.words import gettext as _


@dataclass(frozen=True, slots=True)
class TermLine:
    """One addend: what was counted, by what it was multiplied, in digits, and what the reader may ask about it.

    `first_day` and `end_day` are the plant's local days [first, end), ISO 8601. `factor` and `calorific_values` are the
    codes of what it was multiplied by, which have pages of their own.
    """

    plant: str
    resource: str
    resource_code: str
    attributes: str
    first_day: str
    end_day: str
    last_day: str
    quantity: str
    unit: str
    steps: tuple[tuple[str, str], ...]
    value: str
    meters: tuple[str, ...]
    readings: int
    sources: tuple[tuple[str, str], ...]
    factor: str | None
    calorific_values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """Addends and their sum, which is that of the lines to the last digit."""

    lines: tuple[TermLine, ...]
    total: str
    unit: str


def sum_of(terms: Sequence[LineageTerm], unit: str, catalogue: Catalogue, zones: Mapping[str, ZoneInfo]) -> Sum:
    """Return the terms as lines with their exact sum; `zones` are those of the plants, by code."""
    with localcontext(EXACT):
        total = sum((term.value for term in terms), Decimal(0))
    lines = tuple(_line(term, catalogue, zones) for term in terms)
    return Sum(lines, unrounded(total), typeset_unit(unit))


def _line(term: LineageTerm, catalogue: Catalogue, zones: Mapping[str, ZoneInfo]) -> TermLine:
    first, end = (each.astimezone(zones.get(term.plant, UTC)).date() for each in (term.start, term.end))
    return TermLine(
        plant=term.plant,
        resource=_(catalogue.named(term.resource).title),
        resource_code=term.resource,
        attributes=_(listed(_(each.replace("_", " ")) for each in term.attributes.values())),
        first_day=first.isoformat(),
        end_day=end.isoformat(),
        last_day=(end - timedelta(days=1)).isoformat(),
        quantity=unrounded(term.quantity),
        unit=typeset_unit(term.unit),
        steps=tuple(_steps(term)),
        value=unrounded(term.value),
        meters=term.meters,
        readings=term.readings,
        sources=tuple(_sources(term)),
        factor=None if term.factor is None or term.instrument is not None else term.factor.code,
        calorific_values=tuple(dict.fromkeys(each.code for each in term.calorific_values)),
    )


def _steps(term: LineageTerm) -> Iterator[tuple[str, str]]:
    """Yield what the quantity is multiplied by: number and unit. 500 kg of diesel become 500 x 0.0427 GJ x 74.1 kg."""
    if term.conversion != 1 or term.converted_unit != term.unit:
        yield unrounded(term.conversion), f"{typeset_unit(term.converted_unit)}/{typeset_unit(term.unit)}"
    if term.share != 1:
        yield unrounded(term.share), N_("of the plant")
    if term.factor is not None:
        yield unrounded(term.factor.kg_co2e), f"kg CO₂e/{typeset_unit(term.factor.per)}"


def _sources(term: LineageTerm) -> Iterator[tuple[str, str]]:
    """Yield what the numbers rest on, as a title and words."""
    if term.factor is not None:
        named = " ".join(each for each in (term.factor.code, term.factor.edition) if each)
        yield N_("Factor"), f"{named}: {term.factor.source}"
        yield N_("Why this factor"), _(term.factor.why)
        if term.factor.derivation is not None:
            yield N_("Derived"), term.factor.derivation
        if term.factor.carried_forward_years:
            yield N_("Carried forward"), f"{term.factor.carried_forward_years}"
        for passed_over in term.factor.passed_over:
            yield N_("Passed over"), _(passed_over)
    for value in term.calorific_values:
        yield N_("Calorific value"), f"{value.code}: {_(value.states)}. {value.source}. {_(value.why)}"
    if term.instrument is not None:
        serials = _(" to ").join(each for each in (term.instrument.first_serial, term.instrument.last_serial) if each)
        words = (_(term.instrument.kind.replace("_", " ")), term.instrument.registry, serials, term.instrument.source)
        yield N_("Instrument"), f"{term.instrument.code}: {', '.join(each for each in words if each)}"
    for note in term.notes:
        yield N_("Note"), _(note)
