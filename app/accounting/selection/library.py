"""The page of what ships: per country and resource factors, calorific values and densities, and the potentials."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from app.accounting.factors.calorific import CalorificValue
from app.accounting.factors.calorific_data import calorific_values
from app.accounting.factors.factor import GLOBAL, Factor
from app.accounting.factors.gwp import gwp_sets, outside_scopes
from app.accounting.factors.regions import regions
from app.accounting.selection.library_rows import factor_row, last_day, value_row
from app.accounting.selection.shipped import shipped_factors
from app.core.units.quantities import plain

_HEAD = """# What ships: factors and properties by country and resource

Made by `esg factors page` from the files in `app/reference`; a check fails when they differ. A region is a country, a
subdivision or a part of a grid (`GET /v1/regions`); `GLOBAL` holds everywhere. `years` is the window in which a value
is in force; an open end carries on. Factors are kg per unit; LHV and HHV name the heating value that a unit of energy
is on. How one is chosen: [accounting](accounting.md#factors). Licences and attributions: [NOTICE](../NOTICE).
"""


def library_page() -> str:
    """Return the page in Markdown: an overview, a chapter for each country, one for everywhere, the potentials."""
    factors: dict[str, list[Factor]] = defaultdict(list)
    for factor in shipped_factors():
        factors[_country(factor.region)].append(factor)
    values: dict[str, list[CalorificValue]] = defaultdict(list)
    for value in calorific_values():
        values[_country(value.region)].append(value)
    countries = sorted((country for country in {*factors, *values} if country != GLOBAL), key=_name)
    chapters = [
        line for country in [*countries, GLOBAL] for line in _chapter(country, factors[country], values[country])
    ]
    return "\n".join([_HEAD, *_overview(countries, factors, values), "", *chapters, *_potentials()]) + "\n"


def _country(region: str) -> str:
    return GLOBAL if region == GLOBAL else regions()[region].country


def _name(country: str) -> str:
    return "Everywhere" if country == GLOBAL else regions()[country].name


def _overview(
    countries: Iterable[str], factors: Mapping[str, Sequence[Factor]], values: Mapping[str, Sequence[CalorificValue]]
) -> Iterator[str]:
    yield "| country | grid electricity | heat | fuels | other | heating values, densities |"
    yield "|---|---|---|---|---|---|"
    for country in countries:
        kinds: dict[str, list[Factor]] = defaultdict(list)
        for factor in factors[country]:
            kinds[factor.resource.partition(".")[0]].append(factor)
        fuels = sorted({factor.resource.removeprefix("fuel.") for factor in kinds.pop("fuel", [])})
        cells = [_reach(kinds.pop("electricity", [])), _reach(kinds.pop("heat", [])), ", ".join(fuels)]
        cells.append(", ".join(sorted({factor.resource for rest in kinds.values() for factor in rest})))
        known = len({value.resource for value in values[country]})
        cells.append(f"{known} {'fuel' if known == 1 else 'fuels'}" if known else "")
        yield f"| {country} {_name(country)} | {' | '.join(cells)} |"


def _reach(factors: Sequence[Factor]) -> str:
    """Return the years that some factor covers, and in how many regions."""
    if not factors:
        return ""
    first = min(factor.valid_from for factor in factors).year
    ends = [last_day(factor) for factor in factors]
    last = None if None in ends else max(end.year for end in ends if end)
    places = len({factor.region for factor in factors})
    years = f"{first} on" if last is None else str(first) if first == last else f"{first} to {last}"
    return f"{years}, {places} regions" if places > 1 else years


def _chapter(country: str, factors: Iterable[Factor], values: Iterable[CalorificValue]) -> Iterator[str]:
    emitting = sorted(
        factors, key=lambda each: (each.resource, each.method or "", each.region, each.valid_from, each.code)
    )
    holding = sorted(values, key=lambda each: (each.resource, each.region, each.valid_from, each.code))
    named = dict.fromkeys((*(each.source for each in emitting), *(each.source for each in holding)))
    sources = {source: number for number, source in enumerate(named, start=1)}
    yield f"## {_name(country)}" if country == GLOBAL else f"## {_name(country)} ({country})"
    yield ""
    if emitting:
        yield "| resource | region | years | per | kg | code | source |"
        yield "|---|---|---|---|---|---|---|"
        yield from (factor_row(each, sources[each.source]) for each in emitting)
        yield ""
    if holding:
        yield "| fuel | region | years | heating values, density | code | source |"
        yield "|---|---|---|---|---|---|"
        yield from (value_row(each, sources[each.source]) for each in holding)
        yield ""
    yield from (f"{number}. {source}" for source, number in sources.items())
    yield ""


def _potentials() -> Iterator[str]:
    sets = gwp_sets()
    yield "## Potentials over 100 years"
    yield ""
    yield f"| gas | {' | '.join(sets)} |"
    yield f"|---|{'---|' * len(sets)}"
    for gas in dict.fromkeys(gas for each in sets.values() for gas in each.gases):
        apart = " (in no scope)" if gas in outside_scopes() else ""
        known = (each.gases.get(gas) for each in sets.values())
        yield f"| {gas}{apart} | {' | '.join('' if value is None else plain(value) for value in known)} |"
    yield ""
    yield from (f"* {each.name}: {each.source}" for each in sets.values())
