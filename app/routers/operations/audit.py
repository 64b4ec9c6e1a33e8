"""The audit log: who changed what, and when, of an organization and of the service as a whole."""

from collections.abc import Sequence
from typing import Annotated, TypeAlias

from fastapi import Query

from app.core.calendar.periods import ms_from_instant
from app.http.deps import DEFAULT_LIMIT, Cursor, Limit, MayAudit, MayAuditAll, Reads, api_router
from app.schemas.operations.audit import AuditEntryPage, audit_entry_from
from app.schemas.wire.instants import Instant
from app.store.audit.chain import SERVICE
from app.store.engine.database import Database
from app.store.operations.audit_log import Wanted, audit_page

router = api_router("audit", "/v1")
_MOST = 200
Kinds: TypeAlias = Annotated[
    tuple[Annotated[str, Query(max_length=_MOST)], ...],
    Query(description="Only changes of these, such as `meter` or `key`; repeat for more."),
]
Subjects: TypeAlias = Annotated[
    tuple[Annotated[str, Query(max_length=_MOST)], ...],
    Query(description="Only changes of what has these names; repeat for more."),
]
Actors: TypeAlias = Annotated[
    tuple[Annotated[str, Query(max_length=_MOST)], ...], Query(description="Only changes by these; repeat for more.")
]
Start: TypeAlias = Annotated[Instant | None, Query(description="Only what was changed at this instant or later.")]
End: TypeAlias = Annotated[Instant | None, Query(description="Only what was changed before this instant.")]


@router.get("/audit")
def list_service_audit_entries(
    _access: MayAuditAll,
    database: Reads,
    kind: Kinds = (),
    subject: Subjects = (),
    actor: Actors = (),
    start: Start = None,
    end: End = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> AuditEntryPage:
    """List changes of the service as a whole, newest first: keys, organizations made and deleted, jobs started."""
    return _page(database, SERVICE, _wanted(kind, subject, actor, start, end), cursor=cursor, limit=limit)


@router.get("/organizations/{organization}/audit")
def list_audit_entries(
    access: MayAudit,
    database: Reads,
    kind: Kinds = (),
    subject: Subjects = (),
    actor: Actors = (),
    start: Start = None,
    end: End = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> AuditEntryPage:
    """List changes of an organization, newest first: who changed what, when, and what it said before and after."""
    wanted = _wanted(kind, subject, actor, start, end)
    return _page(database, access.organization_id, wanted, cursor=cursor, limit=limit)


def _wanted(
    kinds: Sequence[str], subjects: Sequence[str], actors: Sequence[str], start: Instant | None, end: Instant | None
) -> Wanted:
    return Wanted(
        kinds,
        subjects,
        actors,
        None if start is None else ms_from_instant(start),
        None if end is None else ms_from_instant(end),
    )


def _page(
    database: Database, organization_id: int, wanted: Wanted, *, cursor: str | None, limit: int
) -> AuditEntryPage:
    with database.read() as session:
        page = audit_page(session, organization_id, wanted, cursor=cursor, limit=limit)
    return AuditEntryPage(items=[audit_entry_from(row) for row in page.items], next=page.next)
