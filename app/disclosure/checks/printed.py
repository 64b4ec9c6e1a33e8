"""A stored import as the statement that the checks read."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from app.accounting.factors.factor import Factor
from app.accounting.factors.gwp import GwpSet, gwp_set_named, kg_co2e_per_unit
from app.accounting.factors.need import Place
from app.accounting.metrics.vocabulary import catalogue_book
from app.core.inventory.resources import Catalogue
from app.core.units.quantities import Rounding
from app.disclosure.checks.statement import (
    Answer,
    AssertedDirection,
    Assertion,
    CitedFactor,
    IndexEntry,
    Line,
    PlantStated,
    Statement,
    in_order,
)
from app.disclosure.frameworks.frameworks import framework_named, specs_of


def statement_of(
    document: Mapping[str, Any], *, currency: str, factors: Mapping[str, Factor], catalogue: Catalogue
) -> Statement:
    """Return the statement of an import's document; `factors` are all that are known, by code."""
    framework = framework_named(document["framework"])
    metrics = catalogue_book(catalogue)
    gwp_set = gwp_set_named(framework.gwp_set, splits_methane=framework.splits_methane)
    rounding = document["rounding"]
    return Statement(
        framework=framework,
        metrics=metrics,
        specs=in_order((*specs_of(framework, metrics), *framework.stated)),
        year=document["year"],
        currency=currency,
        rounding=None if rounding is None else Rounding(rounding),
        plants=tuple(map(_plant, document["plants"])),
        lines=tuple(_line(row, factors, gwp_set) for row in document["rows"]),
        known_factors=tuple(factors.values()),
        assertions=tuple(map(_assertion, document["assertions"])),
        index={item["kpi"]: IndexEntry(Answer(item["status"]), item["text"]) for item in document["index"]},
    )


def _plant(row: Mapping[str, Any]) -> PlantStated:
    place = Place(plant=row["code"], region=row["region"], grid_region=row["grid_region"], country=row["country"])
    persons = {each["year"]: Decimal(each["persons"]) for each in row["headcounts"]}
    return PlantStated(place, row["name"] or row["code"], persons)


def _line(row: Mapping[str, Any], factors: Mapping[str, Factor], gwp_set: GwpSet) -> Line:
    value = None if row["value"] is None else Decimal(row["value"])
    return Line(
        year=row["year"],
        kpi=row["kpi"],
        key=row["key"],
        title=row["title"] or row["key"],
        dimensions=row["dimensions"],
        value=value,
        unit=row["unit"],
        decimals=row["decimals"] or 0,
        factors=tuple(_cited(row["factors"], factors, gwp_set)),
        numerator=row["numerator"],
        denominator=row["denominator"],
        per=None if row["per"] is None else Decimal(row["per"]),
        boundary=None if row["boundary"] is None else frozenset(row["boundary"]),
        text=row["text"],
    )


def _cited(rows: Iterable[Mapping[str, Any]], factors: Mapping[str, Factor], gwp_set: GwpSet) -> Iterable[CitedFactor]:
    for row in rows:
        known = factors.get(row["code"]) if row["code"] else None
        if known is not None:
            yield cited(known, gwp_set)
        else:
            kg = None if row["kg_co2e"] is None else Decimal(row["kg_co2e"])
            name = row["code"] or row["title"]
            yield CitedFactor(name, row["resource"], row["region"], row["year"], kg, row["per"])


def cited(factor: Factor, gwp_set: GwpSet, plants: frozenset[str] | None = None) -> CitedFactor:
    """Return a known factor as it is cited; an open window describes no last year."""
    year = None if factor.valid_to is None else factor.valid_to.year - (factor.valid_to.timetuple().tm_yday == 1)
    kg = kg_co2e_per_unit(factor, gwp_set)
    return CitedFactor(factor.code, factor.resource, factor.region, year, kg, factor.per, factor, plants)


def _assertion(row: Mapping[str, Any]) -> Assertion:
    direction = AssertedDirection(row["direction"])
    return Assertion(row["text"], tuple(row["keys"]), direction, row["from_year"], row["year"])
