"""What a publication's figures rest on beside readings: boundary, pins, GWP set and rules, written and read back."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from app.accounting.factors.factor import Method
from app.accounting.factors.need import Pin
from app.accounting.ledger.rows import site_from
from app.accounting.ledger.sites import Site
from app.accounting.years.holdings import share_of
from app.accounting.years.proposal import Proposal
from app.core.calendar.fiscal_years import PeriodName, year_of
from app.core.calendar.periods import day_of
from app.core.calendar.zone_rules import EDITION
from app.core.inventory.inventory import Consolidation
from app.core.inventory.resources import Resource
from app.core.sentences import N_, Sentence, sentence
from app.core.units.quantities import Rounding
from app.disclosure.figures.books import Rules, gwp_set_in, gwp_sets_of
from app.disclosure.frameworks.figure_settings import Setting
from app.disclosure.frameworks.frameworks import framework_named
from app.disclosure.history.canonical import canonical
from app.disclosure.history.standing import period_of_document
from app.models import Organization, Plant, PlantHolding, id_of
from app.store.directory.counted_meters import plants_of
from app.store.inventory.holdings import holdings_of
from app.store.inventory.resources import catalogue_of
from app.store.reporting.factors import factor_pins
from app.store.reporting.figure_settings import figure_settings

_PLANT = ("code", "name", "country", "region", "grid_region", "timezone")
_DEFINED = ("key", "title", "unit", "kinds", "aspect", "scope", "origin", "fuel_group", "energy_content")
_HELD = ("equity_share", "operational_control", "financial_control", "joint_operation", "ownership_chain")
_UNTOLD = {"joint_operation": False}
"""What a document says by saying nothing."""


@dataclass(frozen=True)
class PublicationBasis:
    """A publication's basis read back, to compute by it once more."""

    year: PeriodName
    gwp_set: str
    consolidation: Consolidation
    factor_set: str | None
    pins: tuple[Pin, ...]
    sites: Mapping[str, Site]
    settings: tuple[Setting, ...]
    organization: Mapping[str, Any]

    @property
    def proposal(self) -> Proposal:
        """Return the basis as choices that take the place of every stored one."""
        return Proposal(
            pins=self.pins,
            pins_alone=True,
            gwp_sets={year_of(self.year): self.gwp_set},
            consolidation=self.consolidation,
            sites=self.sites,
        )

    def rules_of(self, organization: Organization) -> Rules:
        """Return the organization with the rules it had: consolidation, rounding, factor set, currency and year."""
        return Rules(Organization(**{**organization.model_dump(), **self.organization}), self.settings)


def basis_members(session: Session, organization: Organization, framework: str, year: PeriodName) -> dict[str, Any]:
    """Return the basis of a period's figures as a publication states it; raises UnknownFramework."""
    organization_id = id_of(organization)
    chosen = framework_named(framework)
    sets = gwp_sets_of(session, organization, chosen)
    settings = figure_settings(session, organization_id)
    return {
        "gwp_set": gwp_set_in(chosen, sets, year).name,
        "consolidation": organization.consolidation,
        "rounding": organization.rounding,
        "factor_set": organization.factor_set,
        "fiscal_year_start_month": organization.fiscal_year_start_month,
        "fiscal_year_label": organization.fiscal_year_label,
        "zone_rules": EDITION,
        "fiscal_years": json.loads(organization.fiscal_years),
        "pins": [
            _members(pin, ("year", "resource", "method", "plant", "factor"))
            for pin in factor_pins(session, organization_id)
        ],
        "plants": _plants(session, organization_id),
        "resources": [_resource(each) for each in catalogue_of(session, organization_id).own],
        "figure_settings": [
            _members(each, ("key", "rounding", "unit", "decimals")) for each in settings if each.framework == framework
        ],
    }


def basis_differences(session: Session, organization: Organization, document: Mapping[str, Any]) -> Iterator[Sentence]:
    """Yield what is other than a publication's boundary: consolidation, plants, and where and how they are held."""
    basis = document["basis"]
    if organization.consolidation != basis["consolidation"]:
        yield sentence(
            "consolidation is %(now)s, was %(was)s", now=organization.consolidation, was=basis["consolidation"]
        )
    before = {plant["code"]: plant for plant in basis["plants"]}
    after = {plant["code"]: plant for plant in _as_read(_plants(session, id_of(organization)))}
    for code in sorted(before.keys() | after.keys()):
        if code not in before or code not in after:
            yield sentence(N_("plant %(code)s is new") if code in after else N_("plant %(code)s is gone"), code=code)
            continue
        for name in after[code]:
            was, is_now = before[code].get(name, _UNTOLD.get(name)), after[code][name]
            if name != "name" and was != is_now:
                yield sentence(
                    "%(name)s of plant %(code)s is %(now)s, was %(was)s",
                    name=name,
                    code=code,
                    now=_words(is_now),
                    was=_words(was),
                )


def _as_read(members: Any) -> Any:
    """Return members as they come back from a document."""
    return json.loads(canonical(members), parse_float=Decimal)


def _words(value: Any) -> str:
    return value if isinstance(value, str) else canonical(value)


def _plants(session: Session, organization_id: int) -> list[dict[str, Any]]:
    dated = holdings_of(session, organization_id)
    return [
        {
            **_members(plant, (*_PLANT, *_HELD)),
            "holdings": [_members(each, ("valid_from", *_HELD)) for each in dated.get(id_of(plant), ())],
        }
        for plant in plants_of(session, organization_id)
    ]


def basis_from(document: Mapping[str, Any]) -> PublicationBasis:
    """Return the basis that a publication states."""
    basis = document["basis"]
    consolidation = Consolidation(basis["consolidation"])
    names = ("consolidation", "rounding", "factor_set", "fiscal_year_start_month", "fiscal_year_label")
    organization = {name: basis[name] for name in names} | {"fiscal_years": canonical(basis.get("fiscal_years", []))}
    stated = document["organization"]
    organization |= {"currency": stated["currency"], "timezone": stated["timezone"], "name": stated["name"]}
    return PublicationBasis(
        year=period_of_document(document),
        gwp_set=basis["gwp_set"],
        consolidation=consolidation,
        factor_set=basis["factor_set"],
        pins=tuple(map(_pin, basis["pins"])),
        sites={plant["code"]: _site(plant, consolidation) for plant in basis["plants"]},
        settings=tuple(_setting(document["framework"]["code"], each) for each in basis["figure_settings"]),
        organization=organization,
    )


def _resource(resource: Resource) -> dict[str, Any]:
    """Return an own resource as it is defined; nothing of it changes while a meter has readings of it."""
    return {**_members(resource, _DEFINED), "attributes": dict(resource.attributes)}


def _members(row: Any, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _pin(stated: Mapping[str, Any]) -> Pin:
    method = Method(stated["method"]) if stated["method"] else None
    return Pin(stated["year"], stated["resource"], method, stated["plant"], stated["factor"])


def _setting(framework: str, stated: Mapping[str, Any]) -> Setting:
    rounding = Rounding(stated["rounding"]) if stated["rounding"] else None
    return Setting(framework, stated["key"], rounding, stated["unit"], stated["decimals"])


def _site(stated: Mapping[str, Any], consolidation: Consolidation) -> Site:
    plant = Plant(organization_id=0, created_at=0, **{name: stated[name] for name in _PLANT}, **_held(stated))
    holdings = [PlantHolding(organization_id=0, plant_id=0, created_at=0, **_held(each)) for each in stated["holdings"]]
    days = [day_of(date.fromisoformat(each["valid_from"])) for each in stated["holdings"]]
    later = tuple((day, share_of(held, consolidation)) for day, held in zip(days, holdings, strict=True))
    return site_from(plant, share_of(plant, consolidation), later)


def _held(stated: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a plant is held; a document of before joint operations says nothing of them."""
    held = {name: stated[name] for name in _HELD if name in stated}
    return {**held, "equity_share": Decimal(stated["equity_share"])}
