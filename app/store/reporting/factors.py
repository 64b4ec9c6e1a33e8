"""Reading and adding an organization's own factors, and its factor pins as one list."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, delete, select

from app.models import FactorPin, OwnFactor
from app.store.audit.capture import note
from app.store.reporting.publications import storing_ms
from app.store.sql.conflicts import DuplicateCode, flush_new


def own_factors(session: Session, organization_id: int) -> Sequence[OwnFactor]:
    """Return every factor the organization has added, in order of code."""
    factors = session.exec(select(OwnFactor).where(OwnFactor.organization_id == organization_id)).all()
    return sorted(factors, key=lambda factor: factor.code)


def own_regions(session: Session, organization_id: int) -> set[str]:
    """Return the regions that the organization's own factors are for."""
    return set(session.exec(select(OwnFactor.region).where(OwnFactor.organization_id == organization_id)))


def lock_factors(session: Session, organization_id: int) -> None:
    """Let one factor of an organization be added at a time, so that what it was judged by still holds.

    On SQLite the writing transaction itself does.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(1702061358, :id)"), {"id": organization_id})


def create_factor(session: Session, organization_id: int, values: Mapping[str, Any], *, now_ms: int) -> OwnFactor:
    """Store a new factor, its gases as numbers; it is never edited or deleted. Raises DuplicateCode."""
    taken = select(OwnFactor.id).where(OwnFactor.organization_id == organization_id, OwnFactor.code == values["code"])
    if session.exec(taken).first() is not None:
        raise DuplicateCode(f"The factor code {values['code']!r} is already taken")
    gases = {gas: format(kg, "f") for gas, kg in values["other_gases"].items()} or None
    stored_ms = storing_ms(session, organization_id, now_ms)
    factor = OwnFactor(**{**values, "other_gases": gases}, organization_id=organization_id, created_at=stored_ms)
    session.add(factor)
    flush_new(session, "factor", factor.code)
    return factor


def factor_pins(session: Session, organization_id: int) -> Sequence[FactorPin]:
    """Return the organization's pins in the order they were given."""
    return session.exec(
        select(FactorPin).where(FactorPin.organization_id == organization_id).order_by(col(FactorPin.id))
    ).all()


def replace_factor_pins(session: Session, organization_id: int, pins: Sequence[Mapping[str, Any]]) -> None:
    """Put `pins` in the place of all the organization's pins."""
    before = [row.model_dump(exclude={"id", "organization_id"}) for row in factor_pins(session, organization_id)]
    session.exec(delete(FactorPin).where(col(FactorPin.organization_id) == organization_id))
    session.add_all(FactorPin(**pin, organization_id=organization_id) for pin in pins)
    session.flush()
    note(session, organization_id, "factor pins", "all", before=before, after=[dict(pin) for pin in pins])
