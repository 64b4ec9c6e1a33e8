"""What a meter may measure, as a person looks for it, and what is asked of each kind of meter."""

from dataclasses import dataclass

from app.core.inventory.resources import Catalogue, MeterKind, Resource, UnknownResource
from app.core.sentences import N_
from app.core.units.units import UNITS, Dimension
from app.pages.frame.words import gettext as _
from app.pages.start.search_words import called_so, folded, words_of

_USUAL = (
    "electricity.grid",
    "fuel.natural_gas",
    "fuel.diesel",
    "steam.purchased",
    "water.withdrawal",
    "water.discharge",
    "waste.hazardous",
    "waste.nonhazardous",
    "product.output",
    "revenue.total",
    "headcount",
    "electricity.solar",
)
_MOST = 24

INTERVALS = (
    ("PT1M", N_("every minute")),
    ("PT5M", N_("every 5 minutes")),
    ("PT10M", N_("every 10 minutes")),
    ("PT15M", N_("every quarter hour")),
    ("PT30M", N_("every half hour")),
    ("PT1H", N_("hourly")),
    ("P1D", N_("daily")),
    ("P1W", N_("weekly")),
    ("P1M", N_("monthly")),
    ("P3M", N_("quarterly")),
    ("P1Y", N_("yearly")),
)
"""Intervals to choose from, and what they are called."""

KINDS = {
    MeterKind.INTERVAL: (
        N_("Use of a stretch of time"),
        N_("Each row is what was used in a quarter hour, a day or a month, as a bill says."),
    ),
    MeterKind.REGISTER: (
        N_("Counter"),
        N_("Each row is what a counter shows; the use is the difference from row to row."),
    ),
    MeterKind.EVENT: (
        N_("Something that happened"),
        N_("Each row is a delivery, a load of waste, a refill: a quantity on a day, whenever there is one."),
    ),
    MeterKind.STOCK: (
        N_("Number that is counted"),
        N_("Each row is how many or how much there is on a day, such as head count. It is averaged, never added up."),
    ),
    MeterKind.GAUGE: (
        N_("Level that goes up and down"),
        N_("Each row is what an instrument shows, such as a concentration. It is averaged over time, never added up."),
    ),
}
"""What each kind is called and says, in words for who has never read of them."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Something to measure: its key, its title in the reader's language, and the unit it is added up in."""

    key: str
    title: str
    unit: str


@dataclass(frozen=True, slots=True)
class Asked:
    """An attribute that qualifies what is measured; without options its value is free."""

    name: str
    title: str
    options: tuple[tuple[str, str], ...]


def resources_found(catalogue: Catalogue, words: str) -> list[Measured]:
    """Return up to 24 things to measure that all of the words are found in, what is called just so first.

    Titles count in English and Chinese, keys, and other words for the same in these and in German: district heat and
    Fernwärme are heat that is bought, 煤 is every coal. Without words, the usual ones.
    """
    every = [(Measured(each.key, _(each.title), each.unit), words_of(each)) for each in catalogue.resources]
    asked = folded(words).split()
    if not asked:
        usual = {key: place for place, key in enumerate(_USUAL)}
        return sorted((each for each, _known in every if each.key in usual), key=lambda each: usual[each.key])
    found = [(each, known) for each, known in every if all(any(word in text for text in known) for word in asked)]

    def rank(line: tuple[Measured, tuple[str, ...]]) -> tuple[bool, bool, bool]:
        each, known = line
        is_so = called_so(known, words)
        return not is_so, each.key not in _USUAL, not (is_so or folded(each.title).startswith(asked[0]))

    return [each for each, _known in sorted(found, key=rank)[:_MOST]]


def measured(catalogue: Catalogue, key: str) -> Resource | None:
    """Return the resource with a key, be it a family such as refrigerant.<gas>; None when there is none."""
    found = next((each for each in catalogue.resources if each.key == key), None)
    if found is not None:
        return found
    try:
        return catalogue.named(key)
    except UnknownResource:
        return None


def member_of(key: str, member: str) -> str:
    """Return the key of a family's member: of refrigerant.<gas> and R410A, refrigerant.R410A."""
    before, mark, behind = key.partition("<")
    return f"{before}{member}{behind.partition('>')[2]}" if mark else key


def units_of(resource: Resource, currency: str) -> list[str]:
    """Return the units that a meter of a resource may be in, the one it is added up in first."""
    found = [unit for dimension in resource.dimensions for unit in UNITS[dimension]]
    if Dimension.CURRENCY in resource.dimensions:
        return [currency]
    return [resource.unit, *(each for each in found if each != resource.unit)]


def attributes_of(resource: Resource) -> list[Asked]:
    """Return what else may be said of a meter of a resource."""
    return [
        Asked(name, _(name.replace("_", " ")).capitalize(), tuple((each, _(each.replace("_", " "))) for each in values))
        for name, values in resource.attributes.items()
    ]
