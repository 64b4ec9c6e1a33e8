"""Places that nobody knows: plants and own factors of a region that is in no list."""

from collections.abc import Collection, Iterable, Iterator

from app.accounting.factors.factor import GLOBAL, Factor
from app.accounting.factors.regions import near, regions
from app.accounting.findings import Finding, Severity
from app.core.sentences import listed, sentence
from app.disclosure.checks.statement import Statement


def plants_of_an_unknown_region(statement: Statement) -> Iterator[Finding]:
    """Yield a finding for each word a plant's place is told by that is no region and that no own factor is for.

    Such plants were entered before regions were asked for, or lost the factor of their own.
    """
    own = {factor.region for factor in statement.known_factors if factor.own}
    for plant in statement.plants:
        place = plant.place
        for code in (place.region, place.grid_region, place.country):
            if code is not None and code not in own and code not in regions():
                likely = [region.title for region in near(code, country=place.country)]
                words = sentence(
                    "%(plant)s stands in %(code)s, which is no known region: no factor counts by it",
                    plant=place.plant,
                    code=repr(code),
                )
                yield Finding(
                    "unknown_region",
                    Severity.WARNING,
                    words,
                    sentence("Set it to %(regions)s", regions=listed(likely, " or "))
                    if likely
                    else sentence("Set it to a code of /v1/regions"),
                )


def plants_on_a_grid_of_another_country(statement: Statement) -> Iterator[Finding]:
    """Yield a finding for each plant on a grid that is listed under another country: grids cross borders, seldom.

    A slip looks the same, and takes the power of a plant by a factor of the other side of the world.
    """
    for plant in statement.plants:
        place = plant.place
        grid, country = regions().get(place.grid_region or ""), regions().get(place.country or "")
        if grid and country and grid.country not in (None, country.code):
            words = sentence(
                "%(plant)s stands in %(country)s, and on the grid %(grid)s of %(of)s",
                plant=place.plant,
                country=country.title,
                grid=grid.title,
                of=grid.country,
            )
            mend = sentence(
                "Nothing, where the grid crosses the border; else set the plant's grid_region, or leave it out"
            )
            yield Finding("grid_of_another_country", Severity.WARNING, words, mend)


def factors_of_an_unknown_region(
    factors: Iterable[Factor], places: Collection[tuple[str, str | None, str | None]]
) -> Iterator[Finding]:
    """Yield a finding for each own factor for a region that is not known and where none of the places lies.

    `places` are the code, region and grid region of every plant.
    """
    stood_in = {each for place in places for each in place}
    for factor in factors:
        if factor.own and factor.region not in stood_in and factor.region not in regions() and factor.region != GLOBAL:
            words = sentence(
                "the factor %(factor)s is for %(region)s, where no plant stands: it is never used",
                factor=factor.code,
                region=repr(factor.region),
            )
            mend = sentence("State it again for a plant, or for the region or grid region of one")
            yield Finding("unknown_region", Severity.WARNING, words, mend)
