"""Uploaded files of readings: kept until they are stored or forgotten, and afterwards with what came of them."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from app.core.calendar.periods import HOUR_MS
from app.models import NamedMapping, Upload
from app.store.operations.kept_files import forget_file, keep_file
from app.store.sql.change_locks import lock_changes
from app.store.sql.conflicts import NotThere

KEPT_MS = 24 * HOUR_MS
"""How long a file waits to be stored."""

MOST_WAITING = 20
"""Files of an organization that may wait at a time."""

_MOST_STORED = 50


class TooManyWaiting(ValueError):
    """As many files wait as may: one of them is stored or thrown away first."""


def keep_upload(
    session: Session, organization_id: int, *, name: str, content: bytes, key_code: str | None, now_ms: int
) -> Upload:
    """Keep a file that somebody will look at, and forget what has waited for too long; raises TooManyWaiting."""
    forget_old_uploads(session, organization_id, now_ms=now_ms)
    if len(_waiting(session, organization_id)) >= MOST_WAITING:
        raise TooManyWaiting(f"{MOST_WAITING} files wait already")
    kept = Upload(
        organization_id=organization_id,
        code=secrets.token_hex(16),
        digest=keep_file(session, organization_id, content),
        name=name,
        size=len(content),
        key_code=key_code,
        created_at=now_ms,
        expires_at=now_ms + KEPT_MS,
    )
    session.add(kept)
    session.flush()
    return kept


def organizations_with_old_uploads(session: Session, *, now_ms: int) -> Sequence[int]:
    """Return the organizations that have files which have waited for too long."""
    old = col(Upload.expires_at).is_not(None), col(Upload.expires_at) <= now_ms
    return session.exec(select(Upload.organization_id).where(*old).distinct()).all()


def forget_old_uploads(session: Session, organization_id: int, *, now_ms: int) -> int:
    """Delete what has waited for too long; return how many files."""
    lock_changes(session, organization_id)
    old = [each for each in _waiting(session, organization_id) if (each.expires_at or 0) <= now_ms]
    for each in old:
        forget_upload(session, each)
    return len(old)


def forget_upload(session: Session, upload: Upload) -> None:
    """Delete an upload, and its bytes unless something else is of them; the caller holds `lock_changes`."""
    session.delete(upload)
    forget_file(session, upload.organization_id, upload.digest)


def upload_of(session: Session, organization_id: int, code: str, *, now_ms: int) -> Upload:
    """Return an upload that is stored, or waits and has not waited for too long; raises NotThere."""
    found = session.get(Upload, (organization_id, code))
    if found is None or (found.expires_at is not None and found.expires_at <= now_ms):
        raise NotThere("This file is not there any more: a file is kept for a day until it is stored. Upload it again")
    return found


def mark_stored(
    session: Session, organization_id: int, code: str, *, batch: int | None, outcome: Mapping[str, Any]
) -> None:
    """Keep an upload for good with its batch and its counts; raises NotThere."""
    lock_changes(session, organization_id)
    found = session.get(Upload, (organization_id, code))
    if found is None:
        raise NotThere("This file is not there any more")
    if found.outcome is None:
        found.batch, found.outcome, found.expires_at = batch, dict(outcome), None
        session.flush()


def stored_uploads(session: Session, organization_id: int) -> Sequence[Upload]:
    """Return the newest uploads that were stored, newest first."""
    stored = col(Upload.organization_id) == organization_id, col(Upload.outcome).is_not(None)
    newest = select(Upload).where(*stored).order_by(col(Upload.created_at).desc(), col(Upload.code)).limit(_MOST_STORED)
    return session.exec(newest).all()


def waiting_uploads(session: Session, organization_id: int, *, now_ms: int) -> Sequence[Upload]:
    """Return the uploads that wait to be stored and have not waited for too long, newest first."""
    return [each for each in _waiting(session, organization_id) if (each.expires_at or 0) > now_ms]


def named_mappings(session: Session, organization_id: int) -> dict[str, dict[str, Any]]:
    """Return the mappings of an organization by their names, in order of name."""
    ours = select(NamedMapping).where(col(NamedMapping.organization_id) == organization_id)
    return {row.name: row.mapping for row in sorted(session.exec(ours), key=lambda row: row.name.casefold())}


def name_mapping(session: Session, organization_id: int, name: str, mapping: Mapping[str, Any]) -> None:
    """Keep a mapping under a name, in the place of one that has it."""
    lock_changes(session, organization_id)
    found = session.get(NamedMapping, (organization_id, name))
    if found is None:
        session.add(NamedMapping(organization_id=organization_id, name=name, mapping=dict(mapping)))
    elif found.mapping != mapping:
        found.mapping = dict(mapping)
    session.flush()


def _waiting(session: Session, organization_id: int) -> list[Upload]:
    """Return what waits to be stored, newest first."""
    ours = col(Upload.organization_id) == organization_id, col(Upload.expires_at).is_not(None)
    return list(session.exec(select(Upload).where(*ours).order_by(col(Upload.created_at).desc(), col(Upload.code))))
