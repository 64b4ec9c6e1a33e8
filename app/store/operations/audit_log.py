"""Reading the audit log, and verifying that no entry of it was changed, put in or taken away."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from app.models import Organization, audit_entry_table, audit_head_table
from app.store.audit.chain import NO_HASH, SERVICE, broken_links
from app.store.engine.database import Database
from app.store.sql.keyset import Page, decode_cursor, page_of

_entry, _head = audit_entry_table.c, audit_head_table.c
_A_TURN = 1_000
Entry: TypeAlias = dict[str, Any]
"""An entry by its columns."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are asked for: of any of these kinds, subjects and actors, and within [start, end) in UTC ms."""

    kinds: Sequence[str] = ()
    subjects: Sequence[str] = ()
    actors: Sequence[str] = ()
    start_ms: int | None = None
    end_ms: int | None = None


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    """What verifying the log of an organization found: its entries, and the words for each link that is broken.

    `organization` is its code, `service` for the log of the service, and its number where it was deleted.
    """

    organization: str
    entries: int
    broken: tuple[str, ...]


def audit_page(
    session: Session, organization_id: int, wanted: Wanted, *, cursor: str | None, limit: int
) -> Page[Entry]:
    """Return entries of an organization, newest first; raises BadCursor."""
    query = _of(organization_id).order_by(_entry.number.desc()).limit(limit + 1)
    for column, values in (
        (_entry.kind, wanted.kinds),
        (_entry.subject, wanted.subjects),
        (_entry.actor, wanted.actors),
    ):
        if values:
            query = query.where(column.in_(values))
    if wanted.start_ms is not None:
        query = query.where(_entry.at >= wanted.start_ms)
    if wanted.end_ms is not None:
        query = query.where(_entry.at < wanted.end_ms)
    if cursor:
        query = query.where(_entry.number < decode_cursor(cursor, int)[0])
    rows = _rows(session, query)
    return page_of(rows, limit, lambda row: (row["number"],))


def audit_entries(session: Session, organization_id: int) -> Iterator[Entry]:
    """Yield every entry of an organization, oldest first."""
    number = 0
    while True:
        query = _of(organization_id).where(_entry.number > number).order_by(_entry.number).limit(_A_TURN)
        rows = _rows(session, query)
        yield from rows
        if len(rows) < _A_TURN:
            return
        number = rows[-1]["number"]


def entries_until(session: Session, organization_id: int, publication: str) -> list[Entry]:
    """Return an organization's entries, oldest first, up to the one that tells of a publication's preparation.

    They are the same each time. None where the log does not tell of it: it was prepared before there was one.
    """
    told = _entry.organization_id == organization_id, _entry.kind == "publication", _entry.subject == publication
    number = session.connection().execute(select(func.max(_entry.number)).where(*told)).scalar()
    if number is None:
        return []
    return _rows(session, _of(organization_id).where(_entry.number <= number).order_by(_entry.number))


def verify_chains(database: Database, organization: str | None) -> Iterator[ChainVerdict]:
    """Verify the log of an organization, or all logs, that of the service first; each as of one instant."""
    with database.read() as session:
        stored = session.connection().execute(select(col(Organization.id), col(Organization.code)))
        codes: dict[int, str] = {row.id: row.code for row in stored}
        logged = session.connection().execute(select(_head.organization_id).order_by(_head.organization_id)).scalars()
        wanted = [each for each in logged if organization is None or codes.get(each) == organization]
    for organization_id in wanted:
        with database.read() as session:
            name = "service" if organization_id == SERVICE else codes.get(organization_id, f"no. {organization_id}")
            yield _verdict(session, organization_id, name)


def _verdict(session: Session, organization_id: int, name: str) -> ChainVerdict:
    head = session.connection().execute(select(audit_head_table).where(_head.organization_id == organization_id)).one()
    last: list[Any] = [0, NO_HASH]

    def followed() -> Iterator[Entry]:
        for entry in audit_entries(session, organization_id):
            yield entry
            last[:] = entry["number"], entry["hash"]

    broken = [f"entry {number}: {why}" for number, why in broken_links(followed())]
    if (head.number, head.hash) != tuple(last):
        broken.append(f"the log ends with entry {last[0]}, and entry {head.number} was appended last")
    return ChainVerdict(name, int(last[0]), tuple(broken))


def _of(organization_id: int) -> Select[Any]:
    return select(audit_entry_table).where(_entry.organization_id == organization_id)


def _rows(session: Session, query: Select[Any]) -> list[Entry]:
    return [dict(row) for row in session.connection().execute(query).mappings()]
