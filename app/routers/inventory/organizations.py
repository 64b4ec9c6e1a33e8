"""Organizations: list, create, read, change, delete."""

from sqlmodel import Session

from app.core.access import OrganizationAccess
from app.core.inventory.inventory import InvalidFields, zone_problems
from app.disclosure.history.fiscal_years import change_organization
from app.http.deps import (
    DEFAULT_LIMIT,
    Cursor,
    Db,
    Keys,
    Limit,
    MayAdminister,
    MayAdministerAll,
    MayDeleteOrganization,
    MayRead,
    MayReadAnywhere,
    NowMs,
    api_router,
)
from app.http.idempotency import DoneOnce
from app.http.preconditions import IfUnchanged
from app.schemas.inventory.organizations import (
    Organization,
    OrganizationCreate,
    OrganizationPage,
    OrganizationUpdate,
    organization_from,
)
from app.schemas.wire.json import ExactJSON
from app.schemas.wire.problems import conflicts
from app.store.inventory import organizations

router = api_router("organizations", "/v1/organizations")


@router.get("")
def list_organizations(
    access: MayReadAnywhere, database: Db, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> OrganizationPage:
    """List the organizations the key reaches, in order of code."""
    with database.read() as session:
        page = organizations.organization_page(session, codes=access.organizations, cursor=cursor, limit=limit)
    return OrganizationPage(items=[organization_from(row) for row in page.items], next=page.next)


@router.post("", status_code=201, response_model=Organization, responses=conflicts("duplicate_code"))
def create_organization(
    _access: MayAdministerAll, body: OrganizationCreate, database: Db, now_ms: NowMs, once: DoneOnce
) -> ExactJSON:
    """Create an organization."""
    _check_zone(body.timezone)
    values = body.values()
    with database.write() as session:
        created = organizations.create_organization(session, values, now_ms=now_ms)
        location = f"/v1/organizations/{created.code}"
        answer = ExactJSON(organization_from(created), status_code=201, headers={"Location": location})
        once.keep(session, answer)
    return answer


@router.get("/{organization}")
def get_organization(access: MayRead, database: Db) -> Organization:
    """Read an organization."""
    with database.read() as session:
        return _read(session, access)


@router.patch("/{organization}", responses=conflicts("still_in_use", "period_in_use"))
def update_organization(
    access: MayAdminister, body: OrganizationUpdate, database: Db, unchanged: IfUnchanged
) -> Organization:
    """Change the fields that are sent; first month and label of the year are corrected for the whole history."""
    if "timezone" in body.model_fields_set:
        _check_zone(body.timezone)
    values = body.values()
    with database.write() as session:
        unchanged.require(session, access.organization_id, lambda: _read(session, access))
        return organization_from(change_organization(session, access.organization, values))


@router.delete("/{organization}", status_code=204, responses=conflicts("still_in_use"))
def delete_organization(access: MayDeleteOrganization, database: Db, keys: Keys, unchanged: IfUnchanged) -> None:
    """Delete an organization that has neither plants, meters nor factors."""
    with database.write() as session:
        unchanged.require(session, access.organization_id, lambda: _read(session, access))
        organizations.delete_organization(session, access.organization)
    keys.forget_organization(access.organization)


def _read(session: Session, access: OrganizationAccess) -> Organization:
    return organization_from(organizations.organization_of(session, access.organization))


def _check_zone(timezone: str) -> None:
    if problems := list(zone_problems("timezone", timezone)):
        raise InvalidFields(problems)
