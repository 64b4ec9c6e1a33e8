"""Which GWP set the figures of a framework and year are stated by."""

from sqlmodel import Session

from app.core.access import OrganizationAccess
from app.core.inventory.inventory import InvalidFields
from app.http.deps import Db, MayPrepare, MayRead, api_router
from app.http.preconditions import IfUnchanged
from app.schemas.factors.gwp_sets import GwpSetChoiceList, choice_from, choice_problems
from app.store.reporting.gwp_sets import gwp_choices, replace_gwp_choices

router = api_router("factors", "/v1/organizations/{organization}/gwp-sets")


@router.get("")
def get_gwp_sets(access: MayRead, database: Db) -> GwpSetChoiceList:
    """Read every choice of a GWP set."""
    with database.read() as session:
        return _read(session, access)


@router.put("")
def put_gwp_sets(access: MayPrepare, body: GwpSetChoiceList, database: Db, unchanged: IfUnchanged) -> GwpSetChoiceList:
    """Put these choices in the place of all there are."""
    if problems := list(choice_problems(body.items)):
        raise InvalidFields(problems)
    with database.write() as session:
        unchanged.require(session, access.organization_id, lambda: _read(session, access))
        replace_gwp_choices(session, access.organization_id, [choice.model_dump() for choice in body.items])
        return _read(session, access)


def _read(session: Session, access: OrganizationAccess) -> GwpSetChoiceList:
    return GwpSetChoiceList(items=[choice_from(row) for row in gwp_choices(session, access.organization_id)])
