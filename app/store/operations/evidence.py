"""Evidence: files that prove what a meter says of a month, or what a batch brought; the same one is attached once."""

import hashlib
import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from app.core.readings.batches import batch_code, batch_from_code
from app.models import Batch, Evidence, Meter
from app.store.audit.capture import note
from app.store.directory.metered import metered
from app.store.operations.kept_files import file_content, forget_file, keep_file
from app.store.sql.change_locks import lock_changes
from app.store.sql.conflicts import NotThere
from app.store.sql.keyset import Page, decode_cursor, page_of


@dataclass(frozen=True, slots=True)
class Proved:
    """What evidence is of: a meter and a month (2024-03), or a batch."""

    meter_id: int | None = None
    month: str | None = None
    batch: int | None = None


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A file that is to be attached: what it is called, its media type and its bytes."""

    name: str
    media_type: str
    content: bytes


def proved_figure(session: Session, organization_id: int, meter: str, month: str) -> Proved:
    """Return a meter's month as what evidence is of; raises NotThere."""
    return Proved(metered(session, organization_id, meters=[meter])[0].spec.id, month)


def proved_batch(session: Session, organization_id: int, code: str) -> Proved:
    """Return a batch as what evidence is of; raises NotThere. What arrived has been entered."""
    try:
        number = batch_from_code(code)
    except ValueError:
        number = 0
    if session.get(Batch, (organization_id, number)) is None:
        raise NotThere(f"There is no batch {code!r} in this organization")
    return Proved(batch=number)


def attach(
    session: Session, organization_id: int, proved: Proved, file: EvidenceFile, *, key_code: str | None, now_ms: int
) -> tuple[Evidence, bool]:
    """Keep a file as evidence; return it and whether it is new: the same bytes are attached to one thing once."""
    lock_changes(session, organization_id)
    digest = hashlib.sha256(file.content).hexdigest()
    known = session.exec(
        select(Evidence).where(*_of(organization_id, proved), col(Evidence.digest) == digest).limit(1)
    ).first()
    if known is not None:
        return known, False
    keep_file(session, organization_id, file.content)
    made = Evidence(
        organization_id=organization_id,
        code=secrets.token_hex(8),
        digest=digest,
        name=file.name,
        media_type=file.media_type,
        size=len(file.content),
        key_code=key_code,
        attached_at=now_ms,
        meter_id=proved.meter_id,
        month=proved.month,
        batch=proved.batch,
    )
    session.add(made)
    session.flush()
    note(session, organization_id, "evidence", made.code, after=_told(session, made))
    return made, True


def remove(session: Session, organization_id: int, code: str, *, reason: str) -> None:
    """Delete evidence, and its bytes unless they are of something else; its hash stays in the audit log.

    Raises NotThere.
    """
    lock_changes(session, organization_id)
    found = evidence_of(session, organization_id, code)
    note(
        session,
        organization_id,
        "evidence",
        code,
        before=_told(session, found),
        after={"removed": True, "reason": reason},
    )
    session.delete(found)
    forget_file(session, organization_id, found.digest)


def evidence_of(session: Session, organization_id: int, code: str) -> Evidence:
    """Return a piece of evidence; raises NotThere."""
    found = session.get(Evidence, (organization_id, code))
    if found is None:
        raise NotThere("There is no such evidence")
    return found


def evidence_page(
    session: Session,
    organization_id: int,
    *,
    meter_ids: Sequence[int] = (),
    months: Sequence[str] = (),
    batches: Sequence[int] = (),
    cursor: str | None = None,
    limit: int,
) -> Page[Evidence]:
    """Return evidence newest first, of any of the meters, months and batches given; raises BadCursor."""
    query = select(Evidence).where(col(Evidence.organization_id) == organization_id)
    for column, wanted in ((Evidence.meter_id, meter_ids), (Evidence.month, months), (Evidence.batch, batches)):
        if wanted:
            query = query.where(col(column).in_(wanted))
    at, code = col(Evidence.attached_at), col(Evidence.code)
    if cursor:
        last_at, last_code = decode_cursor(cursor, int, str)
        query = query.where(or_(at < last_at, (at == last_at) & (code < last_code)))
    rows = session.exec(query.order_by(at.desc(), code.desc()).limit(limit + 1)).all()
    return page_of(rows, limit, lambda row: (row.attached_at, row.code))


def evidence_about(
    session: Session,
    organization_id: int,
    meter_ids: Collection[int],
    first_month: str,
    last_month: str,
    batches: Iterable[int] | None = None,
) -> list[Evidence]:
    """Return what proves months [first, last] of meters, and batches: those given, or all that touched the meters."""
    ours = col(Evidence.organization_id) == organization_id
    month, batch = col(Evidence.month), col(Evidence.batch)
    of_months = select(Evidence).where(ours, month >= first_month, month <= last_month)
    of_batches = select(Evidence).where(ours, batch.is_not(None))
    if batches is not None:
        of_batches = select(Evidence).where(ours, batch.in_(list(batches)))
    found = [row for row in session.exec(of_months) if row.meter_id in meter_ids]
    about = list(session.exec(of_batches))
    if batches is None:
        touched = {row.batch: set(_meters(session, organization_id, row.batch)) for row in about}
        about = [row for row in about if touched[row.batch].intersection(meter_ids)]
    return sorted([*found, *about], key=lambda row: (row.attached_at, row.code))


def counted_by_month(session: Session, organization_id: int, months: Sequence[str]) -> dict[tuple[int, str], int]:
    """Return how many pieces of evidence each meter has of some months; none is absent."""
    ours = col(Evidence.organization_id) == organization_id, col(Evidence.month).in_(months)
    counts: dict[tuple[int, str], int] = {}
    for meter_id, month in session.exec(select(Evidence.meter_id, Evidence.month).where(*ours)):
        if meter_id is not None and month is not None:
            counts[meter_id, month] = counts.get((meter_id, month), 0) + 1
    return counts


def evidence_content(session: Session, organization_id: int, code: str) -> tuple[Evidence, bytes]:
    """Return a piece of evidence with its bytes; raises NotThere."""
    found = evidence_of(session, organization_id, code)
    return found, file_content(session, organization_id, found.digest)


def _of(organization_id: int, proved: Proved) -> tuple[ColumnElement[bool], ...]:
    ours = col(Evidence.organization_id) == organization_id
    if proved.batch is not None:
        return ours, col(Evidence.batch) == proved.batch
    return ours, col(Evidence.meter_id) == proved.meter_id, col(Evidence.month) == proved.month


def _meters(session: Session, organization_id: int, batch: int | None) -> Sequence[int]:
    found = session.get(Batch, (organization_id, batch))
    return () if found is None else found.meters or ()


def _told(session: Session, row: Evidence) -> dict[str, object]:
    """Return what the audit log tells of evidence: the hash above all, which stays when the bytes are gone."""
    told: dict[str, object] = {"sha256": row.digest, "name": row.name, "media_type": row.media_type, "size": row.size}
    if row.batch is not None:
        return {**told, "batch": batch_code(row.batch)}
    meter = session.get(Meter, (row.organization_id, row.meter_id))
    return {**told, "meter": None if meter is None else meter.code, "month": row.month}
