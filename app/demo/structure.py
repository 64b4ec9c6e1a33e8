"""Creating an example company's organization, plants, meters, factor pins and datapoints as the API would."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlmodel import Session

from app.accounting.stated.stating import state, was_stated
from app.demo.seed import Seed
from app.models import Organization
from app.schemas.disclosures.datapoints import DatapointCreate, statement_from
from app.schemas.factors.factors import FactorPin
from app.schemas.inventory.meters import MeterCreate
from app.schemas.inventory.organizations import OrganizationCreate
from app.schemas.inventory.plants import PlantCreate
from app.store.inventory.meter_checks import checked_values
from app.store.inventory.meters import create_meter, meter_of
from app.store.inventory.organizations import create_organization, organization_of
from app.store.inventory.plants import create_plant, plant_of
from app.store.reporting.factors import replace_factor_pins
from app.store.sql.conflicts import NotThere

Body = TypeVar("Body", bound=BaseModel)


def ensure_structure(session: Session, seed: Seed, *, now_ms: int) -> int:
    """Create what is missing of the company and return its organization's id; what is there is left as it is."""
    try:
        organization = organization_of(session, seed.code)
    except NotThere:
        organization = create_organization(session, _checked(OrganizationCreate, seed.organization), now_ms=now_ms)
        replace_factor_pins(session, _id_of(organization), [_checked(FactorPin, pin) for pin in seed.pins])
    organization_id = _id_of(organization)
    for plant in seed.plants:
        try:
            plant_of(session, organization_id, plant["code"])
        except NotThere:
            create_plant(session, organization_id, _checked(PlantCreate, plant), now_ms=now_ms)
    for meter in seed.meters:
        try:
            meter_of(session, organization_id, meter.code)
        except NotThere:
            values = checked_values(session, organization_id, _checked(MeterCreate, meter.definition))
            create_meter(session, organization_id, values, now_ms=now_ms)
    return organization_id


def ensure_datapoints(session: Session, seed: Seed, *, now_ms: int) -> None:
    """State what the company stated and nobody has stated or withdrawn since; the rest is left as it is."""
    organization = organization_of(session, seed.code)
    for body in seed.datapoints:
        statement = statement_from(DatapointCreate.model_validate(body))
        if not was_stated(session, organization, statement):
            state(session, organization, statement, key_code=None, now_ms=now_ms)


def _id_of(organization: Organization) -> int:
    if organization.id is None:
        raise NotThere(f"The organization {organization.code!r} is not stored")
    return organization.id


def _checked(schema: type[Body], definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return the stored fields of a definition that passed the schema of the POST body it stands for."""
    return schema.model_validate(json.loads(json.dumps(definition, default=str))).model_dump()
