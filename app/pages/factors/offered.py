"""What the forms of factors and calorific values offer: resources, places, units, and files that prove a source."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fastapi import Request
from sqlmodel import Session

from app.accounting.factors.factor import GLOBAL
from app.core.calendar.periods import date_of
from app.core.inventory.resources import Catalogue, Resource
from app.core.units.gas_volumes import ReferenceConditions
from app.core.units.units import UNITS, Dimension
from app.pages.annual_page import Inventory
from app.pages.forms import FormFields
from app.pages.frame.frame import frame_of
from app.pages.frame.words import gettext as _
from app.pages.start.measured import Measured, resources_found
from app.pages.start.places import place_named
from app.store.operations.evidence import evidence_page
from app.store.sql.conflicts import NotThere

Options = Sequence[tuple[str, str]]

_MATTER = (Dimension.VOLUME, Dimension.GAS_VOLUME, Dimension.MASS)
_MOST_FILES = 100
_PROOF = re.compile(r"evidence ([0-9a-f]{16})\b")
_ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:)]")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a source's words, with where it leads; empty where it is words alone."""

    text: str
    address: str = ""


def inventory_shown(request: Request) -> Inventory:
    """Return the inventory of the organization that is shown; raises NotThere without one."""
    inventory = frame_of(request).inventory
    if inventory is None:
        raise NotThere("There is no such organization")
    return inventory


def first_day_shown(request: Request) -> str:
    """Return the first day of the period that is shown, YYYY-MM-DD."""
    frame = frame_of(request)
    return date_of(inventory_shown(request).calendar.named(frame.year).first_day).isoformat()


def resources_offered(inventory: Inventory, words: str, *, converted: bool) -> list[Measured]:
    """Return what a statement may be of: what the meters measure, else what some words find; fuels for `converted`."""
    catalogue = inventory.catalogue
    if not words:
        keys = sorted({row.meter.resource for row in inventory.meters})
        found = [Measured(each.key, _(each.title), each.unit) for each in map(catalogue.named, keys)]
    else:
        found = resources_found(catalogue, words)
    return [each for each in found if not converted or _is_converted(catalogue, each.key)]


def _is_converted(catalogue: Catalogue, key: str) -> bool:
    return "<" not in key and catalogue.named(key).is_converted


def places_offered(inventory: Inventory) -> list[tuple[str, str]]:
    """Return where a statement may hold: a plant, what a plant stands in, everywhere; the nearest first."""
    plants = [(each.code, f"{each.name} ({each.code})") for each in inventory.plants]
    around = [code for each in inventory.plants for code in (each.region, each.grid_region, each.country) if code]
    named = [(code, place.title if (place := place_named(code)) else code) for code in dict.fromkeys(around)]
    return [*plants, *named, (GLOBAL, _("everywhere"))]


def matter_units(resource: Resource) -> list[str]:
    """Return the masses and volumes in which a fuel may be counted, its own unit first."""
    found = [unit for dimension in resource.dimensions if dimension in _MATTER for unit in UNITS[dimension]]
    return list(dict.fromkeys([*([resource.unit] if resource.unit in found else []), *found]))


def energy_units() -> list[str]:
    """Return units of energy."""
    return list(UNITS[Dimension.ENERGY])


def density_units() -> list[str]:
    """Return units of density."""
    return list(UNITS[Dimension.DENSITY])


def conditions_offered() -> Options:
    """Return the states that a volume of gas may be given in."""
    return [("", _("not stated")), *((each.value, each.words) for each in ReferenceConditions)]


def proofs_offered(session: Session, organization_id: int) -> Options:
    """Return the newest files that were attached as evidence."""
    found = evidence_page(session, organization_id, limit=_MOST_FILES)
    return [("", _("none")), *((each.code, each.name) for each in found.items)]


def source_told(form: FormFields) -> str:
    """Return the source that was typed, with the file that proves it behind it."""
    source, proof = form.text("source"), form.text("proof")
    return f"{source}; evidence {proof}" if source and proof else source


def source_parts(organization: str, source: str) -> Iterator[Part]:
    """Yield a source in parts: addresses, and files that prove it, as links."""
    found = sorted([*_PROOF.finditer(source), *_ADDRESS.finditer(source)], key=lambda each: each.start())
    at = 0
    for each in found:
        yield Part(source[at : each.start()])
        is_proof = each.re is _PROOF
        content = f"/v1/organizations/{organization}/evidence/{each[1]}/content" if is_proof else each[0]
        yield Part(_("evidence") if is_proof else each[0], content)
        at = each.end()
    yield Part(source[at:])
