"""Sessions of those who read the pages, kept here so that their cookie is worth nothing elsewhere."""

from sqlalchemy import delete, insert, select
from sqlmodel import Session

from app.models import page_session_table
from app.store.operations.keys import digest_of, new_secret

_columns = page_session_table.c


def begin_session(session: Session, secret: str, *, now_ms: int, hours: float) -> str:
    """Store a session of whoever has this secret and return what goes into their cookie; forget those that are over."""
    token = new_secret()
    connection = session.connection()
    connection.execute(delete(page_session_table).where(_columns.expires_at <= now_ms))
    connection.execute(
        insert(page_session_table).values(
            token=digest_of(token),
            digest=digest_of(secret),
            created_at=now_ms,
            expires_at=now_ms + int(hours * 3_600_000),
        )
    )
    return token


def digest_in_session(session: Session, token: str, *, now_ms: int) -> str | None:
    """Return the digest of the secret that a session was begun with; None when there is no such session any more."""
    query = select(_columns.digest).where(_columns.token == digest_of(token), _columns.expires_at > now_ms)
    digest: str | None = session.connection().execute(query).scalar()
    return digest


def end_session(session: Session, token: str) -> None:
    """Forget a session."""
    session.connection().execute(delete(page_session_table).where(_columns.token == digest_of(token)))
