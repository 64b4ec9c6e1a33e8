"""Reading and adding imported publications; none is ever changed or deleted."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlmodel import Session, select

from app.models import ImportedPublication
from app.store.sql.conflicts import DuplicateCode, NotThere, flush_new
from app.store.sql.keyset import Page, decode_cursor, in_code_order, page_of


class ImportedHead(NamedTuple):
    """An imported publication without its document; created_at is UTC ms."""

    code: str
    framework: str
    year: int
    title: str
    digest: str
    supersedes: str | None
    key_code: str | None
    created_at: int


def imported_of(session: Session, organization_id: int, code: str) -> ImportedPublication:
    """Return the imported publication `code` with its document; raises NotThere."""
    found = session.exec(
        select(ImportedPublication).where(
            ImportedPublication.organization_id == organization_id, ImportedPublication.code == code
        )
    ).one_or_none()
    if found is None:
        raise NotThere(f"There is no imported publication {code!r} in this organization")
    return found


def imported_heads(session: Session, organization_id: int, framework: str) -> list[ImportedHead]:
    """Return every imported publication of a framework without its document."""
    columns: Any = [getattr(ImportedPublication, name) for name in ImportedHead._fields]
    query = select(*columns).where(
        ImportedPublication.organization_id == organization_id, ImportedPublication.framework == framework
    )
    return [ImportedHead(*row) for row in session.exec(query)]


def imported_page(session: Session, organization_id: int, *, cursor: str | None, limit: int) -> Page[ImportedHead]:
    """Return imported publications without their documents, in order of code; raises BadCursor."""
    columns = [getattr(ImportedPublication, name) for name in ImportedHead._fields]
    order = in_code_order(session, ImportedPublication.code)
    query: Any = (
        select(*columns).where(ImportedPublication.organization_id == organization_id).order_by(order).limit(limit + 1)
    )
    if cursor:
        query = query.where(order > decode_cursor(cursor, str)[0])
    return page_of([ImportedHead(*row) for row in session.exec(query)], limit, lambda head: (head.code,))


def add_imported(
    session: Session, organization_id: int, values: Mapping[str, Any], *, now_ms: int
) -> ImportedPublication:
    """Store a new imported publication; raises DuplicateCode."""
    taken = select(ImportedPublication.id).where(
        ImportedPublication.organization_id == organization_id, ImportedPublication.code == values["code"]
    )
    if session.exec(taken).first() is not None:
        raise DuplicateCode(f"The imported publication code {values['code']!r} is already taken")
    row = ImportedPublication(**values, organization_id=organization_id, created_at=now_ms)
    session.add(row)
    flush_new(session, "imported publication", row.code)
    return row
