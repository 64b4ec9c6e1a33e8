"""The factors that ship with the service: reviewed data files, one table of a source a YAML document, fuels derived."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import lru_cache

from app.accounting.exact import quotient
from app.accounting.factors.calorific_data import calorific_values
from app.accounting.factors.factor import GLOBAL, Factor, HeatingValueBasis, Method
from app.accounting.factors.gwp import gwp_sets, other_gases
from app.accounting.factors.measure import conditions_in
from app.accounting.factors.sources import source_words
from app.core.datafile import BadDataFile, Row, documents, names_in
from app.core.inventory.resources import SHIPPED, UnknownResource, attribute_problems
from app.core.units.quantities import EXACT, plain
from app.core.units.units import UnknownUnit, conversion, dimension_of

__all__ = ["GLOBAL", "Factor", "HeatingValueBasis", "Method", "shipped_factors"]

_GASES = ("kg_co2", "kg_co2_biogenic", "kg_ch4", "kg_ch4_nonfossil", "kg_n2o")


@lru_cache(maxsize=1)
def shipped_factors() -> tuple[Factor, ...]:
    """Return every shipped factor, by code; raises BadDataFile for what breaks the schema or a series."""
    factors = [factor for path in names_in("factors") for factor in read_tables(documents(path), where=path)]
    check_codes(factors)
    check_series(factors)
    return tuple(sorted(factors, key=lambda factor: factor.code))


@lru_cache(maxsize=1)
def resources_by_region() -> Mapping[str, frozenset[str]]:
    """Return the resources that shipped factors are for, by the region of these factors."""
    found: dict[str, set[str]] = defaultdict(set)
    for factor in shipped_factors():
        found[factor.region].add(factor.resource)
    return {region: frozenset(resources) for region, resources in found.items()}


def read_tables(tables: Iterable[object], *, where: str) -> list[Factor]:
    """Return the factors of a file's tables, each `{source, common, factors}`."""
    factors = []
    for number, data in enumerate(tables, start=1):
        table = Row(data, where=f"{where}: table {number}")
        source = source_words(table.row("source"))
        common = table.row("common")
        factors += [_factor(row.under(common), source=source) for row in table.rows("factors")]
        table.close()
    return factors


def _factor(row: Row, *, source: str) -> Factor:
    values: dict[str, Decimal | None]
    if row.has("calorific_value"):
        values, derivation = _derived(row)
    else:
        values, derivation = {gas: row.optional_decimal(gas) for gas in _GASES}, None
    method, basis = row.optional_text("method"), row.optional_text("basis")
    try:
        factor = Factor(
            code=row.text("code"),
            resource=row.text("resource"),
            attributes=row.text_map("attributes"),
            region=row.text("region"),
            method=Method(method) if method else None,
            per=row.text("per"),
            kg_co2=values["kg_co2"],
            kg_co2_biogenic=values["kg_co2_biogenic"],
            kg_ch4=values["kg_ch4"],
            kg_ch4_nonfossil=values["kg_ch4_nonfossil"],
            kg_n2o=values["kg_n2o"],
            kg_co2e=row.optional_decimal("kg_co2e"),
            gwp_set=row.optional_text("gwp_set"),
            basis=HeatingValueBasis(basis) if basis else None,
            valid_from=row.day("valid_from"),
            valid_to=row.optional_day("valid_to"),
            published_on=row.optional_day("published_on"),
            edition=row.text("edition"),
            source=source,
            supersedes=row.optional_text("supersedes"),
            factor_set=row.text("factor_set"),
            own=False,
            derivation=derivation,
            reference_condition=row.optional_text("reference_condition"),
            other_gases=row.numbers("gases") if row.has("gases") else {},
            gases_co2e=row.numbers("gases_co2e") if row.has("gases_co2e") else {},
            hole_before=row.optional_text("hole_before"),
        )
    except ValueError as error:
        raise BadDataFile(f"{row.where}: {error}") from error
    row.close()
    _check(factor, where=row.where)
    return factor


def _derived(row: Row) -> tuple[dict[str, Decimal | None], str]:
    """Return kg CO2 per unit from calorific value, carbon content and oxidation, and how it came about."""
    code = row.text("calorific_value")
    found = next((value for value in calorific_values() if value.code == code), None)
    if found is None or found.resource != row.text("resource") or found.lhv is None or found.per is None:
        raise BadDataFile(f"{row.where}: no calorific value {code} of this resource")
    inputs = Combustion(found.lhv, found.per, row.decimal("carbon_content"), row.decimal("oxidation"))
    kg_co2, words = combustion_kg_co2(inputs, per=row.text("per"))
    return {gas: kg_co2 if gas == "kg_co2" else None for gas in _GASES}, words


@dataclass(frozen=True, slots=True)
class Combustion:
    """What a combustion factor is derived from: GJ in one `per`, t of carbon per TJ, the share that is oxidised."""

    gj: Decimal
    per: str
    carbon_content: Decimal
    oxidation: Decimal


def combustion_kg_co2(inputs: Combustion, *, per: str) -> tuple[Decimal, str]:
    """Return kg CO2 per unit `per` and how it came about; raises UnknownUnit, DimensionMismatch."""
    with localcontext(EXACT):
        # GJ x t C per TJ is kg of carbon; carbon dioxide weighs 44/12 of it.
        carbon_kg = inputs.gj * inputs.carbon_content * inputs.oxidation * conversion(per, inputs.per)
        kg_co2 = quotient(carbon_kg * 44, Decimal(12))
    words = (
        f"{plain(inputs.gj)} GJ/{inputs.per} x {plain(inputs.carbon_content)} tC/TJ x {plain(inputs.oxidation)} x 44/12"
        f" = {plain(kg_co2)} kg CO2 per {per}"
    )
    return kg_co2, words


def _check(factor: Factor, *, where: str) -> None:
    gases = [factor.kg_co2, factor.kg_co2_biogenic, factor.kg_ch4, factor.kg_ch4_nonfossil, factor.kg_n2o]
    if unknown := {*factor.other_gases, *factor.gases_co2e} - other_gases() - (set(factor.gases_co2e) & {"CH4", "N2O"}):
        raise BadDataFile(f"{where}: no potential of {', '.join(sorted(unknown))}")
    if factor.gases_co2e and factor.gwp_set not in gwp_sets():
        raise BadDataFile(f"{where}: gases stated as CO2e name the GWP set")
    gases += [*factor.other_gases.values(), *factor.gases_co2e.values()]
    stated = [value for value in [*gases, factor.kg_co2e] if value is not None]
    if not stated or (factor.kg_co2e is not None and len(stated) > 1):
        raise BadDataFile(f"{where}: states neither gases nor CO2e, or both")
    if any(value < 0 for value in stated):
        raise BadDataFile(f"{where}: a negative value")
    if factor.valid_to is not None and factor.valid_to <= factor.valid_from:
        raise BadDataFile(f"{where}: valid_to is not after valid_from")
    if factor.reference_condition is not None and conditions_in(factor.reference_condition) is None:
        raise BadDataFile(f"{where}: unknown reference condition {factor.reference_condition}")
    try:
        resource = SHIPPED.named(factor.resource)
        dimension_of(factor.per)
    except (UnknownResource, UnknownUnit) as error:
        raise BadDataFile(f"{where}: unknown resource or unit {error}") from error
    for problem in attribute_problems(resource, factor.attributes):
        raise BadDataFile(f"{where}: {problem}")


def check_codes(factors: Iterable[Factor]) -> None:
    """Refuse a code that appears twice and a `supersedes` that names none; raises BadDataFile."""
    codes: set[str] = set()
    for factor in factors:
        if factor.code in codes:
            raise BadDataFile(f"factor {factor.code} appears twice")
        codes.add(factor.code)
    for factor in factors:
        if factor.supersedes is not None and factor.supersedes not in codes:
            raise BadDataFile(f"factor {factor.code} supersedes the unknown {factor.supersedes}")


def check_series(factors: Iterable[Factor]) -> None:
    """Refuse windows of one series that overlap untold apart, and holes between them that nothing explains.

    A publication date or `supersedes` tells editions apart; `hole_before` explains. Raises BadDataFile.
    """
    series: dict[object, list[Factor]] = defaultdict(list)
    for factor in factors:
        series[factor.series].append(factor)
    for editions in series.values():
        editions.sort(key=lambda factor: (factor.valid_from, factor.code))
        _check_holes(editions)
        for index, earlier in enumerate(editions):
            for later in editions[index + 1 :]:
                overlap = earlier.valid_to is None or later.valid_from < earlier.valid_to
                dated = None not in (earlier.published_on, later.published_on)
                told_apart = dated and earlier.published_on != later.published_on
                if overlap and not told_apart and later.supersedes != earlier.code:
                    raise BadDataFile(f"factors {earlier.code} and {later.code} of one series overlap")


def _check_holes(editions: Sequence[Factor]) -> None:
    covered_to = editions[0].valid_to
    for edition in editions[1:]:
        hole = covered_to is not None and covered_to < edition.valid_from
        if hole and edition.hole_before is None:
            raise BadDataFile(f"no edition of the series of {edition.code} covers {covered_to} to {edition.valid_from}")
        if edition.hole_before is not None and not hole:
            raise BadDataFile(f"factor {edition.code} explains a hole that is not there")
        if covered_to is not None and (edition.valid_to is None or edition.valid_to > covered_to):
            covered_to = edition.valid_to
