"""Sessions of those who signed in to the pages, kept here so that their cookie is worth nothing elsewhere."""

from dataclasses import dataclass

import structlog
from sqlalchemy import delete, insert, or_, select, update
from sqlmodel import Session

from app.core.access import Access
from app.models import page_session_table
from app.store.engine.database import Database
from app.store.engine.outages import DatabaseUnavailable
from app.store.operations.keyring import Keyring, UnknownKey
from app.store.operations.keys import digest_of, new_secret

SEEN_MS = 60_000
"""When a session was last used is written no more often: it is right to a minute."""

_columns = page_session_table.c
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SessionLife:
    """How long a session lasts after it was begun, and after it was last used."""

    hours: float
    idle_minutes: float


class SessionOver(UnknownKey):
    """The session has ended, or its key or user may do nothing any more: sign in again."""


def begin_session(session: Session, digest: str, *, now_ms: int, life: SessionLife) -> str:
    """Store a session and return what goes into the cookie; forget those that are over.

    `digest` is that of the key's secret which it is begun with, or the stamp of the user.
    """
    token = new_secret()
    connection = session.connection()
    connection.execute(delete(page_session_table).where(_columns.expires_at <= now_ms))
    connection.execute(
        insert(page_session_table).values(
            token=digest_of(token),
            digest=digest,
            created_at=now_ms,
            expires_at=now_ms + int(life.hours * 3_600_000),
            seen_at=now_ms,
        )
    )
    return token


def access_in_session(
    database: Database, keyring: Keyring, token: str, *, now_ms: int, life: SessionLife, uses: bool = True
) -> Access:
    """Return what who has this cookie may do; raises SessionOver.

    The database is asked each time, so a session that was ended, and one whose user was disabled or whose key was
    deleted, ends in every process at once. `uses` is false for what a page asks by itself: that keeps no session alive.
    """
    kept = digest_of(token)
    query = select(_columns.digest, _columns.seen_at).where(_columns.token == kept, _columns.expires_at > now_ms)
    with database.read() as session:
        found = session.connection().execute(query).first()
    idle_since = now_ms - int(life.idle_minutes * 60_000)
    if found is None or (found.seen_at is not None and found.seen_at <= idle_since):
        raise SessionOver("The session has ended: sign in again")
    try:
        access = keyring.look_up_digest(found.digest, now_ms)
    except UnknownKey as error:
        raise SessionOver("The session has ended with its key or user: sign in again") from error
    if uses and (found.seen_at is None or found.seen_at <= now_ms - SEEN_MS):
        _note_use(database, kept, now_ms)
    return access


def end_session(session: Session, token: str) -> int | None:
    """Forget a session; return when it was begun, UTC milliseconds, or None when there was no such session."""
    kept = digest_of(token)
    begun: int | None = session.connection().execute(select(_columns.created_at).where(_columns.token == kept)).scalar()
    session.connection().execute(delete(page_session_table).where(_columns.token == kept))
    return begun


def _note_use(database: Database, kept: str, now_ms: int) -> None:
    stale = or_(_columns.seen_at.is_(None), _columns.seen_at <= now_ms - SEEN_MS)
    statement = update(page_session_table).where(_columns.token == kept, stale).values(seen_at=now_ms)
    try:
        with database.write() as session:
            session.connection().execute(statement)
    except DatabaseUnavailable as error:
        _log.warning("when a session was used is not written", error=str(error))
