"""Other processes on a site's database, and what waits there to be entered."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from app.store.arrivals.arrivals import BEHIND_ENTERED, rows_waiting
from app.store.engine.database import Database
from tests.support.site import Site


@contextmanager
def another_process(site: Site) -> Iterator[Site]:
    """Yield the same organization as a process sees it that has just started."""
    database = Database(site.database.url.render_as_string(hide_password=False))
    try:
        yield Site(database, site.organization_id)
    finally:
        database.close()


def waiting(site: Site) -> int:
    """Return how many rows of the organization wait to be entered."""
    with site.database.read() as session:
        return rows_waiting(session, site.organization_id)


def arrivals(site: Site) -> int:
    """Return how many transactions' rows wait to be entered, those without rows included."""
    statement = text(
        "SELECT count(*) FROM arrival LEFT JOIN entered USING (organization_id) "
        f"WHERE arrival.organization_id = :id AND {BEHIND_ENTERED}"
    )
    with site.database.read() as session:
        return int(session.connection().execute(statement, {"id": site.organization_id}).scalar_one())
