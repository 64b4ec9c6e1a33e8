"""What can be measured: the catalogue that ships, and what an organization adds to it."""

from typing import Annotated

from fastapi import Path

from app.accounting.years.own_resources import added_resource
from app.core.inventory.resources import UnknownResource, shipped_resources
from app.http.deps import DEFAULT_LIMIT, Cursor, Db, Limit, MayPrepare, MayRead, MayReadAnywhere, NowMs, api_router
from app.http.idempotency import DoneOnce
from app.schemas.inventory.meters import ResourceKey
from app.schemas.inventory.resources import Resource, ResourceCreate, ResourcePage, resource_from, resource_of
from app.schemas.wire.json import ExactJSON
from app.schemas.wire.problems import conflicts
from app.store.inventory import resources
from app.store.sql.conflicts import NotThere
from app.store.sql.keyset import decode_cursor, page_of

router = api_router("resources", "/v1")
Key = Annotated[ResourceKey, Path(description="The key of the resource, such as electricity.grid.")]


@router.get("/resources")
def list_resources(_access: MayReadAnywhere) -> ResourcePage:
    """List everything that can be measured, each with its units, meter kinds and attributes."""
    return ResourcePage(items=[resource_from(resource) for resource in shipped_resources()], next=None)


@router.get("/organizations/{organization}/resources")
def list_own_resources(
    access: MayRead, database: Db, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> ResourcePage:
    """List what the organization can measure, what ships and what it has added, in order of key."""
    after = decode_cursor(cursor, str)[0] if cursor else ""
    with database.read() as session:
        catalogue = resources.catalogue_of(session, access.organization_id)
    found = sorted((each for each in catalogue.resources if each.key > after), key=lambda each: each.key)
    page = page_of(found[: limit + 1], limit, lambda each: (each.key,))
    return ResourcePage(items=[resource_from(each) for each in page.items], next=page.next)


@router.post(
    "/organizations/{organization}/resources",
    status_code=201,
    response_model=Resource,
    responses=conflicts("duplicate_code"),
)
def create_resource(access: MayPrepare, body: ResourceCreate, database: Db, now_ms: NowMs, once: DoneOnce) -> ExactJSON:
    """Add a resource; it is never edited, and its meters, factors and figures work at once."""
    with database.write() as session:
        resources.refuse_taken(session, access.organization_id, body.key)
        added = added_resource(resource_of(body))
        resources.create_resource(session, access.organization_id, added, now_ms=now_ms)
        location = f"/v1/organizations/{access.organization}/resources/{added.key}"
        answer = ExactJSON(resource_from(added), status_code=201, headers={"Location": location})
        once.keep(session, answer)
    return answer


@router.get("/organizations/{organization}/resources/{resource}")
def get_resource(access: MayRead, resource: Key, database: Db) -> Resource:
    """Read a resource: one that ships, a member of a family, or an own one."""
    with database.read() as session:
        catalogue = resources.catalogue_of(session, access.organization_id)
    try:
        return resource_from(catalogue.named(resource))
    except UnknownResource as error:
        raise NotThere(f"There is no resource {resource!r}") from error


@router.delete(
    "/organizations/{organization}/resources/{resource}", status_code=204, responses=conflicts("still_in_use")
)
def delete_resource(access: MayPrepare, resource: Key, database: Db) -> None:
    """Delete an own resource that nothing uses: no meter, factor, pin, target or setting of a figure."""
    with database.write() as session:
        resources.delete_resource(session, access.organization_id, resource)
