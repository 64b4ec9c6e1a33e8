"""Holding a meter that is described by codes against what is stored: its plant, its parent, what it replaces."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlmodel import Session, select

from app.core.inventory.inventory import FieldProblem, InvalidFields, MeterDefinition, meter_problems
from app.core.inventory.meters import HeatingValue, RegisterDirection, RegisterReset, TimestampEdge
from app.core.inventory.resources import Catalogue, MeterKind, UnknownResource
from app.core.units.gas_volumes import ReferenceConditions
from app.core.units.units import UnknownUnit, dimension_of
from app.models import Meter, Organization, Plant
from app.store.inventory.inventory import change_inventory
from app.store.inventory.meters import ancestors, meter_of, meter_values
from app.store.inventory.resources import catalogue_of
from app.store.sql.conflicts import NotThere

_LINKS = {"parent": "parent_id", "replaces": "replaces_id"}


def checked_values(session: Session, organization_id: int, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the values of a new meter, the timestamp edge of an interval meter filled in; raises InvalidFields."""
    change_inventory(session, organization_id)
    completed = _with_edge(values)
    _check(session, organization_id, completed, existing=None)
    return completed


def checked_changes(session: Session, organization_id: int, code: str, changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return changes of a stored meter that leave it sound; raises NotThere, InvalidFields."""
    change_inventory(session, organization_id)
    row = meter_of(session, organization_id, code)
    merged = {**meter_values(row), **changes}
    if "timestamp_edge" not in changes and merged["kind"] not in (MeterKind.INTERVAL, MeterKind.GAUGE):
        merged["timestamp_edge"] = None
    merged = _with_edge({**merged, "edge_assumed": merged["edge_assumed"] and "timestamp_edge" not in changes})
    _check(session, organization_id, merged, existing=row.meter)
    return {**changes, "timestamp_edge": merged["timestamp_edge"], "edge_assumed": merged["edge_assumed"]}


def _with_edge(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with an edge where an interval meter needs one, and whether it is assumed."""
    edge, is_interval = values["timestamp_edge"], values["kind"] == MeterKind.INTERVAL
    assumed = is_interval and (edge is None or values.get("edge_assumed", False))
    if edge is None and is_interval:
        edge = TimestampEdge.INTERVAL_START
    return {**values, "timestamp_edge": edge, "edge_assumed": assumed}


def _check(session: Session, organization_id: int, values: Mapping[str, Any], *, existing: Meter | None) -> None:
    organization = session.get(Organization, organization_id)
    if organization is None:
        raise NotThere("There is no such organization")
    catalogue = catalogue_of(session, organization_id)
    problems = [
        *meter_problems(_definition(values), catalogue=catalogue, currency=organization.currency),
        *_plant_problems(session, organization_id, values["plant"]),
        *_child_problems(session, values, existing),
        *(p for link in _LINKS for p in _link_problems(session, organization_id, values, link, existing, catalogue)),
    ]
    if problems:
        raise InvalidFields(problems)


def _definition(values: Mapping[str, Any]) -> MeterDefinition:
    return MeterDefinition(
        resource=values["resource"],
        attributes=values["attributes"],
        kind=MeterKind(values["kind"]),
        unit=values["unit"],
        basis=HeatingValue(values["basis"]) if values["basis"] else None,
        reference_conditions=ReferenceConditions(state) if (state := values["reference_conditions"]) else None,
        interval=values["interval"],
        timestamp_edge=values["timestamp_edge"],
        has_register_modulus=values["register_modulus"] is not None,
        has_max_rate=values["max_rate"] is not None,
        has_dip_tolerance=values["dip_tolerance"] is not None,
        in_service_from=values["in_service_from"],
        in_service_to=values["in_service_to"],
        estimates_gaps=values["estimates_gaps"],
        interval_changes=[
            (date.fromisoformat(each["valid_from"]), each["interval"]) for each in values["interval_changes"] or ()
        ],
        has_annual_expectation=values["annual_expectation"] is not None,
        register_direction=RegisterDirection(way) if (way := values["register_direction"]) else None,
        register_reset=RegisterReset(each) if (each := values["register_reset"]) else None,
    )


def _plant_problems(session: Session, organization_id: int, code: str) -> Iterator[FieldProblem]:
    known = select(Plant.id).where(Plant.organization_id == organization_id, Plant.code == code)
    if session.exec(known).first() is None:
        yield FieldProblem("plant", "unknown_plant", f"There is no plant {code!r} in this organization")


def _link_problems(
    session: Session,
    organization_id: int,
    values: Mapping[str, Any],
    link: str,
    existing: Meter | None,
    catalogue: Catalogue,
) -> Iterator[FieldProblem]:
    code = values[link]
    if code is None:
        return
    if code == values["code"]:
        yield FieldProblem(link, "refers_to_itself", f"A meter cannot be its own {link}")
        return
    try:
        other = meter_of(session, organization_id, code).meter
    except NotThere as error:
        yield FieldProblem(link, "unknown_meter", str(error))
        return
    if existing is not None and existing.id in ancestors(session, other, _LINKS[link]):
        yield FieldProblem(link, "cycle", f"{code!r} already leads back to {values['code']!r}")
    try:
        if catalogue.named(values["resource"]).dimension is not catalogue.named(other.resource).dimension:
            detail = f"{code!r} measures {other.resource}, which cannot be added to {values['resource']}"
            yield FieldProblem(link, "unit_mismatch", detail)
        elif link == "parent" and not _adds_up(values, other.model_dump()):
            yield FieldProblem(link, "unit_mismatch", _apart_words(code, other))
    except (UnknownResource, UnknownUnit):
        return  # already a problem of the field `resource` or `unit`


def _child_problems(session: Session, values: Mapping[str, Any], existing: Meter | None) -> Iterator[FieldProblem]:
    """Yield a problem when the sub-meters of a stored meter would not add up to it any more."""
    if existing is None:
        return
    below = (
        select(Meter)
        .where(Meter.organization_id == existing.organization_id, Meter.parent_id == existing.id)
        .order_by(Meter.code)
    )
    children = session.exec(below).all()
    try:
        apart = next((child for child in children if not _adds_up(child.model_dump(), values)), None)
    except UnknownUnit:
        return  # already a problem of the field `unit`
    if apart is not None:
        yield FieldProblem("unit", "unit_mismatch", f"its sub-meter {_apart_words(apart.code, apart)}")


def _adds_up(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether quantities of two meters can be added: in units of one dimension, on one basis, in one state."""
    same = one["unit"] == other["unit"] or dimension_of(one["unit"]) is dimension_of(other["unit"])
    return same and all(one[name] == other[name] for name in ("basis", "reference_conditions"))


def _apart_words(code: str, meter: Meter) -> str:
    stated = " ".join(filter(None, (meter.unit, meter.basis, meter.reference_conditions)))
    return f"{code!r} is metered in {stated}: a parent and its sub-meters are on one basis, in one state"
