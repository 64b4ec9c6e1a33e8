"""Reading and changing what an organization adds to the catalogue of resources."""

import re
from collections.abc import Iterator
from contextlib import suppress

from sqlmodel import Session, select

from app.core.inventory.resources import (
    SHIPPED,
    Aspect,
    Catalogue,
    EnergyContent,
    FuelGroup,
    MeterKind,
    Origin,
    Resource,
    UnknownResource,
)
from app.models import (
    FactorPin,
    FigureSetting,
    Meter,
    OwnCalorificValue,
    OwnFactor,
    OwnResource,
    Target,
)
from app.store.inventory.inventory import change_inventory
from app.store.reporting.factors import lock_factors
from app.store.reporting.publications import storing_ms
from app.store.sql.conflicts import DuplicateCode, NotThere, StillInUse, deleting, flush_new


def catalogue_of(session: Session, organization_id: int) -> Catalogue:
    """Return what the organization may measure: what ships, and its own resources in order of key."""
    rows = session.exec(select(OwnResource).where(OwnResource.organization_id == organization_id))
    return Catalogue(tuple(sorted(map(_resource, rows), key=lambda resource: resource.key)))


def refuse_taken(session: Session, organization_id: int, key: str) -> None:
    """Raise DuplicateCode for the key of a resource that ships, or that the organization has added."""
    with suppress(UnknownResource):
        shipped = SHIPPED.named(key)
        raise DuplicateCode(f"{shipped.title} ships with the service as {key!r}: meter that")
    if _row(session, organization_id, key) is not None:
        raise DuplicateCode(f"The resource {key!r} is already defined")
    values = select(OwnCalorificValue.id).where(
        OwnCalorificValue.organization_id == organization_id, OwnCalorificValue.code == key
    )
    if session.exec(values).first() is not None:
        raise DuplicateCode(
            f"{key!r} is the code of a calorific value: that of the resource's energy would be the same"
        )


def create_resource(session: Session, organization_id: int, resource: Resource, *, now_ms: int) -> None:
    """Store a new resource whose key is free; it is never edited. Raises DuplicateCode."""
    content = resource.energy_content
    row = OwnResource(
        organization_id=organization_id,
        key=resource.key,
        title=resource.title,
        unit=resource.unit,
        kinds=[str(kind) for kind in resource.kinds],
        attributes={name: list(values) for name, values in resource.attributes.items()},
        aspect=resource.aspect,
        scope=resource.scope,
        origin=resource.origin,
        fuel_group=resource.fuel_group,
        energy_lhv_gj=None if content is None else content.lhv,
        energy_hhv_gj=None if content is None else content.hhv,
        energy_source=None if content is None else content.source,
        created_at=storing_ms(session, organization_id, now_ms),
    )
    session.add(row)
    flush_new(session, "resource", resource.key)


def delete_resource(session: Session, organization_id: int, key: str) -> None:
    """Delete a resource that nothing refers to; raises NotThere, StillInUse."""
    change_inventory(session, organization_id)
    lock_factors(session, organization_id)
    row = _row(session, organization_id, key)
    if row is None:
        raise NotThere(f"There is no own resource {key!r} in this organization")
    if used := next(_uses(session, organization_id, key), None):
        raise StillInUse(f"{used} refers to the resource {key!r}")
    with deleting(f"The resource {key!r}"):
        session.delete(row)
        session.flush()


def _row(session: Session, organization_id: int, key: str) -> OwnResource | None:
    query = select(OwnResource).where(OwnResource.organization_id == organization_id, OwnResource.key == key)
    return session.exec(query).one_or_none()


def _uses(session: Session, organization_id: int, key: str) -> Iterator[str]:
    """Yield what refers to a resource, or to a figure of it such as `consumption.fuel.bagasse.intensity.headcount`."""
    meters = select(Meter.code).where(Meter.organization_id == organization_id, Meter.resource == key)
    yield from (f"The meter {code!r}" for code in session.exec(meters))
    factors = select(OwnFactor.code).where(OwnFactor.organization_id == organization_id, OwnFactor.resource == key)
    yield from (f"The factor {code!r}" for code in session.exec(factors))
    values = select(OwnCalorificValue.code).where(
        OwnCalorificValue.organization_id == organization_id, OwnCalorificValue.resource == key
    )
    yield from (f"The calorific value {code!r}" for code in session.exec(values))
    pins = select(FactorPin.factor).where(FactorPin.organization_id == organization_id, FactorPin.resource == key)
    yield from (f"The pin of {code!r}" for code in session.exec(pins))
    of_it = re.compile(rf"(.*\.)?{re.escape(key)}(\..*)?")
    targets = select(Target.code, Target.metric).where(Target.organization_id == organization_id)
    yield from (f"The target {code!r}" for code, metric in session.exec(targets) if of_it.fullmatch(metric))
    settings = select(FigureSetting.key).where(FigureSetting.organization_id == organization_id)
    yield from (f"The setting of the figure {figure!r}" for figure in session.exec(settings) if of_it.fullmatch(figure))


def _resource(row: OwnResource) -> Resource:
    content = None
    if row.energy_source is not None:
        content = EnergyContent(row.energy_lhv_gj, row.energy_hhv_gj, row.energy_source)
    return Resource(
        key=row.key,
        title=row.title,
        unit=row.unit,
        kinds=tuple(MeterKind(kind) for kind in row.kinds),
        attributes={name: tuple(values) for name, values in row.attributes.items()},
        origin=None if row.origin is None else Origin(row.origin),
        fuel_group=None if row.fuel_group is None else FuelGroup(row.fuel_group),
        aspect=Aspect(row.aspect),
        scope=row.scope,
        energy_content=content,
        own=True,
    )
