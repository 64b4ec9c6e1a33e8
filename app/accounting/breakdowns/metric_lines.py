"""Each metric of a reporting year, put together from its books while the database is open."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session

from app.accounting.breakdowns import materials, waste, water
from app.accounting.breakdowns.emission_lines import EmissionsMetrics, ScopeAmount, emissions_metrics
from app.accounting.breakdowns.energy_lines import EnergyAmounts, EnergyMetrics, energy_metrics
from app.accounting.breakdowns.intensity_lines import Intensity, intensity
from app.accounting.breakdowns.reporting_years import YearBooks, slices_of, year_before
from app.accounting.factors.factor import Method
from app.accounting.findings import Finding
from app.accounting.ledger.families import family_findings
from app.accounting.metrics.breakdown import Line, lines
from app.accounting.metrics.consumption import quantity
from app.accounting.metrics.formulas import Level, Ratio, Share
from app.accounting.stacks.stack_masses import (
    stack_masses,
    with_sliced_masses,
    with_stack_masses,
)
from app.accounting.stacks.stacks import unweighed
from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.core.inventory.resources import Aspect, Origin

KG = "kg"


@dataclass(frozen=True, slots=True)
class AirMetrics:
    """Pollutants of the air in kg: each in all, and by plant, stack and how its mass is known."""

    by_pollutant: tuple[Line, ...]
    by_stack: tuple[Line, ...]
    findings: tuple[Finding, ...]


def energy_of(session: Session, books: YearBooks) -> EnergyMetrics:
    """Return a year's energy."""
    amounts = EnergyAmounts(
        total=books.amount("energy.total"),
        by_origin={origin: books.amount(f"energy.source.{origin}") for origin in Origin},
        electricity=books.amount("consumption.electricity"),
        renewable=books.amount("electricity.renewable"),
        renewable_metered=books.amount("electricity.renewable.metered"),
    )
    return energy_metrics(amounts, slices_of(session, books.boundary, books.ledger, amounts.every))


def water_of(session: Session, books: YearBooks) -> water.WaterMetrics:
    """Return a year's water."""
    withdrawal, recycled = books.amount("water.total"), books.amount("water.recycled")
    discharge, consumption = books.amount("water.discharge"), books.amount("water.consumption")
    slices = slices_of(session, books.boundary, books.ledger, [withdrawal, recycled, discharge, consumption])
    return water.water_metrics(withdrawal, recycled, discharge, consumption, slices)


def waste_of(session: Session, books: YearBooks) -> waste.WasteMetrics:
    """Return a year's waste."""
    produced, compliant = books.amount("waste.produced"), books.amount("waste.treated_compliant")
    slices = slices_of(session, books.boundary, books.ledger, [produced, compliant])
    diverted, directed = books.amount("waste.diverted"), books.amount("waste.directed")
    return waste.waste_metrics(produced, compliant, slices, diverted=diverted, directed=directed)


def materials_of(session: Session, books: YearBooks) -> materials.MaterialsMetrics:
    """Return a year's materials."""
    packaging = books.amount("packaging.total")
    own = books.boundary.catalogue.own_quantities(Aspect.MATERIALS)
    raw = [
        quantity(books.ledger, materials.RAW_MATERIALS, {}, unit="t"),
        *(quantity(books.ledger, (each.key,), {}, unit=each.unit) for each in own),
    ]
    refrigerants = quantity(books.ledger, materials.REFRIGERANTS, {}, unit=KG)
    slices = slices_of(session, books.boundary, books.ledger, [packaging, *raw, refrigerants])
    return materials.materials_metrics(packaging, raw, refrigerants, slices)


def emissions_of(session: Session, books: YearBooks) -> EmissionsMetrics:
    """Return a year's greenhouse gas emissions; a scope says where its factors are of another family than before."""
    before = year_before(session, books)

    def scope(number: int, method: Method | None, key: str) -> ScopeAmount:
        terms = {each.year: each.amount(key).plain_terms for each in (before, books)}
        findings = family_findings(key, terms, books.organization.factor_set)
        return ScopeAmount(number, method, books.amount(key), tuple(findings))

    scopes = (
        scope(1, None, "ghg.scope1"),
        scope(2, Method.LOCATION, "ghg.scope2"),
        scope(2, Method.MARKET, "ghg.scope2.market"),
    )
    biogenic = books.amount("ghg.biogenic")
    slices = slices_of(session, books.boundary, books.ledger, [biogenic, *(each.amount for each in scopes)])
    return emissions_metrics(
        scopes,
        total_location=books.amount("ghg.total"),
        total_market=books.amount("ghg.total.market"),
        biogenic=biogenic,
        slices=slices,
        gwp_set=books.gwp_set,
    )


def air_of(session: Session, books: YearBooks) -> AirMetrics:
    """Return a year's pollutants: weighed by a meter, or else derived from a stack's concentration and flow."""
    weighed = quantity(books.ledger, _masses(books.ledger.by_resource), {}, unit=KG)
    derived = stack_masses(session, books.boundary, books.ledger)
    bounds = {day for each in derived for day in each.bounds}
    cut = slices_of(session, books.boundary, books.ledger, [weighed], also_at=bounds)
    ledger, slices = with_stack_masses(books.ledger, derived), with_sliced_masses(cut, derived)
    amount = quantity(ledger, _masses(ledger.by_resource), {}, unit=KG)
    by_hours = {each.key for each in derived}

    def how(plant: str, resource: str, stack: str) -> str:
        return "concentration_x_flow" if (plant, resource, stack) in by_hours else "metered"

    return AirMetrics(
        by_pollutant=tuple(lines(amount, slices, lambda each: {"pollutant": _pollutant(each.resource)})),
        by_stack=tuple(
            lines(
                amount,
                slices,
                lambda each: {
                    "pollutant": _pollutant(each.resource),
                    "plant": each.site.place.plant,
                    "stack": each.attributes.get("stack", "unclassified"),
                    "mass": how(each.site.place.plant, each.resource, each.attributes.get("stack", "")),
                },
            )
        ),
        findings=(*(finding for each in derived for finding in each.findings), *unweighed(books.boundary)),
    )


def _masses(resources: Iterable[str]) -> list[str]:
    return sorted(key for key in resources if key.startswith("air.") and key.endswith(".mass"))


def _pollutant(resource: str) -> str:
    return resource.removeprefix("air.").removesuffix(".mass")


def intensities_of(
    session: Session, books: YearBooks, *, metric: str | None = None, denominator: str | None = None
) -> list[Intensity]:
    """Return a year's intensities: those of the metric book, or of any additive metric, that have meters.

    A metric or denominator that is named is there without meters too, and says what is missing. Raises InvalidFields
    for a metric or denominator the book does not have, or one that does not add up.
    """
    pairs = _pairs(books, metric, denominator)
    amounts = {key: books.amount(key) for pair in pairs for key in pair}
    named = {metric, denominator}
    found = [pair for pair in pairs if all(amounts[key].activities or key in named for key in pair)]
    slices = slices_of(session, books.boundary, books.ledger, [amounts[key] for pair in found for key in pair])
    levels = [amounts[per] for _, per in found if _is_level(books, per)]
    months = slices_of(session, books.boundary, books.ledger, levels, whole_months=True) if levels else None
    return [
        intensity(
            of,
            amounts[of],
            books.book.denominators[per],
            amounts[per],
            slices,
            level=months if _is_level(books, per) else None,
        )
        for of, per in found
    ]


def _pairs(books: YearBooks, metric: str | None, denominator: str | None) -> list[tuple[str, str]]:
    book = books.book
    if denominator is not None and denominator not in book.denominators:
        words = f"{denominator!r} is no resource, and no metric that adds up; there are {', '.join(book.denominators)}"
        raise InvalidFields([FieldProblem("denominator", "unknown_denominator", words)])
    if metric is not None:
        known = book.metrics.get(metric)
        if known is None or isinstance(known.formula, (Ratio, Share, Level)):
            words = f"{metric!r} is no metric, or not one that adds up"
            raise InvalidFields([FieldProblem("metric", "unknown_metric", words)])
        return [(metric, per) for per in ([denominator] if denominator else book.denominators)]
    listed = [(each.formula.of, each.formula.per) for each in book.metrics.values() if isinstance(each.formula, Ratio)]
    if denominator is not None:
        return [(of, denominator) for of in dict.fromkeys(of for of, _ in listed)]
    return list(dict.fromkeys(listed))


def _is_level(books: YearBooks, key: str) -> bool:
    return isinstance(books.book.metrics[key].formula, Level)
