"""Readings folded into pages although it is not due, and pages changed behind the service."""

from collections.abc import Callable

from sqlalchemy import select

from app.core.readings.reading_pages import unpack_page
from app.core.readings.versions import StoredColumns
from app.models import reading_page_table
from app.store.arrivals.entered import enter_arrived
from app.store.arrivals.entering import lock_entering
from app.store.engine.database import Database
from app.store.inventory.organizations import every_organization
from app.store.pages.page_writing import delete_pages, insert_pages
from app.store.readings.folding import fold
from tests.support.site import Site


def fold_everything(database: Database) -> int:
    """Put all that has arrived, of every organization, into pages; return how many readings that were."""
    enter_arrived(database)
    with database.write() as session:
        folded = 0
        for organization in every_organization(session):
            assert organization.id is not None
            lock_entering(session, organization.id)
            folded += fold(session, organization.id, worth_a_page=0)
        return folded


def fold_site(site: Site) -> int:
    """Put all that has arrived of one organization into pages; return how many readings that were."""
    enter_arrived(site.database, site.organization_id)
    with site.database.write() as session:
        lock_entering(session, site.organization_id)
        return fold(session, site.organization_id, worth_a_page=0)


def change_pages(database: Database, change: Callable[[StoredColumns], StoredColumns]) -> None:
    """Put into every page what `change` makes of it, which the service does not notice."""
    table = reading_page_table.c
    with database.write() as session:
        pages = session.connection().execute(select(table.id, table.organization_id, table.content)).all()
        for page in pages:
            delete_pages(session, page.organization_id, [page.id])
            insert_pages(session, page.organization_id, [change(unpack_page(page.content))])
