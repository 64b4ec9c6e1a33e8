"""Reading and adding the calorific values and densities that an organization states."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, select

from app.models import OwnCalorificValue
from app.store.reporting.publications import storing_ms
from app.store.sql.conflicts import DuplicateCode, flush_new


def own_calorific_values(session: Session, organization_id: int) -> Sequence[OwnCalorificValue]:
    """Return every calorific value and density the organization has stated, in order of code."""
    values = session.exec(select(OwnCalorificValue).where(OwnCalorificValue.organization_id == organization_id)).all()
    return sorted(values, key=lambda value: value.code)


def create_calorific_value(
    session: Session, organization_id: int, values: Mapping[str, Any], *, now_ms: int
) -> OwnCalorificValue:
    """Store a new calorific value; it is never edited or deleted. Raises DuplicateCode."""
    code = values["code"]
    taken = select(OwnCalorificValue.id).where(
        OwnCalorificValue.organization_id == organization_id, OwnCalorificValue.code == code
    )
    if session.exec(taken).first() is not None:
        raise DuplicateCode(f"The calorific value code {code!r} is already taken")
    stored_ms = storing_ms(session, organization_id, now_ms)
    value = OwnCalorificValue(**values, organization_id=organization_id, created_at=stored_ms)
    session.add(value)
    flush_new(session, "calorific value", code)
    return value
