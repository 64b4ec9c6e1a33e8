"""Pages of readings in the database: found by meter and time, read, written, and replaced.

A page is never changed. Who replaces one gives the new one an id of its own, so what a process remembers of a page by
its id stays true for good, and a page that was found and is gone a moment later has been replaced: look again.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, text
from sqlmodel import Session

from app.core.readings.reading_pages import DamagedPage, unpack_page
from app.core.readings.runs import Runs
from app.core.readings.versions import StoredColumns
from app.models import reading_page_table
from app.store.pages.archived_pages import archived_pages
from app.store.pages.damage import StoredPageDamaged
from app.store.pages.page_cache import cache_of, may_keep
from app.store.pages.page_headers import PageHeader, damage_of, fits
from app.store.sql.columns import driver
from app.store.sql.columns_postgresql import array_literal

_table = reading_page_table.c
_HEADER = "id, organization_id, meter_id, first_at, last_at, rows, own_starts, suspects, first_batch, last_batch"
FIELDS = f"{_HEADER.removeprefix('id, ')}, content"
_REACHING = f"""
    SELECT {{place}} AS place, {_HEADER} FROM reading_page
    WHERE organization_id = {{organization}} AND meter_id = {{meter}} AND last_at >= {{first}} AND first_at <= {{last}}
      AND first_at >= coalesce((
          SELECT first_at FROM reading_page
          WHERE organization_id = {{organization}} AND meter_id = {{meter}} AND first_at <= {{first}}
          ORDER BY first_at DESC LIMIT 1
      ), {{first}})
"""  # noqa: S608 - constants
"""Pages of a meter do not reach into each other: of those that begin before a run only the last can reach into it.

Of pages that begin at 100, 200 and 300 and a run from 250 to 320 it is that of 200: the index is read from there on.
"""

_OF_RUN = _REACHING.format(place="?1", organization="?2", meter="?3", first="?4", last="?5") + " ORDER BY first_at"
# OFFSET 0 keeps the planner from merging what is inside into the join: each run is one look into the index by itself.
_OF_RUNS = f"""
    SELECT found.* FROM unnest(%(meters)s::int4[], %(firsts)s::int8[], %(lasts)s::int8[])
        WITH ORDINALITY AS run(meter_id, first_at, last_at, place)
    CROSS JOIN LATERAL ({
    _REACHING.format(
        place="run.place - 1",
        organization="%(organization)s",
        meter="run.meter_id",
        first="run.first_at",
        last="run.last_at",
    )
} OFFSET 0) AS found ORDER BY found.place, found.first_at
"""  # noqa: S608 - constants

_LAST = f"""
    SELECT {_HEADER} FROM reading_page WHERE organization_id = ? AND meter_id = ? ORDER BY first_at DESC LIMIT 16
"""  # noqa: S608 - constants
_LAST_OF_EACH = f"""
    SELECT found.* FROM unnest(%(meters)s::int4[]) AS wanted(meter_id) CROSS JOIN LATERAL (
        SELECT {_HEADER} FROM reading_page
        WHERE organization_id = %(organization)s AND meter_id = wanted.meter_id ORDER BY first_at DESC LIMIT 16
    ) AS found ORDER BY found.meter_id, found.first_at DESC
"""  # noqa: S608 - constants
# From either end of the index by (organization, meter, first instant). Pages do not reach into each other, so the last
# to begin is the last to end.
_ENDS = """
    (SELECT first_at FROM reading_page
     WHERE organization_id = {organization} AND meter_id = {meter} ORDER BY first_at LIMIT 1),
    (SELECT last_at FROM reading_page
     WHERE organization_id = {organization} AND meter_id = {meter} ORDER BY first_at DESC LIMIT 1)
"""
_SPAN = f"SELECT {_ENDS.format(organization='?1', meter='?2')}"
_SPANS = f"""
    SELECT {_ENDS.format(organization="%(organization)s", meter="wanted.meter_id")}
    FROM unnest(%(meters)s::int4[]) WITH ORDINALITY AS wanted(meter_id, place) ORDER BY place
"""  # noqa: S608 - constants


_BEGINS = """
    SELECT first_at FROM reading_page WHERE organization_id = {{mark}} AND meter_id = {{mark}} AND first_at {side}
    LIMIT 1 OFFSET {{mark}}
"""
_BEGINS_BEFORE = _BEGINS.format(side="<= {mark} ORDER BY first_at DESC")
_BEGINS_BEHIND = _BEGINS.format(side="> {mark} ORDER BY first_at")
_OWN_STARTS = """
    SELECT given.meter_id FROM {given} WHERE EXISTS (
        SELECT 1 FROM reading_page
        WHERE organization_id = {organization} AND meter_id = given.meter_id AND own_starts > 0
    )
"""
_OWN_STARTS_POSTGRESQL = _OWN_STARTS.format(given="unnest(%s::int4[]) AS given(meter_id)", organization="%s")
_OWN_STARTS_SQLITE = _OWN_STARTS.format(given="(SELECT value AS meter_id FROM json_each(?)) AS given", organization="?")


class PageGone(RuntimeError):
    """A page was replaced between finding and reading it."""


def pages_of_runs(session: Session, organization_id: int, runs: Runs) -> list[tuple[int, PageHeader]]:
    """Return the pages that reach into each run, in order, each with the place of its run."""
    bounds = runs.meter.tolist(), runs.first.tolist(), runs.last.tolist()
    connection = driver(session)
    if session.get_bind().dialect.name == "sqlite":
        rows = [
            row
            for place, run in enumerate(zip(*bounds, strict=True))
            for row in connection.execute(_OF_RUN, (place, organization_id, *run))
        ]
    else:
        meters, firsts, lasts = map(array_literal, bounds)
        values = {"organization": organization_id, "meters": meters, "firsts": firsts, "lasts": lasts}
        rows = connection.execute(_OF_RUNS, values).fetchall()
    return [(row[0], PageHeader(*row[1:])) for row in rows]


def pages_where(
    session: Session, organization_id: int, meter_ids: Sequence[int], condition: str, values: Mapping[str, int]
) -> list[PageHeader]:
    """Return the pages of some meters that meet a condition on their headers, by meter and time."""
    statement = text(
        f"SELECT {_HEADER} FROM reading_page "  # noqa: S608 - constants
        f"WHERE organization_id = :organization AND meter_id IN :meters AND {condition} ORDER BY meter_id, first_at"
    ).bindparams(bindparam("meters", expanding=True))
    found: list[PageHeader] = []
    for start in range(0, len(meter_ids), 10_000):
        some = list(meter_ids[start : start + 10_000])
        given = {"organization": organization_id, "meters": some, **values}
        found += [PageHeader(*row) for row in session.connection().execute(statement, given)]
    return found


def pages_in_file(session: Session, organization_id: int, number: int) -> list[PageHeader]:
    """Return the pages whose readings are in a file of the archive, by meter and time."""
    statement = text(
        f"SELECT {_HEADER} FROM reading_page "  # noqa: S608 - constants
        "WHERE organization_id = :organization AND archive = :number ORDER BY meter_id, first_at"
    )
    given = {"organization": organization_id, "number": number}
    return [PageHeader(*row) for row in session.connection().execute(statement, given)]


def meters_with_own_start_pages(session: Session, organization_id: int, meter_ids: Sequence[int]) -> list[int]:
    """Return those of the meters that have a page with a reading with a start of its own, by a look at one of each."""
    if session.get_bind().dialect.name == "sqlite":
        found = driver(session).execute(_OWN_STARTS_SQLITE, [json.dumps(list(meter_ids)), organization_id])
    else:
        found = driver(session).execute(_OWN_STARTS_POSTGRESQL, [array_literal(meter_ids), organization_id])
    return [row[0] for row in found]


def read_pages(session: Session, pages: Sequence[PageHeader]) -> list[StoredColumns]:
    """Return the readings of each page, wherever they are kept.

    Raises PageGone, and StoredPageDamaged or ArchiveUnavailable naming the first that cannot be used.
    """
    if not pages:
        return []
    cache = cache_of(session)
    read = cache.get([page.id for page in pages])
    wanted = {page.id: page for page in pages if page.id not in read}
    if wanted:
        contents = _contents(session, pages[0].organization_id, sorted(wanted))
        # Its header was found, its content is gone: somebody has replaced it and committed in between.
        if len(contents) < len(wanted):
            raise PageGone
        fresh = _unpacked_all(session, wanted, contents)
        # What this transaction wrote itself may yet be rolled back, and its ids be given to other pages.
        if may_keep(session):
            cache.keep(fresh)
        read |= fresh
    return [read[page.id] for page in pages]


def _unpacked_all(
    session: Session, headers: Mapping[int, PageHeader], contents: Mapping[int, "_Content"]
) -> dict[int, StoredColumns]:
    """Return the readings of pages: of those in the archive, all that are in one file together."""
    found: dict[int, StoredColumns] = {}
    archived: dict[int, list[PageHeader]] = {}
    for page_id, content in contents.items():
        if content.archive is None:
            found[page_id] = _unpacked(session, headers[page_id], content.packed)
        else:
            archived.setdefault(content.archive, []).append(headers[page_id])
    return found | archived_pages(session, archived) if archived else found


class _Content(NamedTuple):
    """What a page's row holds: its packed readings, or the number of the file that has them."""

    packed: bytes
    archive: int | None


def _contents(session: Session, organization_id: int, page_ids: Sequence[int]) -> dict[int, _Content]:
    """Return the contents of those of the pages that are there."""
    if session.get_bind().dialect.name == "sqlite":
        statement = "SELECT content, archive FROM reading_page WHERE id = ? AND organization_id = ?"
        found = (
            (page_id, driver(session).execute(statement, (page_id, organization_id)).fetchone()) for page_id in page_ids
        )
        return {page_id: _Content(*row) for page_id, row in found if row is not None}
    # As text, contents would come in hexadecimal digits: twice the bytes, to be decoded once more.
    cursor = driver(session).cursor(binary=True)
    statement = "SELECT id, content, archive FROM reading_page WHERE organization_id = %s AND id = ANY(%s::int8[])"
    return {row[0]: _Content(*row[1:]) for row in cursor.execute(statement, [organization_id, list(page_ids)])}


def _unpacked(session: Session, page: PageHeader, content: bytes) -> StoredColumns:
    """Return the readings of a page; those of another page in its place would be taken for this meter's."""
    try:
        rows = unpack_page(content)
    except DamagedPage as error:
        raise StoredPageDamaged(damage_of(session, page, str(error))) from error
    if not fits(page, rows):
        raise StoredPageDamaged(damage_of(session, page, "it holds other readings than it says"))
    return rows


def contents_of(session: Session, pages: Sequence[PageHeader]) -> Iterator[tuple[PageHeader, bytes | int]]:
    """Yield the contents of those of the pages that are still there, unread, or the number of the file they are in."""
    found = _contents(session, pages[0].organization_id, [page.id for page in pages]) if pages else {}
    for page in pages:
        if (content := found.get(page.id)) is not None:
            yield page, content.packed if content.archive is None else content.archive


def last_pages(session: Session, organization_id: int, meter_ids: Sequence[int]) -> list[list[PageHeader]]:
    """Return the last pages of each meter, up to sixteen, the latest first."""
    connection = driver(session)
    if session.get_bind().dialect.name == "sqlite":
        found = [connection.execute(_LAST, (organization_id, meter)).fetchall() for meter in meter_ids]
        return [[PageHeader(*row) for row in rows] for rows in found]
    values = {"organization": organization_id, "meters": array_literal(meter_ids)}
    of_meter: dict[int, list[PageHeader]] = {meter: [] for meter in meter_ids}
    for row in connection.execute(_LAST_OF_EACH, values):
        of_meter[row[2]].append(PageHeader(*row))
    return list(of_meter.values())


def page_begins(
    session: Session, organization_id: int, meter_id: int, at: int, *, before: bool, nth: int = 1
) -> int | None:
    """Return where the nth page of a meter, from an instant, begins: backwards, at or before it, or else behind it.

    None where there are fewer.
    """
    mark = "?" if session.get_bind().dialect.name == "sqlite" else "%s"
    statement = (_BEGINS_BEFORE if before else _BEGINS_BEHIND).format(mark=mark)
    found = driver(session).execute(statement, (organization_id, meter_id, at, nth - 1)).fetchone()
    return None if found is None else int(found[0])


def paged_spans(session: Session, organization_id: int, meter_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return the first and last instant of each meter's pages, of those that have any."""
    connection = driver(session)
    if session.get_bind().dialect.name == "sqlite":
        rows = [connection.execute(_SPAN, (organization_id, meter)).fetchone() for meter in meter_ids]
    else:
        values = {"organization": organization_id, "meters": array_literal(meter_ids)}
        rows = connection.execute(_SPANS, values).fetchall()
    return {meter: (row[0], row[1]) for meter, row in zip(meter_ids, rows, strict=True) if row[0] is not None}
