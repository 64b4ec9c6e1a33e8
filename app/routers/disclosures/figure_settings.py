"""How an organization prints single figures of a framework."""

from sqlmodel import Session

from app.core.access import OrganizationAccess
from app.core.inventory.inventory import InvalidFields
from app.disclosure.frameworks.figure_settings import setting_problems
from app.http.deps import Db, MayPrepare, MayRead, api_router
from app.http.preconditions import IfUnchanged
from app.schemas.disclosures.figure_settings import FigureSettingList, setting_from, setting_of
from app.store.directory.counted_meters import metered_resources
from app.store.inventory.resources import catalogue_of
from app.store.reporting.figure_settings import figure_settings, replace_figure_settings

router = api_router("disclosures", "/v1/organizations/{organization}/figure-settings")


@router.get("")
def get_figure_settings(access: MayRead, database: Db) -> FigureSettingList:
    """Read every setting of a figure."""
    with database.read() as session:
        return _read(session, access)


@router.put("")
def put_figure_settings(
    access: MayPrepare, body: FigureSettingList, database: Db, unchanged: IfUnchanged
) -> FigureSettingList:
    """Put these settings in the place of all there are."""
    with database.write() as session:
        unchanged.require(session, access.organization_id, lambda: _read(session, access))
        metered = metered_resources(session, access.organization_id)
        catalogue = catalogue_of(session, access.organization_id)
        if problems := list(setting_problems([setting_of(each) for each in body.items], metered, catalogue)):
            raise InvalidFields(problems)
        replace_figure_settings(session, access.organization_id, [each.model_dump() for each in body.items])
        return _read(session, access)


def _read(session: Session, access: OrganizationAccess) -> FigureSettingList:
    return FigureSettingList(items=[setting_from(row) for row in figure_settings(session, access.organization_id)])
