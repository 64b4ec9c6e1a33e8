"""Plants and the grids they stand on: factors of another grid, and one number for plants on several."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, localcontext

from app.accounting.factors.factor import Factor, Method
from app.accounting.findings import Finding, Severity
from app.accounting.selection.selection import Choice, FactorBook, Need, choose
from app.core.sentences import Sentence, listed, sentence
from app.core.units.quantities import EXACT, Rounding, display, plain
from app.disclosure.checks.relations import activity_line
from app.disclosure.checks.statement import CitedFactor, Line, PlantStated, Statement

_GRID = "electricity.grid"


def plants_on_the_wrong_grid(statement: Statement) -> Iterator[Finding]:
    """Yield a finding for each figure with a factor of a region in which some of its plants do not stand."""
    elsewhere: dict[tuple[str, str], dict[str, PlantStated]] = defaultdict(dict)
    factors: dict[tuple[str, str], CitedFactor] = {}
    for line in statement.valued:
        for factor in line.factors:
            if factor.region is None:
                continue
            for plant in statement.plants_of(line):
                applied = factor.plants is None or plant.place.plant in factor.plants
                if applied and plant.place.level(factor.region) is None:
                    elsewhere[line.key, factor.region][plant.place.plant] = plant
                    if factor.factor is not None or (line.key, factor.region) not in factors:
                        factors[line.key, factor.region] = factor
    for (key, region), plants in elsewhere.items():
        factor = factors[key, region]
        where = listed(_where(plant, factor, statement) for _, plant in sorted(plants.items()))
        mend = sentence("Take each plant's use apart and multiply it by the factor of the place where it stands")
        words = sentence(
            "%(key)s: %(factor)s is of %(region)s; %(where)s", key=key, factor=factor.name, region=region, where=where
        )
        yield Finding("wrong_grid", Severity.WARNING, words, mend, key)


def _where(plant: PlantStated, cited: CitedFactor, statement: Statement) -> Sentence:
    """Return where a plant stands, and the factor of that place from the same edition as the cited one."""
    place, persons = plant.place, plant.persons.get(statement.year)
    name: str = place.plant
    if persons is not None:
        name = sentence("%(plant)s (%(persons)s persons)", plant=name, persons=plain(persons))
    stands = place.grid_region or place.region or place.country
    own = None if cited.factor is None else _like(cited.factor, stands, statement)
    where = sentence("%(plant)s stands in %(region)s", plant=name, region=stands)
    if own is None:
        return where
    kg = plain(statement.kg_co2e(own))
    return sentence("%(where)s, where %(factor)s is %(kg)s", where=where, factor=own.code, kg=kg)


def _like(factor: Factor, region: str, statement: Statement) -> Factor | None:
    """Return the factor that the same edition gives another region."""
    wanted = factor.resource, factor.factor_set, factor.valid_from, region
    known = statement.known_factors
    return next(
        (each for each in known if (each.resource, each.factor_set, each.valid_from, each.region) == wanted), None
    )


def one_number_for_several_grids(statement: Statement) -> Iterator[Finding]:
    """Yield a finding for purchased electricity printed in one number for plants on different grids.

    Where emissions are printed with their factor, that factor tells.
    """
    line = activity_line(_GRID, statement.year, statement)
    cites = any(factor.resource == _GRID for each in statement.valued for factor in each.factors)
    if line is None or line.computed or cites or _is_split(line, statement):
        return
    plants = statement.plants_of(line)
    if len({_grid(plant) for plant in plants}) > 1:
        names = listed(sentence("%(plant)s on %(grid)s", plant=each.place.plant, grid=_grid(each)) for each in plants)
        words = sentence("%(line)s is one number for %(names)s", line=line.name, names=names)
        words = _leaving_open(words, line, plants, statement)
        mend = sentence("Print electricity by plant, or state how it is split")
        yield Finding("several_grids", Severity.WARNING, words, mend, line.key)


def _grid(plant: PlantStated) -> str | None:
    return plant.place.grid_region or plant.place.region


def _is_split(line: Line, statement: Statement) -> bool:
    """Tell whether the number is also printed for single plants."""
    others = [each for each in statement.of(line.key) if each.year == line.year and each is not line]
    return any("plant" in each.dimensions or each.boundary not in (None, line.boundary) for each in others)


def _leaving_open(words: Sentence, line: Line, plants: Sequence[PlantStated], statement: Statement) -> Sentence:
    """Return the words with the span of emissions in which the number lies by the grids' own last factors.

    As they are where a factor or a unit is not known.
    """
    if line.value is None:
        return words
    book, found = FactorBook(statement.known_factors, (), None), set()
    for plant in plants:
        # Without its country, so that no national factor in force hides how the grids differ.
        need = Need(_GRID, _GRID, {}, Method.LOCATION, replace(plant.place, country=""), line.year)
        choice = choose(book, need, on=date(line.year, 7, 1))
        factor = choice.factor if isinstance(choice, Choice) else None
        units = None if factor is None else statement.ratio(line.unit, factor.per, line.key)
        if factor is not None and units is not None:
            with localcontext(EXACT):
                found.add((line.value * units * statement.kg_co2e(factor) / 1000, factor.code))
    if len(found) < 2:
        return words
    (t_low, of_low), *_, (t_high, of_high) = sorted(found)
    return sentence(
        "%(words)s: Scope 2 lies between %(low)s t (%(of_low)s) and %(high)s t (%(of_high)s)",
        words=words,
        low=_whole(t_low),
        of_low=of_low,
        high=_whole(t_high),
        of_high=of_high,
    )


def _whole(value: Decimal) -> str:
    return display(value, decimals=0, rounding=Rounding.HALF_UP)
