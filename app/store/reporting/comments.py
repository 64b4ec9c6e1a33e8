"""Reading and inserting comments on publications; none is ever changed or deleted."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.models import PublicationComment
from app.store.sql.keyset import Page, decode_cursor, page_of


def comment_page(
    session: Session, organization_id: int, publication_id: int, *, cursor: str | None, limit: int
) -> Page[PublicationComment]:
    """Return comments on a publication by number; raises BadCursor."""
    statement = select(PublicationComment).where(
        PublicationComment.organization_id == organization_id, PublicationComment.publication_id == publication_id
    )
    if cursor:
        statement = statement.where(PublicationComment.number > decode_cursor(cursor, int)[0])
    rows = session.exec(statement.order_by(col(PublicationComment.number)).limit(limit + 1)).all()
    return page_of(list(rows), limit, lambda each: (each.number,))


def comment_counts(session: Session, organization_id: int, publication_ids: Sequence[int]) -> dict[int, int]:
    """Return how many comments each of these publications has; those without any are left out."""
    statement = (
        select(PublicationComment.publication_id, func.count())
        .where(
            PublicationComment.organization_id == organization_id,
            col(PublicationComment.publication_id).in_(publication_ids),
        )
        .group_by(col(PublicationComment.publication_id))
    )
    return dict(session.exec(statement).all())


def insert_comment(
    session: Session, organization_id: int, publication_id: int, values: Mapping[str, Any]
) -> PublicationComment:
    """Insert a comment under the publication's next number; the caller holds the organization alone."""
    last = select(func.max(PublicationComment.number)).where(
        PublicationComment.organization_id == organization_id, PublicationComment.publication_id == publication_id
    )
    number = (session.exec(last).one() or 0) + 1
    row = PublicationComment(organization_id=organization_id, publication_id=publication_id, number=number, **values)
    session.add(row)
    session.flush()
    return row
