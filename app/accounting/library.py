"""The page of everything that ships: per country and resource the factors, their years, units, gases and sources."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from app.accounting.factor import GLOBAL, Factor
from app.accounting.factors import shipped_factors
from app.accounting.regions import regions
from app.core.quantities import plain

_HEAD = """# What ships: factors by country and resource

Made by `esg factors page` from the files in `app/reference`; a check fails when they differ. A region is a country, a
subdivision or a part of a grid (`GET /v1/regions`); `GLOBAL` holds everywhere. `years` is the window in which a factor
is in force; an open end carries on. Factors are kg per unit; LHV and HHV name the heating value that a unit of energy
is on. How one is chosen: [accounting](accounting.md#factors). Licences and attributions: [NOTICE](../NOTICE).
"""


def library_page() -> str:
    """Return the page in Markdown: an overview, then a chapter for each country, and one for everywhere."""
    by_country: dict[str, list[Factor]] = defaultdict(list)
    for factor in shipped_factors():
        by_country[_country(factor.region)].append(factor)
    names = sorted((country for country in by_country if country != GLOBAL), key=_name)
    chapters = [_chapter(country, by_country[country]) for country in [*names, GLOBAL]]
    return "\n".join([_HEAD, *_overview(names, by_country), "", *chapters])


def _country(region: str) -> str:
    return GLOBAL if region == GLOBAL else regions()[region].country


def _name(country: str) -> str:
    return "Everywhere" if country == GLOBAL else regions()[country].name


def _overview(countries: Iterable[str], found: Mapping[str, Sequence[Factor]]) -> Iterator[str]:
    yield "| country | grid electricity | heat | fuels | other |"
    yield "|---|---|---|---|---|"
    for country in countries:
        kinds: dict[str, list[Factor]] = defaultdict(list)
        for factor in found[country]:
            kinds[factor.resource.partition(".")[0]].append(factor)
        fuels = sorted({factor.resource.removeprefix("fuel.") for factor in kinds.pop("fuel", [])})
        cells = [_reach(kinds.pop("electricity", [])), _reach(kinds.pop("heat", [])), ", ".join(fuels)]
        others = ", ".join(sorted({factor.resource for rest in kinds.values() for factor in rest}))
        yield f"| {country} {_name(country)} | {' | '.join([*cells, others])} |"


def _reach(factors: Sequence[Factor]) -> str:
    """Return the years that some factor covers, and in how many regions."""
    if not factors:
        return ""
    first = min(factor.valid_from for factor in factors).year
    last = None if any(factor.valid_to is None for factor in factors) else max(_last_day(each).year for each in factors)
    places = len({factor.region for factor in factors})
    years = f"{first} on" if last is None else str(first) if first == last else f"{first} to {last}"
    return f"{years}, {places} regions" if places > 1 else years


def _chapter(country: str, factors: Iterable[Factor]) -> str:
    rows = sorted(factors, key=lambda each: (each.resource, each.method or "", each.region, each.valid_from, each.code))
    sources = {source: number for number, source in enumerate(dict.fromkeys(each.source for each in rows), start=1)}
    title = _name(country) if country == GLOBAL else f"{_name(country)} ({country})"
    lines = [
        f"## {title}",
        "",
        "| resource | region | years | per | kg | code | source |",
        "|---|---|---|---|---|---|---|",
        *(_row(factor, sources[factor.source]) for factor in rows),
        "",
        *(f"{number}. {source}" for source, number in sources.items()),
        "",
    ]
    return "\n".join(lines)


def _row(factor: Factor, source: int) -> str:
    said = [str(factor.method)] if factor.method else []
    said += [f"{name}: {value}" for name, value in sorted(factor.attributes.items())]
    resource = f"{factor.resource} ({', '.join(said)})" if said else factor.resource
    cells = (resource, factor.region, _window(factor), _unit(factor), _masses(factor), f"`{factor.code}`", str(source))
    return f"| {' | '.join(cells)} |"


def _unit(factor: Factor) -> str:
    basis = f" {factor.basis}" if factor.basis else ""
    state = f" at {factor.reference_condition}" if factor.reference_condition else ""
    return f"{factor.per}{basis}{state}"


def _masses(factor: Factor) -> str:
    if factor.kg_co2e is not None:
        return f"{plain(factor.kg_co2e)} CO2e ({factor.gwp_set or 'GWP set not stated'})"
    named: dict[str, Decimal | None] = {
        "CO2": factor.kg_co2,
        "biogenic CO2": factor.kg_co2_biogenic,
        "fossil CH4": factor.kg_ch4,
        "CH4": factor.kg_ch4_nonfossil,
        "N2O": factor.kg_n2o,
        **factor.other_gases,
    }
    stated = [f"{plain(kg)} {gas}" for gas, kg in named.items() if kg is not None]
    stated += [f"{plain(kg)} of {gas} as CO2e ({factor.gwp_set})" for gas, kg in factor.gases_co2e.items()]
    return ", ".join(stated)


def _window(factor: Factor) -> str:
    first, last = factor.valid_from, None if factor.valid_to is None else _last_day(factor)
    if last is None:
        return f"{first.year} on" if first == date(first.year, 1, 1) else f"{first.isoformat()} on"
    if (first, last) == (date(first.year, 1, 1), date(last.year, 12, 31)):
        return str(first.year) if first.year == last.year else f"{first.year} to {last.year}"
    return f"{first.isoformat()} to {last.isoformat()}"


def _last_day(factor: Factor) -> date:
    return (factor.valid_to or date.max) - timedelta(days=1)
