"""Market areas: groups of countries within which an instrument issued in one serves consumption in another."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from app.accounting.factors.factor import GLOBAL
from app.accounting.factors.need import Place
from app.accounting.factors.regions import regions
from app.accounting.factors.sources import source_words
from app.accounting.ledger.instrument import Carrier
from app.core.calendar.periods import day_of
from app.core.datafile import BadDataFile, Row, documents, rows_of


@dataclass(frozen=True, slots=True)
class Member:
    """A country of an area: it may be served on days [valid_from, valid_to), and issues until `issues_to`, exclusive.

    None is open.
    """

    country: str
    valid_from: date | None
    valid_to: date | None
    issues_to: date | None

    def is_served(self, first_day: int, end_day: int) -> bool:
        """Tell whether consumption of every day of [first_day, end_day) may be served."""
        begun = self.valid_from is None or day_of(self.valid_from) <= first_day
        return begun and (self.valid_to is None or end_day <= day_of(self.valid_to))

    def issues(self, day: int) -> bool:
        """Tell whether what the country issues for a day belongs to the area."""
        ends = self.issues_to or self.valid_to
        begun = self.valid_from is None or day_of(self.valid_from) <= day
        return begun and (ends is None or day < day_of(ends))


@dataclass(frozen=True, slots=True)
class MarketArea:
    """A group of countries that are one market for the certificates of some carriers; `source` says who says so.

    `also` are other codes of it.
    """

    code: str
    also: tuple[str, ...]
    title: str
    carriers: tuple[Carrier, ...]
    members: tuple[Member, ...]
    source: str

    @property
    def codes(self) -> tuple[str, ...]:
        """Return every code it may be named by."""
        return self.code, *self.also

    @property
    def name(self) -> str:
        """Return what tells it from an area of the same code for other carriers."""
        return f"{self.code} {' '.join(self.carriers)}"

    def serves(self, country: str, first_day: int, end_day: int) -> bool:
        """Tell whether consumption in a country belongs to the area on every day of [first_day, end_day)."""
        return any(each.country == country and each.is_served(first_day, end_day) for each in self.members)

    def issues(self, country: str, day: int) -> bool:
        """Tell whether what a country issues for a day belongs to the area."""
        return any(each.country == country and each.issues(day) for each in self.members)


@lru_cache(maxsize=1)
def market_areas() -> tuple[MarketArea, ...]:
    """Return the areas in the order of the data file, an entry for each set of carriers; raises BadDataFile."""
    return tuple(map(_area, rows_of(documents("market_areas.yaml")[0], where="market_areas.yaml")))


def _area(row: Row) -> MarketArea:
    try:
        carriers = tuple(map(Carrier, row.texts("carriers")))
    except ValueError as error:
        raise BadDataFile(f"{row.where}: {error}") from error
    area = MarketArea(
        code=row.text("code"),
        also=row.texts("also"),
        title=row.text("title"),
        carriers=carriers,
        members=tuple(member for each in row.rows("members") for member in _members(each)),
        source=source_words(row.row("source")),
    )
    row.close()
    return area


def _members(row: Row) -> Iterator[Member]:
    days = [row.optional_day(name) for name in ("valid_from", "valid_to", "issues_to")]
    for country in row.texts("countries"):
        if country not in regions():
            raise BadDataFile(f"{row.where}: unknown country {country}")
        yield Member(country, *days)
    row.close()


def is_market_area(code: str) -> bool:
    """Tell whether a code is that of a group of countries."""
    return any(code in area.codes for area in market_areas())


def areas_named(code: str, carrier: Carrier) -> list[MarketArea]:
    """Return what a code stands for as a market of a carrier; empty where it is no group, or none of that carrier."""
    return [area for area in market_areas() if carrier in area.carriers and code in area.codes]


def width(place: Place, region: str, carrier: Carrier) -> tuple[int, int] | None:
    """Return how wide a region is around a place, the narrowest first; None where the place is never in it.

    The plant itself, its regions and its country come before groups of countries, those before GLOBAL.
    """
    groups = areas_named(region, carrier)
    if not groups:
        level = place.level(region)
        return None if level is None else (2 if region == GLOBAL else 0, level)
    if any(each.country == place.country for area in groups for each in area.members):
        return 1, sum(len(area.members) for area in groups)
    return None


def holds(place: Place, region: str, carrier: Carrier, first_day: int, end_day: int) -> bool:
    """Tell whether a place lies in a region or group on every day of [first_day, end_day)."""
    groups = areas_named(region, carrier)
    if groups:
        return any(area.serves(place.country, first_day, end_day) for area in groups)
    return place.level(region) is not None


def is_one_market(place: Place, issuing_area: str | None, carrier: Carrier, first_day: int, end_day: int) -> bool:
    """Tell whether what was issued in an area for these days may serve a place: one country, or members of one group.

    Where nothing is said of the area, nothing speaks against it.
    """
    if issuing_area is None or holds(place, issuing_area, carrier, first_day, end_day):
        return True
    country = country_of(issuing_area)
    if country is None:
        return False
    groups = [area for area in market_areas() if carrier in area.carriers]
    return country == place.country or any(
        area.serves(place.country, first_day, end_day) and area.issues(country, first_day) for area in groups
    )


def could_serve(region: str, issuing_area: str, carrier: Carrier, days: tuple[int, int], plant: Place | None) -> bool:
    """Tell whether what was issued in an area may serve some place of a region on the first or the last of some days.

    `plant` is the plant that the region is, if it is one's code. Where nothing is known of the region, it may.
    """
    places = [] if plant is None else [plant]
    if plant is None:
        groups = areas_named(region, carrier)
        countries = {each.country for area in groups for each in area.members} if groups else {country_of(region)}
        places = [Place("", region, None, country) for country in countries if country is not None]
    spans = [(days[0], days[0] + 1), (days[1] - 1, days[1])]
    return not places or any(is_one_market(place, issuing_area, carrier, *span) for place in places for span in spans)


def country_of(code: str) -> str | None:
    """Return the country in which a region lies, which may be the country itself; None for others."""
    found = regions().get(code)
    return found.country if found is not None else None


def membership_days(country: str, carrier: Carrier) -> set[int]:
    """Return the days on which a country joins or leaves an area of a carrier."""
    areas = (area for area in market_areas() if carrier in area.carriers)
    members = (each for area in areas for each in area.members if each.country == country)
    return {day_of(day) for each in members for day in (each.valid_from, each.valid_to, each.issues_to) if day}
