"""The regions that plants stand in and factors are for: countries, their subdivisions, parts of power grids."""

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cached_property, lru_cache

from app.core.datafile import BadDataFile, Row, documents
from app.core.inventory.inventory import FieldProblem

_MOST_NEAR = 3
_NEAR = 0.75
"""How alike, from 0 to 1, a word and a code or name must be to be told of."""


class RegionKind(StrEnum):
    """What a region is a part of."""

    COUNTRY = "country"
    SUBDIVISION = "subdivision"
    GRID_REGION = "grid_region"


@dataclass(frozen=True)
class Region:
    """A place by its code (ISO 3166-1 alpha-2, ISO 3166-2, or of a part of a grid); `also` are other words for it."""

    code: str
    kind: RegionKind
    name: str
    country: str
    also: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Return the code with its name."""
        return f"{self.code} ({self.name})"

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Return what it may be called, folded."""
        local = self.code.partition("-")[2]
        return tuple(_folded(each) for each in (self.code, local, self.name, *self.also) if each)


@lru_cache(maxsize=1)
def regions() -> Mapping[str, Region]:
    """Return every region by code, in order of code; raises BadDataFile."""
    file = Row(documents("regions.yaml")[0], where="regions.yaml")
    found = [_region(row, RegionKind.COUNTRY) for row in file.rows("countries")]
    found += [_region(row, RegionKind.GRID_REGION) for row in file.rows("grid_regions")]
    also = {}
    for row in file.rows("subdivisions"):
        also[row.text("code")] = row.texts("also")
        row.close()
    file.close()
    for country, names in documents("subdivisions.yaml")[0].items():
        codes = {f"{country}-{code}": name for code, name in names.items()}
        found += [
            Region(code, RegionKind.SUBDIVISION, name, country, also.get(code, ())) for code, name in codes.items()
        ]
    known = {region.code: region for region in sorted(found, key=lambda each: each.code)}
    if len(known) != len(found):
        raise BadDataFile("regions.yaml, subdivisions.yaml: a code appears twice")
    for region in found:
        if region.country not in known:
            raise BadDataFile(f"region {region.code}: unknown country {region.country}")
    return known


def _region(row: Row, kind: RegionKind) -> Region:
    code = row.text("code")
    country = code if kind is RegionKind.COUNTRY else row.text("country")
    region = Region(code, kind, row.text("name"), country, row.texts("also"))
    row.close()
    return region


def near(word: str, *, country: str | None = None, kind: RegionKind | None = None) -> list[Region]:
    """Return up to three regions whose code or name is like a word, the likest first; of the country if it has any."""
    asked, known = _folded(word), [region for region in regions().values() if kind in (None, region.kind)]
    inside = _likest(asked, (region for region in known if region.country == country))
    # Elsewhere a subdivision is found by its very name: there are thousands of them.
    wide = (region for region in known if region.kind is not RegionKind.SUBDIVISION or asked in region.words)
    return inside or _likest(asked, wide)


def found_by(
    *, countries: Collection[str], kinds: Collection[RegionKind], words: str | None, only: Collection[str] | None
) -> list[Region]:
    """Return the regions of any of the countries and kinds, empty being all, whose code or names hold all these words.

    They are among the codes of `only`, None being all.
    """
    asked = _folded(words or "").split()
    return [
        region
        for region in regions().values()
        if (not countries or region.country in countries)
        and (not kinds or region.kind in kinds)
        and (only is None or region.code in only)
        and all(any(each in word for word in region.words) for each in asked)
    ]


def _likest(asked: str, among: Iterable[Region]) -> list[Region]:
    scored = [(max(_likeness(asked, each) for each in region.words), region) for region in among]
    best = sorted((each for each in scored if each[0] >= _NEAR), key=lambda each: (-each[0], each[1].code))
    return [region for _, region in best[:_MOST_NEAR]]


def _likeness(asked: str, word: str) -> float:
    """Return how alike two folded words are: 1 for the same, less where one holds all the words of the other."""
    if asked == word:
        return 1
    shorter, longer = sorted((asked.split(), word.split()), key=len)
    if len(word) > 2 and set(shorter) and set(shorter) <= set(longer):
        return 0.9
    matcher = SequenceMatcher(None, asked, word)
    return matcher.ratio() if matcher.real_quick_ratio() >= _NEAR and matcher.quick_ratio() >= _NEAR else 0


def _folded(word: str) -> str:
    """Return a word in small letters without accents, everything else than letters and digits a space."""
    plain = unicodedata.normalize("NFKD", word.casefold())
    letters = "".join(each if each.isalnum() else " " for each in plain if not unicodedata.combining(each))
    return " ".join(letters.split())


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a plant is said to stand."""

    country: str
    region: str | None
    grid_region: str | None


def place_problems(
    stand: Stand, own: Collection[str], *, sent: Collection[str], index: int | None = None
) -> Iterator[FieldProblem]:
    """Yield what is wrong with the fields of a place that were `sent`; `own` are regions of the organization's factors.

    Only a subdivision lies in one country: grids cross borders.
    """
    if "country" in sent:
        yield from _country_problems(stand.country, index)
    for field in ("region", "grid_region"):
        code = getattr(stand, field)
        if field in sent and code is not None and code not in own:
            yield from region_problems(field, code, country=stand.country, index=index)
    found = regions().get(stand.region or "")
    if found and {"country", "region"} & set(sent) and _lies_elsewhere(found, stand.country):
        words = f"{found.title} lies in {regions()[found.country].title}, not in {stand.country}"
        yield FieldProblem("region", "region_of_another_country", words, index)


def region_problems(
    field: str, code: str, *, country: str | None = None, index: int | None = None
) -> Iterator[FieldProblem]:
    """Yield a problem when no region has this code, with those that are like it."""
    if code in regions():
        return
    likely = ", ".join(region.title for region in near(code, country=country))
    meant = f"did you mean {likely}? " if likely else ""
    words = f"{code!r} is not the code of a region: {meant}GET /v1/regions lists them"
    yield FieldProblem(field, "unknown_region", f"{words}; a code of your own needs a factor of your own for it", index)


def _country_problems(code: str, index: int | None) -> Iterator[FieldProblem]:
    known = regions().get(code)
    if known is None or known.kind is not RegionKind.COUNTRY:
        likely = ", ".join(region.title for region in near(code, kind=RegionKind.COUNTRY))
        words = f"{code!r} is not a country of ISO 3166-1"
        yield FieldProblem("country", "unknown_country", f"{words}: did you mean {likely}?" if likely else words, index)


def _lies_elsewhere(region: Region, country: str) -> bool:
    """Tell whether a subdivision is another country's; some have a country code of their own, as Puerto Rico has."""
    here = region.country == country or region.code == f"{region.country}-{country}"
    return region.kind is RegionKind.SUBDIVISION and not here
