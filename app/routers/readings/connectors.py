"""Connectors: scheduled pulls of readings from HTTP sources, and what came of each."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from fastapi import Path
from sqlmodel import Session

from app.clients.addresses import AddressNotAllowed, BadUrl, Reach, checked_url, origin_of
from app.core.access import OrganizationAccess
from app.core.calendar.crontab import BadSchedule, schedule_from
from app.core.calendar.periods import ms_from_instant, zone_named
from app.core.inventory.inventory import FieldProblem, InvalidFields, zone_problems
from app.http.deps import DEFAULT_LIMIT, Cursor, Db, Limit, MayAdminister, NowMs, Outgoing, api_router
from app.http.idempotency import DoneOnce
from app.http.preconditions import IfUnchanged
from app.schemas.readings.connectors import (
    Connector,
    ConnectorCreate,
    ConnectorPage,
    ConnectorPullPage,
    ConnectorUpdate,
    connector_from,
    pull_from,
)
from app.schemas.wire.json import ExactJSON
from app.schemas.wire.problems import conflicts
from app.schemas.wire.texts import Code
from app.store.inventory import organizations
from app.store.operations import connectors, pulls

router = api_router("connectors", "/v1/organizations/{organization}/connectors")
ConnectorCode = Annotated[Code, Path(description="The code of the connector.")]


@router.get("")
def list_connectors(
    access: MayAdminister, database: Db, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> ConnectorPage:
    """List connectors in order of code."""
    with database.read() as session:
        page = connectors.connector_page(session, access.organization_id, cursor=cursor, limit=limit)
    return ConnectorPage(items=[connector_from(row) for row in page.items], next=page.next)


@router.post("", status_code=201, response_model=Connector, responses=conflicts("duplicate_code"))
def create_connector(
    access: MayAdminister, body: ConnectorCreate, database: Db, now_ms: NowMs, reach: Outgoing, once: DoneOnce
) -> ExactJSON:
    """Have readings pulled from a source on a schedule."""
    values = _stored({**body.model_dump(mode="json"), "position": body.position, "name": body.name or body.code})
    with database.write() as session:
        organization = organizations.organization_of(session, access.organization)
        values["timezone"] = body.timezone or organization.timezone
        _check(values, reach)
        values["next_at"] = _next_at(values, now_ms)
        created = connectors.create_connector(session, access.organization_id, values, now_ms=now_ms)
        location = f"/v1/organizations/{access.organization}/connectors/{created.code}"
        answer = ExactJSON(connector_from(created), status_code=201, headers={"Location": location})
        once.keep(session, answer)
    return answer


@router.get("/{connector}")
def get_connector(access: MayAdminister, connector: ConnectorCode, database: Db) -> Connector:
    """Read a connector."""
    with database.read() as session:
        return _read(session, access, connector)


@router.patch("/{connector}")
def update_connector(
    access: MayAdminister,
    connector: ConnectorCode,
    body: ConnectorUpdate,
    database: Db,
    now_ms: NowMs,
    reach: Outgoing,
    unchanged: IfUnchanged,
) -> Connector:
    """Change the fields that are sent; `position` has readings after it pulled again.

    A `url` of another scheme, host or port drops the stored `headers`, unless they are sent beside it.
    """
    changes = _stored({**body.model_dump(mode="json", exclude_unset=True), **_position(body)})
    with database.write() as session:
        unchanged.require(session, access.organization_id, lambda: _read(session, access, connector, lock=True))
        stored = connectors.connector_of(session, access.organization_id, connector, lock=True)
        values = {**stored.model_dump(), **changes}
        _check(values, reach)
        if "headers" not in changes and origin_of(values["url"]) != origin_of(stored.url):
            changes["headers"] = {}  # which were meant for the source that it had
        if {"schedule", "timezone", "enabled"} & changes.keys():
            changes["next_at"] = _next_at(values, now_ms)
        connectors.change_connector(session, stored, changes)
        return connector_from(stored)


@router.delete("/{connector}", status_code=204)
def delete_connector(access: MayAdminister, connector: ConnectorCode, database: Db, unchanged: IfUnchanged) -> None:
    """Delete a connector and the history of its pulls; readings stay."""
    with database.write() as session:
        unchanged.require(session, access.organization_id, lambda: _read(session, access, connector, lock=True))
        connectors.delete_connector(session, access.organization_id, connector)


@router.get("/{connector}/pulls")
def list_connector_pulls(
    access: MayAdminister,
    connector: ConnectorCode,
    database: Db,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> ConnectorPullPage:
    """List pulls, newest first."""
    with database.read() as session:
        page = pulls.pull_page(session, access.organization_id, connector, cursor=cursor, limit=limit)
    return ConnectorPullPage(items=[pull_from(row) for row in page.items], next=page.next)


@router.post("/{connector}/pulls", status_code=202, response_model=Connector, responses=conflicts("connector_disabled"))
def create_connector_pull(
    access: MayAdminister, connector: ConnectorCode, database: Db, now_ms: NowMs, once: DoneOnce
) -> ExactJSON:
    """Have a connector pull within a minute, whatever its schedule says."""
    with database.write() as session:
        asked = connectors.ask_for_pull(session, access.organization_id, connector, now_ms=now_ms)
        location = f"/v1/organizations/{access.organization}/connectors/{asked.code}/pulls"
        answer = ExactJSON(connector_from(asked), status_code=202, headers={"Location": location})
        once.keep(session, answer)
    return answer


def _read(session: Session, access: OrganizationAccess, code: str, *, lock: bool = False) -> Connector:
    """Return a connector; with `lock` no pull changes it until the transaction ends."""
    return connector_from(connectors.connector_of(session, access.organization_id, code, lock=lock))


def _position(body: ConnectorUpdate) -> Mapping[str, Any]:
    return {"position": body.position} if "position" in body.model_fields_set else {}


def _stored(values: dict[str, Any]) -> dict[str, Any]:
    """Return sent fields as they are stored: instants as UTC milliseconds."""
    if values.get("position") is not None:
        values["position"] = ms_from_instant(values["position"])
    return values


def _next_at(values: Mapping[str, Any], now_ms: int) -> int:
    return schedule_from(values["schedule"]).next_after(zone_named(values["timezone"]), now_ms)


def _check(values: Mapping[str, Any], reach: Reach) -> None:
    if problems := list(_problems(values, reach)):
        raise InvalidFields(problems)


def _problems(values: Mapping[str, Any], reach: Reach) -> Iterator[FieldProblem]:
    try:
        checked_url(values["url"], reach)
    except BadUrl as error:
        yield FieldProblem("url", "invalid_url", str(error))
    except AddressNotAllowed as error:
        yield FieldProblem("url", "address_not_allowed", str(error))
    zone = list(zone_problems("timezone", values["timezone"]))
    yield from zone
    try:
        schedule_from(values["schedule"]).next_after(zone_named("UTC"), 0)
    except BadSchedule as error:
        yield FieldProblem("schedule", "invalid_schedule", str(error))
    if values.get("position") is None and any("{since}" in text for text in values["parameters"].values()):
        yield FieldProblem("position", "missing", "{since} needs a position to begin with")
    if values["next_page"] is not None and values["mapping"]["format"] != "json":
        yield FieldProblem("next_page", "not_applicable", "only pages of the format json name the next one")
    if (values["mapping"].get("reference") or {}).get("by_order"):
        words = "the order of rows tells tickets apart in files; what is pulled again may come in another order"
        yield FieldProblem("mapping.reference.by_order", "not_applicable", words)
