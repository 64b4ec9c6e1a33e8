"""Answers to requests that have an idempotency key, kept in the transaction that did what was asked."""

from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.core.calendar.periods import HOUR_MS
from app.models import kept_answer_table

KEPT_MS = 24 * HOUR_MS
_TABLE = kept_answer_table.c


class DoneAlready(RuntimeError):
    """Another request with the same idempotency key was done while this one was carried out."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose request it is, the idempotency key it was given, and a digest of what it asks for.

    `organization_id` is 0 outside any organization.
    """

    organization_id: int
    key_code: str
    idempotency_key: str
    digest: str


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What was answered; `body` is None where it held a secret, which is not kept."""

    status: int
    location: str | None
    media_type: str
    body: bytes | None


def kept_answer(session: Session, asked: Asked, *, now_ms: int) -> tuple[str, KeptAnswer] | None:
    """Return the digest of the request that had this idempotency key in the last day, and its answer."""
    columns = (_TABLE.digest, _TABLE.status, _TABLE.location, _TABLE.media_type, _TABLE.body)
    statement = select(*columns).where(*_named(asked), _TABLE.stored_at > now_ms - KEPT_MS)
    row = session.connection().execute(statement).first()
    if row is None:
        return None
    body = None if row.body is None else bytes(row.body)
    return row.digest, KeptAnswer(row.status, row.location, row.media_type, body)


def keep_answer(session: Session, asked: Asked, answer: KeptAnswer, *, now_ms: int) -> None:
    """Keep an answer; raises DoneAlready when another request with the key was committed first.

    On PostgreSQL it waits for one that is under way, and goes on if that comes to nothing.
    """
    connection = session.connection()
    connection.execute(delete(kept_answer_table).where(*_named(asked), _TABLE.stored_at <= now_ms - KEPT_MS))
    try:
        connection.execute(kept_answer_table.insert().values(**asdict(asked), **asdict(answer), stored_at=now_ms))
    except IntegrityError as error:
        raise DoneAlready from error


def forget_kept_answers(session: Session, *, now_ms: int) -> int:
    """Delete what was kept for a day; return how many answers."""
    return session.connection().execute(delete(kept_answer_table).where(_TABLE.stored_at <= now_ms - KEPT_MS)).rowcount


def _named(asked: Asked) -> tuple[ColumnElement[bool], ...]:
    return (
        _TABLE.organization_id == asked.organization_id,
        _TABLE.key_code == asked.key_code,
        _TABLE.idempotency_key == asked.idempotency_key,
    )
