"""Reading and adding instruments; a certificate is entered once, by whomever."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from app.models import Instrument
from app.store.reporting.publications import storing_ms
from app.store.sql.conflicts import DuplicateCode, NotThere, flush_new
from app.store.sql.keyset import Page, decode_cursor, in_code_order, page_of


class AlreadyWithdrawn(ValueError):
    """The instrument was withdrawn before."""


class CertificateUsed(ValueError):
    """Another instrument already holds a certificate of this range: the same kWh would be claimed twice."""


def instruments_of(session: Session, organization_id: int) -> Sequence[Instrument]:
    """Return every instrument of the organization, withdrawn ones too, in order of code."""
    found = session.exec(select(Instrument).where(Instrument.organization_id == organization_id)).all()
    return sorted(found, key=lambda instrument: instrument.code)


def instrument_of(session: Session, organization_id: int, code: str) -> Instrument:
    """Return the instrument `code`; raises NotThere."""
    query = select(Instrument).where(Instrument.organization_id == organization_id, Instrument.code == code)
    found = session.exec(query).one_or_none()
    if found is None:
        raise NotThere(f"There is no instrument {code!r} in this organization")
    return found


def instrument_page(session: Session, organization_id: int, *, cursor: str | None, limit: int) -> Page[Instrument]:
    """Return instruments in order of code; raises BadCursor."""
    order = in_code_order(session, Instrument.code)
    query = select(Instrument).where(Instrument.organization_id == organization_id).order_by(order).limit(limit + 1)
    if cursor:
        query = query.where(order > decode_cursor(cursor, str)[0])
    return page_of(session.exec(query).all(), limit, lambda instrument: (instrument.code,))


def create_instrument(session: Session, organization_id: int, values: Mapping[str, Any], *, now_ms: int) -> Instrument:
    """Store a new instrument; it is never edited. Raises DuplicateCode, CertificateUsed."""
    _lock(session)
    taken = select(Instrument.id).where(
        Instrument.organization_id == organization_id, Instrument.code == values["code"]
    )
    if session.exec(taken).first() is not None:
        raise DuplicateCode(f"The instrument code {values['code']!r} is already taken")
    if values["registry_key"] is not None:
        _refuse_used(session, organization_id, values)
    stored_ms = storing_ms(session, organization_id, now_ms)
    instrument = Instrument(**values, organization_id=organization_id, created_at=stored_ms)
    session.add(instrument)
    flush_new(session, "instrument", instrument.code)
    return instrument


def withdraw_instrument(
    session: Session, organization_id: int, code: str, *, reason: str, key: str | None, now_ms: int
) -> Instrument:
    """Have an instrument cover nothing from now on; its serial numbers may be entered again.

    Raises NotThere, AlreadyWithdrawn.
    """
    _lock(session)
    instrument = instrument_of(session, organization_id, code)
    if instrument.withdrawn_at is not None:
        raise AlreadyWithdrawn(f"The instrument {code!r} was withdrawn before")
    instrument.withdrawn_at = storing_ms(session, organization_id, now_ms)
    instrument.withdrawn_by, instrument.withdrawal_reason = key, reason
    session.flush()
    return instrument


def _refuse_used(session: Session, organization_id: int, values: Mapping[str, Any]) -> None:
    query = select(Instrument).where(
        Instrument.registry_key == values["registry_key"],
        col(Instrument.withdrawn_at).is_(None),
        Instrument.serial_prefix == values["serial_prefix"],
        col(Instrument.serial_first) <= values["serial_last"],
        col(Instrument.serial_last) >= values["serial_first"],
    )
    used = session.exec(query).first()
    if used is None:
        return
    holder = f"the instrument {used.code!r}" if used.organization_id == organization_id else "another organization"
    raise CertificateUsed(
        f"Certificates {used.first_serial} to {used.last_serial} of {used.registry_name} are already held by {holder}"
    )


def _lock(session: Session) -> None:
    """Let one instrument be entered at a time; on SQLite the writing transaction itself does."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(1702061357, -1)"))
