"""What is proposed of a place: its time zone, its currency, and the parts of a grid that a plant there may hang on."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from app.accounting.factors.regions import Region, RegionKind, found_by, regions
from app.accounting.selection.shipped import resources_by_region
from app.core.datafile import documents
from app.core.language import LANGUAGES, language
from app.pages.start.search_words import country_words, folded

_SOURCE = next(iter(LANGUAGES))
_BABEL = {"zh": "zh_Hans_CN"}
_GRID = "electricity.grid"
_MOST = 20
_ORDER = (RegionKind.COUNTRY, RegionKind.SUBDIVISION, RegionKind.GRID_REGION)
_APART = re.compile(r"[,;:&()]| - ")


@dataclass(frozen=True, slots=True)
class Zone:
    """An IANA time zone of a country, with the words that tell it from the others there."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Place:
    """A place as a person picks it; `has_grid_factor` tells that a factor of grid electricity ships for it itself."""

    code: str
    kind: RegionKind
    title: str
    country: str
    has_grid_factor: bool


def countries() -> list[tuple[str, str]]:
    """Return every country's code and name, in the reader's language and in order of name."""
    found = [(each.code, _country_name(each.code)) for each in regions().values() if each.kind is RegionKind.COUNTRY]
    return sorted(found, key=lambda each: each[1])


def currency_of(country: str) -> str:
    """Return the ISO 4217 code of the money of a country; empty where none is known."""
    from babel.numbers import get_territory_currencies

    return next(iter(get_territory_currencies(country)), "")


def zones_of(country: str) -> Sequence[Zone]:
    """Return the time zones of a country, the proposed one first; empty for what is no country."""
    found = _zones().get(country, ())
    first = _proposals()["countries"].get(country)
    return sorted(found, key=lambda each: each.name != first) if first else found


def zone_of(country: str, subdivision: str | None = None) -> str:
    """Return the time zone that is proposed for a country, or for one of its subdivisions such as US-TX; else empty.

    Words beside a zone are told apart at commas and brackets: "Mato Grosso" is not of "Mato Grosso do Sul".
    """
    found = zones_of(country)
    region = regions().get(subdivision or "")
    if region is not None and len(found) > 1:
        local = region.code.partition("-")[2]
        for zone, codes in _proposals()["subdivisions"].get(country, {}).items():
            if local in codes:
                return str(zone)
        named = [each for each in found if {region.name, local} & {part.strip() for part in _APART.split(each.words)}]
        best = sorted(named, key=lambda each: "most areas" not in each.words)
        found = [*best, *found]
    return found[0].name if found else ""


def place_named(code: str) -> Place | None:
    """Return the place with a code; None when there is none."""
    region = regions().get(code)
    return None if region is None else _place(region)


def places_found(words: str, country: str = "") -> list[Place]:
    """Return up to 20 places that a person may mean, the likeliest first; without words, parts of the country.

    Names count in English, and in German and Chinese where they have another one.
    """
    if words:
        found = found_by(countries=(), kinds=(), words=words, only=None)
        asked = folded(words)
        here = [each for each in regions().values() if _is_called(each, asked) and each not in found]
        order = [*found, *here]
    else:
        asked = ""
        order = [each for each in regions().values() if each.country == country and _has_grid(each.code)]
    order.sort(key=lambda each: (_rank(each, asked), each.country != country, _ORDER.index(each.kind), each.code))
    return [_place(each) for each in order[:_MOST]]


def grids_at(place: Place) -> list[Place]:
    """Return the parts of a grid to choose from at a place that has no factor of its own.

    Jiangxi has a factor, and asks for none. Texas has none: a plant there hangs on one of the eGRID subregions.
    """
    if place.kind is RegionKind.GRID_REGION or (place.kind is RegionKind.SUBDIVISION and place.has_grid_factor):
        return []
    found = [
        _place(each)
        for each in regions().values()
        if each.kind is RegionKind.GRID_REGION and each.country == place.country and _has_grid(each.code)
    ]
    within = [each for each in found if each.code.startswith(f"{place.code}-")]
    return within if place.kind is RegionKind.SUBDIVISION and within else found


def has_grid_factor(place: Place, grid: str = "") -> bool:
    """Tell whether a factor of grid electricity ships for a place, its part of the grid or its country."""
    return any(_has_grid(each) for each in (place.code, grid, place.country))


def _is_called(region: Region, asked: str) -> bool:
    """Tell whether what was asked for stands in a name of a region, in the reader's language or in another one."""
    named = country_words().get(region.code, ()) if region.kind is RegionKind.COUNTRY else ()
    return any(asked in each for each in (folded(_title(region)), *named))


def _rank(region: Region, asked: str) -> int:
    """Return 0 for a place that is called just so, 1 for one whose name begins so, 2 for others."""
    title = folded(_title(region))
    named = country_words().get(region.code, ()) if region.kind is RegionKind.COUNTRY else ()
    if asked in (title, region.code.casefold(), *named) or asked in region.words:
        return 0
    return 1 if title.startswith(asked) else 2


def _place(region: Region) -> Place:
    title = _title(region)
    if region.kind is not RegionKind.COUNTRY:
        title = f"{title}, {_country_name(region.country)}"
    return Place(region.code, region.kind, title, region.country, _has_grid(region.code))


def _title(region: Region) -> str:
    if region.kind is RegionKind.COUNTRY:
        return _country_name(region.code)
    local = [each for each in region.also if not each.isascii()]
    return local[0] if local and language() != _SOURCE else region.name


def _country_name(code: str) -> str:
    name = regions()[code].name
    return name if language() == _SOURCE else _names(language()).get(code, name)


def _has_grid(code: str) -> bool:
    return _GRID in resources_by_region().get(code, ())


@lru_cache(maxsize=len(LANGUAGES))
def _names(code: str) -> Mapping[str, str]:
    from babel import Locale

    return dict(Locale.parse(_BABEL[code]).territories)


@lru_cache(maxsize=1)
def _zones() -> Mapping[str, Sequence[Zone]]:
    """Return the zones of each country as IANA's zone.tab lists them: country, coordinates, zone, words."""
    found: dict[str, list[Zone]] = {}
    for line in files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            country, _coordinates, zone, *words = line.split("\t")
            found.setdefault(country, []).append(Zone(zone, words[0] if words else ""))
    return found


@lru_cache(maxsize=1)
def _proposals() -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = documents("time_zones.yaml")[0]
    return found
