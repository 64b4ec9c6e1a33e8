"""Titles of figures, and what parts of them are called, in the reader's language."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from app.accounting.stated.indicators import indicators
from app.core.inventory.resources import shipped_resources
from app.core.language import gettext as _
from app.core.sentences import N_
from app.core.translation import translated

TITLES_OF_FAMILIES = (
    N_("Emissions of %(pollutant)s to air"),
    N_("Significant air emissions of %(pollutant)s"),
    N_("Air emissions of %(pollutant)s"),
    N_("%(resource)s, as energy"),
    N_("%(own)s, used"),
)
"""Titles that framework files have once for a family of figures, as the catalogue has them."""


def titled(title: str) -> str:
    """Return a figure's title in the reader's language; one that is made of two, `water per tonne`, part by part."""
    what, _per, of = title.partition(" per ")
    words, whole, each = translated(title), translated(what), _(of)
    return _("%(what)s per %(of)s") % {"what": whole, "of": each} if words == title and each != of else words


def part_in_words(members: Mapping[str, Any]) -> str:
    """Return dimensions or attributes in the reader's language, such as `gender female, region Asia`.

    Values that an organization chooses freely, as its regions and products, are its own words.
    """
    known = part_values()
    parts = []
    for name, value in members.items():
        plain = str(value).replace("_", " ")
        words = _(plain) if str(value) in known.get(name, ()) else plain
        parts.append(f"{_(name.replace('_', ' '))} {words}")
    return _(", ").join(parts)


@lru_cache(maxsize=1)
def part_values() -> Mapping[str, frozenset[str]]:
    """Return the values that are not free of every dimension and attribute, by its name."""
    found: dict[str, set[str]] = {}
    for indicator in indicators().indicators.values():
        for dimension in indicator.dimensions:
            found.setdefault(dimension.name, set()).update(dimension.values or ())
    for resource in shipped_resources():
        for name, values in resource.attributes.items():
            found.setdefault(name, set()).update(values)
    return {name: frozenset(values) for name, values in found.items()}
