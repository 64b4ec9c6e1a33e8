"""Bytes of files, each once in an organization, kept as long as an upload or a piece of evidence is of them."""

import hashlib

from sqlalchemy import delete, select
from sqlmodel import Session, col

from app.models import Evidence, Upload, kept_file_table
from app.store.sql.conflicts import NotThere

_FILE = kept_file_table.c


def keep_file(session: Session, organization_id: int, content: bytes) -> str:
    """Keep a file's bytes unless they are there; return their SHA-256 in hexadecimal. The caller holds `lock_changes`.

    Without that lock, who forgets the last upload of the same bytes could not know of the one that is being added.
    """
    digest = hashlib.sha256(content).hexdigest()
    named = _FILE.organization_id == organization_id, _FILE.digest == digest
    if session.connection().execute(select(_FILE.size).where(*named)).first() is None:
        row = {"organization_id": organization_id, "digest": digest, "size": len(content), "content": content}
        session.connection().execute(kept_file_table.insert().values(**row))
    return digest


def file_content(session: Session, organization_id: int, digest: str) -> bytes:
    """Return a file's bytes; raises NotThere."""
    named = _FILE.organization_id == organization_id, _FILE.digest == digest
    found = session.connection().execute(select(_FILE.content).where(*named)).first()
    if found is None:
        raise NotThere("The file is not there any more")
    return bytes(found.content)


def forget_file(session: Session, organization_id: int, digest: str) -> None:
    """Delete a file's bytes unless an upload or a piece of evidence is of them; the caller holds `lock_changes`."""
    session.flush()
    for model in (Upload, Evidence):
        of_it = col(model.organization_id) == organization_id, col(model.digest) == digest
        if session.connection().execute(select(col(model.code)).where(*of_it).limit(1)).first() is not None:
            return
    named = _FILE.organization_id == organization_id, _FILE.digest == digest
    session.connection().execute(delete(kept_file_table).where(*named))
