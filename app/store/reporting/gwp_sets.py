"""The GWP set an organization has chosen for each framework and year, as one list."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, delete, select

from app.models import GwpChoice
from app.store.audit.capture import note


def gwp_choices(session: Session, organization_id: int) -> Sequence[GwpChoice]:
    """Return the organization's choices in the order they were given."""
    return session.exec(
        select(GwpChoice).where(GwpChoice.organization_id == organization_id).order_by(col(GwpChoice.id))
    ).all()


def replace_gwp_choices(session: Session, organization_id: int, choices: Sequence[Mapping[str, Any]]) -> None:
    """Put `choices` in the place of all the organization's choices."""
    before = [row.model_dump(exclude={"id", "organization_id"}) for row in gwp_choices(session, organization_id)]
    session.exec(delete(GwpChoice).where(col(GwpChoice.organization_id) == organization_id))
    session.add_all(GwpChoice(**choice, organization_id=organization_id) for choice in choices)
    session.flush()
    note(session, organization_id, "GWP sets", "all", before=before, after=[dict(choice) for choice in choices])
